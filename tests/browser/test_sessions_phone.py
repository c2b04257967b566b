"""Sessions on a phone: what stands on the first screen of home and of a session, and an answer with all it changes."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import Opener
from tests.browser.site import Site

PHONE = {"viewport": {"width": 390, "height": 844}}
#: Half a sentence is not an hour: how the first column of a programme is broken into lines.
LINES = """cells => cells.map(cell => {
    const range = document.createRange();
    range.selectNodeContents(cell);
    return new Set([...range.getClientRects()].map(line => Math.round(line.top))).size;
})"""


def _bottom(shown: Locator) -> float:
    box = shown.bounding_box()
    assert box
    return box["y"] + box["height"]


@pytest.mark.timeout(240)
def test_the_next_session_and_the_answer_stand_on_the_first_screen_and_an_answer_changes_all_it_concerns(
    site: Site, open_as: Opener, new_member: Callable[..., str]
) -> None:
    member = new_member("Fleur Vandaag", hub="Kern Oost")
    page = open_as(member, "/sessions/", **PHONE)
    addresses = [link.get_attribute("href") or "" for link in page.locator("#agenda h3 a").all()]
    assert len(addresses) > 4
    for address in addresses:  # the longest among them
        page.goto(address)
        controls = page.locator("#rsvp button:visible")
        for control in controls.all():
            assert _bottom(control) <= 700, (address, control.inner_text())
        facts = page.locator(".page__head time").bounding_box()
        answer = page.locator("#rsvp").bounding_box()
        assert facts
        assert answer
        assert facts["y"] < answer["y"]

    page.goto(next(address for address in addresses if "communitydag" in address))
    assert set(page.locator(".prose td:first-child").evaluate_all(LINES)) == {1}
    taken = page.locator("#rsvp label[for^=places]").inner_text()
    page.get_by_role("button", name="Ik kom", exact=True).click()
    expect(page.locator("#rsvp")).to_contain_text("Je hebt een plek")
    expect(page.locator("#rsvp label[for^=places]")).not_to_have_text(taken)
    expect(page.locator("#who .soft").first).to_contain_text("59 leden")
    expect(page.locator("#history")).to_contain_text("meldde")
    expect(page.locator("#messages")).to_contain_text("Je hebt een plek.")
    assert page.locator("#who").count() == page.locator("#history").count() == 1

    page.goto("/")
    following = page.locator(".next")
    expect(following).to_contain_text("Je volgende bijeenkomst")
    assert _bottom(following) <= 500
    assert _bottom(page.get_by_role("link", name="Knelpunt melden")) < _bottom(following)
    page.get_by_role("button", name="Ik kom niet").click()
    expect(page.locator("#rsvp")).to_contain_text("Je komt niet")
    page.get_by_role("button", name="Toch wel komen").click()
    expect(page.locator("#rsvp")).to_contain_text("Je hebt een plek")
