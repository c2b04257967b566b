"""What ideas add to the pages of other subjects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest

from activity.pages import SubjectSection, subject_sections
from community.models import Hub

from .models import Idea

if TYPE_CHECKING:
    from activity.models import Subject


def _ideas_of_hub(request: HttpRequest, subject: Subject) -> Mapping[str, Any] | None:
    rows = Idea.objects.visible_to(request.user).filter(subject__hubs=subject).select_related("subject")  # type: ignore[arg-type]
    ideas = list(rows.order_by("-pk")[:5])
    return {"ideas": ideas} if ideas else None


subject_sections.register(
    SubjectSection(
        key="ideas", kinds=[Hub.SUBJECT_KIND], template="smallapp/hub_ideas.html", load=_ideas_of_hub, aside=True
    )
)
subject_sections.register(
    SubjectSection(
        key="idea-of-the-day",
        template="smallapp/hint.html",
        load=lambda _request, subject: {"word": subject.registered_kind.word},
    )
)
