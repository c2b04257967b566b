"""Who took a bottleneck up, on its page; what a hub took up, on the hub's. Spec 02, Adoption and Detail."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from activity.pages import SubjectSection, subject_sections
from community.models import Hub
from issues.bottlenecks.models import Bottleneck

from . import selectors

if TYPE_CHECKING:
    from django.http import HttpRequest

    from activity.models import Subject


def of_bottleneck(request: HttpRequest, subject: Subject) -> Mapping[str, Any] | None:
    """Which hubs work on it, were asked to, or did, and what I may do: take it up for mine, deliver, stop.

    Nothing is asked where no hub ever was.
    """
    member, bottleneck = request.user, subject.bottleneck
    if not member.is_authenticated:
        return None
    knows_of_some = bottleneck.life or bottleneck.stepped_at
    adoptions = selectors.of_bottleneck(bottleneck, member) if knows_of_some else []
    mine, is_open = member.represented_hub_ids, bottleneck.takes_votes
    busy = {it.hub_id for it in adoptions if it.began_at and not it.ended_at}
    may_adopt = is_open and bool(mine - busy)
    if not adoptions and not may_adopt:
        return None
    rows = [
        {
            "adoption": it,
            "may_stop": is_open
            and it.hub_id in busy
            and not it.ended_at
            and (it.hub_id in mine or member.is_facilitator),
            "may_decline": is_open and it.began_at is None and not it.ended_at and it.hub_id in mine,
        }
        for it in adoptions
    ]
    return {"rows": rows, "bottleneck": bottleneck, "may_adopt": may_adopt}


def of_hub(request: HttpRequest, subject: Subject) -> Mapping[str, Any] | None:
    """A hub's page: what it works on and what it delivered; nothing where it never took anything up."""
    if not request.user.is_authenticated:
        return None
    rows = selectors.of_hub(subject.hub.pk, request.user)
    return {"rows": rows} if rows else None


def register() -> None:
    """Add them; called once, when the app is ready."""
    subject_sections.register(
        SubjectSection(
            key="adoptions",
            kinds=[Bottleneck.SUBJECT_KIND],
            order=25,
            template="issues/adoptions.html",
            load=of_bottleneck,
        )
    )
    subject_sections.register(
        SubjectSection(
            key="taken-up",
            kinds=[Hub.SUBJECT_KIND],
            order=28,
            template="issues/hub_adoptions.html",
            load=of_hub,
        )
    )
