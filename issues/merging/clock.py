"""Days of merges, in Europe/Amsterdam whoever reads. Spec 00, Time zone."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.utils import timezone

ZONE = ZoneInfo("Europe/Amsterdam")


def day_of(moment: datetime) -> date:
    """The day that ``moment`` falls on."""
    return timezone.localtime(moment, ZONE).date()
