"""Which bottlenecks wait for a next step, and what was done for one. Spec 02, Generic."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import Count
from django.utils import timezone

from community.models import Hub
from issues.adoptions.models import Adoption
from issues.bottlenecks.models import Bottleneck, BottleneckQuerySet, TouchedHub, Vote
from issues.bottlenecks.rows import members_and_hubs
from issues.clock import Duty, duty_since
from ui import statements

from .models import NextStep

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import QuerySet

    from community.models import User


#: So many hubs are offered to be asked.
HUBS_OFFERED = 12


@dataclass(frozen=True, slots=True)
class Waiting:
    """A row of the list: a bottleneck, its reach in words, and the day by which a step is due."""

    bottleneck: Bottleneck
    reach: str
    duty: Duty


def waiting_longest(reader: User) -> BottleneckQuerySet:
    """Generic bottlenecks without a next step that ``reader`` may read, the longest first."""
    rows = Bottleneck.objects.visible_to(reader).open().waiting().select_related("subject")
    shown = rows.only("title", "language", "generic_at", "member_count", "hub_count", "subject__url")
    return shown.order_by("generic_at", "pk")


def as_rows(bottlenecks: Iterable[Bottleneck]) -> list[Waiting]:
    """The same as the list shows them; no query."""
    now = timezone.now()
    return [Waiting(row, members_and_hubs(row), duty_since(_generic_at(row), now)) for row in bottlenecks]


def _generic_at(bottleneck: Bottleneck) -> datetime:
    assert bottleneck.generic_at is not None  # noqa: S101 - what waits is generic
    return bottleneck.generic_at


def number_waiting(reader: User) -> tuple[int, datetime | None]:
    """How many wait for a next step that ``reader`` may read, and since when the first does; one query."""
    return statements.rows(_number_waiting, reader)[0]


def _number_waiting(reader: User) -> QuerySet[Bottleneck, tuple[int, datetime | None]]:
    return Bottleneck.objects.visible_to(reader).open().waiting().number_and_first()


def hubs_to_ask(bottleneck: int, reader: User) -> list[int]:
    """The primary keys of the hubs that most probably take a bottleneck up: open ones with votes or that it touches.

    Those with most votes first. Facilitators ask, who know all hubs. Three queries: from the bottleneck to its hubs,
    for the other way round the votes of each hub would be counted, for whatever they are.
    """
    votes = dict(statements.rows(_votes_of_hubs, bottleneck))
    touched = TouchedHub.objects.filter(bottleneck=bottleneck).values_list("hub", flat=True)
    near = sorted({*votes, *touched})
    names = Hub.objects.visible_to(reader).open().filter(pk__any=near).values_list("pk", "sort_name")
    ranked = sorted(names, key=lambda hub: (-votes.get(hub[0], 0), hub[1], hub[0]))
    return [pk for pk, _name in ranked[:HUBS_OFFERED]]


def _votes_of_hubs(bottleneck: int) -> QuerySet[Vote, tuple[int, int]]:
    votes = Vote.objects.filter(bottleneck=bottleneck, hub__isnull=False).order_by().values("hub")
    return votes.annotate(number=Count("pk")).values_list("hub", "number")


def without_those_asked(bottleneck: int, hubs: Iterable[int]) -> list[int]:
    """``hubs`` but those that work on a bottleneck, or were asked to and have not answered."""
    asked = set(Adoption.objects.open().filter(bottleneck=bottleneck).values_list("hub", flat=True))
    return [hub for hub in hubs if hub not in asked]


def step_of(bottleneck: int) -> NextStep | None:
    """The latest next step of a bottleneck; one query."""
    return statements.first(_step_of, bottleneck)


def _step_of(bottleneck: int) -> QuerySet[NextStep]:
    return NextStep.objects.filter(bottleneck=bottleneck).select_related("by").order_by("-pk")[:1]
