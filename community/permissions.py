"""Who may do what with members and hubs. Spec 00, Roles.

Predicates of ``rules``: asked by views, templates and admin alike. Whether something is possible right now (a closed
hub, the last representative) is for the action to judge.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import rules

from community.models import Membership

if TYPE_CHECKING:
    from community.models import Hub, User


@rules.predicate
def is_facilitator(user: User) -> bool:
    """Has a facilitator term that runs now."""
    return user.is_facilitator


@rules.predicate
def is_representative(user: User, hub: Hub | None) -> bool:
    """Speaks for this hub now. With ``hub`` as ``None``: speaks for any hub."""
    rows = Membership.objects.current().representatives().filter(member=user)
    return rows.exists() if hub is None else hub.pk in representative_hub_ids(user)


@rules.predicate
def is_member_of(user: User, hub: Hub | None) -> bool:
    """Belongs to this hub now."""
    return hub is not None and Membership.objects.current().filter(member=user, hub=hub).exists()


@rules.predicate
def is_self(user: User, member: User | None) -> bool:
    """Is the member that it is about."""
    return member is not None and user.pk == member.pk


def representative_hub_ids(user: User) -> frozenset[int]:
    """The hubs ``user`` speaks for now; asked once for each loaded user object."""
    known: frozenset[int] | None = user.__dict__.get("_representative_hub_ids")
    if known is None:
        rows = Membership.objects.current().representatives().filter(member=user)
        known = frozenset(rows.values_list("hub_id", flat=True))
        user.__dict__["_representative_hub_ids"] = known
    return known


rules.add_perm("community.join_hub", rules.is_active)
rules.add_perm("community.leave_hub", rules.is_active & is_member_of)
rules.add_perm("community.choose_primary_hub", rules.is_active & is_member_of)
rules.add_perm("community.edit_hub", rules.is_active & (is_facilitator | is_representative))
rules.add_perm("community.name_representative", rules.is_active & (is_facilitator | is_representative))
rules.add_perm("community.admit_member", rules.is_active & (is_facilitator | is_representative))
rules.add_perm("community.found_hub", rules.is_active & is_facilitator)
rules.add_perm("community.edit_profile", rules.is_active & is_self)
rules.add_perm("community.see_imported_members", rules.is_active & (is_facilitator | is_representative))
