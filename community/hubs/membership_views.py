"""Joining and leaving a hub, the primary hub, and who speaks for a hub. Spec 01, Hubs."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from activity.refusals import require_about
from community.organisation.models import FacilitatorTerm
from community.people.models import User
from ui.errors import RuleBroken
from ui.http import MemberRequest, page_of_form, require, typed

from . import actions
from .forms import LeaveForm, RepresentativeForm
from .models import Hub, Membership, MembershipRole
from .selectors import memberships_seen_by
from .views import find_hub


def _back(request: MemberRequest, hub: Hub) -> HttpResponse:
    """To where the button was, else to the hub."""
    # redirect() takes a bare word for the name of a view
    return HttpResponseRedirect(page_of_form(request) or hub.get_absolute_url())


@login_required
@require_POST
def hub_join(request: MemberRequest, slug: str) -> HttpResponse:
    """Join an open hub."""
    hub = find_hub(request, slug)
    if isinstance(hub, HttpResponse):
        return hub
    require(request.user.has_perm("community.join_hub", hub))
    try:
        is_new = actions.join_hub(hub=hub, by=request.user)
    except RuleBroken as refusal:
        messages.error(request, str(refusal))
    else:
        if is_new:
            messages.success(request, _("You are a member of %(hub)s.") % {"hub": hub.name})
        else:
            messages.info(request, _("You were a member of %(hub)s already.") % {"hub": hub.name})
    return _back(request, hub)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def hub_leave(request: MemberRequest, slug: str) -> HttpResponse:
    """Say what leaving means, then leave; the last representative first says who takes over."""
    hub = find_hub(request, slug)
    if isinstance(hub, HttpResponse):
        return hub
    membership = Membership.objects.current().filter(hub=hub, member=request.user).first()
    if membership is None:
        messages.info(request, _("You are no member of %(hub)s.") % {"hub": hub.name})
        return redirect(hub)
    form = _succession(request, hub, membership)
    if request.method == "POST" and (form is None or form.is_valid()):
        successor = form.chosen if form else None
        try:
            actions.leave_hub(
                hub=hub, by=request.user, successor=successor, hand_to_facilitators=form is not None and not successor
            )
        except RuleBroken as refusal:
            messages.error(request, str(refusal))
            return redirect("community:hub_leave", hub.slug)
        messages.success(request, _("You left %(hub)s.") % {"hub": hub.name})
        return redirect("community:hub_list")
    others = memberships_seen_by(request.user).filter(member=request.user).exclude(hub=hub).select_related("hub")
    context = {
        "hub": hub,
        "form": form,
        "is_primary": request.user.primary_hub_id == hub.pk,
        "next_primary": others.order_by("started_at", "pk").first(),
    }
    return render(request, "community/hub_leave.html", context, status=422 if form and form.errors else 200)


def _is_last(hub: Hub, membership: Membership) -> bool:
    """Whether nobody else speaks for ``hub``; the action judges it again with the hub locked."""
    others = Membership.objects.current().representatives().filter(hub=hub, member__is_active=True)
    return membership.role == MembershipRole.REPRESENTATIVE and not others.exclude(pk=membership.pk).exists()


@login_required
@require_POST
def hub_primary(request: MemberRequest, slug: str) -> HttpResponse:
    """Let one's coming votes count for this hub."""
    hub = find_hub(request, slug)
    if isinstance(hub, HttpResponse):
        return hub
    try:
        actions.set_primary_hub(hub=hub, by=request.user)
    except RuleBroken as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Your support counts for %(hub)s from now on.") % {"hub": hub.name})
    return _back(request, hub)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def hub_representatives(request: MemberRequest, slug: str) -> HttpResponse:
    """Name representatives of a hub, and let them step down."""
    hub = find_hub(request, slug)
    if isinstance(hub, HttpResponse):
        return hub
    require_about(
        hub.subject,
        request.user.has_perm("community.name_representative", hub),
        _("Only its representatives and facilitators can say who speaks for a hub."),
    )
    form = RepresentativeForm(request.POST if request.method == "POST" else None, hub=hub)
    if request.method == "POST" and form.is_valid():
        try:
            actions.name_representative(hub=hub, member=form.cleaned_data["member"], by=request.user)
        except RuleBroken as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _("Saved."))
        return redirect("community:hub_representatives", hub.slug)
    running = Membership.objects.current().representatives().filter(hub=hub).select_related("member")
    can_name = form.candidates.exists()
    context = {"hub": hub, "form": form, "can_name": can_name, "representatives": list(running)}
    return render(request, "community/hub_representatives.html", context, status=422 if form.errors else 200)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def hub_step_down(request: MemberRequest, slug: str) -> HttpResponse:
    """Say what stepping down means, then let ``member`` do so; for the last one somebody says who takes over."""
    hub = find_hub(request, slug)
    if isinstance(hub, HttpResponse):
        return hub
    require_about(
        hub.subject,
        request.user.has_perm("community.name_representative", hub),
        _("Only its representatives and facilitators can say who speaks for a hub."),
    )
    handle = typed(request.POST if request.method == "POST" else request.GET, "member")
    member = get_object_or_404(User.objects.visible_to(request.user).by_handle(handle))
    running = Membership.objects.current().representatives().filter(hub=hub, member=member)
    membership = running.first()
    if membership is None:
        messages.info(request, _("%(name)s does not represent %(hub)s.") % {"name": member.name, "hub": hub.name})
        return redirect("community:hub_representatives", hub.slug)
    form = _succession(request, hub, membership)
    if request.method == "POST" and (form is None or form.is_valid()):
        successor = form.chosen if form else None
        try:
            actions.end_representative(
                hub=hub,
                member=member,
                by=request.user,
                successor=successor,
                hand_to_facilitators=form is not None and successor is None,
            )
        except RuleBroken as refusal:
            messages.error(request, str(refusal))
            return redirect("community:hub_representatives", hub.slug)
        messages.success(request, _("%(name)s no longer represents %(hub)s.") % {"name": member.name, "hub": hub.name})
        now = User.objects.for_request().get(pk=request.user.pk)  # who just stepped down themselves may do less
        may_stay = now.has_perm("community.name_representative", hub)
        return redirect("community:hub_representatives", hub.slug) if may_stay else redirect(hub)
    context = {"hub": hub, "form": form, "member": member, "is_self": member.pk == request.user.pk}
    return render(request, "community/hub_step_down.html", context, status=422 if form and form.errors else 200)


def _succession(request: MemberRequest, hub: Hub, membership: Membership) -> LeaveForm | None:
    """The form that asks a last representative who takes over; none where others speak."""
    if not _is_last(hub, membership):
        return None
    may_hand_over = FacilitatorTerm.objects.filter(ended_at=None, member__is_active=True).exists()
    data = request.POST if request.method == "POST" else None
    return LeaveForm(data, hub=hub, leaving=membership.member, may_hand_over=may_hand_over)
