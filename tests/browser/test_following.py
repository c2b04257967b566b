"""Following on a phone: button, bell, mail and answer, by keyboard alone, with and without JavaScript. Issue 10."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import ViewportSize, expect

from tests.browser.conftest import Opener
from tests.browser.site import Site

PHONE = ViewportSize(width=390, height=844)
FILED = """
    from activity.notices.fanout import tell_due
    from community.models import User
    from issues.bottlenecks.actions import file_bottleneck
    filer = User.objects.get(email="member@doorbraak.example")
    made = file_bottleneck(by=filer, title=title, situation="Hier wordt over gesproken.")
    tell_due()
    result = {"url": made.get_absolute_url(), "handle": User.objects.get(email=named).handle}
"""
#: What the worker does, and the mail that then waits for ``to``, as text.
WORK = """
    from activity.devmail import take_apart, waiting_message
    from activity.models import Email
    from activity.notices.fanout import tell_due
    tell_due()
    mail = Email.objects.get(kind="notices", member__email=to, state="waiting")
    result = take_apart(waiting_message(mail.pk)).text
"""


@pytest.mark.parametrize("script", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_who_follows_is_told_and_who_is_named_answers(
    site: Site, open_as: Opener, new_member: Callable[..., str], script: bool
) -> None:
    how = "met" if script else "zonder"
    follower, named = new_member(f"Volger {how}"), new_member(f"Genoemd {how}")
    title = f"Iets om te volgen {how} script"
    made = site.backstage.run(FILED, title=title, named=named)

    # A member follows it, by keyboard: what the button says is what they chose.
    page = open_as(follower, made["url"], viewport=PHONE, java_script_enabled=script)
    button = page.locator("#follow-button")
    expect(button).to_contain_text("Volgen")
    button.press("Enter")
    page.locator("#follow-levels").get_by_role("button", name="Alles").press("Enter")
    expect(page.locator("#follow-button")).to_contain_text("Alles")

    # They say something, and name somebody. The box to follow is not there: they chose.
    expect(page.get_by_label("Dit volgen")).to_have_count(0)
    page.get_by_label("Schrijf mee").fill(f"Hoe is dat bij jullie, @{made['handle']}?")
    page.get_by_role("button", name="Versturen").press("Enter")
    expect(page).to_have_url(re.compile(r"#c\d+$"))

    # Who is named hears of it in the portal and by mail, which leads to the comment; then it is read.
    mail = site.backstage.run(WORK, to=named)
    assert f"Volger {how} noemt je in een reactie." in mail
    assert f"Hoe is dat bij jullie, Genoemd {how}?" in mail
    other = open_as(named, "/", viewport=PHONE, java_script_enabled=script)
    expect(other.locator("#bell")).to_contain_text("Meldingen, 1 nieuw")
    other.locator("#bell").press("Enter")
    expect(other.locator(".notice.is-new")).to_contain_text(f"Volger {how} noemt je in een reactie")
    link = re.search(r"http\S+(/notifications/\d+/)", mail)
    assert link is not None
    other.goto(site.url + link[1])
    expect(other).to_have_url(re.compile(r"#c\d+$"))
    expect(other.locator("#bell")).not_to_contain_text("nieuw")

    # They answer, with the box ticked that lets them hear of what comes next.
    expect(other.get_by_label("Dit volgen")).to_be_checked()
    other.locator(".comment").last.get_by_role("link", name="Antwoorden").press("Enter")
    expect(other.get_by_label("Dit volgen")).to_be_checked()
    other.get_by_label("Schrijf mee").press("End")
    other.get_by_label("Schrijf mee").press_sequentially("net zo")
    other.get_by_role("button", name="Versturen").press("Enter")
    expect(other.locator("#follow-button")).to_contain_text("Je volgt dit")

    # The first hears of the answer; its author puts it in other words, which tells nobody anew.
    site.backstage.run(WORK, to=follower)
    other.locator(".comment").last.get_by_role("link", name="Wijzigen").press("Enter")
    other.locator("textarea").fill(f"@volger-{how} precies zo")
    other.get_by_role("button", name="Opslaan").press("Enter")
    site.backstage.run(WORK, to=follower)
    page.goto(f"{site.url}/notifications/")
    news = page.locator(".notice.is-new", has_text=title)
    expect(news).to_contain_text(f"Genoemd {how} noemt je in een reactie")
    expect(news.locator("li")).to_have_count(1)
    news.get_by_role("button", name="Als gelezen markeren").press("Enter")
    expect(page.locator(".notice.is-new", has_text=title)).to_have_count(0)
    expect(page.locator("#bell")).not_to_contain_text("nieuw")

    # What one chose is on the page of all one follows, and can be changed there.
    page.goto(f"{site.url}/me/follows/")
    row = page.get_by_role("listitem").filter(has_text=title)
    expect(row).to_contain_text("Dat koos je zelf.")
    row.get_by_role("link", name="Alles").press("Enter")
    page.get_by_role("button", name="Niet", exact=False).first.press("Enter")
    expect(page.locator("#follow-button")).to_contain_text("Niet")
