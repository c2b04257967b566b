"""What pages cost, with subjects among their rows that only few may see: the same with five rows as with fifty.

Spec 00, Speed: at most 8 statements for a list, 16 for a subject's own page, 12 for any other. Issue 8.
"""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.template import Template
from django.test import Client
from django.test.utils import CaptureQueriesContext, _TestState
from django.utils import timezone

from activity.actions import entry
from activity.links import FEED, token_for
from activity.models import Activity, Audience, Subject
from community.models import Hub, Membership, User
from events.links import CALENDAR
from events.models import Rsvp, Session
from issues.models import Bottleneck, Vote
from issues.ties import FILED_AT
from issues.verbs import BOTTLENECK_FILED
from tests.factories import (
    BottleneckFactory,
    HubFactory,
    RoomFactory,
    SessionFactory,
    facilitator,
    many_bottlenecks,
    many_hubs,
    many_members,
    many_sessions,
    member_of,
    tie,
)

pytestmark = pytest.mark.django_db

LIST, OWN, OTHER = 8, 16, 12


@dataclass
class Place:
    """Something of everything, that grows."""

    hub: Hub
    bottleneck: Bottleneck
    session: Session
    past: Session
    readers: dict[str, User | None]

    def grow(self, rows: int) -> None:
        """Add so many of each, as many for each audience, and one in seven hidden."""
        now = timezone.now()
        hubs, members, author = many_hubs(rows), many_members(rows), self.readers["member"]
        assert author is not None
        bottlenecks = many_bottlenecks(rows, author=author, hubs=[self.hub, *hubs[:2]])
        sessions = [
            *many_sessions(rows, hub=self.hub, starts_at=now + timedelta(days=9)),
            *many_sessions(rows, starts_at=now + timedelta(days=10)),
            *many_sessions(rows, starts_at=now - timedelta(days=10)),
        ]
        for number, session in enumerate(sessions[rows:]):  # each of another hub
            session.hub = hubs[number % rows]
        Session.objects.bulk_update(sessions, ["hub"])
        readers = [reader for reader in self.readers.values() if reader is not None]
        Membership.objects.bulk_create(
            [
                *(Membership(hub=hub, member=reader) for hub in hubs[::2] for reader in readers),
                *(Membership(hub=self.hub, member=member) for member in members),
                *(Membership(hub=hub, member=member) for hub, member in zip(hubs, members, strict=True)),
            ]
        )
        Rsvp.objects.bulk_create(
            [
                *(Rsvp(session=it, member=reader, state="going") for it in sessions[::2] for reader in readers),
                *(
                    Rsvp(session=self.session, member=member, hub=hub, state="going")
                    for hub, member in zip(hubs, members, strict=True)
                ),
            ]
        )
        Vote.objects.bulk_create(
            Vote(bottleneck=it, member=member, voter_key=member.voter_key, hub=hub)
            for it in (self.bottleneck, *bottlenecks[:3])
            for hub, member in zip(hubs, members, strict=True)
        )
        tie(FILED_AT, subject=self.bottleneck.subject, to=sessions)
        tie(FILED_AT, subject=self.session.subject, by=bottlenecks)
        new = [it.subject for it in (*hubs, *bottlenecks, *sessions)]
        Activity.objects.bulk_create(
            entry(subject, BOTTLENECK_FILED, by=author, other=hub.subject)
            for subject, hub in zip(new, itertools.cycle(hubs))
        )
        for number, subject in enumerate(new):
            subject.audience = Audience.values[number % 5]
            subject.hidden_at = now if number % 7 == 6 else None
        Subject.objects.bulk_update(new, ["audience", "hidden_at"])

    def pages(self, name: str) -> Iterator[tuple[str, int]]:
        """What ``name`` reads, and how many statements it may cost."""
        reader = self.readers[name]
        yield "/", OTHER
        yield "/hubs/", LIST
        yield "/sessions/calendar.ics", LIST
        if reader is None:
            return
        for query in ("", "?show=unsupported", "?sort=new&theme=none", f"?hub={self.hub.slug}", "?q=Bottleneck"):
            yield f"/bottlenecks/{query}", LIST
        for query in ("", "?q=Member", f"?hub={self.hub.slug}"):
            yield f"/members/{query}", LIST
        yield from ((path, LIST) for path in ("/themes/", "/hubs/?view=compact", "/hubs/?mine=1"))
        yield from ((f"/sessions/{path}", LIST) for path in ("", "mine/", "past/", "past/?q=Session"))
        yield f"/hubs/{self.hub.slug}/members/", LIST
        yield from ((it.get_absolute_url(), OWN) for it in (self.hub, self.bottleneck, self.session, self.past))
        yield f"/sessions/{self.session.pk}/people/", OTHER
        yield f"/sessions/{self.session.pk}/calendar.ics", LIST
        yield from ((path, OTHER) for path in ("/bottlenecks/new/", "/me/profile/", "/me/feeds/"))
        yield f"/members/{reader.handle}/", OTHER
        feed = token_for(purpose=FEED, member=reader)
        yield f"/feeds/{feed}/community.atom", LIST
        yield f"/feeds/{feed}/subjects/{self.hub.subject.pk}.atom", LIST
        yield f"/calendar/{token_for(purpose=CALENDAR, member=reader)}.ics", LIST
        if name == "facilitates":
            yield "/sessions/new/", OTHER
            yield f"/sessions/{self.session.pk}/edit/", OTHER

    def costs(self, name: str) -> dict[str, int]:
        """The statements of each page."""
        client, reader = Client(), self.readers[name]
        if reader is not None:
            client.force_login(reader)
        found = {}
        for path, _most in self.pages(name):
            with CaptureQueriesContext(connection) as captured:
                response: Any = client.get(path)
            assert response.status_code == 200, path
            found[path] = sum(not query["sql"].startswith(("SAVEPOINT", "RELEASE")) for query in captured)
        return found


