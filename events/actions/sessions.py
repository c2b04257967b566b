"""Sessions from draft to the end: schedule, publish, change, cancel. Spec 04, Scheduling."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from copy import copy
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.db.models.functions import Greatest
from django.utils import timezone
from django.utils.translation import gettext as _

from activity.actions import announce, create_subject, find_created, record, update_subject
from activity.locks import hold_member, hold_members
from activity.models import Audience, Subject
from community.models import Hub
from events import emails, verbs
from events.models import RsvpState, Session, SessionState
from events.selectors import just_scheduled
from ui.errors import RuleBroken, StaleForm
from ui.templatetags.ui import long_date, time_span
from ui.writing import hold

from .places import lock_session, promote

if TYPE_CHECKING:
    from community.models import User

MOVES = ("starts_at", "ends_at", "room_id", "link")


class RoomTaken(RuleBroken):
    """Another session has the room at that time; the text names it if the reader may see it."""


def schedule_session(
    *,
    by: User,
    title: str,
    starts_at: datetime,
    ends_at: datetime,
    creation_key: uuid.UUID | None = None,
    hub: Hub | None = None,
    is_public: bool = False,
    hosts: Iterable[User] = (),
    **fields: Any,
) -> Session:
    """Make a draft; only its organisers see it until it is published. ``fields`` are the session's other columns.

    A second call of ``by`` with the same ``creation_key`` gives the session that the first one made, and so does a form
    (a call with a key) of the same title and start within minutes, for who goes back in the browser has a new key.
    Whether ``by`` may schedule for ``hub`` is asked by permissions. Raises RoomTaken when the room is booked,
    RuleBroken when the account of ``by`` is gone.
    """
    try:
        with transaction.atomic():
            if creation_key is not None:
                hold(f"scheduling:{by.pk}")
                if (again := just_scheduled(by, title=title, starts_at=starts_at)) is not None:
                    return again
            hold_member(by)
            language = fields.get("language") or by.language
            subject = create_subject(
                Session.SUBJECT_KIND,
                title=title,
                language=language,
                audience=_audience(is_public=is_public),
                hubs=_hubs(hub),
                is_announced=False,
                creation_key=creation_key,
                by=by,
            )
            fields["language"] = language
            session = Session(subject=subject, title=title, starts_at=starts_at, ends_at=ends_at, hub=hub, **fields)
            _save_in_room(session, by)
            _set_hosts(session, hosts)
            update_subject(subject, url=session.get_absolute_url())
            record(subject, verbs.SESSION_DRAFTED, by=by)
            return session
    except IntegrityError:
        first = find_created(Session.SUBJECT_KIND, creation_key, by)
        if first is None:
            raise
        return Session.objects.get(subject=first)


@transaction.atomic
def publish_session(*, session: Session, by: User, now: datetime | None = None) -> Session:
    """Show a draft to its readers, who can answer from now on. Publishing again changes nothing.

    Raises RuleBroken for a cancelled session, or one that is over.
    """
    now = now or timezone.now()
    session = lock_session(session, by)
    if session.state == SessionState.PUBLISHED:
        return session
    if session.state == SessionState.CANCELLED:
        raise RuleBroken(_("This session is cancelled. Make a new one instead."))
    if session.ends_at <= now:
        raise RuleBroken(_("This session would be over already. Change its date first."))
    session.state, session.published_at = SessionState.PUBLISHED, now
    session.save(update_fields=["state", "published_at"])
    update_subject(session.subject, announced_at=now)
    record(session.subject, verbs.SESSION_PUBLISHED, by=by, at=now)
    return session


@transaction.atomic
def change_session(
    *,
    session: Session,
    by: User,
    version: int,
    is_public: bool | None = None,
    hosts: Iterable[User] | None = None,
    tell: bool = False,
    now: datetime | None = None,
    **fields: Any,
) -> Session:
    """Save ``fields`` (columns of the session) if nobody saved after ``version``.

    Moving time or place of a published session tells everyone who comes, waits or may come at once, and raises SEQUENCE
    in their calendars. ``tell`` also mails them about any other change. More places are given to the waitlist; fewer
    places than taken evict nobody (``taken_count`` then exceeds ``capacity``).

    Raises StaleForm when somebody else saved in the meantime, RoomTaken when the room is booked, RuleBroken when
    the session is cancelled, or is over and would move.
    """
    now = now or timezone.now()
    session = lock_session(session, by)
    if session.version != version:
        raise StaleForm(_("Somebody else saved this in the meantime."))
    if session.state == SessionState.CANCELLED:
        raise RuleBroken(_("This session is cancelled, so it cannot change any more."))
    stored = copy(session)
    over = session.ends_at <= now
    for name, value in fields.items():
        setattr(session, name, value)
    moved = would_move(stored, session)
    if moved and over and session.state == SessionState.PUBLISHED:
        raise RuleBroken(_("This session is over, so it cannot move any more."))
    session.version += 1
    session.changed_at = now
    told = session.state == SessionState.PUBLISHED and not over
    if moved and told:
        session.sequence += 1
    _save_in_room(session, by)
    if hosts is not None:
        _set_hosts(session, hosts)
    _keep_subject(session, is_public)
    verb = verbs.SESSION_MOVED if moved else verbs.SESSION_CHANGED
    entry = record(session.subject, verb, by=by, at=now, data=_data(session))
    if told and moved:
        _raise_sequences(session)
        session.rsvps.filter(state=RsvpState.OFFERED, offer_expires_at__gt=session.starts_at).update(
            offer_expires_at=session.starts_at
        )
        announce(emails.moved(session, entry, was_at=stored.starts_at))
    elif told and tell:
        announce(emails.changed(session, entry))
    promote(session, entry, now=now)
    return session


@transaction.atomic
def cancel_session(*, session: Session, by: User, reason: str, now: datetime | None = None) -> Session:
    """Cancel with a ``reason`` that everyone reads; who comes, waits or may come is told at once, a draft tells nobody.

    The room is free again. Cancelling twice changes nothing. Raises RuleBroken without a reason or when it is over.
    """
    now = now or timezone.now()
    reason = reason.strip()
    session = lock_session(session, by)
    if session.state == SessionState.CANCELLED:
        return session
    if not reason:
        raise RuleBroken(_("Say why: everyone who signed up reads your reason."))
    if session.published_at and session.ends_at <= now:
        raise RuleBroken(_("This session is over, so it cannot be cancelled any more."))
    session.state, session.cancelled_at, session.cancel_reason = SessionState.CANCELLED, now, reason[:300]
    session.version += 1
    session.sequence += 1
    session.changed_at = now
    session.save(
        update_fields=["state", "cancelled_at", "cancel_reason", "version", "sequence", "changed_at"],
    )
    update_subject(session.subject, closed_at=now)
    _raise_sequences(session)
    entry = record(session.subject, verbs.SESSION_CANCELLED, by=by, at=now)
    announce(emails.cancelled(session, entry))
    return session


def would_move(stored: Session, planned: Session) -> bool:
    """Whether time or place of ``planned`` differ from what is ``stored``, so that everyone who comes must know."""
    return any(getattr(planned, name) != getattr(stored, name) for name in MOVES)


# --- The parts ------------------------------------------------------------------------------------------------------
def _audience(*, is_public: bool) -> Audience:
    return Audience.PUBLIC if is_public else Audience.MEMBERS


def _hubs(hub: Hub | None) -> list[Subject]:
    return [hub.subject] if hub else []


def _set_hosts(session: Session, hosts: Iterable[User]) -> None:
    """Make ``hosts`` those of the session; whoever is being erased is none."""
    session.hosts.set(hold_members(host.pk for host in hosts))


def _keep_subject(session: Session, is_public: bool | None) -> None:
    changes = {} if is_public is None else {"audience": _audience(is_public=is_public)}
    update_subject(
        session.subject,
        title=session.title,
        language=session.language,
        url=session.get_absolute_url(),
        hubs=_hubs(session.hub),
        **changes,
    )


def _data(session: Session) -> dict[str, Any]:
    return {"starts_at": session.starts_at.isoformat(), "room": session.room_id, "capacity": session.capacity}


def _raise_sequences(session: Session) -> None:
    """Count the calendars of those with a place one higher, so that the next message replaces the last one."""
    going = session.rsvps.going()
    going.update(sequence=Greatest(F("sequence") + 1, session.sequence))


def _save_in_room(session: Session, by: User) -> None:
    """Save; the exclusion constraint decides whether the room is free. Raises RoomTaken."""
    try:
        with transaction.atomic():
            session.save()
    except IntegrityError as error:
        if "one_session_per_room_and_time" not in str(error):
            raise
        raise RoomTaken(_room_taken(session, by)) from error


def _room_taken(session: Session, by: User) -> str:
    """Name the session that has the room, if ``by`` may see it."""
    others = Session.objects.filter(room=session.room, starts_at__lt=session.ends_at, ends_at__gt=session.starts_at)
    others = others.exclude(state=SessionState.CANCELLED).exclude(pk=session.pk)
    other = others.visible_to(by).order_by("starts_at", "pk").first()
    if other is None:
        return _("Another session has this room at that time.")
    with timezone.override(session.zone):
        return _("“%(title)s” has this room then: %(day)s, %(time)s.") % {
            "title": other.title,
            "day": long_date(other.starts_at),
            "time": time_span(other.starts_at, other.ends_at),
        }
