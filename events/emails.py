"""The mails about sessions: which exist, when one has become pointless, and what they show. Spec 04; 06, Notifications.

All are *asked for*: they are about what the member signed up for. Each is judged again at sending (``_loads``), so
nobody hears of a place given back a minute ago.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _

from activity.announcements import Receivers, receivers
from activity.mailkinds import CalendarPart, MailClass, MailContent, MailKind, mail_kinds
from activity.models import Activity, Announcement, Email
from events import calendars
from events.links import WITHDRAW
from events.models import Rsvp, RsvpQuerySet, RsvpState, Session, SessionState
from events.times import due_reminder, when, when_for_reader
from ui.templatetags.ui import long_date

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

    from community.models import User


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


def withdrawn(rsvp: Rsvp) -> Email:
    """You gave your place back, or the organisers took it back."""
    return _email("session_withdrawn", rsvp, f"{rsvp.placing}:{_stamp(timezone.now())}", placing=rsvp.placing)


def reminder_key(days: int, session: Session) -> tuple[str, str]:
    """What stands before and behind ``<rsvp>:<placing>`` in the dedupe key of a reminder.

    Moving the session or taking the place anew arms it again: both are part of the key. Spec 04, Reminders.
    """
    return f"session_reminder_{days}:", f":{_stamp(session.starts_at)}"


def free_to_claim(session: Session, entry: Activity) -> Announcement:
    """A place came free shortly before the start: to everybody who waits."""
    return _to_many("session_free_place", WAITLIST, session, entry)


def moved(session: Session, entry: Activity, *, was_at: datetime) -> Announcement:
    """Time or place changed; it was to start ``was_at``, and whoever would go there then must know in time."""
    starts_at = min(session.starts_at, was_at).isoformat()
    return _to_many("session_moved", CONCERNED, session, entry, starts_at=starts_at, sequence=session.sequence)


def changed(session: Session, entry: Activity) -> Announcement:
    """Something else changed, and the organisers want you to know."""
    return _to_many("session_changed", CONCERNED, session, entry)


def cancelled(session: Session, entry: Activity) -> Announcement:
    """The session does not take place."""
    return _to_many("session_cancelled", CONCERNED, session, entry)


def _email(kind: str, rsvp: Rsvp, occasion: str, **context: Any) -> Email:
    return Email(
        member_id=rsvp.member_id,
        subject_id=rsvp.session.subject_id,
        kind=kind,
        context={"rsvp": rsvp.pk, "starts_at": rsvp.session.starts_at.isoformat(), **context},
        dedupe_key=f"{kind}:{rsvp.pk}:{occasion}",
    )


def _to_many(kind: str, to: Receivers, session: Session, entry: Activity, **context: Any) -> Announcement:
    context = {"starts_at": session.starts_at.isoformat(), **context}
    return Announcement(entry=entry, kind=kind, receivers=to.key, context=context)


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y%m%dT%H%M%S.%fZ")


# --- To whom, if to many --------------------------------------------------------------------------------------------
def _answers(announcement: Announcement) -> RsvpQuerySet:
    return Rsvp.objects.filter(session__subject=announcement.entry.subject_id)


#: Organisers among them too: the calendar of whoever has a place follows these mails.
CONCERNED = receivers.register(
    Receivers(
        key="session_concerned",
        rows=lambda announcement: _answers(announcement).concerned(),
        context={"rsvp": "pk"},
        tells_actor=True,
    )
)
WAITLIST = receivers.register(
    Receivers(
        key="session_waitlist",
        rows=lambda announcement: _answers(announcement).waitlisted(),
        context={"rsvp": "pk"},
    )
)


# --- Showing them, or not -------------------------------------------------------------------------------------------
#: Makes what a mail about an answer shows; None when it no longer fits.
type Shows = Callable[[Email, Rsvp, User], MailContent | None]


def _day_of(session: Session) -> str:
    with timezone.override(session.zone):
        return long_date(session.starts_at)


#: Written when the receiver's language and clocks are known.
_when, _when_for_you, _day = (lazy(words, str) for words in (when, when_for_reader, _day_of))


def _loads(shows: Shows) -> Callable[[Sequence[Email]], dict[int, MailContent]]:
    """Have ``shows`` judge mails by their answers as they are now, which one statement fetches for all of a batch."""

    def load_many(mails: Sequence[Email]) -> dict[int, MailContent]:
        rows = Rsvp.objects.select_related("session__room__venue")
        rsvps = rows.in_bulk({mail.context["rsvp"] for mail in mails})
        contents: dict[int, MailContent] = {}
        for mail in mails:
            rsvp = rsvps.get(mail.context["rsvp"])
            if rsvp is None or mail.member is None or rsvp.member_id != mail.member.pk:
                continue
            content = shows(mail, rsvp, mail.member)
            if content is not None:
                contents[mail.pk] = content
        return contents

    return load_many


def _is_coming_up(rsvp: Rsvp) -> bool:
    return rsvp.session.state == SessionState.PUBLISHED and not rsvp.session.has_started


def _content(mail: Email, rsvp: Rsvp, calendar: Callable[[], CalendarPart] | None = None, **more: Any) -> MailContent:
    session = rsvp.session
    context = {
        "session": session,
        "rsvp": rsvp,
        "room": session.room,
        "link": session.link if _is_coming_up(rsvp) and rsvp.state == RsvpState.GOING else "",
        "shows_way": session.state == SessionState.PUBLISHED and rsvp.state != RsvpState.NOT_GOING,
        "when": _when(session),
        "when_for_you": _when_for_you(session),
        "withdraw_token": mail.tokens.get(WITHDRAW.key, ""),
    }
    return MailContent(context={**context, **more}, calendar=calendar)


def _invitation(rsvp: Rsvp, member: User) -> Callable[[], CalendarPart]:
    return lambda: calendars.invitation(rsvp, member, timezone.now())


def _cancellation(rsvp: Rsvp, member: User) -> Callable[[], CalendarPart]:
    return lambda: calendars.cancellation(rsvp, member, timezone.now())


def _place(mail: Email, rsvp: Rsvp, member: User) -> MailContent | None:
    """Any mail to somebody with a place: pointless once it is given back, also when it was taken anew since."""
    if not _is_coming_up(rsvp) or rsvp.state != RsvpState.GOING or rsvp.placing != mail.context["placing"]:
        return None
    return _content(mail, rsvp, _invitation(rsvp, member))


def _reminder(mail: Email, rsvp: Rsvp, _member: User) -> MailContent | None:
    """Only to who still has this place, for the time it was queued for, before the start, and the latest one only."""
    session = rsvp.session
    if not _is_coming_up(rsvp) or rsvp.state != RsvpState.GOING or rsvp.placing != mail.context["placing"]:
        return None
    if session.starts_at.isoformat() != mail.context["starts_at"]:
        return None
    if due_reminder(session, timezone.now()) != mail.context["days"]:
        return None
    return _content(mail, rsvp, day=_day(session))


def _waitlisted(mail: Email, rsvp: Rsvp, _member: User) -> MailContent | None:
    return _content(mail, rsvp) if _is_coming_up(rsvp) and rsvp.state == RsvpState.WAITLISTED else None


def _offer(mail: Email, rsvp: Rsvp, _member: User) -> MailContent | None:
    """Only while exactly this offer stands."""
    if not _is_coming_up(rsvp) or rsvp.state != RsvpState.OFFERED or rsvp.offer_expires_at is None:
        return None
    if rsvp.offer_expires_at <= timezone.now():
        return None
    return _content(mail, rsvp, expires_at=rsvp.offer_expires_at)


def _free_place(mail: Email, rsvp: Rsvp, member: User) -> MailContent | None:
    return None if rsvp.session.is_full else _waitlisted(mail, rsvp, member)


def _moved(mail: Email, rsvp: Rsvp, member: User) -> MailContent | None:
    """Only the last move, to all who want to be kept informed; those with a place get it into their calendar."""
    return _changed(mail, rsvp, member) if rsvp.session.sequence == mail.context["sequence"] else None


def _changed(mail: Email, rsvp: Rsvp, member: User) -> MailContent | None:
    """To all who want to be kept informed; those with a place get the new title and text into their calendar.

    SEQUENCE stays: neither time nor place changed. Of two messages with one SEQUENCE the later DTSTAMP holds (RFC 5546,
    2.1.5), which is also how the feeds tell.
    """
    if not _is_coming_up(rsvp) or rsvp.state == RsvpState.NOT_GOING:
        return None
    return _content(mail, rsvp, _invitation(rsvp, member) if rsvp.state == RsvpState.GOING else None)


def _cancelled(mail: Email, rsvp: Rsvp, member: User) -> MailContent | None:
    session = rsvp.session
    if session.state != SessionState.CANCELLED or session.has_started or rsvp.state == RsvpState.NOT_GOING:
        return None
    return _content(mail, rsvp, _cancellation(rsvp, member) if rsvp.state == RsvpState.GOING else None)


def _withdrawn(mail: Email, rsvp: Rsvp, member: User) -> MailContent | None:
    """Pointless when the place was taken anew since, or the session was cancelled (which has its own mail)."""
    if rsvp.session.state != SessionState.PUBLISHED or rsvp.session.has_ended:
        return None
    if rsvp.state == RsvpState.GOING or rsvp.placing != mail.context["placing"]:
        return None
    return _content(mail, rsvp, _cancellation(rsvp, member) if rsvp.placing > 0 else None)


def _starts_at(email: Email) -> datetime | None:
    """When the session starts: a mail that would come too late in the morning goes at night."""
    return datetime.fromisoformat(email.context["starts_at"])


def _offer_ends_at(email: Email) -> datetime | None:
    return datetime.fromisoformat(email.context["expires"])


def register() -> None:
    """Make the kinds known to the outbox and to the settings of members."""
    from events.samples import SAMPLES  # they make mails with what stands above

    mine = _("You get this mail because you signed up for this session.")
    kinds: list[tuple[str, _StrOrPromise, Shows]] = [
        ("session_placed", _("Confirmation of your place in a session"), _place),
        ("session_promoted", _("A place from the waitlist"), _place),
        ("session_waitlisted", _("Your position on a waitlist"), _waitlisted),
        ("session_offer", _("A place that is offered to you"), _offer),
        ("session_free_place", _("A place that came free shortly before the start"), _free_place),
        ("session_moved", _("A session of yours moves"), _moved),
        ("session_changed", _("Something changes about a session of yours"), _changed),
        ("session_cancelled", _("A session of yours is cancelled"), _cancelled),
        ("session_withdrawn", _("You gave a place back"), _withdrawn),
        ("session_reminder_7", _("Reminder a week before your sessions"), _reminder),
        ("session_reminder_1", _("Reminder a day before your sessions"), _reminder),
    ]
    for key, label, shows in kinds:
        template = "session_reminder" if key.startswith("session_reminder") else key
        mail_kinds.register(
            MailKind(
                key=key,
                mail_class=MailClass.ASKED_FOR,
                template=f"events/email/{template}",
                label=label,
                reason=mine,
                load_many=_loads(shows),
                urgent_until=_offer_ends_at if key == "session_offer" else _starts_at,
                acts=(WITHDRAW,),
                sample=SAMPLES[key],
            )
        )
