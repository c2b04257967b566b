"""Answers a second with eight readers at once, through granian as ``make run`` starts it, and its memory after that."""

from __future__ import annotations

import contextlib
import http.client
import multiprocessing
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path

AT_ONCE = 8
SECONDS = 4.0
WORKERS = 2


def per_second(paths: Mapping[str, tuple[str, str]], *, seconds: float = SECONDS) -> dict[str, float]:
    """Ask for every page with ``AT_ONCE`` keep-alive connections in turn; returns answers a second by name.

    ``paths`` gives path and cookie header of each page. The portal is started beside this process with the same
    servers and settings, and its memory is printed at the end.
    """
    with _running() as (port, web):
        found = {}
        for name, (path, cookie) in paths.items():
            _ask_for(port, path, cookie, 0.5)  # templates and plans of the first time
            found[name] = _ask_for(port, path, cookie, seconds)
        print(f"memory of the web server and its {WORKERS} workers (PSS): {_memory(web.pid):.0f} MB")
    return found


@contextlib.contextmanager
def _running() -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--workers", str(WORKERS), "--blocking-threads", "4", "--no-ws", "--log-level", "warning"]
    web = subprocess.Popen(
        [*command, "portal.wsgi:application"], env={**os.environ, "DJANGO_SETTINGS_MODULE": "tests.load.settings"}
    )
    try:
        end = time.monotonic() + 60
        while time.monotonic() < end:
            with contextlib.suppress(OSError), urllib.request.urlopen(_request(port, "/healthz")):  # noqa: S310
                break
            time.sleep(0.1)
        yield port, web
    finally:
        web.terminate()
        web.wait(20)


def _request(port: int, path: str) -> urllib.request.Request:
    return urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers={"Host": "testserver"})


def _ask_for(port: int, path: str, cookie: str, seconds: float) -> float:
    """Answers a second, asked by processes of their own: Python's threads would take turns."""
    context = multiprocessing.get_context("fork")
    with context.Pool(AT_ONCE) as pool:
        counts = pool.starmap(_reader, [(port, path, cookie, seconds)] * AT_ONCE)
    return sum(counts) / seconds


def _reader(port: int, path: str, cookie: str, seconds: float) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Host": "testserver", "Accept-Encoding": "gzip"} | ({"Cookie": cookie} if cookie else {})
    end, answers = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
        response.read()
        assert response.status == 200, (path, response.status)
        answers += 1
    connection.close()
    return answers


def _memory(pid: int) -> float:
    """Megabytes of a process and its children: what each has alone, and its share of what they share (Linux)."""
    pids = [pid]
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            if int(stat.read_text().rpartition(")")[2].split()[1]) in pids:
                pids.append(int(stat.parent.name))
    sizes = [
        int(line.split()[1])
        for each in pids
        for line in Path(f"/proc/{each}/smaps_rollup").read_text().splitlines()
        if line.startswith("Pss:")
    ]
    return sum(sizes) / 1024
