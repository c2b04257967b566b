"""Reads that span models: who filed it, where support comes from, the numbers beside the themes. Spec 02."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Case, Count, Exists, OuterRef, Q, QuerySet, When
from django.db.models.functions import JSONObject
from django.utils import timezone
from django.utils.translation import gettext

from activity.kinds import subjects_of
from community.models import Hub, Topic, User
from issues.themes.actions import THEMES
from issues.themes.models import NO_THEME, Theme
from ui import statements
from ui.lookups import is_among
from ui.markdown import render
from ui.search import Phrase
from ui.shared import Reader, Readers, shared, shared_keys

from .figures import support_of
from .models import (
    MIN_LIKENESS,
    Attribution,
    Bottleneck,
    BottleneckQuerySet,
    Row,
    ToldManager,
    TouchedHub,
    Vote,
    any_of,
)
from .votes import as_one

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser
    from django.utils.safestring import SafeString

COUNTS_LAST = 300  # seconds
BOTTLENECKS = subjects_of(Bottleneck.SUBJECT_KIND)
RISING_TIME = timedelta(days=30)
RISING_SHOWN = 3
SPLIT_FROM = 5  # fewer votes than this are never shown by hub
SUPPORTERS_SHOWN = 24
EVIDENCE_SHOWN = 10
SIMILAR_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Author:
    """How one reader sees the author of a bottleneck: words, and a page and hub where there are any."""

    name: str
    url: str = ""
    hub: str = ""
    hub_url: str = ""


def author_words(bottleneck: Bottleneck, reader: User | AnonymousUser | None) -> str:
    """Decide how ``reader`` hears who filed it; every page, mail, feed and export asks this. Spec 02, Filing.

    A confidential author is known to facilitators and to the author only. Needs ``author`` loaded to cost no query.
    """
    match bottleneck.attribution:
        case Attribution.ANONYMOUS:
            return gettext("somebody, anonymously")
        case Attribution.IMPORTED if bottleneck.origin:
            return gettext("the list “%(list)s”") % {"list": bottleneck.origin}
        case Attribution.IMPORTED:  # written down for them, in a session say, which its links name
            return gettext("members together")
        case Attribution.CONFIDENTIAL if not _may_know(bottleneck, reader):
            return gettext("somebody, confidentially")
    if bottleneck.author is None or not bottleneck.author.is_active:
        return gettext("a former member")
    name: str = bottleneck.author.name
    if bottleneck.attribution == Attribution.CONFIDENTIAL:
        return gettext("%(name)s, confidentially") % {"name": name}
    return name


def author_of(bottleneck: Bottleneck, reader: User | AnonymousUser | None) -> Author:
    """``author_words``, with the page and hub of an author whom ``reader`` may know.

    Needs ``author`` and its ``primary_hub`` and its subject loaded to cost no query.
    """
    name, author = author_words(bottleneck, reader), bottleneck.author
    is_kept = bottleneck.attribution == Attribution.CONFIDENTIAL and not _may_know(bottleneck, reader)
    if author is None or not author.is_active or is_kept:
        return Author(name)
    hub = author.primary_hub
    if hub is not None and not (reader is not None and hub.subject.may_be_read_by(reader)):
        hub = None
    return Author(name, author.get_absolute_url(), hub.name if hub else "", hub.get_absolute_url() if hub else "")


def _may_know(bottleneck: Bottleneck, reader: User | AnonymousUser | None) -> bool:
    if reader is None or not reader.is_authenticated:
        return False
    return reader.is_facilitator or (bottleneck.author_id is not None and bottleneck.author_id == reader.pk)


@dataclass(frozen=True, slots=True)
class SupportPart:
    """A hub with five votes or more, or (without a ``name``) the ``hubs`` others together, perhaps with ``hubless``."""

    name: str
    hubs: int
    votes: int
    weight: Decimal
    hubless: bool = False


type HubVotes = tuple[str | None, int]  # a hub's name (None: members without a hub) and its votes


def support_parts(votes_by_hub: Sequence[HubVotes]) -> list[SupportPart]:
    """Split support by hub as far as it tells nothing about a few people; most votes first. Spec 02, Support.

    Hubs (and the group of members without a hub) with five votes or more are named; the rest is one part, joined with
    the next smallest while it is one hub or under five votes. Below five votes in all there is no split.
    """
    if sum(votes for _name, votes in votes_by_hub) < SPLIT_FROM:
        return []
    ranked = sorted(votes_by_hub, key=lambda pair: (-pair[1], pair[0] or ""))
    named = [pair for pair in ranked if pair[1] >= SPLIT_FROM]
    rest = ranked[len(named) :]
    while rest and named and (len(rest) == 1 or sum(votes for _name, votes in rest) < SPLIT_FROM):
        rest.append(named.pop())
    parts = [
        SupportPart(name or gettext("members without a hub"), 1, votes, support_of([votes])) for name, votes in named
    ]
    if rest:
        votes = [votes for _name, votes in rest]
        hubs = [name for name, _votes in rest if name is not None]
        parts.append(SupportPart("", len(hubs), sum(votes), support_of(votes), hubless=len(hubs) < len(rest)))
    return parts


def votes_by_hub(bottleneck: Bottleneck, reader: User) -> list[HubVotes]:
    """The votes of each hub by its name, and under None those of members without a hub; one query.

    A hub that ``reader`` may not know of has its votes and no name of its own.
    """
    unnamed = gettext("a hub that is not shown")
    if bottleneck.parts:
        rows = statements.rows(_votes_by_hub_of_set, bottleneck.whole, reader)
    else:
        rows = statements.rows(_votes_by_hub, bottleneck.pk, reader)
    return [(name or unnamed if hub else None, votes) for hub, votes, name in rows]


def _votes_by_hub(bottleneck: int, reader: User) -> QuerySet[Vote, tuple[int | None, int, str | None]]:
    return _by_hub(Vote.objects.filter(bottleneck=bottleneck), reader)


def _votes_by_hub_of_set(whole: list[int], reader: User) -> QuerySet[Vote, tuple[int | None, int, str | None]]:
    """A member counts once, with their oldest vote."""
    votes = Vote.objects.filter(bottleneck__any=whole)
    same = votes.filter(voter_key=OuterRef("voter_key"))
    older = Q(cast_at__lt=OuterRef("cast_at")) | Q(cast_at=OuterRef("cast_at"), pk__lt=OuterRef("pk"))
    return _by_hub(votes.filter(~Exists(same.filter(older))), reader)


def _by_hub(votes: QuerySet[Vote], reader: User) -> QuerySet[Vote, tuple[int | None, int, str | None]]:
    name = Case(When(hub__in=Hub.objects.visible_to(reader), then="hub__name"), default=None)
    rows = votes.values("hub").annotate(votes=Count("pk"), name=name)
    return rows.order_by("hub").values_list("hub", "votes", "name")


def named_supporters(bottleneck: Bottleneck) -> list[User]:
    """Supporters who switched on that their name is shown, at most 25 (one more than is shown); one query.

    A confidential filer is never among them.
    """
    return statements.rows(_named_supporters, bottleneck.whole)


def _named_supporters(whole: list[int]) -> QuerySet[User]:
    # Who voted is found first: among 100,000 members the planner would look, by name, for 25 who did.
    voters = Vote.objects.filter(bottleneck__any=whole, member__isnull=False).values("member")
    filers = Bottleneck.objects.filter(pk__any=whole, attribution=Attribution.CONFIDENTIAL, author__isnull=False)
    supporters: QuerySet[User] = User.objects.active().filter(is_among("pk", voters), shows_support=True)
    supporters = supporters.exclude(pk__in=filers.values("author"))
    return supporters.only("name", "handle").order_by("sort_name", "pk")[: SUPPORTERS_SHOWN + 1]


def touched_hubs(bottleneck: Bottleneck, reader: User) -> list[Hub]:
    """The hubs that a bottleneck and its parts touch, as far as ``reader`` may know of them, by name."""
    return statements.rows(_touched_hubs, bottleneck.whole, reader)


def _touched_hubs(whole: list[int], reader: User) -> QuerySet[Hub]:
    touched = TouchedHub.objects.filter(bottleneck__any=whole).values("hub")
    return (
        Hub.objects.visible_to(reader).filter(pk__in=touched).only("name", "slug", "state").order_by("sort_name", "pk")
    )


def for_page(number: int, reader: User) -> QuerySet[Bottleneck]:
    """The bottleneck of this number with all that the head of its page shows, if ``reader`` may read it.

    With what ``topics_of`` asks of it.
    """
    topics = Topic.objects.filter(bottleneck_topics__bottleneck=OuterRef("pk")).order_by("slug")
    named = topics.values(topic=JSONObject(slug="slug", label_nl="label_nl", label_en="label_en"))
    rows = Bottleneck.objects.for_detail(reader).select_related("subject__merged_into")
    return rows.annotate(about=ArraySubquery(named)).filter(pk=number)[:1]


def topics_of(bottleneck: Bottleneck) -> list[Topic]:
    """What a bottleneck that ``for_page`` found is about; no query."""
    return [Topic(**topic) for topic in bottleneck.__dict__["about"]]


def for_act(reader: User, number: int) -> QuerySet[Bottleneck]:
    """The bottleneck of this number for a form about it, if ``reader`` may read it."""
    return Bottleneck.objects.visible_to(reader).select_related("subject").defer("search").filter(pk=number)[:1]


def merged_one(reader: User, number: int) -> QuerySet[Bottleneck]:
    """The bottleneck of this number if it was merged into another, for a line about it."""
    rows = Bottleneck.objects.visible_to(reader).merged().select_related("subject")
    return rows.only("title", "language", "subject__url").filter(pk=number)[:1]


def vote_of(reader: User, bottleneck: Bottleneck) -> Vote | None:
    """The vote of ``reader`` for this one, or for what was merged into it, to be shown; one query."""
    if not bottleneck.parts:
        return statements.first(_vote_of, reader, bottleneck.pk)
    return as_one(statements.rows(_votes_in_set, reader, bottleneck.whole, bottleneck.pk, bottleneck.subject_id))


def _vote_of(reader: User, bottleneck: int) -> QuerySet[Vote]:
    return Vote.objects.filter(bottleneck=bottleneck, voter_key=reader.voter_key).select_related("hub__subject")[:1]


def _votes_in_set(reader: User, whole: list[int], bottleneck: int, subject: int) -> QuerySet[Vote]:
    votes = Vote.objects.filter(bottleneck__any=whole, voter_key=reader.voter_key)
    merged = votes.filter(Q(bottleneck=bottleneck) | Q(bottleneck__subject__merged_into=subject))
    return merged.select_related("hub__subject").order_by("cast_at", "pk")


def most_alike(reader: User, title: str, text: str, *, other_than: Bottleneck | None = None) -> list[Bottleneck]:
    """The few open and closed ones that say most nearly the same, as far as ``reader`` may read them; one query.

    Where one says nearly the same, those that share an everyday word only stay away. Of what is not filed yet (without
    ``other_than``, which is the one that is compared) one may join them: each with ``voted``. One that was merged has
    its main one in ``subject.merged_into``, and stays away from the page of that.
    """
    words = any_of(f"{title} {text}")
    if not words:
        return []
    compared = other_than.subject_id if other_than is not None else None
    found = statements.rows(_alike, reader, Phrase(title), Phrase(words), compared)
    likeness = [(row, row.__dict__["likeness"]) for row in found]
    return [row for row, alike in likeness if alike >= MIN_LIKENESS and alike * 3 >= likeness[0][1]]


def _alike(reader: User, title: Phrase, words: Phrase, compared: int | None) -> BottleneckQuerySet:
    found: BottleneckQuerySet = Bottleneck.objects.visible_to(reader).similar_to(title, words)
    if compared is None:
        for_main = Vote.objects.filter(bottleneck__subject=OuterRef("subject__merged_into"), voter_key=reader.voter_key)
        found = found.with_vote_of(reader).annotate(voted_for_main=Exists(for_main))
    else:
        found = found.exclude(subject=compared).exclude(subject__merged_into=compared)
    return found.select_related("subject__merged_into").only(*_ALIKE_FIELDS)[:SIMILAR_SHOWN]


_ALIKE_FIELDS = (
    *("title", "language", "member_count", "hub_count", "subject__url", "subject__closed_at"),
    *("subject__merged_into__title", "subject__merged_into__language", "subject__merged_into__url"),
)


class ToldRow(NamedTuple):
    """What the filers of one unit said: how many they are, told a manager, and saw no reaction."""

    unit: str
    filers: int
    told: int
    unanswered: int


def told_by_unit() -> list[ToldRow]:
    """Whether managers were told, per unit with five filers or more who said so, by its name; one query.

    Of each filer the person counts, not how much they filed. Spec 02, Filing.
    """
    return [ToldRow(*row) for row in statements.rows(_told_by_unit)]


def _told_by_unit() -> QuerySet[Bottleneck, tuple[str, int, int, int]]:
    def filers(*answers: str) -> Count:
        return Count("author", distinct=True, filter=Q(told_manager__in=answers) if answers else None)

    said = Bottleneck.objects.for_every_member().filter(author__is_active=True, author__unit__isnull=False)
    rows = said.exclude(told_manager="").order_by().values("author__unit").annotate(filers=filers())
    rows = rows.annotate(
        told=filers(ToldManager.YES, ToldManager.NO_REACTION), unanswered=filers(ToldManager.NO_REACTION)
    )
    shown = rows.filter(filers__gte=SPLIT_FROM).order_by("author__unit__name", "author__unit")
    return shown.values_list("author__unit__name", "filers", "told", "unanswered")


class ThemeRow(NamedTuple):
    """A theme with the number of open bottlenecks that it orders and all members see."""

    slug: str
    name: str
    explanation: str
    language: str
    number: int

    @property
    def html(self) -> SafeString:
        """The explanation as it is read."""
        return render(self.explanation)


@shared(of=[BOTTLENECKS, THEMES], lasts=COUNTS_LAST, readers=Readers.MEMBERS)
def _themes() -> tuple[ThemeRow, ...]:
    """The themes in the community's order; last, where there are any, the number of those without one."""
    counted = Bottleneck.objects.open().for_every_member().order_by().values_list("theme")
    numbers = dict(counted.annotate(number=Count("pk")))
    themes = Theme.objects.all()
    rows = [ThemeRow(it.slug, it.name, it.explanation, it.language, numbers.get(it.pk, 0)) for it in themes]
    if None in numbers:
        rows.append(ThemeRow(NO_THEME, "", "", "", numbers[None]))
    return tuple(rows)


