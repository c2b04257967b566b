"""Every page in a community of 100,000 members: queries, milliseconds and bytes.

    python -m tests.load.pages [--members 100000] [--hubs 2000] [--bottlenecks 50000] [--votes 2000000] [--explain 50]

Fills a database of its own by COPY: bottlenecks and votes as ``tests.load.board`` makes them, and around them hubs (one
with 5,000 members), sessions (one with 20,000 RSVPs) and a ledger of 500,000 entries. No page may need more than
100 ms of SQL or more than 12 queries; the exit code says whether one does. ``--explain`` prints the plan of statements
slower than so many milliseconds.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from statistics import median
from typing import Any

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.load.settings"

from tests.load.board import HUBS, MEMBERS, NOW, WORDS, _copy, _prepare, fill

MOST_SQL = 100.0  # milliseconds of SQL that a page may cost
MOST_QUERIES = 12
BIG_HUB, BIG_SESSION, BIG_LEDGER = 5_000, 20_000, 500_000
SESSIONS, TOPICS = 1_000, 120
MANY_HUBS = 150  # hubs of the member who is in many
HUB_SUBJECTS_FROM, SESSION_SUBJECTS_FROM = 4_000_000, 5_000_000
FIRST = ["Aïsha", "Aylin", "Bram", "Chris", "Daan", "Élodie", "Fatma", "Jan", "Noor", "Öznur", "Ruben", "Sanne"]
LAST = ["de Boer", "Smit", "van den Berg", "Jansen", "Yılmaz", "de Vries", "Bakker", "van Dijk", "Meijer", "Mulder"]
CITIES = ["Utrecht", "Amersfoort", "Zwolle", "Groningen", "Den Haag", "Rotterdam", "Arnhem", "Breda", "Venlo", "Assen"]


def main() -> int:
    """Fill, measure, print; 1 when a page costs more than is promised."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--members", type=int, default=100_000)
    parser.add_argument("--hubs", type=int, default=2_000)
    parser.add_argument("--bottlenecks", type=int, default=50_000)
    parser.add_argument("--votes", type=int, default=2_000_000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--explain", type=float, default=0, help="print plans of statements slower than this (ms)")
    options = parser.parse_args()

    import django

    django.setup()
    _prepare()
    started = time.perf_counter()
    fill(options.bottlenecks, options.votes)
    surround(options.members, options.hubs)
    print(
        f"{options.members:,} members, {options.hubs:,} hubs, {options.bottlenecks:,} bottlenecks,"
        f" {options.votes:,} votes, {SESSIONS:,} sessions by COPY: {time.perf_counter() - started:.0f} s"
    )
    return measure(options.rounds, options.explain)


# --- Data ------------------------------------------------------------------------------------------------------------
def surround(members: int, hubs: int) -> None:
    """Add to what the board's filling made until there are ``members`` and ``hubs``, and everything around them."""
    from django.db import connection

    from community.hubs.tallies import keep_all
    from community.models import Hub, MemberTally, User
    from issues.models import Bottleneck

    chance = random.Random(11)
    old_hubs, old_members = list(Hub.objects.order_by("pk")), list(User.objects.order_by("pk"))
    assert (len(old_hubs), len(old_members)) == (HUBS, MEMBERS)
    first_hub, first_member = old_hubs[-1].pk + 1, old_members[-1].pk + 1
    hub_ids = [*(hub.pk for hub in old_hubs), *range(first_hub, first_hub + hubs - HUBS)]
    member_ids = [*(member.pk for member in old_members), *range(first_member, first_member + members - MEMBERS)]
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = off")
        new_hubs = list(enumerate(hub_ids[HUBS:]))
        _copy(
            cursor,
            "activity_subject",
            "id, kind, title, language, url, audience, created_at, announced_at",
            (
                (HUB_SUBJECTS_FROM + n, "hub", f"Kring {n}", "nl", f"/hubs/kring-{n}/", "members", NOW, NOW)
                for n, _pk in new_hubs
            ),
        )
        _copy(
            cursor,
            "community_hub",
            "id, subject_id, name, slug, tagline, about, language, city, state, join_policy, contact, imported,"
            " version",
            (
                (
                    pk,
                    HUB_SUBJECTS_FROM + n,
                    f"Kring {n}",
                    f"kring-{n}",
                    "Samen verder",
                    _text(chance),
                    "nl",
                    chance.choice(CITIES),
                    "active",
                    "open",
                    "",
                    "{}",
                    1,
                )
                for n, pk in new_hubs
            ),
        )
        _copy(
            cursor,
            "activity_subject_hubs",
            "from_subject_id, to_subject_id",
            ((HUB_SUBJECTS_FROM + n, HUB_SUBJECTS_FROM + n) for n, _pk in new_hubs),
        )
        _copy(
            cursor,
            "community_user",
            "id, password, is_superuser, email, name, handle, voter_key, role, role_other, city, bio, bio_language,"
            " language, time_zone, primary_hub_id, shows_support, joined_on, seen_on, activated_at, imported, version,"
            " is_active, is_staff",
            _members(member_ids[MEMBERS:], hub_ids, chance),
        )
        _copy(
            cursor,
            "community_membership",
            "member_id, hub_id, role, started_at",
            _memberships(member_ids, hub_ids, chance),
        )
        keep_all(MemberTally)
        _fill_topics(cursor, member_ids, hub_ids, chance)
        _fill_sessions(cursor, member_ids, hub_ids, chance)
        cursor.execute(
            "INSERT INTO activity_subject_hubs (from_subject_id, to_subject_id)"
            " SELECT b.subject_id, h.subject_id FROM issues_touchedhub t JOIN issues_bottleneck b"
            " ON b.id = t.bottleneck_id JOIN community_hub h ON h.id = t.hub_id ON CONFLICT DO NOTHING"
        )
        hub_subjects = list(Hub.objects.order_by("pk").values_list("subject", flat=True))
        bottlenecks = list(Bottleneck.objects.order_by("-support").values_list("subject", flat=True))
        _copy(
            cursor,
            "activity_activity",
            "actor_id, actor_kind, verb, is_news, subject_id, data, readers, at",
            _ledger(member_ids, hub_subjects, bottlenecks, chance),
        )
        for table in ("activity_subject", "community_hub", "community_user", "events_session"):
            cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))")
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE)")


