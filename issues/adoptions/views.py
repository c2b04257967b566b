"""Taking a bottleneck up for a hub, saying that it is not for that hub, and stopping. Spec 02, Adoption."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from activity.refusals import require_about
from issues.bottlenecks.selectors import for_act
from ui import statements
from ui.errors import RuleBroken
from ui.http import MemberRequest, number_from, typed

from . import actions, selectors
from .forms import AdoptForm, WordsForm
from .models import Adoption


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def bottleneck_adopt(request: MemberRequest, number: int) -> HttpResponse:
    """Take a bottleneck up for a hub that one speaks for; a hub that was asked can also say that it is not for it."""
    bottleneck = statements.first(for_act, request.user, number)
    if bottleneck is None:
        raise Http404
    speaks = bool(request.user.represented_hub_ids)
    require_about(bottleneck.subject, speaks, _("Representatives of hubs take bottlenecks up for their hub."))
    data, hubs = None, selectors.hubs_spoken_for(request.user)
    if request.method == "POST":
        data = request.POST  # also for a hub that works on it since a moment: a double click
    else:
        hubs = selectors.without_those_on(bottleneck.pk, hubs)
    asked = number_from(typed(request.GET, "hub"))
    form = AdoptForm(data, hubs=hubs, initial={"language": request.user.language, "hub": asked})
    if form.is_valid():
        try:
            actions.adopt(bottleneck=bottleneck, by=request.user, **form.cleaned_data)
        except RuleBroken as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Taken up. Who supports this hears of it once."))
            return HttpResponseRedirect(f"{bottleneck.subject.url}#adoptions")
    elif data is None and (not bottleneck.takes_votes or not hubs):
        messages.info(request, _("There is nothing to take up here any more: it has ended, or your hub works on it."))
        return HttpResponseRedirect(bottleneck.subject.url)
    asks = Adoption.objects.asked().filter(bottleneck=bottleneck, hub__in=request.user.represented_hub_ids)
    context = {
        "bottleneck": bottleneck,
        "form": form,
        "heading": _("Take this up for your hub"),
        "button": _("Take it up"),
        "note": _("It stays open to votes, and other hubs may take it up too."),
        "asked": asks.select_related("hub"),
    }
    return render(request, "issues/adoption_new.html", context, status=422 if form.errors else 200)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def adoption_stop(request: MemberRequest, pk: int) -> HttpResponse:
    """Say that a hub no longer works on it."""
    adoption = selectors.find_adoption(request.user, pk)
    bottleneck = adoption.bottleneck
    may_stop = request.user.is_facilitator or adoption.hub_id in request.user.represented_hub_ids
    require_about(bottleneck.subject, may_stop, _("Only representatives of this hub can do that."))
    if request.method != "POST" and (adoption.ended_at or not adoption.began_at):
        return HttpResponseRedirect(bottleneck.subject.url)
    form = WordsForm(request.POST if request.method == "POST" else None, initial={"language": request.user.language})
    if form.is_valid():
        try:
            actions.stop_adoption(adoption=adoption, by=request.user, **form.cleaned_data)
        except RuleBroken as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Who supports this hears that your hub no longer works on it."))
            return HttpResponseRedirect(bottleneck.subject.url)
    context = {
        "bottleneck": bottleneck,
        "form": form,
        "heading": _("%(hub)s no longer works on this") % {"hub": adoption.hub.name},
        "button": _("Say so"),
        "note": _("It is open again to other hubs."),
    }
    return render(request, "issues/act_form.html", context, status=422 if form.errors else 200)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def adoption_decline(request: MemberRequest, pk: int) -> HttpResponse:
    """Say that something is not for a hub that was asked."""
    adoption = selectors.find_adoption(request.user, pk)
    bottleneck = adoption.bottleneck
    speaks = adoption.hub_id in request.user.represented_hub_ids
    require_about(bottleneck.subject, speaks, _("Only representatives of this hub can do that."))
    if request.method != "POST" and (adoption.ended_at or adoption.began_at):
        return HttpResponseRedirect(bottleneck.subject.url)
    form = WordsForm(request.POST if request.method == "POST" else None, initial={"language": request.user.language})
    if form.is_valid():
        try:
            actions.decline_adoption(adoption=adoption, by=request.user, **form.cleaned_data)
        except RuleBroken as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Said. Your reason stands with the bottleneck."))
            return HttpResponseRedirect(bottleneck.subject.url)
    context = {
        "bottleneck": bottleneck,
        "form": form,
        "heading": _("Not for %(hub)s") % {"hub": adoption.hub.name},
        "button": _("Say so"),
        "note": _("Everybody who can read the bottleneck reads your reason."),
    }
    return render(request, "issues/act_form.html", context, status=422 if form.errors else 200)
