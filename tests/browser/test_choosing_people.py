"""People in forms: suggestions while one types, chosen without a mouse; and the same form without a script."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Opener
from tests.browser.pages import FACILITATOR

PHONE = {"viewport": {"width": 390, "height": 844}}


#: Keeps on the page which answer is there to be used: htmx puts one in first, and makes its buttons work after that.
NOTE = """
document.addEventListener("htmx:afterSettle", ({ detail }) => {
  document.documentElement.dataset.settled = detail.xhr.responseURL.replaceAll("%20", "+");
});
"""


def type_and_wait(page: Page, words: str) -> None:
    """Type, and wait until the suggestions for all of it are there to be pressed."""
    page.keyboard.type(words)
    asked = re.compile(rf"hosts_typed={re.escape(words.replace(' ', '+'))}(&|$)")
    expect(page.locator("html")).to_have_attribute("data-settled", asked)


@pytest.mark.timeout(180)
def test_members_are_found_by_typing_and_chosen_by_keyboard(open_as: Opener) -> None:
    page = open_as(FACILITATOR, "/sessions/new/", **PHONE)
    page.evaluate(NOTE)
    box = page.locator("#id_hosts")
    box.focus()
    type_and_wait(page, "bram sm")
    suggestion = page.locator(".picker .found button")
    expect(suggestion.first).to_contain_text("Bram Smit")
    page.keyboard.press("Tab")
    expect(suggestion.first).to_be_focused()
    page.keyboard.press("Enter")
    chosen = page.locator(".picker input[type=checkbox][name=hosts]")
    expect(chosen).to_have_count(1)
    expect(chosen).to_be_checked()
    expect(box).to_be_focused()
    expect(box).to_have_value("")
    type_and_wait(page, "anna van den b")
    expect(suggestion.first).to_contain_text("Anna van den Berg")
    page.keyboard.press("Tab")
    expect(suggestion.first).to_be_focused()
    page.keyboard.press("Enter")
    expect(chosen).to_have_count(2)
    assert page.evaluate("document.documentElement.scrollWidth") == 390


@pytest.mark.timeout(180)
def test_without_a_script_a_typed_name_is_shown_as_who_it_is(open_as: Opener) -> None:
    page = open_as(FACILITATOR, "/new-hub/", java_script_enabled=False, **PHONE)
    page.locator("#id_representative").fill("bram smit")
    page.locator("form.form .btn--go").click()  # without a name for the hub
    chosen = page.locator(".picker input[type=checkbox][name=representative]")
    expect(chosen).to_be_checked()
    expect(page.locator("#id_representative")).to_have_value("")


@pytest.mark.timeout(180)
def test_a_suggestion_keeps_the_focus_when_suggestions_come_anew(open_as: Opener) -> None:
    page = open_as(FACILITATOR, "/sessions/new/", **PHONE)
    page.locator("#id_hosts").focus()
    page.keyboard.type("bram s")
    suggestion = page.locator(".picker .found button", has_text="Bram Smit")
    expect(suggestion).to_be_visible()
    with page.expect_response(lambda answer: "hosts_typed=bram+sm" in answer.url or "bram%20sm" in answer.url):
        page.keyboard.type("m")
        page.keyboard.press("Tab")
        page.evaluate("document.querySelector('.found button').dataset.old = 'yes'")
    expect(page.locator(".found [data-old]")).to_have_count(0)
    expect(page.locator(".found .htmx-added")).to_have_count(0)  # from then on a button does something
    expect(suggestion).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".picker input[type=checkbox][name=hosts]")).to_be_checked()
