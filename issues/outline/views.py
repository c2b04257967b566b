"""Pages of the themes, their versions and the outline. Spec 02, Themes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, HttpResponseNotModified, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from issues.bottlenecks.selectors import number_without_theme, themes_with_counts
from ui.errors import RuleBroken, StaleForm
from ui.http import MemberRequest, number_from, require, typed
from ui.pagination import paginate_kept

from . import actions, paper, selectors
from .forms import AddForm, ChangeForm, ProposeForm, RemoveForm
from .lists import left_out, listed, where_to
from .models import ThemeVersion, VersionedTheme, VersionState
from .permissions import keeps_themes

if TYPE_CHECKING:
    from collections.abc import Callable

    from .selectors import Outline

LISTED = 30


# --- Reading ----------------------------------------------------------------------------------------------------------
@login_required
@require_safe
def theme_list(request: MemberRequest) -> HttpResponse:
    """The ordering principles: each with its explanation and the first bottlenecks it orders, and how they came."""
    themes = selectors.themes_for(request.user)
    standing = selectors.standing()
    in_force = standing.in_force
    context = {
        "themes": themes,
        "without": selectors.without_theme_for(request.user),
        "number_without": number_without_theme(request.user),
        "standing": standing,
        "is_as_agreed": in_force is not None and selectors.is_as_agreed(in_force, [it.theme for it in themes]),
        "keeps_themes": keeps_themes(request.user),
    }
    return render(request, "issues/theme_list.html", context)


@login_required
@require_safe
def theme_versions(request: MemberRequest) -> HttpResponse:
    """All versions, the newest first."""
    page = paginate_kept(selectors.versions, after=typed(request.GET, "after"), size=LISTED)
    return render(request, "issues/theme_versions.html", {"page": page})


def _published(number: int) -> ThemeVersion:
    rows = ThemeVersion.objects.published().select_related("by", "decided_by", "consent")
    return get_object_or_404(rows, number=number)


@login_required
@require_safe
def theme_version(request: MemberRequest, which: int) -> HttpResponse:
    """A version: its list, what it changes in the one before, and what was decided about it."""
    version = _published(which)
    context = {
        "edition": version,  # "version" is that of the portal, at the foot of every page
        "shown": selectors.shown(version),
        "about": paper.about(version),
        "keeps_themes": keeps_themes(request.user),
    }
    return render(request, "issues/theme_version.html", context)


@login_required
@require_safe
def outline(request: MemberRequest, which: int | None = None) -> HttpResponse:
    """The outline as a page that prints well; by a version of the themes, or by those that hold."""
    found, version = _outline(request, which)
    chapters = [
        {
            "chapter": chapter,
            "rows": [paper.row(paper.said_of(it)) for it in chapter.bottlenecks],
            "note": paper.note_of(chapter),
        }
        for chapter in found.chapters
    ]
    context = {
        "chapters": chapters,
        "edition": version if which is not None else None,
        "about": paper.about(version),
        "introduction": paper.introduction(found),
        "closing": paper.closing(),
        "today": timezone.localdate(),
    }
    return render(request, "issues/outline.html", context)


@login_required
@require_safe
def outline_pdf(request: MemberRequest, which: int | None = None) -> HttpResponse:
    """The same as a tagged PDF in the reader's language; whoever has it as it is now gets it not again."""
    found, version = _outline(request, which)
    made = paper.outline_paper(found, version, timezone.localdate())
    known = get_conditional_response(request, etag=made.etag)
    if isinstance(known, HttpResponseNotModified):
        return known
    response = HttpResponse(made.compile(), content_type="application/pdf")
    name = pgettext("name of a file", "outline")
    response["Content-Disposition"] = f'inline; filename="{name}-{made.day.isoformat()}.pdf"'
    response["ETag"] = made.etag
    response["Cache-Control"] = "private, no-cache"
    return response


