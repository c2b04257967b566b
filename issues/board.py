"""What the board was asked for: the rows, how many, and the address that says the same. Spec 02, Board."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext, ngettext, pgettext

from community.models import Hub
from ui.pagination import Count, count_up_to

from .forms import SHOW
from .models import NO_THEME, Bottleneck, BottleneckQuerySet, Sort, Theme

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

    from community.models import User

FEW = 3  # fewer results of full-text search than this, and titles with typing errors are looked for as well
_EXACT = re.compile(r'"|(^|\s)-\w')  # who leaves words out or quotes them means what they typed


@dataclass(frozen=True, slots=True)
class Chip:
    """One of the quick filters."""

    key: str
    label: _StrOrPromise
    url: str
    is_current: bool


class Board:
    """The board as ``member`` asks for it; ``wanted`` holds q, sort, show, theme and hub as text, "" for not said."""

    def __init__(self, wanted: Mapping[str, str], member: User) -> None:
        self.wanted = dict(wanted)
        if self.wanted["hub"]:
            self.wanted["hub"] = Hub.objects.present_slug(self.wanted["hub"])
        self.member = member
        self._found = self._filtered(resembling=False)

    @property
    def sort(self) -> str:
        """The chosen order; most support without one."""
        return self.wanted["sort"] or Sort.SUPPORT

    def _filtered(self, *, resembling: bool) -> BottleneckQuerySet:
        rows: BottleneckQuerySet = Bottleneck.objects.visible_to(self.member).open()
        if self.wanted["show"] == "generic":
            rows = rows.generic()
        elif self.wanted["show"] == "unsupported":
            rows = rows.not_supported_by(self.member)
        elif self.wanted["show"] == "mine":
            rows = rows.filed_by(self.member)
        if self.wanted["theme"] == NO_THEME:
            rows = rows.filter(theme=None)
        elif self.wanted["theme"]:
            rows = rows.filter(theme__in=Theme.objects.filter(slug=self.wanted["theme"]))
        if self.wanted["hub"]:
            rows = rows.touching(Hub.objects.filter(slug=self.wanted["hub"]))
        if words := self.wanted["q"]:
            rows = rows.resembling(words) if resembling else rows.matching(words)
        return rows

    def count(self) -> Count:
        """How many there are, up to 1,000. Where a search finds next to nothing, typing errors are allowed for."""
        count = count_up_to(self._found)
        if self.wanted["q"] and count.number < FEW and not _EXACT.search(self.wanted["q"]):
            self._found = self._filtered(resembling=True)
            count = count_up_to(self._found)
        return count

    def rows(self) -> BottleneckQuerySet:
        """The rows in their order; after a search call ``count`` first, which decides how widely is searched."""
        return self._found.as_rows(self.member).in_order(self.sort)

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
        return [Chip(key or "all", label, self.url(show=key), key == self.wanted["show"]) for key, label in SHOW]

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
        """What is shown, in one line: "37 bottlenecks, most support first"."""
        number = ngettext("%(count)s bottleneck", "%(count)s bottlenecks", count.number) % {"count": count}
        orders = {
            Sort.SUPPORT: pgettext("order of a list", "most support first"),
            Sort.NEW: pgettext("order of a list", "newest first"),
            Sort.HOURS: pgettext("order of a list", "most hours lost first"),
        }
        return gettext("%(number)s, %(order)s") % {"number": number, "order": orders[Sort(self.sort)]}
