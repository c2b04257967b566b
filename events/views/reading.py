"""The agenda and a session's page."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from activity.pages import load_subject_page
from events import actions, selectors
from events.models import Rsvp, RsvpState, Session, SessionState
from events.permissions import is_organiser
from ui.http import MemberRequest, page_or_fragment, redirect_with_query, typed
from ui.pagination import paginate
from ui.search import search

ROWS = 40


@login_required
@require_safe
def session_list(request: MemberRequest) -> HttpResponse:
    """What is coming, by month."""
    rows = Session.objects.for_agenda(request.user).coming(timezone.now())
    return _agenda(request, "coming", rows)


@login_required
@require_safe
def session_mine(request: MemberRequest) -> HttpResponse:
    """What is coming and the member goes to, waits for or may go to."""
    rows = Session.objects.for_agenda(request.user).coming(timezone.now())
    mine = rows.answered(RsvpState.GOING, RsvpState.OFFERED, RsvpState.WAITLISTED, RsvpState.MAYBE)
    return _agenda(request, "mine", mine)


@login_required
@require_safe
def session_past(request: MemberRequest) -> HttpResponse:
    """What has been, the latest first, searchable."""
    words = typed(request.GET, "q")
    rows = Session.objects.for_agenda(request.user).past(timezone.now())
    if not words:
        return _agenda(request, "past", rows)
    found = search(rows.matching(words), lambda: rows.matching(words, roughly=True))
    return _agenda(request, "past", found.rows, words=words, search=found)


def _agenda(request: MemberRequest, tab: str, rows: Any, **context: Any) -> HttpResponse:
    page = paginate(rows, request.GET.get("after"), size=ROWS)
    context |= {
        "tab": tab,
        "page": page,
        "months": selectors.by_month(page.rows),
        "may_schedule": request.user.has_perm("events.schedule_session"),
    }
    return page_or_fragment(request, "events/session_list.html", "#agenda", context)


@require_safe
def session_detail(request: HttpRequest, number: int, slug: str = "") -> HttpResponse:
    """One session; visitors see the little of a public one, and are asked to sign in for anything else."""
    session = Session.objects.for_agenda(request.user).filter(pk=number).select_related("subject").first()
    if session is None:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        raise Http404
    if request.path != session.get_absolute_url():
        return redirect_with_query(request, session.get_absolute_url())
    if not request.user.is_authenticated:
        return render(request, "events/session_public.html", {"session": session})
    return render(request, "events/session_detail.html", detail_context(request, session))  # type: ignore[arg-type]


def detail_context(request: MemberRequest, session: Session) -> dict[str, Any]:
    """Everything a member's page of a session shows."""
    user = request.user
    may_organise = is_organiser(user, session)
    names = selectors.names_of_going(session, for_organiser=False)
    rsvp = session.rsvps.get(pk=session.my_rsvp) if session.my_rsvp else None
    context = card_context(request, session, rsvp) | {
        "may_organise": may_organise,
        "turnout": selectors.turnout(session),
        "names": list(names[: selectors.NAMES_ON_PAGE]),
        "hosts": list(session.hosts.visible_to(user).order_by("sort_name", "pk")),
        "page": load_subject_page(request, session.subject),
        "may_file": session.takes_bottlenecks and user.has_perm("issues.file_bottleneck"),
    }
    if may_organise and session.hub_id is None and session.state == SessionState.PUBLISHED and not session.has_ended:
        context["missing_hubs"] = selectors.hubs_without_place(session, user)
    return context


def card_context(request: MemberRequest, session: Session, rsvp: Rsvp | None) -> dict[str, Any]:
    """What the RSVP card shows; ``rsvp`` is the member's answer. One query where the member waits, else none."""
    now = timezone.now()
    waitlist: list[Rsvp] = []
    if rsvp is not None and rsvp.state == RsvpState.WAITLISTED:
        waitlist = list(session.rsvps.waitlisted().select_related("member")[: selectors.WAITLIST_ON_PAGE])
    return {
        "session": session,
        "rsvp": rsvp,
        "waitlist": waitlist,
        "may_answer": request.user.has_perm("events.answer_session", session),
        "is_claimable": actions.is_free_to_claim(session, now),
        "offer_stands": bool(rsvp and rsvp.offer_expires_at and rsvp.offer_expires_at > now),
    }
