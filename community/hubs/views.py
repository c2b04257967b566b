"""The list of hubs, a hub's page, its members, and changing what it says. Spec 01, Hubs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from activity.pages import load_subject_page
from activity.references import links_in
from activity.refusals import require_about
from community.organisation.actions import find_or_create_unit
from community.organisation.selectors import known_units
from community.people.models import User
from community.picking.fields import Filtered, filtered
from community.registries import hub_leads
from community.topics.actions import find_or_create_topics
from community.topics.fields import TOPICS, topic_filter
from community.topics.models import Topic
from ui import statements
from ui.errors import RuleBroken, StaleForm
from ui.http import MemberRequest, redirect_with_query, require, typed
from ui.pagination import paginate, paginate_kept
from ui.sections import ShownSection

from . import actions
from .forms import AdmitForm, HubForm, NewHubForm
from .models import Hub, JoinPolicy
from .permissions import is_representative
from .selectors import (
    HubFilter,
    hub_at,
    hub_cards,
    hub_facets,
    hub_for_page,
    hubs_working_on,
    listed_hubs,
    topics_of_hub,
)
from .selectors import hub_members as members_of

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser
    from django.db.models import QuerySet

PREVIEW = 8
_PREVIEWED = statements.Stretch(members_of, PREVIEW + 1)


def find_hub(
    request: HttpRequest, slug: str, at: Callable[[User | AnonymousUser, str], QuerySet[Hub]] = hub_at
) -> Hub | HttpResponse:
    """Return the hub at this address, or for a page where it went: an address it had before redirects.

    What is posted to an old address is for that hub all the same. ``at`` says what is loaded with it. Raises Http404
    when no hub has or had it that the reader may know of.
    """
    hub = statements.first(at, request.user, slug.lower())
    if hub is None or request.resolver_match is None:
        raise Http404(_("There is no such hub."))
    if hub.slug == slug or request.method not in {"GET", "HEAD"}:
        return hub
    path = reverse(f"community:{request.resolver_match.url_name}", args=[hub.slug])
    return redirect_with_query(request, path, permanent=True)


@require_safe
def hub_list(request: HttpRequest) -> HttpResponse:
    """List hubs as cards or compact; a visitor sees name, tagline, city and number of members. Spec 00, Roles."""
    user = request.user if isinstance(request.user, User) else None
    topic = filtered(TOPICS, request.GET, "topic", user) if user else Filtered[Topic]()
    if user and topic.thing and not statements.rows(hubs_working_on, user, topic.thing.pk):
        topic = Filtered(topic.value)  # what only hubs work on that one may not know of is no topic here
    shown = topic if topic.thing or topic.problem else Filtered[Topic]()
    wanted = HubFilter(
        city=typed(request.GET, "city", 60),
        state=typed(request.GET, "state", 20) if user else "",
        topic=topic.value,
        is_mine=bool(user and request.GET.get("mine")),
    )
    asked = (wanted.city, wanted.state, wanted.topic, wanted.is_mine)
    page = paginate_kept(listed_hubs, request.user, *asked, after=request.GET.get("after"))
    facets = hub_facets(request.user)
    states = [(state, state.label, facets.states[state]) for state in Hub.State if user and facets.states.get(state)]
    context = {
        "page": page,
        "cards": hub_cards(page.rows, user),
        "wanted": wanted,
        "facets": facets,
        "states": states,
        "chosen_state": next((label for state, label, _number in states if state == wanted.state), ""),
        "topic": topic,
        "topic_box": topic_filter().draw("topic", shown) if user else "",
        "is_compact": request.GET.get("view") == "compact",
        "may_found": bool(user and user.has_perm("community.found_hub")),
    }
    return render(request, "community/hub_list.html", context)


@require_safe
def hub_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a hub; a visitor is asked to sign in, whether there is such a hub or not."""
    if not isinstance(request.user, User):
        return redirect_to_login(request.get_full_path())
    user = request.user
    hub = find_hub(request, slug, hub_for_page)
    if isinstance(hub, HttpResponse):
        return hub
    members: list[Any] = statements.rows(_PREVIEWED, hub.pk, user)
    representatives = [member for member in members if member.rank == 0]
    is_mine = bool(hub.__dict__["is_mine"])  # annotated by for_list
    context = {
        "hub": hub,
        "members": members[:PREVIEW],
        "representatives": representatives,
        "speaks_for_it": is_representative(user, hub),
        "is_mine": is_mine,
        "is_primary": user.primary_hub_id == hub.pk,
        "may_edit": user.has_perm("community.edit_hub", hub),
        "lead": _lead(hub, user, representatives, is_mine=is_mine),
        "may_join": not is_mine and hub.join_policy == JoinPolicy.OPEN and hub.state != Hub.State.CLOSED,
        "topics": statements.rows(topics_of_hub, hub.pk),
        "links": links_in([hub.about], user),
        "page": load_subject_page(request, hub.subject),
    }
    return render(request, "community/hub_detail.html", context)


