"""Reminders before a session, put into the outbox when they are due. Spec 04, Reminders."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from django.db.models import CharField, Exists, F, OuterRef, Value
from django.db.models.functions import Cast, Concat, JSONObject

from activity.actions import queue_emails_of_rows
from activity.models import Email
from events import emails
from events.models import Session, SessionState
from events.times import REMINDERS, due_reminder

AHEAD = timedelta(days=REMINDERS[0] + 2)  # a day more than the earliest reminder, whatever the zone


def remind_of_sessions(*, now: datetime) -> int:
    """Queue the reminders that are due and not queued yet; returns how many. Running it again adds none.

    The reminder *n days before* is due at 07:00, in the session's zone, on the day *n* days before that of the start.
    It goes to whoever has a place by the end of that day; who registers later skips it. After a standstill it still
    goes out late, but the earlier reminder no longer once the later one is due, and none after the start. Moving the
    session or taking a place anew arms it again: both are part of the key.
    """
    soon = Session.objects.filter(state=SessionState.PUBLISHED, starts_at__gt=now, starts_at__lte=now + AHEAD)
    queued = 0
    for session in soon.select_related("subject").order_by("starts_at", "pk"):
        days = due_reminder(session, now)
        if days is not None:
            queued += _remind_of(session, days, now)
    return queued


def _remind_of(session: Session, days: int, now: datetime) -> int:
    """Queue the reminder of everyone who has had a place since its day at the latest and has no such mail yet."""
    day_after = session.local_start.date() - timedelta(days=days - 1)
    midnight = datetime.combine(day_after, time.min, tzinfo=session.zone)
    start, end = emails.reminder_key(days, session)
    key = Concat(Value(start), Cast("pk", CharField()), Value(":"), Cast("placing", CharField()), Value(end))
    rows = session.rsvps.going().filter(placed_at__lt=midnight, placed_at__lte=now)
    return queue_emails_of_rows(
        rows.annotate(key=key).exclude(Exists(Email.objects.filter(dedupe_key=OuterRef("key")))),
        kind=f"session_reminder_{days}",
        key=F("key"),
        context=JSONObject(
            rsvp="pk", placing="placing", days=Value(days), starts_at=Value(session.starts_at.isoformat())
        ),
        subject=session.subject,
        urgent_until=session.starts_at,
        now=now,
    )
