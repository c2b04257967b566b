"""Who comes: answers, the waitlist, and the one promotion function. Spec 04, RSVP.

The session's subject is locked first in every function here: whatever happens to one session happens one after the
other, and the order of the waitlist is the order of commit.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from activity.actions import announce, queue_emails, record
from activity.locks import hold_member, lock_subject, lock_subjects
from activity.models import Activity, Email
from events import emails, verbs
from events.models import Rsvp, RsvpState, Session, SessionState
from ui.errors import RuleBroken

if TYPE_CHECKING:
    from community.models import User

PLACED_AT_ONCE = timedelta(hours=48)
FREE_TO_CLAIM = timedelta(hours=12)
OFFER_STANDS = timedelta(hours=12)
NIGHT_FROM, NIGHT_UNTIL = time(22), time(7)

_RENUMBER = """
    UPDATE events_rsvp SET position = counted.place
    FROM (
        SELECT id, row_number() OVER (ORDER BY position, id) AS place FROM events_rsvp
        WHERE session_id = %s AND state = 'waitlisted'
    ) AS counted
    WHERE events_rsvp.id = counted.id AND events_rsvp.position <> counted.place
"""


def lock_session(session: Session, by: User | None = None) -> Session:
    """The session as it is now, locked until the transaction ends, and ``by`` held.

    Raises RuleBroken when the account of ``by`` is gone.
    """
    subject = lock_subject(session.subject_id)
    rows = Session.objects.select_for_update(of=("self",), no_key=True).select_related("hub", "room__venue")
    fresh = rows.get(pk=session.pk)
    fresh.subject = subject
    if by is not None:
        hold_member(by)
    return fresh


def sessions_known_to(member: User) -> set[int]:
    """The subjects of all sessions, past and coming, that ``member`` answered or hosts."""
    answered = Rsvp.objects.filter(member=member).values_list("session__subject", flat=True)
    return {*answered, *Session.objects.filter(hosts=member).values_list("subject", flat=True)}


# --- What a member does ---------------------------------------------------------------------------------------------
@transaction.atomic
def answer_rsvp(
    *, session: Session, by: User, answer: str, shows_name: bool | None = None, now: datetime | None = None
) -> Rsvp:
    """Keep ``by``'s answer: ``going``, ``maybe`` or ``not_going``; returns the RSVP with what came of it.

    *Going* gives a place while one is free and nobody waits, else the last place of the waitlist. Saying it again
    changes nothing but ``shows_name``. The other answers free the place. Raises RuleBroken when it is too late, or
    the session is cancelled. Spec 04, RSVP.
    """
    now = now or timezone.now()
    session = lock_session(session, by)
    rsvp = _rsvp_of(session, by)
    if shows_name is not None:
        rsvp.shows_name = shows_name
    if answer == RsvpState.GOING:
        return _come(session, rsvp, by, now)
    if answer == RsvpState.MAYBE:
        _refuse_when_closed(session, now, rsvp)
    elif answer == RsvpState.NOT_GOING:
        _refuse_when_over(session, now)
    else:
        raise ValueError(answer)
    if rsvp.pk and rsvp.state == answer:
        rsvp.save(update_fields=["shows_name"])
        return rsvp
    rsvp.hub_id = by.primary_hub_id
    rsvp.answered_at = now
    rsvp.removal_reason = ""
    _leave(session, rsvp, RsvpState(answer), now)
    return rsvp


@transaction.atomic
def withdraw(*, session: Session, by: User, now: datetime | None = None) -> Rsvp | None:
    """Give ``by``'s place, offer or waitlist position back; possible until the end of the session.

    Whoever waits moves up at once. Doing it again changes nothing; without an answer there is nothing to withdraw and
    the result is None. Raises RuleBroken when the session is over or cancelled.
    """
    now = now or timezone.now()
    session = lock_session(session, by)
    rsvp = _rsvp_of(session, by)
    if not rsvp.pk:
        return None
    if rsvp.state != RsvpState.NOT_GOING:
        _refuse_when_over(session, now)
        _give_back(session, rsvp, now)
    return rsvp


@transaction.atomic
def accept_offer(*, session: Session, by: User, now: datetime | None = None) -> Rsvp:
    """Take the place that was offered to ``by``. Doing it twice changes nothing.

    Raises RuleBroken when there is no offer or it has ended.
    """
    now = now or timezone.now()
    session = lock_session(session, by)
    rsvp = _rsvp_of(session, by)
    if rsvp.state == RsvpState.GOING:
        return rsvp
    _refuse_when_cancelled(session)
    if rsvp.state != RsvpState.OFFERED:
        raise RuleBroken(_("There is no offer for you to accept."))
    return _accept(session, rsvp, now)


@transaction.atomic
def decline_offer(*, session: Session, by: User, now: datetime | None = None) -> Rsvp:
    """Give the place that was offered to ``by`` to the next. Doing it twice changes nothing.

    Raises RuleBroken where no offer stands: a place that was taken, or a position that came back, is not given up by
    the button of a page that still shows the offer.
    """
    now = now or timezone.now()
    session = lock_session(session, by)
    rsvp = _rsvp_of(session, by)
    if rsvp.state == RsvpState.GOING:
        raise RuleBroken(_("You took this place already. Give it back if you cannot come."))
    if rsvp.state == RsvpState.WAITLISTED:
        raise RuleBroken(_("This offer has ended. The place went to the next member on the waitlist."))
    return _stay_away(session, rsvp, RsvpState.OFFERED, _("There is no offer for you to accept."), now)


@transaction.atomic
def leave_waitlist(*, session: Session, by: User, now: datetime | None = None) -> Rsvp:
    """Wait no longer for a place. Doing it twice changes nothing.

    Raises RuleBroken when ``by`` does not wait: a place that came free meanwhile is theirs until they give it back.
    """
    now = now or timezone.now()
    session = lock_session(session, by)
    rsvp = _rsvp_of(session, by)
    if rsvp.state == RsvpState.GOING:
        raise RuleBroken(_("A place came free and is yours now. Give it back if you cannot come."))
    if rsvp.state == RsvpState.OFFERED:
        raise RuleBroken(_("A place is kept for you now. Take it, or give it to the next."))
    return _stay_away(session, rsvp, RsvpState.WAITLISTED, _("You are not on the waitlist."), now)


@transaction.atomic
def claim_place(*, session: Session, by: User, now: datetime | None = None) -> Rsvp:
    """Take a place that came free in the last 12 hours before the start: whoever is first has it.

    Raises RuleBroken when somebody else was, or when places are not free to claim yet.
    """
    now = now or timezone.now()
    session = lock_session(session, by)
    rsvp = _rsvp_of(session, by)
    if rsvp.state == RsvpState.GOING:
        return rsvp
    if not is_free_to_claim(session, now):
        _refuse_when_cancelled(session)
        if session.starts_at <= now:
            raise RuleBroken(_("The session has started."))
        raise RuleBroken(_("Somebody else was first: this place is taken."))
    if rsvp.state != RsvpState.WAITLISTED:
        _refuse_when_closed(session, now, rsvp)
    return _come(session, rsvp, by, now)


def is_free_to_claim(session: Session, now: datetime) -> bool:
    """Whether the last hours before the start have come and a place is free: the waitlist then counts no more."""
    in_time = session.starts_at - FREE_TO_CLAIM < now < session.starts_at
    return session.state == SessionState.PUBLISHED and in_time and not session.is_full


# --- What organisers and the clock do -------------------------------------------------------------------------------
@transaction.atomic
def remove_from_session(*, session: Session, rsvp: Rsvp, by: User, reason: str, now: datetime | None = None) -> Rsvp:
    """Take a member off the list, with a ``reason`` that the member reads; whoever waits moves up.

    Raises RuleBroken without a reason, or when the session is over. Doing it again changes nothing.
    """
    now = now or timezone.now()
    reason = reason.strip()
    session = lock_session(session, by)
    rsvp = Rsvp.objects.select_related("member").get(pk=rsvp.pk, session=session)
    if not reason:
        raise RuleBroken(_("Say why: the member reads your reason."))
    if rsvp.state == RsvpState.NOT_GOING:
        return rsvp
    _refuse_when_over(session, now)
    rsvp.removal_reason = reason[:300]
    record(session.subject, verbs.MEMBER_REMOVED, by=by, at=now)
    _leave(session, rsvp, RsvpState.NOT_GOING, now)
    return rsvp


def expire_offers(*, now: datetime) -> int:
    """Put offers that nobody accepted in time at the end of the waitlist, and offer the place on; returns how many.

    Run twice or by two at once it does no more: the session's row is locked and asked again.
    """
    due = Rsvp.objects.filter(state=RsvpState.OFFERED, offer_expires_at__lte=now, session__state=SessionState.PUBLISHED)
    sessions = Session.objects.filter(pk__in=due.values("session")).order_by("subject")
    return sum(_expire_offers_of(session, now) for session in sessions)


@transaction.atomic
def _expire_offers_of(session: Session, now: datetime) -> int:
    session = lock_session(session)
    due = session.rsvps.filter(state=RsvpState.OFFERED, offer_expires_at__lte=now).select_related("member")
    expired = list(due.order_by("offer_expires_at", "pk"))
    if not expired:
        return 0
    entries = [_expire_offer(session, rsvp, now) for rsvp in expired]
    promote(session, entries[-1], now=now)
    queue_emails(emails.waitlisted(rsvp) for rsvp in expired)  # not sent to whoever has an offer again
    return len(expired)


def _expire_offer(session: Session, rsvp: Rsvp, now: datetime) -> Activity:
    session.taken_count -= 1
    _save_count(session)
    _queue_up(session, rsvp)
    return record(session.subject, verbs.OFFER_EXPIRED, at=now)


@transaction.atomic
def release_places_of(member: User, *, now: datetime | None = None, forget: bool = False) -> int:
    """Withdraw every answer of ``member`` to a session that is not over; their waitlists move. Returns how many.

    For an account that stops taking part. With ``forget`` (erasure) all RSVPs, past ones too, lose their member and
    what was written about them; their counts stay. No mail goes to the member. Spec 01, Privacy.
    """
    now = now or timezone.now()
    lock_subjects(sessions_known_to(member))
    held = Rsvp.objects.filter(member=member, session__ends_at__gt=now).exclude(state=RsvpState.NOT_GOING)
    sessions = [lock_session(rsvp.session) for rsvp in held.select_related("session").order_by("session__subject")]
    for session in sessions:
        rsvp = Rsvp.objects.get(session=session, member=member)
        if rsvp.state != RsvpState.NOT_GOING:
            _leave(session, rsvp, RsvpState.NOT_GOING, now, tell=False)
    if forget:
        Rsvp.objects.filter(member=member).update(member=None, removal_reason="", shows_name=False)
    return len(sessions)


# --- The one promotion function -------------------------------------------------------------------------------------
def promote(session: Session, entry: Activity, *, now: datetime) -> int:
    """Give free places to whoever waits longest; returns how many moved up. ``session`` is locked by the caller.

    Called wherever a place comes free; ``entry`` is what the ledger says of that. More than 48 hours ahead the next
    members have the place at once; 48 to 12 hours ahead they get an offer with 12 hours to accept; later everyone who
    waits is told that it is free to claim; after the start nothing happens. First come, first served. Spec 04, RSVP.
    """
    if session.state != SessionState.PUBLISHED or now >= session.starts_at or session.is_full:
        return 0
    waiting = session.rsvps.waitlisted().filter(member__is_active=True).select_related("member")
    left = session.starts_at - now
    if left < FREE_TO_CLAIM:
        if waiting.exists():
            announce(emails.free_to_claim(session, entry))
        return 0
    mails: list[Email] = []
    for rsvp in waiting[: session.free_count]:
        rsvp.session = session
        if left > PLACED_AT_ONCE:
            _place(session, rsvp, now)
            mails.append(emails.promoted(rsvp))
        else:
            _offer(session, rsvp, now)
            mails.append(emails.offered(rsvp))
    if mails:
        _renumber(session)
        queue_emails(mails)
    return len(mails)


def offer_deadline(session: Session, member: User, now: datetime) -> datetime:
    """Until when an offer made ``now`` stands: 12 hours, but never ending between 22:00 and 07:00 where the member is.

    A deadline at night moves on to the morning; when the session begins before that, back to 22:00. Spec 04, RSVP.
    """
    zone = member.zone
    local = (now + OFFER_STANDS).astimezone(zone)
    if NIGHT_UNTIL <= local.time() <= NIGHT_FROM:
        return min(now + OFFER_STANDS, session.starts_at)
    night = local.date() if local.time() > NIGHT_FROM else local.date() - timedelta(days=1)
    morning = datetime.combine(night + timedelta(days=1), NIGHT_UNTIL, tzinfo=zone)
    if morning <= session.starts_at:
        return morning
    evening = datetime.combine(night, NIGHT_FROM, tzinfo=zone)
    return evening if evening > now else session.starts_at


# --- The parts of all that ------------------------------------------------------------------------------------------
def _rsvp_of(session: Session, member: User) -> Rsvp:
    """The member's answer, or one that is not saved yet; the lock on the session keeps it the only one."""
    known = Rsvp.objects.filter(session=session, member=member).first()
    rsvp = known or Rsvp(session=session, member=member, state=RsvpState.NOT_GOING)
    rsvp.session, rsvp.member = session, member
    return rsvp


