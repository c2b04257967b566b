"""What the board was asked for: the rows, how many, and the address that says the same. Spec 02, Board."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.db.models import IntegerField, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext, ngettext, pgettext

from activity.models import Subject
from activity.visibility import may_read
from community.hubs.fields import HUBS
from community.models import Hub, Topic, User
from community.picking.fields import Filtered, filtered_by
from community.topics.fields import TOPICS
from issues.registries import filing_places
from issues.themes.models import NO_THEME, Theme
from ui import statements
from ui.http import number_from
from ui.pagination import Count, Page, count_kept, paginate_kept
from ui.search import Asked, Findings, Phrase, Word, search, sought

from .forms import Show, Status
from .models import Bottleneck, BottleneckQuerySet, Route, Row, Sort, State, means_exactly
from .selectors import rising_keys

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


MERGED_SHOWN = 3  # old titles that hold what was typed
COUNTED = 99  # of each quick filter; beyond it is "99+": the line below says how many are shown

#: What people type who look for a number: "30", "#30", "nr. 30".
_NUMBER = re.compile(r"(?P<mark>#|nr\.?|no\.?|nummer|number)?\s*(?P<number>\d{1,9})", re.IGNORECASE)

#: What nothing has as its primary key.
_NOWHERE = -1


def _hub_at(reader: User, slug: str) -> QuerySet[Hub]:
    kept = Coalesce("bottlenecktally__number", 0)
    return Hub.objects.visible_to(reader).by_slug(slug).only("slug", "name", "state").annotate(kept=kept)[:1]


def _place(reader: User, number: int, kinds: list[str]) -> QuerySet[Subject]:
    places = Subject.objects.visible_to(reader).filter(pk=number, kind__any=kinds)
    return places.only("title", "language", "url")[:1]


def _theme_at(slug: str) -> QuerySet[Theme, int]:
    return Theme.objects.filter(slug=slug).values_list("pk", flat=True)[:1]


def _narrowed(  # noqa: PLR0917 - a kept statement has places, no names
    member: User,
    show: Show,
    status: Status = Status.OPEN,
    theme: int | None = None,
    hub: int | None = None,
    topic: int | None = None,
    place: int | None = None,
    waits: bool = False,
    rising: list[int] | None = None,
) -> BottleneckQuerySet:
    """Bottlenecks that ``member`` may read, of a theme or (0) without one, that touch a hub and are about a topic.

    Those that came up at a ``place``. Those only that wait for a next step, or that are among these ``rising`` ones,
    where an order asks for it.
    """
    rows: BottleneckQuerySet = Bottleneck.objects.visible_to(member)
    rows = rows.open() if status == Status.OPEN else rows.ended()
    if status == Status.BREAKTHROUGH:
        rows = rows.filter(state=State.CONFIRMED, route=Route.OURSELVES)
    elif status in Route.values:
        rows = rows.filter(route=status.value)
    elif status in State.values:
        rows = rows.filter(state=status.value)
    if place is not None:
        rows = rows.filed_at(place)
    if waits:
        rows = rows.waiting()
    if rising is not None:
        rows = rows.among(rising or [_NOWHERE])
    match show:
        case Show.GENERIC:
            rows = rows.generic()
        case Show.UNSUPPORTED:
            rows = rows.not_supported_by(member)
        case Show.SUPPORTED:
            rows = rows.supported_by(member)
        case Show.MINE:
            rows = rows.filed_by(member)
    if theme is not None:
        rows = rows.filter(theme=theme or None)
    if topic is not None:
        rows = rows.about(topic)
    return rows.touching(hub) if hub is not None else rows


class _NumberOf(Subquery):
    """How many rows a query has."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) AS counted)"
    output_field = IntegerField()


def _numbers(member: User) -> QuerySet[User, tuple[int, ...]]:
    """How many each quick filter shows, all of them in one row."""
    each = (_narrowed(member, show).order_by().values("pk") for show in Show)
    reader: QuerySet[User] = User.objects.filter(pk=member.pk)
    return reader.values_list(*(_NumberOf(rows[: COUNTED + 1]) for rows in each))


def _of_number(member: User, number: int) -> QuerySet[Bottleneck, Row]:
    """The bottleneck of this number, open or closed, as a row of the board; of one that was merged the main one."""
    shown = Subject.objects.filter(bottleneck=number).values(shown=Coalesce("merged_into", "pk"))
    return Bottleneck.objects.visible_to(member).filter(subject__in=shown).as_rows(member)[:1]


def _merged(member: User, typed: Phrase, *words: Word) -> BottleneckQuerySet:
    """What was merged into another and holds what was typed, with that one; there are few, so all are looked at."""
    found: BottleneckQuerySet = Bottleneck.objects.visible_to(member).merged().matching(typed, *words)
    rows = found.filter(may_read(member, "subject__merged_into")).select_related("subject__merged_into")
    return rows.only(*_MERGED_FIELDS).order_by("-support", "-pk")[:MERGED_SHOWN]


_MERGED_FIELDS = (
    *("title", "language", "subject__url"),
    *("subject__merged_into__title", "subject__merged_into__language", "subject__merged_into__url"),
)


#: What ``_narrowed`` gets.
type _Asked = tuple[User, Show, Status, int | None, int | None, int | None, int | None, bool, list[int] | None]


def _in_order(sort: Sort, member: User, *asked: Any) -> QuerySet[Bottleneck, Row]:
    """The same as rows of the board."""
    return _narrowed(member, *asked).in_order(sort).as_rows(member)


