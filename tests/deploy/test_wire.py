"""What goes over the wire: granian on the settings of production, asked as anybody on the network can ask."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.db import connection

from activity.models import Audience
from tests import databases
from tests.activity.sink import free_port
from tests.factories import SessionFactory

ROOT = Path(__file__).resolve().parents[2]
#: Headers that say what runs here, or let pages of others read the answer.
TELLING = {"x-powered-by", "via", "x-aspnet-version", "x-generator", "x-runtime", "access-control-allow-origin"}
SOFTWARE = re.compile(r"granian|django|python|gunicorn|uvicorn|hyper|whitenoise|wsgi|caddy", re.IGNORECASE)
TOKEN = re.compile(r"(?<=csrftoken=)\w+")  # drawn by lot, so it can spell anything
READY_SECONDS = 60


def names_software(header: str) -> bool:
    """Whether what a header says tells what runs here."""
    return SOFTWARE.search(TOKEN.sub("", header)) is not None


class Wire:
    """A running web process; every answer it gave is kept with what was asked."""

    def __init__(self, port: int, static: Path) -> None:
        self.port, self.static = port, static
        self.answers: list[tuple[str, int, list[tuple[str, str]]]] = []

    def ask(self, path: str, method: str = "GET", **headers: str) -> tuple[HTTPResponse, bytes]:
        http = HTTPConnection("127.0.0.1", self.port, timeout=30)
        http.request(method, path, headers={"Host": "portal.example", "Accept-Encoding": "identity", **headers})
        response = http.getresponse()
        body = response.read()
        http.close()
        self.answers.append((f"{method} {path}", response.status, response.getheaders()))
        return response, body

    def send(self, raw: bytes) -> str:
        """Send what no browser sends, and return the head of the answer."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=30) as plain:
            plain.sendall(raw)
            head = plain.recv(65536).decode("latin-1").partition("\r\n\r\n")[0]
        status, *lines = head.splitlines()
        pairs = [(name, value.strip()) for name, _colon, value in (line.partition(":") for line in lines)]
        self.answers.append((raw[:40].decode("latin-1"), int(status.split()[1]), pairs))
        return head


def production(folder: Path) -> dict[str, str]:
    """The environment of production, on the database and the cache of this test."""
    database = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}")
    return {
        "PATH": os.environ["PATH"],
        "SECRET_KEY": "only-for-tests-" + "z" * 50,
        "DATABASE_URL": urlunsplit(database),
        "REDIS_URL": os.environ["REDIS_URL"],
        "BASE_URL": "http://portal.example",
        "STATIC_ROOT": str(folder / "static"),
        "LOG_LEVEL": "CRITICAL",
    }


@contextmanager
def running(environment: dict[str, str], folder: Path) -> Iterator[int]:
    """Run the web process of the Procfile; gives its port."""
    port = free_port()
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--workers", "1", "--blocking-threads", "2", "--no-ws", "--log-level", "warning"]
    with (folder / "web.log").open("wb") as log:
        web = subprocess.Popen([*command, "portal.wsgi:application"], cwd=ROOT, env=environment, stdout=log, stderr=log)
    try:
        end = time.monotonic() + READY_SECONDS
        while True:
            assert web.poll() is None, (folder / "web.log").read_text()
            assert time.monotonic() < end, "granian does not answer"
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5):
                break
            time.sleep(0.05)
        yield port
    finally:
        web.terminate()
        web.wait(timeout=30)


@pytest.fixture
def wire(transactional_db, tmp_path) -> Iterator[Wire]:
    environment = production(tmp_path)
    shutil.copytree(databases.collected(), tmp_path / "static")
    (tmp_path / "static" / ".collected").write_text("as `make run` leaves it")
    with running(environment, tmp_path) as port:
        yield Wire(port, tmp_path / "static")


def test_a_token_that_spells_a_name_names_nothing():
    assert not names_software("csrftoken=aWsgib; Path=/; SameSite=Lax")
    assert names_software("csrftoken=a; Path=/; x=uWSGI")


@pytest.mark.slow
def test_no_answer_tells_what_runs_here_or_opens_a_door_and_only_files_that_pages_name_are_public(wire):
    session = SessionFactory(subject__audience=Audience.PUBLIC)
    page, html = wire.ask("/")
    assert page.status == 200
    named = set(re.findall(r'(?:href|src)="(/static/[^"#]+)', html.decode()))
    assert len(named) > 2
    for path in named:
        assert wire.ask(path)[0].status == 200, path

    # Every file under STATIC_ROOT: those with the hash of their content in their name, and no others.
    files = {str(path.relative_to(wire.static)) for path in wire.static.rglob("*") if path.is_file()}
    assert {"staticfiles.json", ".collected", "css/doorbraak.css"} <= files
    assert not [name for name in files if re.match(r"css/\d-", name)], "the parts of the bundle are not collected"
    hashed = {name for name in files if re.search(r"\.[0-9a-f]{12}\.\w+$", name)}
    assert {name for name in files if wire.ask(f"/static/{name}")[0].status == 200} == hashed
    for name in hashed:
        answer, _body = wire.ask(f"/static/{name}", "HEAD", **{"Accept-Encoding": "br"})
        assert answer.getheader("Cache-Control") == "max-age=315360000, public, immutable"

    # Every kind of answer that is no file.
    expected = {
        session.get_absolute_url(): 200,
        "/healthz": 200,
        "/readyz": 200,
        "/robots.txt": 200,
        "/sessions/calendar.ics": 200,
        "/sessions/": 302,
        "/admin/": 302,
        "/hubs": 301,
        "/nowhere/": 404,
        "/static/nothing.css": 404,
        "/feeds/x/community.atom": 404,
    }
    assert {path: wire.ask(path)[0].status for path in expected} == expected
    assert wire.ask("/language/", "POST")[0].status == 403
    assert wire.ask("/healthz", "POST")[0].status in {403, 405}
    assert wire.ask(min(named), "POST")[0].status == 405
    assert wire.ask("/", Host="elsewhere.example")[0].status == 400
    assert wire.ask("/", "OPTIONS", Origin="https://elsewhere.example")[0].status == 405
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE community_hub RENAME TO gone")
        try:
            assert wire.ask("/hubs/")[0].status == 500
        finally:
            cursor.execute("ALTER TABLE gone RENAME TO community_hub")
    assert " 400 " in wire.send(b"NONSENSE\r\n\r\n")
    assert " 431 " in wire.send(b"GET / HTTP/1.1\r\nHost: portal.example\r\nX: " + b"x" * 600_000 + b"\r\n\r\n")

    assert {status for _asked, status, _headers in wire.answers} >= {200, 301, 302, 400, 403, 404, 405, 431, 500}
    wrong = []
    for asked, _status, headers in wire.answers:
        told = {name.lower(): value for name, value in headers}
        values = " ".join(value for name, value in told.items() if name != "location")
        if TELLING & told.keys() or names_software(values) or told.get("server", "Doorbraak") != "Doorbraak":
            wrong.append((asked, told))
    assert wrong == []
