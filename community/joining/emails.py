"""The mails about requests to join: to who decides, and to who asked. Spec 01, Hubs; 06, Notifications.

All are *asked for*: about what somebody asked, or about what waits for them by the role they took. Whether one is still
to the point is judged again at sending, so nobody reads of a request that was withdrawn a minute ago.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _

from activity.mailkinds import MailClass, MailContent, MailKind, mail_kinds
from activity.models import Email
from community.hubs.models import Hub, Membership
from community.joining import clock
from community.joining.models import JoinRequest, JoinRequestState
from community.organisation.models import FacilitatorTerm
from ui.templatetags.ui import long_date
from ui.workdays import due_after

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise


# --- Making them -----------------------------------------------------------------------------------------------------
def asked(request: JoinRequest, to: int) -> Email:
    """Somebody asks to join your hub, and the request lies with you."""
    return _email("join_asked", request, to)


def reminder(request: JoinRequest, to: int) -> Email:
    """It still lies with you."""
    return _email("join_reminder", request, to)


def also_you(request: JoinRequest, to: int) -> Email:
    """It lies with you as well."""
    return _email("join_also_you", request, to)


def to_facilitator(request: JoinRequest, to: int) -> Email:
    """It lies with the facilitators."""
    return _email("join_facilitators", request, to)


def accepted(request: JoinRequest) -> Email:
    """You are a member."""
    return _email("join_accepted", request, request.member_id)


def declined(request: JoinRequest) -> Email:
    """Not this hub, and why."""
    return _email("join_declined", request, request.member_id)


def lapsed(request: JoinRequest) -> Email:
    """The hub was closed."""
    return _email("join_lapsed", request, request.member_id)


def _email(kind: str, request: JoinRequest, to: int) -> Email:
    return Email(
        member_id=to,
        subject_id=request.hub.subject_id,
        kind=kind,
        context={"request": request.pk},
        dedupe_key=f"{kind}:{request.pk}:{to}",
    )


# --- Showing them, or not --------------------------------------------------------------------------------------------
def _loads(fits: Callable[[Any, int], bool]) -> Callable[[Sequence[Email]], Mapping[int, MailContent]]:
    """Have ``fits`` say of requests as they are now whether a member still gets a mail; one query for a batch."""

    def load_many(mails: Sequence[Email]) -> dict[int, MailContent]:
        speakers = Membership.objects.current().representatives().counted().filter(hub=OuterRef("hub"))
        facilitators = FacilitatorTerm.objects.filter(ended_at=None)
        rows = JoinRequest.objects.select_related(
            "hub", "member__primary_hub__subject", "answered_by", "other_hub__subject"
        )
        rows = rows.annotate(
            speakers=ArraySubquery(speakers.order_by().values("member")),
            facilitators=ArraySubquery(facilitators.order_by().values("member")),
        )
        requests: Mapping[int, Any] = rows.in_bulk({mail.context["request"] for mail in mails})
        return {
            mail.pk: _content(requests[number])
            for mail in mails
            if (number := mail.context["request"]) in requests and fits(requests[number], mail.member_id or 0)
        }

    return load_many


def _is_with(request: Any, member: int) -> bool:
    """It waits, and ``member`` speaks for the hub."""
    return request.state == JoinRequestState.WAITING and member in request.speakers


def _is_with_facilitators(request: Any, member: int) -> bool:
    return request.state == JoinRequestState.WAITING and member in request.facilitators


def _became(*states: str) -> Callable[[Any, int], bool]:
    return lambda request, member: request.state in states and request.member_id == member


_day = lazy(long_date, str)


def _for_every_member(hub: Hub | None) -> Hub | None:
    """``hub`` as far as whoever reads a mail may know of it."""
    return hub if hub is not None and hub.subject.is_shared else None


def _content(request: Any) -> MailContent:
    other_hub = _for_every_member(request.other_hub)
    others_on = clock.due(clock.OTHERS_AFTER, request.asked_at)
    facilitators_on = clock.due(clock.FACILITATORS_AFTER, request.asked_at)
    today = clock.day_of(timezone.now())
    return MailContent(
        context={
            "request": request,
            "hub": request.hub,
            "asker": request.member,
            "asker_hub": _for_every_member(request.member.primary_hub),
            "other_hub": other_hub,
            "asked_on": _day(clock.day_of(request.asked_at)),
            "others_on": _day(others_on.day),
            "goes_to_others": len(request.speakers) > 1 and others_on.day > today,
            "goes_to_facilitators": facilitators_on.day > today,
            "facilitators_on": _day(facilitators_on.day),
            "decide_on": _day(due_after(clock.DECIDE_WITHIN, facilitators_on.day).day),
            "is_alone": len(request.speakers) == 1,
            "request_url": settings.BASE_URL + reverse("community:join_request", args=[request.pk]),
            "hub_url": settings.BASE_URL + request.hub.get_absolute_url(),
            "hubs_url": settings.BASE_URL + reverse("community:hub_list"),
            "other_url": settings.BASE_URL + other_hub.get_absolute_url() if other_hub else "",
        }
    )


@dataclass(frozen=True, slots=True)
class _Kind:
    key: str
    label: _StrOrPromise
    reason: _StrOrPromise
    fits: Callable[[Any, int], bool]


def _kinds() -> Collection[_Kind]:
    speaks = _("You get this mail because you represent this hub.")
    facilitates = _("You get this mail because you are a facilitator.")
    mine = _("You get this mail because you asked to join this hub.")
    return (
        _Kind("join_asked", _("Somebody asks to join your hub"), speaks, _is_with),
        _Kind("join_reminder", _("Reminder of a request to join your hub"), speaks, _is_with),
        _Kind("join_also_you", _("A request to join that lies with you as well"), speaks, _is_with),
        _Kind("join_facilitators", _("A request to join that facilitators decide"), facilitates, _is_with_facilitators),
        _Kind("join_accepted", _("Your request to join a hub is accepted"), mine, _became("accepted")),
        _Kind("join_declined", _("Your request to join a hub is declined"), mine, _became("declined")),
        _Kind("join_lapsed", _("A hub that you asked to join is closed"), mine, _became("lapsed")),
    )


def register() -> None:
    """Make the kinds known to the outbox and to the settings of members."""
    from community.joining.samples import SAMPLES  # they make mails with what stands above

    for kind in _kinds():
        mail_kinds.register(
            MailKind(
                key=kind.key,
                mail_class=MailClass.ASKED_FOR,
                template=f"community/email/{kind.key}",
                label=kind.label,
                reason=kind.reason,
                load_many=_loads(kind.fits),
                sample=SAMPLES[kind.key],
            )
        )
