"""Every list, feed, count and search agrees with the rule of who sees what, read by people of every kind. Issue 8.

A random world holds subjects of every kind in every audience and state, each with words that stand nowhere else. What
each reader may find is worked out here from spec 00 in plain Python, not by asking the portal. An address that is
neither in ``LISTS`` nor in ``NO_LISTS`` fails: whoever adds one says here what it may show. Mails are judged in
``tests/activity/test_batches.py``.
"""

from __future__ import annotations

import itertools
import random
import re
import string
import uuid
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.template import Template
from django.test import Client
from django.test.utils import _TestState
from django.utils import timezone
from django.utils.formats import date_format

from activity import outbox
from activity.actions import record
from activity.consent.clock import today, usual_day
from activity.consent.models import ConsentRound, ConsentText
from activity.consent.results import checksum, result_of
from activity.conversation.models import Comment, Reference
from activity.digests.models import Digest
from activity.digests.selectors import of_digests
from activity.following.models import DigestPeriod, Follow, FollowLevel
from activity.links import FEED, token_for
from activity.mailing import render
from activity.models import Audience, Email
from activity.notices.models import Notification
from community.hubs.actions import set_hub_topics
from community.joining.actions import ask_to_join
from community.models import Hub, JoinRequest, MembershipRole, User
from community.verbs import HUB_FOUNDED
from events.links import CALENDAR, WITHDRAW
from events.models import Rsvp, RsvpState, Session, SessionState
from events.verbs import SESSION_CANCELLED, SESSION_DRAFTED, SESSION_PUBLISHED
from issues.bottlenecks.figures import recount_all
from issues.models import Bottleneck, Theme
from issues.ties import FILED_AT
from issues.verbs import BOTTLENECK_FILED
from portal.pages.models import Page
from tests.addresses import addresses
from tests.factories import (
    BottleneckFactory,
    FacilitatorTermFactory,
    HubFactory,
    MembershipFactory,
    RoomFactory,
    SessionFactory,
    ThemeFactory,
    TopicFactory,
    UserFactory,
    VoteFactory,
    tie,
)
from tests.trees import Node, parse

pytestmark = pytest.mark.django_db

#: Stands in every text, so that a search for it finds all that is there.
COMMON = "waterschap"
DAY = timedelta(days=1)


# --- People and things, as plain data ---------------------------------------------------------------------------------
@dataclass(eq=False)
class Thing:
    """A subject with its owner's row. ``mark`` stands in its title, ``key`` in its text, and neither anywhere else."""

    row: Any
    mark: str
    key: str
    audience: str
    is_announced: bool
    is_hidden: bool
    topic: str = ""
    hubs: set[Thing] = field(default_factory=set)
    readers: set[Person] = field(default_factory=set)
    voters: set[Person] = field(default_factory=set)
    tied: set[Thing] = field(default_factory=set)
    rsvps: dict[Person, str] = field(default_factory=dict)

    def __repr__(self) -> str:
        state = f"{'hidden ' if self.is_hidden else ''}{'' if self.is_announced else 'not announced '}"
        return f"{state}{self.kind} {self.mark} for {self.audience}"

    @property
    def kind(self) -> str:
        return type(self.row).__name__

    @property
    def is_shared(self) -> bool:
        """Whether every member may know of it."""
        return self.is_announced and not self.is_hidden and self.audience in {Audience.PUBLIC, Audience.MEMBERS}

    @property
    def is_open(self) -> bool:
        return self.row.subject.closed_at is None


@dataclass(eq=False)
class Person:
    """A reader; ``user`` is None for a visitor."""

    name: str
    user: User | None = None
    hubs: set[Thing] = field(default_factory=set)
    speaks_for: set[Thing] = field(default_factory=set)
    facilitates: bool = False

    def may_read(self, thing: Thing) -> bool:
        """Spec 00, One subject, one ledger."""
        if not thing.is_announced:
            return False
        if self.user is None:
            return thing.audience == Audience.PUBLIC and not thing.is_hidden
        if thing.audience == Audience.NAMED and self not in thing.readers:
            return False
        if self.facilitates:
            return True
        for_me = {Audience.HUBS: bool(self.hubs & thing.hubs), Audience.REPRESENTATIVES: bool(self.speaks_for)}
        return not thing.is_hidden and for_me.get(Audience(thing.audience), True)

    def organises(self, thing: Thing) -> bool:
        """Spec 04, Scheduling: drafts of sessions are for whoever works on them."""
        if self.user is None or not isinstance(thing.row, Session):
            return False
        return self.facilitates or bool(self.speaks_for & thing.hubs) or self.user in thing.row.hosts.all()

    def knows(self, thing: Thing) -> bool:
        """Whether any page may tell of it. Visitors read of the hubs that every member knows: spec 00, Roles."""
        if self.user is None and isinstance(thing.row, Hub):
            return thing.is_shared
        is_draft = isinstance(thing.row, Session) and thing.row.published_at is None
        return self.may_read(thing) or (is_draft and self.organises(thing))


@dataclass
class World:
    """All of it."""

    chance: random.Random
    now: datetime
    people: list[Person] = field(default_factory=list)
    hubs: list[Thing] = field(default_factory=list)
    bottlenecks: list[Thing] = field(default_factory=list)
    sessions: list[Thing] = field(default_factory=list)
    themes: list[Theme] = field(default_factory=list)
    requests: list[JoinRequest] = field(default_factory=list)
    asked: dict[int, Thing] = field(default_factory=dict)
    closed: dict[int, tuple[Thing, set[Thing]]] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)

    def word(self, start: str) -> str:
        """A word that is not like any other."""
        while (word := start + "".join(self.chance.choices(string.ascii_lowercase, k=9))) in self.used:
            pass
        self.used.add(word)
        return word

    def some[T: (Thing, Person)](self, among: Collection[T], most: int = 3) -> list[T]:
        found = sorted(among, key=_by_name)  # a set has no order, and each seed makes one world
        return self.chance.sample(found, min(len(found), self.chance.randint(0, most)))

    def sample[T](self, among: Collection[T], number: int = 6) -> list[T]:
        """So many of them: a page of each would take too long."""
        return self.chance.sample(list(among), min(number, len(among)))

    @property
    def noon(self) -> datetime:
        return self.now.replace(hour=11)

    @property
    def things(self) -> list[Thing]:
        return [*self.hubs, *self.bottlenecks, *self.sessions]

    @property
    def members(self) -> list[Person]:
        return [person for person in self.people if person.user is not None]


def _by_name(it: Thing | Person) -> str:
    return it.mark if isinstance(it, Thing) else it.name


def make_world(seed: int) -> World:
    world = World(random.Random(seed), timezone.now().replace(minute=0, second=0, microsecond=0))
    _add_people(world)
    _add_hubs(world)
    world.themes = ThemeFactory.create_batch(2)
    _add_sessions(world)
    _add_bottlenecks(world)
    for thing in world.things:
        thing.row.subject.readers.set(person.user for person in thing.readers)
        _tell(world, thing)
        _follow(world, thing)
    for thing in world.bottlenecks:
        _talk(world, thing)
    for thing in [*world.sample(world.bottlenecks, 8), *world.sample(world.hubs, 4)]:
        _ask_all(world, thing)
    recount_all()
    return world


