"""The agenda, a session's page, the forms: what people see, and who may. Spec 04; 00, Roles."""

import re
import uuid
from datetime import timedelta

import pytest
from django.db import IntegrityError
from django.db.models import F
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from activity.models import Audience
from community.models import User
from events import actions, selectors
from events.models import Rsvp, Session, Venue
from issues.ties import FILED_AT
from tests.events.conftest import join
from tests.factories import (
    HubFactory,
    MembershipFactory,
    RoomFactory,
    SessionFactory,
    UnitFactory,
    UserFactory,
    facilitator,
    many_bottlenecks,
    many_sessions,
    member_of,
    representative_of,
    tie,
)

pytestmark = pytest.mark.django_db


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def form_data(**changes):
    day = timezone.localdate() + timedelta(days=40)
    data = {
        "creation_key": str(uuid.uuid4()),
        "title": "Winter day",
        "kind": "community_day",
        "hub": "everyone",
        "day": day.isoformat(),
        "starts": "9.30",
        "ends": "16:00",
        "time_zone": "Europe/Amsterdam",
        "room": "",
        "capacity": "2",
        "description": "Bring **somebody**.",
        "language": "en",
        "publish": "1",
        "sure": f"holiday-{day}",  # whenever the tests run
    }
    return {key: value for key, value in {**data, **changes}.items() if value is not None}


def public(session: Session) -> Session:
    session.subject.audience = Audience.PUBLIC
    session.subject.save()
    return session


# --- Reading
@pytest.mark.parametrize("rows", [10, 1_000])
def test_the_agenda_costs_the_same_at_any_size(rows, django_assert_max_num_queries):
    member = UserFactory()
    starts_at = timezone.now() + timedelta(days=10)
    sessions = many_sessions(rows, starts_at=starts_at, hub=HubFactory(), capacity=4)
    Rsvp.objects.bulk_create([Rsvp(session=row, member=member, state="going") for row in sessions])
    client = signed_in(member)
    for page in ("session_list", "session_mine", "session_past"):
        if page == "session_past":
            long_ago = timedelta(days=20)
            Session.objects.update(starts_at=F("starts_at") - long_ago, ends_at=F("ends_at") - long_ago)
        with django_assert_max_num_queries(8) as queries:
            response = client.get(reverse(f"events:{page}"))
        assert len(response.context["page"].rows) == min(rows, 40)
        assert len(queries) <= 5


@pytest.mark.parametrize("people", [10, 1_000])
def test_a_session_costs_the_same_however_many_come(people, django_assert_max_num_queries):
    organiser = facilitator()
    session = SessionFactory(capacity=people, room=RoomFactory())
    members = User.objects.bulk_create(
        [
            User(name=f"P {n}", email=f"p{n}@doorbraak.example", handle=f"p-{n}", activated_at=timezone.now())
            for n in range(people + 40)
        ]
    )
    Rsvp.objects.bulk_create([Rsvp(session=session, member=member, state="going") for member in members[:people]])
    Rsvp.objects.bulk_create(
        [
            Rsvp(session=session, member=member, state="waitlisted", position=place)
            for place, member in enumerate(members[people:], 1)
        ]
    )
    Session.objects.update(taken_count=people)
    tie(FILED_AT, subject=session.subject, by=many_bottlenecks(people, author=organiser))
    for client in [signed_in(reader) for reader in (organiser, members[-1], members[0])]:
        with django_assert_max_num_queries(15):
            response = client.get(session.get_absolute_url())
        assert response.context["turnout"]["members"] == people
        with django_assert_max_num_queries(12):
            client.get(reverse("events:session_people", args=[session.pk]))


def test_coming_past_and_mine_each_show_their_own():
    member = UserFactory()
    coming = SessionFactory(title="Coming")
    mine = SessionFactory(title="Mine")
    SessionFactory(title="Past", starts_at=timezone.now() - timedelta(days=40))
    SessionFactory(title="Earlier", starts_at=timezone.now() - timedelta(days=41), description="About metadata")
    actions.answer_rsvp(session=mine, by=member, answer="going")
    client = signed_in(member)

    def titles(address: str) -> list[str]:
        return [session.title for session in client.get(address).context["page"].rows]

    assert titles(reverse("events:session_list")) == [coming.title, mine.title]
    assert titles(reverse("events:session_mine")) == [mine.title]
    assert titles(reverse("events:session_past")) == ["Past", "Earlier"]
    assert titles(reverse("events:session_past") + "?q=METADATA") == ["Earlier"]
    assert "No past session" in client.get(reverse("events:session_past") + "?q=nothing").text


def test_the_search_swaps_only_the_list(client):
    client.force_login(UserFactory())
    page = reverse("events:session_past")
    assert "<html" in client.get(page).text
    fragment = client.get(page, {"q": "x"}, headers={"HX-Request": "true"})
    assert "<html" not in fragment.text
    assert 'id="agenda"' in fragment.text
    assert "HX-Request" in fragment["Vary"]
    assert "HX-Push-Url" not in fragment
    again = client.get(
        page, {"q": "x"}, headers={"HX-Request": "true", "HX-Current-URL": f"http://testserver{page}?q=x"}
    )
    assert again["HX-Push-Url"] == "false"  # once in the history
    on = client.get(page, {"q": "xy"}, headers={"HX-Request": "true", "HX-Current-URL": f"http://testserver{page}?q=x"})
    assert on["HX-Replace-Url"] == f"{page}?q=xy"  # and so is what is typed on


