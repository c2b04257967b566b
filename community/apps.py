"""The community app."""

from django.apps import AppConfig


class CommunityConfig(AppConfig):
    """Members, hubs and topics."""

    name = "community"

    def ready(self) -> None:
        """Load permissions, verbs and kinds of subject, and fill the registries of the floors below."""
        from community import digests, follows, notices, picks, registrations, subjects, verbs  # noqa: F401 - verbs and kinds register themselves
        from community.accounts import emails
        from community.hubs import belonging, permissions  # noqa: F401 - permissions register themselves
        from community.joining import registrations as joining
        from community.people import mentions

        belonging.register()
        mentions.register()
        emails.register()
        registrations.register()
        picks.register()
        joining.register()
