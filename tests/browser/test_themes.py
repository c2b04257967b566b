"""A new version of the themes: drafted, put before the members and adopted, on a phone, without JavaScript. Spec 02."""

from playwright.sync_api import ViewportSize, expect

from tests.browser.conftest import Opener
from tests.browser.site import Site

FACILITATOR, MEMBER = "facilitator@doorbraak.example", "member@doorbraak.example"
PHONE = ViewportSize(width=390, height=844)
DROP = """
    from community.models import User
    from issues.models import ThemeVersion
    from issues.outline.actions import drop_draft
    for draft in ThemeVersion.objects.draft():
        drop_draft(draft=draft, by=User.objects.get(email="facilitator@doorbraak.example"))
"""


def test_a_facilitator_drafts_asks_the_members_and_adopts(site: Site, open_as: Opener) -> None:
    site.backstage.run(DROP)
    page = open_as(FACILITATOR, "/themes/", viewport=PHONE, java_script_enabled=False)
    page.get_by_role("button", name="Thema’s wijzigen").click()
    expect(page.locator("h1")).to_have_text("Concept van versie 3")
    names = page.locator(".themes-draft h3 [lang]")
    expect(names.nth(2)).to_have_text("HR en loopbaan")
    row = page.locator(".themes-draft > li").filter(has_text="HR en loopbaan")
    row.get_by_role("button", name="Omhoog").click()
    expect(names.nth(1)).to_have_text("HR en loopbaan")
    expect(page.locator("main")).to_contain_text("van plaats")
    page.get_by_role("link", name="Thema toevoegen").click()
    page.get_by_label("Naam").fill("Kunstmatige intelligentie")
    page.get_by_role("button", name="Opslaan").click()
    expect(names).to_have_count(8)
    page.get_by_role("link", name="Aan de leden vragen").click()
    page.get_by_label("Waarom het wijzigt").fill("Het komt op ons af.")
    page.get_by_role("button", name="Ronde openen").click()
    expect(page.locator("h1")).to_have_text("Versie 3 van de thema’s")

    member = open_as(MEMBER, "/themes/", viewport=PHONE, java_script_enabled=False)
    member.get_by_role("link", name="Versie 3 is voorgesteld").click()
    expect(member.locator("main")).to_contain_text("Nieuw: Kunstmatige intelligentie")
    member.get_by_role("link", name="Steun je deze thema’s (versie 3)?").click()
    member.get_by_role("radio", name="Steun", exact=True).check()
    member.get_by_role("button", name="Antwoord opslaan").click()

    page.get_by_role("link", name="Steun je deze thema’s (versie 3)?").click()
    page.get_by_role("link", name="Deze ronde sluiten").click()
    page.get_by_role("button", name="Nu sluiten").click()
    page.goto(f"{site.url}/themes/versions/3/")
    page.get_by_role("link", name="Vaststellen").click()
    page.get_by_role("button", name="Vaststellen").click()
    expect(page.locator(".lede")).to_contain_text("Vastgesteld op")

    member.goto(f"{site.url}/themes/")
    expect(member.locator("main h2").nth(1)).to_contain_text("HR en loopbaan")
    expect(member.locator("main h2").nth(7)).to_contain_text("Kunstmatige intelligentie")
    printed = member.request.get(f"{site.url}/themes/outline.pdf")
    assert printed.headers["content-type"] == "application/pdf"
