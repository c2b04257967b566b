"""Pages of long lists by key, so that page 500 costs what page 1 costs, and counts that know when to stop."""

from __future__ import annotations

import binascii
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import F, Q, QuerySet
from django.db.models.expressions import OrderBy
from django.utils.formats import number_format
from django.utils.translation import gettext

from ui import statements

PAGE_SIZE = 50
_LONGEST_CURSOR = 2_000
_MOST_DIGITS = 100  # of a number in a cursor; PostgreSQL refuses what is far longer


@dataclass(frozen=True, slots=True)
class Page[R]:
    """A stretch of a list: its rows, and the cursor of what follows ("" at the end)."""

    rows: list[R]
    next_cursor: str
    is_first: bool


@dataclass(frozen=True, slots=True)
class Count:
    """How many there are, as far as anybody wants to know."""

    number: int
    is_more: bool

    def __str__(self) -> str:
        number = number_format(self.number, use_l10n=True, force_grouping=True)
        return gettext("more than %(number)s") % {"number": number} if self.is_more else number


def paginate[R](queryset: QuerySet[Any, R], after: str | None = None, *, size: int = PAGE_SIZE) -> Page[R]:
    """Return the ``size`` rows that follow the cursor ``after`` in one query; the first page without one.

    The ordering of ``queryset`` ends in ``pk`` and names fields, paths over foreign keys or annotations (a direction
    and ``nulls_last`` are fine, other expressions are annotated first). A cursor that cannot be read leads to the first
    page. Raises ValueError for an ordering that does not end in ``pk``.
    """
    keys = _keys(queryset)
    rows_after, is_first = queryset, True
    values = _decode(after, len(keys)) if after else None
    if values is not None:
        # One that was made up, or dates from before a change of ordering, compares the wrong kinds of values.
        with suppress(ValueError, TypeError, ValidationError, OverflowError):
            rows_after, is_first = queryset.filter(_follows(keys, values)), False
    return _page(list(rows_after[: size + 1]), keys, size, is_first=is_first)


def paginate_kept[R](
    build: Callable[..., QuerySet[Any, R]], *args: Any, after: str | None, size: int = PAGE_SIZE
) -> Page[R]:
    """Return a page of ``build(*args)`` as ``paginate`` does; the statement of the first one is kept."""
    if after:
        return paginate(build(*args), after, size=size)
    first = statements.Stretch(build, size + 1)
    return _page(statements.rows(first, *args), _keys(statements.template(first, *args)), size, is_first=True)


def _page[R](rows: list[R], keys: Sequence[_Key], size: int, *, is_first: bool) -> Page[R]:
    """Cut off the row that only says that there are more."""
    more, rows = len(rows) > size, rows[:size]
    return Page(rows, _encode([_value(rows[-1], key.name) for key in keys]) if more else "", is_first)


def count_up_to(queryset: QuerySet[Any], limit: int = 1_000) -> Count:
    """Count the rows of ``queryset``, giving up after ``limit``: nobody reads on, and the database need not either."""
    number = queryset.order_by()[: limit + 1].count()
    return Count(min(number, limit), number > limit)


def count_kept(build: Callable[..., QuerySet[Any]], *args: Any, limit: int = 1_000, at_least: int = 0) -> Count:
    """Count the rows of ``build(*args)`` as ``count_up_to`` does; its statement is kept.

    Where it is known that there are more than that (``at_least``), nothing is counted.
    """
    number = at_least if at_least > limit else statements.number(_Keys(build, limit + 1), *args)
    return Count(min(number, limit), number > limit)


@dataclass(frozen=True, slots=True)
class _Keys:
    """The keys of the first ``most`` rows of ``build``, in no order; a function for ``statements.number``."""

    build: Callable[..., QuerySet[Any]]
    most: int

    def __call__(self, *args: Any) -> QuerySet[Any, Any]:
        return self.build(*args).order_by().values("pk")[: self.most]


@dataclass(frozen=True, slots=True)
class _Key:
    name: str
    descending: bool
    nulls_last: bool