def test_visitors_see_little_of_a_public_session_and_are_asked_to_sign_in_for_the_rest(client):
    room = RoomFactory(venue__name="De Observant", venue__city="Amersfoort", venue__route="past the secret door")
    session = public(
        SessionFactory(room=room, description="Everybody **welcome**", capacity=5, hub=HubFactory(name="Oost"))
    )
    actions.answer_rsvp(session=session, by=UserFactory(name="Anna Bos"), answer="going")
    text = client.get(session.get_absolute_url()).text
    for shown in (session.title, "Amersfoort", "<strong>welcome</strong>"):
        assert shown in text
    for secret in ("De Observant", "secret door", "Anna", "Oost", "place taken"):
        assert secret not in text
    other = SessionFactory()
    sign_in = reverse("account_login")
    for address in (
        other.get_absolute_url(),
        "/sessions/987654/",
        reverse("events:session_list"),
        reverse("events:session_people", args=[session.pk]),
        reverse("events:session_calendar", args=[other.pk]),
    ):
        response = client.get(address)
        assert response.status_code == 302
        assert response.url.startswith(sign_in)


def test_an_old_or_bare_address_leads_to_the_session():
    session = SessionFactory(title="Winter day")
    client = signed_in(UserFactory())
    assert client.get(f"/sessions/{session.pk}/").url == f"/sessions/{session.pk}-winter-day/"
    assert client.get(f"/sessions/{session.pk}-old-title/").url == f"/sessions/{session.pk}-winter-day/"
    assert client.get("/sessions/987654/").status_code == 404


def test_names_show_only_of_those_who_allow_it():
    session = SessionFactory()
    actions.answer_rsvp(session=session, by=UserFactory(name="Open Olga"), answer="going", shows_name=True)
    actions.answer_rsvp(session=session, by=UserFactory(name="Quiet Quinten"), answer="going", shows_name=False)
    people = reverse("events:session_people", args=[session.pk])
    for address in (session.get_absolute_url(), people):
        text = signed_in(UserFactory()).get(address).text
        assert "Open Olga" in text
        assert "Quiet Quinten" not in text
    assert "Quiet Quinten" in signed_in(facilitator()).get(people).text


def test_the_waitlist_is_for_its_members():
    session = SessionFactory(capacity=1)
    first, second, third = (UserFactory(name=name) for name in ("First", "Second Sofie", "Third"))
    for member in (first, second, third):
        actions.answer_rsvp(session=session, by=member, answer="going")
    address = session.get_absolute_url()
    waiting = signed_in(third).get(address).text
    assert "Second Sofie" in waiting
    assert "Why no place yet?" in waiting
    for reader in (first, UserFactory()):
        assert "Second Sofie" not in signed_in(reader).get(address).text
        assert "Second Sofie" not in signed_in(reader).get(reverse("events:session_people", args=[session.pk])).text


def test_times_are_those_where_it_is_with_the_readers_beside_them_when_clocks_differ():
    start = timezone.datetime.fromisoformat("2027-03-10T09:30:00+01:00")
    session = SessionFactory(starts_at=start, ends_at=start + timedelta(hours=2))
    here = signed_in(UserFactory()).get(session.get_absolute_url()).text
    assert "Wednesday 10 March 2027, 9:30 to 11:30" in here
    assert "your clock" not in here
    there = signed_in(UserFactory(time_zone="America/Curacao")).get(session.get_absolute_url()).text
    assert "Wednesday 10 March 2027, 9:30 to 11:30" in there
    assert "Wednesday 10 March 2027, 4:30 to 6:30 on your clock (Curaçao)" in there


# --- Answering
def test_the_button_in_the_row_works_with_and_without_htmx():
    session = SessionFactory(capacity=1)
    address = reverse("events:session_answer", args=[session.pk])
    data = {"answer": "going", "from": "row", "next": "/sessions/"}
    plain = signed_in(UserFactory()).post(address, data, follow=True)
    assert plain.redirect_chain == [("/sessions/", 302)]
    assert "You have a place" in plain.text
    row = signed_in(UserFactory()).post(address, data, headers={"HX-Request": "true"})
    assert row.status_code == 200
    assert "<html" not in row.text
    assert "full, you are number 1" in row.text
    assert "hx-swap-oob" in row.text


def test_the_card_works_with_and_without_htmx():
    session = SessionFactory(capacity=1)
    address = reverse("events:session_answer", args=[session.pk])
    client = signed_in(UserFactory())
    page = client.post(address, {"answer": "going", "asks_name": "1"}, follow=True)
    assert page.redirect_chain == [(session.get_absolute_url(), 302)]
    assert Rsvp.objects.get().shows_name is False
    card = client.post(address, {"answer": "not_going"}, headers={"HX-Request": "true"})
    assert card.text.lstrip().startswith('<section class="card card--water" id="rsvp"')
    assert "You are not coming" in card.text


