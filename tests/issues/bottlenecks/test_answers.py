"""What a vote is told it did: one sentence, wherever it is read. Spec 02, Support and Generic."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone, translation

from activity.models import Audience, Subject
from issues.bottlenecks import actions
from issues.bottlenecks.answers import said_of
from issues.models import Bottleneck
from tests.factories import BottleneckFactory, HubFactory, UserFactory, member_of

pytestmark = pytest.mark.django_db
HTMX = {"HTTP_HX_REQUEST": "true"}
BOARD = "/bottlenecks/"


@pytest.fixture
def geo():
    return HubFactory(name="Kern Geo")


@pytest.fixture(autouse=True)
def _rule(settings) -> None:
    settings.GENERIC_MIN_VOTES, settings.GENERIC_MIN_HUBS = 10, 3


def supported(*, of: Any, hubs: int = 0, without: int = 0, own: int = 0) -> Bottleneck:
    """A bottleneck with ``own`` votes of the hub ``of``, one each of so many other ``hubs``, and others."""
    bottleneck = BottleneckFactory()
    voters = [*(member_of(of) for _n in range(own)), *(member_of(HubFactory()) for _n in range(hubs))]
    for voter in [*voters, *(UserFactory() for _n in range(without))]:
        actions.cast_vote(bottleneck=bottleneck, by=voter)
    return bottleneck


def vote(bottleneck: Bottleneck, by: Any) -> str:
    return str(said_of(actions.cast_vote(bottleneck=bottleneck, by=by)))


@pytest.mark.parametrize(
    ("votes", "sentence"),
    [
        ({}, "Je bent de eerste. Vraag een collega of het ook daar speelt."),
        ({"own": 1}, "Je bent de 2e. Nog 8 leden en 2 kernen en het is generiek."),
        ({"own": 3}, "Je bent de 4e. Nog 6 leden en 2 kernen en het is generiek."),
        ({"own": 4}, "Je bent de 5e. Uit jouw kern zijn dat er nu 5. Nog 5 leden en 2 kernen en het is generiek."),
        (
            {"own": 4, "hubs": 1, "without": 4},
            "Je bent de 10e. Uit jouw kern zijn dat er nu 5. Nog één kern en het is generiek.",
        ),
        ({"own": 2, "hubs": 2, "without": 3}, "Je bent de 8e. Nog 2 leden en het is generiek."),
        ({"own": 8}, "Je bent de 9e. Uit jouw kern zijn dat er nu 9. Nog één lid en 2 kernen en het is generiek."),
        ({"hubs": 2, "without": 7}, "Je bent de 10e, en nu is het generiek."),
        ({"hubs": 3, "without": 7}, "Je bent de 11e. Het is al generiek."),
    ],
)
def test_a_vote_hears_which_number_it_is_and_what_is_missing(geo, votes: dict[str, int], sentence: str):
    with translation.override("nl"):
        assert vote(supported(of=geo, **votes), member_of(geo)) == sentence


def test_what_is_missing_follows_the_rule_of_the_settings(geo, settings):
    settings.GENERIC_MIN_VOTES, settings.GENERIC_MIN_HUBS = 3, 1
    assert vote(supported(of=geo, own=1), member_of(geo)) == "You are number 2. One more member and it is generic."


def test_of_fewer_than_five_votes_of_a_hub_nothing_is_said(geo):
    """Four of them and one's own would tell who did not vote."""
    bottleneck = supported(of=geo, own=3)
    assert "hub that makes" not in vote(bottleneck, member_of(geo))
    assert "Of your hub that makes 5." in vote(bottleneck, member_of(geo))


def test_who_has_no_hub_hears_that_the_vote_counts_for_none(geo):
    said = said_of(actions.cast_vote(bottleneck=supported(of=geo, own=2), by=UserFactory()))
    assert str(said) == "You are number 3. You have no main hub yet, so your vote counts for no hub."
    assert said.needs_hub


def test_taking_back_and_voting_twice_are_answered_too(geo):
    anna, bottleneck = member_of(geo), supported(of=geo, own=2)
    vote(bottleneck, anna)
    assert vote(bottleneck, anna) == "Your vote is here already."
    taken = actions.take_back_vote(bottleneck=bottleneck, by=anna)
    assert str(said_of(taken)) == "Your vote is taken back. It has 2 members now."
    assert str(said_of(actions.take_back_vote(bottleneck=bottleneck, by=anna))) == str(said_of(taken))


# --- Where it is said
@pytest.fixture
def anna(geo):
    return member_of(geo, name="Anna")


@pytest.fixture
def reading(client: Client, anna) -> Client:
    client.force_login(anna)
    return client


def text_of(response: Any) -> str:
    return " ".join(response.content.decode().split())


def test_the_page_swaps_all_that_a_vote_changes_and_reads_out_what_it_did(reading: Client, geo, settings):
    settings.GENERIC_MIN_VOTES = settings.GENERIC_MIN_HUBS = 2
    bottleneck = supported(of=geo, hubs=1)
    assert "is-next" in text_of(reading.get(bottleneck.get_absolute_url())).split("taken up")[0]
    answer = text_of(reading.post(f"{BOARD}{bottleneck.pk}/vote/", **HTMX, HTTP_HX_TARGET="vote-box"))
    sentence = "You are number 2, and now it is generic."
    assert f'<p class="said__nth">{sentence}</p>' in answer
    assert f'<p id="live" hx-swap-oob="innerHTML">{sentence}</p>' in answer
    for part in ("states", "life", "told", "support", "follow-box"):
        assert answer.count(f'id="{part}"') == 1, part
    assert answer.count('hx-swap-oob="true"') == 5
    assert '<span class="tag tag--generic">generic</span>' in answer
    assert "2 members voted" in answer
    assert "This became generic" in answer
    assert "One more" not in answer


