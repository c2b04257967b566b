"""The directory, a member's page, and what one says about oneself. Spec 01, Member profile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from community.hubs.actions import set_primary_hub
from community.hubs.fields import HUBS, hub_filter
from community.organisation.actions import find_or_create_unit
from community.organisation.selectors import known_units
from community.people.actions import update_profile
from community.people.models import Role, User
from community.picking.fields import filtered
from community.topics.actions import find_or_create_topics
from community.topics.models import Topic, TopicKind
from community.topics.selectors import asked_topics
from ui import statements
from ui.errors import RuleBroken, StaleForm
from ui.http import MemberRequest, keep_search_once, page_or_fragment, redirect_with_query, typed, wants_fragment
from ui.pagination import count_kept, paginate_kept

from .forms import ProfileForm
from .rows import member_row
from .selectors import (
    TOPIC_AGE,
    Found,
    MemberFilter,
    Reasons,
    directory,
    first_topics,
    hubs_by_member,
    hubs_of,
    is_open_to_questions,
    member_at,
    memberships_of,
    reasons,
    search_directory,
    topics_by_kind,
    with_unit,
)


@login_required
@require_safe
def member_list(request: MemberRequest) -> HttpResponse:
    """Find people by name or by what they know; the list follows while one types."""
    hub = filtered(HUBS, request.GET, "hub", request.user)
    wanted = MemberFilter(
        words=typed(request.GET, "q", 80),
        hub=hub.value,
        role=typed(request.GET, "role", 20),
    )
    context = (_found if wanted.words else _listed)(request, wanted) | {
        "wanted": wanted,
        "hub": hub,
        "roles": Role.choices,
        "asked_topics": asked_topics(request.user),
    }
    if not wants_fragment(request):
        context["hub_box"] = hub_filter(request.user).draw("hub", hub)
    response = page_or_fragment(request, "community/member_list.html", "#results", context)
    keep_search_once(request, response)
    return response


def _listed(request: MemberRequest, wanted: MemberFilter) -> dict[str, Any]:
    asked = (request.user, wanted.hub, wanted.known_role)
    page = paginate_kept(directory, *asked, after=request.GET.get("after"))
    return {
        "page": page,
        "rows": _rows(request.user, page.rows, {}),
        "count": count_kept(directory, *asked),
    }


def _found(request: MemberRequest, wanted: MemberFilter) -> dict[str, Any]:
    search, topics = search_directory(request.user, wanted)
    page = search.page(request.GET.get("after"))
    return {
        "page": page,
        "rows": _rows(request.user, page.rows, reasons(page.rows, topics) if topics else {}),
        "search": search,
        "count": search.count(page),
    }


def _rows(user: User, members: Sequence[User], why: Mapping[int, Reasons]) -> list[SafeString]:
    hubs = hubs_by_member(user, members)
    unexplained = [member.pk for member in members if member.pk not in why]
    topics = first_topics(unexplained) if unexplained else {}
    return [
        member_row(Found(member, hubs.get(member.pk, ()), why.get(member.pk), topics.get(member.pk, ())))
        for member in members
    ]


@login_required
@require_safe
def member_detail(request: MemberRequest, handle: str) -> HttpResponse:
    """Show a member: what they say about themselves, and nothing that would count them."""
    member = statements.first(member_at, request.user, handle.lower())
    if member is None:
        raise Http404(_("There is no such member."))
    if member.handle != handle:
        return redirect_with_query(request, member.get_absolute_url(), permanent=True)
    topics = topics_by_kind(member)
    is_self = member.pk == request.user.pk
    context = {
        "member": member,
        "memberships": statements.rows(memberships_of, request.user, member.pk),
        "topics": topics,
        "stale_before": timezone.localdate() - TOPIC_AGE,
        "is_self": is_self,
        "may_mail": not is_self and is_open_to_questions(member, topics),
        "is_facilitator": member.is_facilitator,
    }
    return render(request, "community/member_detail.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def profile_edit(request: MemberRequest) -> HttpResponse:
    """Change what one says about oneself; a second tab with an older form shows both texts."""
    (member,) = statements.rows(with_unit, request.user.pk)
    own = topics_by_kind(member)
    hubs = statements.rows(hubs_of, request.user)
    form = ProfileForm(
        request.POST if request.method == "POST" else None,
        instance=member,
        topics={kind: [row.topic for row in rows] for kind, rows in own.items()},
        hubs=hubs,
    )
    if request.method == "POST" and form.is_valid():
        try:
            saved = _save_profile(form, request.user)
        except StaleForm:
            form.mark_stale(User.objects.get(pk=member.pk))
        except RuleBroken as refusal:  # of one's own profile only the handle can be somebody else's
            form.add_error("handle", str(refusal))
        else:
            with translation.override(saved.language):
                messages.success(request, _("Your profile is saved."))
            return redirect(saved)
    context = {"form": form, "known_units": known_units()}
    return render(request, "community/profile_edit.html", context, status=422 if form.errors else 200)


@transaction.atomic
def _save_profile(form: ProfileForm, by: User) -> User:
    """Hand what the form holds to the actions; new units and topics are made on the way."""
    data: Mapping[str, Any] = form.cleaned_data
    fields = {name: data[name] for name in form.Meta.fields}
    fields["unit"] = find_or_create_unit(data["unit_name"]) if data["unit_name"] else None
    topics: dict[str, list[Topic]] = {
        kind: form.kept_topics(kind) + find_or_create_topics(form.new_labels(kind)) for kind in TopicKind.values
    }
    saved = update_profile(member=by, by=by, version=data["version"], fields=fields, topics=topics)
    if data.get("primary_hub"):
        set_primary_hub(hub=data["primary_hub"], by=by)
    return saved
