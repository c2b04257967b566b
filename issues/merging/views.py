"""Pages of merges: proposing, objecting, answering, dropping, undoing; and what was merged. Spec 02."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from activity.pages import load_subject_page
from activity.references import links_in
from activity.refusals import require_about
from issues.bottlenecks.acting import find_bottleneck
from issues.bottlenecks.models import Bottleneck, Tie
from issues.bottlenecks.selectors import author_of, for_page, most_alike
from ui import statements
from ui.errors import RuleBroken
from ui.http import MemberRequest, number_from, typed

from . import actions, selectors
from .forms import ProposeForm, WordsForm
from .permissions import may_propose

if TYPE_CHECKING:
    from .models import Objection
    from .selectors import ShownMerge

#: Sections of a page that say something of one that was merged.
OF_MERGED = ("conversation", "merging")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def merge_propose(request: MemberRequest, number: int) -> HttpResponse:
    """Say to which other one a bottleneck belongs: it is the same, or a part of something more general."""
    bottleneck = find_bottleneck(request.user, number)
    why = _("Facilitators and who filed it can propose this.")
    require_about(bottleneck.subject, may_propose(request.user, bottleneck), why)
    chosen = number_from(typed(request.GET, "main"))
    initial = {"language": request.user.language, "number": chosen or "", "tie": Tie.MERGED}
    form = ProposeForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid() and (merge := _propose(request, bottleneck, form)):
        return merge
    context = {
        "bottleneck": bottleneck,
        "form": form,
        "similar": [
            row
            for row in most_alike(request.user, bottleneck.title, bottleneck.situation, other_than=bottleneck)
            if row.takes_votes
        ],
    }
    return render(request, "issues/merge_propose.html", context, status=422 if form.is_bound else 200)


def _propose(request: MemberRequest, bottleneck: Bottleneck, form: ProposeForm) -> HttpResponse | None:
    """Do what ``form`` says and lead on; None where the form now says what is wrong."""
    said = form.cleaned_data
    main = Bottleneck.objects.visible_to(request.user).defer("search").filter(pk=said["number"]).first()
    if main is None:
        form.add_error("number", _("There is no bottleneck with that number."))
        return None
    is_part = said["tie"] == Tie.CHILD
    act = actions.generalise if is_part else actions.propose_merge
    try:
        merge = act(other=bottleneck, main=main, by=request.user, reason=said["reason"], language=said["language"])
    except RuleBroken as refusal:
        form.add_error("number", str(refusal))
        return None
    done = (
        _("It is a part of the other one now.") if is_part else _("Who filed or supports one of the two hears of it.")
    )
    messages.success(request, done)
    return redirect("issues:merge_detail", merge.pk)


@login_required
@require_safe
def bottleneck_merged(request: MemberRequest, number: int) -> HttpResponse:
    """Show what was merged into another as it was: its text, and what was said about it."""
    bottleneck = statements.first(for_page, number, request.user)
    if bottleneck is None:
        raise Http404
    main = bottleneck.subject.merged_into
    if main is None:
        return HttpResponseRedirect(bottleneck.subject.url)
    page = load_subject_page(request, bottleneck.subject)
    context = {
        "bottleneck": bottleneck,
        "main": main if main.may_be_read_by(request.user) else None,
        "author": author_of(bottleneck, request.user),
        "links": links_in(bottleneck.texts, request.user),
        "page": page,
        "sections": [shown for shown in page.main_sections if shown.key in OF_MERGED],
    }
    return render(request, "issues/bottleneck_merged.html", context)


@login_required
@require_safe
def merge_detail(request: MemberRequest, pk: int) -> HttpResponse:
    """Show a merge: why, until when one can object, what was said, and what became of it."""
    return _show(request, _find_merge(request, pk))


@login_required
@require_POST
def merge_object(request: MemberRequest, pk: int) -> HttpResponse:
    """Object to a merge."""
    shown = _find_merge(request, pk)
    return _try(
        request,
        shown,
        "object",
        lambda form: actions.object_to(merge=shown.merge, by=request.user, **form.cleaned_data),
        _("Your objection is there. It blocks the merge until somebody answers."),
    )


@login_required
@require_POST
def merge_answer(request: MemberRequest, pk: int, objection: int) -> HttpResponse:
    """Answer an objection."""
    shown, answered = _find_merge(request, pk), _find_objection(request, pk, objection)
    return _try(
        request,
        shown,
        f"answer_{objection}",
        lambda form: actions.answer_objection(objection=answered, by=request.user, **form.cleaned_data),
        _("Answered. Who objected hears of it."),
    )


@login_required
@require_POST
def merge_withdraw(request: MemberRequest, pk: int, objection: int) -> HttpResponse:
    """Withdraw an objection."""
    withdrawn = _find_objection(request, pk, objection)
    try:
        actions.withdraw_objection(objection=withdrawn, by=request.user)
    except RuleBroken as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Your objection is withdrawn."))
    return redirect("issues:merge_detail", pk)


@login_required
@require_POST
def merge_drop(request: MemberRequest, pk: int) -> HttpResponse:
    """Drop a proposal."""
    shown = _find_merge(request, pk)
    return _try(
        request,
        shown,
        "drop",
        lambda form: actions.drop_merge(merge=shown.merge, by=request.user, **_reason(form)),
        _("Dropped. They stay apart."),
    )


@login_required
@require_POST
def merge_undo(request: MemberRequest, pk: int) -> HttpResponse:
    """Undo a merge."""
    shown = _find_merge(request, pk)
    return _try(
        request,
        shown,
        "undo",
        lambda form: actions.unmerge(merge=shown.merge, by=request.user, **_reason(form)),
        _("They are apart again, each with all that was its own."),
    )


def _reason(form: WordsForm) -> dict[str, str]:
    return {"reason": form.cleaned_data["text"], "language": form.cleaned_data["language"]}


def _try(
    request: MemberRequest, shown: ShownMerge, name: str, act: Callable[[WordsForm], object], said: str
) -> HttpResponse:
    """Do ``act`` where its form is in order; what is wrong is said on the page of the merge with all still there."""
    form = WordsForm(request.POST, auto_id=f"{name}_%s")
    if form.is_valid():
        try:
            act(form)
        except RuleBroken as refusal:
            return _show(request, _find_merge(request, shown.merge.pk), refused=str(refusal), **{name: form})
        messages.success(request, said)
        return redirect("issues:merge_detail", shown.merge.pk)
    return _show(request, _find_merge(request, shown.merge.pk), **{name: form})


def _show(request: MemberRequest, shown: ShownMerge, **bound: object) -> HttpResponse:
    """The page of a merge, with the forms for what the reader may do now; ``bound`` is one that says what is wrong."""
    initial = {"language": request.user.language}
    answers = {it.objection.pk: WordsForm(initial=initial, auto_id=f"answer_{it.objection.pk}_%s") for it in shown.said}
    context = {
        "shown": shown,
        "merge": shown.merge,
        **{name: WordsForm(initial=initial, auto_id=f"{name}_%s") for name in ("object", "drop", "undo")},
        **bound,
        "objections": [(it, bound.get(f"answer_{pk}", answers[pk])) for it in shown.said if (pk := it.objection.pk)],
    }
    return render(request, "issues/merge_detail.html", context, status=422 if bound else 200)


def _find_merge(request: MemberRequest, pk: int) -> ShownMerge:
    shown = selectors.find_merge(pk, request.user)
    if shown is None:
        raise Http404
    return shown


def _find_objection(request: MemberRequest, merge: int, pk: int) -> Objection:
    found = selectors.find_objection(pk, request.user)
    if found is None or found.merge_id != merge:
        raise Http404
    return found
