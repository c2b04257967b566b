"""Pages of hubs and members: who sees what, what they cost, and that they hold together. Spec 00 and 01."""

from __future__ import annotations

import pytest
from django.urls import reverse

from tests.factories import (
    HubFactory,
    UserFactory,
    facilitator,
)

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("model", ["user", "hub", "topic", "unit", "facilitatorterm"])
def test_the_admin_looks_things_up_without_voter_keys_or_days_of_visits(client, model):
    admin = UserFactory(is_superuser=True, is_staff=True)
    facilitator()
    HubFactory()
    client.force_login(admin)
    listing = client.get(reverse(f"admin:community_{model}_changelist"))
    assert listing.status_code == 200
    page = client.get(reverse("admin:community_user_change", args=[admin.pk])).content.decode()
    assert str(admin.voter_key) not in page
    assert "seen" not in page.lower().replace("unseen", "")


def test_the_admin_is_for_administrators_only(client):
    client.force_login(facilitator())
    assert client.get(reverse("admin:community_user_changelist")).status_code == 302