def _come(session: Session, rsvp: Rsvp, by: User, now: datetime) -> Rsvp:
    """Give a place or a position of the waitlist to a member who wants to come."""
    claimable = is_free_to_claim(session, now)
    keeps = rsvp.state == RsvpState.GOING or (rsvp.state == RsvpState.WAITLISTED and not claimable)
    if keeps:
        rsvp.save(update_fields=["shows_name"])
        return rsvp
    if rsvp.state == RsvpState.OFFERED:
        return _accept(session, rsvp, now)
    if rsvp.state != RsvpState.WAITLISTED:
        _refuse_when_closed(session, now, rsvp)
    waited = rsvp.state == RsvpState.WAITLISTED
    rsvp.hub_id = by.primary_hub_id
    rsvp.answered_at = now
    rsvp.removal_reason = ""
    if claimable or (not session.is_full and not session.rsvps.waitlisted().exists()):
        _place(session, rsvp, now)
        if waited:
            _renumber(session)
        queue_emails([emails.placed(rsvp)])
    else:
        _queue_up(session, rsvp)
        record(session.subject, verbs.WAITLIST_JOINED, at=now)
        queue_emails([emails.waitlisted(rsvp)])
    return rsvp


def _accept(session: Session, rsvp: Rsvp, now: datetime) -> Rsvp:
    """Take the place that is kept for ``rsvp``, as long as it is."""
    _refuse_when_cancelled(session)
    if rsvp.offer_expires_at is None or rsvp.offer_expires_at <= now or session.starts_at <= now:
        raise RuleBroken(_("This offer has ended. The place went to the next member on the waitlist."))
    rsvp.answered_at = now
    _place(session, rsvp, now)
    queue_emails([emails.placed(rsvp)])
    return rsvp


