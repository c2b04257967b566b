"""Valkey that may be away: short waits, and no asking while it is. Spec 00, Reliability.

What Valkey holds are copies, counts and calls for work; the truth is PostgreSQL's. So nobody waits for it: whoever asks
says what holds without an answer (``ask``), and after one failure this process does not ask again until a thread of its
own has seen Valkey answer.
"""

import logging
import threading
from collections.abc import Callable
from functools import lru_cache
from itertools import batched

import redis
from django.conf import settings
from django.core.cache import cache
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)

#: How long (seconds) Valkey is left alone after it did not answer.
REST = 2.0
#: What an absent Valkey looks like, straight or through Celery.
FAILURES = (redis.RedisError, OSError, OperationalError)

_lock = threading.Lock()
_absence: "_Absence | None" = None


def ask[T](call: Callable[[], T], otherwise: Callable[[], T], *, writes: bool = False) -> T:
    """Return ``call()``, or ``otherwise()`` where Valkey is away; a failure costs at most about ``VALKEY_WAIT``.

    With ``writes`` a call that could not be made leaves the cache behind the truth: it is emptied before it is read
    again.
    """
    error: Exception | None = None
    if not is_away():
        try:
            return call()
        except FAILURES as raised:
            error = raised
    if error or writes:
        _note(error, missed_write=writes)
    return otherwise()


def is_away() -> bool:
    """Whether Valkey did not answer this process lately. A thread does not live on in a fork, which asks for itself."""
    absence = _absence
    return absence is not None and absence.is_alive()


@lru_cache(maxsize=4)
def client(url: str) -> redis.Redis:
    """Return a client that waits as briefly as pages do."""
    wait = settings.VALKEY_WAIT
    return redis.Redis.from_url(url, socket_timeout=wait, socket_connect_timeout=wait)


def _note(error: Exception | None, *, missed_write: bool) -> None:
    """Have a thread wait for Valkey, unless one does; it also makes up for a write that was missed."""
    global _absence  # noqa: PLW0603 - one per process is the point
    with _lock:
        if _absence is None or not _absence.is_alive():
            if error:
                logger.warning("Valkey does not answer (%r); pages go on without it.", error)
            _absence = _Absence(settings.REDIS_URL)
            _absence.start()
        _absence.missed_writes += missed_write


class _Absence(threading.Thread):
    """Waits until Valkey answers again; as long as it runs, Valkey is away for this process."""

    def __init__(self, url: str) -> None:
        super().__init__(name="valkey-absence", daemon=True)
        self.url = url
        self.missed_writes = 0
        self.ends = threading.Event()

    def run(self) -> None:
        global _absence  # noqa: PLW0603
        while not self.ends.wait(REST):
            missed = self.missed_writes
            try:
                client(self.url).ping()
                if missed:
                    _empty_cache(client(self.url))
            except FAILURES:
                continue
            with _lock:
                if self.missed_writes == missed:
                    _absence = None if _absence is self else _absence
                    logger.warning("Valkey answers again.")
                    return


def _empty_cache(server: redis.Redis) -> None:
    """Forget every copy: who signed out meanwhile must not be found signed in. Counts and queues stay."""
    for keys in batched(server.scan_iter(match=cache.make_key("*"), count=1_000), 1_000, strict=False):
        server.unlink(*keys)
