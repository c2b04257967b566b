"""Time zones in forms: a list one can read, with the zone that somebody or something has already. Issue 8."""

from zoneinfo import available_timezones

import pytest
from django import forms
from django.urls import reverse

from events.models import Session
from tests.factories import HubFactory, SessionFactory, member_of
from tests.portal.test_people_in_forms import form_classes, made
from tests.walk import Walker, filled, forms_on

pytestmark = pytest.mark.django_db

RARE = "Asia/Kathmandu"


def zone_fields(form: forms.BaseForm) -> dict[str, list[str]]:
    """The zones that each field of ``form`` offers, by the name of the field."""
    known = available_timezones()
    choices = {name: field.choices for name, field in form.fields.items() if isinstance(field, forms.ChoiceField)}
    zones = {name: [str(key) for key, _label in offered if key in known] for name, offered in choices.items()}
    return {name: keys for name, keys in zones.items() if keys}


def test_every_form_offers_few_zones_and_always_the_members_own():
    somebody = member_of(HubFactory(), time_zone=RARE)
    found = set()
    for cls in form_classes():
        for name, keys in zone_fields(made(cls, [somebody])).items():
            found.add(f"{cls.__name__}.{name}")
            assert len(keys) == len(set(keys)) <= 40, f"{cls.__name__}.{name}"
            assert {RARE, "Europe/Amsterdam", "America/Kralendijk"} <= set(keys), f"{cls.__name__}.{name}"
    assert {"ProfileForm.time_zone", "NewSessionForm.time_zone", "EditSessionForm.time_zone"} <= found


def test_who_saves_a_form_as_it_is_keeps_a_zone_that_is_not_in_the_list():
    member = member_of(HubFactory(), time_zone=RARE)
    session = SessionFactory(time_zone=RARE)
    session.hosts.add(member)
    walker = Walker(member)
    for path in (reverse("community:profile_edit"), reverse("events:session_change", args=[session.pk])):
        shown = forms_on(walker.get(path))
        assert walker.post(path, filled(shown), keep=True).status_code == 302, path
    member.refresh_from_db()
    session.refresh_from_db()
    assert (member.time_zone, session.time_zone) == (RARE, RARE)
    assert Session.objects.get(pk=session.pk).version == 2
