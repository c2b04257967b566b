"""Requests and answers: who may, whole page or fragment, and an expired login under htmx."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

from django.conf import settings
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import render, resolve_url
from django.template.loader import render_to_string
from django.utils.cache import patch_vary_headers
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails

if TYPE_CHECKING:
    from community.models import User

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


class MemberRequest(HttpRequest):
    """A request behind ``@login_required``: ``user`` is a member. For annotations only."""

    user: "User"
    htmx: HtmxDetails


def number_from(text: str) -> int | None:
    """Read the number of a row as it stands in an address; None for anything that no row can have."""
    return int(text) if text.isdecimal() and len(text) < 19 else None


def require(allowed: bool, why: str = "") -> None:
    """Raise PermissionDenied (a 403 page that says ``why``, a translated sentence) unless ``allowed``."""
    if not allowed:
        raise PermissionDenied(why)


def wants_fragment(request: HttpRequest) -> bool:
    """Tell whether htmx asks for a part of a page; boosted links and history restores need the whole page."""
    htmx: HtmxDetails | None = getattr(request, "htmx", None)
    return bool(htmx) and htmx is not None and not htmx.boosted and not htmx.history_restore_request


def render_fragment(
    request: HttpRequest, template: str, context: Mapping[str, Any] | None = None, *, status: int = 200
) -> HttpResponse:
    """Render a part of a page for htmx, with the waiting messages appended for the page's message area.

    ``template`` is usually ``"app/page.html#partial"``. The messages travel out of band, so the page that receives the
    fragment shows and announces them.
    """
    response = render(request, template, dict(context or {}), status=status)
    response.write(render_to_string("partials/messages_oob.html", request=request))
    patch_vary_headers(response, ["HX-Request"])
    return response


def page_or_fragment(
    request: HttpRequest, template: str, partial: str, context: Mapping[str, Any] | None = None, *, status: int = 200
) -> HttpResponse:
    """Answer with ``template``, or for htmx with only its ``partial`` (``"#rows"``); varies on HX-Request."""
    if wants_fragment(request):
        return render_fragment(request, f"{template}#{partial.removeprefix('#')}", context, status=status)
    response = render(request, template, dict(context or {}), status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response


class HtmxLoginRedirectMiddleware:
    """Lead back to the page, not to the button on it, when a login has expired.

    Under htmx a redirect to the sign-in page would land inside the box that was to be swapped, so it becomes an
    ``HX-Redirect``. And whoever pressed a button comes back to the page the button was on: the address of a POST
    cannot be opened.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if not isinstance(response, HttpResponseRedirect):
            return response
        htmx: HtmxDetails = request.htmx  # type: ignore[attr-defined]
        if not htmx and request.method in SAFE_METHODS:
            return response
        target = urlsplit(response.url)
        if target.path != resolve_url(settings.LOGIN_URL):
            return response
        query = QueryDict(target.query, mutable=True)
        if REDIRECT_FIELD_NAME in query:
            page = htmx.current_url_abs_path if htmx else own_referer(request)
            query[REDIRECT_FIELD_NAME] = page or resolve_url(settings.LOGIN_REDIRECT_URL)
        login = urlunsplit(target._replace(query=query.urlencode(safe="/")))
        return HttpResponseClientRedirect(login) if htmx else HttpResponseRedirect(login)


def own_url(request: HttpRequest, url: str) -> str | None:
    """Return ``url`` if it leads to this site and may be followed, else None."""
    hosts = {request.get_host()}
    is_own = url_has_allowed_host_and_scheme(url, allowed_hosts=hosts, require_https=request.is_secure())
    return url if is_own else None


def own_referer(request: HttpRequest) -> str | None:
    """Return path and query of the page the request came from, or None when that is not one of ours."""
    referer = own_url(request, request.headers.get("Referer", ""))
    page = urlunsplit(urlsplit(referer)._replace(scheme="", netloc="", fragment="")) if referer else ""
    return page if page and not page.startswith("//") else None  # two slashes would lead to another site
