"""A form that is refused shows what was typed in its fields, and what is saved everywhere else. Review, point 33."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from community.models import User
from issues.models import Bottleneck
from tests.factories import BottleneckFactory, HubFactory, SessionFactory, member_of
from tests.walk import filled, forms_on, may_everything

pytestmark = pytest.mark.django_db

TYPED = "Nooit Opgeslagen"
OUTSIDE_FIELDS = re.compile(
    r"<title>.*?</title>|<h1.*?</h1>|<ol class=\"crumbs\">.*?</ol>|<header.*?</header>", re.DOTALL
)


@pytest.fixture
def pages() -> dict[str, tuple[str, dict[str, str]]]:
    """Every page that changes something with a name: its address, and what is refused there."""
    member: User = may_everything(member_of(HubFactory(slug="here"), handle="anna"))
    bottleneck: Bottleneck = BottleneckFactory(author=member)
    session = SessionFactory(hub=member.primary_hub)
    HubFactory(slug="taken")
    return {
        "hub": (reverse("community:hub_edit", args=["here"]), {"name": TYPED, "slug": "taken"}),
        "session": (reverse("events:session_change", args=[session.pk]), {"title": TYPED, "capacity": "-1"}),
        "bottleneck": (reverse("issues:bottleneck_correct", args=[bottleneck.pk]), {"title": TYPED, "situation": ""}),
        "profile": (reverse("community:profile_edit"), {"name": TYPED, "handle": "not a handle!"}),
    }


@pytest.mark.parametrize("kind", ["hub", "session", "bottleneck", "profile"])
def test_a_refused_form_names_what_is_saved_outside_of_its_fields(pages, kind):
    path, typed = pages[kind]
    client = Client()
    client.force_login(User.objects.get(handle="anna"))
    sent = {**filled(forms_on(client.get(path))), **typed}
    page = client.post(path, sent)
    assert page.status_code == 422
    assert f'value="{TYPED}"' in page.text or f">{TYPED}" in page.text
    assert TYPED not in "".join(OUTSIDE_FIELDS.findall(page.text))
