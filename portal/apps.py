"""The portal app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from ui.registry import NavEntry, everyone, navigation


class PortalConfig(AppConfig):
    """Wires the portal app into Django and into the registries of the floors below."""

    name = "portal"

    def ready(self) -> None:
        """Add the places that are nobody else's."""
        from portal import verbs  # noqa: F401 - registers them
        from portal.pages import links, permissions  # noqa: F401 - the permissions register themselves

        links.register()
        navigation.register(
            NavEntry(key="home", label=_("Home"), url="home", icon="house", order=0, in_tabbar=True, visible=everyone)
        )
