"""What forms suggest of the organisation."""

from __future__ import annotations

from .models import Unit


def known_units() -> list[str]:
    """Names of units, for suggestions."""
    return list(Unit.objects.order_by("name").values_list("name", flat=True)[:300])
