"""An address that was: pages lead on, forms and buttons act, filters follow. Spec 00, URLs.

Every address with a slug or a handle in it, and every key of a query that may hold one, is found by code.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import transaction
from django.db.models import Q
from django.test import Client
from django.urls import reverse

from activity.models import Activity
from community.hubs import actions as hubs_actions
from community.models import Hub, Membership, User
from community.people import actions as people_actions
from tests.addresses import addresses, queries
from tests.factories import (
    BottleneckFactory,
    HubFactory,
    MembershipFactory,
    SessionFactory,
    UserFactory,
    facilitator,
    member_of,
    representative_of,
)
from tests.plans import WALKS, plan_of

pytestmark = pytest.mark.django_db

OLD, NOW = "zzqxa", "zzqxb"
HTMX = {"HX-Request": "true"}
WITH_SLUG = sorted(address.name for address in addresses() if {"slug", "handle"} & address.arguments)
WHO = ["outsider", "member", "speaks", "facilitates"]


@pytest.fixture
def hub() -> Hub:
    """A hub that moved."""
    hub = HubFactory(slug=OLD, name="Kern Maas", about="Eerst.")
    return hubs_actions.update_hub(hub=hub, by=None, version=1, fields={"slug": NOW})


@pytest.fixture
def people(hub) -> dict[str, User]:
    """Around the hub that moved; each has another handle than before."""
    chief = facilitator()
    people: dict[str, User] = {
        "outsider": UserFactory(),
        "member": member_of(hub),
        "speaks": representative_of(hub),
        "facilitates": chief,
    }
    representative_of(hub)
    for name, member in people.items():
        people_actions.update_profile(member=member, by=member, version=1, fields={"handle": f"{NOW}-{name}"})
        member.refresh_from_db()
    people_actions.update_profile(member=chief, by=chief, version=2, fields={"handle": f"{NOW}-chief"})
    return people


def pairs(name: str, people: dict[str, User]) -> tuple[str, str]:
    """An address as it was and as it is now."""
    kinds = {address.name: address.arguments for address in addresses()}
    if "handle" in kinds[name]:
        return reverse(name, args=[f"{NOW}-facilitates"]), reverse(name, args=[f"{NOW}-chief"])
    if kinds[name] == {"slug"}:
        return reverse(name, args=[OLD]), reverse(name, args=[NOW])
    assert kinds[name] == {"number", "slug"}, f"say here what {name} is about"
    row = BottleneckFactory(title=NOW) if name.startswith("issues:") else SessionFactory(title=NOW)
    return reverse(name, args=[row.pk, OLD]), reverse(name, args=[row.pk, NOW])


def signed_in(member: User) -> Client:
    client = Client()
    client.force_login(member)
    return client


@contextmanager
def as_if() -> Iterator[None]:
    """What happens in the block is undone."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def state() -> list[Any]:
    """What the buttons of a hub change."""
    return [
        sorted(Membership.objects.values_list("member", "hub", "role", Q(ended_at=None))),
        list(User.objects.order_by("pk").values_list("pk", "primary_hub")),
        list(Hub.objects.values("slug", "name", "about", "version")),
        sorted(Activity.objects.values_list("verb", flat=True)),
    ]


def test_there_are_addresses_to_try():
    assert {"community:hub_join", "community:member_detail", "events:session_detail"} <= set(WITH_SLUG)


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "htmx"])
def test_a_page_leads_to_where_it_is_now_with_what_was_asked_of_it(people, headers):
    client = signed_in(people["facilitates"])
    for name in WITH_SLUG:
        old, now = pairs(name, people)
        has_page = client.get(now).status_code != 405  # a button has none
        for before in (old, re.sub("zzqx[^/]*", lambda found: found[0].upper(), old)):
            answer = client.get(before, {"after": "x", "view": "compact"}, headers=headers)
            if has_page:
                assert answer.status_code in {301, 302}, before
                assert answer["Location"] == f"{now}?after=x&view=compact"
                assert answer["Cache-Control"] == "no-cache"


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "htmx"])
def test_what_is_posted_does_the_same_at_the_old_address(people, who, headers):
    client = signed_in(people[who])
    for name in WITH_SLUG:
        old, now = pairs(name, people)
        form = (client.get(now).context or {}).get("form")
        typed = {field.html_name: field.value() or "" for field in form} if form else {}
        typed |= {"about": "Een nieuwe tekst."} if "about" in typed else {}
        outcomes = []
        for path in (now, old):
            with as_if():
                answer = client.post(path, typed, headers=headers)
                outcomes.append((answer.status_code, answer.headers.get("Location"), state()))
        assert outcomes[1] == outcomes[0], old


