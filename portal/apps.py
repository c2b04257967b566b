"""The portal app."""

from django.apps import AppConfig


class PortalConfig(AppConfig):
    """Wires the portal app into Django and into the registries of the floors below."""

    name = "portal"
