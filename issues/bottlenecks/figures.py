"""The figures of a bottleneck: one statement counts them for a vote, for ``manage.py recount`` and for a load test.

Support is the sum over hubs of the square root of that hub's votes; votes without a hub form one group in it and reach
no hub. The unique pair of bottleneck and voter key makes the number of votes the number of distinct members.

A bottleneck to which others point counts the votes of its whole set, and each voter key in it once: with the hub of the
oldest vote and the largest estimate. What points to it keeps figures of its own, so nothing has to be restored when it
no longer does. Spec 02, Support and Merge.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from django.db import connection

COLUMNS = ("member_count", "hub_count", "hours", "estimate_count", "support")

_SUMS = "COUNT(*) AS votes, SUM(hours) AS hours, COUNT(hours) AS estimates"
_MEMBER = "(ARRAY_AGG(hub_id ORDER BY cast_at, id))[1] AS hub_id, MAX(hours) AS hours"
_PER_HUB = f"SELECT hub_id, {_SUMS} FROM issues_vote WHERE bottleneck_id = %s GROUP BY hub_id"  # noqa: S608 - constants
_PER_HUB_OF_SET = f"""
    SELECT hub_id, {_SUMS} FROM (
        SELECT {_MEMBER} FROM issues_vote WHERE bottleneck_id = ANY(%s) GROUP BY voter_key
    ) member GROUP BY hub_id
"""  # noqa: S608 - made of constants
_FIGURES = """
    COALESCE(SUM(votes), 0)::integer AS member_count,
    COUNT(hub_id)::integer AS hub_count,
    COALESCE(SUM(hours), 0)::numeric(9, 1) AS hours,
    COALESCE(SUM(estimates), 0)::integer AS estimate_count,
    COALESCE(SUM(SQRT(votes::numeric)), 0)::numeric(12, 4) AS support
"""
_WRITE = f"""
    WITH per_hub AS ({{per_hub}})
    UPDATE issues_bottleneck SET ({", ".join(COLUMNS)}) = (SELECT {_FIGURES} FROM per_hub) WHERE id = %s
    RETURNING {", ".join(COLUMNS)}, COALESCE((SELECT votes FROM per_hub WHERE hub_id = %s), 0)
"""  # noqa: S608 - made of constants
_ONE, _SET = _WRITE.format(per_hub=_PER_HUB), _WRITE.format(per_hub=_PER_HUB_OF_SET)
_OWN = "SELECT COUNT(*), COUNT(DISTINCT hub_id) FROM issues_vote WHERE bottleneck_id = %s"

#: Each bottleneck with each that points to it, also by way of others; from the links themselves, not from what is kept.
TIED = """
    tied (top, part) AS (
        SELECT main_id, id FROM issues_bottleneck WHERE main_id IS NOT NULL
        UNION
        SELECT above.main_id, tied.part FROM tied JOIN issues_bottleneck AS above ON above.id = tied.top
        WHERE above.main_id IS NOT NULL
    )
"""
_ALL = f"""
    SELECT bottleneck_id, {_FIGURES} FROM (
        SELECT bottleneck_id, hub_id, {_SUMS} FROM issues_vote
        WHERE bottleneck_id NOT IN (SELECT top FROM tied) GROUP BY bottleneck_id, hub_id
        UNION ALL
        SELECT top, hub_id, {_SUMS} FROM (
            SELECT top, {_MEMBER}
            FROM (SELECT top, part FROM tied UNION SELECT top, top FROM tied) AS whole
            JOIN issues_vote ON issues_vote.bottleneck_id = whole.part GROUP BY top, voter_key
        ) member GROUP BY top, hub_id
    ) per_hub GROUP BY bottleneck_id
"""  # noqa: S608 - made of constants
_DIFFERENT = f"""
    WITH RECURSIVE {TIED}
    SELECT stored.id, {", ".join(f"stored.{name}, COALESCE(counted.{name}, 0)" for name in COLUMNS)}
    FROM issues_bottleneck stored LEFT JOIN ({_ALL}) counted ON counted.bottleneck_id = stored.id
    WHERE ({", ".join(f"stored.{name}" for name in COLUMNS)})
        IS DISTINCT FROM ({", ".join(f"COALESCE(counted.{name}, 0)" for name in COLUMNS)})
    ORDER BY stored.id
"""  # noqa: S608 - made of constants
_WRITE_ALL = f"""
    WITH RECURSIVE {TIED}
    UPDATE issues_bottleneck SET {", ".join(f"{name} = counted.{name}" for name in COLUMNS)}
    FROM ({_ALL}) counted WHERE counted.bottleneck_id = issues_bottleneck.id
"""  # noqa: S608 - made of constants


@dataclass(frozen=True, slots=True)
class Figures:
    """What the votes of one bottleneck add up to; ``hours`` a month, ``support`` to four decimals."""

    member_count: int
    hub_count: int
    hours: Decimal
    estimate_count: int
    support: Decimal


def support_of(votes_per_group: Iterable[int]) -> Decimal:
    """Support for these numbers of votes, one number a hub (and one for members without a hub).

    To four decimals, as PostgreSQL counts it: a sum of square roots of whole numbers is whole or irrational, so it
    never lies between two.
    """
    total = sum((Decimal(votes).sqrt() for votes in votes_per_group), Decimal(0))
    return total.quantize(Decimal("0.0001"), rounding=ROUND_HALF_UP)


def recount(bottleneck_id: int, hub_id: int | None = None, *, parts: Sequence[int] = ()) -> tuple[Figures, int]:
    """Count the votes of one bottleneck, and of its ``parts``, and keep the figures with it.

    The caller holds its row's lock, and that of the main one of the set. Returns them, and how many of the votes are of
    the hub ``hub_id``: 0 without one.
    """
    counted: int | list[int] = [bottleneck_id, *parts] if parts else bottleneck_id
    with connection.cursor() as cursor:
        cursor.execute(_SET if parts else _ONE, [counted, bottleneck_id, hub_id])
        *figures, hub_votes = cursor.fetchone()
        return Figures(*figures), hub_votes


def own_reach(bottleneck_id: int) -> tuple[int, int]:
    """How many members and hubs support this one itself, whatever points to it."""
    with connection.cursor() as cursor:
        cursor.execute(_OWN, [bottleneck_id])
        members, hubs = cursor.fetchone()
        return members, hubs


def recount_all() -> None:
    """Write the figures of every bottleneck that has votes, in one statement; for data that was loaded in bulk."""
    with connection.cursor() as cursor:
        cursor.execute(_WRITE_ALL)


def differences() -> Iterator[tuple[int, Figures, Figures]]:
    """Yield every bottleneck whose figures do not equal its votes: its number, what is kept, what the votes say.

    One statement, so one view of the data: a vote that is being cast meanwhile is either in both or in neither.
    """
    with connection.cursor() as cursor:
        cursor.execute(_DIFFERENT)
        for number, *figures in cursor.fetchall():
            yield number, Figures(*figures[0::2]), Figures(*figures[1::2])
