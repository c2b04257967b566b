"""One mail of each kind about sessions, about the next session that somebody answered: for the previews of mails.

Each puts the answer and its session into the state that its mail is about; whoever asks for a sample rolls that back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from django.db.models import Max
from django.utils import timezone

from activity.models import Activity, Announcement, Email
from events import emails
from events.models import Rsvp, RsvpState, Session, SessionState


def _answer(state: RsvpState) -> Rsvp | None:
    """The next answer to a session ahead that is in ``state``, else the next of all, put into it."""
    now = timezone.now()
    ahead = Rsvp.objects.filter(session__state=SessionState.PUBLISHED, session__starts_at__gt=now)
    ahead = ahead.filter(member__is_active=True).order_by("session__starts_at", "pk")
    rsvp = ahead.filter(state=state).first() or ahead.first()
    if rsvp is None:
        return None
    if rsvp.state != state:
        last = Rsvp.objects.filter(session=rsvp.session).aggregate(last=Max("position"))["last"]
        changed = {
            "state": state,
            "position": (last or 0) + 1 if state == RsvpState.WAITLISTED else None,
            "placing": max(rsvp.placing, 1),
            "placed_at": now if state == RsvpState.GOING else None,
            "offer_expires_at": now + timedelta(hours=12) if state == RsvpState.OFFERED else None,
        }
        Rsvp.objects.filter(pk=rsvp.pk).update(**changed)
    return Rsvp.objects.select_related("session__subject", "member").get(pk=rsvp.pk)


def _sample(make: Callable[[Rsvp], Email], state: RsvpState = RsvpState.GOING) -> Callable[[], Email | None]:
    def sample() -> Email | None:
        rsvp = _answer(state)
        return make(rsvp) if rsvp else None

    return sample


def _one_of(make: Callable[[Session, Activity], Announcement]) -> Callable[[Rsvp], Email]:
    """The mail that an announcement becomes for whoever gave this answer."""

    def mail(rsvp: Rsvp) -> Email:
        announced = make(rsvp.session, Activity(subject=rsvp.session.subject))
        return Email(
            member=rsvp.member,
            subject=rsvp.session.subject,
            kind=announced.kind,
            context={**announced.context, "rsvp": rsvp.pk},
        )

    return mail


def _moved(session: Session, entry: Activity) -> Announcement:
    return emails.moved(session, entry, was_at=session.starts_at)


def _free_place(session: Session, entry: Activity) -> Announcement:
    Session.objects.filter(pk=session.pk).update(taken_count=0)
    return emails.free_to_claim(session, entry)


def _cancelled(session: Session, entry: Activity) -> Announcement:
    changed = {
        "state": SessionState.CANCELLED,
        "cancel_reason": "Storm",
        "cancelled_at": timezone.now(),
    }
    Session.objects.filter(pk=session.pk).update(**changed)
    return emails.cancelled(session, entry)


def _reminder(days: int, ahead: timedelta) -> Callable[[Rsvp], Email]:
    def mail(rsvp: Rsvp) -> Email:
        session = rsvp.session
        _move(session, timezone.now() + ahead)
        return Email(
            member=rsvp.member,
            subject=session.subject,
            kind=f"session_reminder_{days}",
            context={
                "rsvp": rsvp.pk,
                "placing": rsvp.placing,
                "days": days,
                "starts_at": session.starts_at.isoformat(),
            },
        )

    return mail


def _move(session: Session, to: datetime) -> None:
    """Let ``session`` begin at ``to``, with its room to itself."""
    lasts = session.ends_at - session.starts_at
    session.starts_at, session.ends_at, session.rsvp_deadline = to, to + lasts, None
    Session.objects.filter(room=session.room).exclude(pk=session.pk).update(room=None)
    session.save(update_fields=["starts_at", "ends_at", "rsvp_deadline"])


SAMPLES: Mapping[str, Callable[[], Email | None]] = {
    "session_placed": _sample(emails.placed),
    "session_promoted": _sample(emails.promoted),
    "session_waitlisted": _sample(emails.waitlisted, RsvpState.WAITLISTED),
    "session_offer": _sample(emails.offered, RsvpState.OFFERED),
    "session_free_place": _sample(_one_of(_free_place), RsvpState.WAITLISTED),
    "session_moved": _sample(_one_of(_moved)),
    "session_changed": _sample(_one_of(emails.changed)),
    "session_cancelled": _sample(_one_of(_cancelled)),
    "session_withdrawn": _sample(emails.withdrawn, RsvpState.NOT_GOING),
    "session_reminder_7": _sample(_reminder(7, timedelta(days=4))),
    "session_reminder_1": _sample(_reminder(1, timedelta(hours=3))),
}
