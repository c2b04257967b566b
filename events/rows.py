"""What rows of sessions say to everybody, drawn once for as long as it is the same. Spec 09."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString

from ui.shared import drawn

from .models import Room, Session, SessionKind, SessionState, Venue

if TYPE_CHECKING:
    from community.models import Hub


class _Says(NamedTuple):
    """All that stands under the title of a row; moments as ISO 8601, and the year that goes without saying."""

    number: int
    starts_at: str
    ends_at: str
    time_zone: str
    this_year: int
    venue: str
    city: str
    kind: str
    hub: str
    is_for_everyone: bool
    capacity: int | None
    taken_count: int
    has_occupancy: bool


def foot(session: Session, hub: Hub | None) -> SafeString:
    """When, where and for whom ``session`` is, and how full; ``hub`` is its hub if the reader may know of it."""
    venue = session.venue
    return _foot(
        _Says(
            number=session.pk,
            starts_at=session.starts_at.isoformat(),
            ends_at=session.ends_at.isoformat(),
            time_zone=session.time_zone,
            this_year=timezone.localdate(timezone=session.zone).year,
            venue=venue.name if venue else "",
            city=venue.city if venue else "",
            kind=str(session.kind),
            hub=hub.name if hub else "",
            is_for_everyone=session.hub_id is None,
            capacity=session.capacity,
            taken_count=session.taken_count,
            has_occupancy=session.state == SessionState.PUBLISHED and not session.has_ended,
        )
    )


@drawn
def _foot(says: _Says) -> SafeString:
    room = Room(venue=Venue(name=says.venue, city=says.city)) if says.venue else None
    session = Session(
        pk=says.number,
        starts_at=datetime.fromisoformat(says.starts_at),
        ends_at=datetime.fromisoformat(says.ends_at),
        time_zone=says.time_zone,
        kind=SessionKind(says.kind),
        room=room,
        capacity=says.capacity,
        taken_count=says.taken_count,
    )
    shown = {"session": session, "hub": says.hub, "everyone": says.is_for_everyone, "counts": says.has_occupancy}
    return render_to_string("events/_session_foot.html", shown)
