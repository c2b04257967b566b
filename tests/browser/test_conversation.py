"""A conversation on a phone: answer, thank, change, take back; by keyboard, and without JavaScript. Issue 10."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import ViewportSize, expect

from tests.browser.conftest import Opener
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
