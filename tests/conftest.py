"""What every test has: PostgreSQL and Valkey of its own (``tests.servers``), nothing kept, and a browser."""

import os
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection

from tests import chromium, databases, flush, proofs, statics
from tests.absence import end_absence
from ui import shared

# Playwright's synchronous API keeps an event loop in this thread once a browser has started; Django then refuses the
# database to every later test of the process, although nothing here is asynchronous.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
proofs.install()
statics.install()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the slow ones, so that no worker is left with one at the end; else the order is left to chance."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None) -> None:
    """Have the database of this process copied from the one that this run migrates, once."""
    connection.settings_dict["TEST"]["TEMPLATE"] = databases.migrated()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The database of this run; at the end nobody is in the way of dropping it.

    A server that a test started, or a thread of one, may hold a connection a little longer than its test.
    """
    flush.install()
    yield
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


@pytest.fixture(autouse=True)
def _empty_cache() -> Iterator[None]:
    """Start each test without sessions, shared values, rate-limit counts or queued tasks of the one before.

    Valkey is there too, even if a call failed before: otherwise it would be left alone for two seconds more.
    Pieces of a page that are found meanwhile are drawn anew as well, and have to say the same.
    """
    end_absence()
    cache._cache.get_client().flushdb()  # type: ignore[attr-defined]
    shared.forget()
    proofs.start_again()
    with shared.switched(proved=True):
        yield


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Drive the Chromium of this machine, whichever it is; as root Chromium starts without its sandbox only."""
    path = chromium.find()
    if path is None:
        pytest.skip("no Chromium on this machine; `make test` installs one")
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    # What draws without a graphics card costs less than what plays one in software.
    return {**browser_type_launch_args, "executable_path": path, "args": ["--disable-gpu", *sandbox]}