def test_what_an_answer_changes_on_the_page_is_swapped_with_it():
    organiser = facilitator()
    oost, west = HubFactory(name="Kern Oost"), HubFactory(name="Kern West")
    session = SessionFactory(capacity=5)
    client = signed_in(organiser)
    page = client.get(session.get_absolute_url()).text
    assert "Nobody yet." in page
    assert '<section class="card card--sunken" id="missing" aria-labelledby="missing-heading" hidden>' in page  # nobody
    actions.answer_rsvp(session=session, by=member_of(oost, name="Olga Oost"), answer="going")
    answer = press(client, session, "going", asks_name="1", shows_name="1").text
    parts = re.findall(r'<section[^>]* id="(\w+)"[^>]*?( hx-swap-oob="true")?>', answer)
    swapped = ' hx-swap-oob="true"'
    assert parts == [("rsvp", ""), ("who", swapped), ("missing", swapped), ("history", swapped)]
    assert all(f'id="{part}"' in page for part, _swap in parts)
    assert "2 of 5 places taken" in answer
    assert "Olga Oost" in answer
    assert organiser.name in answer
    assert west.name in answer
    assert "2 members signed up" in " ".join(answer.split())


def test_giving_up_what_is_lost_for_good_is_asked_and_anything_else_offers_the_way_back():
    session = SessionFactory(capacity=1)
    first, second = signed_in(UserFactory()), signed_in(UserFactory())
    free = press(first, SessionFactory(capacity=5), "going").text
    assert "<details" not in free
    assert "<details" in press(first, session, "going").text
    waits = press(second, session, "going").text
    assert "You are number 1. If you come back later, you are last." in waits
    assert "You are no longer on the waitlist." in press(second, session, "leave").text
    left = press(first, session, "not_going").text
    assert "I’m coming after all" in left


def test_a_double_click_is_one_answer():
    session = SessionFactory(capacity=5)
    client = signed_in(UserFactory())
    for _click in range(2):
        client.post(reverse("events:session_answer", args=[session.pk]), {"answer": "going"})
    assert Rsvp.objects.count() == 1
    assert Session.objects.get().taken_count == 1


def card_of(client: Client, session: Session) -> set[str]:
    """What the buttons of a session's card say they do."""
    card = re.search(r'<section[^>]* id="rsvp".*?</section>', client.get(session.get_absolute_url()).text, re.DOTALL)
    assert card
    return set(re.findall(r'name="answer" value="([^"]+)"', card[0]))


def press(client: Client, session: Session, answer: str, **data: str):
    address = reverse("events:session_answer", args=[session.pk])
    return client.post(address, {"answer": answer, **data}, headers={"HX-Request": "true"})


@pytest.mark.parametrize(
    ("held", "button", "then", "left", "says"),
    [
        # what the page showed, its button, what the other browser or the clock did, what is left, and what is said
        ("waitlisted", "leave", "promoted", "going", "A place came free and is yours now."),
        ("waitlisted", "leave", "offered", "offered", "A place is kept for you now."),
        ("waitlisted", "leave", "left", "not_going", "You are no longer on the waitlist."),
        ("waitlisted", "leave", "maybe", "maybe", "You are not on the waitlist."),
        ("offered", "decline", "accepted", "going", "You took this place already."),
        ("offered", "decline", "expired", "waitlisted", "This offer has ended."),
        ("offered", "decline", "left", "not_going", "The place goes to the next on the waitlist."),
        ("offered", "accept", "left", "not_going", "There is no offer for you to accept."),
        ("offered", "accept", "accepted", "going", "You have a place."),
        ("going", "not_going", "left", "not_going", "You are not coming."),
        (None, "going", "waitlisted", "waitlisted", "You are number 2 on the waitlist."),
        (None, "not_going", "came", "not_going", "You are not coming."),
    ],
)
def test_the_button_of_an_old_page_does_what_it_says_or_says_why_not(held, button, then, left, says):
    """Two browsers of one member, or a page that was open while a place came free; the button is pressed twice."""
    member, holder = UserFactory(), UserFactory()
    session = SessionFactory(capacity=1, starts_at=timezone.now() + timedelta(days=10))
    if held != "going" and then != "came":
        actions.answer_rsvp(session=session, by=holder, answer="going")
    if then == "waitlisted":
        actions.answer_rsvp(session=session, by=UserFactory(), answer="going")
    if held is not None:
        actions.answer_rsvp(session=session, by=member, answer="going")
    if held == "offered":
        Session.objects.filter(pk=session.pk).update(**in_a_day(session))
        actions.withdraw(session=session, by=holder)
    client = signed_in(member)
    assert button in card_of(client, session)

    if then == "offered":
        Session.objects.filter(pk=session.pk).update(**in_a_day(session))
    do = {
        "promoted": lambda: actions.withdraw(session=session, by=holder),
        "offered": lambda: actions.withdraw(session=session, by=holder),
        "left": lambda: actions.withdraw(session=session, by=member),
        "maybe": lambda: actions.answer_rsvp(session=session, by=member, answer="maybe"),
        "accepted": lambda: actions.accept_offer(session=session, by=member),
        "expired": lambda: expire(session, member),
        "waitlisted": lambda: actions.answer_rsvp(session=session, by=member, answer="going"),
        "came": lambda: actions.answer_rsvp(session=session, by=member, answer="going"),
    }
    do[then]()
    for _click in range(2):
        card = press(client, session, button)
        assert says in card.text
    assert Rsvp.objects.get(member=member).state == left
    session.refresh_from_db()
    assert session.taken_count == Rsvp.objects.filter(state__in=["going", "offered"]).count()


def in_a_day(session: Session) -> dict[str, object]:
    """What moves a session so near that a place that comes free is offered."""
    starts_at = timezone.now() + timedelta(hours=30)
    return {"starts_at": starts_at, "ends_at": starts_at + timedelta(hours=2)}


