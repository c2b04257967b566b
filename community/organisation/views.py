"""Who facilitates, and who did: every term is public to members. Spec 00, Roles."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from ui.http import MemberRequest
from ui.pagination import paginate

from .models import FacilitatorTerm


@login_required
@require_safe
def facilitator_list(request: MemberRequest) -> HttpResponse:
    """List every term: from when until when, and named by whom."""
    terms = FacilitatorTerm.objects.select_related("member", "appointed_by").order_by("-started_at", "-pk")
    page = paginate(terms, request.GET.get("after"))
    return render(request, "community/facilitator_list.html", {"page": page})
