"""The list of what waits longest, and the steps one can take. Spec 02, Generic."""

from __future__ import annotations

from functools import partial

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from activity.refusals import require_about
from issues.bottlenecks.acting import answer_form, find_bottleneck, sent
from issues.bottlenecks.models import Bottleneck
from ui.http import MemberRequest, typed
from ui.pagination import paginate_kept

from . import actions, selectors
from .forms import ProposeForm, WhyNotForm

LISTED = 30


@login_required
@require_safe
def step_list(request: MemberRequest) -> HttpResponse:
    """Generic bottlenecks that wait for a next step, the longest first; who facilitates takes it from here."""
    page = paginate_kept(selectors.waiting_longest, request.user, after=typed(request.GET, "after"), size=LISTED)
    context = {
        "page": page,
        "rows": selectors.as_rows(page.rows),
        "may_step": request.user.is_facilitator,
    }
    return render(request, "issues/step_list.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def step_why_not(request: MemberRequest, number: int) -> HttpResponse:
    """Say why a generic bottleneck is not taken up."""
    bottleneck = _find(request, number)
    if request.method != "POST" and not bottleneck.owes_step:
        return _nothing_owed(request, bottleneck)
    return answer_form(
        request,
        bottleneck,
        WhyNotForm(sent(request), initial={"language": request.user.language}),
        partial(actions.say_why_not, bottleneck=bottleneck, by=request.user),
        done=_("Who supports this reads why it is not taken up."),
        anchor="#next-step",
        from_waiting=True,
        heading=_("Say why this is not taken up"),
        button=_("Tell supporters"),
        note=_("It stays open: members go on voting, and it can still be taken up."),
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def step_propose(request: MemberRequest, number: int) -> HttpResponse:
    """Ask hubs to take a generic bottleneck up."""
    bottleneck = _find(request, number)
    if request.method != "POST" and not bottleneck.owes_step:
        return _nothing_owed(request, bottleneck)
    hubs = selectors.hubs_to_ask(bottleneck.pk, request.user)
    if request.method != "POST":  # a double click may send one that was asked a moment ago
        hubs = selectors.without_those_asked(bottleneck.pk, hubs)
    return answer_form(
        request,
        bottleneck,
        ProposeForm(sent(request), offered=hubs, initial={"language": request.user.language}),
        partial(actions.propose_adoption, bottleneck=bottleneck, by=request.user),
        done=_("Asked. It waits for the representatives of these hubs."),
        anchor="#next-step",
        from_waiting=True,
        heading=_("Ask hubs to take this up"),
        button=_("Ask them"),
        note=_("It stays open: members go on voting, and other hubs can take it up too."),
    )


def _find(request: MemberRequest, number: int) -> Bottleneck:
    """The bottleneck for which a step is taken. Raises Http404 and Refused for who does not facilitate."""
    bottleneck = find_bottleneck(request.user, number)
    require_about(bottleneck.subject, request.user.is_facilitator, _("Only facilitators take the next step."))
    return bottleneck


def _nothing_owed(request: MemberRequest, bottleneck: Bottleneck) -> HttpResponse:
    messages.info(request, actions.NOTHING_OWED)
    return HttpResponseRedirect(bottleneck.subject.url)
