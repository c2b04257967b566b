"""The demonstration for tests that look at it: loaded once in a run for each day, and after that copied row by row.

To load it takes a second of a processor, to copy its rows a tenth of that.
"""

import json
from datetime import date
from pathlib import Path

from django.apps import apps
from django.core.management.color import no_style
from django.db import connection, transaction
from django.utils import timezone

from community.models import User
from portal.demo.load import load
from portal.demo.story import ZONE
from tests import databases, flush
from tests.rows import kept_rows, put_back
from ui.shared import everything_changed

LEFT_ALONE = {*flush.KEPT, "django_migrations"}


@transaction.atomic
def copy(*, today: date | None = None) -> None:
    """Leave in an empty database what ``load`` does, which is called once in a run for each ``today``."""
    assert not User.objects.exists()
    day = today or timezone.localdate(timezone=ZONE)
    kept = databases.folder() / f"demonstration-{day}.json"
    with databases.one_at_a_time(kept.name):
        if not kept.exists():
            load(today=day)
            _keep(kept)
            return
    _bring_back(kept)
    everything_changed()


def _keep(file: Path) -> None:
    tables = {*connection.introspection.table_names()} - LEFT_ALONE
    part = file.with_suffix(".part")
    part.write_text(json.dumps(kept_rows(sorted(tables))), "utf-8")
    part.rename(file)


def _bring_back(file: Path) -> None:
    put_back(json.loads(file.read_text("utf-8")))
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), apps.get_models(include_auto_created=True)):
            cursor.execute(statement)
