"""The page of filing in bulk: paste or send, look at what is like each line, file. Spec 02, Filing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from activity.refusals import require_about
from community.models import Hub
from issues.bottlenecks.places import filing_place, known_place
from issues.themes.models import Theme
from ui.errors import RuleBroken
from ui.http import MemberRequest, number_from, require, typed

from . import actions
from .forms import ForAllForm, LineForm, PasteForm
from .reading import MOST_LINES, SITUATION_LENGTH
from .selectors import most_alike_each, readable

if TYPE_CHECKING:
    from activity.models import Subject


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def bottleneck_bulk(request: MemberRequest) -> HttpResponse:
    """File what came up together: first the lines, then what each of them is. Nothing is saved in between."""
    place = _place_asked_for(request)
    if request.method == "POST":
        number = number_from(typed(request.POST, "number", 4)) or 0
        if 0 < number <= MOST_LINES:
            return _file(request, place, number)
        form = PasteForm(request.POST, request.FILES, member=request.user)
        if form.is_valid():
            return _look_at(request, place, form)
    elif place is not None and filing_place(place.pk, request.user) is None:
        messages.info(request, _("One cannot file there now: only once it has begun, and where it took place."))
        return HttpResponseRedirect(place.url)
    else:
        form = PasteForm(member=request.user, initial={"hubs": _hubs_of(place, request)})
    context = {"form": form, "place": place, "most": MOST_LINES}
    return render(request, "issues/bottleneck_bulk.html", context, status=422 if form.is_bound else 200)


def _place_asked_for(request: MemberRequest) -> Subject | None:
    """Where it came up, open or not by now. Raises Http404 where there is none, PermissionDenied for who may not."""
    asked = typed(request.POST if request.method == "POST" else request.GET, "at")
    place = known_place(number_from(asked), request.user)
    if asked and place is None:
        raise Http404
    allowed = request.user.has_perm("issues.file_in_bulk", place)
    if place is not None:
        require_about(place, allowed, _("Only who organises this, or facilitates, files several bottlenecks at once."))
    require(allowed, _("Only facilitators file several bottlenecks at once, or who organises what they came up at."))
    return place


def _hubs_of(place: Subject | None, request: MemberRequest) -> list[Hub]:
    """The open hubs whose place it is."""
    if place is None:
        return []
    hubs = Hub.objects.visible_to(request.user).open().filter(subject__in=place.hubs.all())
    return list(hubs.select_related("subject").order_by("sort_name", "pk"))


def _themes() -> dict[str, Theme]:
    return {theme.slug: theme for theme in Theme.objects.all()}


def _look_at(request: MemberRequest, place: Subject | None, form: PasteForm) -> HttpResponse:
    """The second page: each line with those that are like it."""
    alike = most_alike_each(request.user, [(line.title, line.situation) for line in form.found])
    themes = _themes()
    lines = [
        LineForm(
            nth=nth,
            themes=themes,
            alike=found,
            initial={
                "title": line.title,
                "situation": line.situation,
                "theme": line.theme.slug if line.theme else "",
            },
        )
        for nth, (line, found) in enumerate(zip(form.found, alike, strict=True), start=1)
    ]
    said, theme = form.cleaned_data, form.cleaned_data["theme"]
    chosen = {"hubs": said["hubs"], "theme": theme.pk if theme else None, "language": said["language"]}
    return _lines_page(request, place, ForAllForm(member=request.user, initial=chosen), lines, doubles=form.doubles)


def _file(request: MemberRequest, place: Subject | None, number: int) -> HttpResponse:
    """File the lines of the second page, so many of them; where something is wrong it comes back as it was sent."""
    form, lines = ForAllForm(request.POST, member=request.user), _lines_sent(request, number)
    if all([form.is_valid(), *(line.is_valid() for line in lines)]):
        try:
            brought = actions.file_in_bulk(
                by=request.user,
                at=place,
                lines=[_wanted(line) for line in lines if not line.is_skipped],
                **form.cleaned_data,
            )
        except RuleBroken as refusal:
            refused = {line.prefix: line for line in lines}.get(refusal.field)
            if refused is not None:
                refused.add_error("what", str(refusal))
            else:
                form.add_error(None, str(refusal))
        else:
            _say(request, brought, place, skipped=sum(line.is_skipped for line in lines))
            return HttpResponseRedirect(place.url) if place is not None else redirect("issues:bottleneck_list")
    return _lines_page(request, place, form, _with_alike(request, lines), status=422)


def _lines_sent(request: MemberRequest, number: int) -> list[LineForm]:
    """The lines as they were sent, each with the one that was chosen for it, if that is still there."""
    chosen = {nth: number_from(typed(request.POST, f"line-{nth}-what")) for nth in range(1, number + 1)}
    rows, themes = readable(request.user, {pk for pk in chosen.values() if pk is not None}), _themes()
    return [
        LineForm(request.POST, nth=nth, themes=themes, alike=[rows[pk]] if pk in rows else [])
        for nth, pk in chosen.items()
    ]


def _with_alike(request: MemberRequest, lines: list[LineForm]) -> list[LineForm]:
    """The same lines to be shown once more, with all that are like what stands there now."""
    texts = [[str(line[name].value() or "")[:SITUATION_LENGTH] for name in ("title", "situation")] for line in lines]
    found_for = most_alike_each(request.user, [(title, situation) for title, situation in texts])
    for line, found in zip(lines, found_for, strict=True):
        chosen = {row.pk for row in line.alike}
        line.offer([*line.alike, *(row for row in found if row.pk not in chosen)])
    return lines


def _wanted(line: LineForm) -> actions.Wanted:
    texts = {name: line.cleaned_data.get(name) for name in ("situation", "theme")}
    return actions.Wanted(
        title=line.cleaned_data.get("title") or "",
        situation=texts["situation"] or "",
        theme=texts["theme"],
        existing=line.existing,
        name=line.prefix or "",
    )


def _say(request: MemberRequest, brought: actions.Brought, place: Subject | None, *, skipped: int) -> None:
    """Say what came of it, in figures."""
    if brought.is_again:
        messages.info(request, _("You filed these a moment ago. None was filed twice."))
        return
    figures = {"filed": len(brought.filed), "known": len(brought.known), "skipped": skipped}
    if place is not None:
        said = _("%(filed)d filed, %(known)d linked, %(skipped)d left out.") % figures
    else:
        said = _("%(filed)d filed, %(known)d there already, %(skipped)d left out.") % figures
    messages.success(request, said)


def _lines_page(
    request: MemberRequest,
    place: Subject | None,
    form: ForAllForm,
    lines: Sequence[LineForm],
    *,
    status: int = 200,
    **shown: Any,
) -> HttpResponse:
    wrong = [line for line in lines if line.errors]
    context = {"form": form, "place": place, "lines": lines, "wrong": wrong, **shown}
    return render(request, "issues/bottleneck_lines.html", context, status=status)
