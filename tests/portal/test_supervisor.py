"""``make run`` from the outside: real processes, real signals, in a folder with a space in its name."""

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest

from portal.local import BASE_DIR
from portal.supervisor import read_procfile

pytestmark = pytest.mark.timeout(400)
_GIVEN = {"DATABASE_URL", "REDIS_URL", "SECRET_KEY", "EMAIL_URL", "DEV_MAIL_DIR", "STATIC_ROOT", "ALLOWED_HOSTS"}


class Portal:
    """A supervisor in a process of its own, and what it said."""

    def __init__(self, var: Path, port: int) -> None:
        self.port = port
        self.log = var.with_name(f"{var.name}.log")
        self.process = start(var, port, self.log.open("w"))

    def output(self) -> str:
        """Return all that it wrote so far."""
        return self.log.read_text()

    def wait_until_ready(self) -> None:
        """Wait until it shows its address."""
        wait_for(lambda: "Doorbraak runs at" in self.output() or self.process.poll() is not None)
        assert self.process.poll() is None, self.output()

    def end(self, signum: int) -> int:
        """Send ``signum`` and return the exit code."""
        self.process.send_signal(signum)
        return self.process.wait(timeout=60)

    def running(self, word: str) -> int:
        """Return the process that has ``word`` in its command."""
        return next(pid for pid in self.family() if word in re.split(r"[\0/ ]", command(pid)))

    def valkey_is_well(self) -> bool:
        """Tell whether the web process reaches Valkey."""
        with urlopen(f"http://localhost:{self.port}/readyz") as answer:
            return b'"valkey": "ok"' in answer.read()

    def family(self) -> list[int]:
        """Return every process that descends from it."""
        listed = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
        parents = {int(pid): int(parent) for pid, parent in (line.split() for line in listed.splitlines())}
        found = [self.process.pid]
        for pid in found:
            found += [child for child, parent in parents.items() if parent == pid]
        return found[1:]


def command(pid: int) -> str:
    """Return with what the process was started; nothing when it ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return ""


def start(var: Path, port: int, output: object) -> "subprocess.Popen[str]":
    environment = {name: value for name, value in os.environ.items() if name not in _GIVEN}
    environment |= {"VAR_DIR": str(var), "PORT": str(port), "DEMO": "0", "DJANGO_SETTINGS_MODULE": "portal.settings"}
    command = [sys.executable, "-m", "portal.supervisor"]
    return subprocess.Popen(command, cwd=BASE_DIR, env=environment, stdout=output, stderr=subprocess.STDOUT, text=True)  # type: ignore[call-overload, no-any-return]


def refusal(var: Path, port: int) -> str:
    """Start where that cannot work; return the one line it ends with."""
    process = start(var, port, subprocess.PIPE)
    said, _errors = process.communicate(timeout=60)
    assert process.returncode == 1
    lines = said.strip().splitlines()
    assert len(lines) == 1, said
    return lines[0]


def wait_for(condition, seconds: float = 150) -> None:
    """Wait until ``condition()``; fails after ``seconds``."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


def alive(pid: int) -> bool:
    """Tell whether the process runs; one that ended but was not waited for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def cleanly_stopped(var: Path) -> bool:
    """Tell whether PostgreSQL ended in good order."""
    return "database system is shut down" in (var / "postgres" / "log").read_text().splitlines()[-1]


def free_port() -> int:
    """One that nothing listens on now; the one beside it may be another test's."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free: int = probe.getsockname()[1]
        return free


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def var() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="doorbraak tests "))
    folder.chmod(0o711)
    yield folder / "var"
    shutil.rmtree(folder)


@pytest.mark.slow
def test_it_starts_ends_in_order_and_survives_being_killed(var, port):
    """One story on one folder, because every start costs seconds."""
    # SIGTERM while the database is being made ends it cleanly.
    portal = Portal(var, port)
    wait_for(lambda: "Bringing the database up to date" in portal.output())
    assert portal.end(signal.SIGTERM) == 0
    assert cleanly_stopped(var)

    # It goes on where that left off, and serves. Nobody else can serve the same folder.
    portal = Portal(var, port)
    portal.wait_until_ready()
    family = portal.family()
    assert len(family) >= 8  # web and worker with their own, beat, PostgreSQL with its own, Valkey
    with urlopen(f"http://localhost:{port}/healthz") as answer:
        assert answer.read() == b"ok\n"
    assert re.fullmatch(r"Doorbraak already runs from this folder \(process \d+\)\.", refusal(var, free_port()))

    # Ctrl-C ends every process, PostgreSQL cleanly.
    assert portal.end(signal.SIGINT) == 0
    assert not [pid for pid in family if alive(pid)]
    assert cleanly_stopped(var)

    # Killed outright it leaves nothing behind either, not even a worker that hears nothing.
    portal = Portal(var, port)
    portal.wait_until_ready()
    commands = {pid: command(pid) for pid in portal.family()}
    os.kill(portal.running("worker"), signal.SIGSTOP)
    portal.end(signal.SIGKILL)
    with contextlib.suppress(AssertionError):
        wait_for(lambda: not [pid for pid in commands if alive(pid)])
    assert not [said for pid, said in commands.items() if alive(pid)]

    # Without Valkey the others go on; it is started again where it was.
    portal = Portal(var, port)
    portal.wait_until_ready()
    os.kill(portal.running("valkey-server"), signal.SIGKILL)
    wait_for(lambda: "Valkey stopped" in portal.output() and portal.valkey_is_well())
    assert "it is started again." in portal.output()

    # The crash of any other process ends all, with its last lines shown.
    family = portal.family()
    beat = portal.running("beat")
    os.kill(beat, signal.SIGKILL)
    assert portal.process.wait(timeout=60) == 1
    assert not [pid for pid in family if alive(pid)]
    assert "beat was killed by SIGKILL; its last lines:\n" in portal.output()
    assert cleanly_stopped(var)


def test_a_taken_port_is_one_clear_line(var, port):
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        assert refusal(var, port) == f"Port {port} is taken; choose another: PORT={port + 1} make run"


def test_a_folder_that_cannot_be_made_is_one_clear_line(var, port):
    var.write_text("a file where the folder should be")
    assert refusal(var, port) == f"Cannot write in {var}: File exists."


def test_the_procfile_is_the_list_of_processes():
    processes = read_procfile((BASE_DIR / "Procfile").read_text())
    assert list(processes) == ["web", "worker", "beat"]
    assert read_procfile("# nothing\n\nweb: serve --at http://x:1\n") == {"web": "serve --at http://x:1"}
