"""A world of ``tests.acts`` for every race: made once a process, and put back row by row ever after.

To make one takes half a second of a processor, to put its rows back a hundredth.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass

from django.core.cache import cache
from django.core.management.color import no_style
from django.db import connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from tests import flush
from tests.acts import World, make_world
from tests.rows import kept_rows, put_back
from ui import shared


@dataclass(frozen=True)
class _Kept:
    world: World
    rows: dict[str, str]  # of every table that has any


_kept: dict[str, _Kept] = {}


def world_again() -> World:
    """Empty the tables and put a world into them, the same each time. For tests that commit."""
    tables = connection.introspection.django_table_names(only_existing=True, include_views=False)
    _empty(tables)
    cache._cache.get_client().flushdb()  # type: ignore[attr-defined]
    shared.forget()
    if not _may_put_back(connection):
        return make_world()
    name = str(connection.settings_dict["NAME"])
    if name not in _kept:
        world = make_world()
        rows = kept_rows(table for table in tables if table not in flush.KEPT)
        _kept[name] = _Kept(world, {table: lines for table, lines in rows.items() if lines})
    else:
        put_back(_kept[name].rows)
    return copy.deepcopy(_kept[name].world)


def _empty(tables: list[str]) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in flush.statements_to_empty(no_style(), tables):
            cursor.execute(statement)


def _may_put_back(database: BaseDatabaseWrapper) -> bool:
    """Whether rows may be put back as they were, past triggers and in any order."""
    with database.cursor() as cursor:
        cursor.execute("SELECT current_setting('is_superuser') = 'on'")
        return bool(cursor.fetchone()[0])
