"""With whom requests to join lie: one rule, for the clock and for whoever comes, goes or steps down. Spec 01, Hubs.

A request lies with one representative, who is reminded; then with the others as well; then with the facilitators, and
with them at once where nobody speaks for the hub. The rule looks at what is so now and does what is missing. So it may
run twice, late or after days of standstill: everybody who must hear of a request does, once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Exists, OuterRef

from activity.actions import entry, finish, pass_on, queue_emails, remind
from activity.models import Activity, Email, Reader, Todo
from community import verbs
from community.hubs.models import Hub, Membership
from community.joining import clock, emails
from community.joining.models import TODO_KIND, JoinRequest, JoinRequestState
from community.organisation.models import FacilitatorTerm
from community.people.models import User


@dataclass
class _Steps:
    """What is missing, to be written at once for all requests."""

    asked: list[Todo] = field(default_factory=list)
    passed_on: list[int] = field(default_factory=list)
    reminded: list[int] = field(default_factory=list)
    mails: list[Email] = field(default_factory=list)
    told: list[Activity] = field(default_factory=list)


def advance(hubs: Collection[int], *, now: datetime, without: User | None = None) -> int:
    """Let every waiting request for these hubs (primary keys) lie with whom it must; returns how many moved.

    The caller has locked the hubs' subjects, in a transaction. ``without``: somebody who is leaving and counts as gone.
    A number of statements that does not grow with the requests.
    """
    rows = JoinRequest.objects.waiting().filter(hub__in=hubs, member__is_active=True)
    requests = list(rows.order_by("pk").select_for_update(of=("self",), no_key=True).select_related("hub__subject"))
    requests = _but_those_of_members(requests, now)
    if not requests:
        return 0
    open_todos: defaultdict[str, list[Todo]] = defaultdict(list)
    subjects = {request.hub.subject_id for request in requests}
    for todo in Todo.objects.open().filter(kind=TODO_KIND, subject__in=subjects):
        open_todos[todo.key].append(todo)
    speakers = representatives_of({request.hub_id for request in requests}, without)
    facilitators = facilitators_now(without)
    steps = _Steps()
    for request in requests:
        _place(request, open_todos[request.key], speakers[request.hub_id], facilitators, now, steps)
    return _write(steps, now)


def _but_those_of_members(requests: list[JoinRequest], now: datetime) -> list[JoinRequest]:
    """Without those whose members belong to the hub already: a list that was imported said so."""
    running = Membership.objects.current().filter(hub=OuterRef("hub"), member=OuterRef("member"))
    mine = JoinRequest.objects.filter(Exists(running), pk__in=[request.pk for request in requests])
    settled = set(mine.values_list("pk", flat=True))
    if settled:
        JoinRequest.objects.filter(pk__in=settled).update(state=JoinRequestState.ACCEPTED, ended_at=now)
        finish(Todo.objects.filter(kind=TODO_KIND, key__in=map(str, settled)), at=now)
    return [request for request in requests if request.pk not in settled]


def representatives_of(hubs: Collection[int], without: User | None = None) -> defaultdict[int, list[int]]:
    """Who speaks for each of ``hubs`` and takes part, who belongs to it longest first."""
    rows = Membership.objects.current().representatives().counted().filter(hub__in=hubs).order_by("started_at", "pk")
    found: defaultdict[int, list[int]] = defaultdict(list)
    for hub, member in rows.values_list("hub_id", "member_id"):
        if without is None or member != without.pk:
            found[hub].append(member)
    return found


def facilitators_now(without: User | None = None) -> list[int]:
    """Who facilitates and takes part."""
    terms = FacilitatorTerm.objects.filter(ended_at=None, member__is_active=True).order_by("pk")
    return [pk for pk in terms.values_list("member_id", flat=True) if pk and (without is None or pk != without.pk)]


def _place(
    request: JoinRequest,
    todos: list[Todo],
    speakers: list[int],
    facilitators: list[int],
    now: datetime,
    steps: _Steps,
) -> None:
    """Note what is missing for one request."""
    personal = next((todo for todo in todos if todo.member_id is not None), None)
    of_hub = next((todo for todo in todos if todo.hub_id is not None), None)
    is_new = not todos and request.asked_at >= now
    if personal is not None and personal.member_id in speakers and _is_to_be_reminded(personal, now):
        steps.reminded.append(personal.pk)
        steps.mails.append(emails.reminder(request, personal.member_id or 0))
    if not speakers:
        steps.passed_on += [todo.pk for todo in (personal, of_hub) if todo is not None]
    elif of_hub is None:
        is_with_all = request.asked_at < clock.begun_before(clock.OTHERS_AFTER, now) and len(speakers) > 1
        if is_with_all or personal is None or personal.member_id not in speakers:
            holder = None if is_with_all else speakers[0]
            _ask_representatives(request, personal, holder, speakers, now, steps)
            if not is_new:
                steps.told.append(_told(request, "representatives" if is_with_all else "representative", now))
    is_with_facilitators = any(todo.is_for_facilitators for todo in todos)
    if not is_with_facilitators and (
        not speakers or request.asked_at < clock.begun_before(clock.FACILITATORS_AFTER, now)
    ):
        steps.asked.append(
            _todo(request, now, is_for_facilitators=True, due_on=clock.due(clock.DECIDE_WITHIN, now).day)
        )
        steps.mails += [emails.to_facilitator(request, member) for member in facilitators]
        if not is_new:
            steps.told.append(_told(request, "facilitators", now))


def _is_to_be_reminded(todo: Todo, now: datetime) -> bool:
    return todo.reminded_at is None and todo.created_at < clock.begun_before(clock.REMIND_AFTER, now)


def _ask_representatives(
    request: JoinRequest, before: Todo | None, holder: int | None, speakers: list[int], now: datetime, steps: _Steps
) -> None:
    """Let it lie with ``holder``, or without one with all of ``speakers``; ``before``: with whom it lay until now."""
    facilitators_on = clock.due(clock.FACILITATORS_AFTER, request.asked_at).day
    if before is not None:
        steps.passed_on.append(before.pk)
    if holder is not None:
        steps.asked.append(_todo(request, now, member_id=holder, due_on=facilitators_on))
        steps.mails.append(emails.asked(request, holder))
    else:
        steps.asked.append(_todo(request, now, hub_id=request.hub.subject_id, due_on=facilitators_on))
        told = before.member_id if before is not None else None
        steps.mails += [emails.also_you(request, member) for member in speakers if member != told]


def _todo(request: JoinRequest, now: datetime, **fields: object) -> Todo:
    return Todo(kind=TODO_KIND, subject_id=request.hub.subject_id, key=request.key, created_at=now, **fields)


def _told(request: JoinRequest, to: str, now: datetime) -> Activity:
    """What the audit log says of it."""
    return entry(
        request.hub.subject,
        verbs.JOIN_PASSED_ON,
        system=True,
        data={"request": request.pk, "to": to},
        readers=Reader.FACILITATORS,
        at=now,
    )


def _write(steps: _Steps, now: datetime) -> int:
    remind(Todo.objects.filter(pk__in=steps.reminded), at=now)
    pass_on(Todo.objects.filter(pk__in=steps.passed_on), to=steps.asked, at=now)
    Activity.objects.bulk_create(steps.told)
    queue_emails(steps.mails)
    return len(steps.asked) + len(steps.reminded)


def hubs_with_something_due(now: datetime) -> list[tuple[int, int]]:
    """Hubs (with their subjects) where a waiting request may have to move; the rule itself looks with locks held.

    Every request that waits is looked at: they are few, and whoever it lies with may have stepped down or be suspended.
    A hidden hub stands still until it is shown again: nobody who speaks for it sees it.
    """
    waiting = JoinRequest.objects.waiting().filter(hub=OuterRef("pk"))
    hubs = Hub.objects.filter(Exists(waiting), subject__hidden_at=None).order_by("pk")
    return list(hubs.values_list("pk", "subject_id"))
