"""When a mail may go out, and when what failed is tried again. Spec 06, Notifications: classes of mail; Outbox."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from .mailkinds import MailClass, MailKind

if TYPE_CHECKING:
    from .models import Email

EVENING = time(20)
MORNING = time(7)
#: What starts or expires so soon after the quiet hours is told in them after all: when they end it would be too late.
TOO_SOON_TO_WAIT = timedelta(hours=1)
SATURDAY = 5
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=4)

_jitter = random.SystemRandom()


@dataclass(frozen=True, slots=True)
class Quiet:
    """When somebody wants no news, on their clocks: from one hour until another, and the weekend or not."""

    starts: time = EVENING
    ends: time = MORNING
    weekends: bool = True


#: The quiet hours of who chose none, and of everybody for what they asked for.
NIGHT = Quiet()


def earliest(
    start: datetime, mail_class: MailClass, urgent_until: datetime | None, zone: ZoneInfo, quiet: Quiet = NIGHT
) -> datetime:
    """Return the first moment at or after ``start`` at which a mail of ``mail_class`` may go out, in UTC.

    Hours are those of wall clocks in ``zone``, the receiver's. Account mail goes at once, and a digest at the hour it
    is queued for. What was asked for waits from
    20:00 to 07:00, unless the thing it is about starts or expires (``urgent_until``) before 08:00. News waits in the
    receiver's ``quiet`` hours instead, and at the weekend as well, except about something that happens on that very
    day.
    """
    if mail_class in {MailClass.ACCOUNT, MailClass.DIGEST}:
        return start
    if mail_class is not MailClass.NEWS:
        quiet = NIGHT
    if urgent_until is not None and urgent_until < start:
        urgent_until = None
    moment = start
    while True:
        here = moment.astimezone(zone)
        then = _end_of_quiet(here, quiet, zone)
        if then is not None:
            if urgent_until is not None and urgent_until < then + TOO_SOON_TO_WAIT:
                return moment
        elif (
            mail_class is MailClass.NEWS
            and quiet.weekends
            and here.weekday() >= SATURDAY
            and not _is_on(urgent_until, here.date(), zone)
        ):
            then = _at(here.date() + timedelta(days=1), quiet.ends, zone)
        if then is None:
            return moment
        moment = then


def may_go_at(mail: Email, kind: MailKind, start: datetime, zone: ZoneInfo, quiet: Quiet = NIGHT) -> datetime:
    """Return when ``mail`` may go out, at or after ``start``; its urgency is asked only if it would have to wait."""
    moment = earliest(start, kind.mail_class, None, zone, quiet)
    if moment > start and (urgent_until := kind.urgent_until(mail)) is not None:
        return earliest(start, kind.mail_class, urgent_until, zone, quiet)
    return moment


def next_morning(start: datetime, zone: ZoneInfo) -> datetime:
    """Return 07:00 of the day after ``start`` on wall clocks in ``zone``, in UTC."""
    return _at(start.astimezone(zone).date() + timedelta(days=1), MORNING, zone)


def wait_after(attempts: int) -> timedelta:
    """Return how long to wait after a failure that followed on ``attempts`` others: about twice as long each time."""
    wait: timedelta = min(FIRST_WAIT * 2 ** min(attempts, 12), LONGEST_WAIT)
    return wait * _jitter.uniform(0.75, 1.25)


def _end_of_quiet(here: datetime, quiet: Quiet, zone: ZoneInfo) -> datetime | None:
    """When the quiet hours end in which ``here`` lies; None outside them."""
    now = here.time()
    through_midnight = quiet.starts > quiet.ends
    if through_midnight and now >= quiet.starts:
        return _at(here.date() + timedelta(days=1), quiet.ends, zone)
    if now < quiet.ends and (through_midnight or now >= quiet.starts):
        return _at(here.date(), quiet.ends, zone)
    return None


def _at(day: date, hour: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, hour, tzinfo=zone).astimezone(UTC)


def _is_on(moment: datetime | None, day: date, zone: ZoneInfo) -> bool:
    return moment is not None and moment.astimezone(zone).date() == day
