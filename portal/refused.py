"""What a request is answered that cannot be shown to come from a page of ours."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from ui.http import own_referer, own_url


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
