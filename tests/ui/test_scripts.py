"""The portal's own scripts in a real browser, on a page of the portal's frame, under its content security policy."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.template import RequestContext, Template
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.utils.csp import build_policy
from django.utils.translation import override
from playwright.sync_api import Page, Route, expect

from ui import staticfiles

pytestmark = pytest.mark.browser

STATIC = Path(settings.BASE_DIR) / "static"
PAGE = """{% extends "base.html" %}{% block nav %}{% endblock %}{% block tabbar %}<div hidden>{{ block.super }}</div>
<button type="button" id="theme" data-theme-switch hidden>Light or dark</button>{% endblock %}
{% block main %}<h1>Page</h1>
<form id="swap" method="post" action="/slow/" hx-post="/slow/" hx-target="#box" hx-swap="outerHTML">
  <button id="go">Go</button></form>
<form method="post" action="/refused/" hx-post="/refused/" hx-target="#box"><button id="refused">Refused</button></form>
<form method="post" action="/often/" hx-post="/often/" hx-target="#box"><button id="often">Often</button></form>
<form method="post" action="/dead/" hx-post="/dead/" hx-target="#box"><button id="dead">Dead</button></form>
<form method="post" action="/invalid/" hx-post="/invalid/" hx-target="#box"><button id="invalid">No</button></form>
<form method="post" action="/plain/"><button id="plain">Plain</button></form>
<p id="box">box</p>{% endblock %}"""
SAVED = '<p id="box">swapped</p><div id="messages" hx-swap-oob="true"><div class="note"><p>Saved it</p></div></div>'
SUMMARY = '<div class="note note--error" role="alert" tabindex="-1" data-summary><p>One thing</p></div>'


@dataclass
class Portal:
    """Answers what the browser asks, without a server: held-back answers are given when the test says so."""

    bundled: bool
    posts: list[str] = field(default_factory=list)
    waiting: list[Callable[[], None]] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    cookie: str = ""

    def request(self, path: str, theme: str = "") -> HttpRequest:
        request = RequestFactory().get(path)
        request.user = AnonymousUser()
        if theme:
            request.COOKIES["theme"] = theme
        return request

    def answer(self, route: Route) -> None:
        path = urlsplit(route.request.url).path
        if path.startswith("/static/"):
            name = path.removeprefix("/static/")
            if name == staticfiles.SCRIPT_BUNDLE:
                route.fulfill(body=staticfiles.bundle_scripts(), content_type="text/javascript")
            else:
                route.fulfill(path=STATIC / name)
            return
        if route.request.method == "POST":
            self.posts.append(path)
        match path:
            case "/slow/":
                self.waiting.append(lambda: route.fulfill(body=SAVED, content_type="text/html"))
            case "/plain/":
                route.fulfill(status=204)
            case "/refused/":
                context = {"exception": "Only the author can do this."}
                body = render_to_string("403.html", context, self.request(path))
                route.fulfill(status=403, body=body, content_type="text/html")
            case "/often/":
                body = render_to_string("429.html#words", {"retry_after": 7}, self.request(path))
                route.fulfill(status=429, body=body, content_type="text/html")
            case "/invalid/":
                route.fulfill(status=422, body=SUMMARY, content_type="text/html")
            case "/dead/":
                route.abort()
            case _:
                theme = re.search(r"theme=(\w+)", self.cookie)
                request = self.request(path, theme[1] if theme else "")
                html: str = Template(PAGE).render(RequestContext(request, {}))
                if self.bundled:
                    html = re.sub(r"<script type=\"module\".*</script>", "", html)
                    script = f'<script type="module" src="/static/{staticfiles.SCRIPT_BUNDLE}"></script>'
                    html = html.replace("</head>", f"{script}</head>")
                policy = build_policy(settings.SECURE_CSP)
                route.fulfill(body=html, content_type="text/html", headers={"Content-Security-Policy": policy})

    def let_go(self) -> None:
        for answer in self.waiting:
            answer()
        self.waiting.clear()


@pytest.fixture(params=[False, True], ids=["parts", "bundle"])
def portal(request: pytest.FixtureRequest, page: Page) -> Iterator[Portal]:
    portal = Portal(bundled=request.param)
    page.on("pageerror", lambda error: portal.complaints.append(str(error)))
    page.on(
        "console",
        lambda message: portal.complaints.append(message.text) if "Content Security" in message.text else None,
    )
    page.route("**/*", portal.answer)
    with override("en"):
        page.goto("http://portal.example/page/")
        yield portal
    assert portal.complaints == []
    assert page.locator("style").count() == 0


def test_a_second_click_on_a_button_at_work_does_nothing(portal, page):
    page.locator("#go").dblclick()
    expect(page.locator("#go")).to_have_attribute("aria-busy", "true")
    page.locator("#go").click()
    portal.let_go()
    expect(page.locator("#box")).to_have_text("swapped")
    expect(page.locator("#go")).not_to_have_attribute("aria-busy", "true")
    assert portal.posts == ["/slow/"]


def test_a_plain_form_is_sent_once_too(portal, page):
    page.locator("#plain").dblclick()
    expect(page.locator("#plain")).to_have_attribute("aria-busy", "true")
    assert portal.posts == ["/plain/"]


def test_a_message_that_comes_with_a_part_is_read_out(portal, page):
    page.locator("#go").click()
    expect(page.locator("#live")).to_be_empty()
    portal.let_go()
    expect(page.locator("#messages")).to_have_text("Saved it")
    expect(page.locator("#live")).to_have_text("Saved it")


def test_a_refusal_is_told_in_its_own_words_and_leaves_the_page_alone(portal, page):
    page.locator("#refused").click()
    expect(page.locator("#messages")).to_have_text("Only the author can do this.")
    expect(page.locator("#live")).to_have_text("Only the author can do this.")
    expect(page.locator("#box")).to_have_text("box")


def test_who_was_too_quick_is_told_when_to_come_back(portal, page):
    page.locator("#often").click()
    expect(page.locator("#messages")).to_contain_text("Try again in 7 seconds")
    expect(page.locator("#box")).to_have_text("box")


def test_a_lost_connection_is_told(portal, page):
    page.locator("#dead").click()
    expect(page.locator("#messages")).to_contain_text("There is no connection.")
    expect(page.locator("#dead")).not_to_have_attribute("aria-busy", "true")


def test_a_form_that_comes_back_with_errors_gets_the_focus(portal, page):
    page.locator("#invalid").click()
    expect(page.locator("[data-summary]")).to_be_focused()


def test_light_or_dark_is_remembered_by_the_server(portal, page):
    page.emulate_media(color_scheme="light")
    page.locator("#theme").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert page.evaluate("getComputedStyle(document.body).colorScheme") == "dark"
    portal.cookie = page.evaluate("document.cookie")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.locator("#theme").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
