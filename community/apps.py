"""The community app."""

from django.apps import AppConfig


class CommunityConfig(AppConfig):
    """Members, hubs and topics."""

    name = "community"

    def ready(self) -> None:
        """Load the permissions and fill the registries of the floors below."""
        from community import emails, permissions, registrations  # noqa: F401 - permissions register themselves

        emails.register()
        registrations.register()
