"""Moderation on a phone: reported, hidden with a reason, appealed, shown again by somebody else. Issue 10."""

from collections.abc import Callable

import pytest
from playwright.sync_api import ViewportSize, expect

from tests.browser.conftest import Opener
from tests.browser.pages import FACILITATOR
from tests.browser.site import Site

PHONE = ViewportSize(width=390, height=844)
SAID = """
    from activity.conversation import actions
    from community.models import User
    from community.organisation.actions import appoint_facilitator
    from issues.bottlenecks.actions import file_bottleneck
    appoint_facilitator(member=User.objects.get(email=second))
    by = User.objects.get(email=author)
    filer = User.objects.get(email="member@doorbraak.example")
    made = file_bottleneck(by=filer, title=title, situation="Hier wordt over gesproken.")
    said = actions.write_comment(subject=made.subject, by=by, text="Zet zijn naam erbij: Van Rossem.", language="nl")
    result = {"url": made.get_absolute_url(), "said": said.pk}
"""
STEP_DOWN = """
    from community.models import User
    from community.organisation.actions import end_facilitator
    result = end_facilitator(member=User.objects.get(email=second))
"""


@pytest.mark.parametrize("script", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_a_comment_is_reported_hidden_appealed_and_shown_again(
    site: Site, open_as: Opener, new_member: Callable[..., str], script: bool
) -> None:
    how = "met" if script else "zonder"
    author, reporter = new_member(f"Schrijver {how}"), new_member(f"Melder {how}")
    second = new_member(f"Tweede Facilitator {how}")
    title = f"Een melding {how} script"
    made = site.backstage.run(SAID, author=author, second=second, title=title)
    comment = f"#c{made['said']}"

    def reads(who: str, path: str):  # type: ignore[no-untyped-def]
        return open_as(who, path, viewport=PHONE, java_script_enabled=script)

    # A member reports it.
    page = reads(reporter, made["url"])
    page.locator(comment).get_by_role("link", name="Melden").press("Enter")
    page.get_by_role("radio", name="Gaat over iemand die hier niet kan antwoorden").press("Space")
    page.get_by_label("Toelichting").fill("Ik ken deze man.")
    page.get_by_role("button", name="Melden").press("Enter")
    expect(page.locator("body")).to_contain_text("Binnen 3 werkdagen hoor je wat er besloten is.")

    # A facilitator finds it at home and hides it.
    judge = reads(FACILITATOR, "/")
    judge.locator(".todo", has_text=title).get_by_role("link", name="Beslissen").press("Enter")
    expect(judge.locator("main")).to_contain_text("Van Rossem")
    expect(judge.locator("main")).to_contain_text("Ik ken deze man.")
    expect(judge.locator("body")).not_to_contain_text(f"Melder {how}")
    expect(judge.get_by_label("Reden")).to_have_value("person")
    judge.get_by_label("Wat je erbij schrijft").fill("Haal de naam eruit.")
    judge.get_by_role("button", name="Beslissen").press("Enter")
    expect(judge.get_by_role("heading", name="Wat er besloten is", level=1)).to_be_visible()
    page.goto(site.url + made["url"])
    expect(page.locator(comment)).to_contain_text("Een facilitator verborg hier een reactie")
    expect(page.locator("body")).not_to_contain_text("Van Rossem")

    # Its author reads why, and appeals.
    own = reads(author, made["url"])
    expect(own.locator(comment)).to_contain_text("Je reactie is verborgen.")
    expect(own.locator(comment)).to_contain_text("Haal de naam eruit.")
    own.locator(comment).get_by_role("link", name="Bezwaar maken").press("Enter")
    own.get_by_label("Jouw bezwaar").fill("Het staat in het verslag.")
    own.get_by_role("button", name="Bezwaar versturen").press("Enter")
    expect(own.locator("main")).to_contain_text("Je hebt bezwaar gemaakt.")

    # Who hid it does not decide; another facilitator does.
    judge.goto(site.url)
    expect(judge.locator(".todo", has_text=title)).to_have_count(0)
    other = reads(second, "/")
    other.locator(".todo", has_text=title).get_by_role("link", name="Beslissen").press("Enter")
    expect(other.locator("main")).to_contain_text("Het staat in het verslag.")
    other.get_by_label("Wat je erbij schrijft").fill("Wat er gezegd is mag hier staan.")
    other.get_by_role("button", name="Terugzetten").press("Enter")
    expect(other.locator("main")).to_contain_text("Teruggezet")
    page.goto(site.url + made["url"])
    expect(page.locator(comment)).to_contain_text("Van Rossem")
    judge.goto(f"{site.url}/moderation/")
    expect(judge.locator(".logbook > li").first).to_contain_text(f"Tweede Facilitator {how} zette de reactie terug")
    assert site.backstage.run(STEP_DOWN, second=second)
