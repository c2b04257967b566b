"""Pages and buttons of moderation. Spec 06, Moderation."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.forms import Form
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from activity.conversation.hiding import is_readable
from activity.conversation.models import Comment
from activity.conversation.selectors import one_comment
from activity.kinds import COMMUNITY
from activity.models import Subject
from activity.refusals import require_about
from activity.visibility import may_read
from ui.errors import RuleBroken
from ui.http import MemberRequest, number_from, typed
from ui.pagination import paginate

from . import actions, selectors
from .forms import AnswerForm, AppealForm, HideForm, JudgeForm, ReportForm
from .limits import APPEALS, REPORTS
from .models import Case, Report
from .permissions import makers_of
from .selectors import ShownCase


def _find_subject(request: MemberRequest, pk: int) -> Subject:
    rows = Subject.objects.visible_to(request.user).exclude(kind=COMMUNITY.key)
    return get_object_or_404(rows, pk=pk)


def _find_comment(request: MemberRequest, pk: int) -> Comment:
    """A comment that still stands and that the reader may read."""
    rows = Comment.objects.filter(may_read(request.user, "subject"), deleted_at=None).select_related("subject")
    comment: Comment = get_object_or_404(rows.exclude(subject__kind=COMMUNITY.key), pk=pk)
    if not is_readable(comment, request.user):
        raise Http404
    return comment


def _find_case(request: MemberRequest, pk: int) -> ShownCase:
    found = selectors.find_case(pk, request.user)
    if found is None:
        raise Http404
    return found


def _thing(request: MemberRequest, subject: Subject, comment: Comment | None) -> dict[str, object]:
    """What a page about a thing shows of it."""
    kind = subject.registered_kind
    return {
        "subject": subject,
        "comment": one_comment(comment, request.user) if comment is not None else None,
        "excerpt": "" if comment is not None else kind.excerpt([subject]).get(subject.pk, ""),
    }


def _place(subject: Subject, comment: Comment | None) -> HttpResponseRedirect:
    return redirect(subject.url) if comment is None else redirect("activity:comment_detail", comment.pk)


# --- Reporting --------------------------------------------------------------------------------------------------------
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def comment_report(request: MemberRequest, pk: int) -> HttpResponse:
    """Report a comment."""
    if request.method == "POST":
        REPORTS.require(str(request.user.pk))
    comment = _find_comment(request, pk)
    return _report(request, comment.subject, comment)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def subject_report(request: MemberRequest, pk: int) -> HttpResponse:
    """Report a subject."""
    if request.method == "POST":
        REPORTS.require(str(request.user.pk))
    return _report(request, _find_subject(request, pk), None)


def _report(request: MemberRequest, subject: Subject, comment: Comment | None) -> HttpResponse:
    may = request.user.has_perm("activity.report")
    require_about(subject, may, _("With this account you cannot report anything."))
    is_own = request.user.pk in makers_of(subject, comment)
    require_about(subject, not is_own, _("This is your own: you can change it yourself."))
    earlier = Report.objects.filter(subject=subject, comment=comment, member=request.user).first()
    if earlier is not None:
        messages.info(request, _("You reported this already. You hear what was decided."))
        return _place(subject, comment)
    form = ReportForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.report(subject=subject, comment=comment, by=request.user, **form.cleaned_data)
        except RuleBroken as refusal:
            form.add_error(refusal.field or None, str(refusal))
        else:
            messages.success(request, _("Thank you. Within 3 working days you hear what was decided."))
            return _place(subject, comment)
    context = {**_thing(request, subject, comment), "form": form}
    return render(request, "activity/report.html", context, status=422 if form.errors else 200)


# --- Hiding without a report ------------------------------------------------------------------------------------------
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def comment_hide(request: MemberRequest, pk: int) -> HttpResponse:
    """Hide a comment."""
    comment = _find_comment(request, pk)
    return _hide(request, comment.subject, comment)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def subject_hide(request: MemberRequest, pk: int) -> HttpResponse:
    """Hide a subject."""
    return _hide(request, _find_subject(request, pk), None)


def _hide(request: MemberRequest, subject: Subject, comment: Comment | None) -> HttpResponse:
    require_about(subject, request.user.is_facilitator, _("Only facilitators hide what members made."))
    is_own = request.user.pk in makers_of(subject, comment)
    require_about(subject, not is_own, _("This is your own: another facilitator decides about it."))
    if case := Case.objects.running().filter(subject=subject, comment=comment).first():
        return redirect("activity:case_detail", case.pk)
    form = HideForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            case = actions.hide(subject=subject, comment=comment, by=request.user, **form.cleaned_data)
        except RuleBroken as refusal:
            form.add_error(refusal.field or None, str(refusal))
        else:
            messages.success(request, _("It is hidden. Whoever made it reads your reason."))
            return redirect("activity:case_detail", case.pk)
    context = {**_thing(request, subject, comment), "form": form}
    return render(request, "activity/hide.html", context, status=422 if form.errors else 200)


# --- A case -----------------------------------------------------------------------------------------------------------
@login_required
@require_safe
def case_detail(request: MemberRequest, pk: int) -> HttpResponse:
    """Show what was reported or hidden, to who judges it, facilitates, or made it."""
    return _show(request, _find_case(request, pk))


def _show(request: MemberRequest, shown: ShownCase, **bound: Form) -> HttpResponse:
    """The page of a case, with the forms for what the reader may do now; ``bound`` is one that says what is wrong."""
    context = {
        "shown": shown,
        "judge_form": JudgeForm(initial={"do": JudgeForm.HIDE, "reason": _most_named(shown)}),
        "appeal_form": AppealForm(),
        "answer_form": AnswerForm(auto_id="answer_%s"),
        "restore_form": AnswerForm(auto_id="restore_%s"),
        **bound,
    }
    return render(request, "activity/case_detail.html", context, status=422 if bound else 200)


def _most_named(shown: ShownCase) -> str:
    """What most reports say: the likely reason."""
    return max(shown.reported, key=lambda each: each.number).key if shown.reported else ""


def _done(request: MemberRequest, pk: int, said: str) -> HttpResponse:
    """After an act: the page of the case, or home for who reads it no more."""
    messages.success(request, said)
    if selectors.find_case(pk, request.user) is None:
        return redirect("home")
    return redirect("activity:case_detail", pk)


def _try(
    request: MemberRequest, shown: ShownCase, name: str, form: Form, act: Callable[[], object], said: str
) -> HttpResponse:
    """Do ``act`` where ``form`` is in order; what is wrong is said on the page of the case with all still there."""
    if form.is_valid():
        try:
            act()
        except RuleBroken as refusal:
            form.add_error(refusal.field or None, str(refusal))
        else:
            return _done(request, shown.case.pk, said)
    return _show(request, _find_case(request, shown.case.pk), **{name: form})


@login_required
@require_POST
def case_decide(request: MemberRequest, pk: int) -> HttpResponse:
    """Hide what was reported, or let it stand."""
    shown = _find_case(request, pk)
    require_about(shown.subject, shown.is_judge, _("Somebody else decides about this."))
    form = JudgeForm(request.POST)

    def decide() -> None:
        comment = shown.case.comment
        data = form.cleaned_data
        if data["do"] == JudgeForm.STAND:
            actions.let_stand(case=shown.case, by=request.user, text=data["text"])
        else:
            actions.hide(
                subject=shown.subject, comment=comment, by=request.user, reason=data["reason"], text=data["text"]
            )

    return _try(request, shown, "judge_form", form, decide, _("You decided. Who reported it reads what."))


@login_required
@require_POST
def case_appeal(request: MemberRequest, pk: int) -> HttpResponse:
    """Appeal against the hiding of what is one's own."""
    APPEALS.require(str(request.user.pk))
    shown = _find_case(request, pk)
    require_about(shown.subject, shown.is_mine, _("Only whoever made it can appeal."))
    form = AppealForm(request.POST)

    def appeal() -> None:
        actions.appeal(case=shown.case, by=request.user, text=form.cleaned_data["text"])

    said = _("You appealed. Within 3 working days you hear what was decided.")
    return _try(request, shown, "appeal_form", form, appeal, said)


