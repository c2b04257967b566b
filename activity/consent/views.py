"""Pages and buttons of consent rounds. Spec 06, Consent rounds."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods, require_safe

from activity.kinds import COMMUNITY
from activity.models import Subject
from activity.refusals import require_about
from activity.visibility import may_read
from ui.errors import RuleBroken, StaleForm
from ui.http import MemberRequest, number_from, typed

from . import actions, clock, results, selectors
from .forms import ConditionForm, RoundForm, SpeakForm, TextForm
from .limits import POSITIONS
from .models import Condition, ConsentRound, Position
from .permissions import keeps, may_open, takes_rounds


def _find(request: MemberRequest, pk: int) -> ConsentRound:
    rows = ConsentRound.objects.filter(may_read(request.user, "subject")).select_related("subject", "opened_by")
    return get_object_or_404(rows, pk=pk)


def _home_of(subject: Subject) -> dict[str, str]:
    """Where the rounds about a subject are listed, for the way back."""
    if subject.kind == COMMUNITY.key:
        return {"url": reverse("activity:consent_list"), "title": _("Consent rounds"), "language": ""}
    return {"url": subject.url, "title": subject.title, "language": subject.language}


def _is_under_way(consent: ConsentRound) -> bool:
    """Whether one can speak in it, and it can be changed."""
    return consent.closed_at is None and clock.today() <= consent.closes_on and takes_rounds(consent.subject)


# --- Reading ----------------------------------------------------------------------------------------------------------
@login_required
@require_safe
def consent_list(request: MemberRequest) -> HttpResponse:
    """List the rounds about the community itself."""
    return render(request, "activity/consent_list.html", {"rounds": selectors.rounds_about_community(request.user)})


@login_required
@require_safe
def consent_detail(request: MemberRequest, pk: int) -> HttpResponse:
    """Show a round: the text and the question, or what came of it. ``same`` names a condition that is one's own too."""
    consent = _find(request, pk)
    mine = Position.objects.of(request.user, consent) if consent.closed_at is None else None
    same = number_from(typed(request.GET, "same"))
    shared = Condition.objects.filter(consent=consent, pk=same).first() if same else None
    form = SpeakForm(consent=consent, mine=mine, same=shared.text if shared else "")
    is_changing = bool(shared) or typed(request.GET, "change") == "1"
    return _page(request, consent, mine, form, is_changing=is_changing)


def _page(
    request: MemberRequest, consent: ConsentRound, mine: Position | None, form: SpeakForm, *, is_changing: bool
) -> HttpResponse:
    result = consent.result
    found = selectors.turnout(consent)
    is_under_way = _is_under_way(consent)
    is_told_again = mine is not None and mine.version < consent.version
    context: dict[str, Any] = {
        "consent": consent,
        "subject": consent.subject,
        "back": _home_of(consent.subject),
        "text": selectors.text_of(consent),
        "turnout": found,
        "lines": selectors.lines_of(found, request.user) if found else (),
        "fewest": results.FEWEST,
        "is_under_way": is_under_way,
        "days_left": clock.days_left(consent.closes_on),
        "mine": mine,
        "is_told_again": is_told_again,
        "form": form if is_under_way and (mine is None or is_told_again or is_changing or form.is_bound) else None,
        "keeps": keeps(request.user, consent),
    }
    if result is None:
        context["conditions"] = selectors.conditions_of(consent, mine)
    else:
        context["conditions"] = selectors.conditions_in(result)
        context["parts"] = selectors.positions_in(result)
    open_ones = sum(condition.verdict == "open" for condition in context["conditions"])
    context["open_conditions"] = open_ones
    context["met_conditions"] = sum(condition.verdict == "met" for condition in context["conditions"])
    context["other_conditions"] = len(context["conditions"]) - open_ones - context["met_conditions"]
    return render(request, "activity/consent_detail.html", context, status=422 if form.errors else 200)


@login_required
@require_safe
def consent_history(request: MemberRequest, pk: int) -> HttpResponse:
    """Show every version of the text, with what it changed."""
    consent = _find(request, pk)
    versions = selectors.versions_of(consent)
    context = {"consent": consent, "back": _home_of(consent.subject), "versions": versions}
    return render(request, "activity/consent_history.html", context)


