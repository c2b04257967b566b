"""Sessions as calendars: files and feeds (RFC 5545), and the part of a mail that a calendar acts on (RFC 5546).

UID is fixed per session. Nobody but the receiver stands in ATTENDEE. Spec 04, Calendar.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parseaddr
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from django.utils.translation import gettext as _
from icalendar import Calendar, Event, vCalAddress, vText

from activity.mailkinds import CalendarPart
from events.models import Rsvp, RsvpState, Session, SessionState
from events.vtimezones import vtimezone
from ui.markdown import plain_text

if TYPE_CHECKING:
    from community.models import User

PRODID = "-//Doorbraak//Doorbraak//NL"
CONTENT_TYPE = "text/calendar; charset=utf-8"
#: How much of a description calendars hold; the address of the page follows it.
ABOUT_LENGTH = 2_000


@dataclass(frozen=True, slots=True)
class Entry:
    """A session in a calendar: how often it changed there, since when, and how much its reader may know.

    Members read where it is, and whoever ``has_place`` how to take part online.
    """

    session: Session
    sequence: int
    stamp: datetime
    is_cancelled: bool = False
    for_members: bool = True
    has_place: bool = False


def uid(session: Session) -> str:
    """The name of a session in every calendar, for ever."""
    return f"session-{session.pk}@{urlsplit(settings.BASE_URL).hostname or 'localhost'}"


# --- Files and feeds ------------------------------------------------------------------------------------------------
def entry_of(session: Session, *, for_members: bool = True) -> Entry:
    """The session as anybody's calendar shows it."""
    cancelled = session.state == SessionState.CANCELLED
    return Entry(session, session.sequence, session.changed_at, cancelled, for_members)


def entry_for(rsvp: Rsvp) -> Entry:
    """The session as the calendar of one member with a place shows it, in step with that member's mails."""
    session = rsvp.session
    stamp = max(session.changed_at, rsvp.placed_at or rsvp.answered_at)
    cancelled = session.state == SessionState.CANCELLED
    return Entry(session, max(rsvp.sequence, session.sequence), stamp, cancelled, has_place=True)


def published(entries: Iterable[Entry], *, name: str = "") -> bytes:
    """A calendar to download or subscribe to (METHOD:PUBLISH); the same entries give the same bytes."""
    calendar = _calendar("PUBLISH")
    if name:
        calendar.add("x-wr-calname", name)
        calendar.add("name", name)
        calendar.add("refresh-interval", timedelta(hours=1), parameters={"VALUE": "DURATION"})
    entries = list(entries)
    _add_zones(calendar, [entry.session for entry in entries])
    for entry in entries:
        calendar.add_component(_event(entry))
    content: bytes = calendar.to_ical()
    return content


def answer(request: HttpRequest, content: bytes, *, filename: str, is_private: bool = True) -> HttpResponseBase:
    """Send a calendar; 304 to a reader who has these bytes already (RFC 9110, ETag)."""
    etag = quote_etag(hashlib.sha256(content).hexdigest()[:32])
    response = HttpResponse(content, content_type=CONTENT_TYPE)
    response["ETag"] = etag
    response["Content-Disposition"] = f'inline; filename="{filename}"'
    response["Cache-Control"] = "private, no-cache" if is_private else "public, max-age=300"
    sent: HttpResponseBase = get_conditional_response(request, etag=etag, response=response) or response
    return sent


# --- Mail (iTIP) ----------------------------------------------------------------------------------------------------
def invitation(rsvp: Rsvp, member: User, now: datetime) -> CalendarPart:
    """Put the session into the receiver's calendar, or move it there: METHOD:REQUEST."""
    return _message("REQUEST", rsvp, member, now)


def cancellation(rsvp: Rsvp, member: User, now: datetime) -> CalendarPart:
    """Take the session out of the receiver's calendar: METHOD:CANCEL."""
    return _message("CANCEL", rsvp, member, now)


def _message(method: Literal["REQUEST", "CANCEL"], rsvp: Rsvp, member: User, now: datetime) -> CalendarPart:
    calendar = _calendar(method)
    _add_zones(calendar, [rsvp.session])
    event = _event(Entry(rsvp.session, rsvp.sequence, now, method == "CANCEL", has_place=method == "REQUEST"))
    name, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    organizer = vCalAddress(f"mailto:{address}")
    organizer.params["CN"] = vText(name or "Doorbraak")
    event["ORGANIZER"] = organizer
    attendee = vCalAddress(f"mailto:{member.email}")
    attendee.params["CN"] = vText(member.name)
    attendee.params["ROLE"] = vText("REQ-PARTICIPANT")
    attendee.params["PARTSTAT"] = vText("ACCEPTED" if rsvp.state == RsvpState.GOING else "DECLINED")
    attendee.params["RSVP"] = vText("FALSE")
    event.add("attendee", attendee, encode=False)
    calendar.add_component(event)
    return CalendarPart(method=method, content=calendar.to_ical())


# --- The parts ------------------------------------------------------------------------------------------------------
def _calendar(method: str) -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", PRODID)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", method)
    return calendar


def _event(entry: Entry) -> Event:
    session = entry.session
    event = Event()
    event.add("uid", uid(session))
    event.add("dtstamp", entry.stamp.astimezone(UTC).replace(microsecond=0))
    event.add("last-modified", session.changed_at.astimezone(UTC).replace(microsecond=0))
    event.add("sequence", entry.sequence)
    for name, at in (("dtstart", session.local_start), ("dtend", session.local_end)):
        event.add(name, at.astimezone(UTC) if session.time_zone == "UTC" else at)
    event.add("summary", session.title)
    url = settings.BASE_URL + session.get_absolute_url()
    event.add("url", url)
    about = plain_text(session.description, ABOUT_LENGTH)
    if entry.is_cancelled and session.cancel_reason:
        about = _("Cancelled: %(reason)s") % {"reason": session.cancel_reason} + (f"\n\n{about}" if about else "")
    link = session.link if entry.has_place and not entry.is_cancelled else ""
    event.add("description", "\n\n".join(part for part in (link, about, url) if part))
    if place := _place(entry) or link:
        event.add("location", place)
    if link:  # RFC 7986, 5.11: calendars that know it show a button
        event.add("conference", link, parameters={"VALUE": "URI", "FEATURE": "AUDIO,VIDEO"})
    event.add("status", "CANCELLED" if entry.is_cancelled else "CONFIRMED")
    event.add("transp", "TRANSPARENT" if entry.is_cancelled else "OPAQUE")
    return event


def _place(entry: Entry) -> str:
    """Where it is: visitors read the city only."""
    room = entry.session.room
    if room is None:
        return ""
    if not entry.for_members:
        return room.venue.city
    parts = [room.venue.name, room.name, room.venue.address, room.venue.city]
    return ", ".join(part for part in parts if part)


def _add_zones(calendar: Calendar, sessions: Sequence[Session]) -> None:
    """Describe every time zone that the sessions need, for the moments they are at (RFC 5545, 3.6.5)."""
    for key in sorted({session.time_zone for session in sessions} - {"UTC"}):
        here = [session for session in sessions if session.time_zone == key]
        moments = [at for session in here for at in (session.starts_at, session.ends_at)]
        calendar.add_component(vtimezone(key, moments))