@login_required
@require_POST
def case_answer(request: MemberRequest, pk: int) -> HttpResponse:
    """Answer an appeal: the button says whether it is shown again."""
    shown = _find_case(request, pk)
    require_about(shown.subject, shown.is_judge, _("Somebody else decides about this."))
    form = AnswerForm(request.POST, auto_id="answer_%s")
    act = actions.restore if typed(request.POST, "do") == "restore" else actions.keep_hidden

    def answer() -> None:
        act(case=shown.case, by=request.user, text=form.cleaned_data["text"])

    return _try(request, shown, "answer_form", form, answer, _("You decided. Those concerned read your answer."))


@login_required
@require_POST
def case_restore(request: MemberRequest, pk: int) -> HttpResponse:
    """Show again what is hidden, at any time."""
    shown = _find_case(request, pk)
    is_own = _("This is your own: another facilitator decides about it.")
    require_about(shown.subject, not shown.is_mine, is_own)
    require_about(shown.subject, request.user.is_facilitator, _("Only facilitators show it again."))
    form = AnswerForm(request.POST, auto_id="restore_%s")

    def restore() -> None:
        actions.restore(case=shown.case, by=request.user, text=form.cleaned_data["text"])

    return _try(
        request, shown, "restore_form", form, restore, _("It is shown again. Whoever made it reads your words.")
    )


# --- The log ----------------------------------------------------------------------------------------------------------
@login_required
@require_safe
def moderation_log(request: MemberRequest) -> HttpResponse:
    """What facilitators did and decided, for facilitators: of everything, or of one ``subject``."""
    if not request.user.is_facilitator:
        raise Http404
    number = number_from(typed(request.GET, "subject")) or 0
    about = _find_subject(request, number) if number else None
    page = paginate(selectors.log_entries(request.user, number), typed(request.GET, "after"))
    context = {"page": page, "lines": selectors.log_lines(page.rows, request.user), "about": about}
    return render(request, "activity/moderation_log.html", context)
