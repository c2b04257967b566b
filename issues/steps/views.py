"""The list of what waits longest, and saying why not. Spec 02, Generic."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from activity.refusals import require_about
from issues.bottlenecks.models import Bottleneck
from ui import statements
from ui.errors import RuleBroken
from ui.http import MemberRequest, typed
from ui.pagination import paginate_kept

from . import actions, selectors
from .forms import WhyNotForm

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from community.models import User

LISTED = 30


@login_required
@require_safe
def step_list(request: MemberRequest) -> HttpResponse:
    """Generic bottlenecks that wait for a next step, the longest first; who facilitates takes it from here."""
    page = paginate_kept(selectors.waiting_longest, request.user, after=typed(request.GET, "after"), size=LISTED)
    context = {
        "page": page,
        "rows": selectors.as_rows(page.rows),
        "may_step": request.user.is_facilitator,
    }
    return render(request, "issues/step_list.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def step_why_not(request: MemberRequest, number: int) -> HttpResponse:
    """Say why a generic bottleneck is not taken up."""
    bottleneck = statements.first(_find, request.user, number)
    if bottleneck is None:
        raise Http404
    require_about(bottleneck.subject, request.user.is_facilitator, _("Only facilitators take the next step."))
    if request.method != "POST" and not bottleneck.owes_step:
        messages.info(request, actions.NOTHING_OWED)
        return HttpResponseRedirect(bottleneck.subject.url)
    form = WhyNotForm(request.POST if request.method == "POST" else None, initial={"language": request.user.language})
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                actions.say_why_not(bottleneck=bottleneck, by=request.user, **form.cleaned_data)
            except RuleBroken as refusal:
                form.add_error(None, str(refusal))
            else:
                messages.success(request, _("Who supports this reads why it is not taken up."))
                return HttpResponseRedirect(f"{bottleneck.subject.url}#next-step")
    return render(request, "issues/step_why_not.html", {"bottleneck": bottleneck, "form": form}, status=status)


def _find(reader: User, number: int) -> QuerySet[Bottleneck]:
    return Bottleneck.objects.visible_to(reader).select_related("subject").defer("search").filter(pk=number)[:1]
