"""Names of people and things: the same rules wherever they are typed. Spec 01, Member profile."""

from __future__ import annotations

import pytest
from django import forms
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import models
from django.urls import URLPattern, URLResolver, get_resolver, resolve, reverse

import ui.fields
from community.directory.selectors import MemberFilter, search_directory
from community.hubs import actions as hubs_actions
from community.imports import as_full_name, as_name
from community.imports.hubs import import_hubs
from community.imports.members import import_members
from community.models import Hub, Topic, Unit, User
from community.people import actions as people_actions
from community.topics import actions as topics_actions
from community.topics.forms import TopicsField
from issues.bottlenecks.imports import import_bottlenecks
from issues.models import Theme
from tests.community.accounts.test_addresses import form_classes
from tests.factories import HubFactory, UserFactory, facilitator
from ui.errors import RuleBroken

PERSIAN, SINHALA = "علی\u200cرضا", "ශ්\u200dරීමතී"
DECOMPOSED, COMPOSED = "Kern Zoe\u0308", "Kern Zoë"
REFUSED = ["\u200cAnna", "Anna\u200d", "An\u200c\u200dna", "An\u200fna", "An\u202ena"]
#: Columns that hold a name, and fields of forms that are none of a model's and take one.
NAMES = {"name", "label", "label_nl", "label_en"}
APPS = ("ui", "activity", "community", "issues", "portal")
pytestmark = pytest.mark.django_db


def typed_names() -> dict[str, forms.Field]:
    """Every field in which a person types the name of somebody or something, found by code."""
    found: dict[str, forms.Field] = {}
    for form in form_classes():
        for name, field in getattr(form, "base_fields", {}).items():
            if isinstance(field, TopicsField) or name in NAMES or name.endswith("_name"):
                found[f"{form.__name__}.{name}"] = field
    for app in APPS:
        for model in apps.get_app_config(app).get_models():
            for column in model._meta.fields:
                field = column.formfield()  # the admin's
                if field is not None and column.name in NAMES:
                    found[f"{model.__name__}.{column.name}"] = field
    return found


def test_every_field_for_a_name_takes_real_names_and_refuses_what_cannot_be_seen():
    fields = typed_names()
    members = {"NameForm.name", "ProfileForm.name", "ProfileForm.unit_name", "HubForm.name", "NewHubForm.name"}
    assert members | {"HubForm.topic_labels", "Unit.name", "Topic.label_nl", "Theme.name"} <= set(fields)
    for place, field in fields.items():
        for name in (PERSIAN, SINHALA):
            assert field.clean(name) in (name, [name]), place
        assert field.clean(DECOMPOSED) in (COMPOSED, [COMPOSED]), place
        for name in REFUSED:
            with pytest.raises(ValidationError, match="one cannot see"):
                field.clean(name)


def test_every_column_for_a_name_keeps_it_composed_whoever_writes():
    for app in APPS:
        for model in apps.get_app_config(app).get_models():
            for column in model._meta.fields:
                if column.name in NAMES and isinstance(column, models.CharField):
                    assert isinstance(column, ui.fields.NameField), column
    hub = HubFactory(name=DECOMPOSED)
    assert hub.name == COMPOSED
    Hub.objects.filter(pk=hub.pk).update(name=DECOMPOSED)
    assert Hub.objects.filter(name=DECOMPOSED).get().name == COMPOSED


@pytest.mark.parametrize("read", [as_name, as_full_name])
def test_every_name_in_a_list_goes_by_the_same_rules(read):
    assert [read(name) for name in (PERSIAN, SINHALA, DECOMPOSED)] == [PERSIAN, SINHALA, COMPOSED]


def test_lists_bring_in_real_names_and_refuse_what_cannot_be_seen(tmp_path):
    path = tmp_path / "lijst.csv"

    def of(*lines: str):
        path.write_text("\n".join(lines), encoding="utf-8")
        return path

    assert import_hubs(of("kern;afdeling;onderwerpen", f"{PERSIAN};{SINHALA};{PERSIAN}")).is_applied
    assert import_members(of("naam;e-mail;kern", f"{SINHALA};a@voorbeeld.example;{PERSIAN}")).is_applied
    assert import_bottlenecks(of("knelpunt;thema", f"Traag;{SINHALA}")).is_applied
    assert (Hub.objects.get().name, Topic.objects.get().label_nl) == (PERSIAN, PERSIAN)
    assert Unit.objects.get().name == SINHALA
    assert (User.objects.get().name, Theme.objects.get().name) == (SINHALA, SINHALA)
    for name in REFUSED:
        assert len(import_hubs(of("kern;afdeling;onderwerpen", f"{name};{name};{name}")).errors) == 3
        assert len(import_members(of("naam;e-mail;kan", f"{name};b@voorbeeld.example;{name}")).errors) == 2
        assert len(import_bottlenecks(of("knelpunt;thema", f"Traag;{name}")).errors) == 1


def test_a_profile_with_a_joiner_is_saved_and_found_with_and_without_it(client):
    member = UserFactory(name="x", time_zone="Europe/Amsterdam")
    people_actions.update_profile(member=member, by=member, version=1, fields={"name": PERSIAN})
    reader = facilitator()
    for words in (PERSIAN, PERSIAN.replace("\u200c", "")):
        assert [found.name for found in search_directory(reader, MemberFilter(words=words))[0].rows] == [PERSIAN]


def test_names_that_differ_only_by_what_one_cannot_see_are_one_hub_and_one_topic(tmp_path):
    hub = hubs_actions.found_hub(name=PERSIAN)
    with pytest.raises(RuleBroken, match="a hub of that name"):
        hubs_actions.found_hub(name=PERSIAN.replace("\u200c", ""))
    other = hubs_actions.found_hub(name="Kern Oost")
    with pytest.raises(RuleBroken, match="a hub of that name"):
        hubs_actions.update_hub(hub=other, by=None, version=1, fields={"name": PERSIAN.replace("\u200c", "")})
    topics = topics_actions.find_or_create_topics([PERSIAN, PERSIAN.replace("\u200c", "")])
    assert len(topics) == Topic.objects.count() == 1
    path = tmp_path / "kernen.csv"
    path.write_text(f"kern\n{PERSIAN.replace(chr(0x200C), '')}\n", encoding="utf-8")
    assert import_hubs(path).unchanged == [hub.name]


# --- Addresses of hubs and members
def routes(patterns, prefix: str = ""):
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern):
            yield route


def test_below_hubs_and_members_every_word_is_one_of_theirs():
    for route in routes(get_resolver().url_patterns):
        for start, slug in (("hubs/", "<slug:slug>/"), ("members/", "<slug:handle>/")):
            assert route == start or not route.startswith(start) or route.startswith(start + slug), route


@pytest.mark.parametrize("word", ["new", "mine", "edit", "search", "members", "me", "admin", "new-hub", "facilitators"])
def test_a_hub_and_a_member_may_have_any_word_for_their_address(client, word: str):
    hub, member = HubFactory(slug=word), UserFactory(handle=word)
    assert resolve(hub.get_absolute_url()).kwargs == {"slug": word}
    assert resolve(member.get_absolute_url()).kwargs == {"handle": word}
    client.force_login(member)
    assert hub.name in client.get(hub.get_absolute_url()).content.decode()
    assert member.name in client.get(reverse("community:member_detail", args=[word])).content.decode()
