"""``__iexact`` that finds what the indexes hold.

Django asks PostgreSQL for ``UPPER(column) = UPPER(value)``; what has to be unique whatever its case is unique on
``Lower(column)``, so such a look-up read the whole table. Here, and in every library, it asks for ``LOWER`` instead.
"""

from __future__ import annotations

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import lookups
from django.db.models.sql.compiler import SQLCompiler


class IExact(lookups.IExact[Any]):
    """Equal whatever the case of letters, by the index on ``Lower``."""

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, tuple[str | int, ...]]:
        """Compare both sides in lower case; the database makes them so, as it did for the index."""
        left, left_parameters = compiler.compile(self.lhs)
        right, right_parameters = self.process_rhs(compiler, connection)
        return f"LOWER({left}) = LOWER({right})", (*left_parameters, *right_parameters)
