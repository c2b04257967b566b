"""The button to follow on every subject's page. Spec 06, Following."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from activity.kinds import COMMUNITY
from activity.models import Subject
from activity.pages import SubjectSection, subject_sections

from .forms import HINTS
from .selectors import following

if TYPE_CHECKING:
    from django.http import HttpRequest

    from community.models import User


def of_subject(request: HttpRequest, subject: Subject) -> Mapping[str, Any] | None:
    """How much the reader hears of a subject, for members; nobody follows a draft."""
    if not request.user.is_authenticated or subject.announced_at is None or subject.kind == COMMUNITY.key:
        return None
    return shown_to(request.user, subject)


def shown_to(member: User, subject: Subject) -> Mapping[str, Any]:
    """What ``activity/follow.html`` shows to ``member``: also for who answers an act that made them follow."""
    return {"following": following(subject, member), "levels": HINTS}


def register() -> None:
    """Add it to the pages of all kinds; called once, when the app is ready."""
    subject_sections.register(
        SubjectSection(key="follow", order=10, template="activity/follow.html", load=of_subject, lead=True)
    )
