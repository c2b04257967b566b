"""Calendars: of one session, of what visitors may know, and of where one member goes."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from activity.actions import renew_link
from activity.links import acts_by_link, resolve, token_for
from activity.models import Subject
from events import calendars
from events.links import CALENDAR
from events.models import Rsvp, RsvpState, Session, SessionState
from ui.http import MemberRequest

KEPT = timedelta(days=366)


@require_safe
def session_calendar(request: HttpRequest, number: int) -> HttpResponseBase:
    """One session as a file for any calendar."""
    session = Session.objects.for_agenda(request.user).filter(pk=number).first()
    if session is None or session.state == SessionState.DRAFT:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        raise Http404
    entry = calendars.entry_of(session, for_members=request.user.is_authenticated)
    if session.my_rsvp and session.my_state == RsvpState.GOING:
        entry = calendars.entry_for(Rsvp.objects.select_related("session__room__venue").get(pk=session.my_rsvp))
    return calendars.answer(request, calendars.published([entry]), filename=f"session-{number}.ics")


@require_safe
def calendar_public(request: HttpRequest) -> HttpResponseBase:
    """What visitors may know: day, title, city and description of public sessions."""
    rows = Session.objects.visible_to(AnonymousUser()).filter(ends_at__gt=timezone.now() - KEPT)
    rows = rows.select_related("room__venue")
    entries = [calendars.entry_of(session, for_members=False) for session in rows.order_by("starts_at", "pk")]
    content = calendars.published(entries, name="Doorbraak")
    return calendars.answer(request, content, filename="doorbraak.ics", is_private=False)


@acts_by_link
@require_safe
def calendar_feed(request: HttpRequest, token: str) -> HttpResponseBase:
    """Where one member goes; the secret address is all a calendar needs. Cancelled sessions stay, marked as such."""
    link = resolve(token, CALENDAR)
    if link is None:
        raise Http404
    rows = Rsvp.objects.going().filter(member=link.holding_member, session__ends_at__gt=timezone.now() - KEPT)
    rows = rows.filter(session__subject__in=Subject.objects.visible_to(link.holding_member))
    rows = rows.select_related("session__room__venue").order_by("session__starts_at", "pk")
    with translation.override(link.holding_member.language):
        content = calendars.published([calendars.entry_for(row) for row in rows], name=_("Doorbraak: where I go"))
    return calendars.answer(request, content, filename="doorbraak.ics")


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def calendar_subscribe(request: MemberRequest) -> HttpResponse:
    """The member's own calendar address; a POST makes a new one, and the old one stops working."""
    if request.method == "POST":
        renew_link(purpose=CALENDAR, by=request.user)
        messages.success(request, _("This is your new address. The old one no longer works."))
        return redirect("events:calendar_subscribe")
    token = token_for(purpose=CALENDAR, member=request.user)
    address = settings.BASE_URL + reverse("events:calendar_feed", args=[token])
    context = {"address": address, "webcal": f"webcal://{address.partition('://')[2]}"}
    return render(request, "events/calendar_subscribe.html", context)
