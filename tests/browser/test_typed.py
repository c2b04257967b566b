"""What was typed stays, whatever comes between: every form of every page, found by going along the pages."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Opener
from tests.browser.pages import MEMBER, Shown, all_pages
from tests.browser.site import Site

#: What the fields of a form are called, which tells it from others that go the same way; scripts may take out a button.
NAMES = """(form => [...new Set([...form.elements].filter(({ type }) => !/submit|button|fieldset/.test(type))
  .map(({ name }) => name))].sort().join(" "))"""
#: The forms of a page that somebody types into: where each goes and what its fields are called. The page is read and
#: not drawn; a form that scripts make another would not be found again where it is filled in, and that is told.
FORMS = """
async path => {
  const named = NAMES;
  const text = await (await fetch(path)).text();
  const there = form => new URL(form.getAttribute("action") || path, location.origin);
  return [...new DOMParser().parseFromString(text, "text/html").forms]
    .filter(form => form.method === "post" && there(form).origin === location.origin
      && [...form.elements].some(({ name, type }) => name && !/hidden|submit|button|password|fieldset/.test(type)))
    .map(form => [there(form).pathname, named(form)]);
}
""".replace("NAMES", NAMES)
#: Type into everything; gives what then stands in each field.
FILL = """
([form, n]) => {
  let number = n;
  for (const control of form.elements) {
    if (!control.name || /hidden|submit|button|fieldset|file/.test(control.type)) continue;
    const options = [...control.options ?? []];
    number += 1;
    if (control.type === "checkbox") control.checked = !control.checked;
    else if (control.type === "radio") control.checked = (number % 2 === 0 || control.checked)
      && form.dataset.unkeptWhen !== `${control.name}=${control.value}`;
    else if (control.type === "select-multiple") for (const option of options) option.selected = !option.selected;
    else if (control.type === "select-one") control.selectedIndex = (control.selectedIndex + 1) % options.length;
    else if (control.type === "date") control.value = `2027-05-${10 + number % 9}`;
    else if (control.type === "time") control.value = `09:${10 + number % 9}`;
    else if (control.type === "email") control.value = `iemand${number}@doorbraak.example`;
    else if (control.type === "number") control.value = String(10 + number);
    else control.value = `Zelf getypt ${number}`;
    control.dispatchEvent(new Event("input", { bubbles: true }));
  }
}
"""
READ = """
form => [...form.elements].filter(({ name, type }) => name && !/hidden|submit|button|password|fieldset|file/.test(type))
  .map(control => [control.name, control.type === "checkbox" || control.type === "radio" ? control.checked
    : [...control.selectedOptions ?? []].map(({ value }) => value).join() || control.value])
