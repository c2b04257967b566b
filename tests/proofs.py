"""How often the pieces and statements that are kept are compared with new ones while tests run.

``ui.shared`` draws every piece that it finds anew, and ``ui.statements`` builds every statement that it keeps anew; the
same comparison a hundred times in one test finds what it found before. So within a test the same one is made the first,
second, eighth, thirty-second, … time: what goes stale in the middle of a test is found when it is asked for again.
"""

from collections import Counter
from collections.abc import Callable, Hashable
from typing import Any

from django.utils import timezone
from django.utils.translation import get_language

from ui import shared, statements

_asked: Counter[Hashable] = Counter()
_prove, _check = shared._prove, statements._check


def start_again() -> None:
    """Compare everything anew: another test begins."""
    _asked.clear()


def install() -> None:
    """Put the rare comparisons in the place of those at every time."""
    shared._prove = _now_and_then(_prove, lambda _piece, draw, *says: (draw, *says, *map(type, says)))
    statements._check = _now_and_then(_check, lambda _build, _args, statement: id(statement))


def _now_and_then(compare: Callable[..., None], key: Callable[..., Hashable]) -> Callable[..., None]:
    def compared(*args: Any) -> None:
        asked = key(*args), get_language(), timezone.get_current_timezone_name()
        _asked[asked] = times = _asked[asked] + 1
        if times == 1 or (times.bit_count() == 1 and times.bit_length() % 2 == 0):
            compare(*args)

    return compared
