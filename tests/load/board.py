"""The pages with 50,000 bottlenecks and 2,000,000 votes, beside the reference page R3 (spec 09).

    python -m tests.load.board [--bottlenecks 50000] [--votes 2000000] [--blocks 15]

Makes its data by COPY in a database of its own on the embedded server, and prints milliseconds of CPU of Django and of
PostgreSQL a request, then answers a second with eight readers at once. The exit code says whether every page keeps to
its share of R3.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import time
from datetime import UTC, datetime
from functools import partial
from typing import Any

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.load.settings"

NOW = datetime.now(UTC)


def main() -> int:
    """Make the data, measure, print; 0 when every page keeps to its share of R3."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bottlenecks", type=int, default=50_000)
    parser.add_argument("--votes", type=int, default=2_000_000)
    parser.add_argument("--blocks", type=int, default=15)
    options = parser.parse_args()

    import django

    django.setup()
    _prepare()
    started = time.perf_counter()
    fill(options.bottlenecks, options.votes)
    print(
        f"{options.bottlenecks:,} bottlenecks, {options.votes:,} votes by COPY: {time.perf_counter() - started:.0f} s"
    )
    started = time.perf_counter()
    _check_figures()
    print(f"recount of all votes: {time.perf_counter() - started:.1f} s, all figures equal")
    return measure(options.blocks)


def _prepare() -> None:
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    call_command("collectstatic", verbosity=0, interactive=False)


# --- Data ------------------------------------------------------------------------------------------------------------
def fill(bottlenecks: int, votes: int) -> None:
    """Fill an empty database with twelve hubs and their members, much that holds them up, and sixty sessions."""
    from django.db import connection

    from portal.filling.fill import Size
    from portal.filling.fill import fill as fill_database

    size = Size(
        members=2_000, hubs=12, topics=60, bottlenecks=bottlenecks, votes=votes, sessions=60, comments=0, days=180
    )
    fill_database(size, now=NOW)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE)")


def _check_figures() -> None:
    from issues.bottlenecks.figures import differences

    assert list(differences()) == []


# --- Measuring -------------------------------------------------------------------------------------------------------
#: How many times R3 a page may cost; every page that is not named here: 1.5 times.
MOST = {
    "board": 1.0,
    "board compressed": 1.0,
    "board, search with a typing error": 3.0,
    "R3, the reference page": 1.0,
    "R3 compressed": 1.0,
}
MOST_OF_OTHERS = 1.5
COMPRESSED = "R3 compressed"
PLAIN = "R3, the reference page"
#: With eight readers at once a page answers at least so many times as often as R3.
LEAST, LEAST_OF_GUESTS = 0.7, 1.5


def measure(blocks: int) -> int:
    """Ask for every page and for R3 in turn and print what they cost; 0 when all keep to what is promised."""
    from django.conf import settings
    from django.test import Client

    from community.models import FacilitatorTerm, User
    from tests.load import throughput
    from tests.load.reference import HEADER, alternate

    assert not settings.DEBUG
    member = User.objects.order_by("pk")[7]
    User.objects.filter(pk=member.pk).update(language="nl")
    asking, guest = Client(raise_request_exception=True), Client(headers={"Accept-Language": "nl"})
    asking.force_login(member)
    judging, judge = Client(raise_request_exception=True), User.objects.order_by("pk")[8]
    FacilitatorTerm.objects.get_or_create(member=judge, ended_at=None)
    judging.force_login(judge)
    browser = {"HTTP_ACCEPT_ENCODING": "gzip"}
    addresses = _addresses(asking, member)
    pages = {
        PLAIN: partial(asking.get, "/reference/"),
        **{name: partial(asking.get, path) for name, path in addresses.items()},
        **{name: partial(judging.get, path) for name, path in _of_facilitator().items()},
        COMPRESSED: partial(asking.get, "/reference/", **browser),
        "board compressed": partial(asking.get, "/bottlenecks/", **browser),
        "board, next 30 by htmx": partial(
            asking.get, _next(asking), headers={"hx-request": "true", "hx-target": "more-rows"}
        ),
        "similar ones while typing": partial(
            asking.post, "/bottlenecks/similar/", {"title": "Toegang tot metadata", "situation": ""}
        ),
        "landing, visitor": partial(guest.get, "/"),
        "hubs, visitor": partial(guest.get, "/hubs/"),
    }
    samples = alternate(pages, blocks=blocks)
    print(f"{HEADER}  times R3")
    kept = True
    for name, sample in samples.items():
        times = sample.cpu / samples[COMPRESSED if name.endswith("compressed") else PLAIN].cpu
        most = MOST.get(name, MOST_OF_OTHERS)
        kept = kept and times <= most
        print(f"{sample.line(name)} {times:7.2f}{'' if times <= most else f'  more than {most}'}")

    cookie = f"sessionid={asking.cookies['sessionid'].value}"
    asked = {PLAIN: ("/reference/", cookie), **{name: (path, cookie) for name, path in addresses.items()}}
    asked |= {"landing, visitor": ("/", ""), "hubs, visitor": ("/hubs/", "")}
    answers = throughput.per_second(asked)
    print(f"{'':34} answers a second with {throughput.AT_ONCE} readers at once, times R3")
    for name, number in answers.items():
        times, least = number / answers[PLAIN], LEAST_OF_GUESTS if name.endswith("visitor") else LEAST
        kept = kept and times >= least
        print(f"{name:34} {number:7.0f} {times:7.2f}{'' if times >= least else f'  less than {least}'}")
    return 0 if kept else 1


