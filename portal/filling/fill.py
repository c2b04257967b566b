"""A community of any size in an empty database, by COPY: for trying out and measuring what exists.

``manage.py load_community`` and ``tests/load`` use it. Unlike the demonstration it tells no story: words and names are
drawn at random, the same ones for the same seed and moment. What actions promise holds here as well: figures are kept,
waitlists have their positions, and the ledger has an entry for every write, made from the rows that were copied.
"""

from __future__ import annotations

import random
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import itemgetter
from typing import Any, Self

from django.apps import apps
from django.conf import settings
from django.core.management.color import no_style
from django.db import connection, models, transaction
from django.utils import timezone

from activity.conversation.models import Comment, Mention, Reference, Thanks
from activity.models import Subject
from community.hubs.tallies import keep_all
from community.models import (
    FacilitatorTerm,
    Hub,
    HubTopic,
    Membership,
    MembershipRole,
    MemberTally,
    MemberTopic,
    Topic,
    TopicKind,
    User,
)
from events.models import Room, Rsvp, RsvpState, Session, SessionState, Venue
from issues.bottlenecks.figures import recount_all
from issues.models import Bottleneck, BottleneckTally, Theme, TouchedHub, Vote
from portal.demo import source
from portal.filling.copying import copy_rows
from portal.filling.ledger import write_ledger
from ui.shared import everything_changed

WORDS = [
    "model",
    "data",
    "toegang",
    "bron",
    "beheer",
    "werkplek",
    "sensor",
    "metadata",
    "standaard",
    "licentie",
    "productie",
    "omgeving",
    "account",
    "kern",
    "team",
    "vraag",
    "opdracht",
    "netwerk",
    "rapport",
    "kennis",
    "overdracht",
    "privacy",
    "toets",
    "aanbesteding",
    "opleiding",
    "werving",
    "contract",
    "rekentijd",
]
ROOMS = 8
#: Nobody reads thousands of names below a bottleneck: so many votes has the most supported one at most.
MOST_VOTES = 2_000
#: Of the days over which the sessions are spread so many lie behind.
BEHIND = 0.73
_YEARS = timedelta(days=3 * 365)


