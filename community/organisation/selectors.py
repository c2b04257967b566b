"""What forms suggest of the organisation."""

from __future__ import annotations

from django.db.models import QuerySet

from ui import statements

from .models import Unit

SUGGESTED = 300


def known_units() -> list[str]:
    """Names of units, for suggestions."""
    return statements.rows(_known_units)


def _known_units() -> QuerySet[Unit, str]:
    return Unit.objects.order_by("name").values_list("name", flat=True)[:SUGGESTED]