def _text(chance: random.Random) -> str:
    return " ".join(chance.choices(WORDS, k=40)).capitalize() + "."


def _members(ids: list[int], hubs: list[int], chance: random.Random) -> Iterator[tuple[Any, ...]]:
    for pk in ids:
        key = uuid.UUID(int=chance.getrandbits(128), version=4)
        name = f"{chance.choice(FIRST)} {chance.choice(LAST)} {chance.choice(WORDS).capitalize()}"
        yield (
            *(pk, "!", False, f"lid{pk}@doorbraak.example", name, f"lid-{pk}", key, "data_scientist", ""),
            *(chance.choice(CITIES), _text(chance), "nl", "nl", "Europe/Amsterdam", chance.choice(hubs), pk % 3 == 0),
            *(NOW.date(), NOW.date(), NOW if pk % 50 else None, "{}", 1, True, False),
        )


def _memberships(members: list[int], hubs: list[int], chance: random.Random) -> Iterator[tuple[Any, ...]]:
    """One hub for everybody, a second for some, ``BIG_HUB`` members in the first hub, one member in many."""
    for n, member in enumerate(members):
        own = {chance.choice(hubs[1:])} | ({chance.choice(hubs[1:])} if n % 3 == 0 else set())
        if n < BIG_HUB:
            own.add(hubs[0])
        if n == 1:
            own |= set(hubs[:MANY_HUBS])
        for hub in sorted(own):
            role = "representative" if chance.random() < 0.02 else "member"
            yield member, hub, role, NOW - timedelta(days=chance.randint(1, 1_500))


def _fill_topics(cursor: Any, members: list[int], hubs: list[int], chance: random.Random) -> None:
    from community.models import Topic

    names = [f"{WORDS[n % len(WORDS)]} {n}" for n in range(TOPICS)]
    Topic.objects.bulk_create(
        Topic(slug=name.replace(" ", "-"), label_en=f"{name} en", label_nl=name, aliases=[f"{name} anders"])
        for name in names
    )
    topics = list(Topic.objects.values_list("pk", flat=True))
    kinds = ["can_do", "ask_me", "wants_to_learn"]
    _copy(
        cursor,
        "community_membertopic",
        "member_id, topic_id, kind, confirmed_on",
        (
            (member, topic, chance.choice(kinds), NOW.date() - timedelta(days=chance.randint(0, 900)))
            for member in members
            for topic in chance.sample(topics, 3)
        ),
    )
    _copy(
        cursor,
        "community_hubtopic",
        "hub_id, topic_id",
        ((hub, topic) for hub in hubs for topic in chance.sample(topics, 2)),
    )