def _outline(request: MemberRequest, number: int | None) -> tuple[Outline, ThemeVersion | None]:
    """The outline that is asked for, and the version that it shows: that of the number, or what holds as agreed."""
    if number is not None:
        version = _published(number)
        return selectors.outline(request.user, version), version
    in_force = selectors.standing().in_force
    themes = themes_with_counts(request.user)
    if in_force is not None and not selectors.is_as_agreed(in_force, themes):
        in_force = None
    return selectors.outline(request.user), in_force


# --- Drafting ---------------------------------------------------------------------------------------------------------
def _require_keeper(request: MemberRequest) -> None:
    require(keeps_themes(request.user), str(actions.ONLY_FACILITATORS))


def _draft_or_none() -> ThemeVersion | None:
    return ThemeVersion.objects.draft().first()


def _no_draft(request: MemberRequest) -> HttpResponse:
    messages.info(request, str(actions.NO_DRAFT))
    return redirect("issues:theme_list")


@login_required
@require_safe
def theme_draft(request: MemberRequest) -> HttpResponse:
    """The draft of the next version, for facilitators to work on."""
    _require_keeper(request)
    draft = _draft_or_none()
    if draft is None:
        return _no_draft(request)
    shown = selectors.shown(draft)
    rows = listed(shown.themes)
    context = {
        "draft": draft,
        "themes": [
            {
                "theme": it,
                "up": place - 1 if place > 1 else None,
                "down": place + 1 if place < len(rows) else None,
            }
            for place, it in enumerate(rows, start=1)
        ],
        "gone": [{"theme": it, "where_to": where_to(it, shown.themes)} for it in left_out(shown.themes)],
        "shown": shown,
    }
    return render(request, "issues/theme_draft.html", context)


def _acted(request: MemberRequest, act: Callable[[], object]) -> bool:
    """Do it; what refuses is said on the next page."""
    try:
        act()
    except RuleBroken as refusal:
        messages.error(request, str(refusal))
        return False
    return True


@login_required
@require_POST
def theme_draft_begin(request: MemberRequest) -> HttpResponse:
    """Begin the next version, or go on with the one that was begun."""
    _require_keeper(request)
    actions.begin_draft(by=request.user)
    return redirect("issues:theme_draft")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def theme_draft_drop(request: MemberRequest) -> HttpResponse:
    """Throw the draft away; GET says what that means."""
    _require_keeper(request)
    draft = _draft_or_none()
    if draft is None:
        return _no_draft(request)
    if request.method == "POST":
        if _acted(request, lambda: actions.drop_draft(draft=draft, by=request.user)):
            messages.success(request, _("The draft is gone. The themes are as they were."))
        return redirect("issues:theme_list")
    return render(request, "issues/theme_draft_drop.html", {"draft": draft})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def theme_add(request: MemberRequest) -> HttpResponse:
    """Put a new theme on the draft."""
    _require_keeper(request)
    draft = _draft_or_none()
    if draft is None:
        return _no_draft(request)
    form = AddForm(request.POST if request.method == "POST" else None, initial={"language": request.user.language})
    if request.method == "POST" and form.is_valid():
        try:
            actions.add_theme(draft=draft, by=request.user, **form.cleaned_data)
        except RuleBroken as refusal:
            form.add_error(refusal.field or None, str(refusal))
        else:
            return redirect("issues:theme_draft")
    return render(request, "issues/theme_edit.html", {"form": form}, status=422 if form.errors else 200)


