"""What every test has: PostgreSQL and Valkey of its own (``tests.servers``), an empty cache, and helpers for races."""

import os
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connections

from tests import chromium


@pytest.fixture(autouse=True)
def _empty_cache() -> None:
    """Start each test without cached pages, rate-limit counts or queued tasks of the one before."""
    cache._cache.get_client().flushdb()  # type: ignore[attr-defined]


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Drive the Chromium of this machine, whichever it is; as root Chromium starts without its sandbox only."""
    path = chromium.find()
    if path is None:
        pytest.skip("no Chromium on this machine; `make test` installs one")
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    return {**browser_type_launch_args, "executable_path": path, "args": sandbox}


def run_together[T](*calls: Callable[[], T]) -> list[T | BaseException]:
    """Start ``calls`` at one barrier, each in its own thread and database connection.

    Returns their results in order; a call that raised is represented by its exception.
    """
    barrier = threading.Barrier(len(calls))
    results: list[T | BaseException] = [RuntimeError("did not run")] * len(calls)

    def run(place: int, call: Callable[[], T]) -> None:
        try:
            barrier.wait(timeout=30)
            results[place] = call()
        except BaseException as error:
            results[place] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(place, call)) for place, call in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    return results
