"""Asking to join a hub, answering that, and what becomes of it as days go by. Spec 01, Hubs."""

from __future__ import annotations

from datetime import datetime
from itertools import batched

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from activity.actions import finish, queue_emails, record
from activity.locks import hold_member, lock_account, lock_accounts, lock_subject, lock_subjects
from activity.models import Reader, Todo
from activity.verbs import Verb
from community import verbs
from community.hubs import actions as hubs
from community.hubs.models import Hub, JoinPolicy, Membership
from community.joining import clock, emails
from community.joining.advancing import advance, hubs_with_something_due
from community.joining.models import TODO_KIND, JoinRequest, JoinRequestState
from community.people.models import User
from ui.errors import RuleBroken

#: So many requests of one member wait at the same time.
MOST_WAITING = 5
#: So many hubs are locked at a time when the clock moves on.
BATCH = 100


@transaction.atomic
def ask_to_join(*, hub: Hub, by: User, words: str = "", now: datetime | None = None) -> JoinRequest:
    """Ask whether ``by`` may belong to ``hub``; a repeat gives the request that waits already.

    Raises RuleBroken for a hub that is not joined on request, for a member of it, for too many requests that wait, and
    for somebody who was declined there a short time ago. Spec 01, Hubs.
    """
    now = now or timezone.now()
    subject = lock_subject(hub.subject_id)
    fresh = Hub.objects.get(pk=hub.pk)
    fresh.subject = subject
    member = lock_account(by)
    mine = JoinRequest.objects.filter(member=member)
    if earlier := mine.waiting().filter(hub=fresh).first():
        return earlier
    if Membership.objects.current().filter(hub=fresh, member=member).exists():
        raise RuleBroken(_("You are a member of this hub already."))
    if fresh.state == Hub.State.CLOSED:
        raise RuleBroken(_("This hub is closed."))
    if fresh.join_policy == JoinPolicy.OPEN:
        raise RuleBroken(_("This hub is open to everyone: you can join it without asking."))
    if fresh.join_policy == JoinPolicy.INVITATION:
        raise RuleBroken(_("This hub is joined by invitation: ask one of its representatives."))
    if mine.waiting().count() >= MOST_WAITING:
        most = ngettext("%(most)d hub", "%(most)d hubs", MOST_WAITING) % {"most": MOST_WAITING}
        raise RuleBroken(_("You wait for an answer of %(hubs)s. Ask again when one has answered.") % {"hubs": most})
    if mine.filter(hub=fresh, state=JoinRequestState.DECLINED, ended_at__gt=now - clock.AGAIN_AFTER).exists():
        raise RuleBroken(_("This hub declined a short time ago. You can ask again later."))
    request = JoinRequest.objects.create(
        hub=fresh, member=member, words=words.strip(), language=member.language, asked_at=now
    )
    _record(request, verbs.JOIN_ASKED, by=member)
    advance([fresh.pk], now=now)
    return request


@transaction.atomic
def withdraw_request(*, join_request: JoinRequest, by: User) -> bool:
    """Take a request back. A repeat changes nothing and returns False; who decided about it reads it no more.

    Raises RuleBroken when it was answered already.
    """
    fresh = _locked(join_request, by)
    if fresh.state in {JoinRequestState.WITHDRAWN, JoinRequestState.LAPSED}:
        return False
    if fresh.state == JoinRequestState.ACCEPTED:
        raise RuleBroken(_("Your request was accepted a moment ago: you are a member of %(hub)s.") % _hub(fresh))
    if fresh.state == JoinRequestState.DECLINED:
        raise RuleBroken(_("%(hub)s has answered already.") % _hub(fresh))
    _end(fresh, JoinRequestState.WITHDRAWN)
    _record(fresh, verbs.JOIN_WITHDRAWN, by=by)
    return True


@transaction.atomic
def accept_request(*, join_request: JoinRequest, by: User, words: str = "") -> bool:
    """Let who asked belong to the hub, with a word of welcome if there is one. A repeat returns False.

    Who may accept is for the caller to ask. Raises RuleBroken when it does not wait any more, and for a closed hub.
    """
    fresh = _locked(join_request, by)
    if fresh.state == JoinRequestState.ACCEPTED:
        return False
    _require_waiting(fresh)
    _accept(fresh, by=by, words=words)
    hubs.admit_member(hub=fresh.hub, member=fresh.member, by=by)
    return True


@transaction.atomic
def decline_request(*, join_request: JoinRequest, by: User, reason: str, other_hub: Hub | None = None) -> bool:
    """Say no to who asked, why, and which other hub may suit them. A repeat returns False.

    Who may decline is for the caller to ask. Raises RuleBroken when it does not wait any more, or without a reason.
    """
    fresh = _locked(join_request, by)
    if fresh.state == JoinRequestState.DECLINED:
        return False
    _require_waiting(fresh)
    if not reason.strip():
        raise RuleBroken(_("Say why: %(name)s reads it.") % {"name": fresh.member.get_short_name()}, field="reason")
    if other_hub is not None and (other_hub.pk == fresh.hub_id or other_hub.state == Hub.State.CLOSED):
        raise RuleBroken(_("Name another hub, that is not closed."), field="other_hub")
    _end(fresh, JoinRequestState.DECLINED, by=by, words=reason, other_hub=other_hub)
    _record(fresh, verbs.JOIN_DECLINED, by=by)
    queue_emails([emails.declined(fresh)])
    return True


