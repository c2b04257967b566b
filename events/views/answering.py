"""Answering: the one button of a row, the card of a page, and the link in every mail."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from activity.links import acts_by_link, resolve
from activity.pages import TIMELINE_LINES
from activity.refusals import require_about
from activity.timelines import timeline
from events import actions, selectors
from events.links import WITHDRAW
from events.models import Rsvp, RsvpState, Session
from ui.errors import RuleBroken
from ui.http import MemberRequest, page_of_form, render_fragment, typed, wants_fragment

from .reading import answer_context

#: What a button says it does is what it does, whatever became of the answer since its page was read.
ACTS: Mapping[str, Callable[..., Rsvp]] = {
    "accept": actions.accept_offer,
    "decline": actions.decline_offer,
    "claim": actions.claim_place,
    "leave": actions.leave_waitlist,
    RsvpState.GOING: partial(actions.answer_rsvp, answer=RsvpState.GOING),
    RsvpState.MAYBE: partial(actions.answer_rsvp, answer=RsvpState.MAYBE),
    RsvpState.NOT_GOING: partial(actions.answer_rsvp, answer=RsvpState.NOT_GOING),
}


@login_required
@require_POST
def session_answer(request: MemberRequest, number: int) -> HttpResponse:
    """Do what the button says, and say honestly what came of it: a place, or which number on the waitlist."""
    session = _find(request, number)
    answer = typed(request.POST, "answer")
    act = ACTS.get(answer)
    if act is None:
        raise Http404
    # The choice of names stands beside the answers only: a button elsewhere leaves it as it is.
    data = {"shows_name": bool(request.POST.get("shows_name"))} if "asks_name" in request.POST else {}
    rsvp: Rsvp | None = None
    try:
        rsvp = act(session=session, by=request.user, **data)
        messages.success(request, actions.place_in_words(rsvp, act=answer))
    except RuleBroken as refusal:
        messages.error(request, str(refusal))
    if not wants_fragment(request):
        return HttpResponseRedirect(page_of_form(request) or session.get_absolute_url())
    stands = typed(request.POST, "from")
    if stands in ("row", "home"):
        return _row(request, number, stands)
    if rsvp is not None:  # as the act left it
        fresh = rsvp.session
    else:  # as it is now: what refused may be news to the reader
        fresh = _find(request, number)
        rsvp = fresh.rsvps.filter(member=request.user).first()
    history = timeline(fresh.subject, request.user, limit=TIMELINE_LINES)
    context = answer_context(request, fresh, rsvp, history) | {"answer": True}
    return render_fragment(request, "events/session_detail.html#answer", context)


def _row(request: MemberRequest, number: int, stands: str) -> HttpResponse:
    """The row of a session as it is now; on home with the member's next session, which may be another now."""
    session = get_object_or_404(Session.objects.for_agenda(request.user), pk=number)
    response = render_fragment(request, "events/_session_row.html", {"session": session, "stands": stands})
    if stands == "home":
        following = {"session": selectors.next_session_of(request.user), "answer": True}
        response.write(render_to_string("events/home_next.html", following, request))
    return response


def _find(request: MemberRequest, number: int) -> Session:
    """The session whose button was pressed. Raises Http404 and PermissionDenied."""
    session = get_object_or_404(Session.objects.visible_to(request.user).select_related("subject"), pk=number)
    may_answer = request.user.has_perm("events.answer_session", session)
    require_about(session.subject, may_answer, _("This session is not published, so nobody can say yet who comes."))
    return session


@csrf_exempt  # the token in the address is the secret, and there is no cookie to ride on
@acts_by_link
@require_http_methods(["GET", "HEAD", "POST"])
def session_withdraw_by_link(request: HttpRequest, token: str) -> HttpResponse:
    """Give a place back from a mail: opening the link changes nothing, one POST does it, without signing in.

    Also of a session that the member may not see any more; the page does not say then which it is.
    """
    link = resolve(token, WITHDRAW)
    if link is None or link.subject is None:
        raise Http404
    session = get_object_or_404(Session.objects.select_related("subject", "room__venue"), subject=link.subject)
    refusal = gave_back = ""
    with translation.override(link.holding_member.language), timezone.override(link.holding_member.zone):
        if request.method == "POST":
            held = Rsvp.objects.filter(session=session, member=link.holding_member).values_list("state", flat=True)
            gave_back = "position" if held.first() in (RsvpState.WAITLISTED, RsvpState.MAYBE) else "place"
            try:
                actions.withdraw(session=session, by=link.holding_member)
            except RuleBroken as broken:
                refusal, gave_back = str(broken), ""
        rsvp = Rsvp.objects.filter(session=session, member=link.holding_member).first()
        holds = rsvp is not None and rsvp.state != RsvpState.NOT_GOING
        context = {
            "session": session,
            "is_shown": session.subject.may_be_read_by(link.holding_member),
            "rsvp": rsvp,
            "refusal": refusal,
            "gave_back": gave_back,
            "is_possible": holds and session.state == Session.State.PUBLISHED,
        }
        response = render(request, "events/withdraw.html", context, status=409 if refusal else 200)
        response["Content-Language"] = link.holding_member.language
        return response
