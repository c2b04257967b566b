"""A Valkey that was away in one test is there again in the next."""

from ui import ratelimit, valkey


def end_absence() -> None:
    """Let nobody take Valkey for away any longer: pages would do without what is shared, and limits count anew."""
    if valkey._absence is not None and valkey._absence.is_alive():
        valkey._absence.ends.set()
        valkey._absence.join()
    ratelimit._own.cache_clear()
