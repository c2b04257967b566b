"""The community app."""

from django.apps import AppConfig


class CommunityConfig(AppConfig):
    """Members, hubs and topics."""

    name = "community"

    def ready(self) -> None:
        """Load permissions and verbs, and fill the registries of the floors below."""
        from community import belonging, emails, permissions, registrations, verbs  # noqa: F401 - two do it themselves

        belonging.register()
        emails.register()
        registrations.register()
