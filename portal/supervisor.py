"""``make run``: everything the portal needs, in one terminal.

Starts PostgreSQL and Valkey (unless ``DATABASE_URL`` and ``REDIS_URL`` name others), prepares the database, runs the
processes of the ``Procfile`` and shows their lines. Ctrl-C or SIGTERM ends all of them, PostgreSQL last; when one ends
by itself all do, with its last lines shown, except Valkey, which is started again: the others go on without it for a
while. What is wrong is said in one line, with exit code 1.
"""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections import deque
from pathlib import Path
from types import FrameType
from typing import NoReturn

from portal.embedded import EmbeddedError, EmbeddedPostgres, EmbeddedValkey, end_with_parent
from portal.env import is_given
from portal.local import BASE_DIR, VAR_DIR, held_lock, started_servers

STOP_SECONDS = 10  #: how long web, worker and beat get to finish what they are doing
START_SECONDS = 120
LAST_LINES = 15
LEAST_SECONDS = 2  #: a Valkey that ran shorter than this is not started again
_COLOURS = {"web": 36, "worker": 33, "beat": 35}


class StartError(Exception):
    """The portal cannot start or go on; the text says why and what helps."""


class StopAskedError(BaseException):
    """Ctrl-C or SIGTERM; not an Exception, so that nothing on the way mistakes it for a failure."""


class Child:
    """One process of the Procfile, with its lines passed on and the last of them kept.

    Args:
        name: as in the Procfile; stands before each line.
        command: a shell command; variables in it come from the environment.
    """

    def __init__(self, name: str, command: str) -> None:
        self.name = name
        self.lines: deque[str] = deque(maxlen=LAST_LINES)
        self.process = subprocess.Popen(
            ["/bin/sh", "-c", f"exec {command}"],
            cwd=BASE_DIR,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,  # a group of its own: Ctrl-C is ours to pass on, and none of its children stays
            preexec_fn=lambda: end_with_parent(signal.SIGTERM),  # noqa: PLW1509 - one system call
        )
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self) -> None:
        colour, reset = (f"\033[{_COLOURS.get(self.name, 32)}m", "\033[0m") if sys.stdout.isatty() else ("", "")
        assert self.process.stdout is not None  # noqa: S101
        for line in self.process.stdout:
            self.lines.append(line.rstrip())
            with contextlib.suppress(OSError):  # the terminal may be gone
                print(f"{colour}{self.name:6} |{reset} {line}", end="", flush=True)

    def kill(self) -> None:
        """End the process and all it started, now."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)

    def ended(self) -> bool:
        """Tell whether it ended."""
        return self.process.poll() is not None

    def epitaph(self) -> str:
        """Say how it ended and show its last lines."""
        self.reader.join(timeout=1)
        code = self.process.returncode
        how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
        return "\n".join([f"{self.name} {how}; its last lines:", *(f"    {line}" for line in self.lines)])


class Undertaker:
    """Ends for good what outlives a supervisor that was itself killed: the kernel asks the children to end, no more.

    A shell that waits for the end of its input, which comes with the end of ours, and then as long as ``stop`` does.

    Args:
        children: whose process groups it ends.
    """

    _WAITS = 'read -r _; sleep "$0"; for group in "$@"; do kill -KILL "-$group"; done'

    def __init__(self, children: list[Child]) -> None:
        self.process = subprocess.Popen(
            ["/bin/sh", "-c", self._WAITS, str(STOP_SECONDS), *(str(child.process.pid) for child in children)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def dismiss(self) -> None:
        """Send it home: the supervisor ends its children itself."""
        self.process.kill()
        self.process.wait()


def read_procfile(text: str) -> dict[str, str]:
    """Read ``name: command`` lines; blank lines and ``#`` comments are skipped."""
    lines = [line.strip() for line in text.splitlines()]
    pairs = [line.partition(":") for line in lines if line and not line.startswith("#")]
    return {name.strip(): command.strip() for name, _colon, command in pairs}


