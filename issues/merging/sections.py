"""What belongs together with a bottleneck, on its page. Spec 02, Merge and Generalise."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from activity.pages import SubjectSection, subject_sections
from issues.bottlenecks.models import Bottleneck

from . import selectors
from .permissions import may_propose

if TYPE_CHECKING:
    from django.http import HttpRequest

    from activity.models import Subject


def of_bottleneck(request: HttpRequest, subject: Subject) -> Mapping[str, Any] | None:
    """What was merged, what it is a part of, what is proposed; and for who may, the way to propose. One query."""
    bottleneck = subject.bottleneck
    if not request.user.is_authenticated:
        return None
    together = selectors.together(bottleneck, request.user)
    may = bottleneck.main_id is None and bottleneck.takes_votes and may_propose(request.user, bottleneck)
    is_waiting = any(merge.other_id == bottleneck.pk for merge in together.proposed)
    if not together and not may:
        return None
    return {"together": together, "bottleneck": bottleneck, "may_propose": may and not is_waiting}


def register() -> None:
    """Add it; called once, when the app is ready."""
    subject_sections.register(
        SubjectSection(
            key="merging",
            kinds=[Bottleneck.SUBJECT_KIND],
            order=25,
            template="issues/merging.html",
            load=of_bottleneck,
        )
    )
