"""What the board was asked for: the rows, how many, and the address that says the same. Spec 02, Board."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext, ngettext, pgettext

from community.models import Hub
from issues.themes.models import NO_THEME, Theme
from ui import statements
from ui.pagination import Count, Page, count_kept, paginate_kept
from ui.search import Asked, Findings, Phrase, Word, search, sought

from .forms import Show
from .models import Bottleneck, BottleneckQuerySet, Sort, means_exactly

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

    from community.models import User


@dataclass(frozen=True, slots=True)
class Chip:
    """One of the quick filters."""

    key: str
    label: _StrOrPromise
    url: str
    is_current: bool


#: What no theme and no hub has as its primary key.
_NOWHERE = -1


def _hub_at(reader: User, slug: str) -> QuerySet[Hub, tuple[int, str, int]]:
    hubs = Hub.objects.visible_to(reader).by_slug(slug)
    return hubs.values_list("pk", "slug", Coalesce("bottlenecktally__number", 0))[:1]


def _theme_at(slug: str) -> QuerySet[Theme, int]:
    return Theme.objects.filter(slug=slug).values_list("pk", flat=True)[:1]


def _narrowed(member: User, show: Show, theme: int | None, has_none: bool, hub: int | None) -> BottleneckQuerySet:
    """Open bottlenecks that ``member`` may read, of a theme or without one, that touch a hub."""
    rows: BottleneckQuerySet = Bottleneck.objects.visible_to(member).open()
    match show:
        case Show.GENERIC:
            rows = rows.generic()
        case Show.UNSUPPORTED:
            rows = rows.not_supported_by(member)
        case Show.MINE:
            rows = rows.filed_by(member)
    if theme is not None or has_none:
        rows = rows.filter(theme=theme)
    return rows.touching(hub) if hub is not None else rows


def _in_order(
    sort: Sort, member: User, show: Show, theme: int | None, has_none: bool, hub: int | None
) -> BottleneckQuerySet:
    """The same as rows of the board."""
    return _narrowed(member, show, theme, has_none, hub).as_rows(member).in_order(sort)


def _found(
    roughly: bool,
    typed: Phrase,
    sort: Sort,
    member: User,
    show: Show,
    theme: int | None,
    has_none: bool,
    hub: int | None,
    *words: Word,
) -> BottleneckQuerySet:
    """Those of ``_in_order`` that hold what was typed, or ``roughly`` something like it as well."""
    rows = _in_order(sort, member, show, theme, has_none, hub)
    return rows.resembling(typed, *words) if roughly else rows.matching(typed, *words)


class Board:
    """The board as ``member`` asks for it; ``wanted`` holds q, sort, show, theme and hub as text, "" for not said."""

    def __init__(self, wanted: Mapping[str, str], member: User) -> None:
        self.wanted = dict(wanted)
        self.member = member
        self._hub: int | None = None
        self._kept = 0  # how many at least touch the hub: what is open for every member
        if self.wanted["hub"]:
            hub = statements.first(_hub_at, member, self.wanted["hub"].lower())
            self._hub, self.wanted["hub"], self._kept = hub or (None, self.wanted["hub"], 0)

    @property
    def sort(self) -> str:
        """The chosen order; most support without one."""
        return self.wanted["sort"] or Sort.SUPPORT

    @cached_property
    def _asked(self) -> tuple[User, Show, int | None, bool, int | None]:
        """What ``_narrowed`` gets."""
        theme = None
        if self.wanted["theme"] not in {"", NO_THEME}:
            # Looked up beforehand: knowing which it is, the database reads only that theme's, in their order.
            theme = statements.first(_theme_at, self.wanted["theme"]) or _NOWHERE
        hub = self._hub or _NOWHERE if self.wanted["hub"] else None
        return self.member, Show(self.wanted["show"]), theme, self.wanted["theme"] == NO_THEME, hub

    @cached_property
    def _search(self) -> Findings[Bottleneck] | None:
        """What is found by the words; None without any. Where next to nothing is, typing errors are allowed for."""
        typed = self.wanted["q"]
        if not typed:
            return None
        narrowed = Phrase(typed), Sort(self.sort), *self._asked
        if means_exactly(typed):
            exact = Asked(_found, (False, *narrowed))
            return Findings(exact, exact.count())
        exact, roughly = (Asked(_found, (roughly, *narrowed, *sought(typed))) for roughly in (False, True))
        return search(exact, roughly)

    def count(self, page: Page[Bottleneck] | None = None) -> Count:
        """How many there are, up to 1,000; the first ``page`` can spare the query, and what is kept for a hub."""
        if self._search:
            return self._search.count(page)
        is_whole_hub = not any(self.wanted[name] for name in ("show", "theme"))
        return count_kept(_narrowed, *self._asked, at_least=self._kept if is_whole_hub else 0)

    def page(self, after: str, *, size: int) -> Page[Bottleneck]:
        """The rows that follow the cursor ``after``, in their order; the first ones without one."""
        if self._search:
            return self._search.page(after, size=size)
        return paginate_kept(_in_order, Sort(self.sort), *self._asked, after=after, size=size)

    def url(self, **changes: str) -> str:
        """The address of this board, with ``changes``; what is not said or usual is left out."""
        query = {**self.wanted, **changes}
        if query["sort"] == Sort.SUPPORT:
            query["sort"] = ""
        query = {name: value for name, value in query.items() if value}
        return reverse("issues:bottleneck_list") + (f"?{urlencode(query)}" if query else "")

    @property
    def chips(self) -> list[Chip]:
        """The quick filters; everything else that was asked for stays."""
        return [
            Chip(key or "all", label, self.url(show=key), key == self.wanted["show"]) for key, label in Show.choices
        ]

    @property
    def sorts(self) -> list[tuple[str, _StrOrPromise]]:
        """The orders to choose from."""
        return list(Sort.choices)

    @property
    def is_narrowed(self) -> bool:
        """Whether anything but the order was asked for."""
        return any(value for name, value in self.wanted.items() if name != "sort")

    @property
    def has_more_filters(self) -> bool:
        """Whether one of the folded filters is in use."""
        return bool(self.wanted["theme"] or self.wanted["hub"])

    def summary(self, count: Count) -> str:
        """What is shown, in one line: "37 bottlenecks, most support first"; and what only looks like the words."""
        if self.is_narrowed and not count.number:
            words = self.wanted["q"]
            return (
                gettext("Nothing found for “%(words)s”.") % {"words": words}
                if words
                else gettext("No bottleneck fits these filters.")
            )
        number = ngettext("%(count)s bottleneck", "%(count)s bottlenecks", count.number) % {"count": count}
        orders = {
            Sort.SUPPORT: pgettext("order of a list", "most support first"),
            Sort.NEW: pgettext("order of a list", "newest first"),
            Sort.HOURS: pgettext("order of a list", "most hours lost first"),
        }
        shown = gettext("%(number)s, %(order)s") % {"number": number, "order": orders[Sort(self.sort)]}
        if self._search is None or self._search.exact.number == count.number:
            return shown
        exact, words = self._search.exact, self.wanted["q"]
        if not exact.number:
            return gettext("Nothing holds “%(words)s”. This looks like it: %(shown)s.") % {
                "words": words,
                "shown": shown,
            }
        return ngettext(
            "%(number)s holds “%(words)s”, the others look like it: %(shown)s.",
            "%(number)s hold “%(words)s”, the others look like it: %(shown)s.",
            exact.number,
        ) % {"number": exact, "words": words, "shown": shown}