@pytest.fixture
def place() -> Place:
    hub = HubFactory()
    readers = {
        "visitor": None,
        "member": member_of(hub),
        "facilitates": facilitator(),
    }
    days = timezone.now() - timedelta(days=3)
    place = Place(
        hub=hub,
        bottleneck=BottleneckFactory(title="Bottleneck of all", hubs=[hub]),
        session=SessionFactory(hub=hub, room=RoomFactory()),
        past=SessionFactory(hub=hub, starts_at=days),
        readers={**readers, "facilitates": facilitator()},
    )
    place.grow(15)  # more than what a box shows all of
    return place


@pytest.mark.slow
def test_pages_cost_the_same_at_any_size_whatever_their_readers_may_not_see(place, monkeypatch):
    monkeypatch.setattr(Template, "_render", _TestState.saved_data.template_render)  # copies no contexts
    place.costs("member")  # from now on what is the same for everybody is kept
    few = {name: place.costs(name) for name in place.readers}
    place.grow(45)
    many = {name: place.costs(name) for name in place.readers}
    wrong = []
    for name in place.readers:
        for path, most in place.pages(name):
            cost = many[name][path]
            # One more is asked once, where a page first names what not every member may know of.
            if cost > min(few[name][path] + 1, most):
                wrong.append(f"{name} {path}: {few[name][path]}, with more rows {cost}, at most {most}")
    assert "\n".join(wrong) == ""


# --- Rows that are read -----------------------------------------------------------------------------------------------
#: Votes for something else: a page that reads half as many more than before reads them all. Some more can come of
#: another plan, for PostgreSQL knows what earlier tests counted, too.
OTHER_VOTES = 3_000
MANY_MORE = OTHER_VOTES // 2


def votes_read() -> int:
    """How many votes this transaction has read so far, whether they came along in a scan or by an index."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT seq_tup_read + coalesce(idx_tup_fetch, 0) FROM pg_stat_xact_user_tables WHERE relname = %s",
            [Vote._meta.db_table],
        )
        return int(cursor.fetchone()[0])


def reading_votes(paths: Iterable[str], reader: User) -> dict[str, int]:
    """How many votes each page reads, where it goes from row to row by an index as long as there is one."""
    client, found = Client(), {}
    client.force_login(reader)
    with connection.cursor() as cursor:
        for way in ("seqscan", "hashjoin", "mergejoin"):
            cursor.execute(f"SET LOCAL enable_{way} = off")
        for path in paths:
            cursor.execute("DISCARD PLANS")
            before = votes_read()
            assert client.get(path).status_code == 200, path
            found[path] = votes_read() - before
    return found


@pytest.mark.slow
def test_no_page_reads_votes_for_what_it_does_not_show(place, monkeypatch):
    """With two million votes a form that counted those of every hub took 300 ms."""
    monkeypatch.setattr(Template, "_render", _TestState.saved_data.template_render)  # copies no contexts
    reader = place.readers["facilitates"]
    assert reader is not None
    Bottleneck.objects.filter(pk=place.bottleneck.pk).update(generic_at=timezone.now() - timedelta(days=30))
    beside = f"/bottlenecks/{place.bottleneck.pk}"
    acts = ("support", "alike", "changes", "why-not", "propose", "end", "merge")
    lists = (
        "/bottlenecks/waiting/",
        "/bottlenecks/told/",
        "/themes/outline/",
        "/themes/versions/",
        "/bottlenecks/bulk/",
    )
    paths = [path for path, _most in place.pages("facilitates")] + [f"{beside}/{act}/" for act in acts] + [*lists]
    reading_votes(paths, reader)  # from now on what is the same for everybody is kept
    few = reading_votes(paths, reader)
    other = BottleneckFactory(title="Something else", hubs=[place.hub])
    Subject.objects.filter(pk=other.subject_id).update(closed_at=timezone.now())  # no list shows it
    Vote.objects.bulk_create(
        Vote(bottleneck=other, voter_key=uuid.uuid4(), hub=place.hub, evidence="") for _vote in range(OTHER_VOTES)
    )
    many = reading_votes(paths, reader)
    assert {path: (few[path], read) for path, read in many.items() if read > few[path] + MANY_MORE} == {}
