"""What a visit weighs and costs: ``make bench``, or ``python -m tests.load.bench [--members 20000] [--quick]``.

Prints, for a portal with production settings: bytes and requests of a first visit and of the pages after it, memory of
the web processes (PSS), and CPU of the main pages for a signed-in member of a large community, beside the board and its
reference page (``tests.load.board``). Spec 00, Speed; 09, Measured beforehand.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from tests import chromium, servers
from tests.browser.pages import MEMBER
from tests.browser.site import ROOT, Site, running_site
from tests.browser.test_weight import watch

PAGES = {
    "home": "/",
    "hubs": "/hubs/",
    "a hub": "/hubs/kern-oost/",
    "members": "/members/",
    "a member": "/members/anna-van-den-berg/",
    "bottlenecks": "/bottlenecks/",
    "file a bottleneck": "/bottlenecks/new/",
    "sessions": "/sessions/",
}
GROW = """
    import random, uuid
    from django.db import connection
    from community.models import Hub, Membership, User
    chance = random.Random(1)
    hubs = list(Hub.objects.all())
    for start in range(0, members, 5_000):
        made = User.objects.bulk_create(
            User(email=f"m{n}@voorbeeld.example", name=f"Lid {n} Voorbeeld", handle=f"lid-{n}", password="!",
                 voter_key=uuid.UUID(int=chance.getrandbits(128), version=4), city=chance.choice(hubs).city,
                 primary_hub=chance.choice(hubs), activated_at="2024-01-01T09:00Z", joined_on="2024-01-01")
            for n in range(start, min(start + 5_000, members))
        )
        Membership.objects.bulk_create(Membership(member=user, hub=user.primary_hub) for user in made)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    result = User.objects.count()
"""


def main() -> int:
    """Start a portal, measure, print. Exits with the verdict of the board's own measurement."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--members", type=int, default=20_000, help="how large the community is (default 20,000)")
    parser.add_argument("--rounds", type=int, default=60, help="requests for each page (default 60)")
    parser.add_argument("--quick", action="store_true", help="leave out the board with 2,000,000 votes")
    wanted = parser.parse_args()
    os.environ.setdefault("SECRET_KEY", "only-for-measuring-" + "x" * 50)
    servers.provide()
    with tempfile.TemporaryDirectory(prefix="doorbraak-bench-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o711)
        with running_site(Path(folder), workers=2) as site:
            weigh(site)
            members = site.backstage.run(GROW, members=wanted.members)
            measure_cpu(site, members, wanted.rounds)
            print_memory(site)
    if wanted.quick:
        return 0
    print("\nThe board at 50,000 bottlenecks and 2,000,000 votes, beside the reference page", flush=True)
    board = subprocess.run([sys.executable, "-m", "tests.load.board"], cwd=ROOT, check=False).returncode
    print("\nEvery page in a community of 100,000 members", flush=True)
    # Servers of its own: both fill an empty database.
    own = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}}
    pages = subprocess.run([sys.executable, "-m", "tests.load.pages"], cwd=ROOT, check=False, env=own).returncode
    return board or pages


def weigh(site: Site) -> None:
    """Print what a browser fetches at a first visit, and for the pages after it."""
    path = chromium.find()
    if path is None:
        print("No Chromium on this machine, so bytes and requests are not measured.")
        return
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=arguments)
        for who, reader in (("visitor", None), ("member", MEMBER)):
            _weigh_as(browser, site, who, reader)
        browser.close()


def _weigh_as(browser: Browser, site: Site, who: str, reader: str | None) -> None:
    context = browser.new_context(base_url=site.url, locale="nl-NL")
    if reader:
        context.add_cookies([site.session_cookie(reader)])  # type: ignore[list-item]
    page = context.new_page()
    wire = watch(page)
    page.goto("/", wait_until="networkidle")
    print(f"\nFirst visit of a {who}: {wire.bytes / 1000:.1f} kB in {len(wire.addresses)} requests")
    for name, address in PAGES.items() if reader else [("hubs", "/hubs/"), ("sign in", "/sign-in/")]:
        wire.reset()
        page.goto(address, wait_until="networkidle")
        print(f"  then {name:<20} {wire.bytes / 1000:5.1f} kB in {len(wire.addresses)} requests")
    context.close()


def measure_cpu(site: Site, members: int, rounds: int) -> None:
    """Print milliseconds of CPU of the web processes, and of the clock, for each main page."""
    print(f"\nA signed-in member among {members:,}, {rounds} requests a page, one at a time")
    print(f"  {'':<20} {'CPU (ms)':>9} {'median (ms)':>12} {'slowest (ms)':>13}")
    cookie = f"sessionid={site.session_cookie(MEMBER)['value']}"
    for name, path in PAGES.items():
        for _warm in range(10):
            _get(site, path, cookie)
        times = []
        before = _cpu_seconds(site)
        for _round in range(rounds):
            began = time.perf_counter()
            _get(site, path, cookie)
            times.append((time.perf_counter() - began) * 1000)
        cpu = (_cpu_seconds(site) - before) / rounds * 1000
        print(f"  {name:<20} {cpu:9.1f} {statistics.median(times):12.1f} {max(times):13.1f}", flush=True)


def _get(site: Site, path: str, cookie: str) -> bytes:
    request = urllib.request.Request(site.url + path, headers={"Cookie": cookie, "Accept-Encoding": "gzip"})  # noqa: S310
    with urllib.request.urlopen(request, timeout=60) as response:  # noqa: S310
        body: bytes = response.read()
        return body


def _processes(site: Site) -> list[int]:
    """The web server and its children."""
    found = [site.web.pid]
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) in found:
            found.append(int(stat.parent.name))
    return found


def _cpu_seconds(site: Site) -> float:
    """User and system time of the web processes so far; 0 where there is no /proc."""
    total = 0
    for pid in _processes(site):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        total += int(fields[11]) + int(fields[12])
    return total / os.sysconf("SC_CLK_TCK")


def print_memory(site: Site) -> None:
    """Print the memory of the web processes after all that: their own, and their share of what they share."""
    sizes: dict[int, Any] = {}
    for pid in _processes(site):
        lines = Path(f"/proc/{pid}/smaps_rollup")
        if lines.exists():
            sizes[pid] = next(
                int(line.split()[1]) for line in lines.read_text().splitlines() if line.startswith("Pss:")
            )
    total = sum(sizes.values()) / 1024
    print(f"\nMemory of the web server and its two workers (PSS): {total:.0f} MB in {len(sizes)} processes")


if __name__ == "__main__":
    sys.exit(main())
