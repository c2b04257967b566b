"""Venues and rooms: added while scheduling, kept in the admin."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from events.models import Room, Venue
from ui.errors import RuleBroken


def add_venue(
    *,
    name: str,
    city: str,
    room: str,
    address: str = "",
    route: str = "",
    access: str = "",
    capacity: int | None = None,
) -> Room:
    """Add a room, and its venue unless one of that name is known (which keeps its address); returns the room.

    Adding the same room again gives the one there is. Raises RuleBroken when a venue of that name is in another city.
    """
    fields = {"city": city, "address": address, "route": route, "access": access}
    try:
        with transaction.atomic():
            venue, new = Venue.objects.get_or_create(name=name, defaults=fields)
            if not new and venue.city.casefold() != city.casefold():
                raise RuleBroken(
                    _("There is a venue of this name in %(city)s. Give this one another name.") % {"city": venue.city}
                )
            return Room.objects.get_or_create(venue=venue, name=room, defaults={"capacity": capacity})[0]
    except IntegrityError as error:
        raise RuleBroken(_("Somebody else is adding this place at this moment. Please try again.")) from error
