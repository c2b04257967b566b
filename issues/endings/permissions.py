"""Who may say that a bottleneck has ended, and how; who opens it again. Spec 02, Life."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .models import How

if TYPE_CHECKING:
    from community.models import User
    from issues.bottlenecks.models import Bottleneck

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


def may_reopen(user: User, ending: Ending) -> bool:
    """Whether ``user`` may open again what ended so: facilitators, and whoever ended it."""
    return user.is_facilitator or (ending.by_id is not None and ending.by_id == user.pk)
