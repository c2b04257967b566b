"""The portal as processes of its own, with a Valkey that is frozen, gone and back. Spec 00, Reliability."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from http.client import HTTPResponse
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, HTTPErrorProcessor, build_opener

import pytest
from django.conf import settings as portal_settings
from django.contrib.auth.hashers import ScryptPasswordHasher

from activity.models import Email
from activity.tasks import send_outbox
from community.models import User
from events.models import Rsvp
from issues.models import Bottleneck, Vote
from portal.celery import app
from portal.embedded import EmbeddedValkey
from portal.supervisor import read_procfile
from tests.addresses import plain_pages
from tests.factories import BottleneckFactory, HubFactory, SessionFactory, member_of
from tests.servers import database_url

PASSWORD = "een heel lang wachtwoord"
pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True), pytest.mark.timeout(240)]


class _AsItIs(HTTPErrorProcessor):
    """An answer is an answer, whatever its code."""

    def http_response(self, request: Any, response: Any) -> Any:
        return response


class Visitor:
    """Somebody with a browser that keeps cookies and follows nothing."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.opener = build_opener(HTTPCookieProcessor(CookieJar()), _AsItIs)

    def ask(self, path: str, data: dict[str, str] | None = None) -> tuple[int, str]:
        """Return the code and the text of the answer."""
        encoded = urlencode(data).encode() if data is not None else None
        response: HTTPResponse = self.opener.open(self.url + path, encoded, timeout=30)
        with response:
            return response.status, response.read().decode(errors="replace")  # the outline on paper is no text

    def send(self, page: str, data: dict[str, str], to: str = "") -> int:
        """Open ``page`` and send the form on it with ``data``; return the code of the answer."""
        code, text = self.ask(page)
        assert code == 200, (page, code)
        hidden = dict(re.findall(r'name="(csrfmiddlewaretoken|creation_key)" value="([^"]+)"', text))
        code, _text = self.ask(to or page, {**hidden, **data})
        return code


class Portal:
    """Web, worker and beat (a quick one) of the Procfile on the database of this test, with a Valkey of their own."""

    def __init__(self, folder: Path, cleanup: contextlib.ExitStack) -> None:
        self.valkey = EmbeddedValkey(folder / "valkey", keep=False)
        cleanup.callback(self.valkey.stop)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        environment = {
            **{name: value for name, value in os.environ.items() if name not in {"EMAIL_URL", "STATIC_ROOT"}},
            "DJANGO_SETTINGS_MODULE": "portal.settings",
            "DATABASE_URL": database_url(),
            "DEBUG": "1",
            "DEMO": "1",
            "REDIS_URL": self.valkey.start(),
            "SECRET_KEY": str(portal_settings.SECRET_KEY),
            "WEB_WORKERS": "1",
            "HOST": "127.0.0.1",
            "PORT": str(port),
            "WORKER_PROCESSES": "1",
            "BASE_URL": self.url,
            "VAR_DIR": str(folder),
            "DEV_MAIL_DIR": str(folder / "mail"),
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]),
        }
        self.log = folder / "log"
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        commands = read_procfile((portal_settings.BASE_DIR / "Procfile").read_text())
        commands["beat"] = commands["beat"].replace(
            "--app portal", "--app tests.clock"
        )  # half a minute is long to wait
        for name, command in commands.items():
            with self.log.open("ab") as log:
                self.processes[name] = subprocess.Popen(
                    ["/bin/sh", "-c", f"exec {command}"],
                    cwd=portal_settings.BASE_DIR,
                    env=environment,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
            cleanup.callback(self._end, self.processes[name])
        self.wait_for(lambda: Visitor(self.url).ask("/healthz")[0] == 200)

    @staticmethod
    def _end(process: subprocess.Popen[bytes]) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(30)

    def wait_for(self, condition: Callable[[], bool]) -> None:
        """Wait until ``condition()``, with every process alive."""
        end = time.monotonic() + 90
        while True:
            ended = [name for name, process in self.processes.items() if process.poll() is not None]
            assert not ended, f"{ended} ended: {self.log.read_text()[-3000:]}"
            with contextlib.suppress(OSError):
                if condition():
                    return
            assert time.monotonic() < end, f"waited in vain: {self.log.read_text()[-3000:]}"
            time.sleep(0.05)


@pytest.fixture
def portal(tmp_path: Path) -> Iterator[Portal]:
    with contextlib.ExitStack() as cleanup:
        yield Portal(tmp_path, cleanup)


def newcomer(hub: Any) -> User:
    """A member who can sign in by form on the portal, which hashes in earnest."""
    user = member_of(hub, password=PASSWORD)
    User.objects.filter(pk=user.pk).update(password=ScryptPasswordHasher().encode(PASSWORD, "salt" * 4))
    return user


def live(portal: Portal, anna: Visitor, title: str) -> None:
    """Do what people do; all of it works, each thing once."""
    hub = HubFactory()
    user, bottleneck, session = newcomer(hub), BottleneckFactory(hubs=[hub]), SessionFactory()
    for path in ["/", "/readyz", "/sign-in/"]:
        assert Visitor(portal.url).ask(path)[0] == 200, path
    for path in plain_pages():
        code, _text = anna.ask(path)
        assert code in {200, 302, 403, 404, 405}, path
    berta = Visitor(portal.url)
    assert berta.send("/sign-in/", {"login": user.email, "password": PASSWORD}) == 302
    page = bottleneck.get_absolute_url()
    assert berta.send(page, {}, f"/bottlenecks/{bottleneck.pk}/vote/") == 302
    assert Vote.objects.filter(bottleneck=bottleneck, member=user).count() == 1
    assert berta.send(session.get_absolute_url(), {"answer": "going"}, f"/sessions/{session.pk}/answer/") == 302
    assert Rsvp.objects.get(session=session, member=user).state == "going"
    filed = {"title": title, "situation": "It takes months.", "language": "en", "hubs": hub.slug}
    assert berta.send("/bottlenecks/new/", filed) == 302
    assert Bottleneck.objects.filter(title=title).count() == 1
    assert Visitor(portal.url).send("/password/forgotten/", {"email": user.email}) == 302
    assert Email.objects.filter(member=user, kind="account_password_link").count() == 1
    assert berta.send("/sign-out/", {}) == 302
    assert berta.ask("/members/")[0] == 302


def mailed(portal: Portal) -> None:
    """Wait until all that waits was sent: beat has called the worker."""
    portal.wait_for(lambda: not Email.objects.exclude(state="sent").filter(kind="account_password_link").exists())


@pytest.mark.slow
def test_everything_goes_on_with_valkey_frozen_gone_and_back(portal):
    user = newcomer(HubFactory())
    anna = Visitor(portal.url)
    assert anna.send("/sign-in/", {"login": user.email, "password": PASSWORD}) == 302
    live(portal, anna, "While all is well")
    mailed(portal)

    assert portal.valkey.process
    portal.valkey.process.send_signal(signal.SIGSTOP)
    live(portal, anna, "While Valkey is frozen")
    assert '"valkey": "unreachable"' in anna.ask("/readyz")[1]
    portal.valkey.process.send_signal(signal.SIGCONT)
    with app.connection_for_write(portal.valkey.url) as connection:
        app.send_task(send_outbox.name, connection=connection)  # as the clock does within half a minute
    mailed(portal)

    portal.valkey.stop()
    live(portal, anna, "While Valkey is gone")
    portal.valkey.start()
    mailed(portal)
    portal.wait_for(lambda: '"valkey": "ok"' in anna.ask("/readyz")[1])
    assert Email.objects.filter(kind="account_password_link", state="sent").count() == 3