def _fill_sessions(cursor: Any, members: list[int], hubs: list[int], chance: random.Random) -> None:
    """Sessions from two years ago to half a year ahead; the one with most RSVPs comes in a month."""
    numbers = range(1, SESSIONS + 1)
    starts = {n: NOW + timedelta(days=30, hours=n) if n == 1 else NOW + timedelta(hours=6 * (n - 730)) for n in numbers}
    _copy(
        cursor,
        "activity_subject",
        "id, kind, title, language, url, audience, created_at, announced_at",
        (
            (
                SESSION_SUBJECTS_FROM + n,
                "session",
                f"Bijeenkomst {n}",
                "nl",
                f"/sessions/{n}-bijeenkomst-{n}/",
                "public" if n % 10 == 0 else "members",
                NOW - timedelta(days=900),
                NOW - timedelta(days=900),
            )
            for n in numbers
        ),
    )
    _copy(
        cursor,
        "events_session",
        "id, subject_id, kind, hub_id, title, description, language, starts_at, ends_at, time_zone, capacity, state,"
        " cancel_reason, published_at, changed_at, taken_count, sequence, version",
        (
            (
                n,
                SESSION_SUBJECTS_FROM + n,
                "community_day" if n == 1 else "hub_meeting",
                None if n == 1 else chance.choice(hubs),
                f"Bijeenkomst {n}",
                _text(chance),
                "nl",
                starts[n],
                starts[n] + timedelta(hours=2),
                "Europe/Amsterdam",
                BIG_SESSION // 2 if n == 1 else None,
                "published",
                "",
                min(NOW, starts[n]) - timedelta(days=60),
                NOW,
                BIG_SESSION // 2 if n == 1 else 20,
                0,
                1,
            )
            for n in numbers
        ),
    )
    _copy(
        cursor,
        "events_rsvp",
        'session_id, member_id, hub_id, state, position, "placing", placed_at, shows_name, sequence, answered_at,'
        " removal_reason",
        _rsvps(members, hubs, chance),
    )


