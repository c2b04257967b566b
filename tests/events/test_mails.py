"""Mails about sessions, and what they do to calendars. Spec 04, Calendar; RFC 5545, 5546, 6047."""

import re
from datetime import datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as modern
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar

from activity.links import token_for
from activity.models import Email
from activity.outbox import send_due
from events import actions
from events.links import CALENDAR
from events.models import Rsvp, Session
from tests.events.conftest import AMSTERDAM, NOW, join, session_in, states
from tests.factories import RoomFactory, UserFactory, facilitator

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


def parsed(message) -> EmailMessage:
    return message_from_bytes(bytes(message.message()), policy=modern)


def part(message, content_type: str) -> str:
    """The text of one part; empty when there is none."""
    for found in parsed(message).walk():
        if found.get_content_type() == content_type and not found.get_filename():
            return str(found.get_content())
    return ""


def invitation(message) -> Any:
    """The iTIP part: its method, and its one event."""
    text = part(message, "text/calendar")
    if not text:
        return None
    calendar = Calendar.from_ical(text)
    (event,) = calendar.walk("VEVENT")
    return calendar["METHOD"], event


def signed_in(member) -> Client:
    client = Client()
    client.force_login(member)
    return client


def by_subject(messages) -> dict[str, object]:
    return {message.subject: message for message in messages}


def test_a_confirmation_puts_the_session_into_the_receivers_calendar(sent):
    session = session_in(240, title="Winter day", room=RoomFactory(venue__name="De Observant", name="zaal 3"))
    member, other = UserFactory(name="Anna Bos"), UserFactory(name="Bram Smit")
    join(session, other, member)
    message = next(message for message in sent() if message.to == [member.email])
    assert message.subject == "You have a place: Winter day"
    method, event = invitation(message)
    assert method == "REQUEST"
    assert event["UID"] == f"session-{session.pk}@localhost"
    assert event["SEQUENCE"] == 1
    assert event["STATUS"] == "CONFIRMED"
    assert event["SUMMARY"] == "Winter day"
    assert event.decoded("DTSTART") == session.starts_at
    assert event["DTSTART"].params["TZID"] == "Europe/Amsterdam"
    assert "De Observant, zaal 3" in event["LOCATION"]
    assert str(event["ATTENDEE"]) == f"mailto:{member.email}"
    assert event["ATTENDEE"].params["RSVP"] == "FALSE"
    assert "Bram" not in part(message, "text/calendar")
    assert event.decoded("DTSTAMP") == NOW
    for text in (part(message, "text/plain"), part(message, "text/html")):
        assert "Thursday 12 March, 10:00 to 12:00" in text
        assert "/sessions/withdraw/" in text


def test_the_waitlist_gets_no_calendar_part_and_says_the_number_of_now(sent):
    session = session_in(240, title="Winter day", capacity=1)
    a, b, c = UserFactory.create_batch(3)
    join(session, a, b, c)
    actions.withdraw(session=session, by=b)
    message = next(message for message in sent() if message.to == [c.email])
    assert message.subject == "On the waitlist: Winter day"
    assert "number 1 " in part(message, "text/plain")
    assert invitation(message) is None


def test_sequence_rises_per_receiver_through_withdrawing_coming_back_moving_and_cancelling(sent, clock):
    organiser = facilitator()
    session = session_in(480, title="Winter day")
    member = UserFactory()
    seen: list[Any] = []

    def read() -> None:
        clock.shift(timedelta(minutes=1))
        found = [part for part in map(invitation, sent()) if part is not None]
        seen.extend((method, int(event["SEQUENCE"]), event["UID"], event.decoded("DTSTAMP")) for method, event in found)

    join(session, member)
    read()
    actions.withdraw(session=session, by=member)
    read()
    join(session, member)
    read()
    start = session.starts_at + timedelta(days=1)
    actions.change_session(
        session=session, by=organiser, version=1, starts_at=start, ends_at=start + timedelta(hours=1)
    )
    read()
    actions.change_session(session=session, by=organiser, version=2, description="Bring a laptop", tell=True)
    read()  # told, but neither time nor place changed: the same number, and newer (RFC 5546, 2.1.5)
    actions.cancel_session(session=session, by=organiser, reason="Storm")
    read()
    assert [method for method, *_rest in seen] == ["REQUEST", "CANCEL", "REQUEST", "REQUEST", "REQUEST", "CANCEL"]
    assert [sequence for _method, sequence, *_rest in seen] == [1, 2, 3, 4, 4, 5]
    assert len({uid for *_rest, uid, _stamp in seen}) == 1
    stamps = [stamp for *_rest, stamp in seen]
    assert stamps == sorted(set(stamps))


