"""PostgreSQL and Valkey of one test run: its own, empty, forgetful, gone afterwards.

``tests.settings`` calls ``provide()`` before the portal's settings are read. The first process (pytest itself) starts
the servers; the workers of pytest-xdist inherit their addresses. With ``DATABASE_URL`` and ``REDIS_URL`` set, those
servers are used.
"""

import atexit
import contextlib
import os
import re
import shutil
import tempfile
from pathlib import Path
from urllib.parse import quote

from portal.embedded import THROW_AWAY, EmbeddedPostgres, EmbeddedValkey
from portal.translations import compile_catalogues
from tests import databases

_running = contextlib.ExitStack()


def provide() -> Path:
    """Set ``DATABASE_URL`` and ``REDIS_URL``, starting servers for what is not given.

    Returns a folder that lives as long as the run, the same for pytest and its workers.
    """
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    if not worker and "TEST_FOLDER" not in os.environ:  # a run that a test starts is part of the run it is in
        _start()
    # gw0, gw1, … get database 1, 2, …, so that no worker sees another's tasks, cache or rate limits.
    number = int(worker.removeprefix("gw")) + 1 if worker else 0
    os.environ["REDIS_URL"] = re.sub(r"(rediss?://[^/?]*)(/\d*)?", rf"\1/{number}", os.environ["REDIS_URL"])
    return Path(os.environ["TEST_FOLDER"])


def _start() -> None:
    folder = Path(tempfile.mkdtemp(prefix="doorbraak-tests-"))
    folder.chmod(0o711)  # PostgreSQL may run as another user, see portal.embedded
    os.environ["TEST_FOLDER"] = str(folder)
    _running.callback(shutil.rmtree, folder, ignore_errors=True)
    atexit.register(_running.close)
    if not os.environ.get("DATABASE_URL"):
        postgres = EmbeddedPostgres(folder / "postgres", THROW_AWAY)
        _running.callback(postgres.stop)
        os.environ["DATABASE_URL"] = postgres.start()
    else:
        _running.callback(databases.drop_templates)
    if not os.environ.get("REDIS_URL"):
        valkey = EmbeddedValkey(folder / "valkey", keep=False)
        _running.callback(valkey.stop)
        os.environ["REDIS_URL"] = valkey.start()
    compile_catalogues()


def database_url() -> str:
    """Return the address of the database of this test, for a process of its own."""
    from django.db import connection

    database = connection.settings_dict
    user, password = quote(str(database["USER"]), safe=""), quote(str(database["PASSWORD"]), safe="")
    host = quote(str(database["HOST"]), safe="")
    return f"postgres://{user}:{password}@{host}:{database['PORT']}/{database['NAME']}"
