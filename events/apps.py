"""The events app."""

from django.apps import AppConfig


class EventsConfig(AppConfig):
    """Wires the events app into Django and into the registries of the floors below."""

    name = "events"

    def ready(self) -> None:
        """Register permissions, verbs, mails, links that act, and what other pages show of sessions."""
        from activity.links import LinkUse, link_uses, until_renewed
        from activity.models import LinkPurpose

        from . import emails, permissions, sections, selectors, subjects, verbs  # noqa: F401 - three register themselves

        link_uses.register(LinkUse(key=LinkPurpose.CALENDAR, ends_at=until_renewed))
        link_uses.register(LinkUse(key=LinkPurpose.WITHDRAW, ends_at=selectors.end_of_session))
        emails.register()
        sections.register()
