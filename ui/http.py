"""Requests and answers: who may, whole page or fragment, and an expired login under htmx."""

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit, urlunsplit

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect, HttpResponseRedirect, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import render, resolve_url
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails

if TYPE_CHECKING:
    from community.models import User

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


_NAME_OF_FORM = re.compile(r"[\w-]{8,64}", re.ASCII)
_BESIDE_A_FORM = {"csrfmiddlewaretoken", "next", "typed"}

LONGEST_LINE = 8_190
"""Characters of an address with its query, and of one header: what common web servers take."""


class MemberRequest(HttpRequest):
    """A request behind ``@login_required``: ``user`` is a member. For annotations only."""

    user: "User"
    htmx: HtmxDetails


def number_from(text: str) -> int | None:
    """Read the number of a row as it stands in an address; None for anything that no row can have."""
    return int(text) if text.isdecimal() and len(text) < 19 else None


def typed(data: QueryDict, name: str, most: int = 100) -> str:
    """Read the text ``name`` that stands in an address or beside a form: one line of at most ``most`` characters.

    "" when it was not sent. What is longer is cut, and NUL, which PostgreSQL cannot take, falls out. For everything
    that no form checks: views ask here and not ``request.GET`` itself.
    """
    return _one_line(data.get(name, ""), most)


def all_typed(data: QueryDict, name: str, most: int = 100) -> list[str]:
    """Read every text ``name`` as ``typed`` reads one."""
    return [_one_line(text, most) for text in data.getlist(name)]


def _one_line(text: str, most: int) -> str:
    return " ".join(text[:LONGEST_LINE].replace("\0", "").split())[:most]


def require(allowed: bool, why: str = "") -> None:
    """Raise PermissionDenied (a 403 page that says ``why``, a translated sentence) unless ``allowed``."""
    if not allowed:
        raise PermissionDenied(why)


def redirect_with_query(request: HttpRequest, path: str, *, permanent: bool = False) -> HttpResponse:
    """Lead to ``path``, where the page that was asked for is now, with what its address asked of it."""
    query = request.META.get("QUERY_STRING", "")
    response = (HttpResponsePermanentRedirect if permanent else HttpResponseRedirect)(
        f"{path}?{query}" if query else path
    )
    response["Cache-Control"] = "no-cache"  # an address can come back to where it was: two kept redirects would circle
    return response


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


class BoundedRequestMiddleware:
    """Refuse what is longer than anything the portal takes, before anything reads it.

    An address over ``LONGEST_LINE`` is answered with 414, a header over it with 431 and a body over
    ``DATA_UPLOAD_MAX_MEMORY_SIZE`` with 413, files included (RFC 9110, RFC 6585).
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        status = self._refusal(request)
        if not status:
            return self.get_response(request)
        with translation.override(translation.get_language_from_request(request)):
            return too_much(status)

    def _refusal(self, request: HttpRequest) -> int:
        meta = request.META
        if len(request.path) + len(meta.get("QUERY_STRING", "")) > LONGEST_LINE:
            return 414
        if any(len(value) > LONGEST_LINE for name, value in meta.items() if name.startswith("HTTP_")):
            return 431
        length = str(meta.get("CONTENT_LENGTH") or "0")
        return 0 if length.isdecimal() and int(length[:20]) <= settings.DATA_UPLOAD_MAX_MEMORY_SIZE else 413


def too_much(status: int) -> HttpResponse:
    """Answer with the page that says that this is more than the portal takes; it needs nothing of the request."""
    return HttpResponse(render_to_string("413.html"), status=status)


class TypedMiddleware:
    """Say that what somebody typed has arrived; until then ``static/js/typed.js`` keeps it in their browser.

    A form that was set aside names itself in ``typed``. Once its act is done a cookie repeats that name, and it is
    forgotten. Where a sign-in had expired the sign-in page says how what was typed comes back.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if request.method != "POST" or response.status_code >= 400:
            return response
        leads_to = response.headers.get("HX-Redirect") or response.headers.get("Location", "")
        name = typed(request.POST, "typed")
        if not request.user.is_authenticated and urlsplit(leads_to).path == resolve_url(settings.LOGIN_URL):
            if name:
                messages.warning(
                    request, _("You were signed out, so nothing was saved yet. Sign in: what you typed comes back.")
                )
            elif len(request.POST.keys() - _BESIDE_A_FORM) > 1:
                messages.warning(
                    request,
                    _("You were signed out, so nothing was saved yet. Sign in, then go back to what you typed."),
                )
        elif _NAME_OF_FORM.fullmatch(name):
            response.set_cookie("typed", name, max_age=60, secure=bool(settings.SESSION_COOKIE_SECURE), samesite="Lax")
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
            query[REDIRECT_FIELD_NAME] = own_referer(request) or resolve_url(settings.LOGIN_REDIRECT_URL)
        login = urlunsplit(target._replace(query=query.urlencode(safe="/")))
        return HttpResponseClientRedirect(login) if htmx else HttpResponseRedirect(login)


def own_url(request: HttpRequest, url: str) -> str | None:
    """Return ``url`` if it leads to this site and may be followed, else None."""
    hosts = {request.get_host()}
    is_own = url_has_allowed_host_and_scheme(url, allowed_hosts=hosts, require_https=request.is_secure())
    return url if is_own else None


def own_referer(request: HttpRequest) -> str | None:
    """Return path and query of the page the request came from, or None when that is not one of ours.

    htmx says which page it is on: the address bar may have changed since the page was loaded.
    """
    htmx: HtmxDetails | None = getattr(request, "htmx", None)
    sent = htmx.current_url if htmx else request.headers.get("Referer")
    referer = own_url(request, sent or "")
    page = urlunsplit(urlsplit(referer)._replace(scheme="", netloc="", fragment="")) if referer else ""
    return page if page and not page.startswith("//") else None  # two slashes would lead to another site


def keep_search_once(request: HttpRequest, response: HttpResponse, name: str = "q", *, url: str = "") -> None:
    """Let one search be one entry of the browser's history, however often htmx sent it while ``name`` was typed.

    The same address again is no new entry (Enter after a search that ran already), and typing on replaces it. Any other
    is a new entry where the form asks for one (``hx-push-url``), or where ``url`` says what stands in the address bar
    instead of what was asked for.
    """
    if not getattr(request, "htmx", None):
        return
    before, now = own_referer(request) or "", url or request.get_full_path()
    if before == now:
        response["HX-Push-Url"] = "false"
    elif _is_typed_on(before, now, name):
        response["HX-Replace-Url"] = now
    elif url:
        response["HX-Push-Url"] = url


def _is_typed_on(before: str, now: str, name: str) -> bool:
    """Whether two addresses differ in nothing but what was typed as ``name``; what is empty says nothing."""
    asked = [sorted(parse_qsl(urlsplit(address).query)) for address in (before, now)]
    if urlsplit(before).path != urlsplit(now).path or not all(name in dict(pairs) for pairs in asked):
        return False
    earlier, later = ([pair for pair in pairs if pair[0] != name] for pairs in asked)
    return earlier == later


def page_of_form(request: HttpRequest) -> str | None:
    """Return the page that the posted button says it stands on (``next``), or None when that is not one of ours."""
    return own_url(request, typed(request.POST, "next", LONGEST_LINE))