def _stay_away(session: Session, rsvp: Rsvp, held: RsvpState, refusal: str, now: datetime) -> Rsvp:
    """Give back what ``rsvp`` has ``held``; whoever is not coming already stays so. Raises RuleBroken otherwise."""
    if rsvp.pk and rsvp.state == RsvpState.NOT_GOING:
        return rsvp
    if rsvp.state != held:
        raise RuleBroken(refusal)
    _refuse_when_over(session, now)
    _give_back(session, rsvp, now)
    return rsvp


def _give_back(session: Session, rsvp: Rsvp, now: datetime) -> None:
    """Let a member who held something not come after all."""
    rsvp.answered_at = now
    rsvp.removal_reason = ""
    _leave(session, rsvp, RsvpState.NOT_GOING, now)


def _place(session: Session, rsvp: Rsvp, now: datetime) -> None:
    """Give ``rsvp`` a place: the one kept for it, or a free one."""
    if rsvp.state != RsvpState.OFFERED:
        session.taken_count += 1
        _save_count(session)
    rsvp.state, rsvp.position, rsvp.offer_expires_at = RsvpState.GOING, None, None
    rsvp.placing += 1
    rsvp.placed_at = now
    rsvp.sequence = max(rsvp.sequence + 1, session.sequence)
    rsvp.save()
    record(session.subject, verbs.PLACE_TAKEN, at=now)


