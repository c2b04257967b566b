"""Who gets a whole page, who a part, and where an expired login leads."""

import pytest
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.test import RequestFactory, override_settings
from django.urls import include, path

from community.models import User
from ui.http import number_from, page_or_fragment, require, wants_fragment


@login_required
def box(request: HttpRequest) -> HttpResponse:
    messages.success(request, "Saved & sound")
    return page_or_fragment(request, "tests/box.html", "#box", {"word": "inside"})


def refuse(request: HttpRequest) -> HttpResponse:
    require(False, "Only the author can do this.")
    return HttpResponse()


def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError


def elsewhere(request: HttpRequest) -> HttpResponse:
    return HttpResponseRedirect("/somewhere/")


urlpatterns = [
    path("box/", box),
    path("refuse/", refuse),
    path("broken/", broken),
    path("elsewhere/", elsewhere),
    path("", include("portal.urls")),
]

BOX = (
    '{% extends "base.html" %}{% block title %}Box{% endblock %}{% block main %}<h1>Box</h1>'
    '{% partialdef box inline %}<p id="box">{{ word }}</p>{% endpartialdef %}{% endblock %}'
)
HTMX = {"HX-Request": "true", "HX-Current-URL": "http://testserver/page/?a=1"}


@pytest.fixture(autouse=True)
def _pages(settings):
    settings.ROOT_URLCONF = __name__
    (engine,) = settings.TEMPLATES
    options = {
        **engine["OPTIONS"],
        "loaders": [
            ("django.template.loaders.locmem.Loader", {"tests/box.html": BOX}),
            "django.template.loaders.filesystem.Loader",
            "django.template.loaders.app_directories.Loader",
        ],
    }
    with override_settings(TEMPLATES=[{**engine, "APP_DIRS": False, "OPTIONS": options}]):
        yield


@pytest.fixture
def member(db):
    return User.objects.create(email="a@doorbraak.example", handle="a", name="Anna van den Berg", language="en")


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, False),
        ({"HX-Request": "true"}, True),
        ({"HX-Request": "true", "HX-Boosted": "true"}, False),
        ({"HX-Request": "true", "HX-History-Restore-Request": "true"}, False),
    ],
)
def test_only_htmx_that_swaps_a_part_wants_a_fragment(headers, expected):
    from django_htmx.middleware import HtmxDetails

    request = RequestFactory().get("/", headers=headers)
    request.htmx = HtmxDetails(request)  # type: ignore[attr-defined]
    assert wants_fragment(request) is expected


def test_a_browser_gets_the_page_and_htmx_the_part_with_the_messages(client, member):
    client.force_login(member)
    page = client.get("/box/")
    assert "<html" in page.content.decode()
    assert "Saved &amp; sound" in page.content.decode()
    part = client.get("/box/", headers=HTMX).content.decode()
    assert "<html" not in part
    assert part.startswith('<p id="box">inside</p>')
    assert 'id="messages" hx-swap-oob="true"' in part
    assert "Saved &amp; sound" in part
    assert "HX-Request" in page["Vary"]


def test_require_refuses_with_its_reason():
    require(True)
    with pytest.raises(PermissionDenied, match="Only you"):
        require(False, "Only you")


def test_an_expired_login_sends_htmx_to_sign_in_and_back_to_the_page(client, db):
    response = client.post("/box/", headers=HTMX)
    assert response.status_code == 200
    assert response["HX-Redirect"].endswith("?next=/page/%3Fa%3D1")
    assert response.content == b""


def test_an_expired_login_leads_back_to_the_page_of_the_button(client, db):
    response = client.post("/box/", headers={"Referer": "http://testserver/page/?a=1"})
    assert response.status_code == 302
    assert response.url.endswith("?next=/page/%3Fa%3D1")
    foreign = client.post("/box/", headers={"Referer": "https://evil.example/"})
    disguised = client.post("/box/", headers={"Referer": "http://testserver//evil.example/"})
    assert "evil" not in disguised.url
    assert foreign.url.endswith("?next=/")
    assert client.get("/box/").url.endswith("?next=/box/")


def test_other_redirects_are_left_alone(client, db):
    assert client.post("/elsewhere/", headers=HTMX).url == "/somewhere/"


@pytest.mark.parametrize("language", ["en", "nl"])
def test_a_missing_page_and_a_refusal_have_a_page_that_says_why(client, db, language):
    missing = client.get("/nothing/here/", headers={"Accept-Language": language})
    assert missing.status_code == 404
    assert f'<html lang="{language}"' in missing.content.decode()
    refused = client.get("/refuse/", headers={"Accept-Language": language})
    assert refused.status_code == 403
    assert "Only the author can do this." in refused.content.decode()


def test_the_page_of_an_error_needs_no_database(client, member, django_assert_num_queries):
    client.raise_request_exception = False
    with django_assert_num_queries(0):
        response = client.get("/broken/")
    assert response.status_code == 500
    assert "<h1>" in response.content.decode()


def test_a_form_without_its_token_gets_a_page_that_says_what_to_do(member):
    from django.test import Client

    strict = Client(enforce_csrf_checks=True)
    response = strict.post("/elsewhere/", headers={"Accept-Language": "en"})
    assert response.status_code == 403
    assert "Nothing was changed" in response.content.decode()


def test_a_page_offers_only_what_works_for_its_reader(client, member):
    visitor = client.get("/nothing/").content.decode()
    assert "Sign in" in visitor or "Inloggen" in visitor
    assert 'id="me"' not in visitor
    client.force_login(member)
    html = client.get("/box/").content.decode()
    assert 'popovertarget="me"' in html
    assert ">AB</span>" in html
    assert 'action="/language/"' in html
    assert html.count("<h1>") == 1
    assert 'href="#"' not in html


@pytest.mark.parametrize(
    ("cookie", "expected"), [("dark", ' data-theme="dark"'), ("light", ' data-theme="light"'), ('"x', "")]
)
def test_the_chosen_theme_is_in_the_first_byte_of_the_page(client, db, cookie, expected):
    client.cookies["theme"] = cookie
    html = client.get("/nothing/", headers={"Accept-Language": "en"}).content.decode()
    assert f'<html lang="en"{expected}>' in html
    assert html.count('name="theme-color"') == (1 if expected else 2)


def test_switching_language_leads_back_to_a_page_that_can_be_opened(client, db):
    refused = client.post("/refuse/", headers={"Referer": "http://testserver/page/?a=1", "Accept-Language": "en"})
    assert 'name="next" value="/page/?a=1"' in refused.content.decode()
    alone = client.post("/refuse/", headers={"Accept-Language": "en"})
    assert 'name="next" value="/"' in alone.content.decode()
    missing = client.get("/nothing/?q=%3C", headers={"Accept-Language": "en"})
    assert 'name="next" value="/nothing/?q=%3C"' in missing.content.decode()


@pytest.mark.parametrize(
    ("text", "number"),
    [("12", 12), ("", None), ("-1", None), ("1.5", None), ("²", None), ("9" * 18, 10**18 - 1), ("9" * 5_000, None)],
)
def test_a_number_in_an_address_is_read_only_where_a_row_can_have_it(text, number):
    assert number_from(text) == number
