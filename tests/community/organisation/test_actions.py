"""Every write of members, hubs and facilitators, alone and two at once. Spec 01."""

from __future__ import annotations

from functools import partial

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from activity.models import Activity
from community.models import FacilitatorTerm, User
from community.organisation import actions as organisation_actions
from tests.factories import (
    UserFactory,
    facilitator,
)
from tests.races import run_together

pytestmark = pytest.mark.django_db


def test_the_first_facilitator_is_appointed_by_command():
    user = UserFactory(email="femke@doorbraak.example")
    call_command("appoint_facilitator", "FEMKE@doorbraak.example")
    call_command("appoint_facilitator", "femke@doorbraak.example")
    assert FacilitatorTerm.objects.get().member == user
    assert User.objects.get(pk=user.pk).is_facilitator
    assert Activity.objects.filter(verb="facilitator_appointed").count() == 1
    with pytest.raises(CommandError, match="Nobody has the address"):
        call_command("appoint_facilitator", "nobody@doorbraak.example")


@pytest.mark.django_db(transaction=True)
def test_the_last_two_facilitators_cannot_both_step_down_at_once():
    for _round in range(5):
        FacilitatorTerm.objects.all().delete()
        pair = [facilitator(), facilitator()]
        results = run_together(*[partial(organisation_actions.end_facilitator, member=user) for user in pair])
        assert sorted(type(result).__name__ for result in results) == ["RuleBroken", "bool"]
        assert FacilitatorTerm.objects.filter(ended_at=None).count() == 1


def test_the_database_itself_refuses_overlapping_terms_of_a_facilitator():
    user = facilitator()
    with pytest.raises(IntegrityError), transaction.atomic():
        FacilitatorTerm.objects.create(member=user)
