"""Answering: the one button of a row, the card of a page, and the link in every mail."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from activity.links import acts_by_link, resolve
from community.models import User
from events import actions
from events.links import WITHDRAW
from events.models import Rsvp, RsvpState, Session
from ui.errors import RuleBroken
from ui.http import MemberRequest, page_of_form, render_fragment, require, typed, wants_fragment

from .reading import card_context, get_for_card

ANSWERS = {*(RsvpState.GOING, RsvpState.MAYBE, RsvpState.NOT_GOING), "accept", "claim"}


@login_required
@require_POST
def session_answer(request: MemberRequest, number: int) -> HttpResponse:
    """Keep an answer, and say honestly what came of it: a place, or which number on the waitlist."""
    session = get_object_or_404(Session.objects.visible_to(request.user), pk=number)
    require(request.user.has_perm("events.answer_session", session))
    answer = typed(request.POST, "answer")
    if answer not in ANSWERS:
        raise Http404
    shows_name = bool(request.POST.get("shows_name")) if "asks_name" in request.POST else None
    try:
        rsvp = _act(session, request.user, answer, shows_name)
    except RuleBroken as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, actions.place_in_words(rsvp) if rsvp else _("You are not on the list."))
    if not wants_fragment(request):
        return HttpResponseRedirect(page_of_form(request) or session.get_absolute_url())
    fresh = get_for_card(request, number)
    if typed(request.POST, "from") == "row":
        return render_fragment(request, "events/_session_row.html", {"session": fresh})
    return render_fragment(request, "events/session_detail.html#rsvp", card_context(request, fresh))


def _act(session: Session, by: User, answer: str, shows_name: bool | None) -> Rsvp | None:
    if answer == "accept":
        return actions.accept_offer(session=session, by=by)
    if answer == "claim":
        return actions.claim_place(session=session, by=by)
    if answer == RsvpState.NOT_GOING:
        known = actions.withdraw(session=session, by=by)
        if known is not None:
            return known
    return actions.answer_rsvp(session=session, by=by, answer=answer, shows_name=shows_name)


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
    refusal = ""
    with translation.override(link.holding_member.language), timezone.override(link.holding_member.zone):
        if request.method == "POST":
            try:
                actions.withdraw(session=session, by=link.holding_member)
            except RuleBroken as broken:
                refusal = str(broken)
        rsvp = Rsvp.objects.filter(session=session, member=link.holding_member).first()
        holds = rsvp is not None and rsvp.state != RsvpState.NOT_GOING
        context = {
            "session": session,
            "is_shown": session.subject.may_be_read_by(link.holding_member),
            "rsvp": rsvp,
            "holds": holds,
            "refusal": refusal,
            "is_possible": holds and session.state == Session.State.PUBLISHED,
        }
        response = render(request, "events/withdraw.html", context, status=409 if refusal else 200)
        response["Content-Language"] = link.holding_member.language
        return response
