"""``/``: the landing page for visitors, home for members."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection
from django.urls import reverse
from django.utils import translation

from community.models import Membership, MemberTally
from events.actions import answer_rsvp
from issues.bottlenecks.actions import file_bottleneck
from portal.views import greeting
from tests import demonstration
from tests.factories import HubFactory, MembershipFactory, SessionFactory, UserFactory, keep, many_members
from ui.sections import Section, ShownTodo, TodoSource, home_sections, home_todos, landing_sections

pytestmark = pytest.mark.django_db

MOST_QUERIES = 12


@pytest.fixture(autouse=True)
def _english(client):
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"


def test_a_visitor_sees_what_this_community_is_and_its_numbers(client):
    hub = HubFactory(name="Kern Oost")
    MembershipFactory.create_batch(2, hub=hub)
    MembershipFactory(hub=HubFactory(name="Kern Zuid"))
    UserFactory(activated_at=None, name="Not Here Yet")
    page = client.get("/").content.decode()
    assert "Water always finds a way" in page
    assert "3 data professionals from 2 hubs" in " ".join(page.split())
    assert "Kern Oost" in page
    assert reverse("account_signup") in page


@pytest.mark.django_db(transaction=True)
def test_the_landing_page_costs_nothing_once_it_is_known_and_what_is_new_shows_at_once(
    client, django_assert_num_queries
):
    member = MembershipFactory(hub=HubFactory(name="Kern Oost")).member
    assert client.get("/").context["numbers"] == {"members": 1, "hubs": 1}
    with django_assert_num_queries(0):
        first = client.get("/").content
    file_bottleneck(by=member, title="Models wait", situation="For months.")
    assert client.get("/").context["numbers"] == {"members": 1, "hubs": 1, "bottlenecks": 1}
    with django_assert_num_queries(0):
        assert client.get("/").content != first


def test_a_visitor_sees_no_member(client):
    member = UserFactory(name="Vera Verborgen")
    MembershipFactory(member=member)
    assert "Verborgen" not in client.get("/").content.decode()


def test_an_empty_portal_has_a_landing_page(client):
    page = client.get("/")
    assert page.status_code == 200
    assert "Become a member" in page.content.decode()
    assert page.context["figures"] == []  # a row of zeros invites nobody


def test_the_first_member_of_all_is_not_sent_to_hubs_that_do_not_exist(client):
    client.force_login(UserFactory())
    assert "See all hubs" not in client.get("/").content.decode()
    HubFactory()
    assert "See all hubs" in client.get("/").content.decode()


def test_a_member_is_greeted_by_first_name(client):
    client.force_login(UserFactory(name="Anna van den Berg", time_zone="Europe/Amsterdam"))
    assert ", Anna</h1>" in client.get("/").content.decode()


@pytest.mark.parametrize(
    ("hour", "words"), [(0, "evening"), (6, "morning"), (11, "morning"), (12, "afternoon"), (18, "evening")]
)
def test_the_greeting_follows_the_hour_of_the_reader(hour, words):
    with translation.override("en"):
        assert words in greeting(hour)


def test_the_hour_is_the_members_own(client):
    with time_machine.travel(datetime(2026, 11, 23, 10, 30, tzinfo=ZoneInfo("Europe/Amsterdam")), tick=False):
        client.force_login(UserFactory(name="Anna", time_zone="Asia/Tokyo"))
        assert "Good evening, Anna" in client.get("/").content.decode()


def test_the_act_of_home_stands_in_its_head_and_the_next_session_before_all_else(client):
    member = UserFactory()
    answer_rsvp(session=SessionFactory(title="Winter day"), by=member, answer="going")
    client.force_login(member)
    todo = ShownTodo(icon="check", title="Say yes", text="Or no.", url="/somewhere/", action="Answer")
    with home_todos.temporarily(TodoSource(key="test", load=lambda _request: [todo])):
        page = client.get("/").content.decode()
    places = [page.index(words) for words in ("<h1>", reverse("issues:bottleneck_new"), "Winter day", "Say yes")]
    assert places == sorted(places)
    assert page.count('class="btn btn--go"') == 1


def test_what_waits_is_shown_and_counted(client):
    client.force_login(UserFactory())
    todo = ShownTodo(icon="check", title="Say yes", text="Or no.", url="/somewhere/", action="Answer")
    with home_todos.temporarily(TodoSource(key="test", load=lambda _request: [todo, todo])):
        response = client.get("/")
    page = response.content.decode()
    assert "Say yes" in page
    assert f"{len(response.context['todos'])} things wait for you." in page


def test_a_section_without_anything_to_show_is_left_out(client):
    client.force_login(UserFactory())
    with home_sections.temporarily(Section(key="test", template="portal/none.html", load=lambda _request: None)):
        assert client.get("/").status_code == 200


def test_visitors_and_members_have_their_own_sections(client):
    seen = []
    section = Section(key="test", template="portal/none.html", load=lambda _request: seen.append("landing"))
    with landing_sections.temporarily(section):
        client.force_login(UserFactory())
        client.get("/")
        assert seen == []
        client.logout()
        client.get("/")
    assert seen == ["landing"]


def test_home_has_at_most_eight_sections():
    assert len(home_sections) <= 8


@pytest.mark.parametrize("who", [None, "member", "representative", "facilitator", "newcomer"])
def test_home_and_landing_cost_few_queries_whoever_reads(client, django_assert_max_num_queries, who):
    demonstration.copy()
    connection.run_on_commit.clear()  # as if it had been committed: what is the same for everyone may be kept
    if who:
        client.login(email=f"{who}@doorbraak.example", password="doorbraak-demo")
        client.get("/")
    with django_assert_max_num_queries(MOST_QUERIES):
        assert client.get("/").status_code == 200


@pytest.mark.parametrize("members", [10, 1_000])
def test_home_costs_the_same_at_any_size(client, django_assert_max_num_queries, members):
    hub = HubFactory()
    Membership.objects.bulk_create(Membership(member=member, hub=hub) for member in many_members(members))
    keep(MemberTally, [hub.pk])
    member = UserFactory(primary_hub=hub)
    MembershipFactory(member=member, hub=hub)
    client.force_login(member)
    with django_assert_max_num_queries(MOST_QUERIES):
        client.get("/")