def _state(world: World, audience: str, *, is_announced: bool, is_hidden: bool) -> tuple[Thing, dict[str, Any]]:
    """Something in this state, still without its row, and what its factory needs for it."""
    at = world.now - DAY
    thing = Thing(None, world.word("zq"), world.word("zk"), audience, is_announced, is_hidden)
    fields = {
        "subject__audience": audience,
        "subject__announced_at": at if is_announced else None,
        "subject__hidden_at": at if is_hidden else None,
        "subject__created_at": at - DAY,
    }
    thing.topic = world.word("zt")
    thing.readers = set(world.some([person for person in world.members if not person.user.is_superuser]))
    return thing, fields


def _add_people(world: World) -> None:
    def add(name: str, **fields: Any) -> None:
        user = UserFactory(name=name.capitalize(), handle=name, shows_support=True, **fields)
        world.people.append(Person(name, user))

    for name in ("anna", "bram", "clara", "eva", "speaks", "facilitates"):
        add(name)
    add("administers", is_superuser=True, is_staff=True)
    add("imported", activated_at=None)
    world.people.append(Person("visitor"))
    facilitator = next(person for person in world.people if person.name == "facilitates")
    facilitator.facilitates = True
    FacilitatorTermFactory(member=facilitator.user)


def _add_hubs(world: World) -> None:
    states: list[tuple[str, bool, bool]] = [(audience, True, False) for audience in Audience]
    states += [(Audience.MEMBERS, True, False)] * 3 + [(Audience.MEMBERS, True, True), (Audience.MEMBERS, False, False)]
    states += [(Audience.NAMED, True, True), (Audience.HUBS, True, True)]
    for number, (audience, is_announced, is_hidden) in enumerate(states):
        thing, fields = _state(world, audience, is_announced=is_announced, is_hidden=is_hidden)
        thing.row = HubFactory(
            name=f"Kern {thing.mark}",
            slug=thing.mark,
            tagline=f"{thing.key} {COMMON}",
            about=thing.key,
            city=("Delft", "Gouda", "Zwolle")[number % 3],
            state="closed" if number == 5 else world.chance.choice(["active", "active", "pilot"]),
            join_policy=("open", "request", "invitation")[number % 3],
            **fields,
        )
        set_hub_topics(thing.row, [TopicFactory(slug=f"topic-{thing.topic}", label_en=thing.topic)])
        thing.hubs = {thing}
        world.hubs.append(thing)
    for person in world.members:
        for hub in world.some(world.hubs, 4):
            speaks = person.name == "speaks" or world.chance.random() < 0.15
            role = MembershipRole.REPRESENTATIVE if speaks else MembershipRole.MEMBER
            MembershipFactory(member=person.user, hub=hub.row, role=role, started_at=world.now - DAY)
            person.hubs.add(hub)
            person.speaks_for |= {hub} if speaks else set()
        for hub in world.some([hub for hub in world.hubs if hub not in person.hubs], 2):
            times = {"started_at": world.now - 9 * DAY, "ended_at": world.now - 2 * DAY}
            MembershipFactory(member=person.user, hub=hub.row, role=MembershipRole.REPRESENTATIVE, **times)
        if person.hubs:
            person.user.primary_hub = world.chance.choice(sorted(person.hubs, key=_by_name)).row
            person.user.save(update_fields=["primary_hub"])
    for hub in world.hubs:
        if hub.row.join_policy == "request" and hub.row.state != "closed":
            for person in world.some([it for it in world.members if it.user.activated_at and hub not in it.hubs], 2):
                world.requests.append(ask_to_join(hub=hub.row, by=person.user, words="Hallo"))


def _add_sessions(world: World) -> None:
    past = itertools.count(2)
    coming = itertools.count(2)
    kinds = itertools.product(Audience, ("draft", "published", "cancelled", "cancelled draft"), (False, True))
    for audience, kind, is_hidden in kinds:
        is_draft = kind.endswith("draft")
        thing, fields = _state(world, audience, is_announced=not is_draft, is_hidden=is_hidden)
        ahead = next(coming) if world.chance.random() < 0.6 else -next(past)
        is_cancelled = kind.startswith("cancelled")
        hub = world.chance.choice([None, *world.hubs])
        thing.row = SessionFactory(
            title=f"Bijeenkomst {thing.mark}",
            description=f"{thing.key} {COMMON}",
            language=world.chance.choice(["nl", "en"]),
            hub=hub.row if hub else None,
            starts_at=world.noon + ahead * DAY,
            room=RoomFactory(venue__city="Delft"),
            capacity=20,
            state=SessionState.CANCELLED if is_cancelled else SessionState.DRAFT if is_draft else "published",
            published_at=None if is_draft else world.now - DAY,
            **({"cancel_reason": "Storm", "cancelled_at": world.now} if is_cancelled else {}),
            **({"subject__closed_at": world.now} if is_cancelled else {}),
            **fields,
        )
        thing.row.hosts.set(person.user for person in world.some(world.members[:4], 1))
        thing.hubs = {hub} if hub else set()
        world.sessions.append(thing)
        for number, person in enumerate(world.some(world.members, 4) if not is_draft else ()):
            state = world.chance.choice(RsvpState.values)
            more = {
                RsvpState.WAITLISTED: {"position": number + 1},
                RsvpState.OFFERED: {"offer_expires_at": world.now + DAY},
            }.get(RsvpState(state), {"placing": 1})
            Rsvp.objects.create(session=thing.row, member=person.user, hub=person.user.primary_hub, state=state, **more)
            thing.rsvps[person] = state


def _add_bottlenecks(world: World) -> None:
    states = [*itertools.product(Audience, (True, False), (False, True)), *[(Audience.MEMBERS, True, False)] * 4]
    for audience, is_announced, is_hidden in states:
        thing, fields = _state(world, audience, is_announced=is_announced, is_hidden=is_hidden)
        thing.hubs = set(world.some(world.hubs))
        author = world.chance.choice(world.members)
        thing.row = BottleneckFactory(
            title=f"Knelpunt {thing.mark}",
            situation=f"{thing.key} {COMMON}",
            language=world.chance.choice(["nl", "en"]),
            theme=world.chance.choice([None, *world.themes]),
            hubs=[hub.row for hub in thing.hubs],
            author=author.user,
            generic_at=world.chance.choice([None, world.now]),
            subject__closed_at=world.now if world.chance.random() < 0.15 else None,
            **fields,
        )
        thing.voters = set(world.some(world.members, 7))
        for voter in thing.voters:
            VoteFactory(bottleneck=thing.row, member=voter.user, evidence="")
        thing.tied = set(world.some(world.sessions))
        for session in thing.tied:
            session.tied.add(thing)
        tie(FILED_AT, subject=thing.row.subject, to=[session.row for session in thing.tied])
        world.bottlenecks.append(thing)