@pytest.mark.parametrize(
    ("change", "name"), [({"title": "Summer day"}, "SUMMARY"), ({"description": "Bring a laptop"}, "DESCRIPTION")]
)
def test_a_change_that_is_mailed_reaches_the_calendar_of_everyone_with_a_place(sent, clock, change, name):
    session = session_in(480, title="Winter day", description="Bring nothing", capacity=1)
    going, waiting, maybe = UserFactory.create_batch(3)
    join(session, going, waiting)
    actions.answer_rsvp(session=session, by=maybe, answer="maybe")
    (before,) = [invitation(message)[1] for message in sent() if message.to == [going.email]]
    clock.shift(timedelta(minutes=1))
    actions.change_session(session=session, by=facilitator(), version=1, tell=True, **change)
    messages = {message.to[0]: message for message in sent()}
    assert set(messages) == {going.email, waiting.email, maybe.email}
    assert [address for address, message in messages.items() if invitation(message)] == [going.email]
    method, mailed = invitation(messages[going.email])
    token = token_for(purpose=CALENDAR, member=going)
    feeds = [
        Client().get(reverse("events:calendar_feed", args=[token])),
        signed_in(going).get(reverse("events:session_calendar", args=[session.pk])),
    ]
    assert method == "REQUEST"
    for content in feeds:
        (event,) = Calendar.from_ical(content.content).walk("VEVENT")
        for shown in (mailed, event):
            assert next(iter(change.values())) in str(shown[name])
            assert shown["UID"] == before["UID"]
            assert shown["SEQUENCE"] == before["SEQUENCE"]
            assert shown["STATUS"] == "CONFIRMED"
            assert shown.decoded("DTSTAMP") > before.decoded("DTSTAMP")


def test_a_member_who_joins_after_moves_starts_no_lower_than_the_calendar_file(sent):
    organiser = facilitator()
    session = session_in(480)
    for days in (1, 2, 3):
        start = NOW + timedelta(days=20 + days)
        session = actions.change_session(
            session=session, by=organiser, version=days, starts_at=start, ends_at=start + timedelta(hours=1)
        )
    assert sent() == []
    join(session, UserFactory())
    (message,) = sent()
    assert invitation(message)[1]["SEQUENCE"] == 3


def test_moving_is_told_at_once_to_everyone_concerned_and_only_those_with_a_place_get_it_in_their_calendar(sent):
    session = session_in(480, title="Winter day", capacity=1, room=RoomFactory())
    going, waiting, maybe, no = UserFactory.create_batch(4)
    join(session, going, waiting)
    actions.answer_rsvp(session=session, by=maybe, answer="maybe")
    actions.answer_rsvp(session=session, by=no, answer="not_going")
    sent()
    actions.change_session(session=session, by=facilitator(), version=1, room=RoomFactory(venue__name="New place"))
    messages = sent()
    assert {message.to[0]: bool(invitation(message)) for message in messages} == {
        going.email: True,
        waiting.email: False,
        maybe.email: False,
    }
    assert {message.subject for message in messages} == {"Moved: Winter day"}
    assert all("New place" in part(message, "text/plain") for message in messages)


def test_two_moves_in_a_row_are_one_mail(sent):
    organiser = facilitator()
    session = session_in(480)
    join(session, UserFactory())
    sent()
    for version, days in ((1, 21), (2, 22)):
        start = NOW + timedelta(days=days)
        actions.change_session(
            session=session, by=organiser, version=version, starts_at=start, ends_at=start + timedelta(hours=1)
        )
    (message,) = sent()
    assert invitation(message)[1].decoded("DTSTART") == NOW + timedelta(days=22)


