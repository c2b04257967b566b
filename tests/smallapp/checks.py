"""What the small app gets for its few files; ``tests/portal/test_new_app.py`` runs these with it installed."""

from __future__ import annotations

from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from activity.actions import update_subject
from activity.kinds import resolve_references
from activity.links import FEED, token_for
from activity.models import Audience, Email
from activity.outbox import send_due
from community.models import User
from tests.activity.conftest import by_day  # noqa: F401 - a fixture
from tests.factories import (
    BottleneckFactory,
    HubFactory,
    SessionFactory,
    UserFactory,
    facilitator,
    many_bottlenecks,
    member_of,
    tie,
)
from tests.smallapp.actions import note_idea, thank_for_idea
from tests.smallapp.models import Idea
from tests.smallapp.subjects import IDEA
from tests.smallapp.ties import GREW_FROM

pytestmark = pytest.mark.django_db


def signed_in(member: User) -> Client:
    client = Client()
    client.force_login(member)
    return client


def feed_of(member: User) -> str:
    address = reverse("activity:feed", args=[token_for(purpose=FEED, member=member)])
    return Client().get(address).text


@pytest.fixture
def anna() -> User:
    member: User = UserFactory(name="Anna")
    return member


def idea_of(by: User, **fields: Any) -> Idea:
    return note_idea(by=by, **{"title": "Share the maps", "text": "**Put** them on one shelf", **fields})


def test_its_page_tells_what_happened_and_what_it_is_tied_to(anna: User) -> None:
    bottleneck = BottleneckFactory(title="Nobody finds the maps")
    idea = idea_of(anna, after=[bottleneck.subject])
    for name in ("Bram", "Cees"):
        thank_for_idea(idea=idea, by=UserFactory(name=name))
    page = signed_in(UserFactory()).get(idea.subject.url).text
    assert "<strong>Anna</strong> had this idea" in page
    assert "<strong>Cees</strong> and 1 other said thanks" in page
    assert "Grew from" in page
    assert "Nobody finds the maps" in page
    assert "What would you do about this idea?" in page
    other = signed_in(UserFactory()).get(bottleneck.subject.url).text
    assert "Ideas that came of it" in other
    assert "Share the maps" in other
    assert "What would you do about this bottleneck?" in other


@pytest.mark.parametrize("rows", [10, 1_000])
def test_its_page_and_those_of_all_others_cost_the_same(anna: User, rows: int, django_assert_max_num_queries) -> None:
    idea = idea_of(anna)
    others = many_bottlenecks(rows, author=anna)
    things = [idea, HubFactory(), BottleneckFactory(), SessionFactory()]
    client = signed_in(anna)
    for thing in things:
        tie(GREW_FROM, subject=thing.subject, to=others, by=others)
        with django_assert_max_num_queries(16):
            assert client.get(thing.subject.url or thing.get_absolute_url()).status_code == 200


def test_feeds_tell_it_with_the_word_of_its_kind(anna: User) -> None:
    idea = idea_of(anna)
    feed = feed_of(UserFactory())
    assert "Share the maps: Anna had this idea" in feed
    assert 'term="idea"' in feed
    page = signed_in(anna).get(reverse("activity:feed_addresses"), {"about": idea.subject.pk}).text
    assert "What becomes of this idea." in page


def test_who_may_see_it_is_decided_where_all_else_is(anna: User) -> None:
    hub = HubFactory()
    idea = idea_of(anna, audience=Audience.HUBS, hubs=[hub.subject])
    for reader, sees in ((UserFactory(), False), (member_of(hub), True), (facilitator(), True)):
        assert signed_in(reader).get(idea.subject.url).status_code == (200 if sees else 404)
        assert ("Share the maps" in feed_of(reader)) is sees
        assert ("Share the maps" in signed_in(reader).get(hub.get_absolute_url()).text) is sees
        assert Idea.objects.visible_to(reader).exists() is sees


@pytest.mark.usefixtures("by_day")
def test_its_mail_goes_out_to_those_who_may_see_it(anna: User) -> None:
    idea, secret = idea_of(anna), idea_of(anna, title="Secret")
    for one in (idea, secret):
        thank_for_idea(idea=one, by=UserFactory())
    update_subject(secret.subject, audience=Audience.NAMED)
    send_due()
    assert [message.subject for message in mail.outbox] == ["Thanks for Share the maps"]
    states = dict(Email.objects.values_list("subject__title", "state"))
    assert states == {"Share the maps": "sent", "Secret": "cancelled"}


def test_what_waits_for_its_author_is_on_home(anna: User) -> None:
    idea = idea_of(anna)
    thank_for_idea(idea=idea, by=UserFactory())
    assert "Answer the thanks for Share the maps" in signed_in(anna).get("/").text
    assert "Answer the thanks" not in signed_in(UserFactory()).get("/").text


def test_its_kind_says_who_made_it_how_it_begins_and_what_refers_to_it(anna: User) -> None:
    subject = idea_of(anna).subject
    assert IDEA.author([subject], anna) == {subject.pk: "Anna"}
    assert IDEA.excerpt([subject]) == {subject.pk: "Put them on one shelf"}
    assert resolve_references([f"!{subject.idea.pk}", "!0"]) == {f"!{subject.idea.pk}": subject.pk}
