"""Races with real threads and real connections."""

from __future__ import annotations

import threading
from collections.abc import Callable

from django.db import connection, connections


def run_together[T](*calls: Callable[[], T]) -> list[T | BaseException]:
    """Start ``calls`` at one barrier, each in its own thread and database connection; wait for all.

    Returns their results in order; a call that raised is represented by its exception. Needs
    ``django_db(transaction=True)``: what the test wrote must be committed.
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


def wait_for_who_waits() -> int:
    """The process of the one connection that waits for a lock."""
    while True:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_stat_clear_snapshot()")  # a transaction would go on seeing who was there at first
            cursor.execute(
                "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            if found := cursor.fetchone():
                return int(found[0])
