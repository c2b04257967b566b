"""The community app."""

from django.apps import AppConfig


class CommunityConfig(AppConfig):
    """Members, hubs and topics."""

    name = "community"

    def ready(self) -> None:
        """Load permissions and verbs, and fill the registries of the floors below."""
        from community import registrations, verbs  # noqa: F401 - verbs register themselves
        from community.accounts import emails
        from community.hubs import belonging, permissions  # noqa: F401 - permissions register themselves
        from community.joining import registrations as joining

        belonging.register()
        emails.register()
        registrations.register()
        joining.register()
