"""Pages of hubs and members: who sees what, what they cost, and that they hold together. Spec 00 and 01."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from community.hubs import actions as hubs_actions
from community.models import Hub, Membership, MemberTally
from community.people import actions as people_actions
from issues.ties import FILED_AT
from tests.factories import (
    HubFactory,
    MembershipFactory,
    TopicFactory,
    UserFactory,
    facilitator,
    keep,
    many_bottlenecks,
    many_hubs,
    many_members,
    member_of,
    representative_of,
    tie,
)
from tests.trees import parse

pytestmark = pytest.mark.django_db


def test_visitors_see_the_public_columns_of_hubs_only(client):
    hub = HubFactory(
        name="Kern Oost", tagline="Proeftuin", city="Arnhem", contact="oost@voorbeeld.example", state="pilot"
    )
    somebody = representative_of(hub, name="Wouter Kok")
    page = client.get(reverse("community:hub_list")).content.decode()
    assert "Kern Oost" in page
    assert "Proeftuin" in page
    assert "Arnhem" in page
    assert "1 member" in page
    assert somebody.name not in page
    assert "oost@x.example" not in page
    assert "pilot" not in page


def test_without_hubs_the_page_says_so_and_counts_nothing(client):
    page = client.get(reverse("community:hub_list")).content.decode()
    assert "There are no hubs yet." in page
    assert "0 places" not in page
    assert 'class="chips"' not in page


@pytest.mark.parametrize("slug", ["kern-oost", "kern-atlantis"])
def test_a_visitor_is_asked_to_sign_in_whether_the_hub_exists_or_not(client, slug):
    HubFactory(slug="kern-oost")
    for name in ("hub_detail", "hub_members", "hub_edit", "hub_leave", "hub_representatives"):
        path = reverse(f"community:{name}", args=[slug])
        response = client.get(path)
        assert response.status_code == 302
        assert response.url == f"{reverse('account_login')}?next={path}"


def test_hubs_are_filtered_by_city_state_topic_and_mine(client, member):
    topic = TopicFactory(slug="python")
    delft = HubFactory(name="Kern Delft", city="Delft")
    forming = HubFactory(name="Kern Noord", state="forming")
    closed = HubFactory(name="Kern Dicht", state="closed")
    hubs_actions.set_hub_topics(forming, [topic])
    MembershipFactory(member=member, hub=delft)
    path = reverse("community:hub_list")

    def shown(query: str) -> list[str]:
        return [hub.name for hub in client.get(f"{path}?{query}").context["page"].rows]

    assert shown("") == ["Kern Delft", "Kern Noord"]
    assert shown("city=Delft") == ["Kern Delft"]
    assert shown("state=forming") == ["Kern Noord"]
    assert shown("state=closed") == [closed.name]
    assert shown("topic=python") == ["Kern Noord"]
    assert shown("mine=1") == ["Kern Delft"]
    assert "No hub fits this choice" in client.get(f"{path}?city=Gouda").content.decode()


def test_the_compact_list_shows_the_same_hubs(client, member):
    HubFactory(name="Kern Geo")
    assert "Kern Geo" in client.get(reverse("community:hub_list") + "?view=compact").content.decode()


@pytest.mark.parametrize("rows", [10, 1_000])
def test_the_list_of_hubs_costs_the_same_at_any_size(client, member, rows, django_assert_max_num_queries):
    hubs = many_hubs(rows)
    for hub in hubs[:20]:
        MembershipFactory.create_batch(4, hub=hub)
    with django_assert_max_num_queries(8):
        response = client.get(reverse("community:hub_list"))
    assert len(response.context["page"].rows) == min(rows, 50)


@pytest.mark.parametrize("rows", [10, 1_000])
def test_a_hub_page_costs_the_same_at_any_size(client, member, rows, django_assert_max_num_queries):
    hub = HubFactory()
    people = many_members(rows)
    Membership.objects.bulk_create([Membership(member=user, hub=hub) for user in people])
    keep(MemberTally, [hub.pk])
    tie(FILED_AT, subject=hub.subject, by=many_bottlenecks(rows, author=people[0]))
    with django_assert_max_num_queries(14):
        response = client.get(hub.get_absolute_url())
    assert response.context["hub"].member_count == rows
    with django_assert_max_num_queries(8):
        response = client.get(reverse("community:hub_members", args=[hub.slug]))
    assert len(response.context["page"].rows) == min(rows, 50)


def test_who_may_change_a_hub(client):
    hub, other = HubFactory(), HubFactory()
    table = [
        (UserFactory(), 403),
        (member_of(hub), 403),
        (representative_of(other), 403),
        (representative_of(hub), 200),
        (facilitator(), 200),
    ]
    for user, status in table:
        client.force_login(user)
        for name in ("hub_edit", "hub_representatives"):
            assert client.get(reverse(f"community:{name}", args=[hub.slug])).status_code == status, (user, name)
        page = client.get(hub.get_absolute_url()).content.decode()
        assert ("Change this page" in page) == (status == 200)
    assert client.get(reverse("community:hub_edit", args=["nowhere"])).status_code == 404


def test_joining_from_the_list_leads_back_to_it(client, member):
    hub = HubFactory(name="Kern Geo")
    response = client.post(reverse("community:hub_join", args=[hub.slug]), {"next": "/hubs/?city=Utrecht"})
    assert response.url == "/hubs/?city=Utrecht"
    assert client.post(reverse("community:hub_join", args=[hub.slug]), {"next": "https://evil.example"}).url == (
        hub.get_absolute_url()
    )
    member.refresh_from_db()
    assert member.primary_hub == hub


def test_a_hub_on_request_says_whom_to_ask_and_has_no_dead_button(client, member):
    hub = HubFactory(join_policy="request")
    representative = representative_of(hub, name="Wouter Kok")
    page = client.get(hub.get_absolute_url()).content.decode()
    assert "Ask whether I can join" in page
    assert representative.get_absolute_url() in page
    assert reverse("community:hub_join", args=[hub.slug]) not in page
    lonely = HubFactory(join_policy="invitation")
    helper = facilitator(name="Femke Fac")
    page = client.get(lonely.get_absolute_url()).content.decode()
    assert "Ask facilitator" in page
    assert helper.name in page


def test_old_addresses_of_hubs_and_members_redirect(client, member):
    chief = facilitator()
    hub = hubs_actions.found_hub(name="Kern Oud", by=chief)
    hubs_actions.update_hub(hub=hub, by=chief, version=1, fields={"slug": "kern-nieuw"})
    response = client.get("/hubs/kern-oud/members/?after=x")
    assert (response.status_code, response.url) == (301, "/hubs/kern-nieuw/members/?after=x")
    assert client.get("/hubs/KERN-nieuw/").url == "/hubs/kern-nieuw/"
    people_actions.update_profile(member=member, by=member, version=1, fields={"handle": "nieuw"})
    assert client.get(f"/members/{member.handle}/").url == "/members/nieuw/"
    assert client.get("/members/nobody/").status_code == 404


@pytest.mark.parametrize(
    ("field", "taken", "refusal"),
    [
        ("name", "KERN MAAN", "There is a hub of that name already."),
        ("slug", "kern-maan", "This address is taken. Choose another one."),
    ],
)
def test_a_taken_name_or_address_of_a_hub_is_refused_in_plain_words_at_its_field(client, field, taken, refusal):
    chief = facilitator()
    hub = hubs_actions.found_hub(name="Kern Zon", by=chief)
    HubFactory(name="Kern Maan", slug="kern-maan")
    client.force_login(chief)
    path = reverse("community:hub_edit", args=[hub.slug])
    page = client.post(path, edit_data(hub, **{field: taken}))
    assert page.status_code == 422
    assert page.context["form"].errors == {field: [refusal]}
    control = parse(page.content.decode()).by_id(f"id_{field}")
    assert control.attributes["aria-invalid"] == "true"
    assert f"id_{field}_error" in control.attributes["aria-describedby"].split()


def test_closing_a_hub_closes_its_subject_and_opening_it_again_opens_it(client):
    hub = hubs_actions.found_hub(name="Kern Zon", by=None)
    hub = hubs_actions.update_hub(hub=hub, by=None, version=1, fields={"state": "closed"})
    assert hub.subject.closed_at is not None
    hub = hubs_actions.update_hub(hub=hub, by=None, version=2, fields={"state": "active"})
    assert hub.subject.closed_at is None


def edit_data(hub: Hub, **fields: str) -> dict[str, str]:
    data = {
        "version": str(hub.version),
        "name": hub.name,
        "slug": hub.slug,
        "language": "nl",
        "state": "active",
        "join_policy": "open",
        "tagline": "",
        "about": "",
        "city": "Utrecht",
        "contact": "",
        "unit_name": "",
        "founded_on": "",
        "topic_labels": "",
    }
    return {**data, **fields}


def test_a_representative_changes_the_page_of_the_hub(client):
    hub = HubFactory()
    client.force_login(representative_of(hub))
    path = reverse("community:hub_edit", args=[hub.slug])
    response = client.post(
        path, edit_data(hub, about="**Wij**", topic_labels="Python; tijdreeksen", unit_name="Oost-Nederland")
    )
    assert response.url == hub.get_absolute_url()
    hub.refresh_from_db()
    assert (hub.about, hub.unit.name, hub.version) == ("**Wij**", "Oost-Nederland", 2)
    assert [topic.label_nl for topic in hub.topics.order_by("slug")] == ["Python", "tijdreeksen"]
    assert "<strong>Wij</strong>" in client.get(response.url).content.decode()


def test_a_stale_form_shows_both_texts_and_loses_neither(client):
    hub = HubFactory(about="eerst")
    first, second = representative_of(hub), facilitator()
    opened = edit_data(hub)
    client.force_login(first)
    path = reverse("community:hub_edit", args=[hub.slug])
    client.post(path, {**opened, "about": "van de eerste"})
    other = Client()
    other.force_login(second)
    response = other.post(path, {**opened, "about": "van de tweede"})
    page = response.content.decode()
    assert response.status_code == 422
    assert "van de eerste" in page
    assert "van de tweede" in page
    hub.refresh_from_db()
    assert hub.about == "van de eerste"
    again = {**opened, "version": str(hub.version), "about": "samen"}
    assert other.post(path, again).status_code == 302


def test_the_last_representative_says_who_takes_over(client):
    hub = HubFactory()
    last = representative_of(hub)
    heir = member_of(hub, name="Erfgenaam")
    client.force_login(last)
    path = reverse("community:hub_leave", args=[hub.slug])
    page = client.get(path).content.decode()
    assert "facilitators, until" not in page
    assert client.post(path).status_code == 422
    stranger = client.post(path, {"successor": UserFactory(name="Iemand Anders").handle})
    assert stranger.status_code == 422
    assert "Iemand Anders is not a member of this hub" in stranger.text
    assert client.post(path, {"successor": heir.handle}).url == reverse("community:hub_list")
    assert list(Membership.objects.current().representatives().values_list("member", flat=True)) == [heir.pk]


def test_representatives_are_named_and_step_down(client):
    hub = HubFactory()
    first, second = representative_of(hub), member_of(hub)
    client.force_login(first)
    path = reverse("community:hub_representatives", args=[hub.slug])
    refused = client.post(path, {"member": first.handle})
    assert refused.status_code == 422
    assert "speaks for it already" in refused.text
    client.post(path, {"member": second.handle})
    assert Membership.objects.current().representatives().count() == 2
    ends = reverse("community:hub_step_down", args=[hub.slug])
    assert f"{ends}?member={first.handle}" in client.get(path).content.decode()
    assert client.get(ends, {"member": first.handle}).status_code == 200
    assert Membership.objects.current().representatives().count() == 2  # looking changes nothing
    assert client.post(ends, {"member": first.handle}).url == hub.get_absolute_url()
    assert list(Membership.objects.current().representatives().values_list("member", flat=True)) == [second.pk]
    assert client.post(ends, {"member": second.handle}).status_code == 403


def test_a_box_of_a_hub_suggests_its_members_only(client):
    hub = HubFactory()
    client.force_login(representative_of(hub))
    here, there = member_of(hub, name="Jo Hier"), UserFactory(name="Jo Daar")
    box = client.get(reverse("community:hub_representatives", args=[hub.slug])).text
    asked = reverse("community:pick", args=["members", "member", 1])
    assert f'hx-get="{asked}?within={hub.slug}"' in box
    found = client.get(asked, {"within": hub.slug, "member_typed": "jo"}).text
    assert here.name in found
    assert there.name not in found
    chosen = client.get(asked, {"within": hub.slug, "choose": here.handle}).text
    assert f'hx-get="{asked}?within={hub.slug}"' in chosen
    assert f'value="{here.handle}" checked' in chosen
    assert there.name in client.get(asked, {"member_typed": "jo"}).text


@pytest.mark.parametrize("who", ["last", "chief"])
@pytest.mark.parametrize("takes_over", ["heir", "facilitators"])
def test_the_last_representative_steps_down_when_it_is_said_who_takes_over(client, who, takes_over):
    hub = HubFactory()
    people = {"last": representative_of(hub), "heir": member_of(hub, name="Erfgenaam"), "chief": facilitator()}
    client.force_login(people[who])
    path = reverse("community:hub_step_down", args=[hub.slug])
    page = client.get(path, {"member": people["last"].handle})
    assert "the only representative of this hub" in page.content.decode()
    refused = client.post(path, {"member": people["last"].handle})
    assert refused.status_code == 422
    heir = {"successor": people["heir"].handle}
    both = client.post(path, {"member": people["last"].handle, "hand_over": "on", **heir})
    assert both.status_code == 422
    said = heir if takes_over == "heir" else {"hand_over": "on"}
    assert client.post(path, {"member": people["last"].handle, **said}).status_code == 302
    speaking = list(Membership.objects.current().representatives().values_list("member", flat=True))
    assert speaking == ([people["heir"].pk] if takes_over == "heir" else [])
    assert Membership.objects.current().filter(member=people["last"]).exists()
    again = client.post(path, {"member": people["last"].handle, **said})
    assert again.status_code in {302, 403}  # there is nothing left to step down from


def test_a_facilitator_founds_a_hub_once_however_often_the_button_is_pressed(client):
    client.force_login(facilitator())
    somebody = UserFactory(handle="iris")
    path = reverse("community:hub_new")
    key = client.get(path).context["form"]["creation_key"].value()
    data = {
        "creation_key": str(key),
        "name": "Kern Zon",
        "tagline": "",
        "city": "Gouda",
        "language": "nl",
        "join_policy": "open",
        "representative": "iris",
    }
    assert client.post(path, data).url == client.post(path, data).url == "/hubs/kern-zon/"
    assert Hub.objects.count() == 1
    assert Membership.objects.get().member == somebody
    client.force_login(somebody)
    assert client.get(path).status_code == 403


def test_going_back_and_founding_the_same_hub_again_leads_to_the_first(client):
    chief = facilitator()
    client.force_login(chief)
    UserFactory(handle="iris")
    path = reverse("community:hub_new")

    def found(name: str, **fields: str):
        key = client.get(path).context["form"]["creation_key"].value()  # a form that is shown anew has a new one
        data = {"creation_key": str(key), "name": name, "tagline": "", "city": "", "language": "nl"}
        return client.post(path, {**data, "join_policy": "open", "representative": "iris", **fields}, follow=True)

    with time_machine.travel("2026-03-02 09:00+01:00", tick=False) as clock:
        first = found("Kern Zon")
        clock.shift(timedelta(minutes=5))
        second = found("kern zon", tagline="Warm")
        assert second.redirect_chain == first.redirect_chain
        assert "You founded this hub just now." in second.content.decode()
        assert Hub.objects.get().tagline == ""
        clock.shift(timedelta(minutes=15))
        assert "There is a hub of that name already." in found("Kern Zon").content.decode()
        client.force_login(facilitator())
        assert "There is a hub of that name already." in found("Kern Zon").content.decode()


def test_any_word_can_be_the_name_of_a_hub_and_of_a_member(client):
    client.force_login(UserFactory(handle="new"))
    hub = HubFactory(name="New", slug="new")
    assert client.get("/hubs/new/").context["hub"] == hub
    assert client.get("/members/new/").status_code == 200


def test_representatives_add_a_member_who_asked(client):
    hub = HubFactory(join_policy="request")
    somebody = UserFactory(handle="iris")
    path = reverse("community:hub_members", args=[hub.slug])
    client.force_login(somebody)
    assert client.post(path, {"member": "iris"}).status_code == 403
    client.force_login(representative_of(hub))
    assert client.post(path, {"member": "nobody"}).status_code == 422
    assert client.post(path, {"member": "https://x.example/members/Iris/"}).url == path
    assert Membership.objects.current().get(member=somebody).hub == hub
    assert verbs_of(hub) == ["hub_joined"]


def verbs_of(hub: Hub) -> list[str]:
    return list(hub.subject.activities.order_by("pk").values_list("verb", flat=True))


@pytest.mark.parametrize("page", ["hub_edit", "hub_representatives", "hub_members"])
def test_who_may_not_change_a_hub_is_told_whom_to_ask_and_led_back(client, page):
    hub = HubFactory(name="Kern Oost")
    path = reverse(f"community:{page}", args=[hub.slug])
    client.force_login(member_of(hub))

    def answer() -> str:
        response = client.post(path, {"member": "x"})
        assert response.status_code == 403
        return " ".join(response.content.decode().split())

    assert "The facilitators look after this." in answer()
    wouter = representative_of(hub, name="Wouter Kok")
    assert f'<a href="{wouter.get_absolute_url()}">Wouter Kok</a>' in answer()
    assert "Back to Kern Oost" in answer()
    assert f'href="{hub.get_absolute_url()}"' in answer()


def test_somebody_without_a_hub_joins_one_from_home(client):
    newcomer = UserFactory(name="Nina")
    client.force_login(newcomer)
    assert "Join your first hub" not in client.get("/").content.decode()
    for name, policy in (("Kern Open", "open"), ("Kern Vraag", "request")):
        HubFactory(name=name, join_policy=policy)
    HubFactory(name="Kern Dicht", state="closed")
    page = client.get("/").content.decode()
    path = reverse("community:hub_join", args=[Hub.objects.get(name="Kern Open").slug])
    assert f'action="{path}"' in page
    assert page.count("/join/") == 1
    assert client.post(path, {"next": "/"}).url == "/"
    page = client.get("/").content.decode()
    assert "You are a member of Kern Open." in page
    assert "Join your first hub" not in page


def test_hubs_are_narrowed_by_town_in_one_way_and_say_so(client, member):
    HubFactory(name="Kern Geo", city="Delft", state="pilot")
    HubFactory(name="Kern Rivier", city="Delft")
    HubFactory(name="Kern Zuid", city="Breda", join_policy="invitation")
    page = parse(client.get(reverse("community:hub_list")).content.decode())
    (chips,) = [node for node in page.all("ul") if "chips" in node.attributes.get("class", "").split()]
    assert "Delft" not in chips.text()
    assert "Delft (2)" in page.by_id("hub-city").text()
    assert "pilot (1)" in page.by_id("hub-state").text()
    narrow = parse(client.get(reverse("community:hub_list"), {"city": "Delft", "state": "pilot"}).content.decode())
    (chips,) = [node for node in narrow.all("ul") if "chips" in node.attributes.get("class", "").split()]
    chosen = [link.text() for link in chips.all("a") if "aria-current" in link.attributes]
    assert chosen == ["Delft", "pilot"]
    titles = [node.text() for node in narrow.all("h2") if "card__title" in node.attributes.get("class", "")]
    assert titles == ["Kern Geo"]
    link = next(node for node in page.all("a") if node.attributes.get("href", "").endswith("/#join-box"))
    assert link.text().startswith("On invitation")
