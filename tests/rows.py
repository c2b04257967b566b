"""Rows kept as COPY writes them, and put back: a hundredth of what it takes to make them anew."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.db import connection, transaction
from psycopg.sql import SQL, Identifier


def kept_rows(tables: Iterable[str]) -> dict[str, str]:
    """What stands in each of ``tables``."""
    rows: dict[str, str] = {}
    with connection.cursor() as cursor:
        for table in tables:
            with cursor.copy(SQL("COPY {} TO STDOUT").format(Identifier(table))) as lines:
                rows[table] = b"".join(lines).decode()
    return rows


def put_back(rows: Mapping[str, str]) -> None:
    """Leave in each table what was kept of it, past triggers and keys and in any order; needs a superuser."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for table, lines in rows.items():
            cursor.execute(SQL("DELETE FROM {}").format(Identifier(table)))
            if lines:
                with cursor.copy(SQL("COPY {} FROM STDIN").format(Identifier(table))) as copied:
                    copied.write(lines)
        cursor.execute("SET LOCAL session_replication_role = origin")
