"""When members are asked whether a bottleneck is solved, and what their answers come to. Spec 02, Life."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from .models import Noticed

#: So long after somebody marked it solved they are asked: long enough to notice.
ASKED_AFTER = timedelta(days=14)
#: So long they can answer.
ANSWERED_WITHIN = timedelta(days=14)
#: It takes so many who still run into it to open it again, and so many of a hundred that answered.
LEAST_NOES, PERCENT_NOES = 3, 30


def reopens(counts: Mapping[str, int]) -> bool:
    """Whether these answers, by what they say, open it again: whoever does not know is one who answered."""
    noes = counts.get(Noticed.NO, 0)
    return noes >= LEAST_NOES and noes * 100 >= sum(counts.values()) * PERCENT_NOES


def confirms(counts: Mapping[str, int]) -> bool:
    """Whether these answers confirm that it is solved: somebody notices it, and more than still run into it."""
    return not reopens(counts) and counts.get(Noticed.YES, 0) > counts.get(Noticed.NO, 0)
