"""The community app."""

from django.apps import AppConfig


class CommunityConfig(AppConfig):
    """Members, hubs and topics."""

    name = "community"

    def ready(self) -> None:
        """Load permissions and verbs, and fill the registries of the floors below."""
        from community import belonging, emails, permissions, registrations, todos, verbs  # noqa: F401 - two do it themselves
        from community.joining import registrations as joining

        belonging.register()
        emails.register()
        registrations.register()
        todos.register()
        joining.register()
