"""When a session is, in words: in its own time zone, and in the reader's where clocks differ. Spec 00, Time zone."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, tzinfo
from typing import Final, Protocol

from django.utils import timezone
from django.utils.translation import gettext as _

from events.models import Session
from ui.templatetags.ui import long_date, moment, time_span
from ui.zones import city_of

#: How many days ahead the reminders go, the earliest first, and at what time of that day.
REMINDERS: Final = (7, 1)
REMINDERS_AT: Final = time(7)


#: An end in the small hours, this soon after the start, is plainly meant for the next day.
SMALL_HOURS: Final = time(6)
ONE_EVENING: Final = timedelta(hours=12)


class Timed(Protocol):
    """Whatever begins and ends where it has a time zone: a session, or as much of it as visitors know."""

    @property
    def starts_at(self) -> datetime: ...

    @property
    def ends_at(self) -> datetime: ...

    @property
    def zone(self) -> tzinfo: ...


def in_words(session: Timed, zone: tzinfo) -> str:
    """Write day and times on the clocks of ``zone``: "Thursday 10 December, 9:30 to 16:00"."""
    with timezone.override(zone):
        if session.starts_at.astimezone(zone).date() == session.ends_at.astimezone(zone).date():
            return _("%(day)s, %(times)s") % {
                "day": long_date(session.starts_at),
                "times": time_span(session.starts_at, session.ends_at),
            }
        return _("%(start)s to %(end)s") % {"start": moment(session.starts_at), "end": moment(session.ends_at)}


def until_next_day(starts: time, ends: time) -> timedelta:
    """How long it lasts from ``starts`` to ``ends`` on the day after, on the clocks."""
    return datetime.combine(date.min + timedelta(days=1), ends) - datetime.combine(date.min, starts)


def runs_past_midnight(starts: time, ends: time) -> bool:
    """Whether a session from ``starts`` to ``ends`` without a last day plainly ends the next day: 22:00 to 1:30."""
    return ends <= starts and ends < SMALL_HOURS and until_next_day(starts, ends) < ONE_EVENING


def when(session: Timed) -> str:
    """Write when it is, on the clocks where it is."""
    return in_words(session, session.zone)


def hours(session: Session) -> str:
    """Write only the times, on the clocks where it is; with days if it lasts longer than one."""
    if session.local_start.date() != session.local_end.date():
        return when(session)
    with timezone.override(session.zone):
        return time_span(session.starts_at, session.ends_at)


def day_if_one(session: Session) -> str:
    """Write the day that ``hours`` leaves out; empty for a session of several days, of which it says them all."""
    with timezone.override(session.zone):
        return long_date(session.starts_at) if session.local_start.date() == session.local_end.date() else ""


def when_for_reader(session: Session, zone: tzinfo | None = None) -> str:
    """Write when it is on the reader's own clocks, with whose they are; empty where they show the same.

    ``zone`` defaults to the current time zone, which is the reader's.
    """
    zone = zone or timezone.get_current_timezone()
    same = all(
        at.astimezone(zone).utcoffset() == at.astimezone(session.zone).utcoffset()
        for at in (session.starts_at, session.ends_at)
    )
    if same:
        return ""
    return _("%(when)s on your clock (%(city)s)") % {"when": in_words(session, zone), "city": city_of(zone)}


def due_reminder(session: Session, now: datetime) -> int | None:
    """How many days before is the latest reminder that is due at ``now``; None before the first and after the start."""
    if now >= session.starts_at:
        return None
    due = [days for days in REMINDERS if now >= reminder_due_at(session, days)]
    return min(due, default=None)


def reminder_due_at(session: Session, days: int) -> datetime:
    """When the reminder ``days`` before is due."""
    day = session.local_start.date() - timedelta(days=days)
    return datetime.combine(day, REMINDERS_AT, tzinfo=session.zone)
