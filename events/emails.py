"""The mails about sessions: which exist, when one has become pointless, and what they show. Spec 04; 06, Notifications.

All are *asked for*: they are about what the member signed up for. Each is asked again at sending: ``load`` returns None
when it no longer fits, so nobody hears of a place given back a minute ago.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from activity.mailkinds import CalendarPart, MailClass, MailContent, MailKind, mail_kinds
from activity.models import Email, LinkPurpose
from events import calendars
from events.models import Rsvp, RsvpState, Session, SessionState
from events.times import due_reminder, when, when_for_reader
from ui.templatetags.ui import long_date


# --- Making them ----------------------------------------------------------------------------------------------------
def placed(rsvp: Rsvp) -> Email:
    """You have a place: you signed up, accepted or claimed it."""
    return _email("session_placed", rsvp, str(rsvp.placing), placing=rsvp.placing)


def promoted(rsvp: Rsvp) -> Email:
    """You have a place from the waitlist."""
    return _email("session_promoted", rsvp, str(rsvp.placing), placing=rsvp.placing)


def waitlisted(rsvp: Rsvp) -> Email:
    """You are on the waitlist."""
    return _email("session_waitlisted", rsvp, _stamp(timezone.now()))


def offered(rsvp: Rsvp) -> Email:
    """A place is kept for you until a moment."""
    assert rsvp.offer_expires_at is not None  # noqa: S101 - a constraint says so
    return _email("session_offer", rsvp, _stamp(rsvp.offer_expires_at), expires=rsvp.offer_expires_at.isoformat())


def free_to_claim(rsvp: Rsvp, now: datetime) -> Email:
    """A place came free shortly before the start."""
    return _email("session_free_place", rsvp, _stamp(now))


def moved(rsvp: Rsvp, *, was_at: datetime) -> Email:
    """Time or place changed; it was to start ``was_at``, and whoever would go there then must know in time."""
    mail = _email("session_moved", rsvp, str(rsvp.session.sequence), sequence=rsvp.session.sequence)
    mail.context["starts_at"] = min(rsvp.session.starts_at, was_at).isoformat()
    return mail


def changed(rsvp: Rsvp) -> Email:
    """Something else changed, and the organisers want you to know."""
    return _email("session_changed", rsvp, str(rsvp.session.version))


def cancelled(rsvp: Rsvp) -> Email:
    """The session does not take place."""
    return _email("session_cancelled", rsvp, "")


def withdrawn(rsvp: Rsvp) -> Email:
    """You gave your place back, or the organisers took it back."""
    return _email("session_withdrawn", rsvp, f"{rsvp.placing}:{_stamp(timezone.now())}", placing=rsvp.placing)


def reminder_key(days: int, session: Session) -> tuple[str, str]:
    """What stands before and behind ``<rsvp>:<placing>`` in the dedupe key of a reminder.

    Moving the session or taking the place anew arms it again: both are part of the key. Spec 04, Reminders.
    """
    return f"session_reminder_{days}:", f":{_stamp(session.starts_at)}"


def _email(kind: str, rsvp: Rsvp, occasion: str, **context: Any) -> Email:
    return Email(
        member_id=rsvp.member_id,
        subject_id=rsvp.session.subject_id,
        kind=kind,
        context={"rsvp": rsvp.pk, "starts_at": rsvp.session.starts_at.isoformat(), **context},
        dedupe_key=f"{kind}:{rsvp.pk}:{occasion}",
    )


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y%m%dT%H%M%S.%fZ")


# --- Showing them, or not -------------------------------------------------------------------------------------------
def _rsvp(email: Email) -> Rsvp | None:
    rows = Rsvp.objects.select_related("session__room__venue", "session__hub")
    return rows.filter(pk=email.context["rsvp"], member=email.member_id).first()


def _is_coming_up(rsvp: Rsvp | None) -> bool:
    return rsvp is not None and rsvp.session.state == SessionState.PUBLISHED and not rsvp.session.has_started


def _content(email: Email, rsvp: Rsvp, calendar: CalendarPart | None = None, **more: Any) -> MailContent:
    session = rsvp.session
    context = {
        "session": session,
        "rsvp": rsvp,
        "room": session.room,
        "when": when(session),
        "when_for_you": when_for_reader(session),
        "withdraw_token": email.tokens.get("withdraw", ""),
    }
    return MailContent(context={**context, **more}, calendar=calendar)


def _load_place(email: Email) -> MailContent | None:
    """Any mail to somebody with a place: pointless once it is given back, also when it was taken anew since."""
    rsvp = _rsvp(email)
    if rsvp is None or not _is_coming_up(rsvp) or rsvp.state != RsvpState.GOING:
        return None
    if rsvp.placing != email.context["placing"] or email.member is None:
        return None
    return _content(email, rsvp, calendars.invitation(rsvp, email.member, timezone.now()))


def _load_reminder(email: Email) -> MailContent | None:
    """Only to who still has this place, for the time it was queued for, before the start, and the latest one only."""
    rsvp = _rsvp(email)
    if rsvp is None or not _is_coming_up(rsvp) or rsvp.state != RsvpState.GOING:
        return None
    if rsvp.placing != email.context["placing"] or rsvp.session.starts_at.isoformat() != email.context["starts_at"]:
        return None
    if due_reminder(rsvp.session, timezone.now()) != email.context["days"]:
        return None
    with timezone.override(rsvp.session.zone):
        day = long_date(rsvp.session.starts_at)
    return _content(email, rsvp, day=day)


def _load_waitlisted(email: Email) -> MailContent | None:
    rsvp = _rsvp(email)
    if rsvp is None or not _is_coming_up(rsvp) or rsvp.state != RsvpState.WAITLISTED:
        return None
    return _content(email, rsvp)


def _load_offer(email: Email) -> MailContent | None:
    """Only while exactly this offer stands."""
    rsvp = _rsvp(email)
    if rsvp is None or not _is_coming_up(rsvp) or rsvp.state != RsvpState.OFFERED or rsvp.offer_expires_at is None:
        return None
    if rsvp.offer_expires_at <= timezone.now():
        return None
    return _content(email, rsvp, expires_at=rsvp.offer_expires_at)


def _load_free_place(email: Email) -> MailContent | None:
    content = _load_waitlisted(email)
    return None if content is None or content.context["session"].is_full else content


def _load_moved(email: Email) -> MailContent | None:
    """Only the last move, to all who want to be kept informed; those with a place get it into their calendar."""
    rsvp = _rsvp(email)
    if rsvp is None or not _is_coming_up(rsvp) or rsvp.state == RsvpState.NOT_GOING or email.member is None:
        return None
    if rsvp.session.sequence != email.context["sequence"]:
        return None
    going = rsvp.state == RsvpState.GOING
    return _content(email, rsvp, calendars.invitation(rsvp, email.member, timezone.now()) if going else None)


def _load_changed(email: Email) -> MailContent | None:
    """To all who want to be kept informed; those with a place get the new title and text into their calendar.

    SEQUENCE stays: neither time nor place changed. Of two messages with one SEQUENCE the later DTSTAMP holds (RFC 5546,
    2.1.5), which is also how the feeds tell.
    """
    rsvp = _rsvp(email)
    if rsvp is None or not _is_coming_up(rsvp) or rsvp.state == RsvpState.NOT_GOING or email.member is None:
        return None
    going = rsvp.state == RsvpState.GOING
    return _content(email, rsvp, calendars.invitation(rsvp, email.member, timezone.now()) if going else None)


def _load_cancelled(email: Email) -> MailContent | None:
    rsvp = _rsvp(email)
    if rsvp is None or rsvp.session.state != SessionState.CANCELLED or rsvp.state == RsvpState.NOT_GOING:
        return None
    if rsvp.session.has_started or email.member is None:
        return None
    had_place = rsvp.state == RsvpState.GOING
    return _content(email, rsvp, calendars.cancellation(rsvp, email.member, timezone.now()) if had_place else None)


def _load_withdrawn(email: Email) -> MailContent | None:
    """Pointless when the place was taken anew since, or the session was cancelled (which has its own mail)."""
    rsvp = _rsvp(email)
    if rsvp is None or email.member is None or rsvp.session.state != SessionState.PUBLISHED or rsvp.session.has_ended:
        return None
    if rsvp.state == RsvpState.GOING or rsvp.placing != email.context["placing"]:
        return None
    had_place = rsvp.placing > 0
    return _content(email, rsvp, calendars.cancellation(rsvp, email.member, timezone.now()) if had_place else None)


def _starts_at(email: Email) -> datetime | None:
    """When the session starts: a mail that would come too late in the morning goes at night."""
    return datetime.fromisoformat(email.context["starts_at"])


def _offer_ends_at(email: Email) -> datetime | None:
    return datetime.fromisoformat(email.context["expires"])


def register() -> None:
    """Make the kinds known to the outbox and to the settings of members."""
    mine = _("You get this mail because you signed up for this session.")
    kinds: list[tuple[str, Any, Callable[[Email], MailContent | None]]] = [
        ("session_placed", _("Confirmation of your place in a session"), _load_place),
        ("session_promoted", _("A place from the waitlist"), _load_place),
        ("session_waitlisted", _("Your position on a waitlist"), _load_waitlisted),
        ("session_offer", _("A place that is offered to you"), _load_offer),
        ("session_free_place", _("A place that came free shortly before the start"), _load_free_place),
        ("session_moved", _("A session of yours moves"), _load_moved),
        ("session_changed", _("Something changes about a session of yours"), _load_changed),
        ("session_cancelled", _("A session of yours is cancelled"), _load_cancelled),
        ("session_withdrawn", _("You gave a place back"), _load_withdrawn),
        ("session_reminder_7", _("Reminder a week before your sessions"), _load_reminder),
        ("session_reminder_1", _("Reminder a day before your sessions"), _load_reminder),
    ]
    for key, label, load in kinds:
        template = "session_reminder" if key.startswith("session_reminder") else key
        mail_kinds.register(
            MailKind(
                key=key,
                mail_class=MailClass.ASKED_FOR,
                template=f"events/email/{template}",
                label=label,
                reason=mine,
                load=load,
                urgent_until=_offer_ends_at if key == "session_offer" else _starts_at,
                acts=(LinkPurpose.WITHDRAW,),
            )
        )
