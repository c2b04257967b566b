"""The reference page R3 of spec 09, built beside the portal so that both are measured on the same machine and data.

Full middleware, a signed-in member, a base template of 9 kB with 35 translated strings, 30 of 50,000 rows over two
joins, and COUNT(*) as Django's Paginator asks it. And the instruments: CPU time of this process and of PostgreSQL.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import include, path
from django.utils.html import format_html_join

from issues.models import Bottleneck

PER_PAGE = 30
# What a frame holds beside its words: links, marks, class names. It makes the template 9 kB without work per request.
FILLING = format_html_join("\n", '<i class="frame__mark frame__mark--{}" data-n="{}"></i>', ((n, n) for n in range(80)))


@login_required
def reference(request: HttpRequest) -> HttpResponse:
    """R3: the plainest page that a Django developer would write for this list."""
    rows = Bottleneck.objects.select_related("theme", "author").defer("search").order_by("-support", "-pk")
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "reference.html", {"rows": page, "total": page.paginator.count, "filling": FILLING})


urlpatterns = [path("reference/", reference), path("", include("portal.urls"))]


# --- Instruments
@dataclass
class Sample:
    """Milliseconds a request: CPU of this process, CPU of PostgreSQL, wall."""

    django: list[float] = field(default_factory=list)
    postgres: list[float] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)
    size: int = 0

    @property
    def cpu(self) -> float:
        """CPU of both, the median of the blocks."""
        return median(a + b for a, b in zip(self.django, self.postgres, strict=True))

    def line(self, name: str) -> str:
        """One line of the table that is printed."""
        figures = f"{median(self.django):7.2f} {median(self.postgres):7.2f} {self.cpu:7.2f} {median(self.wall):7.2f}"
        return f"{name:34} {figures} {self.size / 1000:7.1f}"


HEADER = f"{'':34} {'Django':>7} {'PostgreSQL':>7} {'CPU':>4} {'wall':>7} {'kB':>7}   (ms a request)"


def backends() -> list[int]:
    """The processes of PostgreSQL that serve this database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")
        return [row[0] for row in cursor.fetchall()]


def _cpu_of(pids: list[int]) -> dict[int, float]:
    """Seconds of CPU that each of these processes has used (Linux); one that has ended is left out."""
    used = {}
    for pid in pids:
        with suppress(OSError):
            used[pid] = int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9
    return used


def alternate(pages: dict[str, Callable[[], Any]], *, blocks: int = 15, each: int = 20) -> dict[str, Sample]:
    """Ask for every page in turn, ``each`` times a block: what else the machine does then meets all of them alike."""
    samples = {name: Sample() for name in pages}
    for ask in pages.values():  # plans, templates and caches of the first time
        for _warm in range(5):
            ask()
    for _block in range(blocks):
        for name, ask in pages.items():
            pids = backends()
            django, postgres, wall = time.process_time(), _cpu_of(pids), time.perf_counter()
            for _request in range(each):
                response = ask()
                assert response.status_code == 200, (name, response.status_code)
            samples[name].wall.append((time.perf_counter() - wall) / each * 1000)
            samples[name].django.append((time.process_time() - django) / each * 1000)
            spent = sum(seconds - postgres[pid] for pid, seconds in _cpu_of(list(postgres)).items())
            samples[name].postgres.append(spent / each * 1000)
            samples[name].size = len(response.content)
    return samples
