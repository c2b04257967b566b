"""Who may join in, and who may change what was said. Spec 06, Comments."""

from __future__ import annotations

from typing import TYPE_CHECKING

import rules

if TYPE_CHECKING:
    from community.models import User

    from .models import Comment


@rules.predicate
def is_author(user: User, comment: Comment | None) -> bool:
    """Whether this member wrote the comment, and it still stands."""
    return comment is not None and comment.author_id == user.pk and comment.deleted_at is None


@rules.predicate
def may_be_thanked(user: User, comment: Comment | None) -> bool:
    """Whether somebody else wrote the comment, and it still stands: thanking oneself would say nothing."""
    stands = comment is not None and comment.deleted_at is None and comment.hidden_at is None
    return comment is not None and stands and comment.author_id != user.pk


rules.add_perm("activity.write_comment", rules.is_active)
# The predicates themselves are asked, not permissions of the same name: Django gives a superuser every permission, and
# nobody puts words into somebody else's mouth.
