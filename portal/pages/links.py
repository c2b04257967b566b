"""What stands at the foot of every page."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from ui.registry import NavEntry, everyone, footer, members

from .models import Page

LICENCE = "https://interoperable-europe.ec.europa.eu/collection/eupl/eupl-text-eupl-12"


def _source(_request: HttpRequest) -> str:
    return settings.SOURCE_URL


def _has_source(_request: HttpRequest) -> bool:
    return bool(settings.SOURCE_URL)


def _licence(_request: HttpRequest) -> str:
    return LICENCE


def register() -> None:
    """Fill the foot; called when the portal starts."""
    for order, key in enumerate(Page.Key):
        label = _("About") if key == Page.Key.ABOUT else key.label
        footer.register(
            NavEntry(key=key.value, label=label, url=f"pages:{key.value}", icon="info", order=order, visible=everyone)
        )
    footer.register(
        NavEntry(key="feeds", label=_("Feeds"), url="activity:feed_addresses", icon="rss", order=50, visible=members)
    )
    footer.register(
        NavEntry(key="source", label=_("Source code"), url=_source, icon="link", order=60, visible=_has_source)
    )
    footer.register(
        NavEntry(key="licence", label=_("Licence: EUPL"), url=_licence, icon="scale", order=70, visible=everyone)
    )
