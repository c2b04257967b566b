"""A conversation on a phone: answer, thank, change, take back; by keyboard, and without JavaScript. Issue 10."""

import re
from collections.abc import Callable

import pytest
from axe_playwright_python.base import AXE_FILE_PATH
from playwright.sync_api import Page, ViewportSize, expect

from tests.browser.conftest import Opener
from tests.browser.pages import MEMBER
from tests.browser.site import Site

PHONE = ViewportSize(width=390, height=844)
TALK = """
    from activity.conversation import actions
    from community.models import User
    from issues.bottlenecks.actions import file_bottleneck
    filer = User.objects.get(email="member@doorbraak.example")
    made = file_bottleneck(by=filer, title=title, situation="Hier wordt over gesproken.")
    said = actions.write_comment(subject=made.subject, by=filer, text="Wie **ook**?", language="nl")
    result = {"url": made.get_absolute_url(), "said": said.pk, "handle": filer.handle}
"""


@pytest.mark.parametrize("script", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_a_member_thanks_answers_changes_and_takes_back(
    site: Site, open_as: Opener, new_member: Callable[..., str], script: bool
) -> None:
    made = site.backstage.run(TALK, title=f"Een gesprek {'met' if script else 'zonder'} script")
    page = open_as(new_member("Praat Mee", hub="Kern Oost"), made["url"], viewport=PHONE, java_script_enabled=script)
    first = page.locator(f"#c{made['said']}")
    first.get_by_role("button", name="Bedankt").focus()
    page.keyboard.press("Enter")
    expect(first.get_by_role("button", name="Bedankt")).to_have_attribute("aria-pressed", "true")
    expect(first.get_by_role("button", name="Bedankt")).to_have_text(re.compile(r"Bedankt\s+1"))
    first.get_by_role("link", name="Antwoorden").focus()
    page.keyboard.press("Enter")
    box = page.get_by_label("Schrijf mee")
    expect(box).to_have_value(f"@{made['handle']} ")
    box.press("End")
    box.press_sequentially("wij ook")
    page.get_by_role("button", name="Versturen").press("Enter")
    expect(page).to_have_url(re.compile(r"#c\d+$"))
    mine = page.locator(".comment").last
    expect(mine.locator(".mention")).to_have_text("@Bram Smit")
    mine.get_by_role("link", name="Wijzigen").click()
    box = page.locator("textarea")
    expect(box).to_have_value(f"@{made['handle']} wij ook")
    box.fill("wij niet meer")
    page.get_by_role("button", name="Opslaan").click()
    expect(mine).to_contain_text("wij niet meer")
    expect(mine.get_by_role("link", name="gewijzigd op")).to_be_visible()
    mine.get_by_role("link", name="Wijzigen").click()
    page.locator("summary", has_text="Je reactie verwijderen").click()
    page.get_by_role("button", name="Je reactie verwijderen").click()
    expect(page.locator(".comment").last).to_contain_text("Praat Mee verwijderde deze reactie")
    expect(page.locator("body")).not_to_contain_text("wij niet meer")


AXE = """
    async () => (await axe.run(document, { resultTypes: ["violations"] })).violations.flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) => [id, html.slice(0, 200), failureSummary]))
"""
KEPT_DRAFTS = "Object.keys(localStorage).filter(key => key.startsWith('draft:'))"


def check_accessible(page: Page) -> None:
    """Axe finds nothing, by day and by night."""
    page.evaluate(AXE_FILE_PATH.read_text("utf-8"))
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
        assert page.evaluate(AXE) == []


def talk(site: Site, title: str) -> str:
    """The address of a bottleneck to talk about."""
    url: str = site.backstage.run(TALK, title=title)["url"]
    return url


def test_whoever_types_an_at_is_offered_members_by_keyboard_and_by_touch(
    site: Site, open_as: Opener, new_member: Callable[..., str]
) -> None:
    page = open_as(
        new_member("Noemt Iemand", hub="Kern Oost"), talk(site, "Wie te noemen"), viewport=PHONE, has_touch=True
    )
    box, found = page.get_by_label("Schrijf mee"), page.get_by_role("listbox", name="Leden om te noemen")
    expect(box).to_have_attribute("aria-autocomplete", "list")
    box.focus()
    page.keyboard.type("Vraag het @br")
    chosen = found.get_by_role("option", selected=True)
    expect(chosen).to_contain_text("@b")
    expect(box).to_have_attribute("aria-controls", "people-to-name")
    expect(box).to_have_attribute("aria-activedescendant", chosen.get_attribute("id") or "none")
    expect(page.locator("#live")).to_have_text(re.compile(r"^\d+ (lid past|leden passen)$"))
    expect(box).to_be_focused()
    check_accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.keyboard.press("Escape")
    expect(found).to_have_count(0)
    expect(box).not_to_have_attribute("aria-controls", re.compile("."))
    page.keyboard.type("am sm")  # after a space it is no name any more
    expect(box).to_have_value("Vraag het @bram sm")
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("Dank @a")
    page.keyboard.type("n")
    expect(chosen).to_have_count(1)
    first = chosen.get_attribute("data-handle")
    page.keyboard.press("ArrowDown")
    second = chosen.get_attribute("data-handle")
    assert second != first
    page.keyboard.press("ArrowUp")
    expect(chosen).to_have_attribute("data-handle", first or "")
    page.keyboard.press("Enter")
    expect(box).to_have_value(f"Dank @{first} ")
    expect(box).to_be_focused()
    page.keyboard.type("en @bram-s")
    expect(chosen).to_have_attribute("data-handle", "bram-smit")
    page.keyboard.press("Tab")
    expect(box).to_have_value(f"Dank @{first} en @bram-smit ")
    page.keyboard.type("en @ann")
    found.get_by_role("option").first.tap()
    expect(found).to_have_count(0)
    expect(box).to_have_value(re.compile(r"en @[\w-]+ $"))
    expect(box).to_be_focused()
    page.keyboard.press("Tab")
    expect(box).not_to_be_focused()


@pytest.mark.parametrize("script", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_a_preview_shows_what_it_will_look_like_and_keeps_what_was_typed(
    site: Site, open_as: Opener, new_member: Callable[..., str], script: bool
) -> None:
    url = talk(site, f"Eerst kijken {'met' if script else 'zonder'} script")
    page = open_as(new_member("Kijkt Eerst", hub="Kern Oost"), url, viewport=PHONE, java_script_enabled=script)
    page.get_by_label("Schrijf mee").fill("Wij **ook**, @bram-smit")
    page.get_by_role("button", name="Voorbeeld").press("Enter")
    shown = page.get_by_role("region", name="Zo komt het eruit te zien")
    expect(shown.locator("strong")).to_have_text("ook")
    expect(shown.locator(".mention")).to_have_text("@Bram Smit")
    expect(page.get_by_label("Schrijf mee")).to_have_value("Wij **ook**, @bram-smit")
    if script:
        expect(page.get_by_role("button", name="Voorbeeld")).to_be_focused()
        check_accessible(page)
        page.get_by_label("Schrijf mee").fill("")
        page.get_by_role("button", name="Voorbeeld").press("Enter")
        expect(page.locator("#preview")).to_have_text("Schrijf eerst iets.")
        page.get_by_label("Schrijf mee").fill("Wij **ook**, @bram-smit")
    page.get_by_role("button", name="Versturen").press("Enter")
    expect(page.locator(".comment").last.locator("strong", has_text="ook")).to_be_visible()


def test_a_draft_outlives_its_tab_until_it_is_sent(site: Site, open_as: Opener, new_member: Callable[..., str]) -> None:
    url, other = talk(site, "Een concept"), talk(site, "Een ander gesprek")
    page = open_as(new_member("Typt Lang", hub="Kern Oost"), url, viewport=PHONE, expected=("status of 500",))
    box = page.get_by_label("Schrijf mee")
    expect(page.locator("[data-draft-kept]")).to_be_hidden()
    box.press_sequentially("Half af")
    expect(page.locator("[data-draft-kept]")).to_be_visible()
    tab = page.context.new_page()
    page.close()
    tab.goto(site.url + other)
    expect(tab.get_by_label("Schrijf mee")).to_have_value("")
    tab.goto(site.url + url)
    box = tab.get_by_label("Schrijf mee")
    expect(box).to_have_value("Half af")
    expect(tab.locator("[data-draft-kept]")).to_be_visible()
    box.press("End")
    box.press_sequentially(" en nu heel")
    tab.route("**/new/", lambda route: route.fulfill(status=500, body="Oei", content_type="text/html"), times=1)
    with tab.expect_response("**/comments/new/"):
        tab.get_by_role("button", name="Versturen").click()
    again = tab.context.new_page()
    tab.close()
    again.goto(site.url + url)
    expect(again.get_by_label("Schrijf mee")).to_have_value("Half af en nu heel")
    again.get_by_role("button", name="Versturen").click()
    expect(again.locator(".comment").last).to_contain_text("Half af en nu heel")
    expect(again.get_by_label("Schrijf mee")).to_have_value("")
    assert again.evaluate(KEPT_DRAFTS) == []
    again.get_by_label("Schrijf mee").press_sequentially("Weer iets")
    again.get_by_label("Schrijf mee").fill("")
    assert again.evaluate(KEPT_DRAFTS) == []
    again.get_by_label("Schrijf mee").press_sequentially("Weer iets")
    again.locator(".comment").last.get_by_role("link", name="Wijzigen").click()
    expect(again.locator("textarea")).to_have_value("Half af en nu heel")
    again.locator("textarea").fill("Anders gezegd")
    again.goto(site.url + url)
    again.locator(".comment").last.get_by_role("link", name="Wijzigen").click()
    expect(again.locator("textarea")).to_have_value("Anders gezegd")
    again.get_by_role("button", name="Opslaan").click()
    expect(again.locator(".comment").last).to_contain_text("Anders gezegd")
    expect(again.get_by_label("Schrijf mee")).to_have_value("Weer iets")


def test_a_draft_is_its_members_own(site: Site, open_as: Opener, new_member: Callable[..., str]) -> None:
    url = talk(site, "Van wie is dit")
    page = open_as(new_member("Eerste Typt", hub="Kern Oost"), url)
    page.get_by_label("Schrijf mee").fill("Alleen van mij")
    assert len(page.evaluate(KEPT_DRAFTS)) == 1
    other = new_member("Tweede Typt", hub="Kern Oost")
    page.context.add_cookies([site.session_cookie(other)])  # type: ignore[list-item]
    page.goto(site.url + url)
    expect(page.get_by_label("Schrijf mee")).to_have_value("")
    assert page.evaluate(KEPT_DRAFTS) == []
    page.get_by_label("Schrijf mee").fill("Van iemand anders")
    page.locator("#me-button").click()
    page.get_by_role("button", name="Uitloggen").click()
    expect(page.get_by_role("link", name="Inloggen").first).to_be_visible()
    assert page.evaluate(KEPT_DRAFTS) == []


def test_notes_tasks_and_code_read_well_and_a_note_leads_there_and_back(site: Site, open_as: Opener) -> None:
    url = site.backstage.run(
        "from issues.models import Bottleneck\n"
        "result = Bottleneck.objects.get(title='Modellen komen niet in productie').get_absolute_url()"
    )
    page = open_as(MEMBER, url, viewport=PHONE)
    comment = page.locator(".comment", has=page.locator("pre"))
    expect(comment.locator("pre .k").first).to_have_text("def")
    expect(comment.get_by_role("img", name="gedaan")).to_have_count(1)
    expect(comment.get_by_role("img", name="nog te doen")).to_have_count(1)
    comment.get_by_role("link", name="noot 1", exact=True).press("Enter")
    expect(comment.locator("li:target")).to_contain_text("De grens van 15 cm")
    comment.get_by_role("link", name="terug naar noot 1 in de tekst").press("Enter")
    expect(comment.locator("sup a:target")).to_have_text("1")
    check_accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth") == 390
