"""Every write of members, hubs and facilitators, alone and two at once. Spec 01."""

from __future__ import annotations

import uuid
from functools import partial

import pytest
from django.db import IntegrityError, transaction

from activity.models import Subject
from community.accounts import actions as accounts_actions
from community.hubs import actions as hubs_actions
from community.models import Hub, Membership, Topic, User
from community.topics import actions as topics_actions
from tests.factories import (
    HubFactory,
    MembershipFactory,
    UserFactory,
    facilitator,
    member_of,
    representative_of,
)
from tests.races import run_together
from ui.errors import RuleBroken, StaleForm

pytestmark = pytest.mark.django_db


def verbs(subject: Subject) -> list[str]:
    return list(subject.activities.order_by("pk").values_list("verb", flat=True))


# --- Joining and leaving
def test_the_first_hub_joined_becomes_the_primary_one():
    user, first, second = UserFactory(), HubFactory(), HubFactory()
    assert hubs_actions.join_hub(hub=first, by=user)
    assert hubs_actions.join_hub(hub=second, by=user)
    assert not hubs_actions.join_hub(hub=first, by=user)
    user.refresh_from_db()
    assert user.primary_hub == first
    assert verbs(first.subject) == ["hub_joined"]


@pytest.mark.parametrize("fields", [{"join_policy": "request"}, {"join_policy": "invitation"}, {"state": "closed"}])
def test_a_hub_that_is_not_open_cannot_be_joined(fields):
    hub, user = HubFactory(**fields), UserFactory()
    with pytest.raises(RuleBroken):
        hubs_actions.join_hub(hub=hub, by=user)
    assert not Membership.objects.exists()


def test_leaving_the_primary_hub_makes_the_longest_other_membership_primary_and_keeps_history():
    user = UserFactory()
    hubs = HubFactory.create_batch(3)
    for hub in hubs:
        hubs_actions.join_hub(hub=hub, by=user)
    assert hubs_actions.leave_hub(hub=hubs[0], by=user)
    assert not hubs_actions.leave_hub(hub=hubs[0], by=user)
    user.refresh_from_db()
    assert user.primary_hub == hubs[1]
    assert user.memberships.filter(hub=hubs[0], ended_at__isnull=False).count() == 1
    hubs_actions.leave_hub(hub=hubs[1], by=user)
    hubs_actions.leave_hub(hub=hubs[2], by=user)
    user.refresh_from_db()
    assert user.primary_hub is None
    hubs_actions.join_hub(hub=hubs[0], by=user)
    assert user.memberships.filter(hub=hubs[0]).count() == 2


def test_only_an_own_hub_can_be_primary():
    user, hub = UserFactory(), HubFactory()
    with pytest.raises(RuleBroken):
        hubs_actions.set_primary_hub(hub=hub, by=user)
    MembershipFactory(member=user, hub=hub)
    assert hubs_actions.set_primary_hub(hub=hub, by=user)
    assert not hubs_actions.set_primary_hub(hub=hub, by=user)


def test_the_last_representative_cannot_leave_without_a_successor_or_facilitators():
    hub = HubFactory()
    last, heir = representative_of(hub), member_of(hub)
    with pytest.raises(RuleBroken, match="only representative"):
        hubs_actions.leave_hub(hub=hub, by=last)
    with pytest.raises(RuleBroken, match="no facilitator"):
        hubs_actions.leave_hub(hub=hub, by=last, hand_to_facilitators=True)
    with pytest.raises(RuleBroken, match="somebody else"):
        hubs_actions.leave_hub(hub=hub, by=last, successor=last)
    hubs_actions.leave_hub(hub=hub, by=last, successor=heir)
    assert Membership.objects.current().representatives().get().member == heir
    facilitator()
    hubs_actions.leave_hub(hub=hub, by=heir, hand_to_facilitators=True)
    assert not Membership.objects.current().exists()
    assert verbs(hub.subject) == [
        "representative_named",
        "representative_ended",
        "hub_left",
        "representative_ended",
        "hub_left",
    ]


@pytest.mark.django_db(transaction=True)
def test_joining_twice_at_once_makes_one_membership():
    for _round in range(5):
        hub, user = HubFactory(), UserFactory()
        results = run_together(*[partial(hubs_actions.join_hub, hub=hub, by=user) for _ in range(2)])
        assert sorted(map(str, results)) == ["False", "True"]
        assert Membership.objects.filter(hub=hub).count() == 1
        assert verbs(hub.subject) == ["hub_joined"]


@pytest.mark.django_db(transaction=True)
def test_joining_two_hubs_at_once_leaves_one_of_them_primary():
    for _round in range(5):
        hubs, user = HubFactory.create_batch(2), UserFactory()
        results = run_together(
            *[partial(hubs_actions.join_hub, hub=hub, by=User.objects.get(pk=user.pk)) for hub in hubs]
        )
        assert results == [True, True]
        user.refresh_from_db()
        assert user.primary_hub in hubs


