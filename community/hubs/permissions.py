"""Who may do what with members and hubs. Spec 00, Roles.

Predicates of ``rules``: asked by views, templates and admin alike. Whether something is possible right now (a closed
hub, the last representative) is for the action to judge.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import rules

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from community.people.models import User

    from .models import Hub


@rules.predicate
def is_facilitator(user: User | AnonymousUser) -> bool:
    """Has a facilitator term that runs now."""
    return user.is_authenticated and user.is_facilitator


@rules.predicate
def is_representative(user: User | AnonymousUser, hub: Hub | None) -> bool:
    """Speaks for this hub now. With ``hub`` as ``None``: speaks for any hub."""
    if not user.is_authenticated:
        return False
    return bool(user.represented_hub_ids) if hub is None else hub.pk in user.represented_hub_ids


rules.add_perm("community.join_hub", rules.is_active)
rules.add_perm("community.edit_hub", rules.is_active & (is_facilitator | is_representative))
rules.add_perm("community.name_representative", rules.is_active & (is_facilitator | is_representative))
rules.add_perm("community.admit_member", rules.is_active & (is_facilitator | is_representative))
rules.add_perm("community.found_hub", rules.is_active & is_facilitator)