def _tell(world: World, thing: Thing) -> None:
    """What the ledger says: of sessions also what a draft went through, of bottlenecks where they were filed."""
    subject, row = thing.row.subject, thing.row
    with transaction.atomic():
        if isinstance(row, Session):
            record(subject, SESSION_DRAFTED, by=world.members[0].user, at=world.now - 2 * DAY)
            if thing.is_announced:
                record(subject, SESSION_PUBLISHED, by=world.members[0].user, at=subject.announced_at)
            if row.state == SessionState.CANCELLED:
                record(subject, SESSION_CANCELLED, by=world.members[0].user, at=row.cancelled_at)
        else:
            verb = HUB_FOUNDED if isinstance(row, Hub) else BOTTLENECK_FILED
            place = min(thing.tied, key=_by_name).row.subject if thing.tied else None
            record(subject, verb, by=world.members[0].user, other=place, at=world.now - DAY)


def _follow(world: World, thing: Thing) -> None:
    """Everybody follows everything, and was told of its latest entry while they could still see it."""
    entry = thing.row.subject.activities.latest("at")
    members = [person.user for person in world.members]
    Follow.objects.bulk_create(
        [Follow(member=member, subject=thing.row.subject, level=FollowLevel.EVERYTHING) for member in members]
    )
    Notification.objects.bulk_create(
        Notification(
            member=member, subject=thing.row.subject, entry=entry, kind="status", in_portal=True, in_digest=True
        )
        for member in members
    )


def _talk(world: World, thing: Thing) -> None:
    """Somebody refers to another bottleneck, which not everybody who reads that may see."""
    other = world.chance.choice(world.bottlenecks).row
    comment = Comment.objects.create(subject=thing.row.subject, author=world.members[0].user, text=f"See #{other.pk}")
    Reference.objects.create(comment=comment, subject=other.subject, text=f"#{other.pk}")


def _ask_all(world: World, thing: Thing) -> None:
    """A consent round, open for some and closed for others, with answers from hubs that not everybody may know."""
    facts = {"question": f"Is {thing.mark} right?", "language": "en", "closes_on": usual_day(today())}
    consent = ConsentRound.objects.create(subject=thing.row.subject, **facts)
    ConsentText.objects.create(consent=consent, number=1, text=thing.key)
    hubs = world.sample(world.hubs, 3)
    if world.chance.random() < 0.5:
        parts = [{"hub": hub.row.subject_id, "spoke": 5, "audience": 9} for hub in hubs]
        turnout = {"spoke": 15, "audience": 27, "hubs": parts, "others": None, "other_hubs": 0}
        result = {**result_of(consent, thing.key, today()), "turnout": turnout}
        consent.result, consent.checksum, consent.closed_at = result, checksum(result), world.now
        consent.save()
        world.closed[consent.pk] = (thing, set(hubs))
    else:
        world.asked[consent.pk] = thing


# --- What a page shows ------------------------------------------------------------------------------------------------
@dataclass
class Look:
    """Something that is asked for, and what the answer must show.

    ``shows`` are all things of their kinds that it must and may show, ``at_least`` those that it must show among
    others. ``echoed`` are things whose words were sent along and may come back. ``says`` are sentences that the text
    must hold, by what they are about.
    """

    path: str
    shows: Mapping[str, Collection[Thing]] = field(default_factory=dict)
    at_least: Collection[Thing] = ()
    echoed: Collection[Thing] = ()
    count: int | None = None
    says: Callable[[Node], Iterable[str]] | None = None
    data: Mapping[str, str] | None = None
    post: Mapping[str, str] | None = None
    headers: Mapping[str, str] | None = None
    part: str = ""

    def __str__(self) -> str:
        return f"{self.path} {dict(self.data or {})} {dict(self.post or {})}"


def _board(world: World, person: Person) -> Iterator[Look]:
    """The board: its chips, filters, orders and words, and what is filled in beside it."""
    user = person.user
    if user is None:
        return
    path = "/bottlenecks/"
    seen = {thing for thing in world.bottlenecks if person.may_read(thing) and thing.is_open}
    hubs = {hub for hub in world.hubs if person.knows(hub)}
    picked = {"Hub": {hub for hub in hubs if hub.row.state != "closed"}}
    narrowed: list[tuple[dict[str, str], Callable[[Thing], bool]]] = [
        ({}, lambda thing: True),
        ({"sort": "new"}, lambda thing: True),
        ({"sort": "hours"}, lambda thing: True),
        ({"show": "generic"}, lambda thing: thing.row.generic_at is not None),
        ({"show": "unsupported"}, lambda thing: person not in thing.voters),
        ({"show": "supported"}, lambda thing: person in thing.voters),
        ({"show": "mine"}, lambda thing: thing.row.author == user),
        ({"theme": "none"}, lambda thing: thing.row.theme is None),
        *(({"theme": theme.slug}, lambda thing, theme=theme: thing.row.theme == theme) for theme in world.themes),
        ({"q": COMMON}, lambda thing: True),
        ({"q": COMMON, "show": "unsupported"}, lambda thing: person not in thing.voters),
    ]
    for data, fits in narrowed:
        found = {thing for thing in seen if fits(thing)}
        yield Look(path, {"Bottleneck": found, **picked}, data=data, count=len(found), says=_theme_counts(world))
    for hub in world.some(world.hubs, 4):
        found = {thing for thing in seen if hub in thing.hubs} if hub in hubs else set()
        yield Look(path, {"Bottleneck": found}, data={"hub": hub.mark}, echoed=[hub], count=len(found))
    for thing in world.some(world.bottlenecks, 6):
        found = {thing} & seen
        yield Look(path, {"Bottleneck": found, **picked}, data={"q": thing.key}, echoed=[thing], count=len(found))
        yield Look(path, at_least=found, data={"q": mistyped(thing.key)})
        yield Look(path, at_least=found, data={"q": mistyped(thing.mark)})
    for target in ("results", "more-rows"):
        headers = {"HX-Request": "true", "HX-Target": target}
        yield Look(path, {"Bottleneck": seen, "Hub": set()}, headers=headers)


def mistyped(word: str) -> str:
    """``word`` with two letters in each other's place."""
    at = next(at for at in range(4, len(word) - 1) if word[at] != word[at + 1])
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


def _theme_counts(world: World) -> Callable[[Node], Iterator[str]]:
    """The number beside a theme is the same for every member: of what they all see."""
    shared = [thing for thing in world.bottlenecks if thing.is_shared and thing.is_open]

    def says(page: Node) -> Iterator[str]:
        for theme in world.themes:
            number = sum(thing.row.theme == theme for thing in shared)
            links = (
                node for node in page.all("a") if node.attributes.get("href") == f"/bottlenecks/?theme={theme.slug}"
            )
            beside = [node.up("li", "div") for node in links if node.up("aside") or node.up("ol")]
            if not any(node and re.search(rf"\b{number}\b", node.text().replace(theme.name, "")) for node in beside):
                yield f"{theme.name}: {number}"

    return says