def themes_with_counts(reader: Reader) -> list[ThemeRow]:
    """The themes in the community's order, each with its number; counted every five minutes at most."""
    return [row for row in _themes.seen_by(reader) if row.slug != NO_THEME]


def number_without_theme(reader: Reader) -> int:
    """How many open bottlenecks that all members see have no theme, as ``themes_with_counts`` has counted them."""
    return sum(row.number for row in _themes.seen_by(reader) if row.slug == NO_THEME)


@shared(of=[BOTTLENECKS], lasts=COUNTS_LAST, readers=Readers.EVERYBODY)
def on_the_table() -> int:
    """How many open bottlenecks all members see."""
    return Bottleneck.objects.open().for_every_member().count()


def _for_member(member: User, keys: Sequence[int]) -> list[Row]:
    return statements.rows(_not_yet_supported, member, list(keys))


def _not_yet_supported(member: User, keys: list[int]) -> QuerySet[Bottleneck, Row]:
    rows = Bottleneck.objects.visible_to(member).not_supported_by(member)
    return rows.among(keys).as_rows(member)[:RISING_SHOWN]


@shared_keys(show=_for_member, of=[BOTTLENECKS], lasts=COUNTS_LAST)
def rising() -> tuple[int, ...]:
    """What gained most support in 30 days, most first; votes change it within five minutes. Spec 02, Board.

    A member sees the first few that they do not support yet.
    """
    return tuple(Bottleneck.objects.rising(timezone.now() - RISING_TIME).values_list("pk", flat=True))


def _known(member: User, keys: Sequence[int]) -> list[int]:
    return statements.rows(_known_keys, member, list(keys)) if keys else []


def _known_keys(member: User, keys: list[int]) -> QuerySet[Bottleneck, int]:
    return Bottleneck.objects.visible_to(member).among(keys).values_list("pk", flat=True)


#: The primary keys of the same for the board: of those that a member may read all, in their order. At most a hundred.
rising_keys = rising.shown_by(_known)


def evidence_of(bottleneck: Bottleneck) -> list[str]:
    """The lines of evidence that supporters gave, newest first, without names; one query."""
    return list(dict.fromkeys(statements.rows(_evidence_of, bottleneck.whole)))


def _evidence_of(whole: list[int]) -> QuerySet[Vote, str]:
    lines = Vote.objects.filter(bottleneck__any=whole).exclude(evidence="").order_by("-cast_at", "-pk")
    return lines.values_list("evidence", flat=True)[:EVIDENCE_SHOWN]
