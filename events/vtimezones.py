"""Time zones as calendars describe them (RFC 5545, 3.6.5), so that every reader understands: Outlook, too.

Outlook reads one STANDARD and one DAYLIGHT that recur by a yearly rule, and overlooks RDATE. icalendar's own generator
writes RDATE lines, and those of spring an hour late; so the rules are found here, in the tz database.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from icalendar import Timezone, TimezoneDaylight, TimezoneStandard

#: In so many years a rule by weekday comes to all seven days of the month that it can, and so shows which rule it is.
CYCLE = 28
STEP = timedelta(days=4)
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")

type Rule = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Change:
    """The clocks change, ``at`` a moment in UTC: what RFC 5545 calls the onset of an observance."""

    at: datetime
    before: timedelta
    after: timedelta
    name: str

    @property
    def onset(self) -> datetime:
        """When it is on the clocks before the change, which is how DTSTART has it."""
        return (self.at + self.before).replace(tzinfo=None)


def vtimezone(key: str, moments: Iterable[datetime]) -> Timezone:
    """Describe the zone ``key`` so that a reader who knows nothing else of it is right at all ``moments``.

    A zone with regular rules becomes one STANDARD and one DAYLIGHT with a yearly RRULE, and one whose clocks stand
    still one STANDARD. Any other (Casablanca goes by the moon) becomes the fewest single observances that will do.
    """
    moments = sorted(moments)
    first_year, last_year = moments[0].year - 1, moments[-1].year + 2
    last_year = max(last_year, first_year + CYCLE)
    began, *changes = _changes(key, first_year, last_year)
    shown = _regular(changes, range(first_year, last_year))
    shown = shown or [(change, {}) for change in _needed([began, *changes], moments)]
    lowest = min(change.after for change, _rule in shown)
    described = Timezone()
    described.add("tzid", key)
    for change, rule in shown:
        part = TimezoneStandard() if change.after == lowest else TimezoneDaylight()
        part.add("dtstart", change.onset)
        if rule:
            part.add("rrule", rule)
        part.add("tzname", change.name)
        part.add("tzoffsetfrom", change.before)
        part.add("tzoffsetto", change.after)
        described.add_component(part)
    return described


def _regular(changes: Sequence[Change], years: range) -> list[tuple[Change, Rule]]:
    """The first change of each kind with its rule; nothing unless there are two kinds that come in all ``years``."""
    kinds: defaultdict[tuple[timedelta, timedelta], list[Change]] = defaultdict(list)
    for change in changes:
        kinds[change.before, change.after].append(change)
    found = [(kind[0], _rule([change.onset for change in kind], years)) for kind in kinds.values()]
    return found if len(found) == 2 and all(rule for _change, rule in found) else []


def _rule(onsets: Sequence[datetime], years: range) -> Rule:
    """The yearly rule that gives exactly ``onsets``: a second or last Sunday, or the first one from some day on."""
    if [at.year for at in onsets] != list(years) or len({(at.month, at.weekday(), at.time()) for at in onsets}) > 1:
        return {}
    weekday = WEEKDAYS[onsets[0].weekday()]
    yearly: Rule = {"freq": "yearly", "bymonth": onsets[0].month}
    weeks = {(at.day + 6) // 7 for at in onsets}
    if len(weeks) == 1:
        return {**yearly, "byday": f"{weeks.pop()}{weekday}"}
    if all((at + timedelta(days=7)).month != at.month for at in onsets):
        return {**yearly, "byday": f"-1{weekday}"}
    days = sorted({at.day for at in onsets})
    return {**yearly, "byday": weekday, "bymonthday": days} if days[-1] - days[0] < 7 else {}


def _needed(changes: Sequence[Change], moments: Iterable[datetime]) -> list[Change]:
    """Of ``changes`` those without which a reader would be wrong at one of ``moments``, which are in order."""
    needed: list[Change] = []
    for moment in moments:
        latest = next(change for change in reversed(changes) if change.at <= moment)
        if not needed or needed[-1].after != latest.after:
            needed.append(latest)
    return needed


@lru_cache(maxsize=128)
def _changes(key: str, first_year: int, last_year: int) -> Sequence[Change]:
    """What the clocks show when ``first_year`` begins, and every change of them until ``last_year`` begins."""
    zone = ZoneInfo(key)
    start, end = (datetime(year, 1, 1, tzinfo=UTC) for year in (first_year, last_year))
    return [
        _change(zone, start, start),
        *(_change(zone, at - timedelta(seconds=1), at) for at in _moments(zone, start, end)),
    ]


def _change(zone: ZoneInfo, before: datetime, at: datetime) -> Change:
    return Change(at, _offset(before, zone), _offset(at, zone), at.astimezone(zone).tzname() or zone.key)


def _moments(zone: ZoneInfo, start: datetime, end: datetime) -> Iterator[datetime]:
    """Every moment between ``start`` and ``end`` at which clocks in ``zone`` change, to the second.

    Nowhere do they change twice within one step of the search.
    """
    offset = _offset(start, zone)
    while start < end:
        low, high = start, min(start + STEP, end)
        after = _offset(high, zone)
        if after != offset:
            while high - low > timedelta(seconds=1):
                middle = low + (high - low) // 2
                low, high = (middle, high) if _offset(middle, zone) == offset else (low, middle)
            yield high.replace(microsecond=0)
        start, offset = start + STEP, after


def _offset(at: datetime, zone: ZoneInfo) -> timedelta:
    return at.astimezone(zone).utcoffset() or timedelta()
