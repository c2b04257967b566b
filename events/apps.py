"""The events app."""

from django.apps import AppConfig


class EventsConfig(AppConfig):
    """Wires the events app into Django and into the registries of the floors below."""

    name = "events"

    def ready(self) -> None:
        """Register permissions, verbs, mails, links that act, and what other pages show of sessions."""
        from . import digests, emails, links, notices, permissions, sections, subjects, verbs  # noqa: F401 - six register themselves

        emails.register()
        sections.register()
