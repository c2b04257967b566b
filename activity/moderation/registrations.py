"""What moderation adds to the registries of the floors and rooms below, once, when the app is ready."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from ui.registry import NavEntry, me_menu, members

from . import emails, notices, permissions, sections, selectors, todos, verbs  # noqa: F401 - permissions and verbs register themselves


def _facilitates(request: HttpRequest) -> bool:
    return members(request) and request.user.is_authenticated and request.user.is_facilitator


def register() -> None:
    """Fill them."""
    emails.register()
    sections.register()
    selectors.register()
    todos.register()
    me_menu.register(
        NavEntry(
            key="log",
            label=gettext_lazy("Log"),
            url="activity:moderation_log",
            icon="history",
            order=40,
            visible=_facilitates,
        )
    )
