"""The conversation on every subject's page. Spec 06, Comments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from activity.kinds import COMMUNITY
from activity.models import Subject
from activity.pages import SubjectSection, subject_sections
from ui.http import number_from, typed

from .boxes import empty_box
from .selectors import FIRST_SHOWN, MOST_SHOWN, conversation

if TYPE_CHECKING:
    from django.http import HttpRequest


def of_subject(request: HttpRequest, subject: Subject) -> Mapping[str, Any] | None:
    """What is said about a subject, for members; there is nothing to talk about in a draft.

    ``comment`` of the address is one to begin at, ``before`` one to end before.
    """
    if not request.user.is_authenticated or subject.announced_at is None or subject.kind == COMMUNITY.key:
        return None
    at, before = (number_from(typed(request.GET, name)) or 0 for name in ("comment", "before"))
    may_write = subject.merged_into_id is None and request.user.has_perm("activity.write_comment")
    return {
        "conversation": conversation(
            subject, request.user, at=at, before=before, most=MOST_SHOWN if before and not at else FIRST_SHOWN
        ),
        "subject": subject,
        "box": empty_box() if may_write else None,
    }


def register() -> None:
    """Add it to the pages of all kinds; called once, when the app is ready."""
    subject_sections.register(
        SubjectSection(key="conversation", order=200, template="activity/conversation.html", load=of_subject)
    )
