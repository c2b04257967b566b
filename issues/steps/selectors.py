"""Which bottlenecks wait for a next step, and what was done for one. Spec 02, Generic."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import Count, Q
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


def hubs_to_ask(bottleneck: int, reader: User) -> QuerySet[Hub]:
    """The hubs that most probably take a bottleneck up: open ones with votes for it or that it touches.

    Those with most votes. Facilitators ask, who know all hubs.
    """
    votes = Count("votes", filter=Q(votes__bottleneck=bottleneck))
    near = Q(pk__in=Vote.objects.filter(bottleneck=bottleneck, hub__isnull=False).values("hub"))
    near |= Q(pk__in=TouchedHub.objects.filter(bottleneck=bottleneck).values("hub"))
    hubs: QuerySet[Hub] = Hub.objects.visible_to(reader).open().filter(near)
    chosen = hubs.annotate(number=votes).order_by("-number", "sort_name", "pk").values("pk")[:HUBS_OFFERED]
    return Hub.objects.filter(pk__in=chosen).select_related("subject").order_by("sort_name", "pk")


def without_those_asked(bottleneck: int, hubs: QuerySet[Hub]) -> QuerySet[Hub]:
    """``hubs`` but those that work on a bottleneck, or were asked to and have not answered."""
    return hubs.exclude(pk__in=Adoption.objects.open().filter(bottleneck=bottleneck).values("hub"))


def step_of(bottleneck: int) -> NextStep | None:
    """The latest next step of a bottleneck; one query."""
    return statements.first(_step_of, bottleneck)


def _step_of(bottleneck: int) -> QuerySet[NextStep]:
    return NextStep.objects.filter(bottleneck=bottleneck).select_related("by").order_by("-pk")[:1]
