"""A newcomer with a phone, from the landing page to a first vote: how much they have to click and type."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Opener
from tests.browser.pages import NEWCOMER
from tests.browser.site import Site

PHONE = {"viewport": {"width": 390, "height": 844}}
ADDRESS = "nina.nieuw@doorbraak.example"
PASSWORD = "vier zwarte katten op een dak"

MAILED_LINK = """
    from activity.models import Email
    result = Email.objects.get(address=address, kind="account_confirm").opened()["activate_url"]
"""
WHAT_CAME_OF_IT = """
    from community.models import User
    from issues.models import Bottleneck, Vote
    member = User.objects.get(email=address)
    own = Bottleneck.objects.filter(author=member)
    result = {
        "active": member.activated_at is not None,
        "hub": str(member.primary_hub),
        "filed": list(own.values_list("title", flat=True)),
        "voted": Vote.objects.filter(member=member).exclude(bottleneck__in=own).count(),
    }
"""


@dataclass
class Hand:
    """Clicks and types as a person does, and counts."""

    page: Page
    clicks: int = 0
    typed: list[str] = field(default_factory=list)

    def click(self, what: Locator) -> None:
        self.clicks += 1
        what.click()

    def follow_from_mail(self, link: str) -> None:
        """Open a link that stands in a mail: in the same browser, by one click."""
        self.clicks += 1
        self.page.goto(link)

    def type(self, name: str, text: str) -> None:
        self.typed.append(name)
        self.page.locator(f"#id_{name}").fill(text)


@pytest.mark.timeout(180)
def test_a_newcomer_needs_at_most_eight_clicks_and_five_fields_to_take_part(site: Site, open_as: Opener) -> None:
    page = open_as(None, "/", **PHONE)
    hand = Hand(page)
    hand.click(page.locator(".hero a[href='/sign-up/']"))
    hand.type("name", "Nina Nieuw")
    hand.type("email", ADDRESS)
    hand.type("password1", PASSWORD)
    hand.click(page.locator("form.form .btn--go"))
    expect(page.locator("h1")).to_have_text("Kijk in je mail")

    hand.follow_from_mail(site.backstage.run(MAILED_LINK, address=ADDRESS))
    hand.click(page.locator("form.form .btn--go"))
    expect(page).to_have_url(re.compile(r"\.\d+:\d+/$|localhost:\d+/$"))  # home, signed in
    expect(page.locator("main")).to_contain_text("Je e-mailadres is bevestigd.")

    join = page.locator("main form[action$='/join/'] button").first
    hub = (join.locator("xpath=ancestor::li[1]").get_by_role("link").first.text_content() or "").strip()
    hand.click(join)
    expect(page.locator("main")).to_contain_text(f"Je bent lid van {hub}.")

    with page.expect_response(lambda response: "/vote/" in response.url):
        hand.click(page.locator("main section[aria-labelledby=rising-heading] button[aria-pressed=false]").first)

    hand.click(page.locator("main a[href='/bottlenecks/new/']").first)
    hand.type("title", "Nieuwe collega's wachten weken op een laptop")
    hand.type("situation", "Ik begon op 1 september en kon pas in oktober inloggen.")
    hand.click(page.locator("#filing .btn--go"))
    expect(page.locator("h1")).to_have_text("Nieuwe collega's wachten weken op een laptop")

    came_of_it = site.backstage.run(WHAT_CAME_OF_IT, address=ADDRESS)
    assert came_of_it == {
        "active": True,
        "hub": hub,
        "filed": ["Nieuwe collega's wachten weken op een laptop"],
        "voted": 1,
    }
    assert hand.clicks <= 8
    assert len(hand.typed) <= 5


@pytest.mark.timeout(180)
@pytest.mark.parametrize(
    ("path", "what", "within"),
    [
        ("/hubs/", "main .card .card__title", 420),
        ("/hubs/", "main .card button[id^=join], main .card a.btn", 640),
        ("/hubs/kern-zuid/", "#join", 520),
        ("/hubs/kern-zuid/", "main .prose", 600),
        ("/members/", "#results li", 420),
        ("/members/bram-smit/", "main a[href^='mailto:']", 420),
    ],
)
def test_the_first_screen_of_a_phone_is_content_and_the_one_act(
    open_as: Opener, path: str, what: str, within: int
) -> None:
    page = open_as(NEWCOMER, path, **PHONE)
    box = page.locator(what).first.bounding_box()
    assert box
    assert box["y"] + min(box["height"], 44) <= within
