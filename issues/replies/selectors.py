"""What a reply code opens, and what facilitators asked. Spec 02, Filing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from activity.models import Subject
from ui import statements
from ui.shared import Readers, shared, source

from .codes import hashes
from .models import AnonymousFiling, Question

#: More than anybody takes up at once.
MOST_COUNTED = 100

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from community.models import User


#: Answers that facilitators read or have not read.
ANSWERS = source("issues:answers")


@shared(of=[ANSWERS], lasts=300, readers=Readers.MEMBERS)
def number_unread() -> int:
    """How many answers no facilitator has read: mostly none, and then nobody's home asks more."""
    return Question.objects.filter(answered_on__isnull=False, was_taken_in=False).count()


def filing_by(code: str) -> AnonymousFiling | None:
    """What was filed with this reply code; one query, none for what can be no code."""
    kept = hashes(code)
    return AnonymousFiling.objects.filter(code_hash__in=kept).select_related("subject").first() if kept else None


def questions_about(subject: int) -> list[Question]:
    """What facilitators asked, the oldest first; one query."""
    return statements.rows(_questions_about, subject)


def _questions_about(subject: int) -> QuerySet[Question]:
    return Question.objects.filter(subject=subject).select_related("asked_by").order_by("pk")


def unread_answers(reader: User) -> list[str]:
    """The addresses of what has answers that no facilitator has read, as far as ``reader`` may see it; one query."""
    return statements.rows(_unread_answers, reader)


def _unread_answers(reader: User) -> QuerySet[Subject, str]:
    unread = Question.objects.filter(answered_on__isnull=False, was_taken_in=False)
    rows = Subject.objects.visible_to(reader).filter(pk__in=unread.values("subject"))
    return rows.order_by("pk").values_list("url", flat=True)[:MOST_COUNTED]