def _themes(world: World, person: Person) -> Iterator[Look]:
    if person.user is not None:
        shared = [thing for thing in world.bottlenecks if thing.is_shared and thing.is_open]
        without = sum(thing.row.theme is None for thing in shared)
        says = _theme_counts(world)
        first = _first_of_each_theme({it for it in world.bottlenecks if person.may_read(it)}, 3)
        yield Look("/themes/", {"Bottleneck": first, "Hub": set(), "Session": set()}, says=says)
        if without and any(it.row.theme is None for it in first):
            yield Look("/themes/", says=_text(f"{without} open bottleneck"))


def _first_of_each_theme(readable: set[Thing], most: int) -> set[Thing]:
    """The open ones with most support of each theme, and of those without one."""
    by_key = {it.row.pk: it for it in readable if it.is_open}
    ranked = Bottleneck.objects.filter(pk__in=by_key).order_by("-support", "-pk").values_list("pk", "theme")
    themes = {theme for _pk, theme in ranked}
    return {by_key[pk] for theme in themes for pk in [pk for pk, its in ranked if its == theme][:most]}


def _outline(world: World, person: Person) -> Iterator[Look]:
    """What every member may read, whoever looks."""
    if person.user is not None:
        shared = _first_of_each_theme({it for it in world.bottlenecks if it.is_shared}, 25)
        yield Look("/themes/outline/", {"Bottleneck": shared, "Hub": set(), "Session": set()})


def _text(*wanted: str) -> Callable[[Node], Iterable[str]]:
    return lambda page: (text for text in wanted if text not in page.text())


def _similar(world: World, person: Person) -> Iterator[Look]:
    if person.user is None:
        return
    for thing in world.some(world.bottlenecks, 6):
        found = {thing} if person.may_read(thing) else set()
        post = {"title": f"Knelpunt {thing.mark}", "situation": thing.key}
        yield Look("/bottlenecks/similar/", at_least=found, post=post, headers={"HX-Request": "true"})
        yield Look("/bottlenecks/new/", at_least=found, post={**post, "look": "1"}, echoed=[thing], part="similar")


def _filing(world: World, person: Person) -> Iterator[Look]:
    if person.user is None:
        return
    hubs = {hub for hub in world.hubs if person.knows(hub) and hub.row.state != "closed"}
    nothing: Mapping[str, Collection[Thing]] = {"Hub": hubs, "Session": set(), "Bottleneck": set()}
    yield Look("/bottlenecks/new/", nothing)
    for thing in world.some(world.sessions, 6):
        has_begun = thing.row.state == SessionState.PUBLISHED and thing.row.starts_at <= world.now
        shown = {thing} if person.may_read(thing) and has_begun else set()
        yield Look("/bottlenecks/new/", {**nothing, "Session": shown}, data={"at": str(thing.row.subject.pk)})


def _filing_in_bulk(world: World, person: Person) -> Iterator[Look]:
    """For who organises what has begun: the form, and beside a line what is like it."""
    hubs = {hub for hub in world.hubs if person.knows(hub) and hub.row.state != "closed"}
    begun = [it for it in world.sessions if it.row.state == SessionState.PUBLISHED and it.row.starts_at <= world.now]
    for place in (it for it in begun if person.may_read(it) and person.organises(it)):
        at = {"at": str(place.row.subject.pk)}
        yield Look("/bottlenecks/bulk/", {"Hub": hubs, "Session": {place}, "Bottleneck": set()}, data=at)
        for thing in world.some(world.bottlenecks, 2):
            found = {thing} if person.may_read(thing) else set()
            post = {"lines": f"Knelpunt {thing.mark}", "language": "nl", **at}
            yield Look("/bottlenecks/bulk/", at_least=found, post=post, echoed=[thing], part="choices")


def _bottlenecks(world: World, person: Person) -> Iterator[Look]:
    if person.user is None:
        return
    for thing in world.sample(world.bottlenecks):
        if person.may_read(thing):
            shows = {"Session": {session for session in thing.tied if person.may_read(session)}}
            hubs = {hub for hub in thing.hubs if person.knows(hub)}
            yield Look(thing.row.get_absolute_url(), shows, at_least={thing, *hubs})
            yield Look(f"/subjects/{thing.row.subject_id}/comments/new/", {}, at_least={thing})


def _beside_bottlenecks(world: World, person: Person) -> Iterator[Look]:
    """Where support comes from, hub by hub, and what looks like one of them, open or closed."""
    for thing in world.sample(world.bottlenecks):
        if person.user is not None and person.may_read(thing):
            for page in ("support", "alike"):
                yield Look(f"/bottlenecks/{thing.row.pk}/{page}/", {"Session": set()}, at_least={thing})


def _steps(world: World, person: Person) -> Iterator[Look]:
    """What is generic and waits for a next step."""
    if person.user is not None:
        waits = {it for it in world.bottlenecks if person.may_read(it) and it.is_open and it.row.generic_at}
        yield Look("/bottlenecks/waiting/", {"Bottleneck": waits, "Session": set(), "Hub": set()})


def _corrections(world: World, person: Person) -> Iterator[Look]:
    for thing in world.bottlenecks:
        if person.user is not None and thing.row.author == person.user and person.may_read(thing) and thing.is_open:
            hubs = {h for h in world.hubs if person.knows(h) and (h.row.state != "closed" or h in thing.hubs)}
            yield Look(f"/bottlenecks/{thing.row.pk}/correct/", {"Hub": hubs, "Bottleneck": {thing}})


# --- Hubs and members
def _hub_list(world: World, person: Person) -> Iterator[Look]:
    known = {hub for hub in world.hubs if person.knows(hub)}
    opened = {hub for hub in known if hub.row.state != "closed"}
    mine = opened & person.hubs
    says = _hub_figures(world, person, opened)
    nothing: Mapping[str, Collection[Thing]] = {"Bottleneck": set(), "Session": set()}
    yield Look("/hubs/", {"Hub": opened, **nothing}, says=says)
    for city in ("Delft", "Gouda", "Zwolle"):
        yield Look("/hubs/", {"Hub": {hub for hub in opened if hub.row.city == city}}, data={"city": city}, part="grid")
    if person.user is None:
        return
    yield Look("/hubs/", {"Hub": opened, **nothing}, data={"view": "compact"})
    yield Look("/hubs/", {"Hub": known - opened}, data={"state": "closed"}, part="grid")
    yield Look("/hubs/", {"Hub": mine}, data={"mine": "1"}, part="grid")
    for hub in world.some(world.hubs, 4):
        data = {"topic": f"topic-{hub.topic}"}
        yield Look("/hubs/", {"Hub": {hub} & opened}, data=data, part="grid")