def _found(roughly: bool, typed: Phrase, sort: Sort, member: User, *asked_and_words: Any) -> QuerySet[Bottleneck, Row]:
    """Those of ``_in_order`` that hold what was typed, or ``roughly`` something like it as well."""
    asked = [value for value in asked_and_words if not isinstance(value, Word)]
    words = [value for value in asked_and_words if isinstance(value, Word)]
    rows = _narrowed(member, *asked)
    found = rows.resembling(typed, *words) if roughly else rows.matching(typed, *words)
    return found.in_order(sort).as_rows(member)


class Board:
    """The board as ``member`` asks for it; ``wanted`` holds the fields of ``BoardForm`` as text, "" for not said."""

    def __init__(self, wanted: Mapping[str, str], member: User) -> None:
        usual = {"topic": "", "status": "", "at": ""}
        self.wanted = usual | {name: value for name, value in wanted.items() if not name.endswith("_typed")}
        self.member = member
        self.hub = self._asked_hub(wanted.get("hub_typed", ""))
        self.wanted["hub"] = self.hub.value
        self._hub = self.hub.thing.pk if self.hub.thing else None
        words = wanted.get("topic_typed", "") or self.wanted["topic"]
        self.topic: Filtered[Topic] = filtered_by(TOPICS, words, member) if words else Filtered()
        self.wanted["topic"] = self.topic.value
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

    @cached_property
    def place(self) -> Subject | None:
        """Where those that are shown came up, if that was asked for and the reader may see it."""
        number = number_from(self.wanted["at"])
        kinds = [place.key for place in filing_places]
        return statements.first(_place, self.member, number, kinds) if number is not None else None

    @property
    def words(self) -> str:
        """What was typed, where it is no number."""
        return "" if _NUMBER.fullmatch(self.wanted["q"]) else self.wanted["q"]

    @cached_property
    def _numbered(self) -> Row | None:
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

    @property
    def _is_part(self) -> bool:
        """Whether the order itself leaves some out: what does not rise, or wait."""
        return self.sort in {Sort.RISING, Sort.WAITING}

    @cached_property
    def _asked(self) -> _Asked:
        """What ``_narrowed`` gets."""
        theme = 0 if self.wanted["theme"] == NO_THEME else None
        if self.wanted["theme"] not in {"", NO_THEME}:
            # Looked up beforehand: knowing which it is, the database reads only that theme's, in their order.
            theme = statements.first(_theme_at, self.wanted["theme"]) or _NOWHERE
        hub = self._hub or _NOWHERE if self.wanted["hub"] else None
        topic = (self.topic.thing.pk if self.topic.thing else _NOWHERE) if self.wanted["topic"] else None
        shown = self.member, Show(self.wanted["show"]), Status(self.wanted["status"])
        rising = rising_keys.seen_by(self.member) if self.sort == Sort.RISING else None
        place = (self.place.pk if self.place else _NOWHERE) if self.wanted["at"] else None
        is_waiting = self.sort == Sort.WAITING
        return *shown, theme, hub, topic, place, is_waiting, rising

    @cached_property
    def _search(self) -> Findings[Row] | None:
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

    @cached_property
    def merged(self) -> list[Bottleneck]:
        """Old titles that hold what was typed, of what was merged into another; one query where words were typed."""
        typed = self.words
        if not typed:
            return []
        words = () if means_exactly(typed) else sought(typed)
        return statements.rows(_merged, self.member, Phrase(typed), *words)

    def count(self, page: Page[Row] | None = None) -> Count:
        """How many there are, up to 1,000; the first ``page`` can spare the query, and what is kept for a hub."""
        if self._is_number_only:
            return Count(1, is_more=False)
        if self._search:
            found, numbered = self._search.count(page), self._numbered
            # One that is also found by the words is among them, if anywhere on the first page.
            is_other = numbered is not None and page is not None and len(page.rows) > found.number
            return Count(found.number + 1, found.is_more) if is_other else found
        others = ("show", "theme", "topic", "status", "at")
        is_whole_hub = not any(self.wanted[name] for name in others) and not self._is_part
        return count_kept(_narrowed, *self._asked, at_least=self._kept if is_whole_hub else 0)

    def page(self, after: str, *, size: int) -> Page[Row]:
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
    def everywhere(self) -> str:
        """The same board, wherever they came up."""
        return self.url(at="")

    @property
    def chips(self) -> list[Chip]:
        """The quick filters, each with how many it shows; everything else that was asked for stays.

        Counted in one query, and on the whole board only: within a theme, a hub or a search it would cost more than
        all else on the page.
        """
        numbers: Sequence[int] = ()
        within = ("q", "theme", "hub", "topic", "status", "at")
        if not any(self.wanted[name] for name in within) and not self._is_part:
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
    def statuses(self) -> list[tuple[str, _StrOrPromise]]:
        """Open or ended, and how."""
        return list(Status.choices)

    @property
    def is_narrowed(self) -> bool:
        """Whether anything but the order was asked for."""
        return any(value for name, value in self.wanted.items() if name != "sort")

    @property
    def filters_used(self) -> int:
        """How many of the folded filters are in use."""
        return sum(bool(self.wanted[name]) for name in ("theme", "hub", "topic", "status", "at"))

    def summary(self, count: Count) -> str:
        """What is shown, in one line: "37 bottlenecks, most support first"; and what only looks like the words."""
        if not count.number and self.merged:
            return gettext("Found in an old title only.")
        if problem := self.hub.problem or self.topic.problem:
            return problem
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
            Sort.RISING: pgettext("order of a list", "what gained most support in 30 days first"),
            Sort.WAITING: pgettext("order of a list", "what waits longest for a next step first"),
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
