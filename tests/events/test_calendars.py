"""Calendars: valid, private, cheap to fetch again, right when clocks change. Spec 04, Calendar; RFC 5545."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar

from activity.links import token_for
from activity.models import Audience, LinkPurpose
from events import actions, calendars
from events.models import Rsvp, Session
from tests.factories import RoomFactory, SessionFactory, UserFactory, facilitator

pytestmark = pytest.mark.django_db


def feed_of(member) -> str:
    return reverse("events:calendar_feed", args=[token_for(purpose=LinkPurpose.CALENDAR, member=member)])


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
    withdraw = token_for(purpose=LinkPurpose.WITHDRAW, member=me, subject=SessionFactory().subject)
    assert Client().get(reverse("events:calendar_feed", args=[withdraw])).status_code == 404
    me.is_active = False
    me.save()
    assert Client().get(address).status_code == 404


@pytest.mark.parametrize("rows", [10, 1_000])
def test_the_feed_costs_the_same_at_any_size(rows, django_assert_max_num_queries):
    me = UserFactory()
    sessions = SessionFactory.create_batch(rows, room=None)
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


@pytest.mark.parametrize(
    ("start", "utc"),
    [
        ("2027-03-28T01:30:00", "2027-03-28T00:30:00"),  # just before the clocks go forward
        ("2027-03-28T03:30:00", "2027-03-28T01:30:00"),  # just after
        ("2027-10-31T01:30:00", "2027-10-30T23:30:00"),
        ("2027-10-31T03:30:00", "2027-10-31T02:30:00"),
        ("2027-07-01T09:30:00", "2027-07-01T07:30:00"),
    ],
)
def test_a_calendar_that_only_knows_our_description_of_the_zone_shows_the_right_moment(start, utc):
    zone = ZoneInfo("Europe/Amsterdam")
    begins = datetime.fromisoformat(start).replace(tzinfo=zone)
    session = SessionFactory(starts_at=begins, ends_at=begins.astimezone(UTC) + timedelta(hours=3))
    calendar = Calendar.from_ical(calendars.published([calendars.entry_of(session)]))
    (described,) = calendar.walk("VTIMEZONE")
    (event,) = calendar.walk("VEVENT")
    wall: datetime = event.decoded("DTSTART").replace(tzinfo=None)
    assert wall == datetime.fromisoformat(start)
    assert wall - offset_by(described, wall) == datetime.fromisoformat(utc)


def offset_by(described: Any, wall: datetime) -> Any:
    """The offset that RFC 5545 gives for a wall clock: of the latest onset at or before it."""
    onsets = []
    for part in [*described.walk("STANDARD"), *described.walk("DAYLIGHT")]:
        extra = part.get("RDATE", [])
        dates = [date.dt for item in (extra if isinstance(extra, list) else [extra]) for date in item.dts]
        onsets += [(at.replace(tzinfo=None), part["TZOFFSETTO"].td) for at in [part["DTSTART"].dt, *dates]]
    return max(onset for onset in onsets if onset[0] <= wall)[1]


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
