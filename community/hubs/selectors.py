"""Reads that span several tables: lists of hubs, and what their pages show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple, TypedDict

from django.contrib.auth.models import AnonymousUser
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import (
    Case,
    Exists,
    IntegerField,
    OuterRef,
    QuerySet,
    Subquery,
    When,
)
from django.db.models.functions import JSONObject

from activity.kinds import subjects_of
from community.people.models import User
from community.registries import CardFigure, hub_figures
from community.topics.models import Topic
from ui import statements
from ui.shared import Readers, shared

from . import tallies
from .models import Hub, JoinPolicy, Membership, MemberTally

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations


FACES = 3
LARGEST_SHOWN = 4
TO_BEGIN_WITH = 3
HUBS = subjects_of(Hub.SUBJECT_KIND)


@shared(of=[HUBS], lasts=300, readers=Readers.EVERYBODY)
def number_of_hubs() -> int:
    """How many hubs are open and known to all members: as many as a bottleneck could reach."""
    return Hub.objects.for_every_member().open().count()


class LandingHub(NamedTuple):
    """As much of a hub as visitors see. Spec 00, Roles."""

    name: str
    url: str
    city: str
    tagline: str
    language: str
    member_count: int


@shared(of=[HUBS, tallies.source_of(MemberTally)], lasts=300, readers=Readers.EVERYBODY)
def largest_hubs() -> tuple[LandingHub, ...]:
    """The open hubs with most members, as the landing page shows them."""
    hubs: QuerySet[Any] = Hub.objects.for_every_member().open().with_figures()
    return tuple(
        LandingHub(hub.name, hub.get_absolute_url(), hub.city, hub.tagline, hub.language, hub.member_count)
        for hub in hubs.order_by("-member_count", "sort_name", "pk")[:LARGEST_SHOWN]
    )


def hubs_to_begin_with(reader: User) -> QuerySet[Hub]:
    """A few hubs for somebody who belongs to none: those anybody can join first, and the largest of them."""
    hubs: QuerySet[Any] = Hub.objects.for_list(reader).open()
    at_once = Case(When(join_policy=JoinPolicy.OPEN, then=0), default=1, output_field=IntegerField())
    return hubs.order_by(at_once, "-member_count", "sort_name", "pk")[:TO_BEGIN_WITH]


@dataclass(frozen=True, slots=True)
class HubFilter:
    """Which hubs a reader asks for; empty means all that are open."""

    city: str = ""
    state: str = ""
    topic: str = ""
    is_mine: bool = False

    @property
    def is_narrow(self) -> bool:
        """Whether anything narrows the list."""
        return bool(self.city or self.state or self.topic or self.is_mine)


def listed_hubs(reader: User | AnonymousUser, city: str, state: str, topic: str, is_mine: bool) -> QuerySet[Hub]:
    """The hubs that are asked for, as ``HubFilter`` has it, as the list shows them."""
    hubs: QuerySet[Any] = Hub.objects.for_list(reader).select_related("subject")
    hubs = hubs.filter(state=state) if state else hubs.exclude(state=Hub.State.CLOSED)
    if city:
        hubs = hubs.filter(city=city)
    if topic:
        hubs = hubs.filter(Exists(Topic.objects.filter(hub_topics__hub=OuterRef("pk"), slug=topic)))
    return hubs.filter(is_mine=True) if is_mine else hubs


@dataclass(frozen=True, slots=True)
class HubFacets:
    """How many hubs there are of each city and state, and how many are the reader's."""

    total: int
    mine: int
    cities: Sequence[tuple[str, int]]
    states: Mapping[str, int]


@shared(of=[HUBS], lasts=300, readers=Readers.EVERYBODY)
def _places() -> tuple[tuple[str, str], ...]:
    """City and state of all hubs that a visitor may know of."""
    return tuple(Hub.objects.visible_to(AnonymousUser()).order_by().values_list("city", "state"))


def hub_facets(user: User | AnonymousUser) -> HubFacets:
    """Count hubs by city and state in one query, for visitors in none; closed ones count for their state only."""
    if user.is_authenticated:
        rows = statements.rows(_facets, user)
    else:
        rows = [(city, state, False) for city, state in _places.seen_by(user)]
    shown = [row for row in rows if row[1] != Hub.State.CLOSED]
    cities = Counter(city for city, _state, _mine in shown if city)
    return HubFacets(
        total=len(shown),
        mine=sum(mine for _city, _state, mine in shown),
        cities=sorted(cities.items(), key=lambda item: (-item[1], item[0])),
        states=Counter(state for _city, state, _mine in rows),
    )


def _facets(user: User | AnonymousUser) -> QuerySet[Hub, tuple[str, str, bool]]:
    hubs: QuerySet[Any] = Hub.objects.for_list(user)
    return hubs.values_list("city", "state", "is_mine")


@dataclass(frozen=True, slots=True)
class Face:
    """As much of a member as their initials on a card need."""

    pk: int
    name: str


def hub_faces(hubs: Iterable[Hub]) -> dict[int, list[Face]]:
    """The first members of each hub, representatives first, in one query that reads no further than those."""
    faces = statements.rows(_faces, [hub.pk for hub in hubs])
    return {hub: [Face(**face) for face in found] for hub, found in faces}


def _faces(hubs: list[int]) -> QuerySet[Hub, Any]:
    first = (
        Membership.objects.current()
        .counted()
        .filter(hub=OuterRef("pk"))
        .order_by("-role", "started_at", "pk")
        .values(face=JSONObject(pk="member_id", name="member__name"))
    )
    rows = Hub.objects.filter(pk__any=hubs).order_by()
    return rows.annotate(first=ArraySubquery(first[:FACES])).values_list("pk", "first")


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


def hubs_working_on(user: User, topic: int) -> QuerySet[Hub, int]:
    """Whether there is a hub that works on this topic and that ``user`` may know of: one or no row."""
    return Hub.objects.visible_to(user).filter(hub_topics__topic=topic).values_list("pk", flat=True)[:1]


class InHub(TypedDict):
    """What ``hub_members`` adds to a member: since when in the hub, and 0 for a representative, else 1."""

    since: datetime
    rank: int


def hub_at(reader: User | AnonymousUser, slug: str) -> QuerySet[Hub]:
    """The hub that has or had this address, in small letters, if ``reader`` may know of it."""
    return Hub.objects.visible_to(reader).select_related("subject", "unit").by_slug(slug)[:1]


def hub_for_page(reader: User | AnonymousUser, slug: str) -> QuerySet[Hub]:
    """The same with what its page shows."""
    return Hub.objects.for_list(reader).select_related("subject", "unit").by_slug(slug)[:1]


def topics_of_hub(hub: int) -> QuerySet[Topic]:
    """What a hub works on."""
    return Topic.objects.filter(hub_topics__hub=hub).order_by("slug")


def hub_members(hub: int, user: User) -> QuerySet[WithAnnotations[User, InHub]]:
    """Members of a hub whom ``user`` may see, representatives first, with ``since`` and ``rank``."""
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


def memberships_seen_by(user: User) -> QuerySet[Membership]:
    """Memberships that run now, of hubs that ``user`` may know of."""
    return Membership.objects.current().filter(hub__in=Hub.objects.visible_to(user))
