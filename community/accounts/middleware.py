"""What a request owes to its member: their language, their time zone, and the day they were last here."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers

from community.people.models import User


class MemberMiddleware:
    """Speak the member's language and time; a visitor's follows their cookie or browser. Spec 00, Languages."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        user = request.user
        language = user.language if user.is_authenticated else translation.get_language_from_request(request)
        with translation.override(language), timezone.override(user.zone if user.is_authenticated else None):
            request.LANGUAGE_CODE = language
            if user.is_authenticated:
                note_seen(user)
            response = self.get_response(request)
            # A view may have changed the language (the switch does): the answer says what it is written in.
            response.headers.setdefault("Content-Language", translation.get_language() or language)
        if not user.is_authenticated:
            patch_vary_headers(response, ["Accept-Language", "Cookie"])
        # Every page is made for one reader: no cache that others share keeps it, and none shows it without asking.
        response.headers.setdefault("Cache-Control", "private, no-cache")
        return response


def note_seen(user: User) -> None:
    """Keep the day ``user`` was last here, without a time: at most one write a day. Spec 01, Member profile."""
    with timezone.override(None):  # days are Europe/Amsterdam, whatever zone the member is in
        today = timezone.localdate()
    if user.seen_on != today:
        User.objects.filter(pk=user.pk).update(seen_on=today)
        user.seen_on = today
