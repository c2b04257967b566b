"""Pages of hubs and members: who sees what, what they cost, and that they hold together. Spec 00 and 01."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from community.models import Membership
from community.people import actions as people_actions
from tests.factories import (
    HubFactory,
    MembershipFactory,
    MemberTopicFactory,
    TopicFactory,
    UnitFactory,
    UserFactory,
    facilitator,
    many_members,
    member_of,
    representative_of,
)
from tests.trees import parse

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("handle", ["anna", "nobody"])
def test_a_visitor_never_sees_members(client, handle):
    UserFactory(handle="anna")
    assert client.get(reverse("community:member_detail", args=[handle])).status_code == 302
    assert client.get(reverse("community:member_list")).status_code == 302


@pytest.mark.parametrize("rows", [10, 1_000])
def test_the_directory_costs_the_same_at_any_size(client, member, rows, django_assert_max_num_queries):
    hub = HubFactory()
    topic = TopicFactory(label_nl="tijdreeksen", label_en="time series")
    people = many_members(rows)
    Membership.objects.bulk_create([Membership(member=user, hub=hub) for user in people])
    for user in people[:60]:
        MemberTopicFactory(member=user, topic=topic)
    for query in ("", "?q=tijdreeksen", f"?hub={hub.slug}&role=data_scientist"):
        with django_assert_max_num_queries(8):
            response = client.get(reverse("community:member_list") + query)
        assert 0 < len(response.context["page"].rows) <= 50


def test_the_directory_finds_names_and_topics_without_accents_best_match_first(client, member):
    topic = TopicFactory(label_nl="geo-analyse", label_en="geo analysis", aliases=["GIS"])
    learner = MemberTopicFactory(topic=topic, kind="wants_to_learn", member__name="Aad").member
    helper = MemberTopicFactory(topic=topic, kind="ask_me", member__name="Zoë").member
    able = MemberTopicFactory(topic=topic, kind="can_do", member__name="Bram").member
    UserFactory(name="Somebody else")

    def found(words: str) -> list[str]:
        response = client.get(reverse("community:member_list"), {"q": words})
        return [user.name for user in response.context["page"].rows]

    assert found("GÉO-analyse") == [helper.name, able.name, learner.name]
    assert found("gis") == [helper.name, able.name, learner.name]
    assert found("zoe") == ["Zoë"]
    assert found("nothing like it") == []
    page = " ".join(client.get(reverse("community:member_list"), {"q": "geo-analyse"}).content.decode().split())
    assert "geo-analyse: may be asked" in page or "geo analysis: may be asked" in page


def test_typing_in_the_directory_swaps_the_list_only(client, member):
    path = reverse("community:member_list")
    part = client.get(path, {"q": "x"}, headers={"HX-Request": "true"})
    whole = client.get(path, {"q": "x"})
    assert "<html" not in part.content.decode()
    assert "<html" in whole.content.decode()
    assert "HX-Request" in part.headers["Vary"]
    assert 'role="status"' in part.content.decode()


def test_the_same_search_stands_in_history_once(client, member):
    path = reverse("community:member_list")

    def entry(query: str, at: str) -> tuple[str, str] | None:
        here = f"http://testserver{path}{at}"
        answer = client.get(path + query, headers={"HX-Request": "true", "HX-Current-URL": here})
        return next(((name, answer[name]) for name in ("HX-Push-Url", "HX-Replace-Url") if name in answer), None)

    assert entry("?q=anna&hub=", "") is None
    assert entry("?q=anna&hub=", "?q=ann&hub=") == ("HX-Replace-Url", f"{path}?q=anna&hub=")
    assert entry("?q=anna&hub=", "?q=anna&hub=") == ("HX-Push-Url", "false")
    assert entry("?q=anna&role=facilitator", "?q=ann&role=") is None


def test_imported_members_are_seen_by_facilitators_and_their_representatives_only(client):
    hub, other = HubFactory(), HubFactory()
    imported = UserFactory(name="Nog Niet", activated_at=None)
    MembershipFactory(member=imported, hub=hub)
    table = [
        (UserFactory(), 404),
        (member_of(hub), 404),
        (representative_of(other), 404),
        (UserFactory(is_superuser=True, is_staff=True), 404),
        (representative_of(hub), 200),
        (facilitator(), 200),
    ]
    for user, status in table:
        client.force_login(user)
        assert client.get(imported.get_absolute_url()).status_code == status, user
        shown = "Nog Niet" in client.get(reverse("community:member_list")).content.decode()
        assert shown == (status == 200)
        assert ("Nog Niet" in client.get(hub.get_absolute_url()).content.decode()) == shown


def profile_data(user, **fields):
    data = {
        "version": str(user.version),
        "name": user.name,
        "handle": user.handle,
        "role": "data_engineer",
        "role_other": "",
        "unit_name": "",
        "city": "",
        "bio": "",
        "bio_language": "nl",
        "language": "en",
        "time_zone": "Europe/Amsterdam",
    }
    return {**data, **fields}


def test_a_member_changes_their_profile_and_everybody_sees_it(client, member):
    keep, drop = TopicFactory(label_nl="SQL", label_en="SQL"), TopicFactory()
    MemberTopicFactory(member=member, topic=keep, kind="can_do", confirmed_on="2024-01-01")
    MemberTopicFactory(member=member, topic=drop, kind="can_do")
    hub = HubFactory()
    MembershipFactory(member=member, hub=hub)
    response = client.post(
        reverse("community:profile_edit"),
        profile_data(
            member,
            bio="Ik meet **water**.",
            keep_can_do=[str(keep.pk)],
            new_can_do="sql, Nieuwe techniek",
            new_ask_me="Nieuwe techniek",
            primary_hub=str(hub.pk),
            unit_name="Zee en Delta",
        ),
    )
    assert response.url == member.get_absolute_url()
    member.refresh_from_db()
    assert (member.role, member.unit.name, member.primary_hub, member.version) == (
        "data_engineer",
        "Zee en Delta",
        hub,
        2,
    )
    assert sorted(member.member_topics.values_list("kind", "topic__label_nl")) == [
        ("ask_me", "Nieuwe techniek"),
        ("can_do", "Nieuwe techniek"),
        ("can_do", "SQL"),
    ]
    assert str(member.member_topics.get(topic=keep).confirmed_on) == "2024-01-01"
    client.force_login(UserFactory())
    page = client.get(member.get_absolute_url()).content.decode()
    assert "<strong>water</strong>" in page
    assert "not confirmed since January 2024" in page


def test_a_second_tab_with_an_older_profile_shows_both_texts(client, member):
    opened = profile_data(member)
    path = reverse("community:profile_edit")
    client.post(path, {**opened, "bio": "eerste tab"})
    response = client.post(path, {**opened, "bio": "tweede tab"})
    assert response.status_code == 422
    assert "eerste tab" in response.content.decode()
    assert "tweede tab" in response.content.decode()
    member.refresh_from_db()
    assert member.bio == "eerste tab"


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", "<i>x</i>"), ("name", "abc\u202e"), ("handle", "a b"), ("time_zone", "Mars/Olympus"), ("role", "boss")],
)
def test_a_profile_with_bad_input_says_so_and_keeps_what_was_typed(client, member, field, value):
    response = client.post(reverse("community:profile_edit"), profile_data(member, **{field: value, "bio": "blijft"}))
    assert response.status_code == 422
    assert "blijft" in response.content.decode()


def test_a_taken_handle_is_refused(client, member):
    other = UserFactory(handle="anna")
    people_actions.update_profile(member=other, by=other, version=1, fields={"handle": "anna-b"})
    for taken in ("anna", "anna-b", "ANNA-B"):
        response = client.post(reverse("community:profile_edit"), profile_data(member, handle=taken))
        assert response.status_code == 422
        assert response.context["form"].errors["handle"] == ["This handle is taken. Choose another one."]


# --- Choosing people in forms
def suggested(client, typed: str, *, field: str = "hosts", most=50, chosen: tuple[str, ...] = (), **query: str):
    path = reverse("community:pick", args=["members", field, most])
    response = client.get(path, {field: chosen, f"{field}_typed": typed, **query})
    assert "<html" not in response.content.decode()
    return response


def ticked(page) -> list[str]:
    boxes = [it.attributes for it in page.all("input") if it.attributes.get("type") == "checkbox"]
    return [it["value"] for it in boxes if "checked" in it]


def test_a_box_for_people_suggests_who_may_be_meant_and_chooses_them(client, member):
    unit = UnitFactory(name="Directie Oost")
    UserFactory(name="Anna van den Berg", handle="anna", unit=unit)
    UserFactory(name="René Berg", handle="rene")
    UserFactory(name="Gone Berg", is_active=False)
    UserFactory(name="Not yet Berg", activated_at=None)
    found = suggested(client, "bérg anna")
    assert [option.value for option in found.context["found"]] == ["anna"]
    assert "Anna van den Berg, Directie Oost" in found.content.decode()
    assert [it.value for it in suggested(client, "rene, berg").context["found"]] == ["anna", "rene"]
    assert [it.value for it in suggested(client, "berg", chosen=("rene",)).context["found"]] == ["anna"]
    assert not suggested(client, "b").context["found"]
    assert "Nobody found for" in suggested(client, "xyzzy").content.decode()

    box = parse(suggested(client, "rene, ann", choose="anna").content.decode())
    assert ticked(box) == ["rene", "anna"]
    one = suggested(client, "ann", field="representative", most=1, chosen=("rene",), choose="anna").content.decode()
    assert 'value="anna"' in one
    assert 'value="rene"' not in one
    assert 'id="id_representative"' in one
    assert "autofocus" in one


def test_suggestions_are_for_members_only_and_about_a_field(client):
    path = reverse("community:pick", args=["members", "hosts", 50])
    assert client.get(path, {"hosts_typed": "anna"}).status_code == 302
    client.force_login(UserFactory())
    assert client.get(path, {"hosts": ["a\0nna", "\0"], "hosts_typed": "an\0na"}).status_code == 200
    assert client.get("/find/members/%22%3E%3Cscript%3E/50/").status_code == 404
    assert client.get("/find/secrets/hosts/50/").status_code == 404


def test_ticked_boxes_and_typed_names_are_read_together_and_what_is_unclear_stays_in_the_box(client):
    hub, chief = HubFactory(), facilitator()
    client.force_login(chief)
    UserFactory(name="Anna van den Berg", handle="anna")
    path = reverse("community:hub_members", args=[hub.slug])
    response = client.post(path, {"member": "anna", "member_typed": "nobody at all"})
    assert response.status_code == 422
    page = parse(response.content.decode())
    assert "anna" in ticked(page)
    assert page.by_id("id_member").attributes["value"] == "nobody at all"
    assert client.post(path, {"member": "anna", "member_typed": ""}).status_code == 302
    assert Membership.objects.filter(hub=hub, member__handle="anna").exists()


# --- What a row and a page say
def test_rows_of_the_directory_say_what_people_know(client, member):
    sql, python = TopicFactory(label_nl="SQL", label_en="SQL"), TopicFactory(label_nl="Python", label_en="Python")
    able = UserFactory(name="Bram")
    MemberTopicFactory(member=able, topic=sql, kind="can_do")
    MemberTopicFactory(member=able, topic=python, kind="ask_me")
    MemberTopicFactory(member=able, topic=TopicFactory(label_en="Rust"), kind="wants_to_learn")
    for query in ({}, {"q": "bram"}):
        page = client.get(reverse("community:member_list"), query).content.decode()
        (told,) = re.findall(r'aria-label="What Bram knows">(.*?)</ul>', page, re.DOTALL)
        assert re.findall(r">([^<\s]+)</li>", told) == ["Python", "SQL"]


def test_only_who_invites_questions_gives_their_address_and_only_to_members(client):
    anna = UserFactory(name="Anna van den Berg", handle="anna", email="anna@doorbraak.example")
    reader = UserFactory()
    client.force_login(reader)
    assert "anna@doorbraak.example" not in client.get(anna.get_absolute_url()).content.decode()
    MemberTopicFactory(member=anna, kind="can_do")
    assert "anna@doorbraak.example" not in client.get(anna.get_absolute_url()).content.decode()
    MemberTopicFactory(member=anna, kind="ask_me")
    page = client.get(anna.get_absolute_url()).content.decode()
    assert 'href="mailto:anna@doorbraak.example"' in page
    assert "Send Anna a mail" in page
    assert "anna@doorbraak.example" not in client.get(reverse("community:member_list")).content.decode()
    imported = UserFactory(activated_at=None, email="not-yet@doorbraak.example")
    MemberTopicFactory(member=imported, kind="ask_me")
    client.force_login(facilitator())
    assert "not-yet@doorbraak.example" not in client.get(imported.get_absolute_url()).content.decode()
    client.force_login(anna)
    assert "mailto:" not in client.get(anna.get_absolute_url()).content.decode()
    client.logout()
    assert client.get(anna.get_absolute_url()).status_code == 302


def test_it_is_said_who_confirmed_what_somebody_knows(client):
    topic = TopicFactory(label_nl="SQL", label_en="SQL")
    day = timezone.localdate()
    anna = UserFactory(name="Anna van den Berg", activated_at=timezone.now() - timedelta(days=3))
    listed = UserFactory(name="Bo Lijst", activated_at=timezone.now(), imported={"name": "Bo Lijst"})
    MemberTopicFactory(member=anna, topic=topic, kind="ask_me", confirmed_on=day)
    MemberTopicFactory(member=listed, topic=topic, kind="ask_me", confirmed_on=day - timedelta(days=20))
    client.force_login(UserFactory())
    found = " ".join(client.get(reverse("community:member_list"), {"q": "sql"}).content.decode().split())
    for page in (found, " ".join(client.get(anna.get_absolute_url()).content.decode().split())):
        assert f"confirmed by Anna in {day:%B %Y}" in page
    for page in (found, client.get(listed.get_absolute_url()).content.decode()):
        assert f"from a list of {day - timedelta(days=20):%B %Y}" in page
    client.force_login(anna)
    assert f"confirmed by you in {day:%B %Y}" in client.get(anna.get_absolute_url()).content.decode()


def test_the_time_zone_is_folded_away_where_it_is_the_usual_one(client, member):
    path = reverse("community:profile_edit")

    def fold():
        return parse(client.get(path).content.decode()).by_id("id_time_zone").up("details")

    assert "open" not in fold().attributes
    assert "Amsterdam" in fold().all("summary")[0].text()
    member.time_zone = "America/Curacao"
    member.save(update_fields=["time_zone"])
    assert "open" in fold().attributes
