"""Working days: Monday to Friday, less Dutch public holidays and the organisation's own closed periods. Spec 01.

Every clock of the portal counts with these, and every date that comes of it can say in words how it came about.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

import holidays
from django.conf import settings
from django.utils.text import get_text_list
from django.utils.translation import get_language, gettext, ngettext

from ui.templatetags.ui import plain_date

SATURDAY = 5
MOST_DAYS = 2_600  #: ten years of working days: no clock of the portal runs longer
_DAY = timedelta(days=1)
# The library's English is American; ours is plain British.
_BRITISH = {"Pentecost": "Whit Sunday", "Pentecost Monday": "Whit Monday"}


@dataclass(frozen=True, slots=True)
class Due:
    """A day that so many working days lead to. ``str()`` says how, in the language of the reader.

    "10 working days from 20 May, Ascension Day and Whit Monday skipped"
    """

    day: date
    start: date
    days: int

    def __str__(self) -> str:
        counted = ngettext("%(days)s working day from %(start)s", "%(days)s working days from %(start)s", self.days) % {
            "days": self.days,
            "start": plain_date(self.start),
        }
        skipped = skipped_between(self.start, self.day)
        if not skipped:
            return counted
        return gettext("%(counted)s, %(names)s skipped") % {
            "counted": counted,
            "names": get_text_list(skipped, gettext("and")),
        }


def holiday(day: date) -> str:
    """Return the name of the Dutch public holiday on ``day`` in the language of the reader; "" on any other day."""
    return _holidays(day.year, get_language() or "").get(day, "")


def is_workday(day: date) -> bool:
    """Tell whether people are at work on ``day``."""
    days = _workdays_of(day.year, _closed())
    place = bisect_left(days, day)
    return place < len(days) and days[place] == day


def due_after(days: int, start: date) -> Due:
    """Return the ``days``-th working day after ``start``, which may be any day and does not count itself.

    Raises ValueError unless ``days`` is from 1 to ``MOST_DAYS``.
    """
    if not 1 <= days <= MOST_DAYS:
        raise ValueError(f"a clock runs for 1 to {MOST_DAYS} working days, not {days}")
    return Due(day=_step(start, days, _DAY), start=start, days=days)


def workday_before(days: int, end: date) -> date:
    """Return the ``days``-th working day before ``end``: when something that is due then becomes due soon.

    Raises ValueError unless ``days`` is from 1 to ``MOST_DAYS``.
    """
    if not 1 <= days <= MOST_DAYS:
        raise ValueError(f"a clock runs for 1 to {MOST_DAYS} working days, not {days}")
    return _step(end, days, -_DAY)


def workdays_between(start: date, end: date) -> int:
    """Return how many working days lie after ``start`` up to and with ``end``; 0 where that is no later."""
    if end <= start:
        return 0
    closed = _closed()
    whole_years = sum(len(_workdays_of(year, closed)) for year in range(start.year, end.year))
    so_far, before = (bisect_right(_workdays_of(day.year, closed), day) for day in (end, start))
    return whole_years + so_far - before


def skipped_between(start: date, end: date) -> list[str]:
    """Name what kept weekdays after ``start`` up to ``end`` from being working days, each once and in order."""
    names: dict[str, None] = {}
    for day in _days_after(start, end):
        if day.weekday() >= SATURDAY:
            continue
        if (period := _closed_period(day)) is not None:
            first, last = map(plain_date, period)
            names[gettext("%(first)s to %(last)s (closed)") % {"first": first, "last": last}] = None
        elif name := holiday(day):
            names[name] = None
    return list(names)


def _step(day: date, days: int, step: timedelta) -> date:
    while days:
        day += step
        days -= is_workday(day)
    return day


def _days_after(start: date, end: date) -> Iterator[date]:
    return (start + timedelta(days=n) for n in range(1, (end - start).days + 1))


@lru_cache(maxsize=256)
def _holidays(year: int, language: str) -> dict[date, str]:
    if language.startswith("nl"):
        return dict(holidays.country_holidays("NL", years=year, language="nl"))
    english = holidays.country_holidays("NL", years=year, language="en_US")
    return {day: _BRITISH.get(name, name) for day, name in english.items()}


def _closed() -> tuple[tuple[date, date], ...]:
    return tuple((first, last) for first, last in settings.CLOSED_PERIODS)


@lru_cache(maxsize=256)
def _workdays_of(year: int, closed: tuple[tuple[date, date], ...]) -> tuple[date, ...]:
    """The working days of a year, in order: what waits for eight years is counted year by year, not day by day."""
    off, first, last = _holidays(year, ""), date(year, 1, 1), date(year, 12, 31)
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return tuple(
        day
        for day in days
        if day.weekday() < SATURDAY and day not in off and not any(start <= day <= end for start, end in closed)
    )


def _closed_period(day: date) -> tuple[date, date] | None:
    """The closed period that ``day`` lies in; ``CLOSED_PERIODS`` holds first and last days."""
    periods: Sequence[tuple[date, date]] = settings.CLOSED_PERIODS
    return next((period for period in periods if period[0] <= day <= period[1]), None)
