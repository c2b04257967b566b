"""The figures of a bottleneck: one statement counts them for a vote, for ``manage.py recount`` and for a load test.

Support is the sum over hubs of the square root of that hub's votes; votes without a hub form one group in it and reach
no hub. The unique pair of bottleneck and voter key makes the number of votes the number of distinct members. Spec 02.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from django.db import connection

COLUMNS = ("member_count", "hub_count", "hours", "estimate_count", "support")

_PER_HUB = """
    SELECT bottleneck_id, hub_id, COUNT(*) AS votes, SUM(hours) AS hours, COUNT(hours) AS estimates
    FROM issues_vote {where} GROUP BY bottleneck_id, hub_id
"""
_FIGURES = """
    COALESCE(SUM(votes), 0)::integer AS member_count,
    COUNT(hub_id)::integer AS hub_count,
    COALESCE(SUM(hours), 0)::numeric(9, 1) AS hours,
    COALESCE(SUM(estimates), 0)::integer AS estimate_count,
    COALESCE(SUM(SQRT(votes::numeric)), 0)::numeric(12, 4) AS support
"""
_ONE = f"""
    WITH per_hub AS ({_PER_HUB.format(where="WHERE bottleneck_id = %s")})
    UPDATE issues_bottleneck SET ({", ".join(COLUMNS)}) = (SELECT {_FIGURES} FROM per_hub) WHERE id = %s
    RETURNING {", ".join(COLUMNS)}, COALESCE((SELECT votes FROM per_hub WHERE hub_id = %s), 0)
"""  # noqa: S608 - made of constants
_ALL = f"""
    SELECT bottleneck_id, {_FIGURES} FROM ({_PER_HUB.format(where="")}) per_hub GROUP BY bottleneck_id
"""  # noqa: S608 - made of constants
_DIFFERENT = f"""
    SELECT stored.id, {", ".join(f"stored.{name}, COALESCE(counted.{name}, 0)" for name in COLUMNS)}
    FROM issues_bottleneck stored LEFT JOIN ({_ALL}) counted ON counted.bottleneck_id = stored.id
    WHERE ({", ".join(f"stored.{name}" for name in COLUMNS)})
        IS DISTINCT FROM ({", ".join(f"COALESCE(counted.{name}, 0)" for name in COLUMNS)})
    ORDER BY stored.id
"""  # noqa: S608 - made of constants
_WRITE_ALL = f"""
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


def recount(bottleneck_id: int, hub_id: int | None = None) -> tuple[Figures, int]:
    """Count the votes of one bottleneck and keep the figures with it. The caller holds its row's lock.

    Returns them, and how many of the votes are of the hub ``hub_id``: 0 without one.
    """
    with connection.cursor() as cursor:
        cursor.execute(_ONE, [bottleneck_id, bottleneck_id, hub_id])
        *figures, hub_votes = cursor.fetchone()
        return Figures(*figures), hub_votes


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