def _addresses(asking: Any, member: Any) -> dict[str, str]:
    """Every page that is measured as a member, by name."""
    from events.models import Session

    session = Session.objects.filter(starts_at__gt=NOW).order_by("starts_at")[0]
    return {
        "board": "/bottlenecks/",
        "board, not yet supported": "/bottlenecks/?show=unsupported",
        "board, mine, new": "/bottlenecks/?show=mine&sort=new",
        "board, ended": "/bottlenecks/?status=ended",
        "board, one theme and hub": f"/bottlenecks/?theme={_slug()}&hub={_hub()}",
        "board, search two words": "/bottlenecks/?q=metadata+toegang",
        "board, search with a typing error": "/bottlenecks/?q=metdatta",
        "a bottleneck": _page(),
        "where its support comes from": f"{_beside()}support/",
        "what looks like it": f"{_beside()}alike/",
        "its changes": f"{_beside()}changes/",
        "waiting longest": "/bottlenecks/waiting/",
        "told my manager": "/bottlenecks/told/",
        "filing form": "/bottlenecks/new/",
        "home": "/",
        "hubs": "/hubs/",
        "a hub": f"/hubs/{_hub()}/",
        "members": "/members/",
        "members, search": "/members/?q=meer",
        "a member": member.get_absolute_url(),
        "profile form": "/me/profile/",
        "sessions": "/sessions/",
        "a session": session.get_absolute_url(),
        "themes": "/themes/",
        "outline": "/themes/outline/",
        "versions of themes": "/themes/versions/",
    }


def _next(asking: Any) -> str:
    found = re.search(r"\?after=([\w-]+)", asking.get("/bottlenecks/").content.decode())
    assert found is not None
    return f"/bottlenecks/{found[0]}"


def _slug() -> str:
    from issues.models import Theme

    return Theme.objects.order_by("pk").values_list("slug", flat=True)[0]


def _hub() -> str:
    from community.models import Hub

    return Hub.objects.order_by("pk").values_list("slug", flat=True)[0]


def _of_facilitator() -> dict[str, str]:
    """Pages of a facilitator about bottlenecks, by name."""
    return {
        "waiting longest, facilitator": "/bottlenecks/waiting/",
        "form: why not": f"{_beside()}why-not/",
        "form: ask hubs": f"{_beside()}propose/",
        "form: end": f"{_beside()}end/",
        "form: merge": f"{_beside()}merge/",
        "form: filing in bulk": "/bottlenecks/bulk/",
    }


def _beside() -> str:
    """What the addresses beside the page of the most supported bottleneck begin with."""
    from issues.models import Bottleneck

    return f"/bottlenecks/{Bottleneck.objects.order_by('-support')[0].pk}/"


def _page() -> str:
    from issues.models import Bottleneck

    return Bottleneck.objects.order_by("-support")[0].get_absolute_url()


if __name__ == "__main__":
    sys.exit(main())
