"""One form about a bottleneck, alone on its page: how the acts of this room and of those above are asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from ui import statements
from ui.errors import RuleBroken

from .selectors import for_act

if TYPE_CHECKING:
    from community.models import User
    from ui.http import MemberRequest

    from .models import Bottleneck


def find_bottleneck(reader: User, number: int) -> Bottleneck:
    """The bottleneck of this number with its subject. Raises Http404 where ``reader`` may read none."""
    bottleneck = statements.first(for_act, reader, number)
    if bottleneck is None:
        raise Http404
    return bottleneck


def sent(request: MemberRequest) -> Any:
    """What a form is made with: what was sent, or None for a page that is only read."""
    return request.POST if request.method == "POST" else None


def answer_form(
    request: MemberRequest,
    bottleneck: Bottleneck,
    form: forms.BaseForm,
    act: Callable[..., object],
    *,
    done: str,
    anchor: str = "",
    template: str = "issues/act_form.html",
    **shown: Any,
) -> HttpResponse:
    """Do ``act`` with what a valid ``form`` holds and say ``done`` on the page of ``bottleneck``, at ``anchor``.

    Otherwise the page of the form, with what is wrong beside its field; what ``act`` refuses too. ``shown`` is what
    the template needs beside that: ``heading``, ``button`` and ``note``.
    """
    if form.is_valid():
        try:
            act(**form.cleaned_data)
        except RuleBroken as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        else:
            messages.success(request, done)
            return HttpResponseRedirect(f"{bottleneck.subject.url}{anchor}")
    context = {"bottleneck": bottleneck, "form": form, **shown}
    return render(request, template, context, status=422 if form.errors else 200)
