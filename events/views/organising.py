"""What organisers do: schedule, publish, change, cancel, and keep the list of who comes."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from events import actions, selectors
from events.forms import EVERYONE, EditSessionForm, NewSessionForm, PlaceForm, ReasonForm, RemovalForm, SessionForm
from events.models import Rsvp, Session, SessionState
from events.permissions import is_organiser
from ui.errors import RuleBroken, StaleForm
from ui.http import MemberRequest, number_from, require, typed
from ui.templatetags.ui import long_date

FORM_METHODS = ["GET", "HEAD", "POST"]


@login_required
@require_http_methods(FORM_METHODS)
def session_schedule(request: MemberRequest) -> HttpResponse:
    """Make a session, or the next one like an earlier one (``?like=12``)."""
    require(request.user.has_perm("events.schedule_session"), _only_organisers())
    form = NewSessionForm(request.POST or None, by=request.user, initial=_like(request))
    place = PlaceForm(request.POST or None)
    if request.method == "POST" and form.is_valid() & place.is_valid():
        try:
            with transaction.atomic():
                fields = _fields(form, place)
                key = form.cleaned_data["creation_key"]
                session = actions.schedule_session(by=request.user, creation_key=key, **fields)
                if "publish" in request.POST:
                    session = actions.publish_session(session=session, by=request.user)
        except RuleBroken as refusal:
            _show_refusal(form, refusal)
        else:
            is_published = session.state == SessionState.PUBLISHED
            messages.success(request, _("Published: members can sign up.") if is_published else _("Saved."))
            _warn(request, session, form)
            return redirect(session)
    return _form_page(request, "events/session_form.html", {"form": form, "place": place})


@login_required
@require_http_methods(FORM_METHODS)
def session_change(request: MemberRequest, number: int) -> HttpResponse:
    """Change a session; whoever saved in between is not overwritten."""
    session = _organised(request, number)
    if session.state == SessionState.CANCELLED:
        messages.error(request, _("This session is cancelled, so it cannot change any more."))
        return redirect(session)
    form = EditSessionForm(request.POST or None, instance=session, by=request.user)
    place = PlaceForm(request.POST or None)
    if request.method == "POST" and form.is_valid() & place.is_valid():
        try:
            with transaction.atomic():
                fields = _fields(form, place) | {"tell": form.cleaned_data.get("tell", False)}
                changed = actions.change_session(
                    session=session, by=request.user, version=form.cleaned_data["version"], **fields
                )
        except StaleForm:
            form.mark_stale(Session.objects.select_related("subject").get(pk=number))
        except RuleBroken as refusal:
            _show_refusal(form, refusal)
        else:
            messages.success(request, _("Saved."))
            _warn(request, changed, form)
            return redirect(changed)
    context = {"form": form, "place": place, "session": session}
    return _form_page(request, "events/session_form.html", context)


@login_required
@require_POST
def session_publish(request: MemberRequest, number: int) -> HttpResponse:
    """Show a draft to everyone it is for."""
    session = _organised(request, number)
    try:
        session = actions.publish_session(session=session, by=request.user)
    except RuleBroken as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Published: members can sign up."))
    return redirect(session)


@login_required
@require_http_methods(FORM_METHODS)
def session_cancel(request: MemberRequest, number: int) -> HttpResponse:
    """Cancel with a reason; the page says first how many are told."""
    session = _organised(request, number)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.cancel_session(session=session, by=request.user, reason=form.cleaned_data["reason"])
        except RuleBroken as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Cancelled. Everyone who signed up is told."))
            return redirect(session)
    context = {"form": form, "session": session, "told_count": session.rsvps.concerned().count()}
    return _form_page(request, "events/session_cancel.html", context)


@login_required
@require_safe
def session_people(request: MemberRequest, number: int) -> HttpResponse:
    """Who comes: for members the names of those who allow it, for organisers the whole list and the waitlist."""
    session = get_object_or_404(Session.objects.for_agenda(request.user), pk=number)
    return render(request, "events/session_people.html", _people(request, session))


@login_required
@require_POST
def session_remove(request: MemberRequest, number: int, rsvp: int) -> HttpResponse:
    """Take a member off the list, with a reason."""
    session = _organised(request, number)
    row = get_object_or_404(Rsvp.objects.select_related("member"), pk=rsvp, session=session)
    form = RemovalForm(request.POST, auto_id=f"id_{row.pk}_%s")
    if form.is_valid():
        try:
            actions.remove_from_session(session=session, rsvp=row, by=request.user, reason=form.cleaned_data["reason"])
        except RuleBroken as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _("%(name)s is off the list and gets a mail.") % {"name": row.member})
        return redirect("events:session_people", number)
    context = _people(request, session) | {"removal": form, "removal_of": row.pk}
    return render(request, "events/session_people.html", context, status=422)


# --- The parts ------------------------------------------------------------------------------------------------------
def _organised(request: MemberRequest, number: int) -> Session:
    """The session, for who organises it: 404 for who may not see it, 403 for who may not change it."""
    rows = Session.objects.visible_to(request.user).select_related("subject", "hub", "room__venue")
    session = get_object_or_404(rows, pk=number)
    require(request.user.has_perm("events.organise_session", session), _only_organisers())
    return session


def _only_organisers() -> str:
    return _("Only facilitators, representatives of the hub and hosts can do this.")


def _people(request: MemberRequest, session: Session) -> dict[str, Any]:
    may_organise = is_organiser(request.user, session)  # not has_perm: a superuser reads no more than a member
    going = list(selectors.names_of_going(session, for_organiser=may_organise)[: selectors.PEOPLE_ON_PAGE])
    others = selectors.undecided(session) if may_organise else {}
    return {
        "session": session,
        "may_organise": may_organise,
        "may_remove": may_organise and session.state == SessionState.PUBLISHED and not session.has_ended,
        "turnout": selectors.turnout(session),
        "going": going,
        **others,
        "cut_at": next(
            (selectors.PEOPLE_ON_PAGE for rows in (going, *others.values()) if len(rows) == selectors.PEOPLE_ON_PAGE),
            None,
        ),
    }


def _fields(form: SessionForm, place: PlaceForm) -> dict[str, Any]:
    """What the action takes, with the room that was typed in, if one was."""
    fields = form.fields_for_action()
    if place.is_filled:
        typed = place.cleaned_data
        fields["room"] = actions.add_venue(name=typed["venue"], **{k: v for k, v in typed.items() if k != "venue"})
    return fields


def _show_refusal(form: SessionForm, refusal: RuleBroken) -> None:
    form.add_error("room" if isinstance(refusal, actions.RoomTaken) else None, str(refusal))


def _warn(request: MemberRequest, session: Session, form: SessionForm) -> None:
    if form.runs_past_midnight:
        day = long_date(session.local_end.date())
        messages.info(request, _("It runs past midnight, so it ends on %(day)s.") % {"day": day})
    for sentence in selectors.warnings_about(session, request.user):
        messages.warning(request, sentence)


def _like(request: MemberRequest) -> dict[str, Any]:
    """What a new session takes over from an earlier one: all but its day."""
    number = number_from(typed(request.GET, "like"))
    if number is None:
        return {"language": request.user.language, "time_zone": request.user.time_zone}
    earlier = get_object_or_404(Session.objects.visible_to(request.user).select_related("subject"), pk=number)
    copied = ("title", "kind", "description", "language", "time_zone", "capacity", "room")
    return {name: getattr(earlier, name) for name in copied} | {
        "hub": str(earlier.hub_id or EVERYONE),
        "starts": earlier.local_start.time(),
        "ends": earlier.local_end.time(),
        "is_public": earlier.is_public,
    }


def _form_page(request: MemberRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    """A form with errors answers 422."""
    bad = any(getattr(context.get(name), "errors", None) for name in ("form", "place"))
    return render(request, template, context, status=422 if bad else 200)
