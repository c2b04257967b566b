"""Taking a bottleneck up for a hub, saying that it is not for that hub, and stopping. Spec 02, Adoption."""

from __future__ import annotations

from functools import partial

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from activity.refusals import require_about
from issues.bottlenecks.acting import answer_form, find_bottleneck, sent
from ui.http import MemberRequest, number_from, typed

from . import actions, selectors
from .forms import AdoptForm, WordsForm
from .models import Adoption
from .permissions import ONLY_REPRESENTATIVES, may_end


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def bottleneck_adopt(request: MemberRequest, number: int) -> HttpResponse:
    """Take a bottleneck up for a hub that one speaks for; a hub that was asked can also say that it is not for it."""
    bottleneck = find_bottleneck(request.user, number)
    speaks_for = request.user.represented_hub_ids
    why = _("Representatives of hubs take bottlenecks up for their hub.")
    require_about(bottleneck.subject, bool(speaks_for), why)
    hubs = selectors.hubs_spoken_for(request.user)
    if request.method != "POST":  # a double click may send one that works on it since a moment
        hubs = selectors.without_those_on(bottleneck.pk, hubs)
        if not bottleneck.takes_votes or not hubs:
            why = _("There is nothing to take up here any more: it has ended, or your hub works on it.")
            messages.info(request, why)
            return HttpResponseRedirect(bottleneck.subject.url)
    initial = {"language": request.user.language, "hub": number_from(typed(request.GET, "hub"))}
    return answer_form(
        request,
        bottleneck,
        AdoptForm(sent(request), hubs=hubs, initial=initial),
        partial(actions.adopt, bottleneck=bottleneck, by=request.user),
        done=_("Taken up. Who supports this hears of it once."),
        anchor="#adoptions",
        template="issues/adoption_new.html",
        heading=_("Take this up for your hub"),
        button=_("Take it up"),
        note=_("It stays open to votes, and other hubs may take it up too."),
        asked=Adoption.objects.asked().filter(bottleneck=bottleneck, hub__in=speaks_for).select_related("hub"),
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def adoption_stop(request: MemberRequest, pk: int) -> HttpResponse:
    """Say that a hub no longer works on it."""
    adoption = selectors.find_adoption(request.user, pk)
    bottleneck = adoption.bottleneck
    require_about(bottleneck.subject, may_end(request.user, adoption), str(ONLY_REPRESENTATIVES))
    if request.method != "POST" and not adoption.is_running:
        return HttpResponseRedirect(bottleneck.subject.url)
    return answer_form(
        request,
        bottleneck,
        WordsForm(sent(request), initial={"language": request.user.language}),
        partial(actions.stop_adoption, adoption=adoption, by=request.user),
        done=_("Who supports this hears that the hub no longer works on it."),
        heading=_("%(hub)s no longer works on this") % {"hub": adoption.hub.name},
        button=_("Say so"),
        note=_("It is open again to other hubs."),
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def adoption_decline(request: MemberRequest, pk: int) -> HttpResponse:
    """Say that something is not for a hub that was asked."""
    adoption = selectors.find_adoption(request.user, pk)
    bottleneck = adoption.bottleneck
    speaks = adoption.hub_id in request.user.represented_hub_ids
    require_about(bottleneck.subject, speaks, str(ONLY_REPRESENTATIVES))
    if request.method != "POST" and not adoption.is_asked:
        return HttpResponseRedirect(bottleneck.subject.url)
    return answer_form(
        request,
        bottleneck,
        WordsForm(sent(request), initial={"language": request.user.language}),
        partial(actions.decline_adoption, adoption=adoption, by=request.user),
        done=_("Said. Your reason stands with the bottleneck."),
        heading=_("Not for %(hub)s") % {"hub": adoption.hub.name},
        button=_("Say so"),
        note=_("Everybody who can read the bottleneck reads your reason."),
    )
