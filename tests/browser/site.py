"""A whole portal for the browser: its own database with the demonstration, granian, bundles and all headers.

Production settings (``DEBUG=0``), so the browser sees what members see. Nothing here touches Django in this
process: what a test wants from behind the stage it asks of ``Backstage``, a process of the portal.
"""

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
import uuid
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from portal.embedded import EmbeddedValkey
from portal.translations import compile_catalogues
from tests import databases

ROOT = Path(__file__).resolve().parent.parent.parent
READY_SECONDS = 60


class Backstage:
    """A process of the portal that runs lines of Python and gives back what they call ``result``."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.browser.backstage"],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, code: str, **values: Any) -> Any:
        """Run ``code`` with ``values`` as its variables; returns its ``result``. Raises AssertionError as it raised."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps({"code": code, "values": values}) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        assert "error" not in answer, answer["error"]
        return answer["result"]

    def close(self) -> None:
        """End the process."""
        assert self.process.stdin
        self.process.stdin.close()
        self.process.wait(30)


class Site:
    """The running portal: where it is, what stands behind it, and the mails it would have sent."""

    def __init__(self, url: str, environment: dict[str, str], web: subprocess.Popen[bytes]) -> None:
        self.url = url
        self.environment = environment
        self.web = web
        self.backstage = Backstage(environment)
        self._cookies: dict[str, str] = {}

    def session_cookie(self, email: str) -> dict[str, Any]:
        """Return the cookie of a signed-in member, without walking through the sign-in page each time."""
        if email not in self._cookies:
            self._cookies[email] = self.backstage.run(
                """
                from django.contrib.auth import SESSION_KEY, BACKEND_SESSION_KEY, HASH_SESSION_KEY
                from django.contrib.sessions.backends.cached_db import SessionStore
                from community.models import User
                user = User.objects.get(email=email)
                session = SessionStore()
                session[SESSION_KEY] = str(user.pk)
                session[BACKEND_SESSION_KEY] = "community.accounts.backends.MemberBackend"
                session[HASH_SESSION_KEY] = user.get_session_auth_hash()
                session.save()
                result = session.session_key
                """,
                email=email,
            )
        return {"name": "sessionid", "value": self._cookies[email], "url": self.url}

    def run_clock(self, at: datetime) -> None:
        """Do what beat starts every few minutes, as if it were ``at``: remind, pass on, expire, send what is due.

        A moment by day, whenever the tests run: at night most mail waits.
        """
        self.backstage.run(
            """
            import time_machine
            from activity.tasks import send_outbox
            from community.tasks import advance_join_requests
            from events.tasks import expire_offers, remind_of_sessions
            with time_machine.travel(at):
                for task in (advance_join_requests, remind_of_sessions, expire_offers, send_outbox):
                    task()
            """,
            at=at.isoformat(),
        )


@contextlib.contextmanager
def running_site(folder: Path, *, workers: int = 1) -> Iterator[Site]:
    """Start a portal with the demonstration in ``folder``; it is gone with all its data at the end."""
    with contextlib.ExitStack() as cleanup:
        database_url = _new_database(cleanup)
        valkey = EmbeddedValkey(folder / "valkey", keep=False)
        cleanup.callback(valkey.stop)
        port = _free_port()
        environment = {
            **{
                name: value for name, value in os.environ.items() if name not in {"DJANGO_SETTINGS_MODULE", "EMAIL_URL"}
            },
            "DATABASE_URL": database_url,
            "REDIS_URL": valkey.start(),
            "SECRET_KEY": databases.DEMO_SECRET_KEY,
            "DEBUG": "0",
            "EMBEDDED": "1",
            "DEMO": "1",
            "BASE_URL": f"http://127.0.0.1:{port}",
            "ALLOWED_HOSTS": "127.0.0.1",
            "STATIC_ROOT": str(databases.collected()),
            "DEV_MAIL_DIR": str(folder / "mail"),
            "VAR_DIR": str(folder),
            "LOG_LEVEL": "WARNING",
            **{f"{name}_RATE_LIMIT": "10000/minute" for name in ("WRITE", "VISITOR", "SEARCH")},
        }
        compile_catalogues()
        log = cleanup.enter_context((folder / "web.log").open("wb"))
        command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)]
        command += ["--workers", str(workers), "--blocking-threads", "4", "--no-ws", "--log-level", "warning"]
        web = subprocess.Popen(
            [*command, "portal.wsgi:application"], cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT
        )
        cleanup.callback(_end, web)
        site = Site(environment["BASE_URL"], environment, web)
        cleanup.callback(site.backstage.close)
        _wait_for(site, folder / "web.log")
        yield site


def _new_database(cleanup: contextlib.ExitStack) -> str:
    """Copy the demonstration into a database of its own; returns its address."""
    name = f"browser_{uuid.uuid4().hex[:12]}"
    url = databases.copy(databases.with_demonstration(), name)
    cleanup.callback(databases.drop, name)
    return url


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_for(site: Site, log: Path) -> None:
    end = time.monotonic() + READY_SECONDS
    while time.monotonic() < end:
        assert site.web.poll() is None, log.read_text()
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{site.url}/healthz", timeout=5):  # noqa: S310
            return
        time.sleep(0.1)
    raise AssertionError(f"the portal did not answer: {log.read_text()}")


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        process.kill()
