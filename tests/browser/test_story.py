"""The morning that the portal is for, from joining a hub to a reminder in the mail."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Opener
from tests.browser.pages import FACILITATOR, MEMBER
from tests.browser.site import Site

ZONE = ZoneInfo("Europe/Amsterdam")


def _sign_in(page: Page, email: str) -> None:
    page.goto("/sign-in/")
    page.locator("#id_login").fill(email)
    page.locator("#id_password").fill("doorbraak-demo")
    page.locator("#id_password").press("Enter")
    expect(page).to_have_url(re.compile(r"/$"))


def _schedule(page: Page, title: str, *, starts_at: datetime, capacity: int) -> str:
    """Fill in the form of a session and publish it; returns its path."""
    page.goto("/sessions/new/")
    page.locator("#id_title").fill(title)
    page.locator("#id_day").fill(f"{starts_at:%Y-%m-%d}")
    page.locator("#id_starts").fill(f"{starts_at:%H:%M}")
    page.locator("#id_ends").fill(f"{starts_at + timedelta(hours=1):%H:%M}")
    page.locator("#id_capacity").fill(str(capacity))
    page.locator("#id_description").fill("Neem je vraag mee.")
    page.locator("button[name=publish]").click()
    if page.locator("[name=sure]").count():  # what else is on that day, or which holiday it is
        page.locator("button[name=publish]").click()
    expect(page.locator("h1")).to_have_text(title)
    return urlsplit(page.url).path


def _answer(page: Page, session: str, answer: str) -> None:
    page.goto(session)
    if page.locator("#rsvp details.fold").count():  # what would be lost for good is asked first
        page.locator("#rsvp details.fold > summary").click()
    with page.expect_response(lambda response: "/answer/" in response.url and response.ok):
        page.locator(f"#rsvp button[name=answer][value={answer}]").first.click()


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_from_joining_a_hub_to_a_reminder_in_the_mail(
    site: Site, open_as: Opener, new_member: Callable[..., str]
) -> None:
    # As a member: join a hub, file a bottleneck, support somebody else's.
    member = open_as(None, "/sign-in/")
    _sign_in(member, MEMBER)
    member.goto("/hubs/kern-geo/")
    member.locator("form[action$='/hubs/kern-geo/join/'] button").first.click()
    expect(member.locator("form[action$='/hubs/kern-geo/join/']")).to_have_count(0)
    member.goto("/bottlenecks/new/")
    member.locator("#id_title").fill("De koffie is op voor de bijeenkomst begint")
    member.locator("#id_situation").fill("Om tien voor negen is de kan leeg.")
    member.locator("#filing .more-fields summary").click()
    member.locator("#id_hours").fill("1,5")
    member.locator("#filing .btn--go").click()
    expect(member.locator("h1")).to_have_text("De koffie is op voor de bijeenkomst begint")
    expect(member.locator("#vote-box .given")).to_be_visible()
    member.goto("/bottlenecks/")
    member.get_by_role("link", name="Geen standaard voor metadata").click()
    member.locator("#vote-button").click()
    expect(member.locator("#vote-box .given")).to_be_visible()
    expect(member.locator("#vote-box .figures dd").first).to_have_text("24")

    # As a facilitator: a session next month with two places.
    facilitator = open_as(None, "/sign-in/")
    _sign_in(facilitator, FACILITATOR)
    next_month = (datetime.now(ZONE) + timedelta(days=31)).replace(hour=10, minute=30)
    session = _schedule(facilitator, "Twee stoelen en een tafel", starts_at=next_month, capacity=2)

    # Three members want to come; the third waits.
    people = {name: new_member(name, hub="Kern Oost") for name in ("Ada Eerste", "Bo Tweede", "Cem Derde")}
    pages = {name: open_as(address) for name, address in people.items()}
    for page in pages.values():
        _answer(page, session, "going")
    waiting = pages["Cem Derde"]
    waiting.goto(session)
    expect(waiting.locator("#rsvp")).to_contain_text("1")
    assert _state(site, session, people["Cem Derde"]) == "waitlisted"

    # One cancels; the third is in and has a mail.
    _answer(pages["Ada Eerste"], session, "not_going")
    assert _state(site, session, people["Ada Eerste"]) == "not_going"
    assert _state(site, session, people["Cem Derde"]) == "going"

    # The day before a second session the reminder is in the mail.
    tomorrow = datetime.now(ZONE).replace(hour=12, minute=0) + timedelta(days=1)
    second = _schedule(facilitator, "Morgen al bij elkaar", starts_at=tomorrow + timedelta(days=1), capacity=10)
    _answer(pages["Bo Tweede"], second, "going")
    site.run_clock(tomorrow)
    mails = open_as(MEMBER, "/dev/mail/").locator("main")
    promoted, reminded = (
        site.backstage.run(SUBJECT_OF, address=people[name], kind=kind)
        for name, kind in (("Cem Derde", "session_promoted"), ("Bo Tweede", "session_reminder_1"))
    )
    assert promoted
    assert reminded
    expect(mails).to_contain_text(people["Cem Derde"])
    expect(mails).to_contain_text("Morgen al bij elkaar")


SUBJECT_OF = """
    from activity.models import Email
    result = Email.objects.filter(member__email=address, kind=kind).exists()
"""


def _state(site: Site, session: str, email: str) -> str:
    state: str = site.backstage.run(
        """
        from events.models import Rsvp
        result = Rsvp.objects.get(session=int(path.split("/")[2].split("-")[0]), member__email=email).state
        """,
        path=session,
        email=email,
    )
    return state
