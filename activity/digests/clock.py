"""When the next digest is due. Spec 06, Digests."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from activity.following.models import DigestPeriod

#: Two digests lie at least so far apart, whatever a member changes meanwhile: period and hour, or their time zone.
AT_LEAST_APART = {
    DigestPeriod.DAILY: timedelta(hours=12),
    DigestPeriod.WEEKLY: timedelta(days=3, hours=12),
    DigestPeriod.MONTHLY: timedelta(days=14),
}
#: How far the page of a period looks back.
LOOKS_BACK = {
    DigestPeriod.DAILY: timedelta(days=1),
    DigestPeriod.WEEKLY: timedelta(days=7),
    DigestPeriod.MONTHLY: timedelta(days=31),
}


def next_due(
    after: datetime, period: DigestPeriod, weekday: int, hour: int, zone: ZoneInfo, *, last: datetime | None = None
) -> datetime | None:
    """Return the first moment after ``after`` at which a digest of ``period`` is due, in UTC; None for never.

    Hours are those of wall clocks in ``zone``: one that the change to summer time leaves out is the one after it.
    ``weekday`` (Monday is 0) is the day of a weekly one, and the first such day of a month is that of a monthly one.
    ``last`` is when the one before was due.
    """
    if period == DigestPeriod.NEVER:
        return None
    start = after if last is None else max(after, last + AT_LEAST_APART[period])
    day = start.astimezone(zone).date() - timedelta(days=1)
    while True:
        day += timedelta(days=1)
        if _is_day(day, period, weekday):
            moment = datetime.combine(day, time(hour), tzinfo=zone).astimezone(UTC)
            if moment > start:
                return moment


def _is_day(day: date, period: DigestPeriod, weekday: int) -> bool:
    if period == DigestPeriod.DAILY:
        return True
    return day.weekday() == weekday and (period == DigestPeriod.WEEKLY or day.day <= 7)
