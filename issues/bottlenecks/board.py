"""What the board was asked for: the rows, how many, and the address that says the same. Spec 02, Board."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.db.models import IntegerField, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext, ngettext, pgettext

from community.hubs.fields import HUBS
from community.models import Hub, User
from community.picking.fields import Filtered, filtered_by
from issues.themes.models import NO_THEME, Theme
from ui import statements
from ui.pagination import Count, Page, count_kept, paginate_kept
from ui.search import Asked, Findings, Phrase, Word, search, sought

from .forms import Show
from .models import Bottleneck, BottleneckQuerySet, Sort, means_exactly

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise


@dataclass(frozen=True, slots=True)
class Chip:
    """One of the quick filters."""

    key: str
    label: _StrOrPromise
    url: str
    is_current: bool
    number: str = ""  # how many it shows, where they were counted


COUNTED = 99  # of each quick filter; beyond it is "99+": the line below says how many are shown

#: What people type who look for a number: "30", "#30", "nr. 30".
_NUMBER = re.compile(r"(?P<mark>#|nr\.?|no\.?|nummer|number)?\s*(?P<number>\d{1,9})", re.IGNORECASE)

#: What no theme and no hub has as its primary key.
_NOWHERE = -1


def _hub_at(reader: User, slug: str) -> QuerySet[Hub]:
    kept = Coalesce("bottlenecktally__number", 0)
    return Hub.objects.visible_to(reader).by_slug(slug).only("slug", "name", "state").annotate(kept=kept)[:1]


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


class _NumberOf(Subquery):
    """How many rows a query has."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) AS counted)"
    output_field = IntegerField()


def _numbers(member: User) -> QuerySet[User, tuple[int, ...]]:
    """How many each quick filter shows, all of them in one row."""
    each = (_narrowed(member, show, None, False, None).order_by().values("pk") for show in Show)
    reader: QuerySet[User] = User.objects.filter(pk=member.pk)
    return reader.values_list(*(_NumberOf(rows[: COUNTED + 1]) for rows in each))


def _of_number(member: User, number: int) -> BottleneckQuerySet:
    """The bottleneck of this number, open or closed, as a row of the board."""
    return Bottleneck.objects.visible_to(member).as_rows(member).filter(pk=number)[:1]


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
        self.wanted = {name: value for name, value in wanted.items() if name != "hub_typed"}
        self.member = member
        self.hub = self._asked_hub(wanted.get("hub_typed", ""))
        self.wanted["hub"] = self.hub.value
        self._hub = self.hub.thing.pk if self.hub.thing else None
        # How many at least touch the hub: what is open for every member.
        self._kept: int = getattr(self.hub.thing, "kept", 0)

    def _asked_hub(self, words: str) -> Filtered[Hub]:
        """The hub whose address was asked for, else the one that the ``words`` name."""
        slug = self.wanted["hub"]
        if not words and not slug:
            return Filtered()
        if not words and (hub := statements.first(_hub_at, self.member, slug.lower())) is not None:
            return Filtered(hub.slug, hub)
        found = filtered_by(HUBS, words or slug, self.member)
        if found.thing is None:
            return found
        return Filtered(found.value, statements.first(_hub_at, self.member, found.value.lower()) or found.thing)

    @property
    def words(self) -> str:
        """What was typed, where it is no number."""
        return "" if _NUMBER.fullmatch(self.wanted["q"]) else self.wanted["q"]

    @cached_property
    def _numbered(self) -> Bottleneck | None:
        """The bottleneck whose number was typed, open or closed, whatever else was asked for."""
        typed = _NUMBER.fullmatch(self.wanted["q"])
        return statements.first(_of_number, self.member, int(typed["number"])) if typed else None

    @property
    def _is_number_only(self) -> bool:
        """Whether nothing else is looked for: "#30" is one bottleneck, "30" may be days as well."""
        typed = _NUMBER.fullmatch(self.wanted["q"])
        return typed is not None and typed["mark"] is not None and self._numbered is not None

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
        if self._numbered is not None:
            return Findings(exact, exact.count())
        return search(exact, roughly)

    def count(self, page: Page[Bottleneck] | None = None) -> Count:
        """How many there are, up to 1,000; the first ``page`` can spare the query, and what is kept for a hub."""
        if self._is_number_only:
            return Count(1, is_more=False)
        if self._search:
            found, numbered = self._search.count(page), self._numbered
            # One that is also found by the words is among them, if anywhere on the first page.
            is_other = numbered is not None and page is not None and len(page.rows) > found.number
            return Count(found.number + 1, found.is_more) if is_other else found
        is_whole_hub = not any(self.wanted[name] for name in ("show", "theme"))
        return count_kept(_narrowed, *self._asked, at_least=self._kept if is_whole_hub else 0)

    def page(self, after: str, *, size: int) -> Page[Bottleneck]:
        """The rows that follow the cursor ``after``, in their order; the first ones without one.

        What was typed as a number comes first.
        """
        if self._is_number_only and self._numbered:
            return Page([self._numbered], "", is_first=True)
        if self._search:
            page = self._search.page(after, size=size)
            if self._numbered is None:
                return page
            others = [row for row in page.rows if row.pk != self._numbered.pk]
            return replace(page, rows=[self._numbered, *others] if page.is_first else others)
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
        """The quick filters, each with how many it shows; everything else that was asked for stays.

        Counted in one query, and on the whole board only: within a theme, a hub or a search it would cost more than
        all else on the page.
        """
        numbers: Sequence[int] = ()
        if not any(self.wanted[name] for name in ("q", "theme", "hub")):
            numbers = statements.first(_numbers, self.member) or ()
        shown = [str(number) if number <= COUNTED else f"{COUNTED}+" for number in numbers] or [""] * len(Show)
        return [
            Chip(show or "all", show.label, self.url(show=show), show == self.wanted["show"], number)
            for show, number in zip(Show, shown, strict=True)
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
    def filters_used(self) -> int:
        """How many of the folded filters are in use."""
        return sum(bool(self.wanted[name]) for name in ("theme", "hub"))

    def summary(self, count: Count) -> str:
        """What is shown, in one line: "37 bottlenecks, most support first"; and what only looks like the words."""
        if self.hub.problem:
            return self.hub.problem
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
        if self._numbered is not None or self._search is None or self._search.exact.number == count.number:
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
