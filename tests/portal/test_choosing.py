"""Hubs, topics and people are found by typing: no form and no filter lists them all.

The pages come from the resolver (``test_doors``): whoever adds a form or a filter has it tested here.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from activity.models import Audience
from community.hubs.actions import update_hub
from community.models import Hub, User
from community.picking.finding import FEW
from issues.models import Bottleneck
from tests.factories import (
    BottleneckFactory,
    HubFactory,
    SessionFactory,
    TopicFactory,
    UserFactory,
    facilitator,
    many_hubs,
    member_of,
)
from tests.portal import test_doors
from tests.trees import Node, parse
from tests.walk import Walker, may_everything

pytestmark = pytest.mark.django_db

people, examples = test_doors.people, test_doors.examples

MANY = FEW + 8
#: What a control that offers things to choose from is made of.
OFFERS = ("option", "label")
KINDS = ("Lijstkern", "Lijstonderwerp", "Lijstlid")


@pytest.fixture
def many() -> None:
    """More hubs, topics and members than any form shows, of names that stand nowhere else."""
    for number in range(MANY):
        HubFactory(name=f"Lijstkern {number}", slug=f"lijstkern-{number}")
        TopicFactory(label_nl=f"Lijstonderwerp {number}", label_en=f"Lijstonderwerp {number} en")
    for number in range(MANY):
        UserFactory(name=f"Lijstlid {number}")


def offered(page: Node) -> Counter[str]:
    """How many of each kind the controls of a page offer."""
    found: Counter[str] = Counter()
    words = {
        text
        for node in page.all(*OFFERS)
        for text in (node.text(), node.attributes.get("value", ""))
        if node.name == "option" or node.up("form")
    }
    for text in words:
        found.update({kind: 1 for kind in KINDS if re.search(rf"\b{kind}\b", text)})
    return found


def test_no_form_and_no_filter_lists_all_hubs_topics_or_people(people, examples, many):
    walker = Walker(may_everything(people["member"]))
    paths = dict.fromkeys(door.path.format(**examples) for _name, door in test_doors.doors())
    assert {"/bottlenecks/", "/bottlenecks/new/", "/members/", "/hubs/", "/sessions/new/", "/me/profile/"} <= {
        path.partition("?")[0] for path in paths
    }
    asked = 0
    for path in paths:
        response = walker.get(path)
        if response.status_code != 200 or not response["Content-Type"].startswith("text/html"):
            continue
        asked += 1
        most = offered(parse(response.text)).most_common(1)
        assert not most or most[0][1] <= FEW, (path, most)
    assert asked > 50


# --- Hubs: what is suggested, typed and refused
@pytest.fixture
def anna() -> User:
    return member_of(HubFactory(name="Kern Oost", slug="kern-oost"), name="Anna")


@pytest.fixture
def reading(client: Client, anna) -> Client:
    """Anna, in a community of more hubs than a form shows."""
    many_hubs(MANY)
    client.force_login(anna)
    return client


def suggested(client: Client, kind: str, typed: str, *, field: str = "hubs", most: int = 50, **query: Any) -> list[str]:
    response = client.get(reverse("community:pick", args=[kind, field, most]), {f"{field}_typed": typed, **query})
    return [node.text() for node in parse(response.text).all("button")]


def filing(**fields: Any) -> dict[str, Any]:
    return {
        "creation_key": "0198c0de-0000-7000-8000-000000000001",
        "title": "Models wait for a server",
        "situation": "Months pass.",
        "language": "en",
        **fields,
    }


NEW = "/bottlenecks/new/"


def test_where_hubs_are_few_all_are_boxes_to_tick(client: Client, anna):
    HubFactory(name="Kern Geo")
    HubFactory(name="Kern Dicht", state=Hub.State.CLOSED)
    client.force_login(anna)
    page = parse(client.get(NEW).text)
    boxes = [it for it in page.all("input") if it.attributes.get("name") == "hubs"]
    assert [("checked" in it.attributes, it.up("label").text()) for it in boxes] == [
        (False, "Kern Geo"),
        (True, "Kern Oost"),
    ]
    assert boxes[0].up("fieldset") is not None
    assert not [it for it in page.all("input") if it.attributes.get("name") == "hubs_typed"]


def test_the_filing_form_weighs_the_same_with_two_thousand_hubs(client: Client, anna, django_assert_max_num_queries):
    many_hubs(2_000)
    client.force_login(anna)
    with django_assert_max_num_queries(8):
        page = client.get(NEW)
    assert len(page.content) < 20_000
    ticked = [it.attributes["value"] for it in parse(page.text).all("input") if it.attributes.get("name") == "hubs"]
    assert ticked == ["kern-oost"]  # the primary hub is chosen already


def test_hubs_are_suggested_by_any_part_of_their_name_and_ones_own_first(
    reading: Client, django_assert_max_num_queries
):
    HubFactory(name="Datakern Zürich", slug="zurich")
    HubFactory(name="Zuidkern", slug="zuid")
    HubFactory(name="Zuidkern oud", state=Hub.State.CLOSED)
    with django_assert_max_num_queries(8):
        assert suggested(reading, "hubs", "zurich") == ["Datakern Zürich"]
    assert suggested(reading, "hubs", "zuid") == ["Zuidkern"]
    assert suggested(reading, "hubs", "zuidkren") == ["Zuidkern"]  # a typing error
    assert suggested(reading, "hubs", "")[0] == "Kern Oost"
    assert len(suggested(reading, "hubs", "")) == 8
    assert suggested(reading, "hubs", "zuid", hubs="zuid") == []
    assert "No hub found for “xyzzy”." in reading.get("/find/hubs/hubs/50/", {"hubs_typed": "xyzzy"}).text


def test_a_hub_that_one_may_not_know_of_is_neither_suggested_nor_named(reading: Client):
    secret = HubFactory(name="Kern Onder Ons", slug="onder-ons", subject__audience=Audience.HUBS)
    assert suggested(reading, "hubs", "onder ons") == []
    for typed in ("Kern Onder Ons", "onder-ons", "Kern Onder On"):
        page = reading.post(NEW, filing(hubs_typed=typed))
        assert page.status_code == 422
        assert secret.name not in page.text.replace(typed, "")
    assert not reading.get("/bottlenecks/", {"hub": "onder-ons"}).context["rows"]


def test_typed_names_are_read_without_a_script(reading: Client, anna):
    geo, comma = HubFactory(name="Kern Geo"), HubFactory(name="Water, Wegen, Werken")
    response = reading.post(NEW, filing(hubs="kern-oost", hubs_typed="kern géo, water, wegen, werken"))
    assert response.status_code == 302
    assert set(Bottleneck.objects.get().hubs.all()) == {anna.primary_hub, geo, comma}


def test_an_unknown_name_is_refused_beside_the_field_with_the_nearest_and_stays(reading: Client):
    HubFactory(name="Kern Geografie")
    page = reading.post(NEW, filing(hubs="kern-oost", hubs_typed="Kern Geografei"))
    assert page.status_code == 422
    (error,) = page.context["form"].errors["hubs"]
    assert error.startswith("There is no hub called “Kern Geografei”. Do you mean Kern Geografie")
    form = parse(page.text)
    line = form.by_id("id_hubs")
    assert line.attributes["value"] == "Kern Geografei"
    assert line.attributes["aria-invalid"] == "true"
    assert "id_hubs_error" in line.attributes["aria-describedby"]
    ticked = [it.attributes["value"] for it in form.all("input") if it.attributes.get("name") == "hubs"]
    assert ticked == ["kern-oost"]


def test_a_closed_hub_is_refused_unless_it_was_chosen_before(reading: Client, anna):
    closed = HubFactory(name="Kern Dicht", slug="dicht", state=Hub.State.CLOSED)
    page = reading.post(NEW, filing(hubs="dicht"))
    assert page.context["form"].errors["hubs"] == ["“Kern Dicht” is closed."]
    bottleneck = BottleneckFactory(author=anna, hubs=[closed])
    path = reverse("issues:bottleneck_correct", args=[bottleneck.pk])
    data = {"title": "Other words", "situation": "x", "language": "nl", "version": 1, "hubs": "dicht"}
    assert reading.post(path, data).status_code == 302
    assert list(bottleneck.hubs.all()) == [closed]


def test_choosing_and_dropping_draws_the_box_anew_and_tells_a_filter(reading: Client):
    path = reverse("community:pick", args=["hubs", "hub", 1])
    chosen = reading.get(path, {"choose": "kern-oost", "filter": "1", "hub_typed": "oo"})
    assert chosen["HX-Trigger-After-Swap"] == "picked"
    (box,) = [it for it in parse(chosen.text).all("input") if it.attributes["type"] == "checkbox"]
    assert (box.attributes["name"], box.attributes["value"]) == ("hub", "kern-oost")
    assert "drop=kern-oost" in box.attributes["hx-get"]
    dropped = reading.get(box.attributes["hx-get"])
    assert [it.attributes["name"] for it in parse(dropped.text).all("input")] == ["hub_typed"]


@pytest.mark.parametrize(("path", "part"), [("/bottlenecks/", "Wat ik zoek"), ("/members/", "Anna")])
def test_filters_by_hub_take_a_typed_name_and_say_which_is_meant(reading: Client, anna, path: str, part: str):
    BottleneckFactory(title="Wat ik zoek", hubs=[anna.primary_hub])
    BottleneckFactory(title="Iets anders")
    UserFactory(name="Bram Smit")
    page = reading.get(path, {"hub_typed": "kern oost", "hub": ""})
    assert part in page.text
    assert "Iets anders" not in page.text
    assert "Bram Smit" not in page.text
    assert ">Kern Oost" in page.text
    update_hub(hub=anna.primary_hub, by=None, version=1, fields={"slug": "oostelijk"})
    assert part in reading.get(path, {"hub": "kern-oost"}).text  # by its old address
    wrong = reading.get(path, {"hub_typed": "kern oosd"})
    assert "There is no hub called “kern oosd”. Do you mean Kern Oost" in wrong.text
    assert parse(wrong.text).by_id("id_hub").attributes["value"] == "kern oosd"


def test_whose_session_it_is_one_finds_by_typing(client: Client):
    many_hubs(MANY)
    hub, chief = HubFactory(name="Kern Geo", slug="geo"), facilitator()
    client.force_login(chief)
    session = SessionFactory(hub=hub)
    path = reverse("events:session_change", args=[session.pk])
    form = client.get(path).context["form"]
    assert form["hub"].value() == [hub]
    other = HubFactory(name="Kern Rijn", slug="rijn")
    data = {box.html_name: box.value() for box in form if box.value() not in (None, False)}
    data |= {"starts": session.local_start.strftime("%H:%M"), "ends": session.local_end.strftime("%H:%M")}
    data |= {"hub": "", "hub_typed": "kern rijn"}
    assert client.post(path, data).status_code == 302
    session.refresh_from_db()
    assert session.hub == other


def test_hubs_are_filtered_by_a_topic_that_one_types(reading: Client):
    topic = TopicFactory(slug="python", label_nl="Python", label_en="Python", aliases=["pytorch"])
    HubFactory(name="Kern Slang").topics.add(topic)
    for query in ({"topic": "python"}, {"topic_typed": "Pytorch"}):
        page = reading.get("/hubs/", query)
        assert "Kern Slang" in page.text
        assert "Kern Oost" not in page.text
    assert (
        "There is no topic called “pyton”. Do you mean Python?" in reading.get("/hubs/", {"topic_typed": "pyton"}).text
    )
    assert suggested(reading, "topics", "pyt", field="topic", most=1) == ["Python"]
    assert suggested(reading, "labels", "rust, pyt", field="new_can_do") == ["Python"]
    assert suggested(reading, "labels", "pyt", field="new_can_do", new_can_do="Python") == []
