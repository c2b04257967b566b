"""The page of an idea."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from activity.pages import load_subject_page
from ui.http import MemberRequest

from .models import Idea


@login_required
@require_safe
def idea_detail(request: MemberRequest, number: int) -> HttpResponse:
    """One idea."""
    idea = get_object_or_404(Idea.objects.visible_to(request.user).select_related("subject", "author"), pk=number)
    return render(
        request, "smallapp/idea_detail.html", {"idea": idea, "page": load_subject_page(request, idea.subject)}
    )
