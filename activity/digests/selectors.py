"""What stands in digests, for a batch of mails and for the page of one reader. Spec 06, Digests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from django.contrib.auth import get_user_model
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, F, Max, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import get_language

from activity.models import Activity, Subject
from ui import statements

from .models import Digest
from .sections import DigestSection, Item, LineSays, Words, digest_sections

if TYPE_CHECKING:
    from community.models import User

#: So many lines a section has; of the others it says how many they are.
MOST_LINES = 8
#: Of one section so many subjects are read for one member, to say how many more there are.
MOST_READ = 500


@dataclass(frozen=True, slots=True)
class Line:
    """One subject in a section. All readers of whom the same is to be said share it."""

    section: DigestSection
    item: Item
    _said: dict[str | None, LineSays] = field(default_factory=dict)

    @property
    def says(self) -> LineSays:
        """What it says in the language of whoever reads now."""
        language = get_language()
        if language not in self._said:
            self._said[language] = self.section.says(self.item)
        return self._said[language]


@dataclass(frozen=True, slots=True)
class ShownSection:
    """A section with its lines, and how many more there are."""

    section: DigestSection
    lines: Sequence[Line]
    more: int


#: What the sentences of the ledger are made of.
_TOLD = [
    *("verb", "actor_kind", "actor_label"),
    *("actor__name", "actor__is_active", "other__title", "other__is_shared"),
]

type Raw = Mapping[str, Sequence[str]]


def of_digests(digests: Sequence[int]) -> dict[int, list[ShownSection]]:
    """What stands in these digests, by primary key, as far as their members may see it by now and have not seen it.

    One query for all sections, one for what they are about, one for what happened.
    """
    rows = statements.rows(_parts_of, list(digests), timezone.now()) if digests else []
    keys = [section.key for section in digest_sections]
    return _shown({row.pk: {key: getattr(row, f"of_{key}") for key in keys} for row in rows})


def _parts_of(digests: Sequence[int], now: datetime) -> QuerySet[Digest]:
    member, since, until = OuterRef("member"), OuterRef("since"), OuterRef("until")
    parts = {
        f"of_{section.key}": _read(section, member, now, is_new=True, since=since, until=until)
        for section in digest_sections
    }
    return Digest.objects.filter(pk__any=digests).only("pk").annotate(**parts)


def of_member(member: User, since: datetime) -> list[ShownSection]:
    """What happened for ``member`` after ``since``, also what they have seen; three queries."""
    now = timezone.now()
    me = OuterRef("pk")
    parts = {it.key: _read(it, me, now, is_new=False, since=since, until=now) for it in digest_sections}
    rows: QuerySet[Any] = get_user_model().objects.filter(pk=member.pk).order_by()
    found = rows.values(**{f"of_{key}": part for key, part in parts.items()}).get()
    return _shown({0: {key: found[f"of_{key}"] for key in parts}})[0]


def _read(
    section: DigestSection, member: OuterRef, now: datetime, *, is_new: bool, since: Any, until: Any
) -> ArraySubquery:
    """One text for each subject, the latest first: its key, how often, the latest entry, and the section's own words.

    A hundred lists of these cost less to read than rows of JSON.
    """
    rows = section.rows(member, is_new, now).filter(happened_at__gt=since, happened_at__lte=until)
    word: list[Any] = [F("what")] if section.has_what else []
    # Without an order of its own, so that PostgreSQL groups by nothing else.
    each = rows.order_by().values("about", *(["what"] if word else []))
    each = each.annotate(number=Count("pk"), entry=Max("entry_id"), latest=Max("happened_at"))
    found = Words(F("about"), F("number"), F("entry"), *word)
    order = ["what"] if section.is_in_order_of_what else ["-latest", "-entry", "about"]
    return ArraySubquery(each.order_by(*order).annotate(found=found).values("found")[:MOST_READ])


def _shown(raw: Mapping[int, Raw]) -> dict[int, list[ShownSection]]:
    """Rows as lines, what they name read for all at once."""
    found = {
        section.key: {text: _Row.of(text) for parts in raw.values() for text in parts[section.key]}
        for section in digest_sections
    }
    rows = [row for parts in found.values() for row in parts.values()]
    subjects = Subject.objects.only("kind", "title", "language", "url").in_bulk({row.about for row in rows})
    told = Activity.objects.select_related("actor", "other").only(*_TOLD)
    entries = told.in_bulk({row.entry for row in rows} - {0})
    lines = {
        section.key: {
            text: Line(
                section,
                Item(subject=subjects[row.about], number=row.number, entry=entries.get(row.entry), what=row.what),
            )
            for text, row in found[section.key].items()
        }
        for section in digest_sections
    }
    return {pk: _sections(parts, lines) for pk, parts in raw.items()}


class _Row(NamedTuple):
    """What ``_read`` found about one subject."""

    about: int
    number: int
    entry: int
    what: str

    @classmethod
    def of(cls, text: str) -> _Row:
        about, number, entry, *what = text.split(" ", 3)
        return cls(int(about), int(number), int(entry), "".join(what))


def _sections(parts: Raw, lines: Mapping[str, Mapping[str, Line]]) -> list[ShownSection]:
    return [
        ShownSection(
            section, [lines[section.key][text] for text in texts[:MOST_LINES]], max(0, len(texts) - MOST_LINES)
        )
        for section in digest_sections
        if (texts := parts[section.key])
    ]
