"""The clock of a request to join: in working days, and in whole days of Europe/Amsterdam. Spec 01, Hubs."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone

from ui.workdays import Due, due_after, workday_before, workdays_between

ZONE = ZoneInfo("Europe/Amsterdam")  # due days are days here, whoever reads them (spec 00)

#: After so many working days whom it lies with is reminded,
REMIND_AFTER = 3
#: it lies with the other representatives as well,
OTHERS_AFTER = 5
#: and with the facilitators,
FACILITATORS_AFTER = 10
#: who decide within so many more.
DECIDE_WITHIN = 3
#: Whoever was declined asks the same hub again after so long.
AGAIN_AFTER = timedelta(days=30)


def day_of(moment: datetime) -> date:
    """The day that ``moment`` falls on."""
    return timezone.localtime(moment, ZONE).date()


def due(days: int, begun_at: datetime) -> Due:
    """The day that is ``days`` working days after something began."""
    return due_after(days, day_of(begun_at))


def begun_before(days: int, now: datetime) -> datetime:
    """What began before this moment began at least ``days`` working days ago: ``due`` as a bound for a statement."""
    first = workday_before(days, day_of(now) + timedelta(days=1))
    return datetime.combine(first, time(), ZONE)


def days_ago(moment: datetime, now: datetime) -> int:
    """How many working days ago ``moment`` was."""
    return workdays_between(day_of(moment), day_of(now))
