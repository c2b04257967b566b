"""Who may propose, object, answer, drop and undo. Spec 02, Merge."""

from __future__ import annotations

from typing import TYPE_CHECKING

import rules

from issues.bottlenecks.models import Bottleneck, Vote
from issues.bottlenecks.permissions import is_author

if TYPE_CHECKING:
    from community.models import User

    from .models import Merge, Objection

# These are asked themselves, not permissions of the same name: Django gives a superuser every permission.


@rules.predicate
def may_propose(user: User, other: Bottleneck | None) -> bool:
    """Facilitates, or filed the one that would point to another."""
    return other is not None and user.is_active and (user.is_facilitator or is_author(user, other))


@rules.predicate
def may_answer(user: User, merge: Merge | None) -> bool:
    """Facilitates, or proposed it: they answer objections and may drop it."""
    return merge is not None and user.is_active and (user.is_facilitator or merge.is_proposed_by(user))


@rules.predicate
def may_undo(user: User, merge: Merge | None) -> bool:
    """Facilitates; a part may also be taken out again by who filed it."""
    if merge is None or not user.is_active:
        return False
    return user.is_facilitator or (merge.is_for_part and is_author(user, merge.other))


@rules.predicate
def made_objection(user: User, objection: Objection | None) -> bool:
    """Objected."""
    return objection is not None and objection.by_id is not None and objection.by_id == user.pk


def is_party(user: User, merge: Merge) -> bool:
    """Whether ``user`` filed or supports one of the two, or what points to them: they may object. Two queries."""
    whole = [*merge.other.whole, *merge.main.whole]
    if Bottleneck.objects.filter(pk__any=whole, author=user.pk).exists():
        return True
    return Vote.objects.filter(bottleneck__any=whole, voter_key=user.voter_key).exists()
