"""``__iexact`` that finds what indexes hold, ``__any``, which takes a list as one value, and keys that are found once.

Django asks PostgreSQL for ``UPPER(column) = UPPER(value)``; what has to be unique whatever its case is unique on
``Lower(column)``, so such a look-up read the whole table. Here, and in every library, it asks for ``LOWER`` instead.
"""

from __future__ import annotations

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BooleanField, F, Func, Q, QuerySet, Subquery, lookups
from django.db.models.expressions import RawSQL
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


def is_among(path: str, keys: QuerySet[Any, Any] | RawSQL) -> Q:
    """Rows whose ``path`` is one of ``keys``, which few rows are asked for: for one side of an "or".

    ``keys`` are found at most once and kept as an array. The planner would take it that ``IN`` beside "or" has to find
    them anew for every row of the other table, and read all of that table instead.
    """
    found = Subquery(keys.order_by()) if isinstance(keys, QuerySet) else keys
    array = {"arg_joiner": " = ANY(ARRAY", "template": "(%(expressions)s))"}
    return Q(Func(F(path), found, output_field=BooleanField(), **array))
