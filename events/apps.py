"""The events app."""

from django.apps import AppConfig


class EventsConfig(AppConfig):
    """Wires the events app into Django and into the registries of the floors below."""

    name = "events"

    def ready(self) -> None:
        """Register permissions, mails, and what other pages show of sessions."""
        from . import emails, permissions, sections  # noqa: F401 - permissions registers itself

        emails.register()
        sections.register()
