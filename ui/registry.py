"""What lower floors offer to pages, and upper floors fill in ``AppConfig.ready()`` (spec 00, Floors)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest
from django.urls import get_script_prefix, get_urlconf, reverse
from django.utils.functional import Promise

type Text = str | Promise


class Registered(Protocol):
    """Something a registry can hold: a unique key, and a place in the order."""

    @property
    def key(self) -> str: ...

    @property
    def order(self) -> int: ...


class Registry[T: Registered]:
    """Entries by key, iterated by ``order`` and then ``key``.

    Raises ImproperlyConfigured when a key is registered twice, KeyError when an unknown one is asked for.
    """

    def __init__(self, name: str) -> None:
        """Make an empty registry; ``name`` is used in error messages only."""
        self.name = name
        self._entries: dict[str, T] = {}
        self._sorted: tuple[T, ...] | None = None

    def register(self, entry: T) -> T:
        """Add ``entry`` and return it. Raises ImproperlyConfigured for a key that is taken."""
        if entry.key in self._entries:
            raise ImproperlyConfigured(f"{self.name}: the key {entry.key!r} is registered twice")
        self._entries[entry.key] = entry
        self._sorted = None
        return entry

    @contextmanager
    def temporarily(self, entry: T) -> Iterator[T]:
        """Register ``entry`` for the length of a ``with`` block; for tests."""
        self.register(entry)
        try:
            yield entry
        finally:
            del self._entries[entry.key]
            self._sorted = None

    def __iter__(self) -> Iterator[T]:
        if self._sorted is None:
            self._sorted = tuple(sorted(self._entries.values(), key=lambda entry: (entry.order, entry.key)))
        return iter(self._sorted)

    def __getitem__(self, key: str) -> T:
        return self._entries[key]

    def get(self, key: str) -> T | None:
        """Return the entry with ``key``, or None."""
        return self._entries.get(key)

    def __contains__(self, key: object) -> bool:
        return key in self._entries

    def __len__(self) -> int:
        return len(self._entries)


def everyone(request: HttpRequest) -> bool:
    """Show an entry to visitors and members alike."""
    return True


def members(request: HttpRequest) -> bool:
    """Show an entry to whoever is signed in."""
    return hasattr(request, "user") and request.user.is_authenticated


@dataclass(frozen=True, kw_only=True, slots=True)
class NavEntry:
    """One place in a menu.

    ``url`` is a URL name, or a function of the request that returns a path (for "my profile"). ``icon`` is the name of
    a symbol in ``static/icons/icons.svg``. ``in_tabbar`` asks for one of the four places at the thumb on a phone,
    ``short`` is a label that fits there.
    """

    key: str
    label: Text
    url: str | Callable[[HttpRequest], str]
    icon: str
    order: int = 100
    in_tabbar: bool = False
    visible: Callable[[HttpRequest], bool] = members
    short: Text = ""

    def href(self, request: HttpRequest) -> str:
        """Return the path of this place for the reader of ``request``."""
        if not isinstance(self.url, str):
            return self.url(request)
        return _path_of(self.url, get_urlconf() or settings.ROOT_URLCONF, get_script_prefix())


@lru_cache(maxsize=200)
def _path_of(name: str, urlconf: str, prefix: str) -> str:
    """The path of a page that takes no arguments, kept by all that it depends on: every page shows twenty of them."""
    return reverse(name, urlconf)


navigation: Registry[NavEntry] = Registry("navigation")
"""The places in the bar on top, in the tab bar of a phone and under its "More"."""

me_menu: Registry[NavEntry] = Registry("me menu")
"""What a member finds under their own face, above light/dark, language and signing out."""


@dataclass(frozen=True, kw_only=True, slots=True)
class BarEntry:
    """Something that members see in the bar on top of every page; ``template`` gets what the page has, and no query."""

    key: str
    template: str
    order: int = 100


bar: Registry[BarEntry] = Registry("bar")
"""What stands beside the member's own face: the bell."""

footer: Registry[NavEntry] = Registry("footer")
"""Links at the foot of every page: accessibility, privacy, source code, licence."""
