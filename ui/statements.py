"""Questions whose SQL is written once a process and not once a page. Spec 09, what a page costs.

Most of what a page with ten short lists costs is Django putting together ten statements that are the same for every
reader but for a few values. ``rows`` takes a function that builds a queryset and its arguments: the first call compiles
what it builds with stand-ins in place of the values, every further one only puts the values in. The same text every
time is also what lets PostgreSQL keep its plan.

What an argument may be:

- a number, text, moment, date, UUID or list of numbers is a value of the statement;
- a member (``Standing``) is the values that a statement may ask of them;
- what somebody looks for (``Sought``) is values as well, worked out beforehand; PostgreSQL plans for them each time;
- None, bool, enum members and what is empty or zero are part of which statement it is, as is whoever is not signed in.

The function may not work with a value (add a day to it, look whether it is large): it has to reach the database as it
came. The clock and the language are values as well: they are arguments. What can be found out is refused at the first
call, and with ``CHECK_STATEMENTS`` (in tests, and while developing) every call builds its queryset anew and compares.

This module alone knows Django's compiler: ``SQLCompiler.as_sql`` and what it leaves behind for reading rows.
"""

from __future__ import annotations

import copy
import secrets
import uuid
from collections.abc import Callable, Generator, Hashable, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import Model
from django.db.models.expressions import RawSQL

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.db.models.sql.compiler import SQLCompiler


class Standing:
    """Something of which statements ask a few values: who reads, or what they look for. Its class says which."""

    def statement_values(self) -> tuple[Any, ...]:
        """What statements may ask of it; never None."""
        raise NotImplementedError

    def statement_shape(self) -> Hashable:
        """What decides which statement it is."""
        raise NotImplementedError

    def standing_in(self, values: tuple[Any, ...]) -> Self:
        """Return one of the same shape that holds ``values`` and cannot tell anything else."""
        raise NotImplementedError


class Sought(Standing):
    """What somebody looks for: how PostgreSQL had best look depends on the very words.

    A frequent one is found by reading on until there are enough, a rare one through an index. A statement that is asked
    for such is written once like any other, but its plan is not kept: each is planned for the values that come with it.
    """


class UnfitStatementError(TypeError):
    """The function that builds the queryset does what ``ui.statements`` rules out; the text says what."""


def rows[**P, R](build: Callable[P, QuerySet[Any, R]], *args: P.args, **kwargs: P.kwargs) -> list[R]:
    """The rows of ``build(*args)``, in one query. Raises UnfitStatementError where it works with its values."""
    if kwargs:
        raise TypeError("the values of a statement have places, not names")
    if _is_beyond_columns(args):
        return list(build(*args, **kwargs))
    with _planned(args):
        return list(_statement(build, args).queryset(args))


def first[**P, R](build: Callable[P, QuerySet[Any, R]], *args: P.args, **kwargs: P.kwargs) -> R | None:
    """The first of ``rows``, or None; ``build`` says how many are read: a queryset of one."""
    return next(iter(rows(build, *args, **kwargs)), None)


def number[**P](build: Callable[P, QuerySet[Any, Any]], *args: P.args, **kwargs: P.kwargs) -> int:
    """How many rows ``build(*args)`` has, in one query. Its queryset names few columns, and no order."""
    if kwargs:
        raise TypeError("the values of a statement have places, not names")
    if _is_beyond_columns(args):
        return build(*args, **kwargs).count()
    statement = _statement(build, args)
    if not statement.sql:
        return 0
    with _planned(args), connection.cursor() as cursor:
        cursor.execute(f"SELECT COUNT(*) FROM ({statement.sql}) AS counted", statement.parameters(args))  # noqa: S608
        return int(cursor.fetchone()[0])


def subquery[**P](build: Callable[P, QuerySet[Any, Any]], *args: P.args, **kwargs: P.kwargs) -> RawSQL:
    """``build(*args)``, rows of one column, as part of another queryset: what many have in common is written once.

    Raises UnfitStatementError where it works with its values, or can have no rows.
    """
    if kwargs:
        raise TypeError("the values of a statement have places, not names")
    statement = _statement(build, args)
    if not statement.sql:
        raise UnfitStatementError(f"{_name(build)} can have no rows")
    return RawSQL(statement.sql, statement.parameters(args))  # noqa: S611 - Django wrote it, its values are parameters


@dataclass(frozen=True, slots=True)
class Stretch[**P, R]:
    """The first ``most`` rows of what ``build`` builds; a function for ``rows`` itself."""

    build: Callable[P, QuerySet[Any, R]]
    most: int

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> QuerySet[Any, R]:
        """Build it and cut it off."""
        return self.build(*args, **kwargs)[: self.most]