def _lead(hub: Hub, user: User, representatives: Sequence[User], *, is_mine: bool) -> ShownSection | None:
    loaded = ((entry, entry.load(hub, user, representatives, is_mine)) for entry in hub_leads)
    return next((ShownSection(it.key, it.template, False, data) for it, data in loaded if data is not None), None)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def hub_members(request: MemberRequest, slug: str) -> HttpResponse:
    """List who belongs to a hub, representatives first; those may add somebody who asked."""
    hub = find_hub(request, slug)
    if isinstance(hub, HttpResponse):
        return hub
    may_admit = request.user.has_perm("community.admit_member", hub)
    form = AdmitForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        require_about(hub.subject, may_admit, _("Only its representatives and facilitators can add members to a hub."))
        if form.is_valid():
            try:
                actions.admit_member(hub=hub, member=form.cleaned_data["member"], by=request.user)
            except RuleBroken as refusal:
                messages.error(request, str(refusal))
            else:
                name = form.cleaned_data["member"].name
                messages.success(request, _("%(name)s belongs to %(hub)s now.") % {"name": name, "hub": hub.name})
            return redirect("community:hub_members", hub.slug)
    page = paginate(members_of(hub.pk, request.user), request.GET.get("after"))
    context = {"hub": hub, "page": page, "may_admit": may_admit, "form": form}
    return render(request, "community/hub_members.html", context, status=422 if form.errors else 200)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def hub_edit(request: MemberRequest, slug: str) -> HttpResponse:
    """Change what a hub's page says; a form that went stale shows both texts. Spec 00, Two people at once."""
    hub = find_hub(request, slug)
    if isinstance(hub, HttpResponse):
        return hub
    require_about(
        hub.subject,
        request.user.has_perm("community.edit_hub", hub),
        _("Only its representatives and facilitators can change the page of a hub."),
    )
    form = HubForm(
        request.POST if request.method == "POST" else None, instance=hub, topics=list(hub.topics.order_by("slug"))
    )
    if request.method == "POST" and form.is_valid():
        try:
            saved = _save_hub(form, hub, request.user)
        except StaleForm:
            form.mark_stale(Hub.objects.get(pk=hub.pk))
        except RuleBroken as refusal:
            form.add_error(refusal.field or None, str(refusal))
        else:
            messages.success(request, _("The page of the hub is saved."))
            return redirect(saved)
    context = {"hub": hub, "form": form, "known_units": known_units()}
    return render(request, "community/hub_edit.html", context, status=422 if form.errors else 200)


def _save_hub(form: HubForm, hub: Hub, by: User) -> Hub:
    """Hand what the form holds to the action; new units and topics are made on the way."""
    data: Mapping[str, Any] = form.cleaned_data
    fields = {name: data[name] for name in form.Meta.fields}
    fields["unit"] = find_or_create_unit(data["unit_name"]) if data["unit_name"] else None
    topics = find_or_create_topics(data["topic_labels"])
    return actions.update_hub(hub=hub, by=by, version=data["version"], fields=fields, topics=topics)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def hub_new(request: MemberRequest) -> HttpResponse:
    """Found a hub, with its first representative; the same once more leads to the one just founded."""
    require(request.user.has_perm("community.found_hub"), _("Only a facilitator can found a hub."))
    form = NewHubForm(request.POST if request.method == "POST" else None, initial={"language": request.user.language})
    if request.method == "POST" and form.is_valid():
        now = timezone.now()
        try:
            hub = actions.found_hub(by=request.user, **form.cleaned_data)
        except RuleBroken as refusal:
            form.add_error(refusal.field or None, str(refusal))
        else:
            if hub.subject.created_at >= now:
                messages.success(request, _("The hub stands."))
            else:
                messages.info(
                    request, _("You founded this hub just now. Change here what you want to say differently.")
                )
            return redirect(hub)
    return render(request, "community/hub_new.html", {"form": form}, status=422 if form.errors else 200)