def _keys(queryset: QuerySet[Any]) -> list[_Key]:
    ordering: Sequence[Any] = queryset.query.order_by or queryset.model._meta.ordering or ()
    keys = []
    for part in ordering:
        if isinstance(part, str):
            descending = part.startswith("-")
            keys.append(_Key(part.lstrip("-"), descending, nulls_last=not descending))
        elif isinstance(part, OrderBy) and isinstance(part.expression, F):
            nulls_last = bool(part.nulls_last) or (not part.descending and not part.nulls_first)
            keys.append(_Key(_name(part.expression), part.descending, nulls_last))
        elif isinstance(part, F):
            keys.append(_Key(_name(part), descending=False, nulls_last=True))
        else:
            raise ValueError(f"annotate {part!r} and order by its name")  # noqa: TRY004 - the ordering is at fault
    if not keys or keys[-1].name not in {"pk", queryset.model._meta.pk.name}:
        raise ValueError("the ordering must end in pk, or pages repeat rows")
    return keys


def _name(expression: F) -> str:
    return str(expression.name)  # type: ignore[attr-defined]  # django-stubs do not know it


def _follows(keys: Sequence[_Key], values: Sequence[Any]) -> Q:
    """Build "comes after ``values``" from the last key to the first."""
    condition: Q | None = None
    for key, value in zip(reversed(keys), reversed(values), strict=True):
        null = Q(**{f"{key.name}__isnull": True})
        if value is None:
            beyond, same = (None if key.nulls_last else ~null), null
        else:
            beyond = Q(**{f"{key.name}__{'lt' if key.descending else 'gt'}": value})
            if key.nulls_last and key.name != "pk":
                beyond |= null
            same = Q(**{key.name: value})
        tie = same & condition if condition is not None else None
        parts = [part for part in (beyond, tie) if part is not None]
        condition = parts[0] | parts[1] if len(parts) == 2 else (parts[0] if parts else Q(pk__in=[]))
    assert condition is not None  # noqa: S101 - there is always the key pk
    return condition


def _value(row: Any, path: str) -> Any:
    for name in path.split("__"):
        row = getattr(row, name) if row is not None else None
    return row


# What a cursor may hold, by one letter. Datetimes keep their microseconds, which JSON encoders tend to cut.
def _encode(values: Sequence[Any]) -> str:
    packed: list[list[Any] | None] = []
    for value in values:
        match value:
            case None:
                packed.append(None)
            case bool() | int() | float() | str():
                packed.append(["v", value])
            case datetime():
                packed.append(["t", value.astimezone(UTC).isoformat()])
            case date():
                packed.append(["d", value.isoformat()])
            case Decimal():
                packed.append(["n", str(value)])
            case UUID():
                packed.append(["u", str(value)])
            case _:
                raise ValueError(f"a list cannot be continued after {value!r}")
    return urlsafe_b64encode(json.dumps(packed, separators=(",", ":")).encode()).decode().rstrip("=")


def _decode(cursor: str, length: int) -> list[Any] | None:
    if len(cursor) > _LONGEST_CURSOR:
        return None
    try:
        packed = json.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not isinstance(packed, list) or len(packed) != length:
            return None
        return [None if item is None else _unpack(*item) for item in packed]
    except (ValueError, TypeError, OverflowError, InvalidOperation, binascii.Error, RecursionError):
        return None


def _unpack(kind: str, value: Any) -> Any:
    if kind == "v" and isinstance(value, bool | int | float | str):
        if isinstance(value, str):
            value.encode()  # lone surrogates cannot be sent to PostgreSQL, nor can NUL
            if "\0" in value:
                raise ValueError("NUL in a cursor")
        return value
    readers: dict[str, Callable[[str], Any]] = {
        "t": datetime.fromisoformat,
        "d": date.fromisoformat,
        "n": Decimal,
        "u": UUID,
    }
    read = readers[kind](value) if kind in readers and isinstance(value, str) else None
    if read is None or (isinstance(read, Decimal) and not (read.is_finite() and abs(read.adjusted()) < _MOST_DIGITS)):
        raise ValueError("not a value of a cursor")
    if isinstance(read, datetime):
        if read.tzinfo is None:
            raise ValueError("a moment without a time zone")
        return read.astimezone(UTC)
    return read
