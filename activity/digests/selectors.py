"""What stands in digests, for a batch of mails and for the page of one reader. Spec 06, Digests."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.contrib.auth import get_user_model
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet
from django.db.models.functions import JSONObject
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from activity.models import Activity, Subject

from .models import Digest
from .sections import DigestSection, Item, digest_sections

if TYPE_CHECKING:
    from community.models import User

#: So many lines a section has; of the others it says how many they are.
MOST_LINES = 8
#: Of one section so many rows are read for one member.
MOST_READ = 500


@dataclass(frozen=True, slots=True)
class Line:
    """One subject in a section. ``text`` is worked out when it is drawn, in the language of the reader."""

    section: DigestSection
    item: Item

    @property
    def subject(self) -> Subject:
        """What it is about."""
        return self.item.subject

    @property
    def title(self) -> str:
        """What stands on top of it."""
        return self.section.title(self.item) if self.section.title else self.item.subject.title

    @property
    def language(self) -> str:
        """The language of that, where it is not the reader's."""
        return "" if self.section.title else self.item.subject.language

    @property
    def url(self) -> str:
        """Where it leads."""
        return self.section.url or self.item.subject.url

    @property
    def text(self) -> str:
        """What happened."""
        return self.section.say(self.item)


@dataclass(frozen=True, slots=True)
class ShownSection:
    """A section with its lines, and how many more there are."""

    section: DigestSection
    lines: Sequence[Line]
    more: int


type Raw = Mapping[str, Sequence[Mapping[str, Any]]]


def of_digests(digests: Sequence[int]) -> dict[int, list[ShownSection]]:
    """What stands in these digests, by primary key, as far as their members may see it by now and have not seen it.

    One query for all sections, one for what they are about, one for what happened.
    """
    parts = {
        section.key: _read(section, OuterRef("member"), is_new=True, since=OuterRef("since"), until=OuterRef("until"))
        for section in digest_sections
    }
    rows = Digest.objects.filter(pk__in=digests).annotate(**{f"of_{key}": part for key, part in parts.items()})
    raw = {row.pk: {key: getattr(row, f"of_{key}") for key in parts} for row in rows}
    return _shown(raw)


def of_member(member: User, since: datetime) -> list[ShownSection]:
    """What happened for ``member`` after ``since``, also what they have seen; three queries."""
    now = timezone.now()
    parts = {
        section.key: _read(section, OuterRef("pk"), is_new=False, since=since, until=now) for section in digest_sections
    }
    rows: QuerySet[Any] = get_user_model().objects.filter(pk=member.pk).order_by()
    found = rows.values(**{f"of_{key}": part for key, part in parts.items()}).get()
    return _shown({0: {key: found[f"of_{key}"] for key in parts}})[0]


def _read(section: DigestSection, member: OuterRef, *, is_new: bool, since: Any, until: Any) -> ArraySubquery:
    rows = section.rows(member, is_new).filter(happened_at__gt=since, happened_at__lte=until)
    what = {"what": "what"} if section.has_what else {}
    found = JSONObject(about="about", at="happened_at", entry="entry_id", **what)
    return ArraySubquery(rows.order_by("-happened_at", "-entry_id").values(found=found)[:MOST_READ])


def _shown(raw: Mapping[int, Raw]) -> dict[int, list[ShownSection]]:
    """Rows as lines: one for each subject, the latest first, what they name read for all at once."""
    each = [row for parts in raw.values() for rows in parts.values() for row in rows]
    subjects = Subject.objects.in_bulk({row["about"] for row in each})
    latest = {row["entry"] for parts in raw.values() for rows in parts.values() for row in _latest(rows).values()}
    entries = Activity.objects.select_related("actor", "other").in_bulk(latest - {0})
    return {pk: _sections(parts, subjects, entries) for pk, parts in raw.items()}


def _latest(rows: Sequence[Mapping[str, Any]]) -> dict[int, Mapping[str, Any]]:
    """The latest row about each subject; they come in that order."""
    found: dict[int, Mapping[str, Any]] = {}
    for row in rows:
        found.setdefault(row["about"], row)
    return found


def _sections(parts: Raw, subjects: Mapping[int, Subject], entries: Mapping[int, Activity]) -> list[ShownSection]:
    shown = []
    for section in digest_sections:
        rows = parts[section.key]
        numbers: defaultdict[int, int] = defaultdict(int)
        for row in rows:
            numbers[row["about"]] += 1
        lines = [
            Line(
                section,
                Item(
                    subject=subjects[about],
                    number=numbers[about],
                    entry=entries.get(row["entry"]),
                    at=_moment(row["at"]),
                    what=row.get("what", ""),
                ),
            )
            for about, row in _latest(rows).items()
        ]
        if lines:
            shown.append(ShownSection(section, lines[:MOST_LINES], max(0, len(lines) - MOST_LINES)))
    return shown


def _moment(text: str) -> datetime:
    moment = parse_datetime(text)
    assert moment is not None  # noqa: S101 - PostgreSQL wrote it
    return moment