def template[**P](build: Callable[P, QuerySet[Any, Any]], *args: P.args, **kwargs: P.kwargs) -> QuerySet[Any, Any]:
    """What ``build`` builds, with stand-ins for values: to be looked at (its order), never to be read."""
    return _statement(build, args).template


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a parameter comes from: which argument, which of its values (None: itself), and how it is adapted."""

    argument: int
    value: int | None
    adapt: Callable[[Any], Any] | None

    def __call__(self, args: Sequence[Any]) -> Any:
        found = args[self.argument] if self.value is None else args[self.argument].statement_values()[self.value]
        return self.adapt(found) if self.adapt is not None else found


@dataclass(frozen=True, slots=True)
class _Statement:
    """What is kept: the text ("" for what can have no rows), where its parameters come from, and how rows are read."""

    sql: str
    places: tuple[Any, ...]
    template: QuerySet[Any, Any]
    compiler: SQLCompiler
    converters: dict[int, Any]

    def parameters(self, args: Sequence[Any]) -> tuple[Any, ...]:
        return tuple(place(args) if isinstance(place, _Place) else place for place in self.places)

    def queryset(self, args: Sequence[Any]) -> QuerySet[Any, Any]:
        """A queryset to be read and no more: to narrow it further would change nothing."""
        found = self.template._chain()  # type: ignore[attr-defined]
        if not self.sql:
            return found.none()  # type: ignore[no-any-return]
        compiler = copy.copy(self.compiler)
        compiler.connection = connection
        ready = (self.sql, self.parameters(args))
        compiler.as_sql = lambda *_args, **_kwargs: ready  # type: ignore[method-assign]
        compiler.get_converters = lambda _columns: self.converters  # type: ignore[method-assign,assignment]
        found.query.get_compiler = lambda *_args, **_kwargs: compiler
        return found  # type: ignore[no-any-return]


#: So many times a statement is asked before PostgreSQL is told to keep it.
PREPARED_AFTER = 2
#: So many statements are kept: several times what the portal has. Those of odd searches do not pile up beyond it.
MOST_KEPT = 1_000
_LARGEST = 2**63 - 1  # of BIGINT
_kept: dict[Hashable, _Statement] = {}


def _statement(build: Callable[..., QuerySet[Any, Any]], args: Sequence[Any]) -> _Statement:
    key = (build, *map(_shape, args))
    statement = _kept.get(key)
    if statement is None:
        statement = _compile(build, args)
        for oldest in list(_kept)[: max(0, len(_kept) + 1 - MOST_KEPT)]:
            _kept.pop(oldest, None)  # another thread may have been here
        _kept[key] = statement
    if settings.CHECK_STATEMENTS:
        _check(build, args, statement)
    return statement


@contextmanager
def plans_kept() -> Generator[None]:
    """Let PostgreSQL keep the plans of what is asked meanwhile, for this connection, and of nothing else.

    Statements that write or read by the thousand are planned for the rows there are: a plan that was made for an empty
    table would look at every pair of ten thousand. When a table grows, ANALYZE (by autovacuum) lets the kept ones go.
    """
    connection.ensure_connection()
    raw = connection.connection
    before, raw.prepare_threshold = raw.prepare_threshold, PREPARED_AFTER
    try:
        yield
    finally:
        raw.prepare_threshold = before


def _planned(args: Sequence[Any]) -> AbstractContextManager[None]:
    """``plans_kept``, but what looks for something (``Sought``) is planned for what it looks for."""
    return nullcontext() if any(isinstance(argument, Sought) for argument in args) else plans_kept()


# --- Arguments --------------------------------------------------------------------------------------------------------
def _is_value(argument: Any) -> bool:
    """Whether it is put into the statement, and not part of which statement it is."""
    if isinstance(argument, (bool, Enum)) or not argument:
        return False
    if isinstance(argument, list):
        return True
    return isinstance(argument, (int, str, date, Decimal, uuid.UUID))


def _is_beyond_columns(args: Sequence[Any]) -> bool:
    """Whether a number is larger than any column holds: Django knows what to ask then, PostgreSQL refuses it."""
    return any(isinstance(argument, int) and not -_LARGEST <= argument <= _LARGEST for argument in args)


def _shape(argument: Any) -> Hashable:
    if isinstance(argument, Standing):
        return argument.__class__, argument.statement_shape()
    if isinstance(argument, Model):
        raise UnfitStatementError(f"{argument!r} is a row, not a value: give its number")
    if _is_value(argument):
        return datetime if isinstance(argument, datetime) else argument.__class__
    return tuple(argument) if isinstance(argument, list) else argument


def _stand_in_for(value: Any) -> Any:
    """A value of the same kind that occurs nowhere else."""
    chance = secrets.randbelow(500_000_000)
    match value:
        case int():
            return 1_500_000_000 + chance  # fits every column that counts
        case str():
            return f"stand-in {chance}"
        case datetime():
            return datetime(1700, 1, 1, tzinfo=UTC) + timedelta(microseconds=chance)
        case date():
            return date(1000, 1, 1) + timedelta(days=chance % 200_000)
        case Decimal():
            return Decimal(chance) / 10
        case uuid.UUID():
            return uuid.uuid4()
        case list():
            return [1_500_000_000 + chance]
    raise UnfitStatementError(f"{value!r} is no value of a statement")


# --- Compiling --------------------------------------------------------------------------------------------------------
def _compile(build: Callable[..., QuerySet[Any, Any]], args: Sequence[Any]) -> _Statement:
    """Compile twice with different stand-ins: only they may differ."""
    (one, template, compiler), (other, _template, _compiler) = (_trial(build, args) for _twice in range(2))
    name = _name(build)
    if one.sql != other.sql or len(one.parameters) != len(other.parameters):
        raise UnfitStatementError(f"{name} builds another statement for another value")
    places = []
    for param, again in zip(one.parameters, other.parameters, strict=True):
        place = one.place_of(param)
        if place != other.place_of(again):
            raise UnfitStatementError(f"{name} works with a value: {param!r} and {again!r} are no arguments of it")
        if place is None and isinstance(param, date):
            raise UnfitStatementError(f"{name} asks the clock ({param!r}): give it the moment")
        if place is None and param != again:
            raise UnfitStatementError(f"{name} works with a value: it makes {param!r} of it once and {again!r} then")
        places.append(param if place is None else place)
    # What makes Python's values of the columns is the same for every connection, and as dear to find as to use.
    columns = [column for column, *_rest in compiler.select[: compiler.col_count]] if one.sql else []
    return _Statement(one.sql, tuple(places), template, compiler, compiler.get_converters(columns))


@dataclass(frozen=True, slots=True)
class _Trial:
    """What came of compiling with stand-ins, by argument and value."""

    sql: str
    parameters: tuple[Any, ...]
    stand_ins: list[tuple[int, int | None, Any]]

    def place_of(self, parameter: Any) -> _Place | None:
        for argument, value, stand_in in self.stand_ins:
            if isinstance(parameter, stand_in.__class__) and parameter == stand_in:
                is_wrapped = parameter.__class__ is not stand_in.__class__
                return _Place(argument, value, parameter.__class__ if is_wrapped else None)
        return None


def _trial(
    build: Callable[..., QuerySet[Any, Any]], args: Sequence[Any]
) -> tuple[_Trial, QuerySet[Any, Any], SQLCompiler]:
    stand_ins: list[tuple[int, int | None, Any]] = []
    given: list[Any] = []
    for place, argument in enumerate(args):
        if isinstance(argument, Standing):
            values = tuple(map(_stand_in_for, argument.statement_values()))
            stand_ins += [(place, nth, value) for nth, value in enumerate(values)]
            given.append(argument.standing_in(values))
        elif _is_value(argument):
            given.append(_stand_in_for(argument))
            stand_ins.append((place, None, given[-1]))
        else:
            given.append(argument)
    template = build(*given)
    sql, parameters, compiler = _sql_of(template)
    return _Trial(sql, parameters, stand_ins), template, compiler


def _sql_of(queryset: QuerySet[Any, Any]) -> tuple[str, tuple[Any, ...], SQLCompiler]:
    compiler = queryset.query.get_compiler(using=DEFAULT_DB_ALIAS)
    try:
        sql, parameters = compiler.as_sql()
    except EmptyResultSet:
        return "", (), compiler
    return sql, tuple(parameters), compiler


def _check(build: Callable[..., QuerySet[Any, Any]], args: Sequence[Any], statement: _Statement) -> None:
    """Raise UnfitStatementError where building the queryset anew says something else than what is kept."""
    sql, parameters, _compiler = _sql_of(build(*args))
    if (sql, parameters) != (statement.sql, statement.parameters(args)):
        raise UnfitStatementError(f"{_name(build)} depends on more than its arguments")


def _name(build: Any) -> str:
    inner = getattr(build, "build", None)  # Stretch and its like
    return _name(inner) if inner else f"{build.__module__}.{build.__qualname__}"
