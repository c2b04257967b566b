"""What requests to join add to the floors below, and to what becomes of hubs and accounts."""

from __future__ import annotations

from community.joining import actions, emails, permissions  # noqa: F401 - permissions register themselves
from community.registries import ErasureHook, HubHook, erasure_hooks, hub_hooks


def register() -> None:
    """Fill the registries; called once, when the app is ready."""
    emails.register()
    hub_hooks.register(HubHook(key="joining", changed=actions.hub_changed, joined=actions.member_joined))
    erasure_hooks.register(
        ErasureHook(key="joining", subjects=actions.hubs_asked_by, run=actions.forget_member, order=50)
    )
