"""Every write of members, hubs and facilitators, alone and two at once. Spec 01."""

from __future__ import annotations

import uuid
from functools import partial

import pytest
from django.contrib.admin.models import LogEntry
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from activity.models import Activity, Subject, SubjectKind
from community import actions
from community.models import FacilitatorTerm, Hub, Membership, MembershipRole, OldHandle, Topic, User
from community.registries import ErasureHook, erasure_hooks
from tests.factories import (
    HubFactory,
    MembershipFactory,
    MemberTopicFactory,
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
    assert actions.join_hub(hub=first, by=user)
    assert actions.join_hub(hub=second, by=user)
    assert not actions.join_hub(hub=first, by=user)
    user.refresh_from_db()
    assert user.primary_hub == first
    assert verbs(first.subject) == ["hub_joined"]


@pytest.mark.parametrize("fields", [{"join_policy": "request"}, {"join_policy": "invitation"}, {"state": "closed"}])
def test_a_hub_that_is_not_open_cannot_be_joined(fields):
    hub, user = HubFactory(**fields), UserFactory()
    with pytest.raises(RuleBroken):
        actions.join_hub(hub=hub, by=user)
    assert not Membership.objects.exists()


def test_leaving_the_primary_hub_makes_the_longest_other_membership_primary_and_keeps_history():
    user = UserFactory()
    hubs = HubFactory.create_batch(3)
    for hub in hubs:
        actions.join_hub(hub=hub, by=user)
    assert actions.leave_hub(hub=hubs[0], by=user)
    assert not actions.leave_hub(hub=hubs[0], by=user)
    user.refresh_from_db()
    assert user.primary_hub == hubs[1]
    assert user.memberships.filter(hub=hubs[0], ended_at__isnull=False).count() == 1
    actions.leave_hub(hub=hubs[1], by=user)
    actions.leave_hub(hub=hubs[2], by=user)
    user.refresh_from_db()
    assert user.primary_hub is None
    actions.join_hub(hub=hubs[0], by=user)
    assert user.memberships.filter(hub=hubs[0]).count() == 2


def test_only_an_own_hub_can_be_primary():
    user, hub = UserFactory(), HubFactory()
    with pytest.raises(RuleBroken):
        actions.set_primary_hub(hub=hub, by=user)
    MembershipFactory(member=user, hub=hub)
    assert actions.set_primary_hub(hub=hub, by=user)
    assert not actions.set_primary_hub(hub=hub, by=user)


def test_the_last_representative_cannot_leave_without_a_successor_or_facilitators():
    hub = HubFactory()
    last, heir = representative_of(hub), member_of(hub)
    with pytest.raises(RuleBroken, match="only representative"):
        actions.leave_hub(hub=hub, by=last)
    with pytest.raises(RuleBroken, match="no facilitator"):
        actions.leave_hub(hub=hub, by=last, hand_to_facilitators=True)
    with pytest.raises(RuleBroken, match="somebody else"):
        actions.leave_hub(hub=hub, by=last, successor=last)
    actions.leave_hub(hub=hub, by=last, successor=heir)
    assert Membership.objects.current().representatives().get().member == heir
    facilitator()
    actions.leave_hub(hub=hub, by=heir, hand_to_facilitators=True)
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
        results = run_together(*[partial(actions.join_hub, hub=hub, by=user) for _ in range(2)])
        assert sorted(map(str, results)) == ["False", "True"]
        assert Membership.objects.filter(hub=hub).count() == 1
        assert verbs(hub.subject) == ["hub_joined"]


@pytest.mark.django_db(transaction=True)
def test_joining_two_hubs_at_once_leaves_one_of_them_primary():
    for _round in range(5):
        hubs, user = HubFactory.create_batch(2), UserFactory()
        results = run_together(*[partial(actions.join_hub, hub=hub, by=User.objects.get(pk=user.pk)) for hub in hubs])
        assert results == [True, True]
        user.refresh_from_db()
        assert user.primary_hub in hubs


@pytest.mark.django_db(transaction=True)
def test_the_last_two_representatives_cannot_both_leave_at_once():
    for _round in range(5):
        hub = HubFactory()
        pair = [representative_of(hub), representative_of(hub)]
        results = run_together(*[partial(actions.leave_hub, hub=hub, by=user) for user in pair])
        assert sorted(type(result).__name__ for result in results) == ["RuleBroken", "bool"]
        assert Membership.objects.current().representatives().filter(hub=hub).count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_last_two_representatives_cannot_both_step_down_or_leave_at_once():
    for _round in range(5):
        hub = HubFactory()
        one, other = representative_of(hub), representative_of(hub)
        results = run_together(
            partial(actions.end_representative, hub=hub, member=one, by=one),
            partial(actions.leave_hub, hub=hub, by=other),
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
            partial(actions.end_representative, hub=hub, member=last, by=last, successor=heir),
            partial(actions.leave_hub, hub=hub, by=heir),
        )
        assert not [
            result for result in results if isinstance(result, BaseException) and not isinstance(result, RuleBroken)
        ]
        assert Membership.objects.current().representatives().filter(hub=hub).count() == 1


@pytest.mark.django_db(transaction=True)
def test_the_last_two_facilitators_cannot_both_step_down_at_once():
    for _round in range(5):
        FacilitatorTerm.objects.all().delete()
        pair = [facilitator(), facilitator()]
        results = run_together(*[partial(actions.end_facilitator, member=user) for user in pair])
        assert sorted(type(result).__name__ for result in results) == ["RuleBroken", "bool"]
        assert FacilitatorTerm.objects.filter(ended_at=None).count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_members_who_take_one_handle_at_once_do_not_both_get_it():
    for number in range(5):
        pair = UserFactory.create_batch(2)
        calls = [
            partial(actions.update_profile, member=user, by=user, version=1, fields={"handle": f"anna-{number}"})
            for user in pair
        ]
        results = run_together(*calls)
        assert sorted(type(result).__name__ for result in results) == ["RuleBroken", "User"]
        assert User.objects.filter(handle=f"anna-{number}").count() == 1


@pytest.mark.django_db(transaction=True)
def test_members_of_one_name_made_at_once_get_handles_of_their_own():
    calls = [
        partial(actions.create_member, name="Anna de Wit", email=f"anna{number}@doorbraak.example")
        for number in range(6)
    ]
    results = run_together(*calls)
    assert sorted(user.handle for user in results) == ["anna-de-wit", *[f"anna-de-wit-{n}" for n in range(2, 7)]]


@pytest.mark.django_db(transaction=True)
def test_one_new_topic_named_by_many_at_once_is_made_once():
    results = run_together(*[partial(actions.find_or_create_topics, ["Quantum", "quantum "[:7]]) for _ in range(4)])
    assert Topic.objects.count() == 1
    assert {topic.pk for topics in results for topic in topics} == {Topic.objects.get().pk}


@pytest.mark.django_db(transaction=True)
def test_a_double_click_at_once_founds_one_hub():
    chief = facilitator()
    for number in range(3):
        key = uuid.uuid4()
        found = partial(actions.found_hub, name=f"Kern {number}", by=chief, creation_key=key)
        first, second = run_together(found, found)
        assert first == second
        assert Hub.objects.filter(name=f"Kern {number}").count() == 1


# --- Constraints
def test_the_database_itself_refuses_a_second_running_membership():
    membership = MembershipFactory()
    with pytest.raises(IntegrityError), transaction.atomic():
        Membership.objects.create(member=membership.member, hub=membership.hub)


def test_the_database_itself_refuses_a_second_member_with_the_address_in_another_case():
    UserFactory(email="anna@doorbraak.example")
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.bulk_create([User(email="ANNA@doorbraak.example", name="x", handle="x")])


def test_the_database_itself_refuses_overlapping_terms_of_a_facilitator():
    user = facilitator()
    with pytest.raises(IntegrityError), transaction.atomic():
        FacilitatorTerm.objects.create(member=user)


# --- Hubs
def test_founding_a_hub_twice_with_one_key_gives_the_first_one():
    key = "6a1f0e0a-4f0e-4f0e-8f0e-6a1f0e0a4f0e"
    chief = facilitator()
    first = actions.found_hub(name="Kern Zon", by=chief, representative=UserFactory(), creation_key=key)
    assert actions.found_hub(name="Kern Zon", by=chief, creation_key=key) == first
    assert Hub.objects.count() == 1
    assert first.subject.kind == SubjectKind.HUB
    assert list(first.subject.hubs.all()) == [first.subject]
    assert verbs(first.subject) == ["hub_founded", "hub_joined", "representative_named"]


def test_a_hub_keeps_its_old_address_and_nobody_else_can_take_it():
    chief = facilitator()
    hub = actions.found_hub(name="Kern Zon", by=chief)
    hub = actions.update_hub(hub=hub, by=chief, version=1, fields={"name": "Kern Maan", "slug": "kern-maan"})
    assert (hub.subject.title, hub.subject.url) == ("Kern Maan", "/hubs/kern-maan/")
    other = actions.found_hub(name="Kern Zon", by=chief)
    assert other.slug == "kern-zon-2"
    with pytest.raises(RuleBroken):
        actions.update_hub(hub=other, by=chief, version=1, fields={"slug": "kern-zon"})
    actions.update_hub(hub=hub, by=chief, version=2, fields={"slug": "kern-zon"})
    assert list(hub.old_slugs.values_list("slug", flat=True)) == ["kern-maan"]


def test_a_stale_hub_is_not_saved():
    chief, hub = facilitator(), HubFactory()
    actions.update_hub(hub=hub, by=chief, version=1, fields={"tagline": "een"})
    with pytest.raises(StaleForm):
        actions.update_hub(hub=hub, by=chief, version=1, fields={"tagline": "twee"})
    hub.refresh_from_db()
    assert hub.tagline == "een"


@pytest.mark.parametrize("name", ["new", "Mine", "topics"])
def test_no_word_is_kept_from_hubs_and_members(name):
    assert actions.found_hub(name=name, by=None).slug == name.lower()
    assert actions.create_member(name=name, email="a@doorbraak.example").handle == name.lower()


# --- Members and facilitators
def test_a_handle_that_was_left_comes_back_to_its_member_only():
    anna: User = UserFactory(handle="anna")
    other = UserFactory()
    anna = actions.update_profile(member=anna, by=anna, version=1, fields={"handle": "anna-b"})
    with pytest.raises(RuleBroken):
        actions.update_profile(member=other, by=other, version=1, fields={"handle": "Anna"})
    assert actions.create_member(name="Anna", email="a2@doorbraak.example").handle == "anna-2"
    anna = actions.update_profile(member=anna, by=anna, version=2, fields={"handle": "anna"})
    assert list(OldHandle.objects.values_list("handle", flat=True)) == ["anna-b"]


def test_nobody_changes_somebody_elses_profile():
    with pytest.raises(RuleBroken):
        actions.update_profile(member=UserFactory(), by=facilitator(), version=1, fields={"city": "Delft"})


def test_activating_twice_tells_the_ledger_once():
    user = actions.create_member(name="Anna", email="anna@doorbraak.example", is_active_now=False)
    assert actions.activate_member(member=user)
    assert not actions.activate_member(member=user)
    assert Activity.objects.filter(verb="member_joined_community").count() == 1


def test_the_first_facilitator_is_appointed_by_command():
    user = UserFactory(email="femke@doorbraak.example")
    call_command("appoint_facilitator", "FEMKE@doorbraak.example")
    call_command("appoint_facilitator", "femke@doorbraak.example")
    assert FacilitatorTerm.objects.get().member == user
    assert User.objects.get(pk=user.pk).is_facilitator
    assert Activity.objects.filter(verb="facilitator_appointed").count() == 1
    with pytest.raises(CommandError, match="Nobody has the address"):
        call_command("appoint_facilitator", "nobody@doorbraak.example")


def test_a_superuser_is_no_facilitator_and_sees_no_more_than_a_member():
    admin = User.objects.create_superuser("root@doorbraak.example", "x" * 12)
    imported = UserFactory(activated_at=None)
    assert not admin.is_facilitator
    assert imported not in User.objects.visible_to(admin)


# --- Erasure
def everything_stored() -> str:
    """Every text that any column of any table holds."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT t::text FROM "{table}" t')
            found += [row[0] for row in cursor.fetchall()]
    return "\n".join(found).lower()


def test_after_erasure_no_table_holds_the_name_address_or_words_of_the_member(client):
    hub = HubFactory(contact="Xantippe Quist, xantippe@doorbraak.example")
    person = UserFactory(
        name="Xantippe Quist",
        email="xantippe@doorbraak.example",
        handle="xantippe-quist",
        bio="Ik kweek zeldzame orchideeën",
        city="Schubbekutteveen",
        password="een heel lang wachtwoord",
        imported={"name": "Xantippe Quist", "city": "Schubbekutteveen"},
    )
    MembershipFactory(member=person, hub=hub, role=MembershipRole.REPRESENTATIVE, primary=True)
    MemberTopicFactory(member=person)
    actions.appoint_facilitator(member=person)
    heir = UserFactory()
    actions.appoint_facilitator(member=heir, by=person)
    actions.update_profile(member=person, by=person, version=1, fields={"handle": "xantippe-nieuw"})
    client.post(reverse("account_login"), {"login": person.email, "password": "een heel lang wachtwoord"})
    Client().post(reverse("account_reset_password"), {"email": person.email})
    LogEntry.objects.log_actions(heir.pk, [person], 2, change_message="Changed name of Xantippe Quist")
    Subject.objects.community().readers.add(person)
    assert all(word in everything_stored() for word in ("xantippe", "orchideeën", "schubbekutteveen"))
    ledger = Activity.objects.count()

    actions.erase_member(member=person)
    actions.erase_member(member=person)

    stored = everything_stored()
    for word in ("xantippe", "quist", "orchideeën", "schubbekutteveen"):
        assert word not in stored
    assert client.get(reverse("community:member_list")).status_code == 302
    assert Activity.objects.count() > ledger  # nothing of the ledger went, the erasure came
    assert Activity.objects.filter(verb="member_erased").count() == 1
    assert FacilitatorTerm.objects.filter(member=None, ended_at__isnull=False).count() == 1
    assert hub.subject.activities.filter(verb="representative_ended").exists()
    assert Hub.objects.with_figures().get(pk=hub.pk).member_count == 0


def test_the_apps_above_do_their_part_of_an_erasure_in_the_same_transaction():
    person = UserFactory()

    def fail(member: User) -> None:
        raise RuntimeError("a hook failed")

    with erasure_hooks.temporarily(ErasureHook(key="test", run=fail)), pytest.raises(RuntimeError):
        actions.erase_member(member=person)
    assert User.objects.filter(pk=person.pk).exists()