def expire(session: Session, member: User) -> None:
    """Let the offer of ``member`` end with somebody else on the waitlist, who has it now."""
    actions.answer_rsvp(session=session, by=UserFactory(), answer="going")
    Rsvp.objects.filter(member=member).update(offer_expires_at=timezone.now() - timedelta(minutes=1))
    actions.expire_offers(now=timezone.now())


def test_every_state_has_buttons_that_name_their_act(client):
    member, holder = UserFactory(), UserFactory()
    client.force_login(member)
    session = SessionFactory(capacity=1, starts_at=timezone.now() + timedelta(hours=30))
    assert card_of(client, session) == {"going", "maybe", "not_going"}
    actions.answer_rsvp(session=session, by=holder, answer="going")
    actions.answer_rsvp(session=session, by=member, answer="going")
    assert card_of(client, session) == {"leave"}
    assert 'name="answer" value="leave"' in client.get("/").text
    actions.withdraw(session=session, by=holder)
    assert card_of(client, session) == {"accept", "decline"}
    assert 'name="answer" value="decline"' in client.get("/").text
    actions.accept_offer(session=session, by=member)
    assert card_of(client, session) == {"not_going"}
    assert 'name="answer" value="not_going"' in client.get("/").text
    actions.answer_rsvp(session=session, by=member, answer="maybe")
    assert card_of(client, session) == {"going", "not_going"}


def test_an_answer_is_locked_and_read_once(django_assert_num_queries):
    client = signed_in(member_of(HubFactory()))
    session = SessionFactory(capacity=1, starts_at=timezone.now() + timedelta(hours=30))
    # Member, session; locks of subject, row and member; my answer and what becomes of it: who waits, places, answer,
    # ledger; the mail and its receiver. In savepoints, as tests are. Nothing is read for the card; five for the rest of
    # the page: whether I organise it, how many come, their names, what happened and whether I follow it.
    with django_assert_num_queries(20):
        assert "You have a place" in press(client, session, "going").text
    with django_assert_num_queries(20):
        assert "You are not coming" in press(client, session, "not_going").text
    holder = UserFactory()
    actions.answer_rsvp(session=session, by=holder, answer="going")
    with django_assert_num_queries(20):  # where the list ends; and for the card who waits
        assert "You are number 1 on the waitlist" in press(client, session, "going").text
    actions.withdraw(session=session, by=holder)
    with django_assert_num_queries(18):  # a place that is kept for them is theirs, with nothing locked once more
        assert "You have a place" in press(client, session, "going").text


def test_an_answer_leads_back_to_the_page_its_row_stands_on():
    hub = HubFactory()
    session = SessionFactory(hub=hub)
    client = signed_in(UserFactory())
    address = reverse("events:session_answer", args=[session.pk])
    for page in (hub.get_absolute_url(), reverse("events:session_list") + "?after=x"):
        (stands_on,) = set(re.findall(r'name="next" value="([^"]+)"', client.get(page).text))
        assert client.post(address, {"answer": "maybe", "from": "row", "next": stands_on}).url == page
        headers = {"HX-Request": "true", "HX-Current-URL": f"http://testserver{page}"}
        swapped = client.post(address, {"answer": "not_going", "from": "row"}, headers=headers).text
        assert f'name="next" value="{page}"' in swapped


def test_answers_go_back_to_our_own_pages_only():
    session = SessionFactory()
    data = {"answer": "going", "from": "row", "next": "https://elsewhere.example/"}
    response = signed_in(UserFactory()).post(reverse("events:session_answer", args=[session.pk]), data)
    assert response.url == session.get_absolute_url()


def test_a_refusal_is_an_honest_sentence():
    session = SessionFactory(starts_at=timezone.now() - timedelta(minutes=5))
    client = signed_in(UserFactory())
    response = client.post(reverse("events:session_answer", args=[session.pk]), {"answer": "going"}, follow=True)
    assert "This session has started." in response.text
    assert client.post(reverse("events:session_answer", args=[session.pk]), {"answer": "dance"}).status_code == 404


# --- Who may
@pytest.mark.parametrize("state", ["draft", "published"])
@pytest.mark.parametrize(
    ("who", "reads_draft", "organises"),
    [
        ("member", False, False),
        ("member_of_hub", False, False),
        ("representative_elsewhere", False, False),
        ("superuser", False, None),
        ("representative", True, True),
        ("former_representative", False, False),
        ("host", True, True),
        ("facilitator", True, True),
    ],
)
def test_who_sees_and_who_organises(who, reads_draft, organises, state):
    hub = HubFactory()
    user = {
        "member": UserFactory,
        "member_of_hub": lambda: member_of(hub),
        "representative_elsewhere": lambda: representative_of(HubFactory()),
        "superuser": lambda: UserFactory(is_superuser=True, is_staff=True),
        "representative": lambda: representative_of(hub),
        "former_representative": UserFactory,
        "host": UserFactory,
        "facilitator": facilitator,
    }[who]()
    if who == "former_representative":
        MembershipFactory(member=user, hub=hub, role="representative", ended_at=timezone.now() + timedelta(seconds=1))
    session = SessionFactory(hub=hub, state=state)
    if who == "host":
        session.hosts.add(user)
    client = signed_in(user)
    sees = state == "published" or reads_draft
    assert client.get(session.get_absolute_url()).status_code == (200 if sees else 404)
    listed = client.get(reverse("events:session_list")).context["page"].rows
    assert ([row.pk for row in listed] == [session.pk]) is sees
    if organises is None:
        return  # a superuser passes every has_perm, and sees no draft
    expected = 404 if not sees else 200 if organises else 403
    for name in ("session_change", "session_cancel"):
        assert client.get(reverse(f"events:{name}", args=[session.pk])).status_code == expected
    expected = 404 if not sees else 302 if organises else 403
    sure = {"sure": f"holiday-{session.local_start.date()}"}  # whenever the tests run
    assert client.post(reverse("events:session_publish", args=[session.pk]), sure).status_code == expected
    assert client.get(reverse("events:session_people", args=[session.pk])).status_code == (200 if sees else 404)


