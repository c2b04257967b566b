"""The list of what waits longest, and the steps one can take. Spec 02, Generic."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from activity.refusals import require_about
from issues.bottlenecks.models import Bottleneck
from issues.bottlenecks.selectors import for_act
from ui import statements
from ui.errors import RuleBroken
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
    form = WhyNotForm(request.POST if request.method == "POST" else None, initial={"language": request.user.language})
    if form.is_valid():
        try:
            actions.say_why_not(bottleneck=bottleneck, by=request.user, **form.cleaned_data)
        except RuleBroken as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Who supports this reads why it is not taken up."))
            return HttpResponseRedirect(f"{bottleneck.subject.url}#next-step")
    context = {
        "bottleneck": bottleneck,
        "form": form,
        "from_waiting": True,
        "heading": _("Say why this is not taken up"),
        "button": _("Tell supporters"),
        "note": _("It stays open: members go on voting, and it can still be taken up."),
    }
    return render(request, "issues/act_form.html", context, status=422 if form.errors else 200)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def step_propose(request: MemberRequest, number: int) -> HttpResponse:
    """Ask hubs to take a generic bottleneck up."""
    bottleneck = _find(request, number)
    if request.method != "POST" and not bottleneck.owes_step:
        return _nothing_owed(request, bottleneck)
    data, hubs = None, selectors.hubs_to_ask(bottleneck.pk, request.user)
    if request.method == "POST":
        data = request.POST  # also for a hub that was asked a moment ago: a double click
    else:
        hubs = selectors.without_those_asked(bottleneck.pk, hubs)
    form = ProposeForm(data, hubs=hubs, initial={"language": request.user.language})
    if form.is_valid():
        try:
            actions.propose_adoption(bottleneck=bottleneck, by=request.user, **form.cleaned_data)
        except RuleBroken as refusal:
            form.add_error(refusal.field or None, str(refusal))
        else:
            messages.success(request, _("Asked. It waits for the representatives of these hubs."))
            return HttpResponseRedirect(f"{bottleneck.subject.url}#next-step")
    context = {
        "bottleneck": bottleneck,
        "form": form,
        "from_waiting": True,
        "heading": _("Ask hubs to take this up"),
        "button": _("Ask them"),
        "note": _("It stays open: members go on voting, and other hubs can take it up too."),
    }
    return render(request, "issues/act_form.html", context, status=422 if form.errors else 200)


def _find(request: MemberRequest, number: int) -> Bottleneck:
    """The bottleneck for which a step is taken. Raises Http404 and Refused for who does not facilitate."""
    bottleneck = statements.first(for_act, request.user, number)
    if bottleneck is None:
        raise Http404
    require_about(bottleneck.subject, request.user.is_facilitator, _("Only facilitators take the next step."))
    return bottleneck


def _nothing_owed(request: MemberRequest, bottleneck: Bottleneck) -> HttpResponse:
    messages.info(request, actions.NOTHING_OWED)
    return HttpResponseRedirect(bottleneck.subject.url)
