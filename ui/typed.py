"""Days and hours as people type them, in Dutch and in English: "5 mei", "5-5", "930", "11 uur"."""

from __future__ import annotations

import re
from datetime import date, time

_MONTHS = {
    name: month
    for month, names in enumerate(
        (
            "januari january jan",
            "februari february feb",
            "maart march mrt mar",
            "april apr",
            "mei may",
            "juni june jun",
            "juli july jul",
            "augustus august aug",
            "september sept sep",
            "oktober october okt oct",
            "november nov",
            "december dec",
        ),
        start=1,
    )
    for name in names.split()
}
_WEEKDAYS = {
    name: weekday
    for weekday, names in enumerate(
        (
            "maandag monday ma mon",
            "dinsdag tuesday di tue tues",
            "woensdag wednesday wo wed",
            "donderdag thursday do thu thur thurs",
            "vrijdag friday vr fri",
            "zaterdag saturday za sat",
            "zondag sunday zo sun",
        )
    )
    for name in names.split()
}

_WRITTEN_DAYS = [
    re.compile(pattern)
    for pattern in (
        r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})",
        r"(?P<day>\d{1,2})[-/.](?P<month>\d{1,2})(?:[-/.](?P<year>\d{4}|\d\d))?",
        r"(?P<day>\d{1,2})(?:e|st|nd|rd|th)?[ -]?(?:of )?(?P<name>[a-z]+)(?:[ -](?P<year>\d{4}))?",
        r"(?P<name>[a-z]+) (?P<day>\d{1,2})(?:st|nd|rd|th)?(?: (?P<year>\d{4}))?",
    )
]
_WRITTEN_HOURS = [
    re.compile(pattern)
    for pattern in (
        r"(?P<hour>\d{1,2})(?: ?[:.h] ?(?P<minute>\d\d)(?::\d\d)?)?",  # a browser may send seconds
        r"(?P<hour>\d{1,2})(?P<minute>\d\d)",
        r"(?P<hour>\d{1,2}) ?u ?(?P<minute>\d\d)",
    )
]
_NOON = 12


def read_day(typed: str, today: date, *, is_past: bool = False) -> date | None:
    """Return the day that ``typed`` means, or None where it means none.

    The day comes before the month. A day without a year is the next one to come, or where it ``is_past`` the last one
    there was, ``today`` included; a year of two digits lies in this century; a day of the week may stand before it.
    """
    text = " ".join(typed.casefold().replace(",", " ").split())
    first, _space, rest = text.partition(" ")
    weekday = _WEEKDAYS.get(first.removesuffix("."))
    if weekday is not None:
        text = rest
    for pattern in _WRITTEN_DAYS:
        if match := pattern.fullmatch(text.replace(". ", " ").removesuffix(".")):
            parts = match.groupdict()
            month = _MONTHS.get(parts["name"], 0) if "name" in parts else int(parts["month"])
            day = _on(int(parts["day"]), month, parts["year"], today, -1 if is_past else 1)
            return day if day and weekday in (None, day.weekday()) else None
    return None


def _on(day: int, month: int, year: str | None, today: date, way: int) -> date | None:
    """That day of that month, in that year or when it comes next; going back where ``way`` is -1."""
    if year:
        years = [int(year) if len(year) > 2 else today.year // 100 * 100 + int(year)]
    else:
        years = list(range(today.year, today.year + 9 * way, way))  # the 29th of February can be eight years off
    for candidate in years:
        try:
            found = date(candidate, month, day)
        except ValueError:
            continue
        if year or (found - today).days * way >= 0:
            return found
    return None


def read_hour(typed: str) -> time | None:
    """Return the time of day that ``typed`` means, or None where it means none."""
    text = " ".join(typed.casefold().split())
    half = re.search(r"(?<=[\d ])([ap])\.? ?m\.?$", text)
    text = text[: half.start()].strip() if half else re.sub(r"(?<=[\d ])(uur|u|h|hrs|hours|o['’]clock)\.?$", "", text)
    for pattern in _WRITTEN_HOURS:
        if match := pattern.fullmatch(text.strip()):
            hour, minute = int(match["hour"]), int(match["minute"] or 0)
            if half and not 1 <= hour <= _NOON:
                return None
            if half:
                hour = hour % _NOON + (_NOON if half[1] == "p" else 0)
            try:
                return time(hour, minute)
            except ValueError:
                return None
    return None
