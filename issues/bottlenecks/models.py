"""Bottlenecks, their themes and the votes for them. Spec 02."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple, Self, cast

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.search import (
    SearchConfig,
    SearchQuery,
    SearchRank,
    SearchVector,
    SearchVectorField,
    TrigramSimilarity,
)
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Case, Count, Exists, F, Func, OuterRef, Q, Subquery, Value, When
from django.db.models.expressions import CombinedExpression, RawSQL
from django.db.models.functions import Coalesce, Left
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from activity.models import Subject, SubjectLink
from activity.visibility import may_read
from community.models import Hub, HubTally, Topic
from issues.themes.models import Theme
from issues.ties import FILED_AT
from ui.fields import sort_key
from ui.markdown import source_length
from ui.search import Phrase, Word, folded, holds, holds_variant

from .titles import resembles_title

if TYPE_CHECKING:
    from community.models import User

CORRECTION_TIME = timedelta(minutes=30)
MIN_HOURS, MAX_HOURS = Decimal("0.5"), Decimal(80)  # lost a month
HOURS_RANGE = [MinValueValidator(MIN_HOURS), MaxValueValidator(MAX_HOURS)]
HOURS_ERROR = _("Fill in a number from 0.5 to 80, for example 4.")
EVIDENCE_LENGTH = 280
TITLE_LENGTH = 160
MOST_TOPICS = 10  # of one bottleneck


class Attribution(models.TextChoices):
    """By whom a bottleneck was filed, as far as readers may know."""

    NAMED = "named", pgettext_lazy("attribution", "by name")
    CONFIDENTIAL = "confidential", pgettext_lazy("attribution", "confidentially")
    ANONYMOUS = "anonymous", pgettext_lazy("attribution", "anonymously")
    IMPORTED = "imported", pgettext_lazy("attribution", "from a list")


class State(models.TextChoices):
    """What became of a bottleneck. Spec 02, Life."""

    OPEN = "open", pgettext_lazy("state of a bottleneck", "open")
    SOLVED = "solved", pgettext_lazy("state of a bottleneck", "said to be solved")
    CONFIRMED = "confirmed", pgettext_lazy("state of a bottleneck", "solved, confirmed")
    DECLINED = "declined", pgettext_lazy("state of a bottleneck", "declined")
    LAPSED = "lapsed", pgettext_lazy("state of a bottleneck", "withdrawn")


class Route(models.TextChoices):
    """Who made an end to a bottleneck. Spec 02, Life; 03."""

    FORMAL = "formal", pgettext_lazy("route", "by the formal organisation")
    OURSELVES = "ourselves", pgettext_lazy("route", "by ourselves, as members or hubs")
    ITSELF = "itself", pgettext_lazy("route", "by itself")


class Tie(models.TextChoices):
    """How a bottleneck points to its main one. Spec 02, Merge and Generalise."""

    MERGED = "merged", pgettext_lazy("tie", "merged into it")
    CHILD = "child", pgettext_lazy("tie", "a part of it, with its own detail")


class ToldManager(models.TextChoices):
    """Whether the filer told a manager of it; only shown added up, per unit, from five filers on. Spec 02, Filing."""

    NO = "no", pgettext_lazy("told my manager", "no")
    YES = "yes", pgettext_lazy("told my manager", "yes")
    NO_REACTION = "no_reaction", pgettext_lazy("told my manager", "yes, and no reaction came")


class Sort(models.TextChoices):
    """In which order the board shows bottlenecks. Spec 02, Board."""

    SUPPORT = "support", pgettext_lazy("order", "Most support")
    RISING = "rising", pgettext_lazy("order", "Rising")
    NEW = "new", pgettext_lazy("order", "New")
    HOURS = "hours", pgettext_lazy("order", "Hours lost")
    WAITING = "waiting", pgettext_lazy("order", "Waiting longest")


#: ``place`` comes from ``BottleneckQuerySet.among``.
_ORDERINGS = {
    Sort.RISING: ("place", "pk"),
    Sort.WAITING: ("generic_at", "pk"),
    Sort.SUPPORT: ("-support", "-pk"),
    Sort.NEW: ("-filed_at", "-pk"),
    Sort.HOURS: ("-hours", "-pk"),
}

#: What of a bottleneck its supporters voted for.
TEXTS = ("title", "situation", "impact", "wish", "tried")
EXCERPT_LENGTH = 100  # about one sentence: all of it is shown, whatever the size of the reader's text
_EXCERPT_SOURCE = source_length(EXCERPT_LENGTH) + 1  # characters read from the table: one more shows that it goes on
_RESEMBLING = 300  # of each kind: more than anybody reads
_MOST_VOTED = 100
MIN_LIKENESS = 0.15  # tried on the list of 2018: what is less alike has only everyday words in common

# Of frequent words the 150 most supported matches are looked at, not all of them (spec 09, Search); where fewer than 20
# hold one of the words, also titles that resemble this one by their trigrams. Of those the 50 whose titles are most
# alike: to rank a text costs as much as all else, and texts differ less by their rank than by their titles. That title
# is asked for by a SELECT of its own: the planner would compare a value that it knows with a hundred titles.
_CLOSEST = """
WITH by_words AS MATERIALIZED (
    SELECT id, sort_title FROM issues_bottleneck
    WHERE search @@ (websearch_to_tsquery('doorbraak_nl', %s) || websearch_to_tsquery('doorbraak_en', %s))
    ORDER BY support DESC, id DESC LIMIT 150
), by_title AS (
    SELECT id, sort_title FROM issues_bottleneck
    WHERE (SELECT COUNT(*) FROM by_words) < 20 AND sort_title %% (SELECT sort_key(%s)) LIMIT 150
)
SELECT id FROM (SELECT * FROM by_words UNION SELECT * FROM by_title) AS found
ORDER BY similarity(sort_title, sort_key(%s)) DESC, id DESC LIMIT 50
"""

# What the votes since a moment add to support: per hub the root of all votes less the root of the earlier ones. Over a
# set a member counts once, with their oldest vote, as in ``figures``.
_GAINED = """(
    SELECT COALESCE(SUM(SQRT(votes::numeric) - SQRT((votes - new_votes)::numeric)), 0)
    FROM (
        SELECT COUNT(*) AS votes, COUNT(*) FILTER (WHERE cast_at >= %s) AS new_votes
        FROM issues_vote WHERE issues_vote.bottleneck_id = issues_bottleneck.id AND issues_bottleneck.parts = '{}'
        GROUP BY hub_id
        UNION ALL
        SELECT COUNT(*) AS votes, COUNT(*) FILTER (WHERE cast_at >= %s) AS new_votes
        FROM (
            SELECT MIN(cast_at) AS cast_at, (ARRAY_AGG(hub_id ORDER BY cast_at, id))[1] AS hub_id
            FROM issues_vote
            WHERE issues_bottleneck.parts <> '{}'
                AND issues_vote.bottleneck_id = ANY(issues_bottleneck.parts || issues_bottleneck.id)
            GROUP BY voter_key
        ) member GROUP BY hub_id
    ) per_hub
)"""


def _query(words: str, config: str) -> SearchQuery:
    """A full-text query for what somebody typed, stemmed in one language."""
    return SearchQuery(words, config=SearchConfig(config), search_type="websearch")


def _matches(words: str) -> Q:
    """Texts that hold ``words``, each searched in its own language; quotes and "-word" work as on the web."""
    return Q(language="nl", search=_query(words, "doorbraak_nl")) | Q(
        ~Q(language="nl"), search=_query(words, "doorbraak_en")
    )


_OPERATORS = re.compile(r'"|(^|\s)-\w')  # who leaves words out or quotes them means what they typed


def means_exactly(words: str) -> bool:
    """Whether ``words`` are to be taken as they are: with quotes or "-word"."""
    return _OPERATORS.search(words) is not None


def any_of(text: str) -> str:
    """The words of ``text`` as a web search for any of them; the longest text costs no more than forty words."""
    words = dict.fromkeys(word.lower() for word in re.findall(r"[^\W_]{3,}", text[:2_000]))
    return " or ".join(word for word in list(words)[:40] if word not in {"or", "and", "not"})


# Of all rows: no GROUP BY.
_COUNT = Func(F("pk"), function="COUNT", output_field=models.IntegerField())
_FIRST_GENERIC = Func(F("generic_at"), function="MIN", output_field=models.DateTimeField(null=True))


def steps_in(life: dict[str, str]) -> list[tuple[str, datetime]]:
    """The steps that ``Bottleneck.life`` holds: their keys and days, in time."""
    taken = [(key, datetime.fromisoformat(day)) for key, day in life.items()]
    return sorted(taken, key=lambda step: step[1])


class Row(NamedTuple):
    """What a row of the board is made of, as the database gives it: thirty times three objects would cost more."""

    pk: int
    title: str
    language: str
    beginning: str
    url: str
    theme_name: str | None
    theme_slug: str | None
    theme_language: str | None
    filed_at: datetime
    generic_at: datetime | None
    stepped_at: datetime | None
    closed_at: datetime | None
    merged_into: int | None
    state: str
    life: dict[str, str]
    member_count: int
    hub_count: int
    hours: Decimal
    support: Decimal
    voted: bool


class BottleneckQuerySet(models.QuerySet["Bottleneck"]):
    """Which bottlenecks, and what a row shows."""

    def visible_to(self, user: User) -> Self:
        """What ``user`` may read, as ``Subject.visible_to`` decides."""
        return self.filter(may_read(user, "subject"))

    def for_every_member(self) -> Self:
        """What all members may read, so that its number is the same for each of them."""
        return self.filter(subject__is_shared=True)

    def open(self) -> Self:
        """Bottlenecks that have not ended; of those that were merged the main one only."""
        return self.filter(subject__closed_at=None, subject__merged_into=None)

    def ended(self) -> Self:
        """Bottlenecks that have ended, however."""
        return self.filter(subject__closed_at__isnull=False)

    def filed_at(self, place: int) -> Self:
        """Bottlenecks that came up at the subject with this primary key."""
        links = SubjectLink.objects.filter(kind=FILED_AT.key, to_subject=place)
        return self.filter(subject__in=links.values("from_subject"))

    def generic(self) -> Self:
        """Bottlenecks that became generic, whatever was withdrawn later."""
        return self.filter(generic_at__isnull=False)

    def waiting(self) -> Self:
        """Generic ones for which nobody has taken a next step. Spec 02, Generic."""
        return self.generic().filter(stepped_at=None)

    def number_and_first(self) -> models.QuerySet[Bottleneck, tuple[int, datetime | None]]:
        """One row: how many there are, and since when the first of them is generic."""
        return self.order_by().values_list(_COUNT, _FIRST_GENERIC)

    def filed_by(self, user: User) -> Self:
        """Bottlenecks that ``user`` filed by name or confidentially."""
        return self.filter(author=user.pk)

    def touching(self, hub: int | None) -> Self:
        """Bottlenecks that touch the hub with this primary key; none without one."""
        return self.filter(pk__in=TouchedHub.objects.filter(hub=hub).values("bottleneck")) if hub else self.none()

    def about(self, topic: int) -> Self:
        """Bottlenecks about the topic with this primary key."""
        return self.filter(pk__in=BottleneckTopic.objects.filter(topic=topic).values("bottleneck"))

    def with_vote_of(self, user: User) -> Self:
        """Add ``voted``: whether ``user`` supports it."""
        votes = Vote.objects.filter(bottleneck=OuterRef("pk"), voter_key=user.voter_key)
        merged = Vote.objects.filter(bottleneck__subject__merged_into=OuterRef("subject"), voter_key=user.voter_key)
        # Looked up for each row that is shown: for "exists" all votes of the member would be read first.
        own, of_merged = (Subquery(each.values(there_is=Value(True))[:1]) for each in (votes, merged))
        found = Case(When(parts=[], then=own), default=Coalesce(own, of_merged))
        return self.annotate(voted=Coalesce(found, False))

    def supported_by(self, user: User) -> Self:
        """Bottlenecks that ``user`` has voted for."""
        return self.filter(Exists(Vote.objects.filter(bottleneck=OuterRef("pk"), voter_key=user.voter_key)))

    def not_supported_by(self, user: User) -> Self:
        """Bottlenecks that ``user`` has not voted for, nor for what was merged into them."""
        votes = Vote.objects.filter(voter_key=user.voter_key)
        merged = votes.filter(bottleneck__subject__merged_into__isnull=False).values("bottleneck__subject__merged_into")
        return self.filter(~Exists(votes.filter(bottleneck=OuterRef("pk"))), ~Q(subject__in=merged))

    def merged(self) -> Self:
        """Bottlenecks that were merged into another."""
        return self.filter(tie=Tie.MERGED, main__isnull=False)  # which is what the index holds

    def matching(self, typed: Phrase, *words: Word) -> Self:
        """Search for what somebody typed, in Dutch and English, with or without accents; without ``words`` as it is.

        In titles parts of words count: "beheer" finds "Energiebeheer". Full text finds all words at once as well, for
        it knows which of them say nothing.
        """
        found, each = _matches(typed.text), Q()
        for word in words:
            each &= _matches(word.text) | holds("sort_title", word)
        return self.filter((found | each if len(words) > 1 else each) if words else found)

    def resembling(self, typed: Phrase, *words: Word) -> Self:
        """Also texts with what may be meant by ``words``, and titles with something like it: for typing errors.

        Found by themselves first, through the index of each: as one condition it would be tried on every row.
        """
        texts, titles = Q(), Q()
        for word in words:
            texts &= _matches(word.either)
            titles &= holds_variant("sort_title", word) | resembles_title(word.text)
        alike = [Bottleneck.objects.filter(each) for each in (texts, titles) if each]
        exact, *others = (
            # In an order that no index has: expecting many, the database would read the table until it had enough, and
            # where there are none, all of it.
            rows.order_by(F("pk") + 0).values("pk")[:_RESEMBLING]
            for rows in (Bottleneck.objects.matching(typed, *words), *alike)
        )
        return self.filter(pk__in=exact.union(*others))

    def in_order(self, sort: str) -> Self:
        """The order of the board; ends in the primary key, so pages never repeat a row."""
        return self.order_by(*_ORDERINGS[Sort(sort)])

    def as_rows(self, user: User) -> models.QuerySet[Bottleneck, Row]:
        """What a row of the board is made of: figures and words, with the vote of ``user``.

        It comes last: what it returns are tuples. They have their ``place`` as well where ``among`` gave them one, for
        a list in that order goes on after it.
        """
        shown = self.with_vote_of(user).annotate(
            beginning=Left("situation", _EXCERPT_SOURCE),
            url=F("subject__url"),
            closed_at=F("subject__closed_at"),
            merged_into=F("subject__merged_into"),
            theme_name=F("theme__name"),
            theme_slug=F("theme__slug"),
            theme_language=F("theme__language"),
        )
        place = ("place",) if "place" in shown.query.annotations else ()
        return cast("models.QuerySet[Bottleneck, Row]", shown.values_list(*Row._fields, *place, named=True))

    def for_board(self, user: User) -> Self:
        """Open bottlenecks that ``user`` may read, most supported first."""
        return self.visible_to(user).open().in_order(Sort.SUPPORT)

    def for_detail(self, user: User) -> Self:
        """Bottlenecks with all that the head of their page shows, as far as ``user`` may read them."""
        return self.visible_to(user).select_related("subject", "theme", "author__primary_hub__subject").defer("search")

    def rising(self, since: datetime) -> Self:
        """Open bottlenecks that gained support since then, with ``gained``, most gained first. Spec 02, Board.

        Measured for the hundred that got most votes in that time: all of them in any but a very large community.
        """
        votes = Vote.objects.filter(cast_at__gte=since).values("bottleneck").annotate(number=Count("bottleneck"))
        most_voted = votes.order_by("-number", "bottleneck").values("bottleneck")[:_MOST_VOTED]
        # A vote for one that was merged since is one for the main one.
        shown = Bottleneck.objects.filter(pk__in=most_voted).values(shown=Coalesce("subject__merged_into", "subject"))
        gained = RawSQL(_GAINED, [since, since], output_field=models.DecimalField())  # noqa: S611 - a constant
        return self.open().filter(subject__in=shown).annotate(gained=gained).order_by("-gained", "-pk")

    def among(self, chosen: list[int]) -> Self:
        """Open bottlenecks with these primary keys, in the order of the keys."""
        keys = Value(chosen, output_field=ArrayField(models.BigIntegerField()))
        place = Func(keys, F("pk"), function="array_position", output_field=models.IntegerField())
        return self.open().filter(pk__any=chosen).annotate(place=place).order_by("place", "pk")

    def similar_to(self, title: Phrase, words: Phrase) -> Self:
        """Bottlenecks like this ``title``, with any of these ``words``, with ``likeness``, most alike first. Spec 02.

        Words count in both languages, titles also by their trigrams: always for the order, and to find more where few
        hold one of the words. Who is less alike than ``MIN_LIKENESS`` is of no use: whoever shows them stops there, for
        the database would work out every likeness twice. One query.
        """
        query = _query(words.text, "doorbraak_nl") | _query(words.text, "doorbraak_en")
        alike = TrigramSimilarity("sort_title", folded(title.text))  # type: ignore[arg-type]  # django-stubs know only text
        closest = RawSQL(_CLOSEST, [words.text, words.text, title.text, title.text])  # noqa: S611 - a constant
        return (
            self.filter(pk__in=closest)
            .annotate(likeness=alike + SearchRank(F("search"), query))
            .order_by("-likeness", "-pk")
        )


def _text_of(config: str) -> CombinedExpression:
    """The weighted text of a bottleneck, stemmed in one language."""
    return (
        SearchVector("title", weight="A", config=config)
        + SearchVector("situation", weight="B", config=config)
        + SearchVector("impact", "wish", "tried", weight="C", config=config)
    )


class Bottleneck(models.Model):
    """Something that keeps professionals from doing their work well and that they cannot remove on their own."""

    SUBJECT_KIND = "bottleneck"
    Attribution = Attribution
    State = State
    Route = Route

    subject = models.OneToOneField(Subject, on_delete=models.PROTECT, related_name="bottleneck")
    title = models.CharField(_("In one sentence"), max_length=TITLE_LENGTH)
    situation = models.TextField(_("What happens?"), max_length=10_000)
    impact = models.TextField(_("What does it cost?"), blank=True, max_length=10_000)
    wish = models.TextField(_("What would help?"), blank=True, max_length=10_000)
    tried = models.TextField(_("What did you try already?"), blank=True, default="", db_default="", max_length=10_000)
    language = models.CharField(_("language of this text"), max_length=2, choices=settings.LANGUAGES, default="nl")
    theme = models.ForeignKey(
        Theme,
        verbose_name=_("Theme"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="bottlenecks",
        db_index=False,  # there are two below
    )
    hubs = models.ManyToManyField(
        Hub, verbose_name=_("Hubs it touches"), related_name="bottlenecks", blank=True, through="issues.TouchedHub"
    )
    topics = models.ManyToManyField(
        Topic, verbose_name=_("topics"), related_name="bottlenecks", blank=True, through="issues.BottleneckTopic"
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="bottlenecks"
    )
    attribution = models.CharField(max_length=20, choices=Attribution, default=Attribution.NAMED)
    # Of the filer's unit only sums are shown, and of an anonymous one nothing is kept.
    told_manager = models.CharField(max_length=20, choices=ToldManager, blank=True, default="", db_default="")
    told_on = models.DateField(null=True, blank=True)
    filed_at = models.DateTimeField(default=timezone.now)
    generic_at = models.DateTimeField(null=True, blank=True)
    stepped_at = models.DateTimeField(null=True, blank=True, editable=False)  # when the step after generic was taken
    changed_at = models.DateTimeField(null=True, blank=True, editable=False)  # when a change was put to supporters last
    version = models.PositiveIntegerField(default=1, editable=False)

    # Where it stands: the room of endings keeps state and route, whoever takes a step on the life-line its day in
    # ``life``: by the key of the step (``issues.registries.life_steps``), in ISO 8601. Spec 02, Life.
    state = models.CharField(max_length=20, choices=State, default=State.OPEN, db_default=State.OPEN, editable=False)
    route = models.CharField(max_length=20, choices=Route, blank=True, default="", db_default="", editable=False)
    life = models.JSONField(default=dict, db_default={}, blank=True, editable=False)

    # Imported ones: where they come from, and what was noted there. Stickers are never votes. Spec 01, Import.
    origin = models.CharField(max_length=120, blank=True)
    origin_number = models.PositiveIntegerField(null=True, blank=True)
    dots = models.PositiveIntegerField(_("dots on the day"), null=True, blank=True)
    noted_hours = models.DecimalField(max_digits=4, decimal_places=1, null=True, blank=True)
    imported = models.JSONField(default=dict, blank=True, editable=False)

    # Figures, written in the transaction of every vote; ``manage.py recount`` proves them. Spec 02, Support.
    member_count = models.PositiveIntegerField(default=0)
    hub_count = models.PositiveIntegerField(default=0)
    hours = models.DecimalField(max_digits=9, decimal_places=1, default=Decimal(0))
    estimate_count = models.PositiveIntegerField(default=0)
    support = models.DecimalField(max_digits=12, decimal_places=4, default=Decimal(0))

    # A link, not a copy: this one points to its main one, and everything of its own stays with it. Written by
    # ``sets`` only. ``parts`` are all that point to this one, also by way of others; while one is merged,
    # ``subject.merged_into`` is what is shown in its place. ``manage.py recount`` proves both.
    main = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="pointing", db_index=False
    )
    tie = models.CharField(max_length=10, choices=Tie, blank=True, default="", db_default="")
    parts = ArrayField(models.BigIntegerField(), default=list, blank=True, editable=False, db_default=[])
    # The parts with whose help it became generic: it ends with them, unless its own votes would do by then.
    generic_with = ArrayField(models.BigIntegerField(), default=list, blank=True, editable=False, db_default=[])

    search = models.GeneratedField(
        expression=Case(
            When(language="nl", then=_text_of("doorbraak_nl")),
            default=_text_of("doorbraak_en"),
            output_field=SearchVectorField(),
        ),
        output_field=SearchVectorField(),
        db_persist=True,
    )

    sort_title = models.GeneratedField(expression=sort_key("title"), output_field=models.TextField(), db_persist=True)

    objects = BottleneckQuerySet.as_manager()

    class Meta:
        ordering = ["-support", "-pk"]
        verbose_name = _("bottleneck")
        verbose_name_plural = _("bottlenecks")
        indexes = [
            models.Index(fields=["-support", "-id"], name="bottleneck_by_support"),
            models.Index(fields=["-filed_at", "-id"], name="bottleneck_by_age"),
            models.Index(fields=["-hours", "-id"], name="bottleneck_by_hours"),
            models.Index(fields=["theme", "-support", "-id"], name="bottleneck_by_theme"),
            # Holds all that a count needs: rows are long, and a thousand of them lie on as many pages.
            models.Index(fields=["theme", "id"], include=["subject"], name="bottleneck_of_theme"),
            models.Index(
                fields=["generic_at", "id"],
                condition=Q(generic_at__isnull=False, stepped_at=None),
                name="bottleneck_waiting",
            ),
            models.Index(fields=["main"], condition=Q(main__isnull=False), name="bottleneck_by_main"),
            GinIndex(fields=["search"], name="bottleneck_search"),
            GinIndex(OpClass("sort_title", name="gin_trgm_ops"), name="bottleneck_by_trigrams"),
        ]
        constraints = [
            models.CheckConstraint(
                name="bottleneck_has_a_known_attribution", condition=Q(attribution__in=Attribution.values)
            ),
            models.CheckConstraint(name="bottleneck_has_a_known_state", condition=Q(state__in=State.values)),
            models.CheckConstraint(name="bottleneck_has_a_known_route", condition=Q(route__in=["", *Route.values])),
            models.CheckConstraint(name="an_open_bottleneck_has_no_route", condition=~Q(state="open") | Q(route="")),
            models.CheckConstraint(
                name="only_signed_bottlenecks_have_an_author",
                condition=Q(author=None) | Q(attribution__in=["named", "confidential"]),
            ),
            models.CheckConstraint(
                name="told_manager_is_known_and_signed",
                condition=Q(told_manager="", told_on=None)
                | Q(told_manager__in=ToldManager.values, attribution__in=["named", "confidential"]),
            ),
            models.UniqueConstraint(
                fields=["origin", "origin_number"],
                condition=Q(origin_number__isnull=False),
                name="one_bottleneck_per_origin_and_number",
            ),
            models.CheckConstraint(
                name="bottleneck_is_tied_to_its_main_one",
                condition=Q(main=None, tie="") | Q(main__isnull=False, tie__in=Tie.values),
            ),
            models.CheckConstraint(name="no_bottleneck_is_its_own_main_one", condition=~Q(main=F("pk"))),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("issues:bottleneck_detail", args=[self.pk, self.slug])

    @property
    def owes_step(self) -> bool:
        """Whether it waits for the next step that is due once it is generic. Spec 02, Generic."""
        return self.generic_at is not None and self.stepped_at is None and self.takes_votes

    @property
    def takes_votes(self) -> bool:
        """Whether one can vote for it: it has not ended, and is not shown as another."""
        return self.subject.closed_at is None and self.subject.merged_into_id is None

    @property
    def texts(self) -> list[str]:
        """All that it says under its title."""
        return [getattr(self, name) for name in TEXTS[1:]]

    @property
    def whole(self) -> list[int]:
        """The primary keys of its set: itself, and all that point to it."""
        return [self.pk, *self.parts]

    @property
    def steps_taken(self) -> list[tuple[str, datetime]]:
        """The steps on its life-line between filed and ended, other than generic: their keys and days, in time."""
        return steps_in(self.life)

    @property
    def is_breakthrough(self) -> bool:
        """Whether members or hubs solved it themselves and those who ran into it confirm that. Spec 03."""
        return (self.state, self.route) == (State.CONFIRMED, Route.OURSELVES)

    @property
    def slug(self) -> str:
        """The title as it stands in the address."""
        return slugify(self.title)[:80].strip("-") or "-"

    @property
    def correctable_until(self) -> datetime:
        """Until when its author may put small things right. Spec 02, Filing."""
        return self.filed_at + CORRECTION_TIME


class TouchedHub(models.Model):
    """A hub that a bottleneck touches: one that its filer named, or only by what was merged into it.

    Those of the second kind are not ``is_from_filer``. ``sets.keep_touched`` keeps them, so that hubs list and count
    what is shown.
    """

    bottleneck = models.ForeignKey(Bottleneck, on_delete=models.CASCADE, related_name="touched_hubs")
    hub = models.ForeignKey(Hub, on_delete=models.PROTECT, related_name="touching_bottlenecks")
    is_from_filer = models.BooleanField(default=True, db_default=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["bottleneck", "hub"], name="one_row_per_bottleneck_and_hub")]
        indexes = [models.Index(fields=["hub", "bottleneck"], name="touched_by_hub")]

    def __str__(self) -> str:
        return f"{self.bottleneck}: {self.hub}"


class BottleneckTopic(models.Model):
    """A bottleneck is about a topic of the shared vocabulary."""

    bottleneck = models.ForeignKey(
        Bottleneck, on_delete=models.CASCADE, related_name="bottleneck_topics", db_index=False
    )
    topic = models.ForeignKey(Topic, on_delete=models.PROTECT, related_name="bottleneck_topics", db_index=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["bottleneck", "topic"], name="one_row_per_bottleneck_and_topic")]
        indexes = [models.Index(fields=["topic", "bottleneck"], name="bottleneck_about_topic")]

    def __str__(self) -> str:
        return f"{self.bottleneck}: {self.topic}"


class BottleneckTally(HubTally):
    """How many open bottlenecks that every member may read touch a hub: the same number for whoever looks."""

    class Meta:
        verbose_name = "open bottlenecks"

    @classmethod
    def counted(cls) -> models.QuerySet[Any]:
        """What touches hubs and is open to read and to vote for."""
        shared = Subject.objects.for_every_member().filter(closed_at=None, merged_into=None)
        return TouchedHub.objects.filter(bottleneck__subject__in=shared)


class Vote(models.Model):
    """One member's support, counted for the primary hub of that moment. It outlives an erased account.

    ``voter_key`` copies the member's key, so that a member counts once also after erasure and over merged sets.
    """

    bottleneck = models.ForeignKey(Bottleneck, on_delete=models.PROTECT, related_name="votes")
    member = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="votes"
    )
    voter_key = models.UUIDField()
    hub = models.ForeignKey(Hub, null=True, blank=True, on_delete=models.PROTECT, related_name="votes")
    hours = models.DecimalField(max_digits=4, decimal_places=1, null=True, blank=True, validators=HOURS_RANGE)
    evidence = models.CharField(max_length=EVIDENCE_LENGTH, blank=True)
    cast_at = models.DateTimeField(default=timezone.now)
    confirmed_at = models.DateTimeField(null=True, blank=True)  # said to hold for the text as it was changed by then

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["bottleneck", "voter_key"], name="one_vote_per_member"),
            models.CheckConstraint(
                name="hours_between_half_and_eighty",
                condition=Q(hours=None) | Q(hours__gte=MIN_HOURS, hours__lte=MAX_HOURS),
                violation_error_message=HOURS_ERROR,
            ),
        ]
        indexes = [
            models.Index(fields=["voter_key", "bottleneck"], name="vote_of_voter"),
            models.Index(fields=["cast_at", "bottleneck"], name="vote_by_time"),
        ]

    def __str__(self) -> str:
        return f"vote for {self.bottleneck_id}"
