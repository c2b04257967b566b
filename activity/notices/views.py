"""The bell, the list of notifications, and the page where one chooses what to hear of. Spec 06, Notifications."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import condition, require_http_methods, require_POST, require_safe

from activity.following.models import DigestPeriod, HearingSettings
from ui.errors import RuleBroken
from ui.http import MemberRequest, number_from, render_fragment, typed, wants_fragment

from . import actions, selectors
from .forms import HearingForm
from .kinds import CHANNELS
from .limits import CHOICES, MARKS
from .models import Notification


@login_required
@require_safe
@never_cache
def notice_list(request: MemberRequest) -> HttpResponse:
    """What one heard of in the portal, by subject."""
    return render(request, "activity/notice_list.html", _listed(request))


def _listed(request: MemberRequest) -> dict[str, object]:
    groups = selectors.notices(request.user)
    return {
        "unread": [group for group in groups if not group.is_read],
        "earlier": [group for group in groups if group.is_read],
    }


def _bell_tag(request: HttpRequest) -> str | None:
    user = request.user
    return f'"{user.pk}-{user.unread}-{get_language()}"' if user.is_authenticated else None


@require_safe
@condition(etag_func=_bell_tag)
def bell(request: HttpRequest) -> HttpResponse:
    """The bell alone, which asks for itself every two minutes; unchanged it is not sent again.

    To who is signed out meanwhile it says nothing: a page that lies open is not led away from what was typed there.
    """
    if not request.user.is_authenticated:
        return HttpResponse(status=204)
    if not wants_fragment(request):
        return redirect("activity:notice_list")
    response = render_fragment(request, "activity/bell.html", {})
    response["Cache-Control"] = "private, no-cache"
    return response


@login_required
@require_safe
@never_cache
def notice_open(request: MemberRequest, pk: int) -> HttpResponse:
    """Lead from the bell or a mail to what happened, and mark all that one heard of its subject as read."""
    rows = Notification.objects.standing(request.user).select_related("subject")
    told = get_object_or_404(rows, pk=pk, member=request.user)
    actions.mark_read(by=request.user, subject=told.subject_id)
    if told.comment_id is not None:
        return redirect("activity:comment_detail", told.comment_id)
    return HttpResponseRedirect(told.subject.url)


@login_required
@require_POST
def notice_read(request: MemberRequest) -> HttpResponse:
    """Mark what one heard of a ``subject``, or of everything, as read."""
    MARKS.require(str(request.user.pk))
    actions.mark_read(by=request.user, subject=number_from(typed(request.POST, "subject")))
    if wants_fragment(request):
        request.user.new_notices = selectors.count_unread(request.user)
        return render_fragment(request, "activity/notice_list.html#answer", _listed(request))
    return redirect("activity:notice_list")


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def notice_settings(request: MemberRequest) -> HttpResponse:
    """Choose what one hears of, by which channel, and when."""
    if request.method == "POST":
        CHOICES.require(str(request.user.pk))
    instance = HearingSettings.objects.filter(member=request.user).first() or HearingSettings(member=request.user)
    if not selectors.wants_digest(request.user, instance):
        instance.digest_period = DigestPeriod.NEVER
    form = HearingForm(
        request.POST if request.method == "POST" else None,
        instance=instance,
        channels=selectors.channels_of(request.user),
    )
    if request.method == "POST" and form.is_valid():
        try:
            actions.save_choices(by=request.user, hearing=form.hearing(), channels=form.wanted())
        except RuleBroken as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Saved. From now on you hear of us like this."))
            return HttpResponseRedirect(reverse("activity:notice_settings"))
    context = {"form": form, "channels": CHANNELS.values()}
    return render(request, "activity/notice_settings.html", context, status=422 if form.errors else 200)
