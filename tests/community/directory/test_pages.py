"""Pages of hubs and members: who sees what, what they cost, and that they hold together. Spec 00 and 01."""

from __future__ import annotations

import pytest
from django.urls import reverse

from community.models import Membership
from community.people import actions as people_actions
from tests.factories import (
    HubFactory,
    MembershipFactory,
    MemberTopicFactory,
    TopicFactory,
    UserFactory,
    facilitator,
    many_members,
    member_of,
    representative_of,
)

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
