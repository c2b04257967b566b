"""Every limit there is answers 429: with our page, Retry-After, in both languages, whole and to htmx."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from allauth.account import app_settings
from django.test import Client

from tests.addresses import plain_pages
from tests.factories import UserFactory
from ui.ratelimit import LIMITS

pytestmark = pytest.mark.django_db
WORDS = {"en": "That went faster than we can take.", "nl": "Dat ging sneller dan we aankunnen."}


ANNA = {"email": "anna@doorbraak.example"}
WRONG = {"login": "anna@doorbraak.example", "password": "wrong"}

#: For each limit something that it counts.
ACTS: dict[str, Callable[[Client], Any]] = {
    "write": lambda client: client.post("/language/", {"language": client.cookies["spoken"].value}),
    "visitor": lambda client: client.post("/language/", {"language": client.cookies["spoken"].value}),
    "request to join": lambda client: client.post("/hubs/none/ask/", {"words": ""}),
    "comment": lambda client: client.post("/subjects/0/comments/new/", {"text": ""}),
    "thanks": lambda client: client.post("/comments/0/thank/"),
    "follow": lambda client: client.post("/subjects/0/follow/", {"level": "1"}),
    "mark read": lambda client: client.post("/notifications/read/"),
    "choose what to hear": lambda client: client.post("/me/notifications/"),
    "position": lambda client: client.post("/consent/0/speak/"),
    "report": lambda client: client.post("/comments/0/report/"),
    "appeal": lambda client: client.post("/moderation/0/appeal/"),
    "search": lambda client: client.get("/members/", {"q": "anna"}),
    "wrong reply code": lambda client: client.post("/reply/", {"code": "AAAA-AAAA-AAAA-AAAA"}),
    "failed link": lambda client: client.get("/mail/unsubscribe/a.b/"),
    "sign-in": lambda client: client.post("/sign-in/", WRONG),
    "sign-in, one account": lambda client: client.post("/sign-in/", WRONG),
    "sign-in, one address": lambda client: client.post("/sign-in/", WRONG),
    "sign-up": lambda client: client.post("/sign-up/", ANNA),
    "password forgotten": lambda client: client.post("/password/forgotten/", ANNA),
    "account form, one address": lambda client: client.post("/sign-up/", ANNA),
    "password change": lambda client: client.post("/me/password/", {"oldpassword": "wrong"}),
}
OF_MEMBERS = {"write", "search", "password change", "request to join", "comment", "thanks", "position"}
OF_MEMBERS |= {"follow", "mark read", "choose what to hear"}
OF_MEMBERS |= {"report", "appeal"}
SILENT = {"account mail"}  # the page is like any other: tests/community/accounts/test_limits.py


@pytest.fixture
def once() -> Iterator[Callable[[str], None]]:
    """Allow a limit one act an hour."""
    changed = []

    def allow(name: str) -> None:
        changed.append((name, LIMITS[name].rate))
        object.__setattr__(LIMITS[name], "rate", "1/hour")

    yield allow
    for name, rate in changed:
        object.__setattr__(LIMITS[name], "rate", rate)


def test_every_limit_is_tried_here():
    assert plain_pages()  # all views are loaded, and with them their limits
    assert set(LIMITS) == set(ACTS) | SILENT


@pytest.mark.parametrize("language", WORDS)
@pytest.mark.parametrize("name", ACTS)
def test_every_limit_answers_with_our_page_and_when_to_come_back(name, language, once):
    once(name)
    client = Client(headers={"accept-language": language})
    client.cookies["spoken"] = language
    if name in OF_MEMBERS:
        client.force_login(UserFactory(language=language, password="een heel lang wachtwoord"))
    assert ACTS[name](client).status_code in {200, 302, 404, 422}
    page = ACTS[name](client)
    assert page.status_code == 429
    assert 3590 <= int(page["Retry-After"]) <= 3600
    assert page["Content-Language"] == language
    assert WORDS[language] in page.text
    assert page.text.count("<h1>") == 1
    client.defaults["HTTP_HX_REQUEST"] = "true"
    fragment = ACTS[name](client)
    assert fragment.status_code == 429
    assert 3590 <= int(fragment["Retry-After"]) <= 3600
    assert fragment.text.startswith('<p class="lede">')
    assert WORDS[language] in fragment.text
    assert "HX-Request" in fragment["Vary"]


def test_whatever_asks_a_page_for_something_is_a_search(once):
    once("search")
    client = Client()
    client.force_login(UserFactory())
    assert client.get("/members/", {"q": "anna"}).status_code == 200
    paths = plain_pages()
    assert {"/members/", "/bottlenecks/", "/sessions/past/", "/hubs/"} <= set(paths)
    for path in paths:
        assert client.get(path, {"some": "words"}).status_code == 429, path
    assert client.get("/members/").status_code == 200


@pytest.mark.parametrize("limit", ["write", "visitor"])
def test_whatever_is_written_is_counted(limit, once):
    once(limit)
    client = Client()
    if limit == "write":
        client.force_login(UserFactory())
    client.post("/language/", {"language": "en"})
    for path in plain_pages():
        assert client.post(path).status_code == 429, path


def test_allauth_counts_nothing_and_would_answer_with_our_page(client, settings):
    assert app_settings.RATE_LIMITS == {}
    del settings.ACCOUNT_RATE_LIMITS
    assert app_settings.RATE_LIMITS
    for action in app_settings.RATE_LIMITS:
        settings.ACCOUNT_RATE_LIMITS = {action: "1/m/ip"}
        answers = [client.post(path, {**ANNA, **WRONG}) for path in ("/sign-in/", "/sign-up/") for _time in range(3)]
        answers += [client.post("/password/forgotten/", {"email": f"{number}{action}@x.example"}) for number in "123"]
        for answer in answers:
            assert answer.status_code in {302, 422, 429}
            assert answer.status_code != 429 or "Retry-After" in answer
