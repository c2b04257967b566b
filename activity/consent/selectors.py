"""Consent rounds as they are read: on their page, on the page of their subject, at home. Spec 06, Consent rounds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BooleanField, Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import JSONObject
from django.urls import reverse

from activity.kinds import COMMUNITY
from activity.models import Subject
from activity.visibility import belonging
from ui import statements
from ui.diff import word_diff

from . import clock
from .models import Answer, ConsentRound, ConsentText, Position, Verdict
from .permissions import facilitates
from .results import Part, Turnout, named, told, turnout_in, turnout_of

if TYPE_CHECKING:
    from django.utils.safestring import SafeString

    from community.models import User

#: A subject's page shows so many rounds, those that are open first.
SHOWN = 8
#: The page about the community shows so many.
LISTED = 50
#: At home there are so many at once.
MOST_AT_HOME = 6


@dataclass(frozen=True, slots=True)
class ShownCondition:
    """A condition as its round's page shows it; ``named_by`` is None for fewer than five."""

    pk: int
    text: str
    language: str
    verdict: str
    version: int | None
    reason: str
    reason_language: str
    named_by: int | None
    is_mine: bool = False

    @property
    def word(self) -> str:
        """What became of it."""
        return str(Verdict(self.verdict).label)


@dataclass(frozen=True, slots=True)
class TurnoutLine:
    """A line of the table of who spoke: a hub, or None for all others together."""

    title: str
    language: str
    part: Part


@dataclass(frozen=True, slots=True)
class ResultPart:
    """One position in the result, for the bar and its key: how many took it, where it begins and how wide it is."""

    answer: str
    css_class: str
    word: str
    number: int
    start: str
    width: str


def text_of(consent: ConsentRound) -> ConsentText:
    """The present text of a round."""
    return ConsentText.objects.get(consent=consent, number=consent.version)


def conditions_of(consent: ConsentRound, mine: Position | None) -> list[ShownCondition]:
    """The conditions of an open round, with the reader's own among them; one query."""
    return [
        ShownCondition(
            pk=row.pk,
            text=row.text,
            language=row.language,
            verdict=row.verdict,
            version=row.version,
            reason=row.reason,
            reason_language=row.reason_language,
            named_by=told(max(row.now, row.named_by)),
            is_mine=mine is not None and mine.condition_id == row.pk,
        )
        for row in _with_numbers(consent)
    ]


def _with_numbers(consent: ConsentRound) -> QuerySet[Any]:
    return named(consent.conditions.all())


def conditions_in(result: Mapping[str, Any]) -> list[ShownCondition]:
    """The conditions that a closed round left behind."""
    return [ShownCondition(pk=0, **condition) for condition in result["conditions"]]


def turnout(consent: ConsentRound) -> Turnout | None:
    """How many spoke when they were last counted, or did; None where that is not known.

    To count takes a second where a hundred thousand may speak, and a number that moves as somebody speaks would tell on
    them: the clock counts every few minutes, and only in a new round does its page.
    """
    if consent.result is not None:
        return turnout_in(consent.result["turnout"])
    return turnout_in(consent.turnout) or turnout_of(consent)


def lines_of(found: Turnout, reader: User) -> list[TurnoutLine]:
    """The lines of the table; a hub that ``reader`` may not see has no name. One query, none without hubs."""
    keys = [part.hub for part in found.parts if part.hub is not None]
    hubs = Subject.objects.visible_to(reader).in_bulk(keys) if keys else {}
    known = {pk: (hub.title, hub.language) for pk, hub in hubs.items()}
    return [TurnoutLine(*known.get(part.hub or 0, ("", "")), part) for part in found.parts]


_CLASSES = {Answer.SUPPORT: "yes", Answer.SUPPORT_IF: "if", Answer.NO_OPINION: "none", Answer.OBJECT: "no"}


def positions_in(result: Mapping[str, Any]) -> list[ResultPart]:
    """How the result divides; nothing where fewer than five spoke."""
    counts: Mapping[str, int] | None = result["positions"]
    if counts is None:
        return []
    all_of_them, before, parts = sum(counts.values()), 0, []
    for answer, css_class in _CLASSES.items():
        number = counts[answer]
        start, width = (f"{100 * it / all_of_them:.1f}" for it in (before, number))
        parts.append(ResultPart(answer, css_class, str(answer.label), number, start, width))
        before += number
    return parts


@dataclass(frozen=True, slots=True)
class ShownVersion:
    """One version of a text, and what it changed in the one before."""

    row: ConsentText
    changes: SafeString | None


