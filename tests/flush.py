"""How the tables are emptied after a test that committed, in a tenth of the time."""

from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.db.backends.postgresql.operations import DatabaseOperations

KEPT = {"django_content_type", "auth_permission"}
LARGEST_DELETED = 8_000_000  # bytes, of all tables


def install() -> None:
    """Empty tables by ``statements_to_empty``."""
    connection.ops.sql_flush = statements_to_empty  # type: ignore[method-assign]


def statements_to_empty(
    style: Any, tables: Sequence[str], *, reset_sequences: bool = False, allow_cascade: bool = False
) -> list[str]:
    """Return what empties ``tables`` after a test that committed; ``connection.ops.sql_flush`` of the tests.

    TRUNCATE makes new files for sixty tables and all their indexes, whatever they hold. To delete the few rows of the
    few tables that hold any takes a tenth of that. Once there is much to delete, or PostgreSQL has counted what there
    was, it is TRUNCATE after all: what was counted as empty is taken for empty by the plans of a later test. Kinds of
    content and permissions are of the code.
    """
    emptied = [table for table in tables if table not in KEPT]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, pg_relation_size(oid), reltuples >= 0 AND relpages > 0,"
            " current_setting('is_superuser') = 'on'"
            " FROM pg_class WHERE relkind = 'r' AND relname = ANY(%s)",
            [emptied],
        )
        found = cursor.fetchall()
    used = [name for name, size, _is_known, _may in found if size]
    is_much = sum(size for _name, size, _is_known, _may in found) > LARGEST_DELETED
    if reset_sequences or is_much or not all(is_super and not is_known for _name, _size, is_known, is_super in found):
        return DatabaseOperations.sql_flush(
            connection.ops, style, emptied, reset_sequences=reset_sequences, allow_cascade=allow_cascade
        )
    deletions = [f'DELETE FROM "{name}"' for name in used]
    return ["; ".join(["SET LOCAL session_replication_role = replica", *deletions])]  # no keys to check, no triggers