def test_a_row_says_it_and_offers_the_way_back(reading: Client):
    bottleneck = BottleneckFactory()
    row = text_of(reading.post(f"{BOARD}{bottleneck.pk}/vote/", **HTMX, HTTP_HX_TARGET=f"b{bottleneck.pk}"))
    assert "<strong>You are the first.</strong> Ask a colleague" in row
    assert '<p id="live" hx-swap-oob="innerHTML">You are the first. Ask a colleague' in row
    assert "Take the vote back" in row
    back = text_of(reading.post(f"{BOARD}{bottleneck.pk}/unvote/", **HTMX, HTTP_HX_TARGET=f"b{bottleneck.pk}"))
    assert "<strong>Your vote is taken back.</strong> It has no votes now." in back
    assert f'action="{BOARD}{bottleneck.pk}/vote/"' in back


@pytest.mark.parametrize(
    ("page", "place"), [("", "vote-box"), (BOARD, "row"), (f"{BOARD}?show=unsupported", "message"), ("/", "message")]
)
def test_without_javascript_it_is_said_once_where_one_comes_back(reading: Client, page: str, place: str):
    bottleneck = BottleneckFactory()
    page = page or bottleneck.get_absolute_url()
    url = f"{BOARD}{bottleneck.pk}/vote/"
    for _click in range(2):  # a double click comes as two
        response = reading.post(url, headers={"referer": f"http://testserver{page}"})
    shown = text_of(reading.get(response.url))
    said = {
        "vote-box": '<p class="said__nth">You are the first.</p>',
        "row": "<strong>You are the first.</strong> Ask a colleague",
        "message": "<p>You are the first. Ask a colleague whether it happens there too.</p>",
    }
    assert {where for where, words in said.items() if words in shown} == {place}
    assert "You are the first." not in text_of(reading.get(page))


def test_after_a_vote_the_hours_are_a_tap_away_and_keep_the_example(reading: Client, anna):
    bottleneck = BottleneckFactory()
    actions.cast_vote(bottleneck=bottleneck, by=member_of(HubFactory()), hours=None)
    question = "How many hours a month does this cost you?"
    assert question not in text_of(reading.get(bottleneck.get_absolute_url()))
    box = text_of(reading.post(f"{BOARD}{bottleneck.pk}/vote/", **HTMX, HTTP_HX_TARGET="vote-box"))
    assert question in box
    assert '<button class="btn btn--small" name="hours" value="4">' in box
    actions.update_estimate(bottleneck=bottleneck, by=anna, hours=None, evidence="In May.")
    assert '<input type="hidden" name="evidence" value="In May.">' in text_of(
        reading.get(bottleneck.get_absolute_url())
    )
    saved = text_of(
        reading.post(
            f"{BOARD}{bottleneck.pk}/estimate/",
            {"hours": "4", "evidence": "In May."},
            **HTMX,
            HTTP_HX_TARGET="vote-box",
        )
    )
    assert "Your estimate is saved." in saved
    assert "You estimated 4 hours a month." in saved
    assert question not in saved
    assert bottleneck.votes.get(member=anna).evidence == "In May."


def test_where_nobody_estimated_no_zero_stands(reading: Client):
    bottleneck = BottleneckFactory()
    page = text_of(reading.get(bottleneck.get_absolute_url()))
    assert "Nobody has voted for this yet." in page
    assert "<dd>0</dd>" not in page
    actions.cast_vote(bottleneck=bottleneck, by=UserFactory())
    page = text_of(reading.get(bottleneck.get_absolute_url()))
    assert "no estimate yet" in page
    assert "<dd>0</dd>" not in page


def test_a_hub_that_is_not_shown_is_not_named_in_what_is_said(reading: Client, geo):
    bottleneck = supported(of=geo, own=4)
    Subject.objects.filter(hub=geo).update(audience=Audience.NAMED)
    answer = text_of(reading.post(f"{BOARD}{bottleneck.pk}/vote/", **HTMX, HTTP_HX_TARGET="vote-box"))
    assert "Of your hub that makes 5." in answer
    assert "Kern Geo" not in answer


def test_stickers_say_where_they_are_from_and_are_no_votes(reading: Client):
    bottleneck = BottleneckFactory(author=None, attribution="imported", origin="Ochtend van 14 juni 2018", dots=20)
    page = text_of(reading.get(f"{BOARD}{bottleneck.pk}/support/"))
    assert "20 stickers on the list “Ochtend van 14 juni 2018”. A sticker is not a vote." in page


def test_past_sixty_days_a_life_is_told_in_months_and_years(reading: Client):
    now = timezone.localtime()  # days are counted on local clocks: sixty of them may be an hour more or less
    BottleneckFactory(filed_at=now - timedelta(days=60))
    BottleneckFactory(filed_at=now - timedelta(days=400))
    old = BottleneckFactory(filed_at=now - timedelta(days=3_200), generic_at=now - timedelta(days=3_080))
    board = text_of(reading.get(BOARD))
    assert "filed 60 days ago" in board
    assert 'filed <span title="400 days">over 13 months</span> ago' in board or "13 months" in board
    assert 'generic for <span title="3,080 days">' in board or 'generic for <span title="3080 days">' in board
    page = text_of(reading.get(old.get_absolute_url()))
    assert '<span title="120 days">' in page
    assert "later" in page
