"""What is there already comes into its one form. Spec 01, Accounts."""

from __future__ import annotations

from importlib import import_module

import pytest
from allauth.account.models import EmailAddress
from django.apps import apps
from django.db import connection

from activity.models import Email
from community.models import User
from tests.factories import UserFactory

migration = import_module("community.migrations.0004_addresses_and_names_in_one_form")
pytestmark = pytest.mark.django_db


def as_before(*addresses: str) -> list[User]:
    """Members with addresses as the version before kept them."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE community_user DROP CONSTRAINT address_in_its_one_form")
        members: list[User] = UserFactory.create_batch(len(addresses))
        for member, address in zip(members, addresses, strict=True):
            cursor.execute("UPDATE community_user SET email = %s WHERE id = %s", [address, member.pk])
            EmailAddress.objects.create(user=member, email=address, verified=True, primary=True)
    return members


def test_addresses_that_are_there_come_into_their_one_form_with_what_allauth_and_the_outbox_hold():
    members = as_before("jan@straße.example", "jan@strasse.example", "jan@XN--MLLER-KVA.example", "jan@☃.example")
    Email.objects.create(kind="account_exists", address="jan@straße.example", dedupe_key="a")
    migration.put_into_one_form(apps, None)
    kept = ["jan@xn--strae-oqa.example", "jan@strasse.example", "jan@xn--mller-kva.example", "jan@xn--n3h.example"]
    assert list(User.objects.filter(pk__in=[member.pk for member in members]).values_list("email", flat=True)) == kept
    assert list(EmailAddress.objects.order_by("pk").values_list("email", flat=True)) == kept
    assert Email.objects.get().address == kept[0]


def test_two_members_with_one_mailbox_stop_it_with_words_and_change_nothing():
    first, second = as_before("jan@müller.example", "jan@xn--mller-kva.example")
    with pytest.raises(ValueError, match=f"Members {first.pk} and {second.pk} have one mailbox"):
        migration.put_into_one_form(apps, None)
    assert User.objects.filter(email="jan@xn--mller-kva.example").get() == second


def test_names_that_are_there_are_composed():
    member = UserFactory()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE community_user SET name = %s WHERE id = %s", ["Zoe\u0308", member.pk])
        for table, column, unique in migration.NAMES:
            cursor.execute(migration.COMPOSED.format(table=table, column=column, unique=unique))
    member.refresh_from_db()
    assert member.name == "Zoë"
