"""One mail of each kind about requests to join, about the request that came last: for the previews of mails.

Each puts the request into the state that its mail is about; whoever asks for a sample rolls that back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.utils import timezone

from activity.models import Email
from community.hubs.models import Hub, Membership
from community.joining import emails
from community.joining.models import JoinRequest, JoinRequestState
from community.organisation.models import FacilitatorTerm


def _request(state: JoinRequestState, **fields: Any) -> JoinRequest | None:
    """The last request in ``state``, else the last of all, put into it."""
    rows = JoinRequest.objects.select_related("hub").order_by("pk")
    request = rows.filter(state=state).last() or rows.last()
    if request is not None and request.state != state:
        ended_at = None if state == JoinRequestState.WAITING else timezone.now()
        changed = {"state": state, "ended_at": ended_at, "other_hub": None, **fields}
        JoinRequest.objects.filter(hub=request.hub, member=request.member, state=state).exclude(pk=request.pk).delete()
        JoinRequest.objects.filter(pk=request.pk).update(**changed)
    return request


def _to_representative(make: Callable[[JoinRequest, int], Email]) -> Callable[[], Email | None]:
    def sample() -> Email | None:
        request = _request(JoinRequestState.WAITING)
        speakers = Membership.objects.current().representatives().counted()
        speaker = speakers.filter(hub=request.hub).first() if request else None
        return make(request, speaker.member_id) if request and speaker else None

    return sample


def _to_facilitator() -> Email | None:
    request = _request(JoinRequestState.WAITING)
    term = FacilitatorTerm.objects.filter(ended_at=None).exclude(member=None).first()
    return emails.to_facilitator(request, term.member_id) if request and term and term.member_id else None


def _to_asker(
    make: Callable[[JoinRequest], Email], state: JoinRequestState, fields: Callable[[], dict[str, Any]] = dict
) -> Callable[[], Email | None]:
    def sample() -> Email | None:
        request = _request(state, **fields())
        return make(request) if request else None

    return sample


def _with_reason() -> dict[str, Any]:
    return {"answer": "…", "other_hub": Hub.objects.for_every_member().first()}


SAMPLES: Mapping[str, Callable[[], Email | None]] = {
    "join_asked": _to_representative(emails.asked),
    "join_reminder": _to_representative(emails.reminder),
    "join_also_you": _to_representative(emails.also_you),
    "join_facilitators": _to_facilitator,
    "join_accepted": _to_asker(emails.accepted, JoinRequestState.ACCEPTED),
    "join_declined": _to_asker(emails.declined, JoinRequestState.DECLINED, _with_reason),
    "join_lapsed": _to_asker(emails.lapsed, JoinRequestState.LAPSED),
}
