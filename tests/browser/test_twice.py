"""One person twice, two people at once: a double click, a second tab, two browsers. Spec 00."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Opener
from tests.browser.site import Site

FIGURES = """
    from issues.bottlenecks.figures import differences
    from issues.models import Bottleneck
    row = Bottleneck.objects.get(title=title)
    result = {"members": row.member_count, "votes": row.votes.count(), "wrong": len(list(differences()))}
"""
FILED = """
    from issues.models import Bottleneck
    result = Bottleneck.objects.filter(title=title).count()
"""
TITLE = "Geen rekencluster in het weekend"


def test_a_double_click_on_vote_is_one_vote(site: Site, open_as: Opener, new_member: Callable[..., str]) -> None:
    before = site.backstage.run(FIGURES, title=TITLE)
    page = open_as(new_member("Dubbele Klikker", hub="Kern Oost"), "/bottlenecks/")
    page.get_by_role("link", name=TITLE).click()
    page.locator("#vote-button").dblclick()
    page.wait_for_load_state("networkidle")
    expect(page.locator("#vote-box .given")).to_be_visible()
    after = site.backstage.run(FIGURES, title=TITLE)
    assert after == {"members": before["members"] + 1, "votes": before["votes"] + 1, "wrong": 0}


def test_the_second_click_of_a_slow_double_click_undoes_nothing(
    site: Site, open_as: Opener, new_member: Callable[..., str]
) -> None:
    """The answer came between the two clicks: the second falls on what stands in the place of the button."""
    before = site.backstage.run(FIGURES, title=TITLE)
    page = open_as(new_member("Trage Klikker", hub="Kern Oost"), "/bottlenecks/")
    page.get_by_role("link", name=TITLE).click()
    button = page.locator("#vote-button")
    button.scroll_into_view_if_needed()
    page.evaluate("document.fonts.ready")
    box = button.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    sent: list[str] = []
    page.on("request", lambda it: sent.append(it.url.rsplit("/", 2)[1]) if it.method == "POST" else None)
    for click in (1, 2):
        page.mouse.down(click_count=click)
        page.mouse.up(click_count=click)
        page.evaluate("new Promise(requestAnimationFrame)")
        expect(page.locator("#vote-box .given")).to_be_visible()
    button.focus()
    for _again in range(3):  # a key that is held down is pressed again and again
        page.keyboard.down("Enter")
        page.evaluate("new Promise(requestAnimationFrame)")
        expect(page.locator("#vote-box .given")).to_have_count(0)
    page.keyboard.up("Enter")
    page.keyboard.press("Enter")
    expect(page.locator("#vote-box .given")).to_be_visible()
    assert sent == ["vote", "unvote", "vote"]
    after = site.backstage.run(FIGURES, title=TITLE)
    assert after == {"members": before["members"] + 1, "votes": before["votes"] + 1, "wrong": 0}


@pytest.mark.parametrize("script", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_a_double_click_on_filing_files_once(
    site: Site, open_as: Opener, new_member: Callable[..., str], script: bool
) -> None:
    title = f"Twee keer geklikt, {'met' if script else 'zonder'} script"
    page = open_as(new_member("Snelle Vinger", hub="Kern Oost"), "/bottlenecks/new/", java_script_enabled=script)
    page.locator("#id_title").fill(title)
    page.locator("#id_situation").fill("Ik klikte twee keer.")
    page.locator("#filing .btn--go").dblclick()
    expect(page).to_have_url(re.compile(r"/bottlenecks/\d+-"))
    assert site.backstage.run(FILED, title=title) == 1


def test_the_same_form_posted_from_two_tabs_leads_to_the_first_result(
    site: Site, open_as: Opener, new_member: Callable[..., str]
) -> None:
    title = "Twee tabbladen van hetzelfde formulier"
    page = open_as(new_member("Twee Tabs", hub="Kern Oost"), "/bottlenecks/new/")
    page.locator("#id_title").fill(title)
    page.locator("#id_situation").fill("Ik stuurde het opnieuw.")
    key = page.locator("[name=creation_key]").input_value()
    page.locator("#filing .btn--go").click()
    expect(page).to_have_url(re.compile(r"/bottlenecks/\d+-"))
    first = page.url
    page.go_back()
    page.reload()
    page.locator("#id_title").fill(title)
    page.locator("#id_situation").fill("Ik stuurde het opnieuw.")
    page.evaluate("key => { document.querySelector('[name=creation_key]').value = key }", key)
    page.locator("#filing .btn--go").click()
    expect(page).to_have_url(first)
    assert site.backstage.run(FILED, title=title) == 1


def test_a_chip_clicked_while_the_search_still_answers_wins(open_as: Opener, new_member: Callable[..., str]) -> None:
    page = open_as(new_member("Haastige Zoeker", hub="Kern Oost"), "/bottlenecks/")
    page.locator("#q").press_sequentially("data")
    expect(page).to_have_url(re.compile(r"\?q=data$"))
    page.locator("#chip-generic").click()  # leaves the field, which has changed: the form sends a request as well
    page.wait_for_load_state("networkidle")
    expect(page).to_have_url(re.compile(r"\?q=data&show=generic$"))
    shown = page.locator("#results .bn").count()
    expect(page.locator("#count")).to_have_text(re.compile(rf"^{shown} "))


def test_the_focus_stays_near_when_an_estimate_is_saved(open_as: Opener, new_member: Callable[..., str]) -> None:
    page = open_as(new_member("Rustige Schatter", hub="Kern Oost"), "/bottlenecks/")
    page.get_by_role("link", name=TITLE).click()
    page.locator("#vote-button").click()
    summary = page.locator("#vote-box details", has=page.locator("#estimate-button")).locator("summary")
    summary.click()
    page.locator("#id_hours").fill("2,5")
    page.locator("#estimate-button").click()
    expect(page.locator("#id_hours")).to_be_hidden()
    expect(summary).to_be_focused()


def test_a_stale_form_shows_both_texts_and_loses_neither(
    site: Site, open_as: Opener, new_member: Callable[..., str]
) -> None:
    page = open_as(new_member("Twee Vensters", hub="Kern Oost"), "/me/profile/")
    other = page.context.new_page()
    other.goto("/me/profile/")
    other.locator("#id_bio").fill("Geschreven in het tweede venster.")
    other.locator("#main form.form button:not([name])").last.click()
    expect(other).not_to_have_url(re.compile("/me/profile/$"))
    page.locator("#id_bio").fill("Geschreven in het eerste venster.")
    page.locator("#main form.form button:not([name])").last.click()
    expect(page.locator("main")).to_contain_text("Geschreven in het tweede venster.")
    expect(page.locator("#id_bio")).to_have_value("Geschreven in het eerste venster.")
    page.locator("#main form.form button:not([name])").last.click()
    expect(page.locator("main")).to_contain_text("Geschreven in het eerste venster.")


def test_a_vote_from_two_browsers_at_once_counts_once(
    site: Site, open_as: Opener, new_member: Callable[..., str]
) -> None:
    before = site.backstage.run(FIGURES, title=TITLE)
    address = new_member("Twee Browsers", hub="Kern Oost")
    pages = [open_as(address, "/bottlenecks/"), open_as(address, "/bottlenecks/")]
    for page in pages:
        page.get_by_role("link", name=TITLE).click()
    for page in pages:  # both forms leave before either answer is read
        page.evaluate("setTimeout(() => document.querySelector('#vote-button').click(), 50)")
    for page in pages:
        expect(page.locator("#vote-box .given")).to_be_visible()
    after = site.backstage.run(FIGURES, title=TITLE)
    assert after == {"members": before["members"] + 1, "votes": before["votes"] + 1, "wrong": 0}
