"""When a report or an appeal is due: in working days, and in days of Europe/Amsterdam. Spec 06, Moderation."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.utils import timezone

from ui.workdays import due_after

ZONE = ZoneInfo("Europe/Amsterdam")  # due days are days here, whoever reads them (spec 00)
#: Working days that a report or an appeal waits.
DECIDE_WITHIN = 3


def due_on(begun_at: datetime) -> date:
    """The day by which what began then is decided."""
    return due_after(DECIDE_WITHIN, timezone.localtime(begun_at, ZONE).date()).day
