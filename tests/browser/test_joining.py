"""Asking to join a hub on a phone: a no, another hub, and joining that one."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Opener
from tests.browser.pages import REPRESENTATIVE
from tests.browser.site import Site

PHONE = {"viewport": {"width": 390, "height": 844}}
ZONE = ZoneInfo("Europe/Amsterdam")


@pytest.mark.slow
@pytest.mark.timeout(120)
@pytest.mark.parametrize("script", [True, False])
def test_a_request_is_declined_with_another_hub_named_and_that_hub_is_joined(
    site: Site, open_as: Opener, new_member: Callable[..., str], script: bool
) -> None:
    name = f"Vraag Staart{'' if script else ' Twee'}"
    address = new_member(name)
    asker = open_as(address, "/hubs/kern-oost/", java_script_enabled=script, **PHONE)
    box = asker.locator("#join-box")
    expect(box).to_contain_text("antwoordt. Je ziet steeds bij wie je aanvraag ligt.")
    asker.get_by_label("Wat zoek je hier?").fill("Hoe jullie zonder teamleider kiezen.")
    asker.get_by_role("button", name="Vragen of ik lid mag worden").click()
    expect(box).to_contain_text("Vandaag gevraagd")
    expect(box).to_contain_text("Je aanvraag ligt bij Anna van den Berg")
    expect(box).to_contain_text("naar de facilitators")

    representative = open_as(REPRESENTATIVE, "/", java_script_enabled=script, **PHONE)
    row = representative.locator(".req").filter(has_text=f"{name} wil lid worden")
    expect(row).to_contain_text("Hoe jullie zonder teamleider kiezen.")
    row.locator("summary").filter(has_text="Afwijzen").click()
    row.locator("form[action$='/decline/'] button").click()
    if not script:  # the page of the request says what is wrong
        row = representative.locator(".req")
    expect(row).to_contain_text("Zeg in één zin waarom.")
    row.get_by_label("Waarom").fill("Wij kunnen tot de zomer niemand inwerken.")
    row.get_by_text("een andere …").click()
    row.get_by_label("Naam van die kern").fill("kern zuid")
    row.locator("form[action$='/decline/'] button").click()
    expect(representative.locator("main")).to_contain_text(f"{name} leest je reden in een mail")

    asker.reload()
    expect(box).to_contain_text("Niet hier, misschien wel in Kern Zuid")
    expect(box).to_contain_text("Wij kunnen tot de zomer niemand inwerken.")
    asker.get_by_role("button", name="Lid worden van Kern Zuid").click()
    expect(asker).to_have_url(re.compile("/hubs/kern-zuid/$"))
    expect(asker.locator("main")).to_contain_text("je bent lid")
    asker.goto("/hubs/kern-oost/")
    expect(box).to_contain_text("Je aanvraag is afgewezen")
    expect(asker.get_by_role("button", name="Lid worden van Kern Zuid")).to_have_count(0)
    width = asker.evaluate("document.documentElement.scrollWidth") if script else 390
    assert width == 390

    at = (datetime.now(ZONE) + timedelta(days=1)).replace(hour=11)
    site.run_clock(at)
    mails = open_as(address, "/dev/mail/").locator("main")
    expect(mails).to_contain_text("Kern Oost neemt je aanvraag niet aan")
