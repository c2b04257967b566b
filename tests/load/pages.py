"""Every page in a community of 100,000 members: queries, milliseconds and bytes.

    python -m tests.load.pages [--members 100000] [--hubs 2000] [--bottlenecks 50000] [--votes 2000000] [--explain 50]

Fills a database of its own as ``manage.py load_community`` does (``portal.filling``): hubs (one with 5,000 members),
bottlenecks and votes, sessions (one with 20,000 RSVPs), comments, and a ledger that tells of all of it. No page may
need more than 100 ms of SQL or more than 12 queries; the exit code says whether one does. ``--explain`` prints the plan
of statements slower than so many milliseconds.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from statistics import median
from typing import Any

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.load.settings"

from tests.load.board import _prepare

MOST_SQL = 100.0  # milliseconds of SQL that a page may cost
MOST_QUERIES = 12


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

    from django.db import connection

    from portal.filling.fill import Size, fill

    _prepare()
    started = time.perf_counter()
    size = replace(Size.of(options.members), hubs=options.hubs, bottlenecks=options.bottlenecks, votes=options.votes)
    fill(size)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE)")
    print(f"{size} by COPY: {time.perf_counter() - started:.0f} s")
    return measure(options.rounds, options.explain)


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
        ("board, one hub without any", member, f"/bottlenecks/?hub={Hub.objects.latest('pk').slug}"),
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
        ("outline", member, "/themes/outline/"),
        ("outline, PDF", member, "/themes/outline.pdf"),
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
