"""Reads that span several tables: lists of hubs and members, and what their pages show."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypedDict

from django.core.cache import cache
from django.db.models import (
    Case,
    Count,
    Exists,
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
    Window,
)
from django.db.models.functions import RowNumber
from django.utils import timezone

from community.models import FacilitatorTerm, Hub, Membership, MemberTopic, Role, Topic, TopicKind, User
from community.registries import CardFigure, hub_figures

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser
    from django_stubs_ext import WithAnnotations

FACES = 3
ASKED_TOPICS, ASKED_LAST = "community:asked-topics", 300  # seconds
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


def hub_faces(hubs: Iterable[Hub]) -> dict[int, list[User]]:
    """The first members of each hub, representatives first, in one query."""
    first = Window(RowNumber(), partition_by="hub", order_by=[F("role").desc(), "started_at", "pk"])
    rows = (
        Membership.objects.current()
        .counted()
        .filter(hub__in=[hub.pk for hub in hubs])
        .annotate(place=first)
        .filter(place__lte=FACES)
        .select_related("member")
        .order_by("hub", "place")
    )
    faces: dict[int, list[User]] = defaultdict(list)
    for row in rows:
        faces[row.hub_id].append(row.member)
    return faces


@dataclass(frozen=True, slots=True)
class HubCard:
    """A hub on the list, with the faces and figures that members see."""

    hub: Hub
    faces: Sequence[User] = ()
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


def hub_topics_in_use() -> QuerySet[Topic]:
    """Topics that at least one hub works on."""
    return Topic.objects.filter(Exists(Hub.topics.through.objects.filter(topic=OuterRef("pk")))).order_by("slug")


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


def directory(user: User, wanted: MemberFilter) -> QuerySet[User]:
    """Members whom ``user`` may see, by name; for words by best match: name first, then "ask me", "can do", "learn".

    Accents and case do not count. A topic that was not confirmed for 14 months ranks lower. Spec 01, Member profile.
    """
    members: QuerySet[User] = User.objects.visible_to(user).prefetch_related(
        Prefetch(
            "memberships",
            Membership.objects.current().select_related("hub").order_by("started_at", "pk"),
            to_attr="running",
        )
    )
    if wanted.hub:
        in_hub = Membership.objects.current().filter(member=OuterRef("pk"), hub__slug=wanted.hub)
        members = members.filter(Exists(in_hub))
    if wanted.role in Role.values:
        members = members.filter(role=wanted.role)
    if not wanted.words:
        return members.order_by("sort_name", "pk")
    # First who fits at all, then how well: a large community would wait for seconds the other way round.
    # The few topics are read beforehand: as a subquery they would be looked up for everybody who knows one of them.
    named = list(Topic.objects.filter(_named(wanted.words)).values_list("pk", flat=True))
    known = MemberTopic.objects.filter(topic__in=named).order_by()
    words = Func(Value(wanted.words), function="sort_key", output_field=TextField())
    members = members.filter(Q(sort_name__contains=words) | Q(pk__in=known.values("member")))
    best = known.filter(member=OuterRef("pk")).values("member").annotate(best=Min(_topic_rank())).values("best")
    members = members.annotate(
        rank=Case(
            When(sort_name__startswith=words, then=0),
            When(sort_name__contains=words, then=1),
            default=Subquery(best),
            output_field=IntegerField(),
        )
    )
    return members.order_by("rank", "sort_name", "pk")


def _named(words: str, path: str = "") -> Q:
    """Topics whose Dutch or English label or alias holds ``words``."""
    fields = ("label_nl__unaccent__icontains", "label_en__unaccent__icontains", "aliases__icontains")
    condition = Q()
    for name in fields:
        condition |= Q(**{f"{path}{name}": words})
    return condition


def _topic_rank() -> Case:
    """From 2 (ask me, confirmed lately) to 7 (wants to learn, long not confirmed)."""
    stale = timezone.localdate() - TOPIC_AGE
    whens = []
    for place, kind in enumerate((TopicKind.ASK_ME, TopicKind.CAN_DO, TopicKind.WANTS_TO_LEARN)):
        whens += [
            When(kind=kind, confirmed_on__gte=stale, then=2 + place * 2),
            When(kind=kind, then=3 + place * 2),
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


def reasons(members: Iterable[User], words: str) -> dict[int, Reasons]:
    """Why each of ``members`` matches ``words``, in one query."""
    rows = (
        MemberTopic.objects.filter(_named(words, "topic__"), member__in=[member.pk for member in members])
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
