"""The page of a reply code. It needs no sign-in, and keeps the code in the page alone. Spec 02, Filing."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from issues.registries import reply_parts
from ui.errors import RuleBroken
from ui.http import number_from, typed
from ui.ratelimit import TooOften, origin
from ui.sections import ShownSection

from . import actions, selectors
from .codes import TYPED_LENGTH, plain
from .forms import AnswerForm, CodeForm
from .limits import WRONG_CODES

if TYPE_CHECKING:
    from .models import AnonymousFiling


def _opened(request: HttpRequest, code: str) -> AnonymousFiling | None:
    """What this code opens, or None. Raises TooOften once too many wrong ones came from one address.

    What can be no code is a slip of the pen and no guess.
    """
    if seconds := WRONG_CODES.wait(origin(request)):
        raise TooOften(seconds)
    filing = selectors.filing_by(code)
    if filing is None and plain(code):
        WRONG_CODES.hit(origin(request))
    return filing


def _wrong_code(request: HttpRequest) -> HttpResponse:
    """Say that this is no code: the same words whatever is wrong with it."""
    form = CodeForm(request.POST)
    if form.is_valid():
        form.add_error("code", _("This code opens nothing. Look whether every character is right."))
    return render(request, "issues/reply.html", {"form": form}, status=422)


def by_code(view: Callable[[HttpRequest, AnonymousFiling, str], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Guard what one does by reply code: ``view`` gets what the code opens, and the code as it was typed.

    The code comes by POST, so that it stands in no address and no log. A wrong one is answered alike, whatever is wrong
    with it. Raises TooOften after many.
    """

    @never_cache
    @require_POST
    @wraps(view)
    def guarded(request: HttpRequest) -> HttpResponse:
        code = typed(request.POST, "code", TYPED_LENGTH)
        filing = _opened(request, code)
        return _private(_wrong_code(request) if filing is None else view(request, filing, code))

    return guarded


@by_code
def _open(request: HttpRequest, filing: AnonymousFiling, code: str) -> HttpResponse:
    return _shown(request, filing, code)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def reply(request: HttpRequest) -> HttpResponse:
    """Type a reply code, and read what it opens."""
    if request.method == "POST":
        return _open(request)
    return _private(render(request, "issues/reply.html", {"form": CodeForm()}))


@by_code
def reply_answer(request: HttpRequest, filing: AnonymousFiling, code: str) -> HttpResponse:
    """Answer a question of a facilitator by reply code."""
    number = number_from(typed(request.POST, "question"))
    asked = selectors.questions_about(filing.subject_id) if filing.subject_id is not None else []
    question = next((it for it in asked if it.pk == number), None)
    if question is None:
        return _shown(request, filing, code, status=422)
    form = AnswerForm(request.POST, auto_id=f"id_%s_{question.pk}")
    if form.is_valid():
        try:
            actions.answer_question(question=question, code=code, **form.cleaned_data)
        except RuleBroken as refusal:
            form.add_error(None, str(refusal))
        else:
            return _shown(request, filing, code, said=_("Your answer is saved. Facilitators can read it."))
    return _shown(request, filing, code, answers={question.pk: form}, status=422)


def answer_by_code(
    request: HttpRequest, code: str, form: forms.BaseForm, act: Callable[..., object], done: str
) -> HttpResponse:
    """Do what ``form`` says and say ``done``, with the way back to the page of the code, which no address holds."""
    if form.is_valid():
        try:
            act(**form.cleaned_data)
        except RuleBroken as refusal:
            form.add_error(None, str(refusal))
        else:
            return render(request, "issues/reply_done.html", {"code": code, "said": done})
    return render(request, "issues/reply_form.html", {"code": code, "form": form}, status=422)


def _shown(
    request: HttpRequest,
    filing: AnonymousFiling,
    code: str,
    *,
    said: str = "",
    answers: dict[int, AnswerForm] | None = None,
    status: int = 200,
) -> HttpResponse:
    questions = selectors.questions_about(filing.subject_id) if filing.subject_id is not None else []
    loaded = ((part, part.load(filing)) for part in reply_parts)
    context: dict[str, Any] = {
        "filing": filing,
        "code": code,
        "said": said,
        "asked": [(question, _answer_form(question, answers or {})) for question in questions],
        "parts": [
            ShownSection(part.key, part.template, False, {**data, "code": code})
            for part, data in loaded
            if data is not None
        ],
    }
    return render(request, "issues/reply_opened.html", context, status=status)


def _answer_form(question: Any, typed_ones: dict[int, AnswerForm]) -> AnswerForm | None:
    """The form of an answer, until a facilitator has read one."""
    if question.was_taken_in:
        return None
    initial = {"text": question.answer, "language": question.answer_language} if question.answer else None
    return typed_ones.get(question.pk) or AnswerForm(initial=initial, auto_id=f"id_%s_{question.pk}")


def _private(response: HttpResponse) -> HttpResponse:
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response
