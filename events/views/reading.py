"""The agenda and a session's page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from activity.pages import load_subject_page
from activity.references import links_in
from activity.timelines import TimelineItem
from events import actions, selectors
from events.models import Rsvp, RsvpState, Session, SessionState
from events.permissions import is_organiser
from events.selectors import Tab
from ui import statements
from ui.http import MemberRequest, keep_search_once, page_or_fragment, redirect_with_query, typed
from ui.pagination import Page, paginate_kept
from ui.search import Asked, search, sought

ROWS = 40


@login_required
@require_safe
def session_list(request: MemberRequest) -> HttpResponse:
    """What is coming, by month."""
    return _agenda(request, Tab.COMING)


@login_required
@require_safe
def session_mine(request: MemberRequest) -> HttpResponse:
    """What is coming and the member goes to, waits for or may go to."""
    return _agenda(request, Tab.MINE)


@login_required
@require_safe
def session_past(request: MemberRequest) -> HttpResponse:
    """What has been, the latest first, searchable."""
    words = typed(request.GET, "q")
    if not words:
        return _agenda(request, Tab.PAST)
    values = request.user, timezone.now(), *sought(words)
    found = search(*(Asked(selectors.past_with, (roughly, *values)) for roughly in (False, True)))
    page = found.page(request.GET.get("after"), size=ROWS)
    response = _agenda(request, Tab.PAST, page, words=words, search=found)
    keep_search_once(request, response)
    return response


def _agenda(request: MemberRequest, tab: Tab, page: Page[Session] | None = None, **context: Any) -> HttpResponse:
    if page is None:
        after = request.GET.get("after")
        page = paginate_kept(selectors.agenda, request.user, tab, timezone.now(), after=after, size=ROWS)
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
    session = statements.first(selectors.for_page, request.user, number)
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
    rsvp = session.rsvps.get(pk=session.my_rsvp) if session.my_rsvp else None
    page = load_subject_page(request, session.subject)
    return answer_context(request, session, rsvp, page.timeline) | {
        "hosts": statements.rows(selectors.hosts_of, session.pk, user),
        "links": links_in([session.description], user),
        "page": page,
        "reach": selectors.reach_of_publishing(session, user) if session.state == SessionState.DRAFT else None,
        "may_file": session.takes_bottlenecks and user.has_perm("issues.file_bottleneck"),
    }


def answer_context(
    request: MemberRequest, session: Session, rsvp: Rsvp | None, history: Sequence[TimelineItem]
) -> dict[str, Any]:
    """What an answer changes on the page: the card, who comes, which hubs nobody is from, and what happened."""
    user = request.user
    may_organise = is_organiser(user, session)
    missing = None  # asked of whom it concerns only
    if may_organise and session.hub_id is None and session.state == SessionState.PUBLISHED and not session.has_ended:
        missing = selectors.hubs_without_place(session, user)
    return _card_context(request, session, rsvp) | {
        "may_organise": may_organise,
        "turnout": selectors.turnout(session),
        "names": selectors.first_names_of_going(session),
        "missing_hubs": missing,
        "timeline": history,
    }


def _card_context(request: MemberRequest, session: Session, rsvp: Rsvp | None) -> dict[str, Any]:
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
