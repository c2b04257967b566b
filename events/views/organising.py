"""What organisers do: schedule, publish, change, cancel, and keep the list of who comes."""

from __future__ import annotations

from copy import copy
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from activity.actions import find_created
from activity.refusals import require_about
from events import actions, selectors
from events.forms import EVERYONE, EditSessionForm, NewSessionForm, PlaceForm, ReasonForm, RemovalForm, SessionForm
from events.models import Room, Rsvp, Session, SessionState
from events.permissions import is_organiser
from events.selectors import Caution
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
    doubts: list[Caution] = []
    if request.method == "POST" and form.is_valid() & place.is_valid():
        if "publish" in request.POST:
            planned = _planned(form, place)
            first = selectors.just_scheduled(request.user, title=planned.title, starts_at=planned.starts_at)
            planned.pk = first.pk if first else None  # what was made a moment ago is no other session of that day
            doubts = _unseen(request, selectors.cautions(planned, request.user))
        try:
            session = None if doubts else _schedule(request, form, place)
        except RuleBroken as refusal:
            _show_refusal(form, refusal)
        else:
            if session is not None:
                return redirect(session)
    return _form_page(request, "events/session_form.html", {"form": form, "place": place, "doubts": doubts})


def _schedule(request: MemberRequest, form: NewSessionForm, place: PlaceForm) -> Session:
    """Make what the form says and publish it if asked to; what was made a moment ago is not made again."""
    key, by = form.cleaned_data["creation_key"], request.user
    with transaction.atomic():
        session = actions.schedule_session(by=by, creation_key=key, **_fields(form, place))
        is_again = find_created(Session.SUBJECT_KIND, key, by) is None
        if "publish" in request.POST:
            session = actions.publish_session(session=session, by=by)
    is_published = session.state == SessionState.PUBLISHED
    if is_again:
        messages.info(request, _("You scheduled this session a moment ago. No second one was made."))
    elif is_published:
        messages.success(request, _("Published: members can sign up."))
    else:
        messages.success(request, _("Saved."))
        for doubt in selectors.cautions(session, by):
            messages.warning(request, doubt.text)
    _say_when_it_ends(request, session, form)
    return session


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
    doubts: list[Caution] = []
    if request.method == "POST" and form.is_valid() & place.is_valid():
        doubts = _unseen(request, _doubts_about_change(request, session, _planned(form, place)))
        try:
            changed = None if doubts else _change(request, session, form, place)
        except StaleForm:
            form.mark_stale(Session.objects.select_related("subject").get(pk=number))
        except RuleBroken as refusal:
            _show_refusal(form, refusal)
        else:
            if changed is not None:
                return redirect(changed)
    context = {"form": form, "place": place, "session": session, "doubts": doubts}
    return _form_page(request, "events/session_form.html", context)


def _doubts_about_change(request: MemberRequest, stored: Session, planned: Session) -> list[Caution]:
    """What is new about a session that members know of already, and how many hear that it moves."""
    if stored.state != SessionState.PUBLISHED or stored.has_ended:
        return []
    known = {doubt.code for doubt in selectors.cautions(stored, request.user)}
    doubts = [doubt for doubt in selectors.cautions(planned, request.user) if doubt.code not in known]
    told = stored.rsvps.concerned().count()
    if told and actions.would_move(stored, planned):
        sentence = ngettext(
            "Time or place changes: %(count)d member gets a mail at once.",
            "Time or place changes: %(count)d members get a mail at once.",
            told,
        )
        doubts.append(Caution("mails", "day", sentence % {"count": told}))
    return doubts


def _change(request: MemberRequest, session: Session, form: EditSessionForm, place: PlaceForm) -> Session:
    """Save what the form says, and say what became of it."""
    with transaction.atomic():
        fields = _fields(form, place) | {"tell": form.cleaned_data.get("tell", False)}
        version = form.cleaned_data["version"]
        changed = actions.change_session(session=session, by=request.user, version=version, **fields)
    messages.success(request, _("Saved."))
    if changed.state == SessionState.DRAFT:
        for doubt in selectors.cautions(changed, request.user):
            messages.warning(request, doubt.text)
    _say_when_it_ends(request, changed, form)
    return changed


@login_required
@require_POST
def session_publish(request: MemberRequest, number: int) -> HttpResponse:
    """Show a draft to everyone it is for; what to look at again is asked first."""
    session = _organised(request, number)
    doubts = _unseen(request, selectors.cautions(session, request.user)) if session.state == SessionState.DRAFT else []
    if doubts:
        reach = selectors.reach_of_publishing(session, request.user)
        context = {"session": session, "doubts": doubts, "reach": reach}
        return render(request, "events/session_publish.html", context, status=422)
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
    require_about(session.subject, request.user.has_perm("events.organise_session", session), _only_organisers())
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


def _planned(form: SessionForm, place: PlaceForm) -> Session:
    """The session as the form would have it, saved nowhere."""
    planned: Session = copy(form.instance)
    for name in ("hub", "room", "capacity", "time_zone", "starts_at", "ends_at"):
        setattr(planned, name, form.cleaned_data[name])
    if place.is_filled:
        planned.room = Room(capacity=place.cleaned_data.get("capacity"))
    return planned


def _unseen(request: MemberRequest, doubts: list[Caution]) -> list[Caution]:
    """All of ``doubts`` as long as there is one that the organiser has not seen on the page this was sent from."""
    seen = set(typed(request.POST, "sure", 1_000).split())
    return [] if all(doubt.code in seen for doubt in doubts) else doubts


def _say_when_it_ends(request: MemberRequest, session: Session, form: SessionForm) -> None:
    if form.runs_past_midnight:
        day = long_date(session.local_end.date())
        messages.info(request, _("It runs past midnight, so it ends on %(day)s.") % {"day": day})


def _like(request: MemberRequest) -> dict[str, Any]:
    """What a new session takes over from an earlier one: all but its day."""
    number = number_from(typed(request.GET, "like"))
    if number is None:
        return {"language": request.user.language, "time_zone": request.user.time_zone}
    earlier = get_object_or_404(Session.objects.visible_to(request.user).select_related("subject"), pk=number)
    copied: tuple[str, ...] = ("title", "kind", "description", "language", "time_zone", "capacity", "room")
    if is_organiser(request.user, earlier):  # others read it with a place only
        copied = (*copied, "link")
    return {name: getattr(earlier, name) for name in copied} | {
        "hub": str(earlier.hub_id or EVERYONE),
        "starts": earlier.local_start.time(),
        "ends": earlier.local_end.time(),
        "is_public": earlier.is_public,
    }


def _form_page(request: MemberRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    """A form with errors, or one that asks whether it is meant, answers 422."""
    bad = context.get("doubts") or any(getattr(context.get(name), "errors", None) for name in ("form", "place"))
    return render(request, template, context, status=422 if bad else 200)