@pytest.mark.django_db(transaction=True)
def test_the_last_two_representatives_cannot_both_leave_at_once():
    for _round in range(5):
        hub = HubFactory()
        pair = [representative_of(hub), representative_of(hub)]
        results = run_together(*[partial(hubs_actions.leave_hub, hub=hub, by=user) for user in pair])
        assert sorted(type(result).__name__ for result in results) == ["RuleBroken", "bool"]
        assert Membership.objects.current().representatives().filter(hub=hub).count() == 1


@pytest.mark.django_db(transaction=True)
def test_one_new_topic_named_by_many_at_once_is_made_once():
    results = run_together(
        *[partial(topics_actions.find_or_create_topics, ["Quantum", "quantum "[:7]]) for _ in range(4)]
    )
    assert Topic.objects.count() == 1
    assert {topic.pk for topics in results for topic in topics} == {Topic.objects.get().pk}


@pytest.mark.django_db(transaction=True)
def test_a_double_click_at_once_founds_one_hub():
    chief = facilitator()
    for number in range(3):
        key = uuid.uuid4()
        found = partial(hubs_actions.found_hub, name=f"Kern {number}", by=chief, creation_key=key)
        first, second = run_together(found, found)
        assert first == second
        assert Hub.objects.filter(name=f"Kern {number}").count() == 1


# --- Constraints
def test_the_database_itself_refuses_a_second_running_membership():
    membership = MembershipFactory()
    with pytest.raises(IntegrityError), transaction.atomic():
        Membership.objects.create(member=membership.member, hub=membership.hub)


# --- Hubs
def test_founding_a_hub_twice_with_one_key_gives_the_first_one():
    key = "6a1f0e0a-4f0e-4f0e-8f0e-6a1f0e0a4f0e"
    chief = facilitator()
    first = hubs_actions.found_hub(name="Kern Zon", by=chief, representative=UserFactory(), creation_key=key)
    assert hubs_actions.found_hub(name="Kern Zon", by=chief, creation_key=key) == first
    assert Hub.objects.count() == 1
    assert first.subject.kind == Hub.SUBJECT_KIND
    assert list(first.subject.hubs.all()) == [first.subject]
    assert verbs(first.subject) == ["hub_founded", "hub_joined", "representative_named"]


def test_a_hub_keeps_its_old_address_and_nobody_else_can_take_it():
    chief = facilitator()
    hub = hubs_actions.found_hub(name="Kern Zon", by=chief)
    hub = hubs_actions.update_hub(hub=hub, by=chief, version=1, fields={"name": "Kern Maan", "slug": "kern-maan"})
    assert (hub.subject.title, hub.subject.url) == ("Kern Maan", "/hubs/kern-maan/")
    other = hubs_actions.found_hub(name="Kern Zon", by=chief)
    assert other.slug == "kern-zon-2"
    with pytest.raises(RuleBroken):
        hubs_actions.update_hub(hub=other, by=chief, version=1, fields={"slug": "kern-zon"})
    hubs_actions.update_hub(hub=hub, by=chief, version=2, fields={"slug": "kern-zon"})
    assert list(hub.old_slugs.values_list("slug", flat=True)) == ["kern-maan"]


def test_a_stale_hub_is_not_saved():
    chief, hub = facilitator(), HubFactory()
    hubs_actions.update_hub(hub=hub, by=chief, version=1, fields={"tagline": "een"})
    with pytest.raises(StaleForm):
        hubs_actions.update_hub(hub=hub, by=chief, version=1, fields={"tagline": "twee"})
    hub.refresh_from_db()
    assert hub.tagline == "een"


@pytest.mark.parametrize("name", ["new", "Mine", "topics"])
def test_no_word_is_kept_from_hubs_and_members(name):
    assert hubs_actions.found_hub(name=name, by=None).slug == name.lower()
    assert accounts_actions.create_member(name=name, email="a@doorbraak.example").handle == name.lower()


@pytest.mark.django_db(transaction=True)
def test_the_last_two_representatives_cannot_both_step_down_or_leave_at_once():
    for _round in range(5):
        hub = HubFactory()
        one, other = representative_of(hub), representative_of(hub)
        results = run_together(
            partial(hubs_actions.end_representative, hub=hub, member=one, by=one),
            partial(hubs_actions.leave_hub, hub=hub, by=other),
        )
        assert sum(result is True for result in results) == 1, results
        assert sum(isinstance(result, RuleBroken) for result in results) == 1, results
        assert Membership.objects.current().representatives().filter(hub=hub).count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_last_representative_who_steps_down_while_the_successor_leaves_is_followed_by_somebody_or_stays():
    for _round in range(5):
        hub = HubFactory()
        last, heir = representative_of(hub), member_of(hub)
        results = run_together(
            partial(hubs_actions.end_representative, hub=hub, member=last, by=last, successor=heir),
            partial(hubs_actions.leave_hub, hub=hub, by=heir),
        )
        assert not [
            result for result in results if isinstance(result, BaseException) and not isinstance(result, RuleBroken)
        ]
        assert Membership.objects.current().representatives().filter(hub=hub).count() == 1
