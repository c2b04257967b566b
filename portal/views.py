"""Home, the landing page, the choice of language, and what search engines may read."""

from __future__ import annotations

from typing import cast

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import check_for_language, gettext, ngettext
from django.views import defaults
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_POST, require_safe

from community.people import actions as people_actions
from portal.models import Page
from ui.http import MemberRequest, page_of_form, too_much, typed
from ui.sections import home_acts, home_sections, home_todos, landing_figures, landing_sections, load_sections

COOKIE_AGE = 365 * 24 * 60 * 60


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Show members what waits for them, and visitors what this community is. Spec 07, Pages across apps."""
    if request.user.is_authenticated:
        return _member_home(cast("MemberRequest", request))
    return _landing(request)


def _member_home(request: MemberRequest) -> HttpResponse:
    todos = [todo for source in home_todos for todo in source.load(request)]
    sections = load_sections(home_sections, request)
    ledes = [section.data["lede"] for section in sections if section.data.get("lede")]
    if todos:  # one sentence: more would push down what it speaks of
        waiting = ngettext("%(count)s thing waits for you.", "%(count)s things wait for you.", len(todos))
        ledes.insert(0, waiting % {"count": len(todos)})
    act = next((act for act in home_acts if act.visible(request)), None)
    context = {
        "greeting": greeting(timezone.localtime().hour) % {"name": request.user.get_short_name()},
        "lede": next(iter(ledes), gettext("Nothing waits for you. See what is rising, or what is coming up.")),
        "act": {"url": act.href(request), "label": act.label, "icon": act.icon} if act else None,
        "todos": todos,
        "lead_sections": [section for section in sections if section.lead],
        "main_sections": [section for section in sections if not section.aside and not section.lead],
        "aside_sections": [section for section in sections if section.aside],
    }
    return render(request, "portal/home.html", context)


def greeting(hour: int) -> str:
    """Return the greeting for an ``hour`` (0 to 23) of the reader's own day, with a place for their ``name``."""
    if hour < 6 or hour >= 18:
        return gettext("Good evening, %(name)s")
    if hour < 12:
        return gettext("Good morning, %(name)s")
    return gettext("Good afternoon, %(name)s")


def _landing(request: HttpRequest) -> HttpResponse:
    figures = [
        {"key": figure.key, "number": number, "label": figure.label(number)}
        for figure in landing_figures
        if (number := figure.number.seen_by(request.user))  # a community that begins has nothing to count yet
    ]
    sections = load_sections(landing_sections, request)
    context = {
        "figures": figures,
        "numbers": {figure["key"]: figure["number"] for figure in figures},
        "main_sections": [section for section in sections if not section.aside],
        "aside_sections": [section for section in sections if section.aside],
    }
    return render(request, "portal/landing.html", context)


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Show the portal in another language from now on: kept with a member, in a cookie for a visitor.

    The cookie is set for members too, so that the sign-in page speaks their language next time. ``next`` is followed
    within this site only.
    """
    code = typed(request.POST, "language")
    if code not in dict(settings.LANGUAGES) or not check_for_language(code):
        return HttpResponseBadRequest(gettext("This language is not one of ours."))
    if request.user.is_authenticated:
        people_actions.change_language(member=request.user, language=code)
    response = HttpResponseRedirect(page_of_form(request) or "/")
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        code,
        max_age=COOKIE_AGE,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
        samesite="Lax",
    )
    return response


@cache_control(public=True, max_age=24 * 60 * 60)
@require_safe
def robots(_request: HttpRequest) -> HttpResponse:
    """Let search engines read what is made for visitors, and nothing else (RFC 9309: the longest rule that fits wins).

    Every other address is signed in for, or holds a token; one that is added is closed until it is allowed here.
    """
    sessions = reverse("events:session_list")
    rules = [
        "User-agent: *",
        "Disallow: /",
        f"Allow: {reverse('home')}$",
        f"Allow: {settings.STATIC_URL}",
        f"Allow: {reverse('community:hub_list')}$",
        *(f"Allow: {reverse(f'pages:{key}')}$" for key in Page.Key.values),
        f"Allow: {sessions}*-",  # /sessions/12-title/: the public ones; the others lead to the sign-in page
        f"Disallow: {sessions}*/*/",  # and what lies deeper, such as links to withdraw
    ]
    return HttpResponse("\n".join([*rules, ""]), content_type="text/plain; charset=utf-8")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Say what is wrong with a request that Django would not read: too much of it, or nonsense."""
    if isinstance(exception, RequestDataTooBig | TooManyFieldsSent | TooManyFilesSent):
        return too_much(413)
    return defaults.bad_request(request, exception)