def _on_draft(request: MemberRequest, pk: int) -> VersionedTheme:
    _require_keeper(request)
    rows = VersionedTheme.objects.select_related("of_version")
    return get_object_or_404(rows, pk=pk, of_version__state=VersionState.DRAFT)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def theme_change(request: MemberRequest, pk: int) -> HttpResponse:
    """Call a theme of the draft otherwise, or explain it otherwise."""
    theme = _on_draft(request, pk)
    form = ChangeForm(request.POST if request.method == "POST" else None, instance=theme)
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_theme(theme=theme, by=request.user, **form.cleaned_data)
        except StaleForm:
            form.mark_stale(VersionedTheme.objects.get(pk=pk))
        except RuleBroken as refusal:
            form.add_error(refusal.field or None, str(refusal))
        else:
            return HttpResponseRedirect(f"{reverse('issues:theme_draft')}#theme-{theme.pk}")
    context = {"form": form, "theme": theme}
    return render(request, "issues/theme_edit.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def theme_move(request: MemberRequest, pk: int) -> HttpResponse:
    """Put a theme of the draft at the place that the button says."""
    theme = _on_draft(request, pk)
    place = number_from(typed(request.POST, "place", 5))
    if place is not None:
        _acted(request, lambda: actions.move_theme(theme=theme, by=request.user, place=place))
    return HttpResponseRedirect(f"{reverse('issues:theme_draft')}#theme-{theme.pk}")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def theme_remove(request: MemberRequest, pk: int) -> HttpResponse:
    """Leave a theme out of the draft, and say where its bottlenecks go."""
    theme = _on_draft(request, pk)
    form = RemoveForm(request.POST if request.method == "POST" else None, theme=theme)
    if request.method == "POST" and form.is_valid():
        try:
            actions.remove_theme(theme=theme, by=request.user, **form.cleaned_data)
        except RuleBroken as refusal:
            form.add_error(None, str(refusal))
        else:
            return redirect("issues:theme_draft")
    context = {"form": form, "theme": theme}
    return render(request, "issues/theme_remove.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def theme_put_back(request: MemberRequest, pk: int) -> HttpResponse:
    """Put a theme that was left out back on the draft."""
    theme = _on_draft(request, pk)
    _acted(request, lambda: actions.put_back_theme(theme=theme, by=request.user))
    return HttpResponseRedirect(f"{reverse('issues:theme_draft')}#theme-{theme.pk}")


# --- Deciding ---------------------------------------------------------------------------------------------------------
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def theme_draft_propose(request: MemberRequest) -> HttpResponse:
    """Put the draft before the members, with a consent round."""
    _require_keeper(request)
    draft = _draft_or_none()
    if draft is None:
        return _no_draft(request)
    former = selectors.standing().proposed
    asks_again = former is not None and former.consent is not None and former.consent.closed_at is None
    form = ProposeForm(request.POST if request.method == "POST" else None, draft=draft, asks_again=asks_again)
    if request.method == "POST" and form.is_valid():
        asked = {name: form.cleaned_data[name] for name in ("why", "question", "language", "closes_on")}
        try:
            version = actions.propose_version(draft=draft, by=request.user, **asked)
        except RuleBroken as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Members can now say whether they agree."))
            return redirect(version)
    context = {"form": form, "draft": draft, "former": former, "asks_again": asks_again}
    return render(request, "issues/theme_draft_propose.html", context, status=422 if form.errors else 200)


def _decide(
    request: MemberRequest, number: int, template: str, act: Callable[[ThemeVersion], object], said: str
) -> HttpResponse:
    """GET says what it means, POST does it and leads back to the version."""
    version = _published(number)
    _require_keeper(request)
    if request.method != "POST" and version.state != VersionState.PROPOSED:
        messages.info(request, _("This version was decided about already."))
        return redirect(version)
    refused = ""
    if request.method == "POST":
        try:
            act(version)
        except RuleBroken as refusal:
            refused = str(refusal)
        else:
            messages.success(request, said)
            return redirect(version)
    context: dict[str, Any] = {"edition": version, "shown": selectors.shown(version), "refused": refused}
    return render(request, template, context, status=422 if refused else 200)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def theme_version_adopt(request: MemberRequest, which: int) -> HttpResponse:
    """Let a proposal hold."""
    return _decide(
        request,
        which,
        "issues/theme_version_adopt.html",
        lambda version: actions.adopt_version(version=version, by=request.user),
        _("From now on the community orders its bottlenecks by these themes."),
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def theme_version_withdraw(request: MemberRequest, which: int) -> HttpResponse:
    """Take a proposal back."""
    return _decide(
        request,
        which,
        "issues/theme_version_withdraw.html",
        lambda version: actions.withdraw_version(version=version, by=request.user),
        _("The proposal is withdrawn. The themes stay as they are."),
    )
