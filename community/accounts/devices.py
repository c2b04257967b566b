"""Devices on which somebody signed in before: a wrong password typed elsewhere does not keep their owner out.

A signed cookie that only the sign-in page receives. It opens nothing: it has failures counted by device instead of by
address. It holds a random name and the keys of at most MOST accounts, no address and no number of a member.
"""

from __future__ import annotations

from django.conf import settings
from django.core import signing
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.crypto import get_random_string

COOKIE = "device"
SALT = "community.devices"
SECONDS = 365 * 24 * 3600
MOST = 5


def known_device(request: HttpRequest, account: str) -> str | None:
    """Return the name of the device, if ``account`` (a key) signed in on it within a year."""
    name, accounts = _read(request)
    return name if account in accounts else None


def remember_device(request: HttpRequest, response: HttpResponseBase, account: str) -> None:
    """Have this device known to ``account``; the year begins anew."""
    name, accounts = _read(request)
    kept = [account, *(other for other in accounts if other != account)][:MOST]
    response.set_cookie(
        COOKIE,
        signing.dumps([name, kept], salt=SALT),
        max_age=SECONDS,
        path=reverse(settings.LOGIN_URL),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _read(request: HttpRequest) -> tuple[str, list[str]]:
    """Return name and accounts of the device: a new name and none for an unknown one."""
    try:
        name, accounts = signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=SECONDS)
    except signing.BadSignature:
        return get_random_string(22), []
    return name, accounts