def test_addresses_are_found_by_their_indexes():
    by_handle = plan_of(User.objects.by_handle("anna").values("pk"), without=WALKS)
    assert {"one_member_per_handle", "one_member_per_old_handle"} <= set(re.findall(r"\w+", by_handle))
    by_slug = plan_of(Hub.objects.by_slug("oost").values("pk"), without=WALKS)
    assert {"one_hub_per_address", "one_hub_per_old_address"} <= set(re.findall(r"\w+", by_slug))


def test_one_joins_leaves_and_chooses_from_an_old_tab(hub, people):
    client = signed_in(people["outsider"])
    for verb, change in (("join", 1), ("primary", 0), ("leave", -1)):
        before = Membership.objects.current().filter(hub=hub).count()
        assert client.post(f"/hubs/{OLD}/{verb}/").status_code == 302
        assert Membership.objects.current().filter(hub=hub).count() == before + change


def test_a_form_filled_in_while_the_address_changed_shows_both_texts(hub, people):
    client = signed_in(people["speaks"])
    opened = client.get(f"/hubs/{NOW}/edit/").context["form"]
    typed = {field.html_name: field.value() or "" for field in opened} | {"about": "Wat ik heb getypt."}
    hubs_actions.update_hub(
        hub=hub, by=None, version=hub.version, fields={"slug": "elsewhere", "about": "Van een ander."}
    )
    answer = client.post(f"/hubs/{NOW}/edit/", typed)
    assert answer.status_code == 422
    assert answer.context["form"]["about"].value() == "Wat ik heb getypt."
    assert "Van een ander." in answer.content.decode()
    again = {**typed, "version": answer.context["form"]["version"].value(), "slug": "elsewhere"}
    assert client.post(f"/hubs/{NOW}/edit/", again)["Location"] == "/hubs/elsewhere/"
    hub.refresh_from_db()
    assert hub.about == "Wat ik heb getypt."


def test_a_member_is_known_by_an_old_handle_in_forms(hub, people):
    anna = UserFactory(handle="anna-oud")
    people_actions.update_profile(member=anna, by=anna, version=1, fields={"handle": "anna-nieuw"})
    client = signed_in(people["facilitates"])
    assert client.post(f"/hubs/{NOW}/members/", {"member": "https://x.example/members/Anna-Oud/"}).status_code == 302
    assert Membership.objects.current().filter(hub=hub, member=anna).exists()
    hubs_actions.name_representative(hub=hub, member=anna, by=people["facilitates"])
    client.post(f"/hubs/{NOW}/representatives/end/", {"member": "anna-oud"})
    assert Membership.objects.current().get(hub=hub, member=anna).role == "member"
    page = client.get("/new-hub/").context["form"]
    typed = {field.html_name: field.value() or "" for field in page} | {
        "name": "Kern Rijn",
        "representative": "anna-oud",
    }
    assert client.post("/new-hub/", typed)["Location"] == "/hubs/kern-rijn/"
    assert client.post("/new-hub/", typed | {"representative": "a\0b"}).status_code == 422


@pytest.mark.parametrize("headers", [{}, HTMX], ids=["page", "htmx"])
def test_filters_follow(hub, people, headers):
    MembershipFactory(hub=hub, member__name="Wie ik zoek")
    BottleneckFactory(title="Wat ik zoek", hubs=[hub])
    BottleneckFactory(title="Iets anders")
    client = signed_in(people["facilitates"])

    def page(path: str, key: str, value: str) -> str:
        text = client.get(path, {key: value}, headers=headers).content.decode()
        text = re.sub(r"csrfmiddlewaretoken\" value=\"\w+\"|\"X-CSRFToken\": ?\"\w+\"|[0-9a-f-]{36}", "", text)
        return text.replace(OLD, NOW).replace(OLD.upper(), NOW)

    tried = {(path, key) for path, keys in queries(client).items() for key in keys}
    assert {("/members/", "hub"), ("/bottlenecks/", "hub"), ("/hubs/", "topic")} <= tried
    for path, key in sorted(tried):
        assert page(path, key, OLD) == page(path, key, NOW), (path, key)
    assert "Wie ik zoek" in page("/members/", "hub", OLD.upper())
    board = page("/bottlenecks/", "hub", OLD)
    assert "Wat ik zoek" in board
    assert "Iets anders" not in board
    if not headers:
        assert f'<option value="{NOW}" selected>' in board
