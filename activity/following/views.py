"""The button to follow, and the page of everything one follows. Spec 06, Following."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from activity.kinds import COMMUNITY
from activity.models import Subject
from ui.errors import RuleBroken
from ui.http import MemberRequest, render_fragment, wants_fragment
from ui.pagination import paginate

from . import actions, selectors
from .forms import LevelForm
from .limits import FOLLOWS
from .sections import shown_to


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def follow(request: MemberRequest, pk: int) -> HttpResponse:
    """Choose how much to hear of a subject: a page of its own, and what the button on the subject's page posts to."""
    if request.method == "POST":
        FOLLOWS.require(str(request.user.pk))
    rows = Subject.objects.visible_to(request.user).exclude(kind=COMMUNITY.key)
    subject = get_object_or_404(rows, pk=pk)
    form = LevelForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.choose_level(subject=subject, by=request.user, level=form.cleaned_data["level"])
        except RuleBroken as refusal:
            form.add_error(None, str(refusal))
        else:
            if not wants_fragment(request):
                messages.success(request, _("From now on you hear of this as you chose."))
                return HttpResponseRedirect(subject.url)
    context = {**shown_to(request.user, subject), "form": form, "subject": subject}
    if wants_fragment(request) and not form.errors:
        return render_fragment(request, "activity/follow.html#answer", context)
    return render(request, "activity/follow_choose.html", context, status=422 if form.errors else 200)


@login_required
@require_safe
def followed(request: MemberRequest) -> HttpResponse:
    """List everything one follows, and what one chose not to hear of."""
    page = paginate(selectors.followed_by(request.user), request.GET.get("after"))
    rows = [selectors.Following(row, *selectors.effective(row)) for row in page.rows]
    return render(request, "activity/follow_list.html", {"page": page, "rows": rows})