@pytest.mark.parametrize(
    ("who", "expected"), [("member", 403), ("representative", 200), ("facilitator", 200), ("visitor", 302)]
)
def test_who_schedules(who, expected, client):
    if who != "visitor":
        made = {
            "member": UserFactory,
            "representative": lambda: representative_of(HubFactory()),
            "facilitator": facilitator,
        }
        client.force_login(made[who]())
    assert client.get(reverse("events:session_schedule")).status_code == expected


def test_a_cancelled_draft_is_seen_by_its_organisers_only():
    organiser = facilitator()
    session = actions.cancel_session(session=SessionFactory(state="draft"), by=organiser, reason="Never mind")
    assert signed_in(UserFactory()).get(session.get_absolute_url()).status_code == 404


# --- Organising
def test_a_facilitator_schedules_for_everyone_and_a_double_post_makes_one():
    client = signed_in(facilitator())
    data = form_data(is_public="on", deadline=(timezone.localdate() + timedelta(days=39)).isoformat())
    responses = [client.post(reverse("events:session_schedule"), data) for _post in range(2)]
    session = Session.objects.get()
    assert [response.url for response in responses] == [session.get_absolute_url()] * 2
    assert (session.state, session.hub, session.capacity, session.is_public) == ("published", None, 2, True)
    assert session.local_start.strftime("%H:%M") == "09:30"
    assert session.rsvp_deadline.astimezone(session.zone).strftime("%H:%M") == "00:00"
    assert session.last_day_to_answer.astimezone(session.zone).date() == timezone.localdate() + timedelta(days=39)
    assert session.subject.url == session.get_absolute_url()


@pytest.mark.parametrize(("change", "words"), [({}, "Published: members can sign up."), ({"publish": None}, "Saved.")])
def test_who_scheduled_is_told_what_became_of_it(change, words):
    page = signed_in(facilitator()).post(reverse("events:session_schedule"), form_data(**change), follow=True)
    assert words in page.content.decode()


def test_a_representative_schedules_for_the_own_hub_only():
    hub, other = HubFactory(), HubFactory()
    client = signed_in(representative_of(hub))
    for wrong in ("", "everyone", str(other.pk)):
        response = client.post(reverse("events:session_schedule"), form_data(hub=wrong))
        assert response.status_code == 422
        assert response.context["form"].errors["hub"]
    client.post(reverse("events:session_schedule"), form_data(hub=str(hub.pk), publish=None))
    session = Session.objects.get()
    assert (session.hub, session.state) == (hub, "draft")
    assert list(session.subject.hubs.all()) == [hub.subject]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": ""}, "title"),
        ({"ends": "9:00"}, "ends"),
        ({"day": "2020-01-01"}, "day"),
        ({"day": "2028-03-26", "starts": "2:30", "ends": "5:00"}, "starts"),  # the clocks skip this hour
        ({"deadline": "2099-01-01"}, "deadline"),
        ({"capacity": "0"}, "capacity"),
        ({"time_zone": "Moon/Sea"}, "time_zone"),
        ({"day": "soon"}, "day"),
    ],
)
def test_bad_input_gets_a_message_at_its_field_and_nothing_is_lost(changes, field):
    response = signed_in(facilitator()).post(reverse("events:session_schedule"), form_data(**changes))
    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]
    assert "Bring **somebody**." in response.text
    assert not Session.objects.exists()


# --- Past midnight
EVENING = {"day": "2027-06-11", "starts": "22:00", "ends": "01:30"}


@pytest.mark.usefixtures("clock")
def test_an_evening_that_runs_past_midnight_ends_the_next_day_and_says_so():
    client = signed_in(facilitator())
    page = client.post(reverse("events:session_schedule"), form_data(**EVENING), follow=True)
    session = Session.objects.get()
    assert session.local_end.isoformat() == "2027-06-12T01:30:00+02:00"
    assert "It runs past midnight, so it ends on Saturday 12 June 2027." in page.text
    address = reverse("events:session_change", args=[session.pk])
    unchanged = form_data(**EVENING, version="1", title="Another title")
    assert client.get(address).context["form"]["last_day"].value() is None
    page = client.post(address, unchanged, follow=True)
    assert "past midnight" not in page.text
    client.post(address, {**unchanged, "version": "2", "day": "2027-06-18"})
    session.refresh_from_db()
    assert session.local_end.isoformat() == "2027-06-19T01:30:00+02:00"


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"ends": "07:00"}, "last_day", "Does it end on Saturday 12 June 2027? Then fill that in as the last day."),
        (
            {"last_day": "2027-06-11"},
            "last_day",
            "Does it end on Saturday 12 June 2027? Then fill that in as the last day.",
        ),
        ({"last_day": "2027-06-10"}, "last_day", "The last day is before the first."),
        ({"ends": "22:00"}, "ends", "Does it end on another day? Then fill in the last day, too."),
        ({"starts": "9:30", "ends": "9:00"}, "ends", "Does it end on another day? Then fill in the last day, too."),
        ({"starts": "12:00", "ends": "0:30"}, "ends", "Does it end on another day? Then fill in the last day, too."),
    ],
)
def test_an_end_before_the_start_is_refused_at_the_field_that_mends_it(changes, field, words):
    response = signed_in(facilitator()).post(reverse("events:session_schedule"), form_data(**{**EVENING, **changes}))
    errors = response.context["form"].errors
    assert list(errors) == [field]
    assert words in errors[field][0]
    assert f'href="#id_{field}"' in response.text
    mended = form_data(**{**EVENING, **changes, "last_day": "2027-06-12"})
    assert signed_in(facilitator()).post(reverse("events:session_schedule"), mended).status_code == 302


