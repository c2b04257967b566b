"""Who may change what a bottleneck says once it has been voted for. Spec 02, Filing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import rules

from issues.bottlenecks.models import Attribution
from issues.bottlenecks.permissions import is_author

if TYPE_CHECKING:
    from community.models import User
    from issues.bottlenecks.models import Bottleneck


@rules.predicate
def may_change(user: User, bottleneck: Bottleneck | None) -> bool:
    """Filed it; or facilitates, where nobody filed it by name any more. What is anonymous its reply code changes."""
    if bottleneck is None or not user.is_active or bottleneck.attribution == Attribution.ANONYMOUS:
        return False
    return is_author(user, bottleneck) or (bottleneck.author_id is None and user.is_facilitator)
