"""The themes with what they order, the versions of their list, and the outline of it all. Spec 02, Themes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple, cast
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef, QuerySet
from django.utils.translation import gettext as _

from issues.bottlenecks.models import Bottleneck, BottleneckQuerySet, Sort
from issues.bottlenecks.selectors import ThemeRow, number_without_theme, themes_with_counts
from issues.themes.models import Theme
from ui import statements
from ui.markdown import render

from .lists import Change, changes, listed
from .models import IN_FORCE, ThemeVersion, VersionedTheme, VersionState

if TYPE_CHECKING:
    from django.utils.safestring import SafeString

    from community.models import User

#: So many bottlenecks of a theme stand on the page of themes,
SHOWN = 3
#: so many at most in the outline,
PRINTED = 25
#: and so many in all of the outline, or a committee reads none. Each theme has at least a few.
PRINTED_IN_ALL, PRINTED_AT_LEAST = 400, 5

_ROW = ("title", "language", "member_count", "hub_count", "hours", "estimate_count", "filed_at", "generic_at")


# --- The page of themes -----------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class ShownTheme:
    """A theme with the first few open bottlenecks that its reader may see, most supported first."""

    theme: ThemeRow
    bottlenecks: Sequence[Bottleneck]


class _OfTheme(NamedTuple):
    """The primary keys of the first bottlenecks of a theme."""

    slug: str
    key: UUID
    chosen: list[int]


def themes_for(reader: User) -> list[ShownTheme]:
    """The themes in the community's order; two queries, and what is kept of their numbers."""
    chosen = {slug: pks for slug, _key, pks in statements.rows(_first_of_each, reader)}
    found = {it.pk: it for it in statements.rows(_among, reader, [pk for pks in chosen.values() for pk in pks])}
    return [
        ShownTheme(row, [found[pk] for pk in chosen.get(row.slug, ()) if pk in found])
        for row in themes_with_counts(reader)
    ]


def _first_of_each(reader: User) -> QuerySet[Theme, _OfTheme]:
    return _with_first(Bottleneck.objects.visible_to(reader), SHOWN)


def _with_first(bottlenecks: BottleneckQuerySet, most: int) -> QuerySet[Theme, Any]:
    """Each theme with its first bottlenecks: the index of its own is read that far."""
    of_theme = bottlenecks.open().filter(theme=OuterRef("pk")).in_order(Sort.SUPPORT).values("pk")
    return Theme.objects.values_list("slug", "key", ArraySubquery(of_theme[:most]))


def _among(reader: User, chosen: list[int]) -> BottleneckQuerySet:
    rows = Bottleneck.objects.visible_to(reader).filter(pk__any=chosen).select_related("subject")
    return rows.only(*_ROW, "subject__url").order_by()


def without_theme_for(reader: User) -> list[Bottleneck]:
    """The first few that no theme orders, most supported first; one query."""
    return statements.rows(_without_theme, reader)


def _without_theme(reader: User) -> BottleneckQuerySet:
    rows = Bottleneck.objects.visible_to(reader).open().filter(theme=None).select_related("subject")
    return rows.only(*_ROW, "subject__url").in_order(Sort.SUPPORT)[:SHOWN]


# --- Versions ---------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Standing:
    """Which versions there are at the moment: what holds, what members are asked about, and what is being drafted."""

    in_force: ThemeVersion | None = None
    proposed: ThemeVersion | None = None
    draft: ThemeVersion | None = None


def standing() -> Standing:
    """How things stand; one query."""
    rows = statements.rows(_standing)
    return Standing(
        next((it for it in rows if it.state in IN_FORCE), None),
        next((it for it in rows if it.state == VersionState.PROPOSED), None),
        next((it for it in rows if it.state == VersionState.DRAFT), None),
    )


def _standing() -> QuerySet[ThemeVersion]:
    # At most one draft and one proposal are newer than what holds.
    wanted = [*IN_FORCE, VersionState.PROPOSED, VersionState.DRAFT]
    return ThemeVersion.objects.filter(state__in=wanted).select_related("consent").order_by("-number", "-pk")[:3]


def is_as_agreed(version: ThemeVersion, themes: Iterable[ThemeRow]) -> bool:
    """Whether what holds is what this version says: lists and administrators change themes, too. One query."""
    said = [(it.name, it.explanation, it.language) for it in statements.rows(_listed_in, version.pk)]
    return said == [(it.name, it.explanation, it.language) for it in themes]


def _listed_in(version: int) -> QuerySet[VersionedTheme]:
    return VersionedTheme.objects.filter(of_version=version, place__isnull=False).order_by("place", "pk")


@dataclass(frozen=True, slots=True)
class ShownVersion:
    """A version with its list, and what that changes in the list that held before it (None: there was none)."""

    version: ThemeVersion
    themes: Sequence[VersionedTheme]
    before: ThemeVersion | None = None
    changes: Sequence[Change] = field(default_factory=list)

    @property
    def list(self) -> Sequence[VersionedTheme]:
        """What is on it, in order."""
        return listed(self.themes)


