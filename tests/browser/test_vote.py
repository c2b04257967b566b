"""The board and the vote on a phone: content and the one act first, and a vote is answered at once. Issue 9."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from tests.browser.conftest import Opener
from tests.browser.site import Site

PHONE = ViewportSize(width=390, height=844)
LONGEST = """
    from django.db.models.functions import Length
    from issues.models import Bottleneck
    text = Length("situation") + Length("impact") + Length("wish")
    rows = Bottleneck.objects.open().annotate(text=text, head=Length("title"))
    result = [rows.order_by(f"-{name}", "pk").first().get_absolute_url() for name in ("text", "head")]
"""
ONE_SHORT = """
    from issues.bottlenecks import actions
    from community.models import Hub, User
    author = User.objects.get(email="member@doorbraak.example")
    made = actions.file_bottleneck(by=author, title=title, situation="Wie hier stemt hoort wat het deed.")
    for voter in User.objects.filter(primary_hub=Hub.objects.get(name="Kern Oost")).exclude(pk=author.pk)[:4]:
        actions.cast_vote(bottleneck=made, by=voter)
    result = {"url": made.get_absolute_url(), "number": made.pk}
"""


def top_of(page: Page, selector: str) -> float:
    """How far below the top of the page the first of these begins."""
    page.evaluate("document.fonts.ready")
    top: float = page.evaluate(
        "selector => document.querySelector(selector).getBoundingClientRect().top + scrollY", selector
    )
    return top


def test_on_a_phone_the_first_screen_has_content_and_the_one_act(
    site: Site, open_as: Opener, new_member: Callable[..., str]
) -> None:
    page = open_as(new_member("Duim Eerst", hub="Kern Oost"), "/bottlenecks/", viewport=PHONE)
    assert top_of(page, ".bn") <= 420
    assert top_of(page, ".page__head .btn--go") <= 200
    page.get_by_role("button", name="Meer filters").click()
    page.get_by_label("Speelt in").select_option("kern-oost")
    expect(page).to_have_url(re.compile(r"\?hub=kern-oost$"))
    expect(page.get_by_role("button", name="Meer filters 1 in gebruik")).to_have_count(1)
    for path in site.backstage.run(LONGEST):
        page.goto(path)
        box = page.locator("#vote-button").bounding_box()
        assert box
        assert box["y"] + box["height"] <= 700, path
        assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


@pytest.mark.parametrize("script", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_a_vote_says_what_it_did_and_can_be_taken_back(
    site: Site, open_as: Opener, new_member: Callable[..., str], script: bool
) -> None:
    made = site.backstage.run(ONE_SHORT, title=f"Een stem {'met' if script else 'zonder'} script")
    page = open_as(new_member("Stemt Mee", hub="Kern Oost"), made["url"], viewport=PHONE, java_script_enabled=script)
    box, row = page.locator("#vote-box"), page.locator(f"#b{made['number']}")
    page.locator("#vote-button").click()
    for words in ("Je bent de 6e.", "Uit jouw kern zijn dat er nu 5. Nog 4 leden en één kern en het is generiek."):
        expect(box.locator(".said")).to_contain_text(words)
    expect(box.locator(".given")).to_have_text("Ook van jou")
    if script:
        expect(page.locator("#live")).to_contain_text("Je bent de 6e.")
    box.get_by_role("button", name="4 uur per maand").click()
    expect(box).to_contain_text("Je schatte 4 uur per maand.")
    box.get_by_role("button", name="Stem intrekken").click()
    expect(box.locator(".said")).to_have_text(re.compile(r"Je stem is ingetrokken\.\s+Er zijn nu 5 leden\."))
    expect(box.get_by_role("button", name="Dit is van mij ook")).to_be_visible()

    page.goto(f"/bottlenecks/?q=nr.+{made['number']}")
    row.get_by_role("button", name="Dit is van mij ook").click()
    expect(row.locator(".answered")).to_contain_text("Je bent de 6e.")
    row.get_by_role("button", name="Stem intrekken", exact=True).click()
    expect(row.locator(".answered")).to_contain_text("Je stem is ingetrokken.")
    expect(row.locator(".vote")).to_have_attribute("aria-pressed", "false")


def test_who_comes_back_to_the_board_finds_all_rows_again(open_as: Opener, new_member: Callable[..., str]) -> None:
    page = open_as(new_member("Leest Door", hub="Kern Oost"), "/bottlenecks/", viewport=PHONE)
    page.locator("#more-link").click()
    expect(page).to_have_url(re.compile(r"\?rows=60$"))
    rows = page.locator(".bn").count()
    assert rows > 30
    page.locator(".bn a:not(.tag)").last.click()
    expect(page.locator("#vote-box")).to_be_visible()
    page.go_back()
    expect(page.locator(".bn")).to_have_count(rows)

    page.locator("#q").press_sequentially("data")
    expect(page).to_have_url(re.compile(r"\?q=data$"))
    entries = page.evaluate("history.length")
    with page.expect_response(lambda response: "q=data" in response.url):
        page.locator("#q").press("Enter")
    assert page.evaluate("history.length") == entries