def versions_of(consent: ConsentRound) -> list[ShownVersion]:
    """Every version of a round's text, the newest first; one query."""
    texts = list(ConsentText.objects.filter(consent=consent).order_by("number"))
    before: Sequence[ConsentText | None] = [None, *texts]
    pairs = zip(texts, before, strict=False)
    return [ShownVersion(text, word_diff(old.text, text.text) if old else None) for text, old in pairs][::-1]


# --- On other pages ---------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class RoundLine:
    """A round in a list."""

    pk: int
    question: str
    language: str
    closes_on: date
    is_open: bool
    closed_on: date | None
    spoke: int | None
    audience: int | None
    version: int
    my_version: int | None

    @property
    def url(self) -> str:
        """Where it is."""
        return reverse("activity:consent_detail", args=[self.pk])

    @property
    def is_answered(self) -> bool:
        """Whether the reader spoke on the present text."""
        return self.my_version == self.version

    @property
    def days_left(self) -> int:
        """How many working days there are after today."""
        return clock.days_left(self.closes_on)


@dataclass(frozen=True, slots=True)
class RoundsOfSubject:
    """The rounds about a subject, and whether the reader may open one."""

    subject: int
    lines: Sequence[RoundLine]
    may_open: bool

    @property
    def open_lines(self) -> list[RoundLine]:
        """Those that are open."""
        return [line for line in self.lines if line.is_open]

    @property
    def closed_lines(self) -> list[RoundLine]:
        """Those that are closed, the last one first."""
        return [line for line in self.lines if not line.is_open]


def rounds_about(subject: Subject, reader: User) -> RoundsOfSubject:
    """The rounds about a subject, open ones first, for a reader who may read it; one query."""
    return _shown(statements.first(_about, subject.pk, reader), reader)


def rounds_about_community(reader: User) -> RoundsOfSubject:
    """The rounds about the community itself, open ones first; one query."""
    return _shown(statements.first(_about_community, reader), reader)


def _shown(row: tuple[int, Sequence[Mapping[str, Any]], bool] | None, reader: User) -> RoundsOfSubject:
    subject, found, speaks_for_it = row or (0, (), False)
    may_open = bool(subject) and (speaks_for_it or facilitates(reader))
    return RoundsOfSubject(subject, [_line(it) for it in found], may_open)


def _about(subject: int, reader: User) -> QuerySet[Any, Any]:
    return _rounds_of(Subject.objects.filter(pk=subject), reader, SHOWN)


def _about_community(reader: User) -> QuerySet[Any, Any]:
    return _rounds_of(Subject.objects.filter(kind=COMMUNITY.key), reader, LISTED)


def _rounds_of(subjects: QuerySet[Subject], reader: User, most: int) -> QuerySet[Any, Any]:
    mine = Position.objects.filter(consent=OuterRef("pk"), member=reader).values("version")[:1]
    rounds = ConsentRound.objects.filter(subject=OuterRef("pk")).order_by(F("closed_at").desc(nulls_first=True), "-pk")
    shown = rounds.annotate(mine=mine).values(
        found=JSONObject(
            pk="pk",
            question="question",
            language="language",
            closes_on="closes_on",
            closed_on="result__closed_on",
            spoke="result__turnout__spoke",
            audience="result__turnout__audience",
            version="version",
            my_version="mine",
        )
    )
    speaks = Value(False, BooleanField())  # who facilitates need not be asked
    if not facilitates(reader):
        hubs = Subject.objects.filter(pk__in=belonging.represented_by(reader))
        # From the one subject to its hubs: the other way round all subjects of a hub would be read.
        its_hubs = Subject.hubs.through.objects.filter(from_subject=OuterRef(OuterRef("pk"))).values("to_subject")
        speaks = Exists(hubs.filter(Q(pk=OuterRef("pk")) | Q(pk__in=its_hubs)))  # type: ignore[assignment]
    rows = subjects.annotate(rounds=ArraySubquery(shown[:most]), speaks_for_it=speaks)
    return rows.values_list("pk", "rounds", "speaks_for_it")


def _line(found: Mapping[str, Any]) -> RoundLine:
    closed_on = found["closed_on"]
    return RoundLine(
        **{
            **found,
            "closes_on": date.fromisoformat(found["closes_on"]),
            "closed_on": date.fromisoformat(closed_on) if closed_on else None,
            "is_open": closed_on is None,
        }
    )


def rounds_at_home(reader: User) -> list[ConsentRound]:
    """The rounds that concern ``reader`` now, the most urgent first; one query."""
    return statements.rows(_AT_HOME, reader, clock.today())


_AT_HOME = statements.Stretch(ConsentRound.objects.for_home, MOST_AT_HOME)
