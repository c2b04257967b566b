"""The pages at the foot: everybody reads them, facilitators change them, and what they say is true. Issue 9."""

import tomllib
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from activity.models import Activity
from activity.outbox import ADDRESS_KEPT
from portal.models import Page
from portal.pages.actions import update_page
from portal.pages.models import first_text
from scripts.publiccode import with_address
from tests.factories import UserFactory, facilitator
from ui.errors import StaleForm

pytestmark = pytest.mark.django_db

ROOT = Path(__file__).resolve().parents[2]
KEYS = Page.Key.values


def signed_in(member) -> Client:
    client = Client()
    client.force_login(member)
    return client


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize(("language", "words"), [("nl", " je "), ("en", " you ")])
def test_a_visitor_reads_each_page_in_their_own_language(client, key, language, words, django_assert_max_num_queries):
    with django_assert_max_num_queries(2):
        page = client.get(f"/{key}/", headers={"Accept-Language": language}).text
    assert f'<html lang="{language}"' in page
    assert words in page
    assert f'href="/{key}/edit/"' not in page


def test_the_foot_of_every_page_leads_to_them_and_says_what_runs_here(client, settings):
    settings.SOURCE_URL, settings.CONTACT_EMAIL = "https://code.example/portal", "people@portal.example"
    foot = client.get("/sign-in/").text.rpartition("<footer")[2]
    for address in [*(f"/{key}/" for key in KEYS), "https://code.example/portal"]:
        assert f'href="{address}"' in foot
    assert settings.VERSION in foot
    assert "EUPL" in foot
    assert 'name="language" value="nl"' in foot
    assert "/me/feeds/" not in foot
    assert 'href="/me/feeds/"' in signed_in(UserFactory()).get("/").text.rpartition("<footer")[2]
    assert 'href="mailto:people@portal.example"' in client.get("/contact/").text


def test_a_facilitator_changes_both_texts_at_once(client):
    editor = signed_in(facilitator())
    assert 'href="/contact/edit/"' in editor.get("/contact/").text
    shown = editor.get("/contact/edit/").context["form"]
    assert shown.initial["english"] == first_text("contact", "en")
    sent = {"version": "1", "dutch": "Bel **ons**.", "english": first_text("contact", "en").replace("\n", "\r\n")}
    assert editor.post("/contact/edit/", sent).url == "/contact/"
    assert "Bel <strong>ons</strong>." in client.get("/contact/", headers={"Accept-Language": "nl"}).text
    assert "Are you a member?" in client.get("/contact/", headers={"Accept-Language": "en"}).text
    page = Page.objects.get()
    assert (page.english, page.version) == ("", 2)  # what it said at first is not kept: a better one comes through
    assert Activity.objects.filter(verb="page_changed").count() == 1
    assert editor.post("/contact/edit/", {**sent, "version": "2"}).status_code == 302
    assert Activity.objects.filter(verb="page_changed").count() == 1
    editor.post("/contact/edit/", {"version": "2", "dutch": "", "english": ""})
    assert "Ben je lid?" in client.get("/contact/", headers={"Accept-Language": "nl"}).text


def test_a_stale_form_shows_both_and_changes_nothing():
    one, other = facilitator(), signed_in(facilitator())
    update_page(key="about", by=one, version=1, texts={"nl": "Eerst.", "en": "First."})
    stale = other.post("/about/edit/", {"version": "1", "dutch": "Later.", "english": "Later on."})
    assert stale.status_code == 422
    assert all(text in stale.text for text in ("Eerst.", "Later.", "First.", "Later on."))
    with pytest.raises(StaleForm):
        update_page(key="about", by=one, version=1, texts={"nl": "x", "en": "y"})
    assert Page.objects.get().dutch == "Eerst."


def test_a_member_may_not_change_them():
    refused = signed_in(UserFactory()).post("/privacy/edit/", {"version": "1", "dutch": "x", "english": "y"})
    assert refused.status_code == 403
    assert not Page.objects.exists()


def test_the_privacy_page_names_every_cookie_and_the_time_that_mails_are_kept():
    names = {settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME, settings.LANGUAGE_COOKIE_NAME, "theme", "typed"}
    assert ADDRESS_KEPT.days == 90
    for language, kept in (("nl", "na drie maanden"), ("en", "after three months")):
        text = first_text("privacy", language)
        assert all(f"`{name}`" in text for name in names | {"messages"})
        assert kept in text


def test_version_and_licence_are_the_same_wherever_they_stand():
    described = (ROOT / "publiccode.yml").read_text()
    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"] == settings.VERSION
    assert f"softwareVersion: {settings.VERSION}\n" in described
    assert "license: EUPL-1.2" in described


def test_the_description_of_the_software_gets_the_address_of_who_publishes_it():
    described = (ROOT / "publiccode.yml").read_text()
    published = with_address(described, "https://code.example/portal.git")
    assert 'name: Doorbraak\nurl: "https://code.example/portal.git"\nsoftwareVersion' in published
    assert published.replace('url: "https://code.example/portal.git"\n', "") == described
    for wrong in ("", "code.example", "javascript:x", "https://code.example/\nname: x"):
        with pytest.raises(ValueError, match="SOURCE_URL"):
            with_address(described, wrong)