@login_required
@require_safe
def consent_record(request: MemberRequest, pk: int) -> HttpResponse:
    """Give the result of a closed round byte for byte as its checksum was made of it."""
    consent = _find(request, pk)
    if consent.result is None:
        raise Http404
    response = HttpResponse(results.canonical(consent.result), content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="consent-{consent.pk}.json"'
    return response


# --- Speaking ---------------------------------------------------------------------------------------------------------
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def consent_speak(request: MemberRequest, pk: int) -> HttpResponse:
    """Take a position, or another one; what is wrong is said with it still there."""
    if request.method != "POST":
        return redirect(_find(request, pk))
    POSITIONS.require(str(request.user.pk))
    consent = _find(request, pk)
    mine = Position.objects.of(request.user, consent) if consent.closed_at is None else None
    form = SpeakForm(request.POST, consent=consent, mine=mine)
    if form.is_valid():
        said = {name: form.cleaned_data[name] for name in ("version", "answer", "words", "language")}
        try:
            actions.speak(consent=consent, by=request.user, **said)
        except StaleForm:
            form.take_version(consent.version)
            form.add_error(None, _("The text has a new version meanwhile. Read it, and answer again."))
        except RuleBroken as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Your answer is saved."))
            return HttpResponseRedirect(f"{consent.get_absolute_url()}#answer")
    return _page(request, _find(request, pk), mine, form, is_changing=True)


# --- Keeping ----------------------------------------------------------------------------------------------------------
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def consent_new(request: MemberRequest, pk: int) -> HttpResponse:
    """Open a round about a subject."""
    subject = get_object_or_404(Subject.objects.visible_to(request.user), pk=pk)
    why = _("Consent rounds are opened by facilitators, and about a hub and its things by its representatives.")
    require_about(subject, may_open(request.user, subject), why)
    require_about(subject, takes_rounds(subject), _("There can be no consent round about this now."))
    form = RoundForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            consent = actions.open_round(subject=subject, by=request.user, **form.cleaned_data)
        except RuleBroken as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The consent round is open."))
            return redirect(consent)
    context = {"form": form, "subject": subject, "back": _home_of(subject)}
    return render(request, "activity/consent_new.html", context, status=422 if form.errors else 200)


def _kept(request: MemberRequest, pk: int) -> ConsentRound:
    """A round that the reader keeps and that is under way."""
    consent = _find(request, pk)
    why = _("A consent round is kept by who opened it and by facilitators.")
    require_about(consent.subject, keeps(request.user, consent), why)
    require_about(consent.subject, _is_under_way(consent), _("This consent round is closed."))
    return consent


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def consent_version(request: MemberRequest, pk: int) -> HttpResponse:
    """Put a new version of the text."""
    consent = _kept(request, pk)
    form = TextForm(
        request.POST if request.method == "POST" else None, consent=consent, text=selectors.text_of(consent).text
    )
    if request.method == "POST" and form.is_valid():
        try:
            actions.put_version(consent=consent, by=request.user, **form.cleaned_data)
        except StaleForm:
            form.add_error(None, _("There is a newer version meanwhile: open it and begin from there."))
        except RuleBroken as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect(consent)
    context = {"form": form, "consent": consent, "back": _home_of(consent.subject)}
    return render(request, "activity/consent_version.html", context, status=422 if form.errors else 200)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def consent_condition(request: MemberRequest, pk: int, condition: int) -> HttpResponse:
    """Say what becomes of a condition."""
    consent = _kept(request, pk)
    row = get_object_or_404(Condition, pk=condition, consent=consent)
    row.consent = consent
    form = ConditionForm(request.POST if request.method == "POST" else None, condition=row)
    if request.method == "POST" and form.is_valid():
        try:
            actions.answer_condition(condition=row, by=request.user, **form.cleaned_data)
        except RuleBroken as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("The condition is answered."))
            return HttpResponseRedirect(f"{consent.get_absolute_url()}#conditions")
    context = {"form": form, "consent": consent, "condition": row, "back": _home_of(consent.subject)}
    return render(request, "activity/consent_condition.html", context, status=422 if form.errors else 200)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def consent_close(request: MemberRequest, pk: int) -> HttpResponse:
    """Close a round before its last day is over; GET says what that means."""
    consent = _kept(request, pk)
    refused = ""
    if request.method == "POST":
        try:
            actions.close_round(consent=consent, by=request.user)
        except RuleBroken as refusal:
            refused = str(refusal)
        else:
            messages.success(request, pgettext("message", "The consent round is closed."))
            return redirect(consent)
    context = {"consent": consent, "back": _home_of(consent.subject), "refused": refused}
    return render(request, "activity/consent_close.html", context, status=422 if refused else 200)
