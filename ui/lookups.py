"""``__iexact`` that finds what the indexes hold, and ``__any``, which takes a list as one value.

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


class AnyOf(lookups.Lookup[Any]):
    """Equal to one of a list: like ``__in``, but the same statement however many there are (``ui.statements``)."""

    lookup_name = "any"
    prepare_rhs = False

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, tuple[Any, ...]]:
        """Hand over the list as one array of the column's type."""
        left, parameters = compiler.compile(self.lhs)
        kind = self.lhs.output_field.db_type(connection)
        return f"{left} = ANY(%s::{kind}[])", (*parameters, list(self.rhs))
