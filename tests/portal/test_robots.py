"""What search engines may read: what is made for visitors, and never what is signed in for or holds a token."""

import pytest
from django.test import Client
from protego import Protego

from activity.models import Audience
from tests.factories import SessionFactory
from tests.portal.test_doors import Door, doors, examples, people  # noqa: F401 - fixtures

pytestmark = pytest.mark.django_db
TOKENS = {
    "{feed}",
    "{calendar}",
    "{withdraw}",
    "{unsubscribe}",
    "{notice_link}",
    "/reply/",
    "/confirm/",
    "/password/new/",
}


def is_made_for_visitors(name: str, door: Door, path: str) -> bool:
    """A page of its own that a visitor reads, without a token in its address and not about accounts."""
    if door.visitor != "in" or door.method != "get" or name.startswith("account_"):
        return False
    response = Client().get(path, follow=True)
    is_itself = response.status_code == 200 and response.resolver_match.view_name == name
    is_page = is_itself and response["Content-Type"].startswith("text/html")
    return is_page and not any(token in door.path for token in TOKENS)


def test_every_address_is_open_to_search_engines_exactly_when_it_is_made_for_visitors(examples):  # noqa: F811
    rules = Protego.parse(Client().get("/robots.txt").text)
    wrong, allowed = [], set()
    for name, door in doors():
        path = door.path.format(**examples)
        expected = is_made_for_visitors(name, door, path)
        allowed |= {name} if expected else set()
        # The address of a session does not tell who may read it: whoever may not is led to the sign-in page, which is
        # closed. And the rules themselves are always read.
        if name == "robots" or (name == "events:session_detail" and not expected):
            continue
        if rules.can_fetch(f"https://portal.example{path}", "any") != expected:
            wrong.append((name, path, expected))
    assert wrong == []
    assert {"home", "community:hub_list", "events:session_detail"} <= allowed


def test_search_engines_find_a_public_session_and_the_files_that_pages_need_and_no_variants_of_lists():
    session = SessionFactory(subject__audience=Audience.PUBLIC)
    rules = Protego.parse(Client().get("/robots.txt").text)
    for path, expected in {
        session.get_absolute_url(): True,
        "/static/css/doorbraak.0123456789ab.css": True,
        "/hubs/?q=water": False,
        "/sessions/withdraw/12-token-x/": False,
        "/an-address-that-comes-later/": False,
        "/admin/": False,
    }.items():
        assert rules.can_fetch(f"https://portal.example{path}", "any") == expected, path


def test_it_is_plain_text_that_caches_keep_and_asks_no_server(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        response = client.get("/robots.txt")
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert set(response["Cache-Control"].split(", ")) == {"public", "max-age=86400"}
    assert response.cookies == {}
    assert client.post("/robots.txt").status_code == 405
