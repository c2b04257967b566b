"""How often one person may do something (spec 00, Security: rate limits), and the one answer to who did it too often.

A limit counts what one member does. Per address only failures count, or so much that no organisation behind one address
comes near it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network
from math import ceil
from time import time

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from limits import RateLimitItem, parse
from limits.storage import MemoryStorage, Storage, storage_from_string
from limits.strategies import MovingWindowRateLimiter

from ui import valkey
from ui.http import SAFE_METHODS, wants_fragment

#: Every limit by its name.
LIMITS: dict[str, Limit] = {}


class TooOften(Exception):  # noqa: N818 - an expected no, like RuleBroken
    """Over a limit; welcome again in ``seconds``. The middleware answers it with 429."""

    def __init__(self, seconds: int) -> None:
        super().__init__(seconds)
        self.seconds = seconds


@dataclass(frozen=True, slots=True)
class Limit:
    """At most so many acts in so long a time, for whoever ``who`` names.

    ``rate`` is one as in ``5/5 minutes``, or the name of the setting that holds it. While Valkey is away each process
    counts for itself.
    """

    name: str
    rate: str

    def __post_init__(self) -> None:
        LIMITS[self.name] = self

    def hit(self, *who: str) -> int:
        """Count one act; return 0, or in how many seconds (at least 1) the next is welcome. One too many is no act."""
        return _ask(lambda limiter: 0 if limiter.hit(self._item, self.name, *who) else self._seconds(limiter, *who))

    def wait(self, *who: str) -> int:
        """Return what ``hit`` would, counting nothing."""
        return _ask(lambda limiter: 0 if limiter.test(self._item, self.name, *who) else self._seconds(limiter, *who))

    def counted(self, *who: str) -> int:
        """Return how many acts stand."""
        return self._item.amount - _ask(lambda limiter: limiter.get_window_stats(self._item, self.name, *who).remaining)

    def require(self, *who: str) -> None:
        """Count one act. Raises TooOften when it is one too many."""
        if seconds := self.hit(*who):
            raise TooOften(seconds)

    def clear(self, *who: str) -> None:
        """Forget what was counted."""
        _ask(lambda limiter: limiter.clear(self._item, self.name, *who))

    @property
    def _item(self) -> RateLimitItem:
        return _parsed(getattr(settings, self.rate) if self.rate.isupper() else self.rate)

    def _seconds(self, limiter: MovingWindowRateLimiter, *who: str) -> int:
        return max(1, ceil(limiter.get_window_stats(self._item, self.name, *who).reset_time - time()))


#: What one member writes; whom nobody knows yet counts with all of an address, so that limit is wide.
WRITES = Limit("write", "WRITE_RATE_LIMIT")
VISITOR_WRITES = Limit("visitor", "VISITOR_RATE_LIMIT")
#: Searches and filters of one member. Who types into a search box asks at most three times a second.
SEARCHES = Limit("search", "SEARCH_RATE_LIMIT")

_parsed = lru_cache(maxsize=64)(parse)


@lru_cache(maxsize=4)
def _shared(url: str) -> MovingWindowRateLimiter:
    wait = settings.VALKEY_WAIT
    storage = storage_from_string(url, key_prefix="doorbraak:limits", socket_timeout=wait, socket_connect_timeout=wait)
    assert isinstance(storage, Storage)  # noqa: S101 - the other kind is for asyncio
    return MovingWindowRateLimiter(storage)


@lru_cache(maxsize=1)
def _own() -> MovingWindowRateLimiter:
    return MovingWindowRateLimiter(MemoryStorage())


def _ask[T](call: Callable[[MovingWindowRateLimiter], T]) -> T:
    """Ask the counts that all processes share, or those of this process while Valkey is away."""
    return valkey.ask(lambda: call(_shared(settings.REDIS_URL)), lambda: call(_own()))


def client_address(request: HttpRequest) -> str:
    """Return the address of the client: behind ``TRUSTED_PROXIES`` proxies the entry that the outermost one saw."""
    if settings.TRUSTED_PROXIES:
        seen = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()]
        if len(seen) >= settings.TRUSTED_PROXIES:
            return str(seen[-settings.TRUSTED_PROXIES])
    return str(request.META.get("REMOTE_ADDR", ""))


def origin(request: HttpRequest) -> str:
    """Return whom an address is counted as: itself, or for IPv6 its /64, of which one household has 2^64 addresses."""
    text = client_address(request)
    try:
        address = ip_address(text)
    except ValueError:
        return text
    return str(ip_network((address, 64), strict=False)) if isinstance(address, IPv6Address) else str(address)


def too_many(request: HttpRequest, seconds: int = 60) -> HttpResponse:
    """Answer 429 with ``Retry-After`` and the page that says so; to htmx its words alone, which the page then shows."""
    template = "429.html#words" if wants_fragment(request) else "429.html"
    response = render(request, template, {"retry_after": seconds}, status=429)
    response["Retry-After"] = str(seconds)
    patch_vary_headers(response, ["HX-Request"])
    return response


class RateLimitMiddleware:
    """Keep writes, and the searches of members, within their limits; answer TooOften of any view."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        seconds = self._seconds(request)
        return too_many(request, seconds) if seconds else self.get_response(request)

    def _seconds(self, request: HttpRequest) -> int:
        if request.method in SAFE_METHODS and not request.GET:
            return 0
        if request.user.is_authenticated:
            return (SEARCHES if request.method in SAFE_METHODS else WRITES).hit(str(request.user.pk))
        return 0 if request.method in SAFE_METHODS else VISITOR_WRITES.hit(origin(request))

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer a view that raised TooOften."""
        return too_many(request, exception.seconds) if isinstance(exception, TooOften) else None
