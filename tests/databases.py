"""The tables of a test run are made once, and the demonstration is loaded once: whoever needs them copies them.

To migrate costs ten seconds of a processor, to copy what was migrated a fraction of one. What is copied is a template
database on the server of this run, named after its folder, so that no run takes another's; the first process that needs
it makes it, and the others wait for that.
"""

import fcntl
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg.sql import SQL, Identifier

ROOT = Path(__file__).resolve().parent.parent
#: What the demonstration is loaded and shown with: it has mail links and a reply code.
DEMO_SECRET_KEY = "only-for-tests-" + "y" * 50


def migrated() -> str:
    """Return the name of the database that has every table and no rows but those of migrations."""
    return _template("migrated", [["migrate", "--verbosity=0"]])


def with_demonstration() -> str:
    """Return the name of the database into which the demonstration is loaded, as ``make run`` does."""
    return _template("demo", [["demo", "--verbosity=0"]], of=migrated())


def collected() -> Path:
    """Return the folder of the static files as production has them."""
    files = folder() / "collected"
    with one_at_a_time("collected"):
        if not files.exists():
            part = folder() / "collecting"
            _manage(os.environ["DATABASE_URL"], ["collectstatic", "--no-input", "--verbosity=0"], STATIC_ROOT=str(part))
            part.rename(files)
    return files


def copy(template: str, name: str) -> str:
    """Make database ``name`` of a template; returns its address."""
    with _server() as connection:
        connection.execute(SQL("CREATE DATABASE {} TEMPLATE {}").format(Identifier(name), Identifier(template)))
    return address(name)


def drop(name: str) -> None:
    """Drop a database, whoever is in it."""
    with _server() as connection:
        connection.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))


def drop_templates() -> None:
    """Drop the templates of this run from a server that goes on."""
    with _server() as connection:
        found = connection.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [_prefix()])
        for (name,) in found.fetchall():
            connection.execute(SQL("ALTER DATABASE {} IS_TEMPLATE false").format(Identifier(name)))
            drop(name)


def address(name: str) -> str:
    """Return the address of another database on the server of this run."""
    return re.sub(r"(//[^/]*/)[^?]*", rf"\g<1>{name}", os.environ["DATABASE_URL"])


def _template(kind: str, commands: list[list[str]], *, of: str = "template1") -> str:
    name = f"{_prefix()}{kind}"
    with one_at_a_time(kind), _server() as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            url = copy(of, name)
            try:
                for command in commands:
                    _manage(url, command)
            except BaseException:
                drop(name)  # half a database is none
                raise
            connection.execute(SQL("ALTER DATABASE {} IS_TEMPLATE true").format(Identifier(name)))
    return name


def _manage(url: str, command: list[str], **more: str) -> None:
    """Run a command of the portal in a process of its own, on the settings of an embedded demonstration."""
    environment = {
        key: value for key, value in os.environ.items() if key not in {"DJANGO_SETTINGS_MODULE", "EMAIL_URL"}
    }
    environment |= {"DATABASE_URL": url, "DEBUG": "0", "EMBEDDED": "1", "DEMO": "1", **more}
    environment["DEV_MAIL_DIR"] = str(folder() / "mail")
    environment["SECRET_KEY"] = DEMO_SECRET_KEY
    line = [sys.executable, "manage.py", *command]
    done = subprocess.run(line, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@contextmanager
def one_at_a_time(what: str) -> Iterator[None]:
    """Let other processes of this run wait."""
    with (folder() / f"{what}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _server() -> psycopg.Connection:
    return psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)


def folder() -> Path:
    """Return the folder of this run, the same for pytest and its workers."""
    return Path(os.environ["TEST_FOLDER"])


def _prefix() -> str:
    return re.sub(r"\W", "_", folder().name).lower() + "_"
