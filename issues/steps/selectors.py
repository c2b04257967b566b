"""Which bottlenecks wait for a next step, and what was done for one. Spec 02, Generic."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.utils import timezone

from issues.bottlenecks.models import Bottleneck, BottleneckQuerySet
from issues.bottlenecks.rows import members_and_hubs
from issues.clock import Duty, duty_since
from ui import statements

from .models import NextStep

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import QuerySet

    from community.models import User


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


def step_of(bottleneck: int) -> NextStep | None:
    """The latest next step of a bottleneck; one query."""
    return statements.first(_step_of, bottleneck)


def _step_of(bottleneck: int) -> QuerySet[NextStep]:
    return NextStep.objects.filter(bottleneck=bottleneck).select_related("by").order_by("-pk")[:1]
