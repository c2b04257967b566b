"""How PostgreSQL would answer, whatever tests before counted."""

from collections.abc import Sequence
from typing import Any

from django.db import connection, models, transaction

#: What is forbidden where a plan has to show an index that answers the condition, not just any to walk along.
WALKS = ("seqscan", "indexscan", "indexonlyscan")


def plan_of(
    asked: models.QuerySet[Any] | str,
    parameters: Any = None,
    *,
    without: Sequence[str] = ("seqscan",),
    options: str = "",
) -> str:
    """Return the plan for rows or a statement, in a database that nobody has counted yet.

    What ANALYZE wrote for the rows of an earlier test outlives them, also where the test was rolled back, and another
    count is another plan: tables are taken for uncounted here, so that a plan says what the indexes and the statement
    allow. Ways ``without`` which it should do are forbidden, as far as there is another; they and the counts are
    as before afterwards. ``options`` are those of EXPLAIN.
    """
    sql, parameters = (asked, parameters) if isinstance(asked, str) else asked.query.sql_with_params()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_clear_relation_stats('public', relname), pg_clear_attribute_stats('public', relname, attname, f)"
            " FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid, (VALUES (false), (true)) AS inherited (f)"
            " WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND attnum > 0 AND NOT attisdropped"
        )
        for way in without:
            cursor.execute(f"SET LOCAL enable_{way} = off")
        cursor.execute(f"EXPLAIN ({options or 'COSTS'}) {sql}", parameters)
        plan = "\n".join(str(line) for (line,) in cursor.fetchall())
        transaction.set_rollback(True)
    return plan
