"""A consent round on a phone: answer, answer otherwise, have a condition answered, read the result. Issue 10."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import ViewportSize, expect

from tests.browser.conftest import Opener
from tests.browser.site import Site

PHONE = ViewportSize(width=390, height=844)
ASK = """
    from activity.consent import actions, clock
    from community.models import Hub, User
    by = User.objects.get(email="representative@doorbraak.example")
    hub = Hub.objects.get(name="Kern Oost")
    made = actions.open_round(
        subject=hub.subject, by=by, question=question, text="Wij delen **alles**.", language="nl",
        closes_on=clock.usual_day(clock.today()),
    )
    result = {"pk": made.pk, "url": made.get_absolute_url(), "hub": hub.get_absolute_url()}
"""
CLOSE = """
    from datetime import timedelta
    from django.utils import timezone
    from activity.consent import actions
    from activity.consent.models import ConsentRound
    from community.models import User
    consent = ConsentRound.objects.get(pk=pk)
    there = User.objects.active().exclude(consent_positions__consent=consent).order_by("pk")[:5]
    for member in there:
        actions.speak(consent=consent, by=member, version=1, answer="support")
    only = ConsentRound.objects.filter(pk=pk)
    later = timezone.now() + timedelta(days=30)
    others = ConsentRound.objects.open().exclude(pk=pk)
    kept = dict(others.values_list("pk", "closes_on"))
    others.update(closes_on=(later + timedelta(days=5)).date())
    closed = actions.close_due_rounds(now=later)
    for other, day in kept.items():
        ConsentRound.objects.filter(pk=other).update(closes_on=day)
    result = closed
"""


@pytest.mark.parametrize("script", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_a_member_answers_changes_it_and_reads_what_came_of_it(
    site: Site, open_as: Opener, new_member: Callable[..., str], script: bool
) -> None:
    question = f"Sta je hierachter, {'met' if script else 'zonder'} script?"
    made = site.backstage.run(ASK, question=question)
    member = new_member("Stem Mee", hub="Kern Oost")
    page = open_as(member, made["hub"], viewport=PHONE, java_script_enabled=script)
    rounds = page.locator("#consent")
    rounds.get_by_role("listitem").filter(has_text=question).get_by_role("link", name="Antwoorden").click()
    expect(page.locator("h1")).to_have_text(question)
    expect(page.get_by_label("Ik steun dit als")).not_to_be_visible()
    page.get_by_role("radio", name="Steun als").check()
    page.get_by_label("Ik steun dit als").fill("het na een half jaar mag stoppen")
    page.get_by_role("button", name="Antwoord opslaan").click()
    expect(page.locator("#answer .answered")).to_contain_text("Steun als … het na een half jaar mag stoppen")
    expect(page.locator("#conditions")).to_contain_text("genoemd door minder dan 5 leden, ook door jou")

    keeper = open_as("representative@doorbraak.example", made["url"], viewport=PHONE, java_script_enabled=script)
    keeper.locator("#conditions").get_by_role("link", name="Beantwoorden").click()
    keeper.get_by_role("radio", name="Voldaan", exact=False).first.check()
    keeper.get_by_role("button", name="Antwoord opslaan").click()
    expect(keeper.locator("#conditions")).to_contain_text("voldaan in versie 1")

    page.reload()
    expect(page.locator("#conditions .verdict")).to_have_text("voldaan")
    page.locator("#answer").get_by_role("link", name="Wijzigen").click()
    page.get_by_role("radio", name="Steun", exact=True).check()
    page.get_by_role("button", name="Antwoord opslaan").click()
    expect(page.locator("#answer .answered")).to_have_text(re.compile(r"^\s*Steun\s*Wijzigen\s*$"))

    assert site.backstage.run(CLOSE, pk=made["pk"]) == 1
    page.goto(site.url + made["url"])
    expect(page.locator("#answer")).to_contain_text("6 van ")
    expect(page.locator(".splitkey .is-yes")).to_contain_text("6")
    expect(page.locator("#answer")).to_contain_text("SHA-256")
    expect(page.get_by_role("button", name="Antwoord opslaan")).to_have_count(0)