def _rsvps(members: list[int], hubs: list[int], chance: random.Random) -> Iterator[tuple[Any, ...]]:
    """Half of those of the large session have a place, half wait."""
    for place, member in enumerate(members[:BIG_SESSION]):
        going = place < BIG_SESSION // 2
        yield (
            *(1, member, chance.choice(hubs), "going" if going else "waitlisted"),
            *(None if going else place - BIG_SESSION // 2 + 1, int(going), NOW if going else None, True, 0, NOW, ""),
        )
    for session in range(2, SESSIONS + 1):
        for member in {*chance.sample(members, 19), members[7]}:
            yield session, member, chance.choice(hubs), "going", None, 1, NOW, True, 0, NOW, ""


def _ledger(
    members: list[int], hubs: list[int], bottlenecks: list[int], chance: random.Random
) -> Iterator[tuple[Any, ...]]:
    """Mostly votes, of which much is about a few subjects, and some of everything else."""
    for n in range(BIG_LEDGER):
        at = NOW - timedelta(minutes=3 * (BIG_LEDGER - n))
        match n % 20:
            case 0:
                yield chance.choice(members), "member", "hub_joined", False, chance.choice(hubs), "{}", "subject", at
            case 1:
                yield chance.choice(members), "member", "hub_joined", False, hubs[0], "{}", "subject", at
            case 2:
                yield None, "unsigned", "place_taken", False, SESSION_SUBJECTS_FROM + 1, "{}", "subject", at
            case 3:
                subject = chance.choice(bottlenecks)
                yield chance.choice(members), "member", "bottleneck_filed", True, subject, "{}", "subject", at
            case 4:
                yield None, "unsigned", "voted", False, bottlenecks[0], "{}", "subject", at
            case _:
                yield None, "unsigned", "voted", False, chance.choice(bottlenecks), "{}", "subject", at


# --- Measuring -------------------------------------------------------------------------------------------------------
@dataclass
class Cost:
    """What one page cost, in milliseconds; a list holds one figure a round."""

    queries: int = 0
    sql: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    size: int = 0
    slowest: tuple[float, str, Any] = (0, "", None)


def measure(rounds: int, explain: float) -> int:
    """Ask for every page ``rounds`` times, print what they cost; 1 when one costs too much."""
    pages = _pages()
    too_much = []
    print(f"{'':52} {'queries':>7} {'SQL':>8} {'slowest':>8} {'CPU':>8} {'kB':>8}   (ms)")
    for name, ask in pages.items():
        cost = _cost_of(name, ask, rounds)
        sql = median(cost.sql)
        mark = ""
        if sql > MOST_SQL or cost.queries > MOST_QUERIES:
            too_much.append(name)
            mark = "  <--"
        figures = f"{cost.queries:7} {sql:8.1f} {cost.slowest[0]:8.1f} {median(cost.cpu):8.1f} {cost.size / 1000:8.1f}"
        print(f"{name:52} {figures}{mark}", flush=True)
        if explain and cost.slowest[0] > explain:
            _explain(*cost.slowest)
    print(
        f"at most {MOST_SQL:.0f} ms of SQL and {MOST_QUERIES} queries are promised; too much: {too_much or 'nothing'}"
    )
    return 1 if too_much else 0


def _cost_of(name: str, ask: Callable[[], Any], rounds: int) -> Cost:
    """The first two rounds fill caches and are not counted."""
    from django.db import connection

    cost = Cost()
    for number in range(rounds + 2):
        statements: list[tuple[float, str, Any]] = []

        def timed(execute: Any, sql: str, params: Any, many: bool, context: Any, seen: Any = statements) -> Any:
            began = time.perf_counter()
            result = execute(sql, params, many, context)
            seen.append(((time.perf_counter() - began) * 1000, sql, params))
            return result

        began = time.process_time()
        with connection.execute_wrapper(timed):
            response = ask()
        spent = (time.process_time() - began) * 1000
        assert response.status_code == 200, (name, response.status_code, response.headers)
        if number < 2:
            continue
        cost.queries = len(statements)
        cost.sql.append(sum(took for took, _sql, _params in statements))
        cost.cpu.append(spent)
        cost.size = len(response.content)
        slowest = max(statements, key=lambda row: row[0], default=cost.slowest)
        if not cost.slowest[1] or slowest[0] < cost.slowest[0]:
            cost.slowest = slowest
    return cost


def _explain(_took: float, sql: str, params: Any) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS OFF) {sql}", params)
        plan = "\n      ".join(row[0] for row in cursor.fetchall())
    print(f"    {sql}\n    {params}\n      {plan}")