def listen_address() -> tuple[str, int]:
    """Read ``HOST`` and ``PORT``. Raises StartError when they cannot be listened on."""
    host, text = os.environ.get("HOST") or "localhost", os.environ.get("PORT") or "8000"
    if not (text.isdecimal() and 0 < int(text) < 65536):
        raise StartError(f"PORT must be a number from 1 to 65535, not {text!r}.")
    port = int(text)
    try:
        family, kind, _proto, _name, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[-1]
        if host == "localhost":
            family, address = socket.AF_INET, ("127.0.0.1", port)
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen()
    except socket.gaierror as error:
        raise StartError(f"HOST {host!r} is no address of this machine.") from error
    except PermissionError as error:
        raise StartError(f"Port {port} is for root only; choose another: PORT=8000 make run") from error
    except OSError as error:
        if error.errno in {98, 48}:  # EADDRINUSE on Linux, macOS
            raise StartError(f"Port {port} is taken; choose another: PORT={port + 1} make run") from error
        raise StartError(f"Cannot listen on {host}:{port}: {error.strerror}.") from error
    return str(address[0]), port


def set_environment(ip: str, port: int) -> str:
    """Fill in the variables that follow from the address; returns the URL to show."""
    host = os.environ.get("HOST") or "localhost"
    everywhere = ip in {"0.0.0.0", "::"}  # noqa: S104 - compared, not bound
    shown = "localhost" if everywhere else f"[{host}]" if ":" in host else host
    os.environ.setdefault("BASE_URL", f"http://{shown}:{port}")
    names = ["localhost", "127.0.0.1", "[::1]", shown, *([socket.gethostname()] if everywhere else [])]
    os.environ.setdefault("ALLOWED_HOSTS", ",".join(dict.fromkeys(names)))
    os.environ.update(HOST=ip, PORT=str(port), PYTHONUNBUFFERED="1")
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    if os.geteuid() == 0:  # root in a container is common; Celery says so at every start
        os.environ.setdefault("PYTHONWARNINGS", "ignore:You're running the worker with superuser privileges")
    return os.environ["BASE_URL"]


def prepare() -> dict[str, object]:
    """Run ``manage.py prepare`` and return its report. Raises StartError when it fails."""
    report = VAR_DIR / "prepared.json"
    report.unlink(missing_ok=True)
    process = subprocess.Popen(
        [sys.executable, "manage.py", "prepare", "--report", str(report)],
        cwd=BASE_DIR,
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=lambda: end_with_parent(signal.SIGTERM),  # noqa: PLW1509 - one system call
    )
    try:
        _out, errors = process.communicate()
    except BaseException:
        process.kill()
        process.wait()
        raise
    if process.returncode:
        if "No space left on device" in errors:
            raise StartError("The disk is full.")
        raise StartError(errors.strip() or f"Preparing the database ended with exit code {process.returncode}.")
    if errors.strip():
        print(errors.strip(), file=sys.stderr)
    found: dict[str, object] = json.loads(report.read_text())
    return found


def wait_for_web(children: list[Child], ip: str, port: int) -> None:
    """Wait until the web process answers. Raises StartError when it does not, or a process ended."""
    ip = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(ip, ip)  # noqa: S104 - compared, not bound
    request = urllib.request.Request(f"http://{f'[{ip}]' if ':' in ip else ip}:{port}/healthz")
    request.add_header("Host", f"localhost:{port}")
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        raise_when_ended(children, [])
        try:
            with urllib.request.urlopen(request, timeout=5):  # noqa: S310 - a fixed http address
                return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
    raise StartError(f"The portal did not answer within {START_SECONDS} seconds.")


def start_valkey_again(servers: list[EmbeddedPostgres | EmbeddedValkey]) -> None:
    """Start a Valkey that ended by itself where it was. Raises EmbeddedError when it cannot run."""
    for server in servers:
        reason = server.failed()
        if reason and isinstance(server, EmbeddedValkey) and time.monotonic() - server.started_at > LEAST_SECONDS:
            print(f"{reason}; it is started again.", file=sys.stderr, flush=True)
            server.start()