def test_a_session_of_several_days_keeps_its_last_day():
    session = SessionFactory(
        starts_at=timezone.datetime.fromisoformat("2027-06-11T22:00:00+02:00"),
        ends_at=timezone.datetime.fromisoformat("2027-06-12T11:00:00+02:00"),
    )
    form = signed_in(facilitator()).get(reverse("events:session_change", args=[session.pk])).context["form"]
    assert form["last_day"].value() == session.local_end.date()


def test_a_new_place_is_added_with_the_session_or_not_at_all():
    client = signed_in(facilitator())
    place = {"place-venue": "De Observant", "place-city": "Amersfoort", "place-room": "3", "place-capacity": "60"}
    response = client.post(reverse("events:session_schedule"), form_data(**place | {"place-room": ""}))
    assert response.status_code == 422
    assert not Venue.objects.exists()
    response = client.post(reverse("events:session_schedule"), form_data(**place), follow=True)
    assert str(Session.objects.get().room) == "De Observant, Amersfoort, 3"
    data = form_data(**place, title="Another day", publish=None)  # the same room, the same time
    response = client.post(reverse("events:session_schedule"), data)
    assert response.status_code == 422
    assert "has this room then" in response.text
    assert Venue.objects.count() == 1


def test_a_double_booking_is_refused_with_the_name_of_the_other_session():
    room = RoomFactory()
    start = timezone.now() + timedelta(days=40)
    SessionFactory(room=room, title="Round table", starts_at=start.replace(hour=10, minute=0), state="draft")
    client = signed_in(facilitator())
    response = client.post(
        reverse("events:session_schedule"), form_data(room=str(room.pk), day=start.date().isoformat(), publish=None)
    )
    assert response.status_code == 422
    assert "“Round table” has this room then" in response.context["form"].errors["room"][0]
    hub = HubFactory()
    data = form_data(room=str(room.pk), day=start.date().isoformat(), hub=str(hub.pk))
    response = signed_in(representative_of(hub)).post(reverse("events:session_schedule"), data)
    assert response.context["form"].errors["room"] == ["Another session has this room at that time."]


def test_publishing_asks_first_on_a_holiday_in_a_room_too_small_or_beside_another_session():
    SessionFactory(title="Other one", starts_at=timezone.datetime.fromisoformat("2027-12-25T10:00:00+01:00"))
    client, address = signed_in(facilitator()), reverse("events:session_schedule")
    data = form_data(day="2027-12-25", capacity="500", room=str(RoomFactory(capacity=80).pk))
    asked = client.post(address, data)
    assert asked.status_code == 422
    for words in (
        "Mind: Saturday 25 December 2027 is Christmas Day.",
        "On the same day, for the same people: “Other one”.",
        "Mind: the room holds 80, and you give out 500 places.",
    ):
        assert words in asked.text
    fields = [asked.text.index(f'id="id_{name}"') for name in ("day", "room", "capacity", "title")]
    assert fields == sorted(fields)  # what would mend it comes first
    assert Session.objects.count() == 1
    sure = re.search(r'name="sure" value="([^"]+)"', asked.text)
    assert sure
    again = client.post(address, data | {"sure": sure[1], "day": "2027-12-26"})  # another holiday: not seen yet
    assert "Mind: Sunday 26 December 2027 is" in again.text
    assert Session.objects.count() == 1
    assert client.post(address, data | {"sure": sure[1]}).status_code == 302
    assert Session.objects.latest("pk").state == "published"


def test_a_draft_is_saved_at_once_and_asks_when_it_is_published():
    client = signed_in(facilitator())
    page = client.post(reverse("events:session_schedule"), form_data(day="2027-12-25", publish=None), follow=True)
    assert "Christmas Day" in page.text
    session = Session.objects.get()
    address = reverse("events:session_publish", args=[session.pk])
    asked = client.post(address)
    assert asked.status_code == 422
    assert "Christmas Day" in asked.text
    assert "Saturday 25 December 2027, 9:30 to 16:00" in asked.text
    sure = re.search(r'name="sure" value="([^"]+)"', asked.text)
    assert sure
    assert client.post(address, {"sure": sure[1]}).status_code == 302
    session.refresh_from_db()
    assert session.state == "published"


def test_moving_says_first_how_many_get_a_mail_and_another_title_asks_nothing():
    session = SessionFactory(starts_at=timezone.datetime.fromisoformat("2027-12-24T10:00:00+01:00"))
    for member in UserFactory.create_batch(2):
        actions.answer_rsvp(session=session, by=member, answer="going")
    client = signed_in(facilitator())
    address = reverse("events:session_change", args=[session.pk])
    form = client.get(address).context["form"]
    data = {name: form[name].value() for name in form.fields if form[name].value() not in (None, False)}
    assert client.post(address, data | {"title": "Another title"}).status_code == 302
    asked = client.post(address, data | {"version": "2", "day": "2027-12-23"})
    assert asked.status_code == 422
    assert "Time or place changes: 2 members get a mail at once." in asked.text
    session.refresh_from_db()
    assert session.local_start.day == 24
    assert client.post(address, data | {"version": "2", "day": "2027-12-23", "sure": "mails"}).status_code == 302
    session.refresh_from_db()
    assert session.local_start.day == 23