def _offer(session: Session, rsvp: Rsvp, now: datetime) -> None:
    """Keep a free place for a member who waits, for as long as the offer stands."""
    assert rsvp.member is not None  # noqa: S101 - nobody else waits
    session.taken_count += 1
    _save_count(session)
    rsvp.state, rsvp.position = RsvpState.OFFERED, None
    rsvp.offer_expires_at = offer_deadline(session, rsvp.member, now)
    rsvp.save(update_fields=["state", "position", "offer_expires_at"])
    record(session.subject, verbs.PLACE_OFFERED, at=now)


def _queue_up(session: Session, rsvp: Rsvp) -> None:
    """Put ``rsvp`` at the end of the waitlist."""
    last = session.rsvps.waitlisted().order_by().aggregate(last=Max("position"))["last"] or 0
    rsvp.state, rsvp.position, rsvp.offer_expires_at = RsvpState.WAITLISTED, last + 1, None
    rsvp.save()


def _leave(session: Session, rsvp: Rsvp, state: RsvpState, now: datetime, *, tell: bool = True) -> None:
    """Take the place, offer or position away, answer with ``state``, and let the waitlist move."""
    before = rsvp.state if rsvp.pk else None
    had_place = before in (RsvpState.GOING, RsvpState.OFFERED)
    rsvp.state, rsvp.position, rsvp.offer_expires_at = state, None, None
    if before == RsvpState.GOING:
        rsvp.sequence += 1
    rsvp.save()
    if had_place:
        session.taken_count -= 1
        _save_count(session)
        verb = verbs.PLACE_FREED
    elif before == RsvpState.WAITLISTED:
        _renumber(session)
        verb = verbs.WAITLIST_LEFT
    else:
        verb = verbs.SESSION_RSVP_ANSWERED
    entry = record(session.subject, verb, at=now)
    if tell and (before == RsvpState.GOING or rsvp.removal_reason):
        queue_emails([emails.withdrawn(rsvp)])
    if had_place:
        promote(session, entry, now=now)


