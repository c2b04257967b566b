"""Pages and buttons of conversations. Spec 06, Comments."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from activity.following.selectors import following
from activity.kinds import COMMUNITY
from activity.models import Subject
from activity.refusals import require_about
from activity.visibility import may_read
from ui.errors import RuleBroken, StaleForm
from ui.http import MemberRequest, number_from, render_fragment, typed, wants_fragment

from . import actions, selectors
from .forms import CommentChangeForm, CommentForm, PreviewForm
from .hiding import is_readable
from .limits import COMMENTS, THANKS
from .mentions import as_typed, people
from .models import Comment
from .permissions import is_author

MOST_SOUGHT = 60  # characters behind an @ that are looked at


def _find_subject(request: MemberRequest, pk: int) -> Subject:
    return get_object_or_404(Subject.objects.visible_to(request.user).exclude(kind=COMMUNITY.key), pk=pk)


def _find(request: MemberRequest, pk: int) -> Comment:
    rows = Comment.objects.filter(may_read(request.user, "subject")).select_related("subject")
    return get_object_or_404(rows, pk=pk)


def _place_of(comment: Comment) -> str:
    """Where on the page of its subject a comment stands."""
    window = "" if selectors.is_among_newest(comment) else f"?comment={comment.pk}"
    return f"{comment.subject.url}{window}#c{comment.pk}"


# --- Reading ----------------------------------------------------------------------------------------------------------
@login_required
@require_safe
def comment_list(request: MemberRequest, pk: int) -> HttpResponse:
    """More comments about a subject: those ``before`` one, for above those that are there, or from one on, for below.

    Alone it leads to the page of the subject with them.
    """
    subject = _find_subject(request, pk)
    before, at = (number_from(typed(request.GET, name)) or 0 for name in ("before", "comment"))
    if not wants_fragment(request):
        place = f"?comment={at}" if at else f"?before={before}" if before else ""
        return HttpResponseRedirect(f"{subject.url}{place}#conversation")
    most = selectors.MOST_SHOWN
    context = {
        "conversation": selectors.conversation(subject, request.user, before=before, at=at, most=most),
        "subject": subject,
        "answer": True,
    }
    return render_fragment(request, f"activity/conversation.html#{'later' if at else 'earlier'}_answer", context)


@login_required
@require_safe
def comment_detail(request: MemberRequest, pk: int) -> HttpResponse:
    """Lead to one comment, wherever in its conversation it stands: what mails and notifications point at."""
    return HttpResponseRedirect(_place_of(_find(request, pk)))


@login_required
@require_safe
def comment_history(request: MemberRequest, pk: int) -> HttpResponse:
    """Show what a comment says and what it said before."""
    comment = selectors.one_comment(_find(request, pk), request.user)
    if comment.row.deleted_at is not None or not comment.is_readable:
        raise Http404
    context = {
        "comment": comment,
        "subject": comment.row.subject,
        "revisions": selectors.revisions_of(comment.row, request.user),
    }
    return render(request, "activity/comment_history.html", context)


# --- Writing ----------------------------------------------------------------------------------------------------------
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def comment_new(request: MemberRequest, pk: int) -> HttpResponse:
    """Say something about a subject; ``to`` is a comment that it answers. What is wrong is said with it still there."""
    if request.method == "POST" and not _is_only_shown(request):
        COMMENTS.require(str(request.user.pk))
    subject = _find_subject(request, pk)
    require_about(
        subject, request.user.has_perm("activity.write_comment"), _("With this account you cannot join in here.")
    )
    answered = _answered(request, subject)
    form = CommentForm(
        request.POST if request.method == "POST" else None,
        initial=_opening(answered),
        offers_follow=following(subject, request.user).offers_comments,
    )
    if request.method == "POST" and form.is_valid() and not _is_only_shown(request):
        try:
            comment = actions.write_comment(subject=subject, by=request.user, **form.cleaned_data)
        except RuleBroken as refusal:
            form.add_error(None, str(refusal))
        else:
            comment.subject = subject
            return HttpResponseRedirect(_place_of(comment))
    context = {"form": form, "subject": subject, "answered": answered, "preview": _preview(request, form)}
    return render(request, "activity/comment_new.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def comment_preview(request: MemberRequest, pk: int) -> HttpResponse:
    """Show what is typed as it would be read; nothing is kept. Alone it leads to where one writes."""
    subject = _find_subject(request, pk)
    if not wants_fragment(request):
        return HttpResponseRedirect(f"{subject.url}#write")
    form = PreviewForm(request.POST)
    return render_fragment(request, "activity/_preview.html", {"form": form, "preview": _preview(request, form)})


def _is_only_shown(request: MemberRequest) -> bool:
    """Whether the button was the one that shows what is typed as it would be read."""
    return "preview" in request.POST


def _preview(request: MemberRequest, form: CommentForm | CommentChangeForm | PreviewForm) -> SafeString | None:
    if not _is_only_shown(request) or not form.is_valid():
        return None
    return selectors.preview(form.cleaned_data["text"], request.user)


@login_required
@require_safe
def mention_suggest(request: MemberRequest, pk: int) -> HttpResponse:
    """Who may be meant by what stands behind an @: of those who may read the subject."""
    words = typed(request.GET, "q", MOST_SOUGHT)
    suggested = people.suggest(_find_subject(request, pk), request.user, words)
    return render(request, "activity/mention_suggestions.html", {"suggested": suggested})


def _answered(request: MemberRequest, subject: Subject) -> selectors.ShownComment | None:
    """The comment that is answered, if the address names one of this conversation."""
    pk = number_from(typed(request.GET, "to"))
    row = Comment.objects.filter(subject=subject, pk=pk, deleted_at=None).first() if pk else None
    return selectors.one_comment(row, request.user) if row and is_readable(row, request.user) else None


def _opening(answered: selectors.ShownComment | None) -> dict[str, str]:
    """An answer begins with whom it is for."""
    author = answered.row.author if answered and answered.author.url and not answered.is_mine else None
    return {"text": f"@{author.handle} "} if author else {}


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def comment_edit(request: MemberRequest, pk: int) -> HttpResponse:
    """Put one's own comment in other words, or take it back from here."""
    comment = _find(request, pk)
    require_about(comment.subject, is_author(request.user, comment), _("Only who wrote a comment can change it."))
    kept = _as_typed(comment)
    form = CommentChangeForm(request.POST if request.method == "POST" else None, instance=kept)
    if request.method == "POST" and form.is_valid() and not _is_only_shown(request):
        try:
            changed = actions.change_comment(comment=comment, by=request.user, **form.cleaned_data)
        except StaleForm:
            form.mark_stale(_as_typed(_find(request, pk)))
        except RuleBroken as refusal:
            form.add_error(None, str(refusal))
        else:
            return HttpResponseRedirect(_place_of(changed))
    context = {"form": form, "comment": comment, "subject": comment.subject, "preview": _preview(request, form)}
    return render(request, "activity/comment_edit.html", context, status=422 if form.errors else 200)