def advance_requests(*, now: datetime) -> int:
    """Do what the clock asks for: remind, pass on, tell. Twice changes nothing; after a standstill nobody is skipped.

    Returns how many steps were taken.
    """
    steps = 0
    for some in batched(hubs_with_something_due(now), BATCH, strict=False):
        with transaction.atomic():
            lock_subjects(subject for _hub, subject in some)
            steps += advance([hub for hub, _subject in some], now=now)
    return steps


# --- What follows from other acts ------------------------------------------------------------------------------------
def hub_changed(hub: Hub, by: User | None) -> None:
    """Part of changing a hub, or who speaks for it: its requests go on, are accepted with it, or lapse with it.

    A hub that has become open accepts whoever waits; one that is closed answers nobody any more, and says so.
    """
    now = timezone.now()
    if hub.state == Hub.State.CLOSED:
        _lapse(hub, now)
    elif hub.join_policy == JoinPolicy.OPEN:
        waiting = JoinRequest.objects.waiting().filter(hub=hub, member__is_active=True)
        members = list(User.objects.filter(pk__in=waiting.values("member")).order_by("pk"))
        lock_accounts(*members)
        for member in members:
            hubs.join_hub(hub=hub, by=member)  # which calls ``member_joined``
    else:
        advance([hub.pk], now=now)


def member_joined(hub: Hub, member: User, by: User | None) -> None:
    """Part of joining: a request that waits has come to its end. ``by``: who let them in, if anybody did."""
    waiting = JoinRequest.objects.waiting().select_related("hub__subject", "member").filter(hub=hub, member=member)
    for request in waiting:
        _accept(request, by=by)


def forget_member(member: User) -> None:
    """Part of erasing an account: their requests go, and what lay with them lies with somebody else.

    What they answered to others stays, without their name.
    """
    mine = JoinRequest.objects.filter(member=member)
    keys = [str(pk) for pk in mine.values_list("pk", flat=True)]
    Todo.objects.filter(kind=TODO_KIND, key__in=keys).delete()
    mine.delete()
    spoken_for = Membership.objects.current().representatives().filter(member=member)
    advance(list(spoken_for.values_list("hub_id", flat=True)), now=timezone.now(), without=member)


def hubs_asked_by(member: User) -> set[int]:
    """The subjects of the hubs that ``member`` asked to join."""
    return set(JoinRequest.objects.filter(member=member).values_list("hub__subject", flat=True))


def _lapse(hub: Hub, now: datetime) -> None:
    """End what waits for a hub that is closed."""
    requests = list(JoinRequest.objects.waiting().filter(hub=hub).select_related("hub__subject", "member"))
    for request in requests:
        _end(request, JoinRequestState.LAPSED, now=now)
        _record(request, verbs.JOIN_LAPSED)
    queue_emails([emails.lapsed(request) for request in requests])


# --- Parts of acts ---------------------------------------------------------------------------------------------------
def _locked(join_request: JoinRequest, by: User) -> JoinRequest:
    """The request as it is now, with the lock of its hub's subject; ``by`` is held.

    Raises RuleBroken when it or the account is gone.
    """
    subject = lock_subject(join_request.hub.subject_id)
    rows = JoinRequest.objects.select_for_update(of=("self",), no_key=True).select_related("hub", "member")
    fresh = rows.filter(pk=join_request.pk).first()
    if fresh is None:
        raise RuleBroken(_("This request is not there any more."))
    fresh.hub.subject = subject
    hold_member(by)
    return fresh


def _require_waiting(request: JoinRequest) -> None:
    if request.state == JoinRequestState.WITHDRAWN:
        text = _("%(name)s took the request back a moment ago.")
        raise RuleBroken(text % {"name": request.member.name})
    if request.state != JoinRequestState.WAITING:
        raise RuleBroken(_("This request was answered already."))


def _accept(request: JoinRequest, *, by: User | None, words: str = "") -> None:
    """End a request with a yes; whoever calls makes the member."""
    _end(request, JoinRequestState.ACCEPTED, by=by, words=words)
    _record(request, verbs.JOIN_ACCEPTED, by=by)
    queue_emails([emails.accepted(request)])


def _end(
    request: JoinRequest,
    state: JoinRequestState,
    *,
    by: User | None = None,
    words: str = "",
    other_hub: Hub | None = None,
    now: datetime | None = None,
) -> None:
    """Write what became of a request; it waits with nobody any more."""
    request.state, request.ended_at = state, now or timezone.now()
    request.answered_by, request.answer, request.other_hub = by, words.strip(), other_hub
    if by is not None:
        request.answer_language = by.language
    columns = ["state", "ended_at", "answered_by", "answer", "answer_language", "other_hub"]
    request.save(update_fields=columns)
    finish(Todo.objects.about(TODO_KIND, request.hub.subject_id, request.key), at=request.ended_at)


def _record(request: JoinRequest, verb: Verb, *, by: User | None = None) -> None:
    """For the audit log: who asked and who was declined is told to nobody else."""
    data = {"request": request.pk}
    record(request.hub.subject, verb, by=by, system=by is None, data=data, readers=Reader.FACILITATORS)


def _hub(request: JoinRequest) -> dict[str, str]:
    return {"hub": request.hub.name}
