"""Reads that span several tables: lists of hubs and members, and what their pages show."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypedDict

from django.contrib.postgres.expressions import ArraySubquery
from django.core.cache import cache
from django.db.models import (
    BooleanField,
    Case,
    Count,
    Exists,
    ExpressionWrapper,
    F,
    Func,
    IntegerField,
    Min,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
    TextField,
    Value,
    When,
)
from django.db.models.functions import Coalesce, JSONObject
from django.utils import timezone

from community.models import FacilitatorTerm, Hub, Membership, MemberTopic, Role, Topic, TopicKind, User
from community.registries import CardFigure, hub_figures
from ui.pagination import count_up_to
from ui.search import Findings, finds, folded, search, words_of

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser
    from django_stubs_ext import WithAnnotations

FACES = 3
ASKED_TOPICS, ASKED_LAST = "community:asked-topics", 300  # seconds
_BY_SEVERAL = 50  # the rank of who has the words here and there, or only something like them
_TOPIC_TEXT = Func(
    F("label_nl"),
    F("label_en"),
    Func(F("aliases"), Value(" "), function="array_to_string"),
    arg_joiner=" || ' ' || ",
    function="sort_key",
    output_field=TextField(),
)
TOPIC_AGE = timedelta(days=14 * 30)  # "not confirmed for 14 months" ranks lower and shows its age. Spec 01


# --- Hubs
@dataclass(frozen=True, slots=True)
class HubFilter:
    """Which hubs a reader asks for; empty means all that are open."""

    city: str = ""
    state: str = ""
    topic: str = ""
    is_mine: bool = False

    def apply(self, hubs: QuerySet[Hub]) -> QuerySet[Hub]:
        """Narrow ``hubs``, which carry ``is_mine``."""
        hubs = hubs.filter(state=self.state) if self.state else hubs.exclude(state=Hub.State.CLOSED)
        if self.city:
            hubs = hubs.filter(city=self.city)
        if self.topic:
            hubs = hubs.filter(Exists(Topic.objects.filter(hub_topics__hub=OuterRef("pk"), slug=self.topic)))
        return hubs.filter(is_mine=True) if self.is_mine else hubs  # type: ignore[misc] # annotated by for_list


@dataclass(frozen=True, slots=True)
class HubFacets:
    """How many hubs there are of each city and state, and how many are the reader's."""

    total: int
    mine: int
    cities: Sequence[tuple[str, int]]
    states: Mapping[str, int]


def hub_facets(user: User | AnonymousUser) -> HubFacets:
    """Count hubs by city and state in one query; closed ones count for their state only."""
    hubs: QuerySet[Any] = Hub.objects.for_list(user)
    rows = list(hubs.values_list("city", "state", "is_mine"))
    shown = [row for row in rows if row[1] != Hub.State.CLOSED]
    cities = Counter(city for city, _state, _mine in shown if city)
    return HubFacets(
        total=len(shown),
        mine=sum(mine for _city, _state, mine in shown),
        cities=sorted(cities.items(), key=lambda item: (-item[1], item[0])),
        states=Counter(state for _city, state, _mine in rows),
    )


@dataclass(frozen=True, slots=True)
class Face:
    """As much of a member as their initials on a card need."""

    pk: int
    name: str


def hub_faces(hubs: Iterable[Hub]) -> dict[int, list[Face]]:
    """The first members of each hub, representatives first, in one query that reads no further than those."""
    first = (
        Membership.objects.current()
        .counted()
        .filter(hub=OuterRef("pk"))
        .order_by("-role", "started_at", "pk")
        .values(face=JSONObject(pk="member_id", name="member__name"))
    )
    rows = Hub.objects.filter(pk__in=[hub.pk for hub in hubs]).order_by()
    faces = rows.annotate(first=ArraySubquery(first[:FACES])).values_list("pk", "first")
    return {hub: [Face(**face) for face in found] for hub, found in faces}


@dataclass(frozen=True, slots=True)
class HubCard:
    """A hub on the list, with the faces and figures that members see."""

    hub: Hub
    faces: Sequence[Face] = ()
    figures: Sequence[CardFigure] = ()


def hub_cards(hubs: Sequence[Hub], user: User | None) -> list[HubCard]:
    """The cards of ``hubs``: one query for all faces and one for each registered figure; bare ones for a visitor."""
    if user is None:
        return [HubCard(hub) for hub in hubs]
    faces = hub_faces(hubs)
    figures = [entry.load(hubs, user) for entry in hub_figures]
    return [
        HubCard(hub, faces.get(hub.pk, []), [shown[hub.pk] for shown in figures if hub.pk in shown]) for hub in hubs
    ]


