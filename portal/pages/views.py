"""The pages at the foot, for everybody, and changing them, for facilitators."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from ui.errors import StaleForm
from ui.http import MemberRequest, require

from . import actions
from .forms import PageForm
from .models import Page


def _page(key: str) -> Page:
    """The page as it is kept, or as it was at first."""
    return Page.objects.filter(key=key).first() or Page(key=key)


@require_safe
def page_detail(request: HttpRequest, key: str) -> HttpResponse:
    """Show a page at the foot, to visitors too."""
    page = _page(key)
    language = (get_language() or settings.LANGUAGE_CODE)[:2]
    context = {
        "page": page,
        "text": page.text_in(language),
        "contact": settings.CONTACT_EMAIL,
        "may_edit": request.user.has_perm("portal.edit_page"),
    }
    return render(request, "portal/page_detail.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def page_edit(request: MemberRequest, key: str) -> HttpResponse:
    """Change both texts of a page; a form that went stale shows both versions. Spec 00, Two people at once."""
    require(request.user.has_perm("portal.edit_page"), _("Only a facilitator can change this page."))
    page = _page(key)
    form = PageForm(request.POST if request.method == "POST" else None, instance=page)
    if request.method == "POST" and form.is_valid():
        try:
            actions.update_page(key=key, by=request.user, version=form.cleaned_data["version"], texts=form.texts)
        except StaleForm:
            form.mark_stale(_page(key))
        else:
            messages.success(request, _("The page is saved."))
            return redirect(page)
    return render(request, "portal/page_edit.html", {"page": page, "form": form}, status=422 if form.errors else 200)
