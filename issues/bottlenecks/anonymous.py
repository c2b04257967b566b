"""Pages of filing: drafts, what is filed without a name, and the questions of facilitators about it. Spec 02, Filing.

What is filed anonymously leaves nothing in the session: no message, nothing of what was typed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import segno
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from activity.refusals import require_about
from issues.drafts.actions import save_draft, throw_away_draft
from issues.replies.actions import ask_filer, drop_filing, mark_answer_read
from issues.replies.forms import QuestionForm
from issues.replies.models import Question
from issues.replies.views import by_code
from ui.errors import RuleBroken
from ui.http import MemberRequest, render_fragment, wants_fragment

from . import actions, selectors
from .acting import find_bottleneck
from .actions import FILING
from .forms import AnonymousCorrectionForm, FilingForm
from .models import Bottleneck

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.utils.safestring import SafeString

    from issues.replies.models import AnonymousFiling

TYPED = "typed_bottleneck"  # what was typed on the filing form before joining an existing one, kept in the session


def forget_typed(request: MemberRequest) -> None:
    """Whoever chose *anonymous* leaves nothing of what they typed: no draft, nothing in the session."""
    throw_away_draft(by=request.user, form=FILING)
    if TYPED in request.session:
        del request.session[TYPED]


@login_required
@require_POST
def bottleneck_draft(request: MemberRequest) -> HttpResponse:
    """Keep what is being typed, or throw it away (``throw``); of who chose *anonymous* nothing is kept."""
    form, context = FilingForm(request.POST, member=request.user), dict[str, Any]()
    content = {} if "throw" in request.POST else form.typed
    if form.is_anonymous:
        forget_typed(request)
        context["is_anonymous"] = True
    elif content:
        context["saved_at"] = save_draft(by=request.user, form=FILING, content=content)
    else:
        throw_away_draft(by=request.user, form=FILING)
    if wants_fragment(request):
        return render_fragment(request, "issues/bottleneck_new.html#draft", context)
    if form.is_anonymous:
        context |= {"form": FilingForm(initial=form.typed, member=request.user), "looked": False}
        return render(request, "issues/bottleneck_new.html", {**context, **generic_from()})
    if content:
        messages.success(request, _("Your draft is saved. Only you can read it."))
    return redirect("issues:bottleneck_new")


def generic_from() -> dict[str, int]:
    """From where on a bottleneck is called generic, as the form says."""
    return {"votes": settings.GENERIC_MIN_VOTES, "hubs": settings.GENERIC_MIN_HUBS}


@never_cache
def shown_code(request: MemberRequest, code: str) -> HttpResponse:
    """The reply code, this once: it stands in the answer to the form, and in no address and no session."""
    link = f"{settings.BASE_URL}{reverse('issues:reply')}#{code}"
    return render(request, "issues/reply_code.html", {"code": code, "link": link, "qr": _drawn(link)})


def _drawn(link: str) -> SafeString:
    """A QR code as an image in the page."""
    svg = segno.make(link, error="m").svg_inline(scale=4, border=2, dark="#000", light="#fff", omitsize=True)
    return mark_safe(svg)  # noqa: S308 - drawn from an address of ours


@login_required
@require_safe
def told_list(request: MemberRequest) -> HttpResponse:
    """Whether managers were told, added up per unit: from five filers on, and never whose manager."""
    context = {"rows": selectors.told_by_unit(), "least": selectors.SPLIT_FROM}
    return render(request, "issues/told_list.html", context)


# --- By reply code ---------------------------------------------------------------------------------------------------
@by_code
def anonymous_correct(request: HttpRequest, filing: AnonymousFiling, code: str) -> HttpResponse:
    """Put the text of what waits for the night right, by reply code; ``save`` does it, else the form is shown."""
    is_sent = "save" in request.POST
    form = AnonymousCorrectionForm(request.POST if is_sent else None, initial=filing.content)
    if is_sent and form.is_valid():
        try:
            actions.correct_anonymous(filing=filing, code=code, **form.cleaned_data)
        except RuleBroken as refusal:
            form.add_error(None, str(refusal))
        else:
            return render(request, "issues/reply_done.html", {"code": code, "said": _("Corrected.")})
    context = {"form": form, "code": code}
    return render(request, "issues/anonymous_correct.html", context, status=422 if is_sent else 200)


@by_code
def anonymous_drop(request: HttpRequest, filing: AnonymousFiling, code: str) -> HttpResponse:
    """Throw away what waits for the night, by reply code; ``sure`` does it, else it is asked."""
    if "sure" not in request.POST:
        return render(request, "issues/anonymous_drop.html", {"code": code, "title": filing.content.get("title", "")})
    try:
        drop_filing(code=code)
    except RuleBroken as refusal:
        return render(request, "issues/reply_done.html", {"code": code, "said": str(refusal)}, status=422)
    return render(request, "issues/reply_done.html", {"said": _("Thrown away. It is never published.")})


# --- Questions -------------------------------------------------------------------------------------------------------
@login_required
@require_POST
def question_ask(request: MemberRequest, number: int) -> HttpResponse:
    """Ask who filed a bottleneck anonymously something; they read it by reply code."""
    bottleneck = _found(request, number)
    form = QuestionForm(request.POST)
    if form.is_valid():
        try:
            ask_filer(subject=bottleneck.subject, by=request.user, **form.cleaned_data)
        except RuleBroken as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Asked. Whoever filed it reads your question by reply code."))
            return HttpResponseRedirect(f"{bottleneck.subject.url}#questions")
    context = {"form": form, "bottleneck": bottleneck}
    return render(request, "issues/question_ask.html", context, status=422)


@login_required
@require_POST
def question_read(request: MemberRequest, number: int, question: int) -> HttpResponse:
    """Say that the answer to a question was read."""
    bottleneck = _found(request, number)
    mark_answer_read(question=get_object_or_404(Question, pk=question, subject=bottleneck.subject_id), by=request.user)
    return HttpResponseRedirect(f"{bottleneck.subject.url}#questions")


def _found(request: MemberRequest, number: int) -> Bottleneck:
    bottleneck = find_bottleneck(request.user, number)
    why = _("Only facilitators ask the filer something.")
    require_about(bottleneck.subject, request.user.is_facilitator, why)
    return bottleneck
