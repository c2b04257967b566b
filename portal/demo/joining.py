"""Who asks to join a hub in the demonstration: requests in every stage, and two that were answered."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from activity.models import Reader, Todo
from community import verbs
from community.hubs import tallies
from community.joining import clock
from community.joining.models import TODO_KIND, JoinRequest, JoinRequestState
from community.models import Membership, MembershipRole, MemberTally, User
from portal.demo import source
from portal.demo.story import Story
from ui.workdays import due_after, workday_before


def load_requests(story: Story) -> None:
    """Write requests to join, with whom they lie and lay, and what the audit log says of them."""
    requests = [_request(story, row) for row in source.texts("joining")["requests"]]
    JoinRequest.objects.bulk_create(requests)
    joined = []
    for request in requests:
        _tell(story, request)
        Todo.objects.bulk_create(_todos(story, request, _speakers(request)))
        if request.state == JoinRequestState.ACCEPTED:
            joined.append(Membership(member=request.member, hub=request.hub, started_at=_ended(request)))
            story.record(request.hub.subject, verbs.HUB_JOINED, by=request.member, at=_ended(request))
    Membership.objects.bulk_create(joined)
    tallies.keep(MemberTally, [membership.hub_id for membership in joined])


def _request(story: Story, row: dict[str, Any]) -> JoinRequest:
    hub = story.hubs[row["hub"]]
    asked_on = workday_before(row["days"], story.today)
    request = JoinRequest(
        hub=hub, member=story.members[row["member"]], words=row["words"], asked_at=story.at(asked_on, 10)
    )
    for state in (JoinRequestState.ACCEPTED, JoinRequestState.DECLINED):
        if after := row.get(f"{state}_after"):
            request.state = state
            request.ended_at = story.at(due_after(after, asked_on).day, 15)
            request.answered_by = _speakers(request)[0]
            request.answer = row["answer"]
            request.other_hub = story.hubs[row["other_hub"]] if "other_hub" in row else None
    return request


def _speakers(request: JoinRequest) -> list[User]:
    """Who speaks for the hub, the longest first."""
    rows = Membership.objects.filter(hub=request.hub, role=MembershipRole.REPRESENTATIVE).select_related("member")
    return [row.member for row in rows.order_by("started_at", "pk")]


def _ended(request: JoinRequest) -> datetime:
    assert request.ended_at is not None  # noqa: S101 - asked of answered ones only
    return request.ended_at


def _todos(story: Story, request: JoinRequest, speakers: list[User]) -> Iterator[Todo]:
    """With whom the request lies, and lay before: what the clock would have made of it by this midnight."""

    def was(days: int, start: date) -> datetime | None:
        on = due_after(days, start).day
        return story.at(on, 8, 10) if on < story.today and request.ended_at is None else None

    def todo(**fields: Any) -> Todo:
        return Todo(kind=TODO_KIND, subject=request.hub.subject, key=request.key, done_at=request.ended_at, **fields)

    asked_on = clock.day_of(request.asked_at)
    others_at = was(clock.OTHERS_AFTER, asked_on) if len(speakers) > 1 else None
    facilitators_at = was(clock.FACILITATORS_AFTER, asked_on)
    facilitators_on = due_after(clock.FACILITATORS_AFTER, asked_on).day
    yield todo(
        member=speakers[0],
        created_at=request.asked_at,
        reminded_at=was(clock.REMIND_AFTER, asked_on),
        passed_on_at=others_at,
        due_on=facilitators_on,
    )
    if others_at is not None:
        yield todo(hub=request.hub.subject, created_at=others_at, due_on=facilitators_on)
    if facilitators_at is not None:
        decide_on = due_after(clock.DECIDE_WITHIN, facilitators_on).day
        yield todo(is_for_facilitators=True, created_at=facilitators_at, due_on=decide_on)
    for at, to in ((others_at, "representatives"), (facilitators_at, "facilitators")):
        if at is not None:
            data = {"request": request.pk, "to": to}
            story.record(
                request.hub.subject, verbs.JOIN_PASSED_ON, system=True, at=at, data=data, readers=Reader.FACILITATORS
            )


def _tell(story: Story, request: JoinRequest) -> None:
    data = {"request": request.pk}
    answers = {JoinRequestState.ACCEPTED: verbs.JOIN_ACCEPTED, JoinRequestState.DECLINED: verbs.JOIN_DECLINED}
    said = [(verbs.JOIN_ASKED, request.member, request.asked_at)]
    if request.ended_at is not None and request.answered_by is not None:
        said.append((answers[JoinRequestState(request.state)], request.answered_by, request.ended_at))
    for verb, by, at in said:
        story.record(request.hub.subject, verb, by=by, at=at, data=data, readers=Reader.FACILITATORS)
