"""When the next step is due: in working days, and in days of Europe/Amsterdam. Spec 02, Generic."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.utils import timezone

from ui.workdays import due_after, workdays_between

ZONE = ZoneInfo("Europe/Amsterdam")  # due days are days here, whoever reads them (spec 00)
#: Working days within which the facilitators owe a next step.
STEP_WITHIN = 10


@dataclass(frozen=True, slots=True)
class Duty:
    """By which day a next step is due, and how many working days it is late by now (0: not late)."""

    day: date
    late: int


def duty_since(generic_at: datetime, now: datetime) -> Duty:
    """What is owed for a bottleneck that became generic then."""
    day = due_after(STEP_WITHIN, timezone.localtime(generic_at, ZONE).date()).day
    return Duty(day, workdays_between(day, timezone.localtime(now, ZONE).date()))
