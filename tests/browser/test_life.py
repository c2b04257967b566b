"""The whole life of one bottleneck, in Dutch, while its days pass. Spec 02; issue "Bottlenecks, complete"."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, time
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Opener
from tests.browser.pages import FACILITATOR, REPRESENTATIVE
from ui.workdays import workday_before

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.browser.site import Site

TITLE = "De liften in het archief staan stil"
HUBS = ("Kern Oost", "Kern Zuid", "Kern Geo", "Kern Noord")
ZONE = ZoneInfo("Europe/Amsterdam")


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_filed_supported_merged_adopted_solved_denied_reopened_and_confirmed(
    site: Site, open_as: Opener, new_member: Callable[..., str]
) -> None:
    filer, *others = (new_member(f"Lift Loper {number}", hub=HUBS[number % 4]) for number in range(13))
    page = open_as(filer, "/bottlenecks/new/")
    page.locator("#id_title").fill(TITLE)
    page.locator("#id_situation").fill("Elke week twee dagen. Dozen gaan met de hand vier trappen op.")
    page.locator("#filing .btn--go").click()
    expect(page.locator(".life")).to_contain_text("gemeld")
    address = page.url

    number = re.search(r"/bottlenecks/(\d+)-", address)
    assert number is not None
    duplicate = _supported_by(site, int(number[1]), others, filer)
    page.reload()
    expect(page.locator("#states")).to_contain_text("generiek")
    expect(page.locator("#vote-box")).to_contain_text("steun uit 4 van de 12 kernen")
    expect(page.locator("#next-step")).to_contain_text("De facilitators zijn uiterlijk")

    facilitator = open_as(FACILITATOR, f"/bottlenecks/{duplicate}/merge/")
    facilitator.locator("#id_number").fill(number[1])
    facilitator.locator("#id_reason").fill("Zelfde lift, zelfde trappen.")
    facilitator.get_by_role("button", name="Voorstellen").click()
    expect(facilitator).to_have_url(re.compile(r"/merges/\d+/$"))
    _let_pass(site, number[1], days=8)
    facilitator.goto(f"/bottlenecks/{duplicate}/")
    expect(facilitator).to_have_url(re.compile(rf"/bottlenecks/{number[1]}-"))
    expect(facilitator.locator("main")).to_contain_text("Archieflift defect")
    expect(facilitator.locator("#vote-box dd").first).to_have_text("14")  # thirteen, and one of the duplicate

    representative = open_as(REPRESENTATIVE, f"/bottlenecks/{number[1]}/adopt/")
    representative.locator("#id_plan").fill("Wij lenen de goederenlift van de buren, tot de zomer.")
    representative.get_by_role("button", name="Oppakken").click()
    expect(representative.locator(".life")).to_contain_text("door Kern Oost")
    representative.get_by_role("link", name="Opgelost door deze kern").click()
    _say_solved(representative, "De goederenlift van de buren is nu ook van ons.")
    expect(representative.locator("#ending")).to_contain_text("Opgelost, zegt men")

    _let_pass(site, number[1], days=15)
    mails = open_as(others[0], "/dev/mail/").locator("main")
    expect(mails).to_contain_text(f"Is dit voor jou opgelost? {TITLE}")
    for address_of, link in _links(site, int(number[1]), others[:3]).items():
        visitor = open_as(None, f"{link}?answer=no")
        visitor.get_by_role("button", name="Antwoorden").click()
        expect(visitor.locator("h1"), address_of).to_contain_text("je antwoord telt mee")
    page.reload()
    expect(page.locator("#told")).to_contain_text("Leden lopen er nog tegenaan: dit is weer open")
    expect(page.locator("#vote-button")).to_be_visible()

    facilitator.goto(f"/bottlenecks/{number[1]}/end/")
    facilitator.get_by_label("door onszelf, als leden of kernen").check()
    _say_solved(facilitator, "De lift is gemaakt, en er is een tweede bij.")
    _let_pass(site, number[1], days=15)
    page.reload()
    page.get_by_label("Ja, voor mij is het opgelost").check()
    page.locator("#ending").get_by_role("button", name="Antwoorden").click()
    expect(page.locator("#messages")).to_contain_text("je antwoord telt mee")
    _let_pass(site, number[1], days=40)
    page.reload()
    expect(page.locator("#ending")).to_contain_text("Een doorbraak: opgelost en bevestigd")
    expect(page.locator(".life")).to_contain_text("opgelost")
    wrong = site.backstage.run(
        """
        from ui.kept import kept_figures
        result = [str(it) for key in ("links", "votes") for it in kept_figures[key].differences()]
        """
    )
    assert wrong == []


def _supported_by(site: Site, number: int, members: list[str], filer: str) -> int:
    """Twelve members vote for it; one of them filed the same before. Returns the number of that one."""
    found: int = site.backstage.run(
        """
        from community.models import User
        from issues.bottlenecks.actions import cast_vote, file_bottleneck
        from issues.models import Bottleneck
        people = {user.email: user for user in User.objects.filter(email__in=[*members, filer])}
        for member in members:
            cast_vote(bottleneck=Bottleneck.objects.get(pk=number), by=people[member])
        other = User.objects.get(email="member@doorbraak.example")
        result = file_bottleneck(by=other, title="Archieflift defect", situation="Hij doet het niet.").pk
        """,
        number=number,
        members=members,
        filer=filer,
    )
    return found


def _say_solved(page: Page, text: str) -> None:
    page.locator("#id_text").fill(text)
    page.locator("main form .btn--main").click()
    expect(page.locator("#ending")).to_contain_text(text)


def _let_pass(site: Site, number: str, *, days: int) -> None:
    """Let so many days pass for one bottleneck alone, and have the clock do what is due, at eleven: mail goes out.

    Their dates move back, not the clock forward: the rest of the community, which other tests read, stays where it is.
    """
    at = datetime.combine(workday_before(1, datetime.now(ZONE).date()), time(11), ZONE)
    site.backstage.run(
        """
        from datetime import datetime, timedelta
        import time_machine
        from django.db.models import F
        from django.utils import timezone
        from activity.tasks import send_outbox
        from issues.endings.tasks import ask_whether_solved, settle_answers
        from issues.models import Ending, Merge
        from issues.tasks import merge_due
        at = datetime.fromisoformat(at)
        passed = timezone.now() - at + timedelta(days=days)
        for rows, names in (
            (Merge.objects.filter(main=number), ("proposed_at", "objections_until", "effective_at")),
            (Ending.objects.filter(bottleneck=number), ("ended_at", "asked_at", "asks_until", "settled_at")),
        ):
            rows.update(**{name: F(name) - passed for name in names})
        with time_machine.travel(at):
            for task in (merge_due, ask_whether_solved, settle_answers, send_outbox):
                task()
        """,
        at=at.isoformat(),
        days=days,
        number=int(number),
    )


def _links(site: Site, number: int, members: list[str]) -> dict[str, str]:
    """The address in the mail of each member."""
    links: dict[str, str] = site.backstage.run(
        """
        from activity.links import token_for
        from community.models import User
        from issues.endings.links import NOTICE
        from issues.models import Bottleneck
        subject = Bottleneck.objects.get(pk=number).subject
        people = User.objects.filter(email__in=members)
        tokens = {it.email: token_for(purpose=NOTICE, member=it, subject=subject) for it in people}
        result = {email: f"/bottlenecks/noticed/{token}/" for email, token in tokens.items()}
        """,
        number=number,
        members=members,
    )
    return links
