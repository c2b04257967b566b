"""Pages of requests to join: what who asks sees, what who decides sees, and what nobody else does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from community.joining import actions
from community.joining.models import JoinRequest
from community.models import Hub, Membership, TopicKind, User
from tests.factories import (
    HubFactory,
    MembershipFactory,
    MemberTopicFactory,
    TopicFactory,
    UserFactory,
    facilitator,
    member_of,
    representative_of,
)
from tests.trees import parse

pytestmark = pytest.mark.django_db

ASKED = datetime(2026, 11, 17, 9, 0, tzinfo=UTC)
WORDS = "Ik wil leren wanneer een sluis aan de beurt is."


@pytest.fixture(autouse=True)
def at() -> Any:
    with time_machine.travel(ASKED, tick=False) as traveller:
        yield traveller


def signed_in(member: User, **headers: str) -> Client:
    client = Client(headers=headers)
    client.force_login(member)
    return client


def text_of(response: Any) -> str:
    """What is read on a page, in one line."""
    return " ".join(parse(response.content.decode()).text().split())


@pytest.fixture
def hub() -> Hub:
    """A hub that is joined on request, with Eva and after her Olivier."""
    hub: Hub = HubFactory(name="Kern Asset", slug="kern-asset", join_policy="request")
    for number, name in enumerate(("Eva Vos", "Olivier Kuipers")):
        since = ASKED - timedelta(days=900 - number)
        member = UserFactory(name=name, handle=name.split()[0].lower(), language="en")
        MembershipFactory(member=member, hub=hub, role="representative", started_at=since)
    return hub


@pytest.fixture
def eva(hub) -> User:
    member: User = User.objects.get(name="Eva Vos")
    return member


@pytest.fixture
def asker() -> User:
    member: User = UserFactory(name="Noor Dekker", language="en")
    return member


@pytest.fixture
def asked(hub, asker) -> JoinRequest:
    return actions.ask_to_join(hub=hub, by=asker, words=WORDS)


def act(request: JoinRequest, verb: str) -> str:
    return reverse(f"community:join_request_{verb}", args=[request.pk])


# --- Whoever asks ----------------------------------------------------------------------------------------------------
def test_asking_says_who_answers_and_then_always_with_whom_it_lies(hub, asker, at):
    client = signed_in(asker)
    page = text_of(client.get(hub.get_absolute_url()))
    assert "Eva Vos or Olivier Kuipers answers." in page
    response = client.post(reverse("community:hub_ask", args=[hub.slug]), {"words": WORDS}, follow=True)
    page = text_of(response)
    assert "You asked today" in page
    assert "Your request lies with Eva Vos ." in page.replace("Vos.", "Vos .")
    assert "as well from Tuesday 24 November on, and from Tuesday 1 December a facilitator decides." in page
    assert "Tue 17 November asked Eva Fri 20 November Eva is reminded" in page
    assert "1 December is 10 working days from 17 November." in page
    assert WORDS in page
    at.move_to(ASKED + timedelta(days=8))
    actions.advance_requests(now=timezone.now())
    page = text_of(client.get(hub.get_absolute_url()))
    assert "Asked, 6 working days ago" in page
    assert "Wed 25 November Eva reminded" in page  # the clock stood still until then, and says so
    assert "Wed 25 November also with Olivier Tue 1 December to the facilitators" in page
    at.move_to(ASKED + timedelta(days=14))
    facilitator(name="Sanne Kuipers")
    actions.advance_requests(now=timezone.now())
    page = text_of(client.get(hub.get_absolute_url()))
    assert "with the facilitators ( Sanne Kuipers ) since Tuesday 1 December." in page.replace("(S", "( S").replace(
        "s)", "s )"
    )
    assert "They decide by Friday 4 December at the latest." in page


def test_a_hub_with_one_representative_or_none_says_so_plainly(asker):
    one = HubFactory(join_policy="request")
    representative_of(one, name="Eva Vos")
    none = HubFactory(join_policy="request")
    facilitator(name="Sanne Kuipers")
    for hub, words in ((one, "This hub has one representative."), (none, "with the facilitators")):
        actions.ask_to_join(hub=hub, by=asker)
        assert words in text_of(signed_in(asker).get(hub.get_absolute_url()))


def test_too_many_words_are_refused_with_all_of_them_still_there(hub, asker):
    response = signed_in(asker).post(reverse("community:hub_ask", args=[hub.slug]), {"words": "x" * 501})
    assert response.status_code == 422
    assert "x" * 501 in response.content.decode()
    assert not JoinRequest.objects.exists()


def test_whoever_has_no_reason_to_ask_is_led_to_the_hub(hub, asker, asked):
    path = reverse("community:hub_ask", args=[hub.slug])
    for member in (asker, member_of(hub)):
        assert signed_in(member).get(path).url == hub.get_absolute_url()
    assert signed_in(UserFactory()).get(path).status_code == 200


def test_a_request_is_withdrawn_by_who_asked_only_and_may_be_made_again(hub, asker, asked, eva):
    for member in (eva, UserFactory()):
        assert signed_in(member).post(act(asked, "withdraw")).status_code == 404
    page = text_of(signed_in(asker).post(act(asked, "withdraw"), follow=True))
    assert "Your request is withdrawn." in page
    assert WORDS in page  # it stands in the form, to be asked again
    assert WORDS not in text_of(signed_in(eva).get("/"))


def test_an_accepted_request_welcomes_and_a_declined_one_leads_on(hub, asker, asked, eva):
    signed_in(eva).post(act(asked, "accept"), {"words": "Fijn!"})
    page = text_of(signed_in(asker).get(hub.get_absolute_url()))
    assert "Welcome to Kern Asset Fijn!" in page
    assert "Eva Vos, 17 November" in page
    other = UserFactory()
    declined = actions.ask_to_join(hub=hub, by=other)
    zuid = HubFactory(name="Kern Zuid", tagline="Beeld langs de weg")
    answer = {"reason": "Wij zitten vol.", "other": "another", "other_name": "kern zuid"}
    assert signed_in(eva).post(act(declined, "decline"), answer).status_code == 302
    client = signed_in(other)
    shown = text_of(client.get(hub.get_absolute_url()))
    for words in (
        "Not here, but perhaps in Kern Zuid",
        "Wij zitten vol.",
        "You can ask again from Thursday 17 December",
    ):
        assert words in shown
    client.post(reverse("community:hub_join", args=[zuid.slug]))
    assert Membership.objects.current().filter(hub=zuid, member=other).exists()
    assert "perhaps in Kern Zuid" not in text_of(client.get(hub.get_absolute_url()))


def test_a_hub_that_was_named_and_is_hidden_since_is_named_no_more(hub, asker, asked, eva):
    zuid = HubFactory(name="Kern Zuid")
    actions.decline_request(join_request=asked, by=eva, reason="Te vol", other_hub=zuid)
    zuid.subject.hidden_at = ASKED
    zuid.subject.save(update_fields=["hidden_at"])
    page = text_of(signed_in(asker).get(hub.get_absolute_url()))
    assert "Your request is declined" in page
    assert "Kern Zuid" not in page


@pytest.mark.parametrize("stage", ["none", "waiting", "facilitators", "declined"])
def test_the_page_of_a_hub_costs_few_queries_in_every_stage(hub, asker, eva, at, stage, django_assert_max_num_queries):
    if stage != "none":
        request = actions.ask_to_join(hub=hub, by=asker)
        if stage == "facilitators":
            at.move_to(ASKED + timedelta(days=20))
            actions.advance_requests(now=timezone.now())
        if stage == "declined":
            actions.decline_request(join_request=request, by=eva, reason="x", other_hub=HubFactory())
    client = signed_in(asker)
    client.get(hub.get_absolute_url())  # the first page of a day also keeps that they came
    with django_assert_max_num_queries(16):
        assert client.get(hub.get_absolute_url()).status_code == 200


# --- Whoever decides -------------------------------------------------------------------------------------------------
def test_home_of_who_is_asked_shows_the_request_with_its_forms(hub, asked, eva, asker):
    learns = MemberTopicFactory(member=asker, kind=TopicKind.WANTS_TO_LEARN, topic=TopicFactory(label_en="R"))
    suits = HubFactory(name="Kern Zuid")
    suits.topics.add(learns.topic)
    HubFactory(name="Kern Elders")
    response = signed_in(eva).get("/")
    page = text_of(response)
    for words in (
        "Noor Dekker asks to join Kern Asset",
        WORDS,
        "wants to learn: R",
        "Kern Zuid",
    ):
        assert words in page
    assert "Kern Elders" not in page.partition("Which hub does suit?")[2].partition("I know none")[0]
    assert act(asked, "accept") in response.content.decode()
    assert "Noor Dekker" not in text_of(signed_in(User.objects.get(name="Olivier Kuipers")).get("/"))


@pytest.mark.parametrize("rows", [1, 10])
def test_home_costs_two_statements_more_however_many_ask(hub, eva, rows, django_assert_max_num_queries):
    for number in range(rows):
        MemberTopicFactory(member=(asker := UserFactory()), topic=TopicFactory(label_en=f"t{number}"))
        actions.ask_to_join(hub=hub, by=asker)
    client = signed_in(eva)
    client.get("/")  # from now on what is the same for everybody is kept
    with django_assert_max_num_queries(12):
        assert len(client.get("/").context["todos"]) >= rows


def test_accepting_answers_in_place_or_where_the_button_was(hub, asked, eva):
    other = actions.ask_to_join(hub=hub, by=UserFactory(name="Teun"))
    fragment = signed_in(eva, **{"hx-request": "true"}).post(act(asked, "accept"), {"next": "/"})
    assert fragment.status_code == 200
    assert "Noor Dekker is a member of Kern Asset" in text_of(fragment)
    assert f'id="join-request-{asked.pk}"' in fragment.content.decode()
    whole = signed_in(eva).post(act(other, "accept"), {"next": "/"})
    assert (whole.status_code, whole.url) == (302, "/")


@pytest.mark.parametrize("headers", [{}, {"hx-request": "true"}])
@pytest.mark.parametrize(
    ("data", "error"),
    [
        ({"reason": ""}, "Say why in one sentence."),
        ({"reason": "Te vol", "other": "another", "other_name": "Kern Nergens"}, "There is no other hub of that name."),
        ({"reason": "Te vol", "other": "another"}, "Name that hub"),
        ({"reason": "Vol " * 200}, "at most 500 characters"),
        ({"reason": "Te vol", "other": "kern-verborgen"}, "Select a valid choice"),
    ],
)
def test_a_decline_with_errors_keeps_what_was_typed(asked, eva, headers, data, error):
    response = signed_in(eva, **headers).post(act(asked, "decline"), data)
    assert response.status_code == 422
    page = response.content.decode()
    assert error in page
    assert data["reason"] in page
    assert ("<html" in page) is not bool(headers)
    asked.refresh_from_db()
    assert asked.state == "waiting"


def test_a_welcome_that_is_too_long_is_refused_with_all_of_it_still_there(asked, eva):
    response = signed_in(eva).post(act(asked, "accept"), {"words": "Welkom " * 100})
    assert response.status_code == 422
    assert "Welkom " * 50 in response.content.decode()
    asked.refresh_from_db()
    assert asked.state == "waiting"


def test_an_answer_that_comes_too_late_says_what_happened(asked, eva, asker):
    actions.withdraw_request(join_request=asked, by=asker)
    client = signed_in(eva)
    assert "took the request back a moment ago" in text_of(client.post(act(asked, "accept"), follow=True))
    page = client.get(reverse("community:join_request", args=[asked.pk]), follow=True)
    assert "answered already, or taken back" in text_of(page)
    assert WORDS not in text_of(page)


def test_only_who_decides_reads_a_request(hub, asked, eva, asker, at):
    path = reverse("community:join_request", args=[asked.pk])
    helper = facilitator()
    reads = {
        "representative": (eva, 200),
        "another of them": (User.objects.get(name="Olivier Kuipers"), 200),
        "who asked": (asker, 302),
        "member of the hub": (member_of(hub), 404),
        "anybody": (UserFactory(), 404),
        "representative elsewhere": (representative_of(HubFactory()), 404),
        "facilitator": (helper, 404),
        "administrator": (User.objects.create_superuser("root@doorbraak.example", "x"), 404),
    }
    assert {name: signed_in(member).get(path).status_code for name, (member, _status) in reads.items()} == {
        name: status for name, (_member, status) in reads.items()
    }
    at.move_to(ASKED + timedelta(days=14))
    actions.advance_requests(now=timezone.now())
    assert signed_in(helper).get(path).status_code == 200
    for name in ("member of the hub", "anybody"):
        client = signed_in(reads[name][0])
        for page in ("/", hub.get_absolute_url(), f"{hub.get_absolute_url()}members/", asker.get_absolute_url()):
            assert WORDS not in text_of(client.get(page)), page
            assert "asks to join" not in text_of(client.get(page)), page


@pytest.mark.parametrize("who", ["facilitator", "representative", "requester", "member"])
def test_the_timeline_of_a_hub_tells_what_came_of_a_request_and_to_nobody_that_there_was_one(
    hub: Hub, who: str, at: Any
):
    """For ten working days a request is no business of the facilitators, and other members hear of none at all."""
    asking, turned_down, wavering = (UserFactory(name=name, language="en") for name in ("Bram", "Carla", "Dirk"))
    eva, olivier = (User.objects.get(handle=handle) for handle in ("eva", "olivier"))
    reader = {"facilitator": lambda: facilitator(language="en"), "representative": lambda: olivier}.get(
        who, lambda: asking if who == "requester" else UserFactory(language="en")
    )()
    requests = [actions.ask_to_join(hub=hub, by=member) for member in (asking, turned_down, wavering)]
    at.shift(timedelta(days=9))
    actions.advance_requests(now=timezone.now())
    actions.decline_request(join_request=requests[1], by=eva, reason="No place.")
    actions.withdraw_request(join_request=requests[2], by=wavering)

    def told() -> str:
        page = parse(signed_in(reader).get("/hubs/kern-asset/").content.decode())
        return " ".join(node.text() for node in page.all("ul") if node.attributes.get("class") == "timeline")

    for word in ("request", "asked", "Bram", "Carla", "Dirk"):
        assert word not in told(), word
    actions.accept_request(join_request=requests[0], by=eva)
    assert "Bram joined" in told()
    assert "request" not in told()