@dataclass(frozen=True, kw_only=True, slots=True)
class Size:
    """How much there is of everything.

    ``big_hub`` members belong to the first hub, ``big_session`` answer to the first session, and the second member
    belongs to ``many_hubs``. The sessions are spread over so many ``days``.
    """

    members: int
    hubs: int
    bottlenecks: int
    votes: int
    sessions: int
    comments: int
    themes: int = 7
    topics: int = 120
    big_hub: int = 0
    big_session: int = 0
    many_hubs: int = 0
    days: int = 900

    @classmethod
    def of(cls, members: int) -> Self:
        """What goes with so many members: a hub for each 50, a bottleneck for each two, twenty votes each."""
        bottlenecks = max(members // 2, 1)
        hubs = max(members // 50, 4)
        return cls(
            members=members,
            hubs=hubs,
            bottlenecks=bottlenecks,
            votes=min(20 * members, bottlenecks * min(members, MOST_VOTES) // 2),
            sessions=max(members // 100, 8),
            comments=members,
            big_hub=members // 20,
            big_session=members // 5,
            many_hubs=min(150, hubs // 2),
        )


@dataclass(frozen=True, slots=True)
class _Person:
    """A member, as far as what they do depends on them."""

    pk: int
    voter_key: uuid.UUID
    hubs: list[int]
    since: datetime


@transaction.atomic
def fill(
    size: Size, *, seed: int = 1, now: datetime | None = None, say: Callable[[str], None] = lambda _line: None
) -> None:
    """Write a community of ``size`` into an empty database, all or nothing; ``say`` is told what is being written.

    The same ``seed`` and ``now`` give the same community. Nobody can sign in, and nothing is mailed.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = off")
        cursor.execute("SET LOCAL maintenance_work_mem = '128MB'")
    filling = _Filling(size, random.Random(seed), now or timezone.now())  # noqa: S311 - no secret
    for words, step in (
        ("topics, themes and rooms", filling.vocabulary),
        ("hubs", filling.hubs),
        ("members", filling.members),
        ("bottlenecks and votes", filling.bottlenecks),
        ("sessions and answers", filling.sessions),
        ("comments and thanks", filling.comments),
        ("figures", filling.figures),
        ("the ledger", write_ledger),
    ):
        say(words)
        step()
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), apps.get_models(include_auto_created=True)):
            cursor.execute(statement)
        cursor.execute("ANALYZE")
    everything_changed()


class _Filling:
    """One filling: what was written so far, for what comes after it."""

    def __init__(self, size: Size, chance: random.Random, now: datetime) -> None:
        self.size, self.chance, self.now = size, chance, now
        self.community = Subject.objects.community()
        self.people: list[_Person] = []
        self.cities = sorted({row.city for row in source.hubs()})

    # --- Ids and words
    def ids(self, model: type[models.Model], number: int) -> range:
        """The next ``number`` primary keys of ``model``."""
        last = model._default_manager.aggregate(last=models.Max("pk"))["last"] or 0
        return range(last + 1, last + 1 + number)

    def text(self, words: int = 40) -> str:
        return " ".join(self.chance.choices(WORDS, k=words)).capitalize() + "."

    def between(self, start: datetime, end: datetime | None = None) -> datetime:
        """A moment after ``start``, sooner rather than later."""
        return start + ((end or self.now) - start) * self.chance.random() ** 2

    def ago(self, most: timedelta) -> datetime:
        return self.now - most * self.chance.random()

    def subjects(self, kind: str, rows: Sequence[tuple[int, str, str, datetime, str]]) -> None:
        """Write subjects: primary key, title, address, since when, and for whom."""
        copy_rows(
            Subject,
            "id kind title language url audience created_at announced_at",
            ((pk, kind, title, "nl", url, audience, at, at) for pk, title, url, at, audience in rows),
        )

    # --- Steps
    def vocabulary(self) -> None:
        """Topics, themes and where sessions are held: few, so through Django."""
        names = [f"{WORDS[n % len(WORDS)]} {n}" for n in range(1, self.size.topics + 1)]
        made = Topic.objects.bulk_create(
            Topic(slug=name.replace(" ", "-"), label_nl=name, label_en=f"{name} in English") for name in names
        )
        self.topics = [topic.pk for topic in made]
        themes = [(n, f"Thema {WORDS[n % len(WORDS)]} {n}") for n in range(1, self.size.themes + 1)]
        self.themes = [
            theme.pk
            for theme in Theme.objects.bulk_create(
                Theme(name=name, slug=name.lower().replace(" ", "-"), explanation=self.text(12), position=n)
                for n, name in themes
            )
        ]
        venue = Venue.objects.create(name="Gebouw", city=self.cities[0], address="Kade 1")
        rooms = Room.objects.bulk_create(Room(venue=venue, name=f"Zaal {n}") for n in range(1, ROOMS + 1))
        self.rooms = [room.pk for room in rooms]

    def hubs(self) -> None:
        """Hubs, with their topics; each belongs to itself, so that its own news is its hub's."""
        self.hub_ids = self.ids(Hub, self.size.hubs)
        subjects = self.ids(Subject, self.size.hubs)
        self.hub_subjects = dict(zip(self.hub_ids, subjects, strict=True))
        founded = [self.now - _YEARS - self.chance.random() * _YEARS for _hub in subjects]
        names = [f"Kern {WORDS[n % len(WORDS)]} {n}" for n in range(1, self.size.hubs + 1)]
        slugs = [name.lower().replace(" ", "-") for name in names]
        self.subjects(
            Hub.SUBJECT_KIND,
            [
                (pk, name, Hub(slug=slug).get_absolute_url(), at, "members")
                for pk, name, slug, at in zip(subjects, names, slugs, founded, strict=True)
            ],
        )
        copy_rows(
            Hub,
            "id subject_id name slug tagline about city founded_on",
            (
                (pk, subject, name, slug, "Samen verder", self.text(), self.chance.choice(self.cities), at.date())
                for pk, subject, name, slug, at in zip(self.hub_ids, subjects, names, slugs, founded, strict=True)
            ),
        )
        copy_rows(Subject.hubs.through, "from_subject_id to_subject_id", ((pk, pk) for pk in subjects))
        copy_rows(
            HubTopic,
            "hub_id topic_id",
            ((hub, topic) for hub in self.hub_ids for topic in self.chance.sample(self.topics, 2)),
        )

    def members(self) -> None:
        """Members with what they know and where they belong; the first one facilitates."""
        for n, pk in enumerate(self.ids(User, self.size.members)):
            key = uuid.UUID(int=self.chance.getrandbits(128), version=4)
            self.people.append(_Person(pk, key, self._hubs_of(n), self.ago(_YEARS)))
        copy_rows(
            User,
            "id password email name handle voter_key city bio primary_hub_id shows_support joined_on seen_on"
            " activated_at",
            self._members(),
        )
        spoken_for: Counter[int] = Counter()
        copy_rows(Membership, "member_id hub_id role started_at", self._memberships(spoken_for))
        kinds = TopicKind.values
        copy_rows(
            MemberTopic,
            "member_id topic_id kind confirmed_on",
            (
                (person.pk, topic, kinds[n % len(kinds)], self.ago(_YEARS).date())
                for person in self.people
                for n, topic in enumerate(self.chance.sample(self.topics, 3))
            ),
        )
        FacilitatorTerm.objects.create(member_id=self.people[0].pk, started_at=self.people[0].since)

    def _hubs_of(self, n: int) -> list[int]:
        """One hub for everybody, a second for some; the first of them is the primary one."""
        others = self.hub_ids[1:]
        own = [self.chance.choice(others)] + ([self.chance.choice(others)] if n % 3 == 0 else [])
        own += [self.hub_ids[0]] if n < self.size.big_hub else []
        own += self.hub_ids[: self.size.many_hubs] if n == 1 else []
        return list(dict.fromkeys(own))

    def _members(self) -> Iterator[tuple[Any, ...]]:
        names = [row.name.split(" ", 1) for row in source.members()]
        first, last = sorted({name[0] for name in names}), sorted({name[1] for name in names if len(name) > 1})
        today = self.now.date()
        for n, person in enumerate(self.people):
            name = f"{self.chance.choice(first)} {self.chance.choice(last)}"
            if n % 2:
                name += f"-{self.chance.choice(last).rpartition(' ')[2]}"
            yield (
                *(person.pk, "!", f"lid{person.pk}@doorbraak.example", name, f"lid-{person.pk}", person.voter_key),
                *(self.chance.choice(self.cities), self.text(), person.hubs[0], n % 3 == 0, person.since.date()),
                *(max(person.since.date(), today - timedelta(days=self.chance.randrange(60))), person.since),
            )

    def _memberships(self, spoken_for: Counter[int]) -> Iterator[tuple[Any, ...]]:
        """The first two of each hub speak for it."""
        for person in self.people:
            for hub in person.hubs:
                spoken_for[hub] += 1
                role = MembershipRole.REPRESENTATIVE if spoken_for[hub] <= 2 else MembershipRole.MEMBER
                yield person.pk, hub, role, person.since

    def bottlenecks(self) -> None:
        """Bottlenecks with the hubs they concern and their votes; none concerns the last hub."""
        pks, subjects = self.ids(Bottleneck, self.size.bottlenecks), self.ids(Subject, self.size.bottlenecks)
        self.bottleneck_ids, self.bottleneck_subjects = pks, subjects
        authors = [self.chance.randrange(len(self.people)) for _bottleneck in pks]
        self.filed = [self.between(self.people[place].since) for place in authors]
        titles = [self.text(5)[:-1] for _bottleneck in pks]
        self.subjects(
            Bottleneck.SUBJECT_KIND,
            [
                (subject, title, Bottleneck(pk=pk, title=title).get_absolute_url(), at, "members")
                for pk, subject, title, at in zip(pks, subjects, titles, self.filed, strict=True)
            ],
        )
        copy_rows(
            Bottleneck,
            "id subject_id title situation impact theme_id author_id filed_at",
            (
                (
                    pk,
                    subject,
                    title,
                    self.text(),
                    self.text(12),
                    self.chance.choice(self.themes),
                    self.people[by].pk,
                    at,
                )
                for pk, subject, title, by, at in zip(pks, subjects, titles, authors, self.filed, strict=True)
            ),
        )
        touched = [self.chance.sample(self.hub_ids[:-1], self.chance.randint(1, 3)) for _bottleneck in pks]
        copy_rows(
            TouchedHub,
            "bottleneck_id hub_id",
            ((pk, hub) for pk, hubs in zip(pks, touched, strict=True) for hub in hubs),
        )
        copy_rows(
            Subject.hubs.through,
            "from_subject_id to_subject_id",
            ((pk, self.hub_subjects[hub]) for pk, hubs in zip(subjects, touched, strict=True) for hub in hubs),
        )
        copy_rows(Vote, "bottleneck_id member_id voter_key hub_id hours cast_at", self._votes(authors))

    def _votes(self, authors: Sequence[int]) -> Iterator[tuple[Any, ...]]:
        """Spread unevenly: a few bottlenecks have hundreds, most a handful. Who filed it was the first."""
        for place, (pk, number) in enumerate(zip(self.bottleneck_ids, self._votes_each(), strict=True)):
            for offset in range(number):
                voter = self.people[(authors[place] + offset) % len(self.people)]
                cast_at = self.between(max(self.filed[place], voter.since)) if offset else self.filed[place]
                yield pk, voter.pk, voter.voter_key, voter.hubs[0], None if offset % 3 else "2.5", cast_at

    def _votes_each(self) -> list[int]:
        most = min(len(self.people), MOST_VOTES)
        shares = [self.chance.paretovariate(1.3) for _bottleneck in self.bottleneck_ids]
        scale = self.size.votes / sum(shares)
        wanted = [max(1, min(most, int(share * scale))) for share in shares]
        left = self.size.votes - sum(wanted)
        while left > 0:
            for place, number in enumerate(wanted):
                if left > 0 and number < most:
                    wanted[place] += 1
                    left -= 1
        return wanted

    def sessions(self) -> None:
        """Sessions behind and ahead, one of the whole community in a month; the eighth member comes to each."""
        pks, subjects = self.ids(Session, self.size.sessions), self.ids(Subject, self.size.sessions)
        step = timedelta(days=self.size.days) / self.size.sessions
        whole = self.now.replace(minute=0, second=0, microsecond=0)
        starts = [whole + step * (n - BEHIND * len(pks)) for n in range(len(pks))]
        starts[0] = whole + timedelta(days=30, hours=1)
        published = [min(self.now - timedelta(days=7), start - timedelta(days=60)) for start in starts]
        hubs = [None, *(self.chance.choice(self.hub_ids) for _session in pks[1:])]
        answers = [list(self._answers(pk, n, published[n], starts[n])) for n, pk in enumerate(pks)]
        self.subjects(
            Session.SUBJECT_KIND,
            [
                (
                    subject,
                    f"Bijeenkomst {pk}",
                    Session(pk=pk, title=f"Bijeenkomst {pk}").get_absolute_url(),
                    at,
                    _audience(pk),
                )
                for pk, subject, at in zip(pks, subjects, published, strict=True)
            ],
        )
        copy_rows(
            Session,
            "id subject_id kind hub_id title description starts_at ends_at room_id capacity state published_at"
            " changed_at taken_count",
            (
                (
                    *(pk, subjects[n], "workshop" if hubs[n] else "community_day", hubs[n], f"Bijeenkomst {pk}"),
                    *(
                        self.text(),
                        starts[n],
                        starts[n] + timedelta(hours=2),
                        None if n == 0 else self.rooms[n % ROOMS],
                    ),
                    *(self._capacity(n), SessionState.PUBLISHED, published[n], published[n]),
                    sum(row[3] == RsvpState.GOING for row in answers[n]),
                )
                for n, pk in enumerate(pks)
            ),
        )
        copy_rows(
            Subject.hubs.through,
            "from_subject_id to_subject_id",
            ((subject, self.hub_subjects[hub]) for subject, hub in zip(subjects, hubs, strict=True) if hub),
        )
        hosts = ((pk, self.chance.choice(self.people).pk) for pk in pks)
        copy_rows(Session.hosts.through, "session_id user_id", hosts)
        copy_rows(
            Rsvp,
            "session_id member_id hub_id state position placing placed_at answered_at",
            (row for rows in answers for row in rows),
        )

    def _capacity(self, n: int) -> int | None:
        """Half of those who answer to the large session get a place."""
        return max(self.size.big_session // 2, 1) if n == 0 and self.size.big_session else None

    def _answers(self, pk: int, n: int, published: datetime, start: datetime) -> Iterator[tuple[Any, ...]]:
        """A place for everybody but, in the large session, for who came too late."""
        if n == 0 and self.size.big_session:
            coming = self.people[: self.size.big_session]
        else:
            coming = self.chance.sample(self.people, min(19, len(self.people)))
            coming += [person for person in self.people[7:8] if person not in coming]
        places = self._capacity(n) or len(coming)
        for place, person in enumerate(coming):
            is_going, at = place < places, self.between(published, min(start, self.now))
            state = RsvpState.GOING if is_going else RsvpState.WAITLISTED
            position, placed_at = (None, at) if is_going else (place - places + 1, None)
            yield pk, person.pk, person.hubs[0], state, position, int(is_going), placed_at, at

    def comments(self) -> None:
        """What members say about bottlenecks, whom and what they name, and who thanks; of some much is said."""
        pks = self.ids(Comment, self.size.comments)
        said = []
        for _comment in pks:
            place, author = int(len(self.bottleneck_ids) * self.chance.random() ** 3), self.chance.choice(self.people)
            said.append((self.between(max(self.filed[place], author.since)), place, author))
        said.sort(key=itemgetter(0))
        named = [self.chance.choice(self.people).pk if n % 3 == 0 else None for n in range(len(pks))]
        referred = [self.chance.randrange(len(self.bottleneck_ids)) if n % 5 == 0 else None for n in range(len(pks))]
        copy_rows(
            Comment,
            "id subject_id author_id text written_at",
            (
                (pk, self.bottleneck_subjects[place], author.pk, self._said(named[n], referred[n]), at)
                for n, (pk, (at, place, author)) in enumerate(zip(pks, said, strict=True))
            ),
        )
        copy_rows(
            Mention, "comment_id member_id", ((pk, who) for pk, who in zip(pks, named, strict=True) if who is not None)
        )
        copy_rows(
            Reference,
            "comment_id subject_id text",
            (
                (pk, self.bottleneck_subjects[place], f"#{self.bottleneck_ids[place]}")
                for pk, place in zip(pks, referred, strict=True)
                if place is not None
            ),
        )
        copy_rows(Thanks, "comment_id member_id", self._thanks(pks, [author for _at, _place, author in said]))

    def _said(self, named: int | None, referred: int | None) -> str:
        name = f"@{{{named}}} " if named is not None else ""
        number = f" Zie ook #{self.bottleneck_ids[referred]}." if referred is not None else ""
        return f"{name}{self.text(15)}{number}"

    def _thanks(self, pks: Sequence[int], authors: Sequence[_Person]) -> Iterator[tuple[int, int]]:
        for pk, author in zip(pks, authors, strict=True):
            thankful = self.chance.sample(self.people, min(self.chance.randrange(4), len(self.people)))
            yield from ((pk, person.pk) for person in thankful if person is not author)

    def figures(self) -> None:
        """What is kept beside what it counts, and since when a bottleneck is generic."""
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")  # or what follows is planned for empty tables
        recount_all()
        with connection.cursor() as cursor:
            cursor.execute(_GENERIC, [settings.GENERIC_MIN_VOTES, settings.GENERIC_MIN_HUBS])
        keep_all(MemberTally)
        keep_all(BottleneckTally)


def _audience(pk: int) -> str:
    """Every tenth session is for visitors as well."""
    return "members" if pk % 10 else "public"


#: Since the tenth vote, or since the third hub where that came later.
_GENERIC = """
    UPDATE issues_bottleneck SET generic_at = GREATEST(vote.cast_at, hub.reached_at)
    FROM (
        SELECT bottleneck_id, (array_agg(cast_at ORDER BY cast_at))[%s] AS cast_at FROM issues_vote GROUP BY 1
    ) AS vote JOIN (
        SELECT bottleneck_id, (array_agg(reached_at ORDER BY reached_at))[%s] AS reached_at
        FROM (
            SELECT bottleneck_id, min(cast_at) AS reached_at FROM issues_vote
            WHERE hub_id IS NOT NULL GROUP BY bottleneck_id, hub_id
        ) AS reached GROUP BY 1
    ) AS hub USING (bottleneck_id)
    WHERE issues_bottleneck.id = vote.bottleneck_id AND vote.cast_at IS NOT NULL AND hub.reached_at IS NOT NULL
"""
