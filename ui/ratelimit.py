"""How often one person may write (spec 00, Security: rate limits on everything that writes)."""

import logging
from collections.abc import Callable
from functools import lru_cache
from math import ceil
from time import time

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from limits import RateLimitItem, parse
from limits.storage import Storage, storage_from_string
from limits.strategies import MovingWindowRateLimiter

from ui.http import SAFE_METHODS

logger = logging.getLogger(__name__)


@lru_cache(maxsize=4)
def _limiter(url: str) -> MovingWindowRateLimiter:
    storage = storage_from_string(url, key_prefix="doorbraak:limits", socket_timeout=0.25, socket_connect_timeout=0.25)
    assert isinstance(storage, Storage)  # noqa: S101 - the other kind is for asyncio
    return MovingWindowRateLimiter(storage)


def client_address(request: HttpRequest) -> str:
    """Return the address of the client: behind ``TRUSTED_PROXIES`` proxies the entry that the outermost one saw."""
    if settings.TRUSTED_PROXIES:
        seen = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()]
        if len(seen) >= settings.TRUSTED_PROXIES:
            return str(seen[-settings.TRUSTED_PROXIES])
    return str(request.META.get("REMOTE_ADDR", ""))


def hit(limit: RateLimitItem, *identifiers: str) -> int:
    """Count one act; return 0, or in how many seconds (at least 1) the next is welcome.

    An unreachable Valkey lets everything through: a portal that nobody can write in is the greater damage.
    """
    limiter = _limiter(settings.REDIS_URL)
    try:
        if limiter.hit(limit, *identifiers):
            return 0
        return max(1, ceil(limiter.get_window_stats(limit, *identifiers).reset_time - time()))
    except Exception:  # any failure of the store, whichever client library raises it
        logger.warning("The rate limit could not be checked; the request is let through.", exc_info=True)
        return 0


class WriteRateLimitMiddleware:
    """Answer 429 with Retry-After to whoever writes more than ``WRITE_RATE_LIMIT``: per member, else per address."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.method in SAFE_METHODS:
            return self.get_response(request)
        who = f"member:{request.user.pk}" if request.user.is_authenticated else f"address:{client_address(request)}"
        seconds = hit(parse(settings.WRITE_RATE_LIMIT), "write", who)
        if seconds:
            response = render(request, "429.html", {"retry_after": seconds}, status=429)
            response["Retry-After"] = str(seconds)
            return response
        return self.get_response(request)
