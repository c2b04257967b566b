"""Calendars: valid, private, cheap to fetch again, right when clocks change. Spec 04, Calendar; RFC 5545."""

from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from dateutil.tz import tzical
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar

from activity.links import token_for
from activity.models import Audience
from events import actions, calendars
from events.links import CALENDAR, WITHDRAW
from events.models import Rsvp, Session
from tests.factories import RoomFactory, SessionFactory, UserFactory, facilitator, many_sessions
from ui.zones import zone_choices

pytestmark = pytest.mark.django_db


def feed_of(member) -> str:
    return reverse("events:calendar_feed", args=[token_for(purpose=CALENDAR, member=member)])


def events_in(response) -> dict[str, Any]:
    """The events of a calendar by title, after a look at what every calendar must have."""
    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    text = response.content.decode()
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    assert "\n" not in text.replace("\r\n", "")
    calendar = Calendar.from_ical(response.content)
    assert calendar["VERSION"] == "2.0"
    assert calendar["METHOD"] == "PUBLISH"
    assert calendar["PRODID"]
    zones = {str(zone["TZID"]) for zone in calendar.walk("VTIMEZONE")}
    found: dict[str, Any] = {}
    for event in calendar.walk("VEVENT"):
        assert {"UID", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY", "SEQUENCE", "STATUS"} <= set(event)
        assert "ATTENDEE" not in event
        if "TZID" in event["DTSTART"].params:
            assert event["DTSTART"].params["TZID"] in zones
        found[str(event["SUMMARY"])] = event
    return found


def test_the_feed_holds_where_i_go_and_nothing_else():
    me, other = UserFactory(), UserFactory()
    going, waiting, maybe, left = (SessionFactory(title=title, capacity=1) for title in ("Go", "Wait", "Maybe", "Left"))
    actions.answer_rsvp(session=waiting, by=other, answer="going")
    actions.answer_rsvp(session=maybe, by=me, answer="maybe")
    for session in (going, waiting, left):
        actions.answer_rsvp(session=session, by=me, answer="going")
    actions.withdraw(session=left, by=me)
    found = events_in(Client().get(feed_of(me)))
    assert list(found) == ["Go"]
    assert found["Go"]["UID"] == f"session-{going.pk}@localhost"


def test_a_cancelled_session_stays_in_the_feed_and_says_so():
    me = UserFactory()
    session = SessionFactory(title="Winter day")
    actions.answer_rsvp(session=session, by=me, answer="going")
    before = events_in(Client().get(feed_of(me)))["Winter day"]
    actions.cancel_session(session=session, by=facilitator(), reason="Storm")
    after = events_in(Client().get(feed_of(me)))["Winter day"]
    assert (before["STATUS"], after["STATUS"]) == ("CONFIRMED", "CANCELLED")
    assert after["SEQUENCE"] > before["SEQUENCE"]
    assert "Storm" in after["DESCRIPTION"]


def test_who_has_this_version_gets_304_until_something_changes():
    me = UserFactory()
    session = SessionFactory(title="Winter day")
    actions.answer_rsvp(session=session, by=me, answer="going")
    address = feed_of(me)
    first = Client().get(address)
    again = Client().get(address, headers={"If-None-Match": first["ETag"]})
    assert again.status_code == 304
    assert again.content == b""
    actions.change_session(session=session, by=facilitator(), version=1, title="Summer day")
    changed = Client().get(address, headers={"If-None-Match": first["ETag"]})
    assert changed.status_code == 200
    assert list(events_in(changed)) == ["Summer day"]


def test_a_new_address_ends_the_old_one():
    me = UserFactory()
    old = feed_of(me)
    client = Client()
    client.force_login(me)
    assert old in client.get(reverse("events:calendar_subscribe")).text
    page = client.post(reverse("events:calendar_subscribe"), follow=True)
    new = feed_of(me)
    assert new != old
    assert new in page.text
    assert Client().get(old).status_code == 404
    assert Client().get(new).status_code == 200


def test_nobody_reads_a_feed_without_its_token():
    me = UserFactory()
    address = feed_of(me)
    assert Client().get(address[:-7] + "xxx.ics").status_code == 404
    assert Client().get(reverse("events:calendar_feed", args=["nonsense"])).status_code == 404
    withdraw = token_for(purpose=WITHDRAW, member=me, subject=SessionFactory().subject)
    assert Client().get(reverse("events:calendar_feed", args=[withdraw])).status_code == 404
    me.is_active = False
    me.save()
    assert Client().get(address).status_code == 404


@pytest.mark.parametrize("rows", [10, 1_000])
def test_the_feed_costs_the_same_at_any_size(rows, django_assert_max_num_queries):
    me = UserFactory()
    sessions = many_sessions(rows)
    Rsvp.objects.bulk_create([Rsvp(session=session, member=me, state="going") for session in sessions])
    address = feed_of(me)
    client = Client()
    with django_assert_max_num_queries(4):
        assert len(events_in(client.get(address))) == rows


def test_visitors_get_title_day_city_and_description_of_public_sessions_only():
    room = RoomFactory(venue__name="De Observant", venue__city="Amersfoort", venue__address="Stadhuisplein 7")
    public = SessionFactory(title="Open", room=room, description="For **everyone**")
    draft = SessionFactory(title="Draft", state="draft")
    for session in (public, draft):
        session.subject.audience = Audience.PUBLIC
        session.subject.save()
    SessionFactory(title="Ours")
    found = events_in(Client().get(reverse("events:calendar_public")))
    assert list(found) == ["Open"]
    assert found["Open"]["LOCATION"] == "Amersfoort"
    alone = events_in(Client().get(reverse("events:session_calendar", args=[public.pk])))
    assert alone["Open"]["LOCATION"] == "Amersfoort"
    member = Client()
    member.force_login(UserFactory())
    inside = events_in(member.get(reverse("events:session_calendar", args=[public.pk])))
    assert "De Observant" in inside["Open"]["LOCATION"]
    assert member.get(reverse("events:session_calendar", args=[draft.pk])).status_code == 404


# --- Time zones. Read back by another library, which knows no more of a zone than our description of it.
YEARS = [timezone.now().year, timezone.now().year + 10]
REGULAR = {
    "Europe/Amsterdam": {("DAYLIGHT", "-1SU", 3, "02:00"), ("STANDARD", "-1SU", 10, "03:00")},
    "Europe/London": {("DAYLIGHT", "-1SU", 3, "01:00"), ("STANDARD", "-1SU", 10, "02:00")},
    "Europe/Dublin": {("DAYLIGHT", "-1SU", 3, "01:00"), ("STANDARD", "-1SU", 10, "02:00")},
    "America/New_York": {("DAYLIGHT", "2SU", 3, "02:00"), ("STANDARD", "1SU", 11, "02:00")},
    "Australia/Sydney": {("STANDARD", "1SU", 4, "03:00"), ("DAYLIGHT", "1SU", 10, "02:00")},
}
SEVERAL = [*REGULAR, "America/Santiago", "Asia/Kolkata", "Africa/Casablanca", "Africa/Cairo"]


def changes_of_clocks(zone: ZoneInfo) -> list[datetime]:
    """The last minute before each change of the clocks in ``YEARS``."""
    minute = timedelta(minutes=1)
    found = []
    for year in YEARS:
        hour = datetime(year, 1, 1, tzinfo=UTC)
        while hour.year == year:
            after = hour + timedelta(hours=1)
            if hour.astimezone(zone).utcoffset() != after.astimezone(zone).utcoffset():
                while hour.astimezone(zone).utcoffset() == (hour + minute).astimezone(zone).utcoffset():
                    hour += minute
                found.append(hour)
            hour = after
    return found


def around_changes(key: str) -> list[datetime]:
    """Moments on both sides of each change, as close as clocks can tell, and in the middle of summer and winter."""
    far = [datetime(year, month, 15, 9, 30, tzinfo=UTC) for year in YEARS for month in (1, 7)]
    near = [at + timedelta(minutes=after) for at in changes_of_clocks(ZoneInfo(key)) for after in (0, 62)]
    return sorted([*far, *near])


def calendar_at(key: str, *moments: datetime) -> bytes:
    """A calendar of sessions of an hour that start at ``moments`` in the zone ``key``."""
    sessions = [
        Session(pk=pk, title="Winter day", starts_at=at, ends_at=at + timedelta(hours=3), time_zone=key)
        for pk, at in enumerate(moments, 1)
    ]
    return calendars.published(map(calendars.entry_of, sessions))


def read_elsewhere(content: bytes, key: str) -> list[tuple[datetime, datetime]]:
    """Start and end (UTC) of the events as a reader understands them who knows zones from this calendar only."""
    described = tzical(StringIO(content.decode())).get(key)
    return [
        tuple(event.decoded(name).replace(tzinfo=described).astimezone(UTC) for name in ("DTSTART", "DTEND"))
        for event in Calendar.from_ical(content).walk("VEVENT")
    ]


@pytest.mark.parametrize("key", SEVERAL)
def test_every_event_is_at_its_moment_for_who_knows_only_our_description_of_the_zone(key):
    moments = around_changes(key)
    expected = [(at, at + timedelta(hours=3)) for at in moments]
    assert read_elsewhere(calendar_at(key, *moments), key) == expected
    for one in expected:  # a calendar of one event describes less
        assert read_elsewhere(calendar_at(key, one[0]), key) == [one]


@pytest.mark.parametrize("key", SEVERAL)
def test_zones_are_described_as_outlook_reads_them(key):
    content = calendar_at(key, *around_changes(key))
    assert b"RDATE" not in content
    assert all(len(line) <= 75 for line in content.split(b"\r\n"))
    (described,) = Calendar.from_ical(content).walk("VTIMEZONE")
    parts = described.subcomponents
    if key in REGULAR:
        assert len(parts) == 2
        assert {
            (part.name, *part["RRULE"]["BYDAY"], *part["RRULE"]["BYMONTH"], part["DTSTART"].dt.strftime("%H:%M"))
            for part in parts
        } == REGULAR[key]
        assert all(part["RRULE"]["FREQ"] == ["YEARLY"] for part in parts)
    if key == "Asia/Kolkata":
        assert [(part.name, part.get("RRULE")) for part in parts] == [("STANDARD", None)]


@pytest.mark.parametrize("key", ["Africa/Casablanca", "Africa/Cairo"])
def test_a_zone_without_rules_is_described_no_further_than_the_events_need(key):
    (described,) = Calendar.from_ical(calendar_at(key, datetime(2027, 7, 1, 9, tzinfo=UTC))).walk("VTIMEZONE")
    assert [(part.name, part.get("RRULE")) for part in described.subcomponents] == [("STANDARD", None)]


def test_every_zone_one_can_choose_has_rules_or_clocks_that_stand_still():
    for key, _city in zone_choices():
        calendar = Calendar.from_ical(calendar_at(key, datetime(2027, 7, 1, 9, tzinfo=UTC)))
        for described in calendar.walk("VTIMEZONE"):
            assert len(described.subcomponents) == 1 or all("RRULE" in part for part in described.subcomponents), key


@pytest.mark.parametrize("key", ["Europe/Amsterdam", "America/Curacao", "Europe/London", "America/New_York", "UTC"])
def test_every_zone_can_be_written(key):
    session = SessionFactory(time_zone=key)
    calendar = Calendar.from_ical(calendars.published([calendars.entry_of(session)]))
    (event,) = calendar.walk("VEVENT")
    assert event.decoded("DTSTART") == session.starts_at


def test_titles_with_awkward_characters_come_back_as_they_were():
    title = "Data; science, “kern” \\ één\u2028 & <b>"
    SessionFactory(title=title)
    content = calendars.published([calendars.entry_of(Session.objects.get())])
    (event,) = Calendar.from_ical(content).walk("VEVENT")
    assert str(event["SUMMARY"]) == title


def test_a_session_of_one_and_a_half_days_has_both_days(client):
    start = timezone.datetime.fromisoformat("2027-06-10T13:00:00+02:00")
    session = SessionFactory(starts_at=start, ends_at=start + timedelta(days=1, hours=-1))
    client.force_login(UserFactory())
    text = client.get(session.get_absolute_url()).text
    assert "Thursday 10 June 2027, 13:00 to Friday 11 June 2027, 12:00" in text
