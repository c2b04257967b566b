"""What home, the landing page and hubs show of sessions. Spec 00, Floors: a section costs at most one query."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client, RequestFactory
from django.utils import timezone, translation

from activity.models import Audience
from events import actions, sections
from tests.factories import HubFactory, RoomFactory, SessionFactory, UserFactory, member_of

pytestmark = pytest.mark.django_db


def request_of(user):
    request = RequestFactory().get("/")
    request.user = user
    return request


def soon(**fields):
    return SessionFactory(starts_at=timezone.now() + timedelta(days=fields.pop("days", 5)), **fields)


def test_home_shows_the_next_session_i_answered_yes_to(django_assert_num_queries):
    me = UserFactory()
    nearer, next_one, later = soon(days=2), soon(days=3, title="Mine", room=RoomFactory()), soon(days=4)
    for session in (later, next_one):
        actions.answer_rsvp(session=session, by=me, answer="going")
    actions.answer_rsvp(session=nearer, by=me, answer="not_going")
    me.is_facilitator  # noqa: B018 - known of every request's member
    with django_assert_num_queries(1):
        shown = sections.next_session(request_of(me))
    assert shown is not None
    assert shown["session"] == next_one
    assert shown["lede"].startswith("You have a session on ")


def test_home_promises_no_session_to_whoever_waits_for_a_place():
    me, someone = UserFactory(), UserFactory()
    full = soon(days=2, capacity=1, title="Full day")
    for member in (someone, UserFactory(), me):
        actions.answer_rsvp(session=full, by=member, answer="going")
    shown = sections.next_session(request_of(me))
    assert shown is not None
    assert shown["lede"] == "You are on a waitlist."
    client = Client()
    client.force_login(me)
    text = " ".join(client.get("/").text.split())
    assert "You wait for a place: number 2" in text
    assert "Your next session" not in text
    later = soon(days=9, title="Sure day")
    actions.answer_rsvp(session=later, by=me, answer="going")
    shown = sections.next_session(request_of(me))
    assert shown is not None
    assert shown["session"] == later


def test_home_asks_before_a_place_on_a_waitlist_or_in_a_full_session_is_given_up():
    first, second, free = UserFactory(), UserFactory(), UserFactory()
    full, other = soon(capacity=1), soon()
    for session, member in ((full, first), (full, second), (other, free)):
        actions.answer_rsvp(session=session, by=member, answer="going")

    def asks(member):
        client = Client()
        client.force_login(member)
        text = client.get("/").text
        box = text[text.index('class="next') :]
        return "<details" in box[: box.index("</section>")]

    assert asks(first)
    assert asks(second)
    assert not asks(free)


@pytest.mark.parametrize(
    ("language", "lede"),
    [
        ("en", "You have a session on Friday 1 January 2027."),
        ("nl", "Je hebt op vrijdag 1 januari 2027 een bijeenkomst."),
    ],
)
def test_the_day_of_the_next_session_is_written_as_the_language_writes_it(clock, language, lede):
    clock.move_to(datetime(2026, 11, 23, 12, tzinfo=UTC))
    me = UserFactory()
    session = SessionFactory(starts_at=datetime(2027, 1, 1, 12, tzinfo=UTC), title="Mine")
    actions.answer_rsvp(session=session, by=me, answer="going")
    with translation.override(language):
        shown = sections.next_session(request_of(me))
    assert shown is not None
    assert shown["lede"] == lede


def test_an_answer_on_home_changes_the_next_session_above_it():
    me, session = UserFactory(), soon(title="Winter day")
    client = Client()
    client.force_login(me)
    page = client.get("/").text
    assert '<div id="next-session"></div>' in page
    assert 'name="from" value="home"' in page
    answer = client.post(
        f"/sessions/{session.pk}/answer/", {"answer": "going", "from": "home"}, headers={"HX-Request": "true"}
    ).text
    row, following = answer.split('<div id="next-session" hx-swap-oob="true">')
    assert "you have a place" in row
    assert "Your next session" in following
    assert "Winter day" in following


def test_home_shows_what_i_have_not_answered(django_assert_num_queries):
    me = UserFactory()
    open_one, answered = soon(), soon()
    soon(rsvp_deadline=timezone.now() - timedelta(days=1))
    soon(state="draft")
    actions.answer_rsvp(session=answered, by=me, answer="maybe")
    me.is_facilitator  # noqa: B018
    with django_assert_num_queries(1):
        shown = sections.coming_sessions(request_of(me))
    assert shown == {"sessions": [open_one]}
    answer_everything = sections.coming_sessions(request_of(UserFactory()))
    assert answer_everything is not None


def test_an_offer_waits_for_me_on_home_until_it_ends(django_assert_num_queries):
    me, first = UserFactory(), UserFactory()
    session = soon(days=1.5, capacity=1, title="Winter day")
    for member in (first, me):
        actions.answer_rsvp(session=session, by=member, answer="going")
    assert sections.offers(request_of(me)) == []
    actions.withdraw(session=session, by=first)
    with django_assert_num_queries(1):
        (todo,) = sections.offers(request_of(me))
    assert todo.title == "A place came free: Winter day"
    assert todo.url == session.get_absolute_url()
    session.rsvps.filter(member=me).update(offer_expires_at=timezone.now())
    assert sections.offers(request_of(me)) == []


def test_an_offer_in_a_session_that_i_may_not_see_any_more_is_not_named_on_home():
    me, someone = UserFactory(), UserFactory()
    session = soon(capacity=1, title="Secret")
    for member in (someone, me):
        actions.answer_rsvp(session=session, by=member, answer="going")
    actions.withdraw(session=session, by=someone)
    session.rsvps.filter(member=me).update(state="offered", offer_expires_at=timezone.now() + timedelta(days=1))
    assert len(sections.offers(request_of(me))) == 1
    session.subject.hidden_at = timezone.now()
    session.subject.save(update_fields=["hidden_at"])
    assert sections.offers(request_of(me)) == []


def test_visitors_see_public_sessions_on_the_landing_page(django_assert_num_queries):
    public, _ours = soon(title="Open"), soon(title="Ours")
    public.subject.audience = Audience.PUBLIC
    public.subject.save()
    with django_assert_num_queries(1):
        shown = sections.public_sessions(request_of(AnonymousUser()))
    assert [(row.title, row.url) for row in shown["sessions"]] == [(public.title, public.get_absolute_url())]
    text = Client().get("/").text
    assert "Open" in text
    assert "Ours" not in text


def test_a_hub_shows_its_own_next_sessions(django_assert_num_queries):
    hub, other = HubFactory.create_batch(2)
    me = member_of(hub)
    me.is_facilitator  # noqa: B018
    ours, _theirs, _past = (
        soon(hub=hub),
        soon(hub=other),
        SessionFactory(hub=hub, starts_at=timezone.now() - timedelta(9)),
    )
    with django_assert_num_queries(1):
        shown = sections.hub_sessions(request_of(me), hub.subject)
    assert shown == {"sessions": [ours]}
    with django_assert_num_queries(1):
        figures = sections.next_of_hubs([hub, other, HubFactory.build(pk=999_999)], me)
    assert set(figures) == {hub.pk, other.pk}


def test_home_holds_all_of_it_and_the_buttons_work():
    me = UserFactory(seen_on=timezone.localdate())
    session, unanswered = soon(title="Mine"), soon(title="Open question")
    actions.answer_rsvp(session=session, by=me, answer="going")
    client = Client()
    client.force_login(me)
    text = client.get("/").text
    assert "Your next session" in text
    assert unanswered.title in text
    client.post(f"/sessions/{session.pk}/answer/", {"answer": "not_going"})
    assert session.rsvps.get().state == "not_going"
