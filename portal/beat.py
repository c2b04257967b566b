"""The clock: RedBeat, except that it outlives Valkey. Spec 00, Reliability; docs/schedule.md."""

from types import SimpleNamespace
from typing import Any

from celery.utils.log import get_logger
from redbeat.schedulers import RedBeatScheduler, acquire_distributed_beat_lock
from redis.exceptions import LockError

from ui.valkey import FAILURES

logger = get_logger("celery.beat")


class PatientScheduler(RedBeatScheduler):  # type: ignore[misc] # redbeat ships no types
    """Waits while Valkey is away. When it is back it takes its lock and writes its table anew, if they are gone."""

    lock: Any = None
    is_set_up = False
    is_waiting = False

    def setup_schedule(self) -> None:
        """Leave it to the first tick: Valkey may not be there yet."""

    def tick(self, *args: Any, **kwargs: Any) -> float:
        """Start what is due; return in how many seconds to come back."""
        try:
            if not self.is_set_up:
                if self.lock is None:
                    acquire_distributed_beat_lock(SimpleNamespace(scheduler=self))
                super().setup_schedule()
                self.is_set_up = True
            seconds: float = super().tick(*args, **kwargs)
        except LockError:  # Valkey was away for longer than the lock holds, or came back empty
            self.lock, self.is_set_up = None, False
            return 0.0
        except FAILURES as error:
            if not self.is_waiting:
                logger.warning("Valkey does not answer (%r); the clock waits.", error)
            self.is_waiting = True
            return float(self.max_interval)
        if self.is_waiting:
            logger.warning("Valkey answers again; the clock goes on.")
        self.is_waiting = False
        return seconds

    def close(self) -> None:
        """Give the lock back, which ends by itself where that cannot be done."""
        try:
            super().close()
        except FAILURES as error:
            logger.warning("The lock of the clock could not be given back: %r", error)