def test_a_move_that_nobody_has_heard_of_when_it_is_cancelled_is_not_told(sent):
    session = session_in(480, title="Winter day")
    join(session, UserFactory())
    sent()
    start = session.starts_at + timedelta(days=1)
    actions.change_session(
        session=session, by=facilitator(), version=1, starts_at=start, ends_at=start + timedelta(hours=1)
    )
    actions.cancel_session(session=session, by=facilitator(), reason="Storm")
    assert [message.subject for message in sent()] == ["Cancelled: Winter day"]


def test_a_move_is_told_to_whoever_answers_or_moves_up_meanwhile_and_not_to_who_leaves(sent):
    session = session_in(480, title="Winter day", capacity=1)
    leaving, moving_up, waiting, new = UserFactory.create_batch(4)
    join(session, leaving, moving_up, waiting)
    sent()
    actions.change_session(session=session, by=facilitator(), version=1, room=RoomFactory())
    actions.withdraw(session=session, by=leaving)
    join(session, new)
    told = [message.to[0] for message in sent() if message.subject == "Moved: Winter day"]
    assert sorted(told) == sorted([moving_up.email, waiting.email, new.email])


def test_whoever_has_a_place_in_a_session_that_they_move_themselves_gets_it_into_their_calendar(sent):
    organiser = facilitator()
    session = session_in(480, title="Winter day")
    join(session, organiser)
    sent()
    actions.change_session(session=session, by=organiser, version=1, room=RoomFactory())
    assert [invitation(message)[0] for message in sent()] == ["REQUEST"]


def test_what_is_not_told_is_not_mailed(sent):
    session = session_in(480)
    join(session, UserFactory())
    sent()
    actions.change_session(session=session, by=facilitator(), version=1, description="A comma, more or less")
    assert sent() == []


def test_cancelling_is_told_to_going_offered_and_waitlisted_with_the_reason(sent):
    session = session_in(36, title="Winter day", capacity=2)
    going, leaving, offered, waiting = UserFactory.create_batch(4)
    join(session, going, leaving, offered, waiting)
    actions.withdraw(session=session, by=leaving)
    assert states(session)[offered.pk][0] == "offered"
    sent()
    actions.cancel_session(session=session, by=facilitator(), reason="The speaker is ill")
    messages = sent()
    assert {message.to[0]: invitation(message)[0] if invitation(message) else None for message in messages} == {
        going.email: "CANCEL",
        offered.email: None,
        waiting.email: None,
    }
    assert all("The speaker is ill" in part(message, "text/plain") for message in messages)
    assert invitation(next(m for m in messages if m.to == [going.email]))[1]["STATUS"] == "CANCELLED"


def test_a_move_at_night_of_what_was_to_start_early_goes_at_night(clock, sent):
    clock.move_to(datetime(2026, 3, 2, 12, 0, tzinfo=AMSTERDAM))
    start = datetime(2026, 3, 3, 7, 30, tzinfo=AMSTERDAM)
    early, later = session_in(0), session_in(0)
    for session, hours in ((early, 0), (later, 24)):
        Session.objects.filter(pk=session.pk).update(
            starts_at=start + timedelta(hours=hours), ends_at=start + timedelta(hours=hours + 1)
        )
        session.refresh_from_db()
        join(session, UserFactory())
    sent()
    clock.move_to(datetime(2026, 3, 2, 22, 0, tzinfo=AMSTERDAM))
    for session in (early, later):
        moved = session.starts_at + timedelta(days=10)
        actions.change_session(
            session=session, by=facilitator(), version=1, starts_at=moved, ends_at=moved + timedelta(hours=1)
        )
    assert [message.subject for message in sent()] == [f"Moved: {early.title}"]


def test_an_offer_says_until_when_and_is_pointless_once_that_has_passed(clock, sent):
    session = session_in(36, title="Winter day", capacity=1)
    a, b = UserFactory.create_batch(2)
    join(session, a, b)
    sent()
    actions.withdraw(session=session, by=a)
    message = by_subject(sent())["A place is kept for you: Winter day"]
    assert "until Monday 2 March, 22:00" in part(message, "text/plain")
    assert f"/sessions/{session.pk}/" in part(message, "text/plain")


def test_a_place_that_was_given_back_before_the_mail_went_is_not_confirmed(sent):
    session = session_in(240)
    member = UserFactory()
    join(session, member)
    actions.withdraw(session=session, by=member)
    assert [message.subject for message in sent()] == [f"You gave your place back: {session.title}"]
    assert Email.objects.get(kind="session_placed").state == "cancelled"


