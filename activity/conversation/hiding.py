"""Who reads a comment that is hidden, and what they are told of it. Spec 06, Moderation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import OuterRef
from django.db.models.expressions import BaseExpression

if TYPE_CHECKING:
    from community.models import User

    from .models import Comment


def is_readable(comment: Comment, reader: User) -> bool:
    """Whether ``reader``, who may read its subject, reads what the comment says."""
    return comment.hidden_at is None or comment.author_id == reader.pk or reader.is_facilitator


@dataclass(frozen=True, slots=True)
class HidingNote:
    """Why a comment is hidden: the reason in words, what was written with it and by whom, and where there is more."""

    reason: str
    text: str
    language: str
    by: str
    url: str
    may_appeal: bool


class Hiding:
    """What is known of hidden comments: the room that hides them says so, once, when the app is ready.

    ``known_of`` is what ``note`` needs of the comment with that primary key, as one value of a statement.
    """

    known_of: Callable[[OuterRef], BaseExpression]
    note: Callable[[Mapping[str, Any]], HidingNote]


hiding = Hiding()
