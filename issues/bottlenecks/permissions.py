"""Who may do what with bottlenecks. Spec 00, Roles; 02."""

from __future__ import annotations

from typing import TYPE_CHECKING

import rules

if TYPE_CHECKING:
    from community.models import User

    from .models import Bottleneck


@rules.predicate
def is_author(user: User, bottleneck: Bottleneck | None) -> bool:
    """Filed it; an anonymous or imported bottleneck has no author at all."""
    return bottleneck is not None and bottleneck.author_id is not None and bottleneck.author_id == user.pk


rules.add_perm("issues.file_bottleneck", rules.is_active)
rules.add_perm("issues.vote_bottleneck", rules.is_active)
rules.add_perm("issues.correct_bottleneck", rules.is_active & is_author)
