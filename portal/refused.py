"""What is answered to who may not do what they asked, or to what cannot be shown to come from a page of ours."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from activity.kinds import FORGOTTEN, subject_kinds
from activity.refusals import Refused
from community.models import User
from ui.http import own_referer, own_url


def permission_denied(request: HttpRequest, exception: PermissionDenied) -> HttpResponse:
    """Answer 403 with why, whom to ask, and the way back to what it was about. Spec 00, Roles."""
    context: dict[str, object] = {"exception": str(exception)}
    if isinstance(exception, Refused) and isinstance(request.user, User):
        subject = exception.subject
        kind = subject_kinds.get(subject.kind) or FORGOTTEN
        keepers = [keeper for keeper in kind.keepers(subject, request.user) if keeper.member != request.user]
        context |= {"subject": subject, "keepers": keepers}
    return render(request, "403.html", context, status=403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Refuse a form whose token is out of date, and offer to send it again with a fresh one, without a script.

    Only what the browser itself says to come from a page of ours is repeated (RFC 6454): a form of another site never
    stands here for somebody to press. A password is not written into a page; with one the page leads back.
    """
    origin = request.headers.get("Origin", "")
    is_ours = "://" in origin and bool(own_url(request, origin)) if origin else own_referer(request) is not None
    sent = [(name, value) for name, values in request.POST.lists() for value in values]
    has_password = any("password" in name for name, _value in sent)
    context = {
        "again": [pair for pair in sent if pair[0] != "csrfmiddlewaretoken"] if is_ours and not has_password else [],
        "back": own_referer(request),
    }
    return render(request, "403_csrf.html", context, status=403)
