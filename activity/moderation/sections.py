"""What every subject's page has of moderation: a way to report it, and for facilitators to hide it. Spec 06."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from activity.kinds import COMMUNITY
from activity.models import Subject
from activity.pages import SubjectSection, subject_sections

from .models import Case
from .permissions import makers_of

if TYPE_CHECKING:
    from django.http import HttpRequest


def of_subject(request: HttpRequest, subject: Subject) -> Mapping[str, Any] | None:
    """A member may report it, a facilitator hide what is not their own; hidden, it leads to why."""
    if not request.user.is_authenticated or subject.announced_at is None or subject.kind == COMMUNITY.key:
        return None
    if not request.user.is_facilitator:
        return {"subject": subject}
    if subject.hidden_at is not None:
        case = Case.objects.running().filter(subject=subject, comment=None).values_list("pk", flat=True).first()
        return {"subject": subject, "case": case}
    if request.user.pk in makers_of(subject, None):
        return None
    return {"subject": subject, "may_hide": True}


def register() -> None:
    """Add it to the pages of all kinds; called once, when the app is ready."""
    subject_sections.register(
        SubjectSection(key="moderation", order=900, template="activity/moderation.html", load=of_subject)
    )
