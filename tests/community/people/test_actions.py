"""Every write of members, hubs and facilitators, alone and two at once. Spec 01."""

from __future__ import annotations

from functools import partial

import pytest

from community.accounts import actions as accounts_actions
from community.models import OldHandle, User
from community.people import actions as people_actions
from tests.factories import (
    UserFactory,
    facilitator,
)
from tests.races import run_together
from ui.errors import RuleBroken

pytestmark = pytest.mark.django_db


def test_a_handle_that_was_left_comes_back_to_its_member_only():
    anna: User = UserFactory(handle="anna")
    other = UserFactory()
    anna = people_actions.update_profile(member=anna, by=anna, version=1, fields={"handle": "anna-b"})
    with pytest.raises(RuleBroken):
        people_actions.update_profile(member=other, by=other, version=1, fields={"handle": "Anna"})
    assert accounts_actions.create_member(name="Anna", email="a2@doorbraak.example").handle == "anna-2"
    anna = people_actions.update_profile(member=anna, by=anna, version=2, fields={"handle": "anna"})
    assert list(OldHandle.objects.values_list("handle", flat=True)) == ["anna-b"]


def test_nobody_changes_somebody_elses_profile():
    with pytest.raises(RuleBroken):
        people_actions.update_profile(member=UserFactory(), by=facilitator(), version=1, fields={"city": "Delft"})


@pytest.mark.django_db(transaction=True)
def test_two_members_who_take_one_handle_at_once_do_not_both_get_it():
    for number in range(5):
        pair = UserFactory.create_batch(2)
        calls = [
            partial(people_actions.update_profile, member=user, by=user, version=1, fields={"handle": f"anna-{number}"})
            for user in pair
        ]
        results = run_together(*calls)
        assert sorted(type(result).__name__ for result in results) == ["RuleBroken", "User"]
        assert User.objects.filter(handle=f"anna-{number}").count() == 1


def test_a_superuser_is_no_facilitator_and_sees_no_more_than_a_member():
    admin = User.objects.create_superuser("root@doorbraak.example", "x" * 12)
    imported = UserFactory(activated_at=None)
    assert not admin.is_facilitator
    assert imported not in User.objects.visible_to(admin)
