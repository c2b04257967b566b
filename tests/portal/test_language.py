"""Choosing a language: kept with the member, in a cookie for a visitor, and never leading to another site."""

import pytest
from django.urls import reverse

from community.models import User
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def test_a_visitors_choice_is_remembered(client):
    response = client.post(reverse("language"), {"language": "nl", "next": "/hubs/"})
    assert response.url == "/hubs/"
    assert client.cookies["django_language"].value == "nl"
    assert 'lang="nl"' in client.get("/", headers={"Accept-Language": "en"}).content.decode()


def test_a_members_choice_is_kept_with_the_account(client):
    member = UserFactory(language="en")
    client.force_login(member)
    client.post(reverse("language"), {"language": "nl"})
    assert User.objects.get(pk=member.pk).language == "nl"
    client.cookies.pop("django_language")
    assert 'lang="nl"' in client.get("/").content.decode()


@pytest.mark.parametrize("next_page", ["https://elsewhere.example/", "//elsewhere.example/", "javascript:alert(1)", ""])
def test_it_leads_nowhere_else(client, next_page):
    assert client.post(reverse("language"), {"language": "nl", "next": next_page}).url == "/"


@pytest.mark.parametrize("code", ["", "de", "nl-BE", "../nl"])
def test_an_unknown_language_is_refused(client, code):
    response = client.post(reverse("language"), {"language": code})
    assert response.status_code == 400
    assert "django_language" not in client.cookies


def test_looking_changes_nothing(client):
    assert client.get(reverse("language"), {"language": "nl"}).status_code == 405
