"""The portal app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from ui.registry import NavEntry, everyone, navigation


class PortalConfig(AppConfig):
    """Wires the portal app into Django and into the registries of the floors below."""

    name = "portal"

    def ready(self) -> None:
        """Add the one place that is nobody else's."""
        navigation.register(
            NavEntry(key="home", label=_("Home"), url="home", icon="house", order=0, in_tabbar=True, visible=everyone)
        )
