"""Asking to join a hub, and answering that. Spec 01, Hubs."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from community.hubs.models import Hub
from community.hubs.selectors import hub_members
from community.hubs.views import find_hub
from community.joining import actions
from community.joining.forms import AcceptForm, AskForm, DeclineForm
from community.joining.limits import REQUESTS
from community.joining.models import JoinRequest, JoinRequestState
from community.joining.selectors import (
    Asked,
    JoinBox,
    accept_form,
    as_asked,
    decline_form,
    join_box,
    request_row,
)
from ui.errors import RuleBroken
from ui.http import MemberRequest, page_of_form, render_fragment, require, wants_fragment

MOST_SPEAKERS = 20


# --- Whoever asks ----------------------------------------------------------------------------------------------------
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def hub_ask(request: MemberRequest, slug: str) -> HttpResponse:
    """Ask to join a hub; whoever has no reason to is led to its page."""
    if request.method == "POST":
        REQUESTS.require(str(request.user.pk))
    hub = find_hub(request, slug)
    if isinstance(hub, HttpResponse):
        return hub
    require(request.user.has_perm("community.ask_to_join", hub))
    form = AskForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.ask_to_join(hub=hub, by=request.user, words=form.cleaned_data["words"])
        except RuleBroken as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _("You asked. This page always says with whom your request lies."))
        return redirect(hub)
    box = _box(request, hub)
    if box.form is None:
        return redirect(hub)
    context = {"hub": hub, "box": box, "form": form if form.is_bound else box.form}
    return render(request, "community/hub_ask.html", context, status=422 if form.errors else 200)


def _box(request: MemberRequest, hub: Hub) -> JoinBox:
    members = hub_members(hub.pk, request.user)
    speakers = [member for member in members[:MOST_SPEAKERS] if member.rank == 0]
    is_mine = members.filter(pk=request.user.pk).exists()
    return join_box(hub, request.user, speakers, is_mine=is_mine)


@login_required
@require_POST
def join_request_withdraw(request: MemberRequest, pk: int) -> HttpResponse:
    """Take one's own request back."""
    asked = get_object_or_404(JoinRequest.objects.select_related("hub").filter(member=request.user), pk=pk)
    try:
        actions.withdraw_request(join_request=asked, by=request.user)
    except RuleBroken as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Your request is withdrawn. Whoever decided about it no longer sees it."))
    seen = Hub.objects.visible_to(request.user).filter(pk=asked.hub_id)
    return redirect(asked.hub) if seen.exists() else redirect("community:hub_list")


# --- Whoever decides -------------------------------------------------------------------------------------------------
@login_required
@require_safe
def join_request(request: MemberRequest, pk: int) -> HttpResponse:
    """Show a request to whoever decides about it, as mails lead there; whoever asked is led to the hub."""
    mine = JoinRequest.objects.filter(pk=pk, member=request.user, hub__in=Hub.objects.visible_to(request.user))
    if own := mine.select_related("hub").first():
        return redirect(own.hub)
    known = _find(request, pk)
    if known.state != JoinRequestState.WAITING:
        messages.info(request, _("This request was answered already, or taken back."))
        return redirect(known.hub)
    asked = _as_asked(request, known)
    return render(request, "community/join_request.html", {"hub": known.hub, "row": request_row(asked)})


@login_required
@require_POST
def join_request_accept(request: MemberRequest, pk: int) -> HttpResponse:
    """Let whoever asked belong to the hub."""
    known = _find(request, pk)
    form = accept_form(pk, request.POST)
    if not form.is_valid():
        return _refused(request, known, accept=form)
    try:
        actions.accept_request(join_request=known, by=request.user, words=form.cleaned_data["words"])
    except RuleBroken as refusal:
        return _answered(request, known, refusal=str(refusal))
    text = _("%(name)s is a member of %(hub)s, and gets a mail that says so.")
    return _answered(request, known, text % {"name": known.member.name, "hub": known.hub.name})


@login_required
@require_POST
def join_request_decline(request: MemberRequest, pk: int) -> HttpResponse:
    """Say no, why, and which other hub may suit; what is wrong with the form is said with all of it still there."""
    known = _find(request, pk)
    form = decline_form(_as_asked(request, known), request.POST)
    if not form.is_valid():
        return _refused(request, known, decline=form)
    data = form.cleaned_data
    try:
        actions.decline_request(join_request=known, by=request.user, reason=data["reason"], other_hub=data["other_hub"])
    except RuleBroken as refusal:
        return _answered(request, known, refusal=str(refusal))
    text = _("%(name)s reads your reason in a mail and on the page of %(hub)s.")
    return _answered(request, known, text % {"name": known.member.name, "hub": known.hub.name})


def _find(request: MemberRequest, pk: int) -> JoinRequest:
    """The request that the reader decides about, or did. Raises Http404 for everybody else."""
    return get_object_or_404(JoinRequest.objects.for_decider(request.user).select_related("hub", "member"), pk=pk)


def _as_asked(request: MemberRequest, known: JoinRequest) -> Asked:
    return as_asked(JoinRequest.objects.filter(pk=known.pk), request.user)[known.pk]


def _refused(
    request: MemberRequest, known: JoinRequest, *, decline: DeclineForm | None = None, accept: AcceptForm | None = None
) -> HttpResponse:
    """The forms again, with what is wrong: in place, or on the page of the request."""
    context = {"hub": known.hub, "row": request_row(_as_asked(request, known), decline=decline, accept=accept)}
    if wants_fragment(request):
        return render_fragment(request, "community/joining/_request.html", context, status=422)
    return render(request, "community/join_request.html", context, status=422)


def _answered(request: MemberRequest, known: JoinRequest, text: str = "", *, refusal: str = "") -> HttpResponse:
    """Say what came of it: in place, or where the button was."""
    if wants_fragment(request):
        context = {"pk": known.pk, "text": text or refusal, "is_refusal": bool(refusal)}
        return render_fragment(request, "community/joining/_answered.html", context)
    if refusal:
        messages.error(request, refusal)
    else:
        messages.success(request, text)
    return HttpResponseRedirect(page_of_form(request) or known.hub.get_absolute_url())