"""
KEPT = "Object.keys(sessionStorage).filter(key => key.startsWith('typed:'))"
PASSWORDS = "form => [...form.elements].filter(({ type }) => type === 'password').map(({ value }) => value).join('')"
NO_CHECK = "form => { form.noValidate = true; form.requestSubmit(); }"


class Typist:
    """Fills in one form again and again, and looks whether it is still filled in after what came between."""

    def __init__(self, page: Page, shown: Shown, action: str, fields: str, site: Site) -> None:
        self.page, self.shown, self.site = page, shown, site
        self.action, self.fields = action, fields

    def form(self) -> Any:
        """The form on the page that is open now, or nothing."""
        found = self.page.evaluate_handle(
            """([action, fields]) => [...document.forms].find(form => form.method === "post"
              && new URL(form.action).pathname === action && NAMES(form) === fields)""".replace("NAMES", NAMES),
            [self.action, self.fields],
        )
        return found.as_element()

    def type(self, number: int) -> list[Any]:
        """Type into the form, which the page shows already after what came between; returns what then stands there."""
        form = self.form()
        assert form, f"{self.shown.path} has no form to {self.action} with {self.fields}"
        self.page.evaluate(FILL, [form, number])
        typed: list[Any] = form.evaluate(READ)
        return typed

    def send(self) -> None:
        """Press the button."""
        form = self.form()
        with self.page.expect_event("requestfinished" if not self.is_cut else "requestfailed", predicate=_is_post):
            form.evaluate(NO_CHECK)
        self.page.wait_for_load_state()

    is_cut = False

    def switch_language(self) -> None:
        """Read this page in the other language."""
        with self.page.expect_navigation():
            self.page.evaluate("document.querySelector('form button[name=language]').click()")

    def answered(self, answer: Callable[[Route], None]) -> None:
        """Send the form while every POST is answered with ``answer``."""
        self.page.route("**/*", lambda route: answer(route) if route.request.method == "POST" else route.continue_())
        self.send()
        self.page.unroute_all(behavior="wait")
        self.page.goto(self.shown.path)

    def lose_connection(self) -> None:
        """The form does not arrive."""
        self.is_cut = True
        self.answered(lambda route: route.abort("connectionreset"))
        self.is_cut = False

    def meet_an_error(self) -> None:
        """The server breaks."""
        self.answered(lambda route: route.fulfill(status=500, body="<h1>Oei</h1>", content_type="text/html"))

    def be_too_late(self) -> None:
        """The page stood open since before signing in elsewhere; the page that says so is left."""
        self.page.context.clear_cookies(name="csrftoken")
        self.send()
        self.page.goto(self.shown.path)

    def be_signed_out(self) -> None:
        """The sign-in expires; signing in leads back."""
        assert self.shown.reader
        self.page.context.clear_cookies(name="sessionid")
        with self.page.expect_navigation(url="**/sign-in/**"):
            self.form().evaluate(NO_CHECK)
        self.page.context.add_cookies([self.site.session_cookie(self.shown.reader)])  # type: ignore[list-item]
        self.page.goto(self.shown.path)


def _is_post(request: Any) -> bool:
    return bool(request.method == "POST")


ALWAYS = ("switch_language", "be_signed_out")
#: A reply code stays nowhere; the link in a mail chooses its answer anew, in its member's language.
NOTHING_KEPT = ("/reply/", "/bottlenecks/noticed/")
#: To the browser these are one: the form was sent and nothing says that it arrived.
BY_TURNS = ("lose_connection", "meet_an_error", "be_too_late")
EXPECTED = ("ERR_CONNECTION_RESET", "status of 500", "status of 403", "status of 404", "htmx:", "Response Status Error")


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_every_form_keeps_what_was_typed_whatever_comes_between(site: Site, open_as: Opener) -> None:
    found: list[str] = []
    seen: set[tuple[str, str]] = set()
    pages: dict[str | None, Page] = {}
    for shown in all_pages(site):
        if shown.status != 200 or shown.path.startswith(("/dev/", *NOTHING_KEPT)):
            continue
        if shown.reader not in pages:
            pages[shown.reader] = open_as(shown.reader, shown.path, expected=EXPECTED)
        page = pages[shown.reader]
        for action, fields in page.evaluate(FORMS, shown.path):
            if (kind := (re.sub(r"\d+", "N", action), fields)) in seen:
                continue
            seen.add(kind)
            page.goto(shown.path)
            typist = Typist(page, shown, action, fields, site)
            for number, what in enumerate((*ALWAYS, BY_TURNS[len(seen) % len(BY_TURNS)])):
                if what == "be_signed_out" and shown.reader is None:
                    continue
                typed = typist.type(number)
                getattr(typist, what)()
                form = typist.form()
                now = form.evaluate(READ) if form else "no form"
                if not form:
                    page.goto(shown.path)
                if now != typed:
                    found.append(f"{shown.path} {action} ({what}): {typed} became {now}")
                elif form.evaluate(PASSWORDS):
                    found.append(f"{shown.path} {action} ({what}): a password was kept")
    assert len(seen) > 12, seen
    site.backstage.run("from community.models import User\nUser.objects.update(language='nl')\nresult = None")
    assert not found, "\n".join(found)


def test_what_arrived_is_forgotten_and_what_comes_back_says_so(site: Site, open_as: Opener, new_member) -> None:
    page = open_as(
        new_member("Even Weg", hub="Kern Oost"), "/bottlenecks/new/", expected=("status of 500", "status of 404")
    )
    page.locator("#id_title").fill("Rekenregels staan in een mailbox")
    page.locator("#id_situation").fill("Wie ziek is neemt ze mee.")
    page.route("**/new/", lambda route: route.fulfill(status=500, body="Oei", content_type="text/html"), times=1)
    with page.expect_response("**/bottlenecks/new/"):
        page.locator("#filing .btn--go").click()
    page.goto("/bottlenecks/new/")
    expect(page.locator("#id_title")).to_have_value("Rekenregels staan in een mailbox")
    expect(page.locator("#messages")).to_contain_text("Wat je typte is terug.")
    expect(page.locator("#live")).to_contain_text("Wat je typte is terug.")
    page.locator("#filing .btn--go").click()
    expect(page.locator("h1")).to_have_text("Rekenregels staan in een mailbox")
    assert page.evaluate(KEPT) == []
    page.goto("/bottlenecks/new/")
    expect(page.locator("#id_title")).to_have_value("")


def test_who_signs_out_leaves_nothing_and_another_member_finds_nothing(site: Site, open_as: Opener, new_member) -> None:
    page = open_as(new_member("Eerste Aan Toets", hub="Kern Oost"), "/bottlenecks/new/")
    page.locator("#id_title").fill("Alleen van mij")
    page.context.clear_cookies(name="sessionid")
    page.locator("#filing .btn--go").click()
    expect(page.locator("#messages")).to_contain_text("wat je typte komt terug")
    page.context.add_cookies([site.session_cookie(MEMBER)])  # type: ignore[list-item]
    page.goto("/bottlenecks/new/")
    expect(page.locator("#id_title")).to_have_value("")
    assert page.evaluate(KEPT) == []


def test_an_error_goes_away_while_its_field_becomes_right(open_as: Opener) -> None:
    page = open_as(MEMBER, "/bottlenecks/new/")
    page.locator("#filing .btn--go").click()
    title, summary = page.locator("#id_title"), page.locator("[data-summary]").first
    expect(page.locator("#id_title_error")).to_be_visible()
    wrong = summary.locator("a").count()
    title.press_sequentially("Er")
    expect(page.locator("#id_title_error")).to_be_hidden()
    expect(title).to_have_attribute("aria-invalid", "false")
    if wrong > 1:
        expect(summary.locator("a:visible")).to_have_count(wrong - 1)
    else:
        expect(summary).to_be_hidden()
    title.fill("")
    expect(page.locator("#id_title_error")).to_be_visible()
    expect(title).to_have_attribute("aria-invalid", "true")


def test_the_zone_of_the_browser_stands_first_where_one_is_chosen_and_chooses_nothing(open_as: Opener) -> None:
    zones = open_as(MEMBER, "/me/profile/", timezone_id="Europe/Lisbon").locator("select[data-zones]")
    expect(zones.locator("option").first).to_have_text("Lissabon")
    expect(zones).to_have_value("Europe/Amsterdam")
    unlisted = open_as(MEMBER, "/me/profile/", timezone_id="Antarctica/Vostok").locator("select[data-zones]")
    expect(unlisted.locator("option").first).to_have_text("Amsterdam")