def _pages() -> dict[str, Callable[[], Any]]:
    """Every page by what it is called, with who asks."""
    from django.test import Client
    from django.utils import timezone

    from activity.links import FEED, token_for
    from community.models import FacilitatorTerm, Hub, User
    from events.links import CALENDAR
    from events.models import Session
    from issues.models import Bottleneck, Theme

    people = list(User.objects.order_by("pk")[:8])
    plain, many, leads = people[7], people[1], people[3]
    FacilitatorTerm.objects.create(member=leads, started_at=timezone.now())
    askers = {}
    for key, member in (("", plain), ("many hubs", many), ("facilitator", leads)):
        askers[key] = Client()
        askers[key].force_login(member)
    member, facilitator, visitor = askers[""], askers["facilitator"], Client()
    hub = Hub.objects.order_by("pk")[0]
    theme = Theme.objects.order_by("pk")[0].slug
    top, session = Bottleneck.objects.order_by("-support")[0], Session.objects.get(pk=1)
    calendar = token_for(purpose=CALENDAR, member=plain)
    feed = token_for(purpose=FEED, member=plain)
    feed_of_many = token_for(purpose=FEED, member=many)
    wanted: list[tuple[str, Any, str]] = [
        ("landing", visitor, "/"),
        ("home", member, "/"),
        ("home of a member in many hubs", askers["many hubs"], "/"),
        ("home of a facilitator", facilitator, "/"),
        ("hubs, visitor", visitor, "/hubs/"),
        ("hubs", member, "/hubs/"),
        ("hubs, compact", member, "/hubs/?view=compact"),
        ("hubs, mine (many)", askers["many hubs"], "/hubs/?mine=1"),
        ("hubs, one city", member, "/hubs/?city=Utrecht"),
        ("hub with 5,000 members", member, hub.get_absolute_url()),
        ("hub, member in many hubs", askers["many hubs"], hub.get_absolute_url()),
        ("hub, facilitator", facilitator, hub.get_absolute_url()),
        ("members of that hub", member, f"{hub.get_absolute_url()}members/"),
        ("members of that hub, member in many hubs", askers["many hubs"], f"{hub.get_absolute_url()}members/"),
        ("directory", member, "/members/"),
        ("directory, member in many hubs", askers["many hubs"], "/members/"),
        ("directory, facilitator", facilitator, "/members/"),
        ("directory, a first name", member, "/members/?q=aisha"),
        ("directory, a topic", member, "/members/?q=metadata"),
        ("directory, two names", member, "/members/?q=berg+aisha"),
        ("directory, two letters", member, "/members/?q=ja"),
        ("directory, a name and a topic", member, "/members/?q=bram+metadata"),
        ("directory, typing error", member, "/members/?q=snanne+smti"),
        ("directory, nothing found", member, "/members/?q=xyzzy"),
        ("directory, one hub", member, f"/members/?hub={hub.slug}"),
        ("a member", member, people[2].get_absolute_url()),
        ("profile form", member, "/me/profile/"),
        ("facilitators", member, "/facilitators/"),
        ("board", member, "/bottlenecks/"),
        ("board, member in many hubs", askers["many hubs"], "/bottlenecks/"),
        ("board, facilitator", facilitator, "/bottlenecks/"),
        ("board, new", member, "/bottlenecks/?sort=new"),
        ("board, hours", member, "/bottlenecks/?sort=hours"),
        ("board, not yet supported", member, "/bottlenecks/?show=unsupported"),
        ("board, mine", member, "/bottlenecks/?show=mine"),
        ("board, generic", member, "/bottlenecks/?show=generic"),
        ("board, one theme", member, f"/bottlenecks/?theme={theme}"),
        ("board, one hub", member, f"/bottlenecks/?hub={hub.slug}"),
        ("board, one hub without any", member, "/bottlenecks/?hub=kring-5"),
        ("board, theme and hub", member, f"/bottlenecks/?theme={theme}&hub={hub.slug}"),
        ("board, theme and hub, new", member, f"/bottlenecks/?theme={theme}&hub={hub.slug}&sort=new"),
        ("board, search", member, "/bottlenecks/?q=metadata+toegang"),
        ("board, search with a typing error", member, "/bottlenecks/?q=metdatta"),
        ("board, search with letters exchanged", member, "/bottlenecks/?q=metdaata+toegnag"),
        ("board, search for a part of a word", member, "/bottlenecks/?q=tadat"),
        ("board, search in a hub", member, f"/bottlenecks/?q=metadata&hub={hub.slug}"),
        ("a bottleneck", member, top.get_absolute_url()),
        ("a bottleneck, facilitator", facilitator, top.get_absolute_url()),
        ("bottleneck form", member, "/bottlenecks/new/"),
        ("themes", facilitator, "/themes/"),
        ("agenda", member, "/sessions/"),
        ("agenda, mine", member, "/sessions/mine/"),
        ("agenda, past", member, "/sessions/past/"),
        ("agenda, past, search", member, "/sessions/past/?q=metadata"),
        ("agenda, past, search with a typing error", member, "/sessions/past/?q=metdaata"),
        ("agenda, facilitator", facilitator, "/sessions/"),
        ("session with 20,000 RSVPs", member, session.get_absolute_url()),
        ("session, facilitator", facilitator, session.get_absolute_url()),
        ("people of that session", member, "/sessions/1/people/"),
        ("people, facilitator", facilitator, "/sessions/1/people/"),
        ("session form", facilitator, "/sessions/new/"),
        ("session cancel form", facilitator, "/sessions/1/cancel/"),
        ("session as a calendar", member, "/sessions/1/calendar.ics"),
        ("public calendar", visitor, "/sessions/calendar.ics"),
        ("calendar of a member at every session", visitor, f"/calendar/{calendar}.ics"),
        ("feed addresses", askers["many hubs"], "/me/feeds/"),
        ("feed of everything", visitor, f"/feeds/{feed}/community.atom"),
        ("feed of everything, member in many hubs", visitor, f"/feeds/{feed_of_many}/community.atom"),
        ("feed of a hub", visitor, f"/feeds/{feed}/subjects/{hub.subject_id}.atom"),
    ]
    return {name: partial(client.get, path, follow=False) for name, client, path in wanted}


if __name__ == "__main__":
    sys.exit(main())