def hub_topics_in_use(user: User) -> QuerySet[Topic]:
    """Topics that at least one hub works on that ``user`` may know of."""
    worked_on = Hub.topics.through.objects.filter(hub__in=Hub.objects.visible_to(user), topic=OuterRef("pk"))
    return Topic.objects.filter(Exists(worked_on)).order_by("slug")


class InHub(TypedDict):
    """What ``hub_members`` adds to a member: since when in the hub, and 0 for a representative, else 1."""

    since: datetime
    rank: int


def hub_members(hub: Hub, user: User) -> QuerySet[WithAnnotations[User, InHub]]:
    """Members of ``hub`` whom ``user`` may see, representatives first, with ``since`` and ``rank``."""
    running = Membership.objects.current().filter(hub=hub, member=OuterRef("pk"))
    members: QuerySet[WithAnnotations[User, InHub]] = (
        User.objects.visible_to(user)
        .filter(Exists(running))
        .annotate(
            since=Subquery(running.values("started_at")[:1]),
            rank=Case(When(Exists(running.representatives()), then=0), default=1, output_field=IntegerField()),
        )
        .order_by("rank", "sort_name", "pk")
    )
    return members


# --- Members
@dataclass(frozen=True, slots=True)
class MemberFilter:
    """Whom a reader looks for in the directory."""

    words: str = ""
    hub: str = ""
    role: str = ""

    @property
    def is_active(self) -> bool:
        """Whether anything narrows the list."""
        return bool(self.words or self.hub or self.role)


def memberships_seen_by(user: User) -> QuerySet[Membership]:
    """Memberships that run now, of hubs that ``user`` may know of."""
    return Membership.objects.current().filter(hub__in=Hub.objects.visible_to(user))


def directory(user: User, wanted: MemberFilter) -> QuerySet[User]:
    """Members whom ``user`` may see, of the hub and role that are asked for, by name."""
    members: QuerySet[User] = User.objects.visible_to(user).prefetch_related(
        Prefetch(
            "memberships",
            memberships_seen_by(user).select_related("hub").order_by("started_at", "pk"),
            to_attr="running",
        )
    )
    if wanted.hub:
        in_hub = memberships_seen_by(user).filter(member=OuterRef("pk"), hub__slug=wanted.hub)
        members = members.filter(Exists(in_hub))
    if wanted.role in Role.values:
        members = members.filter(role=wanted.role)
    return members.order_by("sort_name", "pk")


def search_directory(user: User, wanted: MemberFilter) -> tuple[Findings[QuerySet[User]], set[int]]:
    """Who of ``directory`` has every word in their name or topics, the best match first; and the ids of those topics.

    First by name, then by topics: "ask me", "can do", "learn"; one that was not confirmed for 14 months ranks lower.
    Spec 01, Member profile.
    """
    members = directory(user, wanted)
    if not wanted.words:
        return Findings(members, count_up_to(members)), set()
    exact, alike = _topics_with(words_of(wanted.words))
    found = search(
        _fitting(members, wanted.words, exact, roughly=False),
        lambda: _fitting(members, wanted.words, alike, roughly=True),
    )
    return found, set().union(*(alike if found.is_rough else exact).values())


def _fitting(members: QuerySet[User], typed: str, topics: Mapping[str, set[int]], *, roughly: bool) -> QuerySet[User]:
    """Those of ``members`` whose name, or one of whose ``topics``, has each of the words that are its keys.

    First who fits at all, then how well: a large community would wait for seconds the other way round. The few topics
    are read beforehand: as a subquery they would be looked up for everybody who knows one of them.
    """
    if not topics:
        return members.none()
    by_name = Q()
    for word, known in topics.items():
        named = finds("sort_name", word, roughly=roughly)
        by_name &= named
        if known:
            able = MemberTopic.objects.filter(topic__in=known).order_by().values("member")
            members = members.filter(pk__in=User.objects.filter(named).order_by().values("pk").union(able, all=True))
        else:
            members = members.filter(named)
    phrase = folded(" ".join(typed.split()))
    whole = MemberTopic.objects.filter(topic__in=set.intersection(*topics.values()), member=OuterRef("pk")).order_by()
    best = whole.values("member").annotate(best=Min(_topic_rank())).values("best")
    members = members.annotate(
        rank=Case(
            When(sort_name__startswith=phrase, then=0),
            When(sort_name__contains=phrase, then=1),
            When(by_name, then=2),
            default=Coalesce(Subquery(best), _BY_SEVERAL),
            output_field=IntegerField(),
        )
    )
    return members.order_by("rank", "sort_name", "pk")


