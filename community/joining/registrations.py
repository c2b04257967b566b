"""What requests to join add to the floors below, and to what becomes of hubs and accounts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from community.joining import actions, emails, permissions, todos  # noqa: F401 - permissions register themselves
from community.joining.selectors import JoinBox, join_box
from community.registries import ErasureHook, HubHook, HubLead, erasure_hooks, hub_hooks, hub_leads

if TYPE_CHECKING:
    from community.hubs.models import Hub
    from community.people.models import User


def _join_box(hub: Hub, user: User, representatives: Sequence[Any], is_mine: bool) -> dict[str, JoinBox] | None:
    box = join_box(hub, user, representatives, is_mine=is_mine)
    return {"box": box} if box.kind else None


def register() -> None:
    """Fill the registries; called once, when the app is ready."""
    emails.register()
    todos.register()
    hub_leads.register(HubLead(key="joining", template="community/joining/_box.html", load=_join_box))
    hub_hooks.register(HubHook(key="joining", changed=actions.hub_changed, joined=actions.member_joined))
    erasure_hooks.register(
        ErasureHook(key="joining", subjects=actions.hubs_asked_by, run=actions.forget_member, order=50)
    )