def _as_typed(comment: Comment) -> Comment:
    """The comment as its author typed it: with handles."""
    comment.text = as_typed(comment.text, _("a former member"))
    return comment


@login_required
@require_POST
def comment_delete(request: MemberRequest, pk: int) -> HttpResponse:
    """Take one's own comment back; a placeholder stays."""
    comment = _find(request, pk)
    try:
        actions.delete_comment(comment=comment, by=request.user)
    except RuleBroken as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Your comment is deleted."))
    return HttpResponseRedirect(_place_of(comment))


@login_required
@require_POST
def comment_thank(request: MemberRequest, pk: int) -> HttpResponse:
    """Thank for a comment."""
    return _after_thanks(request, pk, actions.thank)


@login_required
@require_POST
def comment_unthank(request: MemberRequest, pk: int) -> HttpResponse:
    """Take thanks back."""
    return _after_thanks(request, pk, actions.take_thanks_back)


def _after_thanks(request: MemberRequest, pk: int, act: Callable[..., None]) -> HttpResponse:
    THANKS.require(str(request.user.pk))
    comment = _find(request, pk)
    try:
        act(comment=comment, by=request.user)
    except RuleBroken as refusal:
        messages.error(request, str(refusal))
    if not wants_fragment(request):
        return HttpResponseRedirect(_place_of(comment))
    context = {"comment": selectors.one_comment(comment, request.user).says}
    return render_fragment(request, "activity/_comment_thanks.html", context)