@pytest.mark.parametrize("language", ["en", "nl"])
def test_every_kind_of_mail_has_both_forms_and_can_be_stopped(language, sent, clock):
    organiser = facilitator()
    collected = []
    session = session_in(36, capacity=1, title="<b>R&D</b>", room=RoomFactory())
    a, b = UserFactory.create_batch(2, language=language)
    join(session, a, b)
    collected += sent()
    actions.withdraw(session=session, by=a)
    collected += sent()
    actions.accept_offer(session=session, by=b)
    actions.change_session(session=session, by=organiser, version=1, description="x", tell=True)
    collected += sent()
    actions.change_session(session=session, by=organiser, version=2, room=RoomFactory())
    collected += sent()
    actions.remind_of_sessions(now=NOW + timedelta(hours=21))
    clock.move_to(NOW + timedelta(hours=21, minutes=1))
    collected += sent()
    clock.move_to(NOW + timedelta(hours=25))
    join(session, a)
    actions.withdraw(session=session, by=b)
    collected += sent()
    actions.cancel_session(session=session, by=organiser, reason="Storm")
    collected += sent()
    promoted = session_in(240, capacity=1)
    join(promoted, b, a)
    actions.withdraw(session=promoted, by=b)
    collected += sent()
    assert set(Email.objects.filter(state="sent").values_list("kind", flat=True)) == {
        "session_placed",
        "session_promoted",
        "session_waitlisted",
        "session_offer",
        "session_free_place",
        "session_moved",
        "session_changed",
        "session_cancelled",
        "session_withdrawn",
        "session_reminder_1",
    }
    for message in collected:
        plain, html = part(message, "text/plain"), part(message, "text/html")
        assert plain
        assert html
        assert "{{" not in plain + html
        assert "{%" not in plain + html
        if "R&D" in message.subject:
            assert "<b>R&D</b>" in plain
            assert "&lt;b&gt;R&amp;D&lt;/b&gt;" in html
            assert "<b>R&D" not in html
        headers = parsed(message)
        assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


# --- The link in the mail
def link_in(message) -> str:
    found = re.search(r"http://localhost:8000(/sessions/withdraw/\S+/)", part(message, "text/plain"))
    assert found
    return found[1]


def test_the_link_gives_the_place_back_with_one_post_and_without_signing_in(sent):
    session = session_in(240, title="Winter day", capacity=1)
    a, b = UserFactory.create_batch(2)
    join(session, a, b)
    link = link_in(next(message for message in sent() if message.to == [a.email]))
    client = Client(enforce_csrf_checks=True)
    for _scanner in range(2):
        page = client.get(link)
        assert page.status_code == 200
        assert "Give my place back" in page.text
        assert "Thank you" not in page.text  # nothing was done yet
        assert a.name not in page.text
        assert a.email not in page.text
    client.head(link)
    assert states(session)[a.pk] == ("going", None)
    for _click in range(2):
        done = client.post(link)
        assert done.status_code == 200
        assert "Your place is free for somebody else" in done.text
        assert "Thank you for saying so." in done.text
        assert f'href="{session.get_absolute_url()}#rsvp">I’m coming after all</a>' in done.text
    assert states(session) == {a.pk: ("not_going", None), b.pk: ("going", None)}
    assert "You have no place in this session" in client.get(link).text
    assert page["Referrer-Policy"] == "same-origin"


def test_the_link_of_who_waits_says_what_leaving_costs_and_what_was_done(sent):
    session = session_in(240, capacity=1)
    a, b = UserFactory.create_batch(2)
    join(session, a, b)
    link = link_in(next(message for message in sent() if message.to == [b.email]))
    assert "You are number 1. If you come back later, you are last." in Client().get(link).text
    assert "You are off the list" in Client().post(link).text
    assert states(session)[b.pk] == ("not_going", None)


