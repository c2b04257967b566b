"""What writes of every app lean on: locks by name, found or made once, and what follows a commit."""

from __future__ import annotations

from collections.abc import Callable

from django.db import IntegrityError, connection, transaction

_TRIES = 3


def hold(name: str) -> None:
    """Let one transaction at a time go on behind the lock called ``name``; it ends with the transaction.

    For what no row can stand for: choosing names over two tables, adding to a shared vocabulary. These locks come
    before every lock on a row, and two of them in the order of ``docs/architecture.md``.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [name])


def find_or_create[T](find: Callable[[], T | None], create: Callable[[], T]) -> tuple[T, bool]:
    """What ``find`` gives, else what ``create`` makes, and whether that is new.

    The unique constraint decides when two do so at once: whoever is refused looks again. Raises IntegrityError when
    that finds nothing either: then something else is wrong with what ``create`` makes.
    """
    for attempt in range(1, _TRIES + 1):
        found = find()
        if found is not None:
            return found, False
        try:
            with transaction.atomic():
                return create(), True
        except IntegrityError:
            if attempt == _TRIES:
                raise
    raise AssertionError("a last attempt returns or raises")


def on_commit_once(call: Callable[[], object]) -> None:
    """Have ``call`` called once when this transaction commits, however often this is said in it.

    A call that fails is logged: what was committed is saved, and nobody is told otherwise.
    """
    # One that was asked for in a savepoint that is rolled back is forgotten by then; any other lasts as long as ours.
    if all(known is not call for _savepoints, known, _robust in transaction.get_connection().run_on_commit):
        transaction.on_commit(call, robust=True)