def shown(version: ThemeVersion) -> ShownVersion:
    """A version as its page shows it; two queries."""
    before = statements.first(_before, version.number)
    rows = statements.rows(_themes_of, [version.pk, *([before.pk] if before else [])])
    mine = [it for it in rows if it.of_version_id == version.pk]
    if before is None:
        return ShownVersion(version, mine)
    theirs = [it for it in rows if it.of_version_id == before.pk]
    return ShownVersion(version, mine, before, changes(theirs, mine))


def _before(number: int) -> QuerySet[ThemeVersion]:
    return ThemeVersion.objects.in_force().filter(number__lt=number)[:1]


def _themes_of(versions: list[int]) -> QuerySet[VersionedTheme]:
    return VersionedTheme.objects.filter(of_version__any=versions).order_by("of_version", "place", "pk")


def versions() -> QuerySet[ThemeVersion]:
    """All but a draft, the newest first."""
    return ThemeVersion.objects.published().order_by("-number", "-pk")


# --- The outline ------------------------------------------------------------------------------------------------------
class Printed(NamedTuple):
    """What a row of the outline is made of, as the database gives it."""

    pk: int
    url: str
    title: str
    language: str
    member_count: int
    hub_count: int
    hours: Decimal
    estimate_count: int
    filed_at: datetime
    generic_at: datetime | None


@dataclass(frozen=True, slots=True)
class Chapter:
    """A theme in the outline (without ``number``: what has none), and the first bottlenecks that it orders.

    ``total`` is how many there are; ``is_gone`` where a former version has a theme that is no longer one, ``is_new``
    where a proposed one has a theme that is none yet.
    """

    number: int | None
    name: str
    language: str
    explanation: str
    bottlenecks: Sequence[Printed]
    total: int
    is_gone: bool = False
    is_new: bool = False

    @property
    def html(self) -> SafeString:
        """The explanation as it is read."""
        return render(self.explanation)

    @property
    def more(self) -> int:
        """How many are not printed."""
        return max(self.total - len(self.bottlenecks), 0)


@dataclass(frozen=True, slots=True)
class Outline:
    """All of it: what every member may read, and nothing else; no names of members."""

    chapters: Sequence[Chapter]
    total: int  # of open bottlenecks
    most: int  # of a chapter


def outline(reader: User, version: ThemeVersion | None = None) -> Outline:
    """The outline by the themes that hold, or as another version has them; four queries, five of a version."""
    of_theme = {key: (slug, pks) for slug, key, pks in statements.rows(_printed_of_each)}
    alone = statements.rows(_printed_without_theme)
    counted = {row.slug: row for row in themes_with_counts(reader)}
    if version is None:
        keys = {slug: key for key, (slug, _pks) in of_theme.items()}
        heads = [(keys.get(it.slug), it.name, it.language, it.explanation) for it in counted.values()]
    else:
        rows = statements.rows(_listed_in, version.pk)
        heads = [(it.key, it.name, it.language, it.explanation) for it in rows]
    most = min(PRINTED, max(PRINTED_AT_LEAST, PRINTED_IN_ALL // (len(heads) + 1)))
    wanted = [pk for _slug, pks in of_theme.values() for pk in pks[:most]] + alone[:most]
    found = {it.pk: it for it in statements.rows(_printed, wanted)}
    chapters = []
    for number, (key, name, language, explanation) in enumerate(heads, start=1):
        slug, pks = of_theme.get(key, ("", [])) if key else ("", [])
        is_none = version is not None and not slug
        chapters.append(
            Chapter(
                number=number,
                name=name,
                language=language,
                explanation=explanation,
                bottlenecks=_in_order(pks[:most], found),
                total=_total(pks, counted[slug].number if slug in counted else 0),
                is_gone=is_none and version is not None and version.state != VersionState.PROPOSED,
                is_new=is_none and version is not None and version.state == VersionState.PROPOSED,
            )
        )
    without = number_without_theme(reader)
    if alone:
        rest = _in_order(alone[:most], found)
        chapters.append(Chapter(None, _("Without a theme"), "", "", rest, _total(alone, without)))
    return Outline(chapters, sum(it.number for it in counted.values()) + without, most)


def _total(pks: Sequence[int], counted: int) -> int:
    """Few are known exactly; of many the number is some minutes old at most."""
    return len(pks) if len(pks) < PRINTED else max(counted, len(pks))


def _in_order(pks: Iterable[int], found: Mapping[int, Printed]) -> list[Printed]:
    return [found[pk] for pk in pks if pk in found]


def _printed_of_each() -> QuerySet[Theme, _OfTheme]:
    return _with_first(Bottleneck.objects.for_every_member(), PRINTED)


def _printed_without_theme() -> QuerySet[Bottleneck, int]:
    rows = Bottleneck.objects.for_every_member().open().filter(theme=None).in_order(Sort.SUPPORT)
    return rows.values_list("pk", flat=True)[:PRINTED]


def _printed(chosen: list[int]) -> QuerySet[Bottleneck, Printed]:
    rows = Bottleneck.objects.for_every_member().open().filter(pk__any=chosen).order_by()
    columns = rows.annotate(url=F("subject__url")).values_list(*Printed._fields, named=True)
    return cast("QuerySet[Bottleneck, Printed]", columns)