def _topics_with(words: Sequence[str]) -> tuple[dict[str, set[int]], dict[str, set[int]]]:
    """For each word the topics that hold it, and those that hold something like it, in one query.

    Dutch and English labels and aliases count.
    """
    exact: dict[str, set[int]] = {word: set() for word in words}
    alike: dict[str, set[int]] = {word: set() for word in words}
    conditions = [
        (found, word, finds("text", word, roughly=found is alike)) for found in (exact, alike) for word in words
    ]
    flags = {f"fits_{n}": ExpressionWrapper(fits, BooleanField()) for n, (_found, _word, fits) in enumerate(conditions)}
    topics = (
        Topic.objects.order_by().alias(text=_TOPIC_TEXT).annotate(**flags).values_list("pk", *flags) if flags else ()
    )
    for pk, *fits in topics:
        for (found, word, _fits), is_fit in zip(conditions, fits, strict=True):
            if is_fit:
                found[word].add(pk)
    return exact, alike


def _topic_rank() -> Case:
    """From 3 (ask me, confirmed lately) to 8 (wants to learn, long not confirmed)."""
    stale = timezone.localdate() - TOPIC_AGE
    whens = []
    for place, kind in enumerate((TopicKind.ASK_ME, TopicKind.CAN_DO, TopicKind.WANTS_TO_LEARN)):
        whens += [
            When(kind=kind, confirmed_on__gte=stale, then=3 + place * 2),
            When(kind=kind, then=4 + place * 2),
        ]
    return Case(*whens, default=98, output_field=IntegerField())


@dataclass(frozen=True, slots=True)
class Found:
    """Somebody on the directory's list, and why they fit the words, if there are any."""

    member: User
    why: Reasons | None


@dataclass(slots=True)
class Reasons:
    """Why somebody is found: the topics that match, by kind, and when they were confirmed last."""

    topics: list[tuple[str, Topic]] = field(default_factory=list)
    confirmed_on: date | None = None

    @property
    def is_old(self) -> bool:
        """Whether nothing of it was confirmed for 14 months."""
        return self.confirmed_on is not None and self.confirmed_on < timezone.localdate() - TOPIC_AGE


def reasons(members: Iterable[User], topics: Collection[int]) -> dict[int, Reasons]:
    """Why each of ``members`` is found by one of ``topics``, in one query."""
    rows = (
        MemberTopic.objects.filter(topic__in=topics, member__in=[member.pk for member in members])
        .select_related("topic")
        .order_by("kind", "topic__label_nl", "pk")
    )
    found: dict[int, Reasons] = defaultdict(Reasons)
    for row in rows:
        reason = found[row.member_id]
        reason.topics.append((row.kind, row.topic))
        reason.confirmed_on = max(reason.confirmed_on or row.confirmed_on, row.confirmed_on)
    return found


def asked_topics(limit: int = 12) -> list[Topic]:
    """Topics that members offer help with most, as starting points; without a figure."""
    offers = MemberTopic.objects.filter(
        kind=TopicKind.ASK_ME, member__is_active=True, member__activated_at__isnull=False
    )
    numbers = offers.order_by().values("topic").annotate(n=Count("pk")).order_by("-n", "topic__slug")
    found: list[int] | None = cache.get(ASKED_TOPICS)
    if found is None:
        found = [row["topic"] for row in numbers[:limit]]
        cache.set(ASKED_TOPICS, found, ASKED_LAST)
    topics = Topic.objects.in_bulk(found)
    return [topics[pk] for pk in found if pk in topics]


def topics_by_kind(member: User) -> dict[str, list[MemberTopic]]:
    """What ``member`` says they know and want to learn, by kind, in one query."""
    found: dict[str, list[MemberTopic]] = {kind: [] for kind in TopicKind.values}
    for row in member.member_topics.select_related("topic").order_by("topic__label_nl", "pk"):
        found[row.kind].append(row)
    return found


def current_facilitators() -> QuerySet[User]:
    """Who is facilitator now."""
    running = FacilitatorTerm.objects.filter(member=OuterRef("pk"), ended_at=None)
    members: QuerySet[User] = User.objects.filter(Exists(running), is_active=True).order_by("sort_name", "pk")
    return members


def known_topics(limit: int = 300) -> list[Any]:
    """Topics for suggestions while typing."""
    return list(Topic.objects.order_by("slug")[:limit])