def _save_count(session: Session) -> None:
    session.save(update_fields=["taken_count"])


def _renumber(session: Session) -> None:
    """Number the waitlist from 1 without gap, in one statement."""
    with connection.cursor() as cursor:
        cursor.execute(_RENUMBER, [session.pk])


# --- Refusals -------------------------------------------------------------------------------------------------------
def _refuse_when_cancelled(session: Session) -> None:
    if session.state == SessionState.CANCELLED:
        raise RuleBroken(_("This session is cancelled."))
    if session.state == SessionState.DRAFT:
        raise RuleBroken(_("This session is still a draft."))


def _refuse_when_over(session: Session, now: datetime) -> None:
    _refuse_when_cancelled(session)
    if session.ends_at <= now:
        raise RuleBroken(_("This session is over."))


def _refuse_when_closed(session: Session, now: datetime, rsvp: Rsvp) -> None:
    """Refuse a new answer after the start, and after the last moment to sign up unless the member had answered."""
    _refuse_when_cancelled(session)
    if session.starts_at <= now:
        raise RuleBroken(_("This session has started."))
    holds = rsvp.state in (RsvpState.GOING, RsvpState.WAITLISTED, RsvpState.OFFERED)
    until = session.last_day_to_answer
    if session.rsvp_deadline and until and session.rsvp_deadline <= now and not holds:
        day = date_format(until.astimezone(session.zone), "j F")
        raise RuleBroken(_("Signing up was possible until %(date)s.") % {"date": day})


def place_in_words(rsvp: Rsvp, *, act: str = "") -> str:
    """Say what came of an answer, in one honest sentence; ``act`` is the button that was pressed, if one was."""
    if rsvp.state == RsvpState.GOING:
        return _("You have a place. Your confirmation is in the mail.")
    if rsvp.state == RsvpState.WAITLISTED:
        return _("All places are taken. You are number %(number)d on the waitlist.") % {"number": rsvp.position or 0}
    if rsvp.state == RsvpState.OFFERED:
        return _("A place is kept for you until the offer ends.")
    if rsvp.state == RsvpState.MAYBE:
        return _("You may come. We keep you informed; you have no place yet.")
    if act == "leave":
        return _("You are no longer on the waitlist.")
    if act == "decline":
        return _("Thank you for saying so. The place goes to the next on the waitlist.")
    return _("You are not coming. Thank you for saying so.")
