"""Who may say that a bottleneck has ended, and how; who opens it again. Spec 02, Life."""

from __future__ import annotations

from typing import TYPE_CHECKING

from issues.bottlenecks.models import Bottleneck, Vote

from .models import How

if TYPE_CHECKING:
    from community.models import User

    from .models import Ending


def ways_open_to(user: User, bottleneck: Bottleneck) -> list[How]:
    """How ``user`` may end ``bottleneck``; none at all for most. No query.

    Who filed it says that it is solved or withdraws it, and facilitators say all of it: also what the formal
    organisation decided. A hub that took it up delivers (``actions.deliver``).
    """
    if user.is_facilitator:
        return [How.SOLVED, How.DECLINED, How.LAPSED]
    if bottleneck.author_id is not None and bottleneck.author_id == user.pk:
        return [How.SOLVED, How.LAPSED]
    return []


def ran_into(user: User, bottleneck: Bottleneck) -> bool:
    """Whether ``user`` voted for ``bottleneck`` or what points to it, or filed one of those. At most two queries."""
    if Vote.objects.filter(bottleneck__in=bottleneck.whole, voter_key=user.voter_key).exists():
        return True
    return Bottleneck.objects.filter(pk__in=bottleneck.whole, author=user.pk).exists()


def may_reopen(user: User, ending: Ending) -> bool:
    """Whether ``user`` may open again what ended so: facilitators, and whoever ended it."""
    return user.is_facilitator or (ending.by_id is not None and ending.by_id == user.pk)
