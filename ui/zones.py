"""Time zones to choose from: a short list instead of some five hundred names. Spec 00, Time zone."""

from __future__ import annotations

from datetime import tzinfo

#: The zones of the Kingdom first, then where a Dutch organisation has business, then enough to have every usual clock.
ZONES = [
    "Europe/Amsterdam",
    "America/Kralendijk",
    "America/Aruba",
    "America/Curacao",
    "America/Lower_Princes",
    "UTC",
    "Europe/Lisbon",
    "Europe/London",
    "Europe/Brussels",
    "Europe/Berlin",
    "Europe/Paris",
    "Europe/Madrid",
    "Europe/Rome",
    "Europe/Warsaw",
    "Europe/Athens",
    "Europe/Helsinki",
    "Europe/Kyiv",
    "Europe/Istanbul",
    "Africa/Lagos",
    "Africa/Johannesburg",
    "Africa/Nairobi",
    "America/Paramaribo",
    "America/Sao_Paulo",
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Los_Angeles",
    "Asia/Dubai",
    "Asia/Kolkata",
    "Asia/Jakarta",
    "Asia/Singapore",
    "Asia/Shanghai",
    "Asia/Tokyo",
    "Australia/Perth",
    "Australia/Sydney",
    "Pacific/Auckland",
]


def city_of(zone: tzinfo | str) -> str:
    """Name a time zone by its city: "Europe/Amsterdam" is "Amsterdam"."""
    return str(zone).rpartition("/")[2].replace("_", " ")


def zone_choices(*also: str) -> list[tuple[str, str]]:
    """Time zones to choose from, with the city as label; ``also`` are added when they are not in the list.

    What is kept already belongs to ``also``, so that saving a form never moves anybody.
    """
    return [(key, city_of(key)) for key in dict.fromkeys([*ZONES, *filter(None, also)])]
