"""Changing what a bottleneck says, reading that word by word, and supporting it as it stands. Spec 02, Filing."""

from __future__ import annotations

from functools import partial

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from activity.refusals import require_about
from issues.bottlenecks.acting import find_bottleneck, sent
from issues.bottlenecks.actions import published_as
from issues.bottlenecks.models import Bottleneck
from issues.replies.models import AnonymousFiling
from issues.replies.views import answer_by_code, by_code
from ui.errors import RuleBroken, StaleForm
from ui.http import MemberRequest

from . import actions, selectors
from .forms import ChangeForm
from .permissions import may_change
from .sections import differing, who


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def bottleneck_change(request: MemberRequest, number: int) -> HttpResponse:
    """Change what it says; a stale form shows both texts."""
    bottleneck = find_bottleneck(request.user, number)
    require_about(bottleneck.subject, may_change(request.user, bottleneck), str(actions.ONLY_FILER))
    if request.method != "POST" and not bottleneck.takes_votes:
        messages.info(request, _("This has ended or was merged, so its text stays as it is."))
        return HttpResponseRedirect(bottleneck.subject.url)
    form = ChangeForm(sent(request), instance=bottleneck)
    if form.is_valid():
        try:
            changed = actions.change_text(bottleneck=bottleneck, by=request.user, **form.cleaned_data)
        except StaleForm:
            form.mark_stale(Bottleneck.objects.get(pk=number))
        except RuleBroken as refusal:
            form.add_error(refusal.field or None, str(refusal))
        else:
            messages.success(request, _("Changed. Who supports this hears of it once."))
            return HttpResponseRedirect(f"{changed.subject.url}#change")
    context = {"form": form, "bottleneck": bottleneck}
    return render(request, "issues/change_form.html", context, status=422 if form.errors else 200)


@login_required
@require_safe
def bottleneck_changes(request: MemberRequest, number: int) -> HttpResponse:
    """Every change, word by word."""
    bottleneck = find_bottleneck(request.user, number)
    changes = [(it, who(it, bottleneck, request.user), differing(it)) for it in selectors.changes_of(bottleneck)]
    return render(request, "issues/change_list.html", {"bottleneck": bottleneck, "changes": changes})


@login_required
@require_POST
def bottleneck_confirm(request: MemberRequest, number: int) -> HttpResponse:
    """Say that one's vote holds for the text as it stands now."""
    bottleneck = find_bottleneck(request.user, number)
    try:
        actions.confirm_support(bottleneck=bottleneck, by=request.user)
    except RuleBroken as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("Your vote holds for the text as it stands now."))
    return HttpResponseRedirect(f"{bottleneck.subject.url}#change")


@by_code
def reply_change(request: HttpRequest, filing: AnonymousFiling, code: str) -> HttpResponse:
    """Change by reply code what one filed anonymously."""
    try:
        form = ChangeForm(request.POST, instance=published_as(filing))
    except RuleBroken as refusal:  # it waits for the night, and has a form of its own until then
        return render(request, "issues/reply_done.html", {"code": code, "said": str(refusal)}, status=422)
    act = partial(actions.change_text_by_code, filing=filing)
    return answer_by_code(request, code, form, act, _("Changed. Who supports this hears of it once."))