def test_the_link_of_an_online_session_is_in_mail_and_calendar_of_whoever_has_a_place(sent):
    link = "https://meet.example.org/room?a=1&b=2"
    session = session_in(240, kind="online", capacity=1, link=link)
    a, b = UserFactory.create_batch(2)
    join(session, a, b)
    messages = {message.to[0]: message for message in sent()}
    assert link in part(messages[a.email], "text/plain")
    assert 'href="https://meet.example.org/room?a=1&amp;b=2"' in part(messages[a.email], "text/html")
    _method, event = invitation(messages[a.email])
    assert event["location"] == link
    assert event["conference"] == link
    assert link in event["description"]
    for kind in ("text/plain", "text/html"):
        assert "meet.example.org" not in part(messages[b.email], kind)
    for reader, sees in ((a, True), (b, False)):
        client = Client()
        client.force_login(reader)
        file = client.get(reverse("events:session_calendar", args=[session.pk])).text.replace("\r\n ", "")
        assert ("meet.example.org" in file) is sees
    actions.change_session(session=session, by=UserFactory(), version=1, link="https://elsewhere.example.org/")
    moved = {message.to[0]: message for message in sent()}
    assert "https://elsewhere.example.org/" in part(moved[a.email], "text/plain")
    assert invitation(moved[a.email])[1]["location"] == "https://elsewhere.example.org/"


def test_a_cancelled_session_says_so_once_and_its_mail_shows_no_way_to_it(sent):
    room = RoomFactory(venue__city="Delft", venue__route="past the canal", venue__access="ring the bell")
    session = session_in(240, title="Winter day", room=room)
    member = UserFactory()
    join(session, member)
    (message,) = sent()
    assert "past the canal" in part(message, "text/plain")
    actions.cancel_session(session=session, by=UserFactory(), reason="Storm on the way")
    (message,) = sent()
    for kind in ("text/plain", "text/html"):
        text = part(message, kind)
        assert "Storm on the way" in text
        assert "Delft" in text
        assert "past the canal" not in text
        assert "ring the bell" not in text
    client = Client()
    client.force_login(member)
    page = client.get(session.get_absolute_url()).text
    main = page[page.index("<main") :]
    assert main.count("This session does not take place.") == 1
    assert main.count("ancelled") == 1  # in what happened
    assert "past the canal" not in main


def test_the_link_works_until_the_end_and_no_longer(clock, sent):
    session = session_in(2)
    member = UserFactory()
    join(session, member)
    (message,) = sent()
    link = link_in(message)
    clock.move_to(session.ends_at - timedelta(minutes=1))
    assert "Give my place back" in Client().get(link).text
    clock.move_to(session.ends_at)
    answers = [Client().get(link), Client().post(link)]
    assert [answer.status_code for answer in answers] == [410, 410]
    assert "What it was for is over." in answers[0].text
    assert Rsvp.objects.get().state == "going"


def test_the_link_works_for_a_session_that_is_hidden_since_and_does_not_name_it(sent):
    session = session_in(240, title="Secret")
    member = UserFactory()
    join(session, member)
    (message,) = sent()
    session.subject.hidden_at = timezone.now()
    session.subject.save(update_fields=["hidden_at"])
    link = link_in(message)
    pages = [Client().get(link), Client().post(link)]
    assert [page.status_code for page in pages] == [200, 200]
    assert "You cannot see this session any more." in pages[0].text
    assert not [page for page in pages if "Secret" in page.text or "secret" in page.text]
    assert states(session)[member.pk] == ("not_going", None)


def test_a_link_that_was_changed_or_is_for_something_else_is_nothing(sent):
    session, other = session_in(240), session_in(300)
    member = UserFactory()
    join(session, member)
    join(other, member)
    messages = sent()
    link = link_in(messages[0])
    token = link.split("/")[-2]
    assert Client().get(reverse("events:withdraw", args=[token[:-2] + "xx"])).status_code == 404
    assert Client().get(reverse("events:calendar_feed", args=[token])).status_code == 404
    Client().post(link)
    assert [states(row)[member.pk][0] for row in (session, other)] == ["not_going", "going"]


def test_mails_go_through_smtp_with_the_calendar_as_alternative_and_attachment():
    session = session_in(240)
    join(session, UserFactory())
    send_due()
    (message,) = mail.outbox
    types = [(found.get_content_type(), found.get_filename()) for found in parsed(message).walk()]
    assert ("text/calendar", None) in types
    assert ("text/calendar", "invite.ics") in types
    calendar = next(found for found in parsed(message).walk() if found.get_content_type() == "text/calendar")
    assert calendar.get_param("method") == "REQUEST"
