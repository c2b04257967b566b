"""The reply code of what was filed anonymously, in a browser of a visitor. Spec 02, Filing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Opener

if TYPE_CHECKING:
    from tests.browser.site import Site

CODE = "DEMO-DEMO-DEMO-DEMO"


@pytest.mark.slow
def test_a_visitor_reads_answers_and_changes_by_code_and_in_another_language(site: Site, open_as: Opener) -> None:
    page = open_as(None, f"/reply/#{CODE}")
    expect(page.locator("#id_code")).to_have_value(CODE)
    page.locator("footer").get_by_role("button", name="English").click()
    expect(page.locator("h1")).to_have_text("You filed something anonymously")
    page.locator("#id_code").fill(CODE.lower().replace("-", " "))
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text("Does the text no longer fit?")
    assert CODE not in page.url
    page.get_by_text("Change the text").click()
    page.locator("#id_change_situation").fill("Het is anders geworden.")
    page.get_by_role("button", name="Put it to who supports it").click()
    expect(page.locator("main")).to_contain_text("Say why: who supports this reads it.")
    expect(page.locator("#id_situation")).to_have_value("Het is anders geworden.")
    page.locator("#id_why").fill("Wij weten nu meer.")
    page.get_by_role("button", name="Send").click()
    expect(page.locator("h1")).to_contain_text("Changed.")
    page.get_by_role("button", name="Back to the page of your code").click()
    expect(page.locator("#id_change_situation")).to_have_value("Het is anders geworden.")
