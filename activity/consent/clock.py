"""The days of a consent round, in Europe/Amsterdam whoever reads. Spec 00, Time zone; 06, Consent rounds."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.utils import timezone

from ui.workdays import due_after, workday_before, workdays_between

ZONE = ZoneInfo("Europe/Amsterdam")

#: A round stays open for at least so many working days, also after a new text,
SHORTEST = 3
#: and closes within so many.
LONGEST = 60
#: What a form proposes.
USUAL = 10
#: Whoever has not spoken is reminded so many working days before the last one.
REMIND_BEFORE = 2


def day_of(moment: datetime) -> date:
    """The day that ``moment`` falls on."""
    return timezone.localtime(moment, ZONE).date()


def today() -> date:
    """The present day."""
    return day_of(timezone.now())


def first_day(day: date) -> date:
    """The earliest last day of a text that is put on ``day``."""
    return due_after(SHORTEST, day).day


def last_day(day: date) -> date:
    """The latest one."""
    return due_after(LONGEST, day).day


def usual_day(day: date) -> date:
    """The one that a form proposes."""
    return due_after(USUAL, day).day


def reminder_day(closes_on: date) -> date:
    """The day from which on reminders of a round go out."""
    return workday_before(REMIND_BEFORE, closes_on)


def days_left(closes_on: date) -> int:
    """How many working days there are after today."""
    return workdays_between(today(), closes_on)