def raise_when_ended(children: list[Child], servers: list[EmbeddedPostgres | EmbeddedValkey]) -> None:
    """Raise StartError with the story of whatever ended by itself; a server first, since the others fail with it."""
    ended = [child for child in children if child.ended()]
    for server in servers:
        if reason := server.failed():
            raise StartError(reason)
    for child in ended:
        raise StartError(child.epitaph())


def stop(children: list[Child]) -> None:
    """End the processes: gently, then after STOP_SECONDS for good, with whatever they left behind.

    Only the processes themselves are asked: each ends its own children in its own way, a task in hand first.
    """
    for child in children:
        child.process.terminate()
    end = time.monotonic() + STOP_SECONDS
    while time.monotonic() < end and not all(child.ended() for child in children):
        time.sleep(0.05)
    for child in children:
        child.kill()
        child.process.wait()


def forget_beat_lock() -> None:
    """Drop the lock of a beat that was killed: on the embedded server there is one beat, and it is ours."""
    import redis

    client = redis.Redis.from_url(os.environ["REDIS_URL"])
    client.delete("redbeat::lock")
    client.close()


def show_welcome(url: str, report: dict[str, object], seconds: float) -> None:
    """Say where the portal is, and who can sign in."""
    lines = ["", f"Doorbraak runs at {url}/ (ready in {seconds:.1f} s; Ctrl-C stops it)"]
    accounts = report["demo_accounts"]
    if isinstance(accounts, list) and accounts:
        lines += [f"Demo accounts, password {report['demo_password']}:", *(f"  {email}" for email in accounts)]
        lines += [f"What would be mailed is at {url}/dev/mail/"]
    elif report["empty"]:
        lines += ["There are no members yet: sign up, then `.venv/bin/python manage.py appoint_facilitator EMAIL`."]
        if missing := [name for name in ("SIGNUP_ALLOWED_DOMAINS", "EMAIL_URL") if not is_given(name)]:
            lines += [f"To sign up needs {' and '.join(missing)} (docs/settings.md)."]
    print("\n".join(lines), end="\n\n", flush=True)


def serve() -> None:
    """Run the portal until it is asked to stop. Raises StartError or EmbeddedError when it cannot go on."""
    began = time.monotonic()
    ip, port = listen_address()
    with held_lock():
        url = set_environment(ip, port)
        with started_servers() as servers:
            if any(isinstance(server, EmbeddedValkey) for server in servers):
                forget_beat_lock()
            report = prepare()
            children: list[Child] = []
            undertaker: Undertaker | None = None
            try:
                for name, command in read_procfile((BASE_DIR / "Procfile").read_text()).items():
                    children.append(Child(name, command))
                undertaker = Undertaker(children)
                wait_for_web(children, ip, port)
                show_welcome(url, report, time.monotonic() - began)
                while True:
                    start_valkey_again(servers)
                    raise_when_ended(children, servers)
                    time.sleep(0.2)
            finally:
                ignore_signals()
                if undertaker is not None:
                    undertaker.dismiss()
                stop(children)


def _ask_to_stop(_signum: int, _frame: FrameType | None) -> NoReturn:
    ignore_signals()  # ending takes seconds; a second Ctrl-C must not cut it short
    raise StopAskedError


def ignore_signals() -> None:
    """Let nothing interrupt an orderly end."""
    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(signum, signal.SIG_IGN)


def main() -> int:
    """Serve, and return the exit code."""
    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(signum, _ask_to_stop)
    if os.environ.get("MAKELEVEL"):
        end_with_parent(signal.SIGTERM)  # `kill -9` of make must not leave the rest behind
    try:
        serve()
    except StopAskedError:
        print("Stopped.", flush=True)
        return 0
    except (StartError, EmbeddedError) as error:
        print(error, file=sys.stderr, flush=True)
        return 1
    except OSError as error:
        print(f"The portal cannot go on: {error}", file=sys.stderr, flush=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
