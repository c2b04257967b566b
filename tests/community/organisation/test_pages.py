"""Pages of hubs and members: who sees what, what they cost, and that they hold together. Spec 00 and 01."""

from __future__ import annotations

import pytest
from django.urls import reverse

from community.organisation import actions as organisation_actions
from tests.factories import (
    facilitator,
)

pytestmark = pytest.mark.django_db


def test_terms_of_facilitators_are_public_to_members(client, member):
    chief = facilitator(name="Femke Fac")
    organisation_actions.appoint_facilitator(member=member, by=chief)
    page = client.get(reverse("community:facilitator_list")).content.decode()
    assert "Femke Fac" in page
    assert "named by Femke Fac" in page