def _hub_figures(world: World, person: Person, opened: set[Thing]) -> Callable[[Node], Iterator[str]]:
    def says(page: Node) -> Iterator[str]:
        chips = {node.text() for node in page.all("a") if node.up("ul") is not None}
        wanted = {f"All {len(opened)}"}
        if person.user is not None:
            wanted.add(f"Mine {len(opened & person.hubs)}")
        yield from wanted - chips
        for card in (node for node in page.all("li") if node.attributes.get("class") == "card"):
            text = card.text()
            hub = next(hub for hub in opened if hub.mark in text)
            takes_part = [it for it in world.members if hub in it.hubs and it.user and it.user.activated_at]
            there = _counted(len(takes_part), "member") if takes_part else "no members yet"
            for wanted_text in (there, *_of_members(world, person, hub)):
                if wanted_text not in text:
                    yield f"{hub}: {wanted_text}"

    return says


def _counted(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def _of_members(world: World, person: Person, hub: Thing) -> Iterator[str]:
    """What the card of a hub tells members: open bottlenecks that they all see, and the day of the next session."""
    if person.user is None:
        return
    touching = [it for it in world.bottlenecks if it.is_shared and it.is_open and hub in it.hubs]
    if touching:
        yield _counted(len(touching), "bottleneck")
    days = [it.row.local_start for it in coming(world, person) if it.hubs == {hub} and it.row.state == "published"]
    if days:
        yield date_format(min(days), "j M Y" if min(days).year != world.now.year else "j M")


def _hub_pages(world: World, person: Person) -> Iterator[Look]:
    if person.user is None:
        return
    for hub in world.sample(world.hubs):
        if person.knows(hub):
            touching = {it for it in world.bottlenecks if person.may_read(it) and it.is_open and hub in it.hubs}
            held = [it for it in coming(world, person) if it.hubs == {hub} and it.row.state != "cancelled"]
            best = sorted(touching, key=lambda it: (_fresh(it).support, it.row.pk), reverse=True)[:5]
            yield Look(f"/hubs/{hub.mark}/", {"Bottleneck": best, "Session": held[:4]}, at_least={hub})
            yield Look(f"/hubs/{hub.mark}/members/", {"Bottleneck": set(), "Session": set()}, at_least={hub})
            yield Look(f"/hubs/{hub.mark}/ask/", at_least={hub})
            if hub in person.hubs:
                yield Look(f"/hubs/{hub.mark}/leave/", at_least={hub})
            if hub in person.speaks_for or person.facilitates:
                yield Look(f"/hubs/{hub.mark}/edit/", at_least={hub})
                yield Look(f"/hubs/{hub.mark}/representatives/", {"Hub": {hub}})


def _fresh(thing: Thing) -> Bottleneck:
    if "fresh" not in vars(thing):
        vars(thing)["fresh"] = Bottleneck.objects.get(pk=thing.row.pk)
    found: Bottleneck = vars(thing)["fresh"]
    return found


def _members(world: World, person: Person) -> Iterator[Look]:
    if person.user is None:
        return
    known = {hub for hub in world.hubs if person.knows(hub)}
    people = [it for it in world.members if _sees(person, it)]
    listed = {hub for hub in known if hub.row.state != "closed" or any(hub in it.hubs for it in people)}
    yield Look("/members/", {"Hub": listed, "Bottleneck": set(), "Session": set()}, count=len(people))
    for hub in world.some(world.hubs, 5):
        inside = [it for it in people if hub in it.hubs] if hub in known else []
        yield Look("/members/", data={"hub": hub.mark}, echoed=[hub], count=len(inside))
    for other in world.sample(people):
        shows: Mapping[str, Collection[Thing]] = {"Hub": other.hubs & known, "Bottleneck": set(), "Session": set()}
        yield Look(f"/members/{other.name}/", shows)
        part = "results"
        yield Look("/members/", {"Hub": other.hubs & known}, data={"q": other.name}, part=part)


def _sees(person: Person, other: Person) -> bool:
    """Spec 01, Import: who never signed in is known to facilitators and to whoever speaks for their hubs."""
    if other.user is not None and other.user.activated_at is None and not person.facilitates:
        return bool(person.speaks_for & other.hubs)
    return True


def _profile(world: World, person: Person) -> Iterator[Look]:
    if person.user is not None:
        known = {hub for hub in person.hubs if person.knows(hub)}
        yield Look("/me/profile/", {"Hub": known, "Bottleneck": set(), "Session": set()}, part="id_primary_hub")
        yield Look("/facilitators/", {"Hub": set(), "Bottleneck": set(), "Session": set()})


def _requests(world: World, person: Person) -> Iterator[Look]:
    for asked in world.requests:
        hub = next(hub for hub in world.hubs if hub.row == asked.hub)
        if person.user is not None and person.knows(hub) and (hub in person.speaks_for or asked.member == person.user):
            yield Look(f"/join-requests/{asked.pk}/", at_least={hub})


# --- Sessions
def coming(world: World, person: Person) -> list[Thing]:
    """What is coming, in order; drafts only for who organises them, and none that was cancelled as a draft."""
    return [it for it in _agenda(world, person) if it.row.ends_at > world.now]


def _agenda(world: World, person: Person) -> list[Thing]:
    seen = [it for it in world.sessions if person.knows(it)]
    kept = [it for it in seen if it.row.state != SessionState.CANCELLED or it.row.published_at is not None]
    return sorted(kept, key=lambda it: it.row.starts_at)


def _sessions(world: World, person: Person) -> Iterator[Look]:
    if person.user is None:
        return
    ahead = coming(world, person)
    past = [it for it in _agenda(world, person) if it not in ahead]
    mine = [it for it in ahead if it.rsvps.get(person, RsvpState.NOT_GOING) != RsvpState.NOT_GOING]
    yield Look("/sessions/", {"Session": ahead, "Bottleneck": set()})
    yield Look("/sessions/mine/", {"Session": mine, "Bottleneck": set()})
    yield Look("/sessions/past/", {"Session": past, "Bottleneck": set()})
    yield Look("/sessions/past/", {"Session": past, "Bottleneck": set()}, data={"q": COMMON})
    for thing in world.some(world.sessions, 6):
        found = {thing} & set(past)
        yield Look("/sessions/past/", {"Session": found}, data={"q": thing.key}, echoed=[thing])
        yield Look("/sessions/past/", at_least=found, data={"q": mistyped(thing.key)})
        yield Look("/sessions/past/", at_least=found, data={"q": mistyped(thing.mark)})


def _session_pages(world: World, person: Person) -> Iterator[Look]:
    for thing in world.sample(_agenda(world, person)):
        tied = {it for it in thing.tied if person.may_read(it)} if person.user is not None else set()
        yield Look(thing.row.get_absolute_url(), {"Session": {thing}, "Bottleneck": tied})
        if thing.row.state != SessionState.DRAFT:
            path = f"/sessions/{thing.row.pk}/calendar.ics"
            yield Look(path, {"Session": {thing}, "Bottleneck": set(), "Hub": set()})
        if person.user is not None:
            yield Look(f"/sessions/{thing.row.pk}/people/", {"Session": {thing}, "Bottleneck": set()})
        if person.organises(thing) and thing.row.state != SessionState.CANCELLED:
            yield Look(f"/sessions/{thing.row.pk}/edit/", {"Session": {thing}, "Bottleneck": set()})
            yield Look(f"/sessions/{thing.row.pk}/cancel/", {"Session": {thing}, "Bottleneck": set()})


def _scheduling(world: World, person: Person) -> Iterator[Look]:
    """The form with the hubs one may schedule for, and what it says of a room that is taken and of the same day."""
    if person.user is None or not (person.facilitates or person.speaks_for):
        return
    known = {hub for hub in world.hubs if person.knows(hub) and hub.row.state != "closed"}
    hubs = known if person.facilitates else known & person.speaks_for
    yield Look("/sessions/new/", {"Hub": hubs, "Session": set(), "Bottleneck": set()})
    for thing in world.some(world.sessions, 4):
        if person.knows(thing):
            yield Look("/sessions/new/", {"Session": {thing}, "Bottleneck": set()}, data={"like": str(thing.row.pk)})
    whose = "everyone" if person.facilitates else str(min(hubs, key=_by_name).row.pk) if hubs else ""
    for thing in world.some([it for it in world.sessions if it.row.starts_at > world.now], 6) if whose else ():
        local = thing.row.local_start
        post = {
            "title": "Een andere",
            "kind": "workshop",
            "hub": whose,
            "language": "nl",
            "capacity": "5",
            "day": local.date().isoformat(),
            "starts": f"{local:%H:%M}",
            "ends": f"{thing.row.local_end:%H:%M}",
            "time_zone": "Europe/Amsterdam",
            "room": str(thing.row.room_id),
            "creation_key": str(uuid.uuid4()),
        }
        is_taken = thing.row.state != SessionState.CANCELLED
        shown = {thing} if is_taken and person.knows(thing) else set()
        yield Look("/sessions/new/", {"Session": shown}, post=post)
        alike = {it for it in world.sessions if it is thing and is_taken and person.knows(it)}
        for_same_people = {it for it in alike if person.facilitates or not it.hubs or it.hubs <= {_hub(world, whose)}}
        yield Look("/sessions/new/", {"Session": for_same_people}, post={**post, "room": ""})


def _hub(world: World, number: str) -> Thing | None:
    return next((hub for hub in world.hubs if str(hub.row.pk) == number), None)


# --- Home, feeds, calendars and links
def _home(world: World, person: Person) -> Iterator[Look]:
    ahead = [it for it in coming(world, person) if it.row.state == SessionState.PUBLISHED and person.may_read(it)]
    if person.user is None:
        hubs = sorted((it for it in world.hubs if it.is_shared and it.row.state != "closed"), key=_landing_order(world))
        issues = sum(it.is_shared and it.is_open for it in world.bottlenecks)
        members = sum(it.user is not None and it.user.activated_at is not None for it in world.people)
        figures = {"members": members, "hubs": len(hubs), "bottlenecks on the table": issues}
        shows = {"Hub": hubs[:4], "Session": ahead[:4], "Bottleneck": set()}
        yield Look("/", shows, says=_text(*(f"{label} {number}" for label, number in figures.items())))
        return
    answered = [it for it in ahead if it.rsvps.get(person) in {"going", "offered", "waitlisted"}][:1]
    unanswered = [it for it in ahead if person not in it.rsvps][:3]
    offered = [it for it in ahead if it.rsvps.get(person) == "offered"]
    rising = {it for it in world.bottlenecks if person.may_read(it) and it.is_open and it.voters}
    rising = {it for it in rising if person not in it.voters}
    mine = {hub for hub in person.hubs if person.knows(hub)}

    def says(page: Node) -> Iterator[str]:
        rows = [node for node in page.all("li") if node.attributes.get("class") == "bn"]
        if len(rows) != min(3, len(rising)):
            yield f"{min(3, len(rising))} that rise, not {len(rows)}"

    yield Look("/", {"Session": {*answered, *unanswered, *offered}}, at_least=mine, says=says)


def _landing_order(world: World) -> Callable[[Thing], tuple[int, str]]:
    def key(hub: Thing) -> tuple[int, str]:
        return -sum(hub in it.hubs and it.user.activated_at is not None for it in world.members), hub.row.name

    return key


def _feeds(world: World, person: Person) -> Iterator[Look]:
    """The news of what the member may read, and nothing hidden whoever reads."""
    if person.user is None or person.user.activated_at is None:
        return
    token = token_for(purpose=FEED, member=person.user)
    news = {it for it in world.things if person.may_read(it) and not it.is_hidden}
    by_kind = {kind: {it for it in news if it.kind == kind} for kind in ("Hub", "Bottleneck", "Session")}
    assert len(news) <= 50, "a feed holds fifty"
    yield Look(f"/feeds/{token}/community.atom", by_kind)
    for hub in world.sample(sorted(by_kind["Hub"], key=str), 3):
        shows = {kind: {it for it in found if hub in it.hubs} for kind, found in by_kind.items()}
        yield Look(f"/feeds/{token}/subjects/{hub.row.subject.pk}.atom", shows)
    for thing in world.sample([it for it in world.things if it in by_kind["Bottleneck"] | by_kind["Session"]], 2):
        yield Look(f"/feeds/{token}/subjects/{thing.row.subject.pk}.atom", at_least={thing})
    mine = by_kind["Hub"] & person.hubs
    yield Look("/me/feeds/", {"Hub": mine, "Bottleneck": set(), "Session": set()})


def _calendars(world: World, person: Person) -> Iterator[Look]:
    nothing: Mapping[str, Collection[Thing]] = {"Hub": set(), "Bottleneck": set()}
    public = {it for it in world.sessions if Person("visitor").may_read(it)}
    yield Look("/sessions/calendar.ics", {"Session": public, **nothing})
    if person.user is not None:
        token = token_for(purpose=CALENDAR, member=person.user)
        going = {it for it in world.sessions if it.rsvps.get(person) == RsvpState.GOING and person.may_read(it)}
        yield Look(f"/calendar/{token}.ics", {"Session": going, **nothing})


def _withdrawing(world: World, person: Person) -> Iterator[Look]:
    """A link to give a place back acts for whoever holds it, and names the session only while they may see it."""
    if person.user is None or person.user.activated_at is None:
        return
    for thing in world.sessions:
        if person in thing.rsvps and thing.row.ends_at > world.now:
            token = token_for(purpose=WITHDRAW, member=person.user, subject=thing.row.subject)
            shown = {thing} if person.may_read(thing) else set()
            yield Look(f"/sessions/withdraw/{token}/", {"Session": shown, "Bottleneck": set(), "Hub": set()})


def _follows(world: World, person: Person) -> Iterator[Look]:
    """What one follows, was told of, and reads in a digest: of all that, what they may see."""
    if person.user is None:
        return
    seen = {it for it in world.things if person.may_read(it)}
    for path in ("/me/follows/", "/notifications/"):
        yield Look(path, {kind: {it for it in seen if it.kind == kind} for kind in ("Hub", "Bottleneck", "Session")})
    yield Look("/digest/monthly/", at_least=set())
    unread = f"Notifications, {len(seen)} new" if seen else "Notifications"
    yield Look("/notifications/bell/", says=_text(unread), headers={"HX-Request": "true"})
    for thing in world.sample(sorted(seen, key=_by_name), 2):
        yield Look(f"/subjects/{thing.row.subject_id}/follow/", at_least={thing})


def _consent(world: World, person: Person) -> Iterator[Look]:
    """A round names what it is about, and the hubs that spoke as far as its reader may know them."""
    if person.user is None:
        return
    for pk, (thing, hubs) in world.closed.items():
        if person.may_read(thing):
            known = {hub for hub in hubs if person.may_read(hub)} | ({thing} & set(world.hubs))
            yield Look(f"/consent/{pk}/", {"Hub": known, "Session": set()}, at_least={thing})
    for pk, thing in world.asked.items():
        if person.may_read(thing):
            yield Look(f"/consent/{pk}/", {"Session": set()}, at_least={thing})
            yield Look(thing.row.get_absolute_url(), at_least={thing})


LISTS: dict[str, Callable[[World, Person], Iterator[Look]]] = {
    "home": _home,
    "issues:bottleneck_list": _board,
    "issues:bottleneck_similar": _similar,
    "issues:bottleneck_new": _filing,
    "issues:bottleneck_bulk": _filing_in_bulk,
    "issues:bottleneck_detail": _bottlenecks,
    "issues:bottleneck_support": _beside_bottlenecks,
    "issues:bottleneck_correct": _corrections,
    "issues:step_list": _steps,
    "issues:theme_list": _themes,
    "issues:outline": _outline,
    "community:hub_list": _hub_list,
    "community:hub_detail": _hub_pages,
    "community:member_list": _members,
    "community:profile_edit": _profile,
    "community:join_request": _requests,
    "events:session_list": _sessions,
    "events:session_detail": _session_pages,
    "events:session_schedule": _scheduling,
    "events:calendar_public": _calendars,
    "events:withdraw": _withdrawing,
    "activity:feed": _feeds,
    "activity:followed": _follows,
    "activity:consent_detail": _consent,
}

#: Addresses that one of ``LISTS`` asks for as well, by its name, and those that show no subject but their own.
NO_LISTS: dict[str, str] = {
    **dict.fromkeys(("events:session_past", "events:session_mine"), "events:session_list"),
    **dict.fromkeys(("events:session_people", "events:session_calendar"), "events:session_detail"),
    **dict.fromkeys(("events:session_change", "events:session_cancel"), "events:session_detail"),
    "events:calendar_feed": "events:calendar_public",
    **dict.fromkeys(("community:hub_members", "community:hub_ask", "community:hub_leave"), "community:hub_detail"),
    **dict.fromkeys(("community:hub_edit", "community:hub_representatives"), "community:hub_detail"),
    "community:member_detail": "community:member_list",
    "community:pick": "a few that fit what is typed, by visibility: tests/portal/test_choosing.py",
    "community:facilitator_list": "community:profile_edit",
    **dict.fromkeys(("activity:comment_list", "activity:comment_new"), "issues:bottleneck_detail"),
    **{f"activity:comment_{page}": "issues:bottleneck_detail" for page in ("detail", "history", "edit", "preview")},
    "activity:mention_suggest": "community:member_list",
    **{f"activity:comment_{verb}": "an act" for verb in ("delete", "thank", "unthank")},
    "activity:consent_list": "home",
    **{f"issues:step_{act}": "issues:bottleneck_detail" for act in ("why_not", "propose")},
    **{f"issues:bottleneck_{act}": "issues:bottleneck_detail" for act in ("adopt", "end", "reopen")},
    **{f"issues:adoption_{act}": "issues:bottleneck_detail" for act in ("stop", "decline", "deliver")},
    **dict.fromkeys(("issues:bottleneck_noticed", "issues:bottleneck_confirm"), "an act"),
    **dict.fromkeys(("issues:bottleneck_change", "issues:bottleneck_changes"), "issues:bottleneck_detail"),
    "issues:notice_by_link": "a question of one's own: tests/issues/endings/test_endings.py",
    **dict.fromkeys(("issues:merge_propose", "issues:bottleneck_merged"), "issues:bottleneck_detail"),
    "issues:bottleneck_alike": "issues:bottleneck_support",
    "issues:merge_detail": "two that the reader may both read: tests/issues/merging/test_merges.py",
    **{f"issues:merge_{verb}": "an act" for verb in ("object", "answer", "withdraw", "drop", "undo")},
    **dict.fromkeys(("issues:outline_pdf", "issues:outline_of_version"), "issues:outline"),
    "issues:outline_pdf_of_version": "issues:outline",
    **dict.fromkeys(("issues:theme_versions", "issues:theme_version"), "says nothing of subjects"),
    **{f"issues:theme_version_{verb}": "for facilitators, without subjects" for verb in ("adopt", "withdraw")},
    **{f"issues:theme_{page}": "for facilitators, without subjects" for page in ("draft", "add", "change", "remove")},
    **{f"issues:theme_draft_{page}": "for facilitators, without subjects" for page in ("drop", "propose")},
    **dict.fromkeys(("issues:theme_draft_begin", "issues:theme_move", "issues:theme_put_back"), "an act"),
    "issues:question_ask": "issues:bottleneck_detail",
    **dict.fromkeys(("issues:bottleneck_draft", "issues:question_read"), "an act"),
    "issues:told_list": "sums of what all members see, per unit",
    **dict.fromkeys(
        (
            "issues:reply",
            "issues:reply_answer",
            "issues:reply_withdraw",
            "issues:reply_noticed",
            "issues:reply_change",
            "issues:anonymous_correct",
            "issues:anonymous_drop",
        ),
        "what one holds the code of: tests/issues/filing/test_anonymous.py",
    ),
    **{f"activity:consent_{page}": "activity:consent_detail" for page in ("history", "record", "version", "condition")},
    **{f"activity:consent_{page}": "activity:consent_detail" for page in ("new", "close")},
    "activity:consent_speak": "an act",
    **{
        f"activity:{thing}_{page}": "issues:bottleneck_detail"
        for thing in ("comment", "subject")
        for page in ("report", "hide")
    },
    **{f"activity:case_{verb}": "an act" for verb in ("decide", "appeal", "answer", "restore")},
    "activity:case_detail": "a thing of one's own, or that one judges: tests/activity/test_moderation.py",
    "activity:moderation_log": "for facilitators, by visibility: tests/activity/test_moderation.py",
    **dict.fromkeys(("activity:subject_feed", "activity:feed_addresses"), "activity:feed"),
    **dict.fromkeys(("language", "healthz", "readyz", "robots"), "says nothing of subjects"),
    **dict.fromkeys(("events:session_by_number", "issues:bottleneck_number"), "leads to the page itself"),
    **dict.fromkeys(("events:session_answer", "events:session_publish", "events:session_remove"), "an act"),
    **dict.fromkeys(("issues:bottleneck_vote", "issues:bottleneck_unvote", "issues:bottleneck_estimate"), "an act"),
    **dict.fromkeys(("community:hub_join", "community:hub_primary", "community:hub_step_down"), "an act"),
    **{f"community:join_request_{verb}": "an act" for verb in ("accept", "decline", "withdraw")},
    "community:hub_new": "a form without subjects",
    **{f"pages:{key}{act}": "says nothing of subjects" for key in Page.Key for act in ("", "_edit")},
    "events:calendar_subscribe": "an address of one's own",
    "activity:unsubscribe": "names a kind of mail",
    **dict.fromkeys(("activity:notice_list", "activity:digest", "activity:follow"), "activity:followed"),
    **dict.fromkeys(("activity:notice_open", "activity:notice_read"), "an act"),
    **dict.fromkeys(("activity:bell", "activity:notice_settings"), "says nothing of subjects"),
    **dict.fromkeys(("activity:unsubscribe", "activity:failed_mail_list"), "names a kind of mail"),
    "activity:failed_mail_send_again": "an act",
}


# --- Asking -----------------------------------------------------------------------------------------------------------
WORDS = re.compile(r"z[qk][a-z]{9}")


class Asking:
    """Asks as one person and compares what is read with what is right."""

    def __init__(self, world: World, person: Person) -> None:
        self.person = person
        self.client = Client()
        if person.user is not None:
            self.client.force_login(person.user)
        self.by_word = {word: it for it in world.things for word in (it.mark, it.key)}
        self.known = {it for it in world.things if person.knows(it)}

    def wrong(self, look: Look) -> Iterator[str]:
        """What is wrong with the answer to ``look``."""
        with transaction.atomic():
            if look.post is not None:
                response = self.client.post(look.path, look.post, headers=look.headers, follow=True)
            else:
                response = self.client.get(look.path, look.data, headers=look.headers, follow=True)
            transaction.set_rollback(True)
        if response.status_code not in {200, 422}:
            yield f"answers {response.status_code}"
            return
        text = response.content.decode().replace("\r\n ", "")  # a calendar folds its lines
        sent = set(WORDS.findall(f"{look.data} {look.post}")) if look.echoed else set()
        found = self._named(text, sent)
        yield from (f"tells of {it}" for it in found - self.known)
        if look.part:
            text = self._part(text, look.part)
            found = self._named(text, set())
        for kind, things in look.shows.items():
            shown = {it for it in found if it.kind == kind}
            yield from (f"lacks {it}" for it in set(things) - shown)
            yield from (f"has {it}, which does not belong there" for it in shown - set(things))
        yield from (f"lacks {it}" for it in set(look.at_least) - found)
        if look.count is not None and (number := counted_on(text)) != look.count:
            yield f"counts {number}, not {look.count}"
        if look.says is not None:
            yield from (f"does not say {sentence}" for sentence in look.says(parse(text)))

    def _named(self, text: str, sent: set[str]) -> set[Thing]:
        return {self.by_word[word] for word in set(WORDS.findall(text)) - sent if word in self.by_word}

    @staticmethod
    def _part(text: str, name: str) -> str:
        """The text of what has this id or class; empty where there is none."""
        nodes = (
            node for node in parse(text).walk() if name in (node.attributes.get("id"), node.attributes.get("class"))
        )
        node = next(nodes, None)
        return " ".join(f"{it.attributes} {it.text()}" for it in node.walk()) if node else ""


def counted_on(text: str) -> int | None:
    """The number that a list says it has; none where nothing was found."""
    said = re.search(r'id="count"[^>]*>\s*([^<]*)', text)
    if said is None:
        return None
    number = re.match(r"[\d,]+", said[1])
    return int(number[0].replace(",", "")) if number else 0


def test_every_address_is_considered_here():
    names = {address.name for address in addresses() if not address.name.startswith("account_")}
    assert names == LISTS.keys() | NO_LISTS.keys()
    assert not LISTS.keys() & NO_LISTS.keys()


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_whatever_is_listed_counted_fed_and_found_agrees_with_who_may_see_it(seed, settings, monkeypatch):
    settings.WRITE_RATE_LIMIT = settings.VISITOR_RATE_LIMIT = "100000/second"
    monkeypatch.setattr(Template, "_render", _TestState.saved_data.template_render)  # contexts of 1,000 pages: no need
    world = make_world(seed)
    wrong = []
    # Half of them read each world, and of each address a few pages: all of it would take minutes.
    for person in world.people[seed % 2 :: 2]:
        asking = Asking(world, person)
        assert person.user is None or 0 < len(asking.known) < len(world.things)
        looks = [look for looks_at in LISTS.values() for look in world.sample(list(looks_at(world, person)), 4)]
        for look in looks:
            wrong += [f"{person.name} {look}: {sentence}" for sentence in asking.wrong(look)]
        wrong += _wrong_in_digest(world, person, asking)
    assert wrong == [], "\n".join(wrong)


def _wrong_in_digest(world: World, person: Person, asking: Asking) -> Iterator[str]:
    """What is wrong with the mail that is this person's digest."""
    if person.user is None or person.user.activated_at is None:
        return
    digest = Digest.objects.create(
        member=person.user,
        period=DigestPeriod.MONTHLY,
        due_at=world.now,
        since=world.now - 40 * DAY,
        until=timezone.now() + DAY,
        has_news=True,
    )
    mail = Email(pk=1, member=person.user, kind="digest", language="en", context={"digest": digest.pk}, dedupe_key="x")
    seen = {it for it in world.things if person.may_read(it)}
    [section] = [it for it in of_digests([digest.pk])[digest.pk] if it.section.key == "followed"]
    if len(section.lines) + section.more != len(seen):
        yield f"{person.name}: a digest counts {len(section.lines) + section.more}, not {len(seen)}"
    contents, faults = outbox.load([mail])
    assert not faults
    rendered = render(mail, contents[mail.pk])
    for text in (rendered.subject, rendered.text, rendered.html):
        yield from (f"{person.name}: a digest tells of {it}" for it in asking._named(text, set()) - seen)
    coming = {it for it in world.sessions if it.rsvps.get(person) == "going" and it.row.starts_at > timezone.now()}
    coming = {it for it in coming & seen if it.row.state == "published" and not it.is_hidden}
    listed = {
        it for it in coming if f"Your next session: {it.row.title}" in " ".join(parse(rendered.html).text().split())
    }
    yield from (f"{person.name}: a digest lacks {it}" for it in coming - listed)