def test_back_and_scheduling_again_makes_no_second_session():
    client, address = signed_in(facilitator()), reverse("events:session_schedule")
    first = client.post(address, form_data(publish=None))
    again = client.post(address, form_data(description="Bring two."), follow=True)  # the key of a form is new each time
    session = Session.objects.get()
    assert first.url == session.get_absolute_url() == again.redirect_chain[-1][0]
    assert "You scheduled this session a moment ago. No second one was made." in again.text
    assert session.state == "published"
    client.post(address, form_data(starts="10:30", publish=None))
    signed_in(facilitator()).post(address, form_data(publish=None))
    assert Session.objects.count() == 3  # at another hour, or by somebody else


def test_a_stale_form_shows_both_texts_and_loses_neither():
    organiser = facilitator()
    session = SessionFactory(title="Old title", description="Old text", starts_at=timezone.now() + timedelta(days=9))
    client = signed_in(organiser)
    address = reverse("events:session_change", args=[session.pk])
    initial = client.get(address).context["form"].initial
    actions.change_session(session=session, by=facilitator(), version=1, description="Text of the other")
    data = {key: value for key, value in initial.items() if value is not None} | {
        "starts": initial["starts"].strftime("%H:%M"),
        "ends": initial["ends"].strftime("%H:%M"),
        "description": "My own text",
        "is_public": "",
    }
    response = client.post(address, data)
    assert response.status_code == 422
    assert "Text of the other" in response.text
    assert "My own text" in response.text
    assert [difference.field.name for difference in response.context["form"].differences] == ["description"]
    session.refresh_from_db()
    assert session.description == "Text of the other"
    response = client.post(address, data | {"version": "2"})
    assert response.status_code == 302
    session.refresh_from_db()
    assert session.description == "My own text"


@pytest.mark.parametrize("like", ["²", "abc", "9" * 5_000])
def test_an_address_that_names_no_earlier_session_shows_the_empty_form(like):
    response = signed_in(facilitator()).get(reverse("events:session_schedule"), {"like": like})
    assert response.status_code == 200
    assert "title" not in response.context["form"].initial


def test_a_session_is_made_like_an_earlier_one():
    earlier = SessionFactory(title="Round table", capacity=12, hub=HubFactory())
    form = signed_in(facilitator()).get(reverse("events:session_schedule"), {"like": earlier.pk}).context["form"]
    assert form["title"].value() == "Round table"
    assert form["capacity"].value() == 12
    assert form["hub"].value() == str(earlier.hub_id)
    assert form["day"].value() is None


LINK = "https://meet.example.org/room?a=1&b=2"


def test_the_link_of_an_online_session_is_for_whoever_has_a_place_and_who_organises():
    organiser = facilitator()
    client = signed_in(organiser)
    data = form_data(kind="online", link=LINK, capacity="1", day="2027-03-10")
    assert client.post(reverse("events:session_schedule"), data).status_code == 302
    session = Session.objects.get()
    assert session.link == LINK
    shown = 'href="https://meet.example.org/room?a=1&amp;b=2"'
    address = session.get_absolute_url()
    member = signed_in(UserFactory())
    page = member.get(address).text
    assert "meet.example.org" not in page
    assert "With a place you find the link to take part online here." in page
    assert shown in press(member, session, "going").text
    waiting = signed_in(UserFactory())
    assert "meet.example.org" not in press(waiting, session, "going").text
    assert shown in client.get(address).text
    like = reverse("events:session_schedule")
    assert client.get(like, {"like": session.pk}).context["form"]["link"].value() == LINK
    elsewhere = signed_in(representative_of(HubFactory()))
    assert "meet.example.org" not in elsewhere.get(like, {"like": session.pk}).text


@pytest.mark.parametrize("link", ["javascript:alert(1)", "ftp://files.example.org/", "see the mail"])
def test_a_link_that_leads_to_no_page_is_refused(link):
    response = signed_in(facilitator()).post(reverse("events:session_schedule"), form_data(link=link))
    assert list(response.context["form"].errors) == ["link"]


def test_what_a_new_session_is_and_for_whom_fit_together():
    hub = HubFactory()
    for who, kind, whose in (
        (facilitator(), "community_day", "everyone"),
        (representative_of(hub), "hub_meeting", str(hub.pk)),
    ):
        form = signed_in(who).get(reverse("events:session_schedule")).context["form"]
        assert form["kind"].value() == kind
        assert form.fields["hub"].choices[0][0] == whose


def test_a_hub_meeting_is_of_one_hub_and_the_field_of_the_hub_says_so():
    hub, client = HubFactory(name="Kern Geo"), signed_in(facilitator())
    page = client.post(reverse("events:session_schedule"), form_data(kind="hub_meeting", hub="everyone"))
    assert page.status_code == 422
    assert page.context["form"].errors == {
        "hub": ["A hub meeting is of one hub. Choose which, or choose another kind."]
    }
    assert not Session.objects.exists()
    client.post(reverse("events:session_schedule"), form_data(kind="hub_meeting", hub=str(hub.pk)))
    session = Session.objects.get()
    form = client.get(reverse("events:session_change", args=[session.pk])).context["form"]
    page = client.post(
        reverse("events:session_change", args=[session.pk]),
        form_data(kind="hub_meeting", hub="everyone", version=str(form["version"].value())),
    )
    assert list(page.context["form"].errors) == ["hub"]
    with pytest.raises(IntegrityError, match="hub_meeting_is_of_a_hub"):
        Session.objects.filter(pk=session.pk).update(hub=None)


