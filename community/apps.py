"""The community app."""

from django.apps import AppConfig


class CommunityConfig(AppConfig):
    """Members, hubs and topics."""

    name = "community"
