"""Every write of members, hubs and facilitators, alone and two at once. Spec 01."""

from __future__ import annotations

from functools import partial

import pytest
from django.contrib.admin.models import LogEntry
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from activity.models import Activity, Subject
from community.accounts import actions as accounts_actions
from community.models import FacilitatorTerm, Hub, MembershipRole, User
from community.organisation import actions as organisation_actions
from community.people import actions as people_actions
from community.registries import ErasureHook, erasure_hooks
from tests.factories import (
    HubFactory,
    MembershipFactory,
    MemberTopicFactory,
    UserFactory,
)
from tests.races import run_together

pytestmark = pytest.mark.django_db


def test_activating_twice_tells_the_ledger_once():
    user = accounts_actions.create_member(name="Anna", email="anna@doorbraak.example", is_active_now=False)
    assert accounts_actions.activate_member(member=user)
    assert not accounts_actions.activate_member(member=user)
    assert Activity.objects.filter(verb="member_joined_community").count() == 1


@pytest.mark.django_db(transaction=True)
def test_members_of_one_name_made_at_once_get_handles_of_their_own():
    calls = [
        partial(accounts_actions.create_member, name="Anna de Wit", email=f"anna{number}@doorbraak.example")
        for number in range(6)
    ]
    results = run_together(*calls)
    assert sorted(user.handle for user in results) == ["anna-de-wit", *[f"anna-de-wit-{n}" for n in range(2, 7)]]


def test_the_database_itself_refuses_a_second_member_with_the_address_in_another_case():
    UserFactory(email="anna@doorbraak.example")
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.bulk_create([User(email="ANNA@doorbraak.example", name="x", handle="x")])


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
    organisation_actions.appoint_facilitator(member=person)
    heir = UserFactory()
    organisation_actions.appoint_facilitator(member=heir, by=person)
    people_actions.update_profile(member=person, by=person, version=1, fields={"handle": "xantippe-nieuw"})
    client.post(reverse("account_login"), {"login": person.email, "password": "een heel lang wachtwoord"})
    Client().post(reverse("account_reset_password"), {"email": person.email})
    LogEntry.objects.log_actions(heir.pk, [person], 2, change_message="Changed name of Xantippe Quist")
    Subject.objects.community().readers.add(person)
    assert all(word in everything_stored() for word in ("xantippe", "orchideeën", "schubbekutteveen"))
    ledger = Activity.objects.count()

    accounts_actions.erase_member(member=person)
    accounts_actions.erase_member(member=person)

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
        accounts_actions.erase_member(member=person)
    assert User.objects.filter(pk=person.pk).exists()
