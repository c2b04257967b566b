"""Time zones to choose from: a short list instead of some five hundred names. Spec 00, Time zone."""

from __future__ import annotations

from datetime import tzinfo

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

#: The zones of the Kingdom first, then where a Dutch organisation has business, then enough to have every usual clock.
ZONES: dict[str, str | Promise] = {
    "Europe/Amsterdam": "Amsterdam",
    "America/Kralendijk": "Bonaire",
    "America/Aruba": "Aruba",
    "America/Curacao": "Curaçao",
    "America/Lower_Princes": "Sint Maarten",
    "UTC": "UTC",
    "Europe/Lisbon": _("Lisbon"),
    "Europe/London": _("London"),
    "Europe/Brussels": _("Brussels"),
    "Europe/Berlin": _("Berlin"),
    "Europe/Paris": _("Paris"),
    "Europe/Madrid": "Madrid",
    "Europe/Rome": "Rome",
    "Europe/Warsaw": _("Warsaw"),
    "Europe/Athens": _("Athens"),
    "Europe/Helsinki": "Helsinki",
    "Europe/Kyiv": "Kyiv",
    "Europe/Istanbul": "Istanbul",
    "Africa/Lagos": "Lagos",
    "Africa/Johannesburg": "Johannesburg",
    "Africa/Nairobi": "Nairobi",
    "America/Paramaribo": "Paramaribo",
    "America/Sao_Paulo": "São Paulo",
    "America/New_York": "New York",
    "America/Chicago": "Chicago",
    "America/Denver": "Denver",
    "America/Los_Angeles": "Los Angeles",
    "Asia/Dubai": "Dubai",
    "Asia/Kolkata": "Kolkata",
    "Asia/Jakarta": "Jakarta",
    "Asia/Singapore": "Singapore",
    "Asia/Shanghai": "Shanghai",
    "Asia/Tokyo": "Tokyo",
    "Australia/Perth": "Perth",
    "Australia/Sydney": "Sydney",
    "Pacific/Auckland": "Auckland",
}


def city_of(zone: tzinfo | str) -> str:
    """Name a time zone by its city, in the reader's language: "Europe/Lisbon" is "Lissabon"."""
    return str(ZONES.get(str(zone)) or str(zone).rpartition("/")[2].replace("_", " "))


def zone_choices(*also: str) -> list[tuple[str, str]]:
    """Time zones to choose from, with the city as label; ``also`` are added when they are not in the list.

    What is kept already belongs to ``also``, so that saving a form never moves anybody.
    """
    return [(key, city_of(key)) for key in dict.fromkeys([*ZONES, *filter(None, also)])]
