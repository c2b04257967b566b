"""The digest as a page. Spec 06, Digests."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from activity.following.models import DigestPeriod
from ui.http import MemberRequest

from .clock import LOOKS_BACK
from .emails import HEADINGS
from .selectors import of_member


@login_required
@require_safe
@never_cache
def digest(request: MemberRequest, period: str) -> HttpResponse:
    """What happened for the reader in the last day, week or month."""
    if period not in HEADINGS:
        raise Http404
    chosen = DigestPeriod(period)
    since = timezone.now() - LOOKS_BACK[chosen]
    context = {
        "heading": HEADINGS[chosen],
        "since": since,
        "sections": of_member(request.user, since),
        "period": period,
        "periods": [(value, label) for value, label in DigestPeriod.choices if value in HEADINGS],
    }
    return render(request, "activity/digest.html", context)