def test_hosts_are_members_by_handle_or_name_who_may_then_organise():
    anna = UserFactory(name="Anna van den Berg", handle="anna", unit=UnitFactory(name="Directie Oost"))
    client = signed_in(facilitator())
    response = client.post(reverse("events:session_schedule"), form_data(hosts="anna van den berg, Nobody"))
    assert list(response.context["form"].errors) == ["hosts"]
    assert "Anna van den Berg, Directie Oost (anna)" in response.text
    client.post(reverse("events:session_schedule"), form_data(hosts="anna van den berg, "))
    session = Session.objects.get()
    assert list(session.hosts.all()) == [anna]
    page = signed_in(anna).get(reverse("events:session_change", args=[session.pk]))
    assert page.context["form"]["hosts"].value() == "anna"
    assert "Anna van den Berg, Directie Oost (anna)" in page.text


def test_hosts_of_one_name_and_with_commas_survive_an_unchanged_form():
    hosts = [
        *(UserFactory(name="Jan Jansen", handle=handle) for handle in ("jan", "jan-2")),
        *(UserFactory(name=name) for name in ("Bos, Anna", "Smit, Bram, MSc")),
        UserFactory(name="Resting Rita", is_active=False),
    ]
    session = SessionFactory()
    session.hosts.set(hosts)
    client = signed_in(facilitator())
    address = reverse("events:session_change", args=[session.pk])
    page = client.get(address)
    form = page.context["form"]
    assert "Rita" not in page.text
    shown = {name: form[name].value() for name in form.fields}
    data = {name: value for name, value in shown.items() if value not in (None, False)}
    assert client.post(address, data).url == session.get_absolute_url()
    assert set(session.hosts.all()) == set(hosts)
    response = client.post(address, {**data, "version": "2", "hosts": "Jan Jansen"})
    (words,) = response.context["form"].errors["hosts"]
    assert "Jan Jansen (jan); Jan Jansen (jan-2)" in words
    client.post(address, {**data, "version": "2", "hosts": "jan-2"})
    assert set(session.hosts.active()) == {hosts[1]}


def test_hosts_that_two_people_changed_are_compared_as_people():
    session = SessionFactory()
    session.hosts.set([UserFactory(name="Jan Jansen", handle="jan")])
    UserFactory(name="Anna Bos", handle="anna")
    client = signed_in(facilitator())
    address = reverse("events:session_change", args=[session.pk])
    form = client.get(address).context["form"]
    data = {name: form[name].value() for name in form.fields if form[name].value() not in (None, False)}
    actions.change_session(session=session, by=facilitator(), version=1, title="Another title")
    page = client.post(address, {**data, "hosts": "Jan Jansen"})
    assert [difference.field.name for difference in page.context["form"].differences] == ["title"]
    page = client.post(address, {**data, "hosts": "anna"})
    compared = {difference.field.name: difference for difference in page.context["form"].differences}
    assert (compared["hosts"].yours, compared["hosts"].current) == ("Anna Bos (anna)", "Jan Jansen (jan)")


def test_cancelling_asks_for_a_reason():
    session = SessionFactory()
    client = signed_in(facilitator())
    address = reverse("events:session_cancel", args=[session.pk])
    assert client.post(address, {"reason": " "}).status_code == 422
    client.post(address, {"reason": "Storm on the way"})
    text = signed_in(UserFactory()).get(session.get_absolute_url()).text
    assert "Storm on the way" in text
    assert "does not take place" in text
    assert client.get(reverse("events:session_change", args=[session.pk])).status_code == 302


def test_an_organiser_takes_somebody_off_the_list():
    session = SessionFactory(capacity=1)
    a, b = UserFactory.create_batch(2)
    for member in (a, b):
        actions.answer_rsvp(session=session, by=member, answer="going")
    row = Rsvp.objects.get(member=a)
    address = reverse("events:session_remove", args=[session.pk, row.pk])
    assert signed_in(b).post(address, {"reason": "I want it"}).status_code == 403
    client = signed_in(facilitator())
    assert client.post(address, {"reason": ""}).status_code == 422
    assert client.post(address, {"reason": "Asked by phone"}).status_code == 302
    assert Rsvp.objects.get(member=b).state == "going"
    other = SessionFactory()
    elsewhere = reverse("events:session_remove", args=[other.pk, row.pk])
    assert client.post(elsewhere, {"reason": "Asked by phone"}).status_code == 404


def test_a_long_waitlist_is_cut_and_the_page_says_so(client, monkeypatch):
    monkeypatch.setattr(selectors, "PEOPLE_ON_PAGE", 3)
    session = SessionFactory(capacity=1)
    join(session, *UserFactory.create_batch(6))
    client.force_login(facilitator())
    page = client.get(reverse("events:session_people", args=[session.pk]))
    assert [row.position for row in page.context["waitlisted"]] == [1, 2, 3]
    assert len(page.context["going"]) == 1
    assert "Of every list the first 3 stand here." in page.content.decode()
