"""Rows by COPY, with the defaults of their model."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import connection, models


def copy_rows(model: type[models.Model], names: str, rows: Iterable[tuple[Any, ...]]) -> None:
    """Write ``rows`` into the table of ``model`` by COPY; ``names`` are their fields, separated by spaces.

    Every other field gets its default, worked out once: one that must differ from row to row has to be given.
    """
    given = names.split()
    fields = {field.attname: field for field in model._meta.concrete_fields if not field.generated}
    others = [field for name, field in fields.items() if name not in given and not field.primary_key]
    others = [field for field in others if not field.has_db_default()]
    constants = tuple(field.get_db_prep_save(field.get_default(), connection) for field in others)
    columns = ", ".join(f'"{field.column}"' for field in (*(fields[name] for name in given), *others))
    with connection.cursor() as cursor, cursor.copy(f"COPY {model._meta.db_table} ({columns}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row((*row, *constants))
