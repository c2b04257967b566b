"""Many at once: capacity and the waitlist hold whatever happens together. Spec 04, RSVP."""

import os
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import timedelta
from functools import partial
from http.client import HTTPConnection
from urllib.parse import urlencode, urlsplit, urlunsplit

import pytest
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.cached_db import SessionStore
from django.db import connection, connections
from django.utils import timezone

from activity.models import Activity, Email
from community.accounts.actions import erase_member
from community.models import User
from events import actions, verbs
from events.models import Rsvp, Session
from tests.factories import RoomFactory, SessionFactory, UserFactory, facilitator
from tests.races import run_together
from ui.errors import RuleBroken

pytestmark = pytest.mark.django_db(transaction=True)


def assert_consistent(session: Session) -> Counter[str]:
    """Places within the capacity, the count as a recount gives it, positions from 1 without gap."""
    session.refresh_from_db()
    found = Counter(session.rsvps.values_list("state", flat=True))
    taken = found["going"] + found["offered"]
    assert session.taken_count == taken
    assert session.capacity is None or taken <= session.capacity
    positions = list(session.rsvps.waitlisted().values_list("position", flat=True))
    assert positions == list(range(1, len(positions) + 1))
    return found


def session_cookie(user: User) -> str:
    store = SessionStore()
    store[SESSION_KEY] = str(user.pk)
    store[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    store.create()
    assert store.session_key is not None
    return store.session_key


@contextmanager
def granian(connections_at_once: int) -> Iterator[tuple[str, int]]:
    """A real server on the database and cache of this test, with so many threads, each with a connection."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    name = connection.settings_dict["NAME"]
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "DATABASE_URL": urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}")),
        "DATABASE_POOL_SIZE": str(connections_at_once),
    }
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)]
    command += [
        "--blocking-threads",
        str(connections_at_once),
        "--no-ws",
        "--log-level",
        "warning",
        "portal.wsgi:application",
    ]
    server = subprocess.Popen(command, env=environment, cwd=settings.BASE_DIR)
    try:
        _wait_for(port, server)
        yield "127.0.0.1", port
    finally:
        server.terminate()
        server.wait(timeout=30)


def _wait_for(port: int, server: "subprocess.Popen[bytes]") -> None:
    """Come back once the server answers; it fails the test when it ends or takes longer than a minute."""
    until = time.monotonic() + 60
    while time.monotonic() < until and server.poll() is None:
        http = HTTPConnection("127.0.0.1", port, timeout=30)
        with suppress(OSError):
            http.request("GET", "/sessions/calendar.ics")
            assert http.getresponse().status == 200
            http.close()
            return
        time.sleep(0.05)  # nothing listens yet
    pytest.fail("granian does not answer")


@pytest.mark.slow
def test_two_hundred_rsvps_at_once_over_http_fill_thirty_places_and_the_rest_waits_in_order_of_commit():
    """40 clients at a real server; at least 20 database connections are seen to work at once."""
    session = SessionFactory(capacity=30)
    members = User.objects.bulk_create(
        [
            User(name=f"P {n}", email=f"p{n}@doorbraak.example", handle=f"p-{n}", activated_at=timezone.now())
            for n in range(200)
        ]
    )
    cookies = [session_cookie(member) for member in members]
    token = "a" * 32
    barrier = threading.Barrier(40)
    statuses: list[int] = []
    seen = _ConnectionWatch()

    def client(batch: list[str]) -> None:
        barrier.wait(timeout=30)
        for cookie in batch:
            http = HTTPConnection(address[0], address[1], timeout=120)
            headers = {
                "Cookie": f"sessionid={cookie}; csrftoken={token}",
                "Content-Type": "application/x-www-form-urlencoded",
                "HX-Request": "true",
            }
            body = urlencode({"answer": "going", "csrfmiddlewaretoken": token})
            http.request("POST", f"/sessions/{session.pk}/answer/", body, headers)
            statuses.append(http.getresponse().status)
            http.close()

    with granian(40) as address, seen, ThreadPoolExecutor(40) as pool:
        list(pool.map(client, [cookies[n::40] for n in range(40)]))

    assert statuses == [200] * 200
    assert seen.most >= 20
    assert assert_consistent(session) == {"going": 30, "waitlisted": 170}
    assert Email.objects.values("kind").distinct().count() == 2
    assert Email.objects.count() == 200
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT position FROM events_rsvp WHERE session_id = %s AND state = 'waitlisted'"
            " ORDER BY pg_xact_commit_timestamp(xmin)",
            [session.pk],
        )
        in_order_of_commit = [row[0] for row in cursor.fetchall()]
    assert in_order_of_commit == list(range(1, 171))
    written = Activity.objects.filter(subject=session.subject).order_by("pk").values_list("verb", flat=True)
    assert list(written) == [verbs.PLACE_TAKEN.key] * 30 + [verbs.WAITLIST_JOINED.key] * 170


class _ConnectionWatch:
    """Counts, until it is left, how many connections to this database work for us at once."""

    def __init__(self) -> None:
        self.most = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def _watch(self) -> None:
        try:
            while not self._over.wait(0.01):
                with connection.cursor() as cursor:
                    cursor.execute(
                        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                        " AND pid <> pg_backend_pid() AND state <> 'idle'"
                    )
                    self.most = max(self.most, cursor.fetchone()[0])
        finally:
            connections.close_all()

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_error: object) -> None:
        self._over.set()
        self._thread.join(timeout=30)


def test_two_members_and_one_last_place():
    for _round in range(5):
        session = SessionFactory(capacity=1)
        members = UserFactory.create_batch(2)
        calls = [partial(actions.answer_rsvp, session=session, by=member, answer="going") for member in members]
        results = run_together(*calls)
        assert all(isinstance(result, Rsvp) for result in results)
        assert assert_consistent(session) == {"going": 1, "waitlisted": 1}


def test_one_member_twice_at_once_has_one_place():
    for _round in range(5):
        session = SessionFactory(capacity=3)
        member = UserFactory()
        call = partial(actions.answer_rsvp, session=session, by=member, answer="going")
        results = run_together(*[call] * 4)
        assert {result.placing for result in results} == {1}
        assert assert_consistent(session) == {"going": 1}


def test_withdrawing_and_joining_at_once():
    for _round in range(5):
        session = SessionFactory(capacity=2)
        a, b, c, d, e = UserFactory.create_batch(5)
        for member in (a, b, c):
            actions.answer_rsvp(session=session, by=member, answer="going")
        run_together(
            partial(actions.withdraw, session=session, by=a),
            partial(actions.withdraw, session=session, by=b),
            partial(actions.answer_rsvp, session=session, by=d, answer="going"),
            partial(actions.answer_rsvp, session=session, by=e, answer="going"),
        )
        found = assert_consistent(session)
        assert (found["going"], found["waitlisted"]) == (2, 1)
        assert Rsvp.objects.get(session=session, member=c).state == "going"


def test_lowering_the_capacity_while_members_join():
    organiser = facilitator()
    for _round in range(5):
        session = SessionFactory(capacity=4)
        members = UserFactory.create_batch(6)
        calls = [partial(actions.answer_rsvp, session=session, by=member, answer="going") for member in members]
        lower = partial(actions.change_session, session=session, by=organiser, version=1, capacity=2)
        results = run_together(*calls, lower)
        assert not [result for result in results if isinstance(result, BaseException)]
        session.refresh_from_db()
        found = Counter(session.rsvps.values_list("state", flat=True))
        assert session.capacity == 2
        assert 2 <= found["going"] <= 4  # who was in before is not evicted, nobody came in after
        assert session.taken_count == found["going"]
        assert found["going"] + found["waitlisted"] == 6


def test_an_offer_expires_while_it_is_accepted():
    for _round in range(5):
        session = SessionFactory(capacity=1, starts_at=timezone.now() + timedelta(hours=30))
        a, b, c = UserFactory.create_batch(3)
        for member in (a, b, c):
            actions.answer_rsvp(session=session, by=member, answer="going")
        actions.withdraw(session=session, by=a)
        late = timezone.now() + timedelta(hours=20)
        results = run_together(
            partial(actions.accept_offer, session=session, by=b),
            partial(actions.expire_offers, now=late),
            partial(actions.expire_offers, now=late),
        )
        found = assert_consistent(session)
        accepted = isinstance(results[0], Rsvp)
        assert accepted or isinstance(results[0], RuleBroken)
        assert (Rsvp.objects.get(session=session, member=b).state == "going") is accepted
        assert found["going"] == (1 if accepted else 0)


def test_two_claim_the_last_free_place():
    for _round in range(5):
        session = SessionFactory(capacity=1, starts_at=timezone.now() + timedelta(hours=5))
        a, b, c = UserFactory.create_batch(3)
        for member in (a, b, c):
            actions.answer_rsvp(session=session, by=member, answer="going")
        actions.withdraw(session=session, by=a)
        results = run_together(*[partial(actions.claim_place, session=session, by=member) for member in (b, c)])
        assert sorted(type(result).__name__ for result in results) == ["Rsvp", "RuleBroken"]
        assert assert_consistent(session) == {"going": 1, "waitlisted": 1, "not_going": 1}


def test_an_account_is_erased_while_others_join_and_leave():
    for _round in range(3):
        session = SessionFactory(capacity=2)
        a, b, c, d = UserFactory.create_batch(4)
        for member in (a, b, c):
            actions.answer_rsvp(session=session, by=member, answer="going")
        results = run_together(
            partial(erase_member, member=a),
            partial(actions.answer_rsvp, session=session, by=d, answer="going"),
        )
        assert not [result for result in results if isinstance(result, BaseException)]
        found = assert_consistent(session)
        assert (found["going"], found["waitlisted"], found["not_going"]) == (2, 1, 1)


def test_an_account_is_erased_while_its_turn_on_the_waitlist_comes():
    for _round in range(5):
        session = SessionFactory(capacity=1)
        a, b, c = UserFactory.create_batch(3)
        for member in (a, b, c):
            actions.answer_rsvp(session=session, by=member, answer="going")
        results = run_together(partial(erase_member, member=b), partial(actions.withdraw, session=session, by=a))
        assert not [result for result in results if isinstance(result, BaseException)]
        assert_consistent(session)
        assert Rsvp.objects.get(session=session, member=c).state == "going"


def test_two_double_bookings_at_once_leave_one():
    organiser = facilitator()
    room = RoomFactory()
    start = timezone.now() + timedelta(days=9)
    fields = {
        "by": organiser,
        "title": "At once",
        "starts_at": start,
        "ends_at": start + timedelta(hours=1),
        "room": room,
    }
    results = run_together(*[partial(actions.schedule_session, **fields)] * 2)
    assert sorted(type(result).__name__ for result in results) == ["RoomTaken", "Session"]
    assert Session.objects.count() == 1


def test_the_same_form_posted_twice_at_once_makes_one_session():
    organiser = facilitator()
    start = timezone.now() + timedelta(days=9)
    fields = {"by": organiser, "title": "Once", "starts_at": start, "ends_at": start + timedelta(hours=1)}
    key = uuid.uuid4()
    results = run_together(*[partial(actions.schedule_session, creation_key=key, **fields)] * 3)
    assert len({result.pk for result in results}) == 1
    assert Session.objects.count() == 1
