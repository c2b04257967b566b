"""Without JavaScript, and without a mouse: everything can still be done."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.conftest import Opener
from tests.browser.site import Site


def test_the_main_flow_works_without_javascript(site: Site, open_as: Opener, new_member: Callable[..., str]) -> None:
    page = open_as(new_member("Zonder Script"), "/hubs/kern-geo/", java_script_enabled=False)
    page.locator("form[action$='/hubs/kern-geo/join/'] button").first.click()
    expect(page.locator("form[action$='/hubs/kern-geo/join/']")).to_have_count(0)
    page.goto("/bottlenecks/")
    page.locator("#q").fill("metadata")
    page.locator("#q").press("Enter")
    page.get_by_role("link", name="Geen standaard voor metadata").click()
    page.locator("#vote-button").click()
    expect(page.locator("#vote-box .given")).to_be_visible()
    page.locator("#vote-button").click()
    expect(page.locator("#vote-box .given")).to_have_count(0)
    page.goto("/bottlenecks/new/")
    page.locator("#filing .btn--go").click()
    expect(page.locator(".note--error").first).to_be_visible()
    page.locator("#id_title").fill("Alles moet met script")
    page.locator("#id_situation").fill("Behalve hier.")
    page.locator("#filing .btn--go").click()
    expect(page.locator("h1")).to_have_text("Alles moet met script")
    page.goto("/sessions/")
    page.get_by_role("link", name="Eerste bijeenkomst van Noord").click()
    page.locator("#rsvp button[value=going]").first.click()
    page.locator("#rsvp button[value=not_going]").first.click()
    expect(page.locator("#rsvp button[value=going]").first).to_be_visible()


def _tab_to(page: Page, selector: str, presses: int = 120) -> None:
    """Press Tab until the control has the focus, which must be visible."""
    for _press in range(presses):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            box = page.locator(":focus").bounding_box()
            assert box
            assert box["width"] >= 24
            assert box["height"] >= 24
            outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            shadow = page.evaluate("getComputedStyle(document.activeElement).boxShadow")
            assert outline != "none" or shadow != "none", f"{selector} shows no focus"
            return
    raise AssertionError(f"{selector} cannot be reached with Tab")


def test_joining_and_voting_by_keyboard_alone(site: Site, open_as: Opener, new_member: Callable[..., str]) -> None:
    page = open_as(new_member("Alleen Toetsen"), "/hubs/kern-geo/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.matches('.skip')")
    page.keyboard.press("Enter")
    _tab_to(page, "form[action$='/hubs/kern-geo/join/'] button")
    page.keyboard.press("Enter")
    expect(page.locator("form[action$='/hubs/kern-geo/join/']")).to_have_count(0)
    page.goto("/bottlenecks/?q=metadata")
    _tab_to(page, ".bn a[href*='/bottlenecks/']:not(.tag)")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/bottlenecks/\d+-"))
    _tab_to(page, "#vote-button")
    page.keyboard.press("Space")
    expect(page.locator("#vote-box .given")).to_be_visible()
    expect(page.locator("#vote-button")).to_be_focused()
    page.keyboard.press("Space")
    expect(page.locator("#vote-box .given")).to_have_count(0)


def test_the_menus_work_by_keyboard(open_as: Opener, new_member: Callable[..., str]) -> None:
    page = open_as(new_member("Menu Toetsen"), "/")
    _tab_to(page, "#me-button")
    page.keyboard.press("Enter")
    expect(page.locator("#me")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#me")).to_be_hidden()
    expect(page.locator("#me-button")).to_be_focused()
