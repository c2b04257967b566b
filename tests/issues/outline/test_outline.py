"""The outline that a committee asks for: on screen and on paper, what every member may read, nothing else. Spec 02."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.test import Client

from activity.consent.actions import close_round
from activity.consent.clock import first_day, today
from activity.models import Audience, Subject
from community.models import User
from issues.models import Bottleneck, Theme, ThemeVersion
from issues.outline import actions, selectors
from issues.outline.paper import outline_paper
from tests.factories import BottleneckFactory, HubFactory, ThemeFactory, UserFactory, VoteFactory, facilitator
from tests.trees import parse

pytestmark = pytest.mark.django_db

FRIDAY = datetime(2026, 11, 27, 10, tzinfo=UTC)
MARKUP = '#panic("x") $x$ *y* _z_ = @a <b> \\ ] [ } {'


def reading(member: User | None = None) -> Client:
    client = Client()
    client.force_login(member or UserFactory())
    return client


def text_of(response: Any) -> str:
    return " ".join(parse(response.text).text().split())


def on_paper(version: ThemeVersion | None = None) -> dict[str, Any]:
    """What the PDF is made of."""
    paper = outline_paper(selectors.outline(UserFactory(), version), version, FRIDAY.date())
    made: dict[str, Any] = json.loads(paper._inputs())
    return made


def adopted() -> ThemeVersion:
    """A version that holds: HR first, ICT left out."""
    judge = facilitator()
    draft = actions.begin_draft(by=judge)
    actions.move_theme(theme=draft.themes.get(name="HR"), by=judge, place=1)
    actions.remove_theme(theme=draft.themes.get(name="ICT"), by=judge, goes_to=None)
    asked = {"why": "x", "question": "y", "language": "nl", "closes_on": first_day(today())}
    version = actions.propose_version(draft=draft, by=judge, **asked)
    close_round(consent=version.consent, by=judge)
    return actions.adopt_version(version=version, by=judge)


@pytest.fixture
def themes() -> dict[str, Theme]:
    texts = {"ICT": "Een **machine**.", "HR": "", "Leeg": "- een\n- twee"}
    return {
        name: ThemeFactory(name=name, explanation=text, position=at) for at, (name, text) in enumerate(texts.items())
    }


def test_each_theme_is_a_chapter_with_what_it_orders_and_nobodys_name(themes):
    with time_machine.travel(FRIDAY, tick=False):
        anna, hub = UserFactory(name="Anna van den Berg", shows_support=True), HubFactory(name="Kern Oost")
        BottleneckFactory(title="Weinig steun", theme=themes["ICT"], author=anna)
        top = BottleneckFactory(
            title="Geen machine",
            theme=themes["ICT"],
            author=anna,
            hubs=[hub],
            generic_at=datetime(2020, 1, 6, tzinfo=UTC),
        )
        Bottleneck.objects.filter(pk=top.pk).update(
            support="3.2", member_count=1_204, hub_count=7, hours="96.5", estimate_count=40
        )
        VoteFactory(bottleneck=top, member=anna)
        BottleneckFactory(title="Zonder iets", theme=None)
        page = reading().get("/themes/outline/")
        assert (
            f"1 ICT Een machine . No. Bottleneck Members Hubs Hours State Since {top.pk} Geen machine 1,204 7 96.5 "
            "generic 6 January 2020" in text_of(page)
        )
        assert [node.text().split()[-1] for node in parse(page.text).all("h2")] == ["ICT", "HR", "Leeg", "theme"]
        assert "Weinig steun 0 0 – filed 27 November 2026" in text_of(page)
        assert "No open bottleneck stands under this theme." in text_of(page)
        assert "3 open bottlenecks keep our members" in text_of(page)
        assert "figures of 27 November 2026" in text_of(page)
        data = on_paper()
        for told in (page.text, json.dumps(data, ensure_ascii=False)):
            assert "Anna van den Berg" not in told
            assert "Kern Oost" not in told
        first, *_rest, last = data["chapters"]
        assert [row["title"] for row in first["rows"]] == ["Geen machine", "Weinig steun"]
        assert first["rows"][0]["members"] == "1,204"
        assert first["explanation"][0]["words"][1] == {
            "text": "machine",
            "strong": True,
            "stressed": False,
            "struck": False,
        }
        assert (last["name"], last["numbered"], [row["title"] for row in last["rows"]]) == (
            "Without a theme",
            False,
            ["Zonder iets"],
        )


def test_only_what_every_member_may_read_stands_in_it(themes):
    hub = HubFactory()
    of_hub = BottleneckFactory(title="Van de kern", theme=themes["HR"], hubs=[hub])
    Subject.objects.filter(pk=of_hub.subject_id).update(audience=Audience.HUBS)
    for title, column in (("Verborgen", "hidden_at"), ("Afgelopen", "closed_at")):
        subject = BottleneckFactory(title=title, theme=themes["HR"]).subject
        Subject.objects.filter(pk=subject.pk).update(**{column: FRIDAY})
    for reader in (UserFactory(), facilitator()):
        page = reading(reader).get("/themes/outline/").text
        assert not [title for title in ("Van de kern", "Verborgen", "Afgelopen") if title in page]
    assert all(not chapter["rows"] for chapter in on_paper()["chapters"])


def test_a_long_list_is_cut_off_and_says_so(themes):
    BottleneckFactory.create_batch(selectors.PRINTED + 3, theme=themes["ICT"])
    page = reading().get("/themes/outline/")
    assert len(parse(page.text).all("tr")) == selectors.PRINTED + 1
    assert "And 3 more." in text_of(page)
    assert "25 of them at most" in text_of(page)
    assert on_paper()["chapters"][0]["note"] == "And 3 more."


def test_of_many_themes_each_has_a_few(themes):
    for theme in ThemeFactory.create_batch(60):
        BottleneckFactory.create_batch(1, theme=theme)
    BottleneckFactory.create_batch(12, theme=themes["ICT"])
    data = on_paper()
    assert len(data["chapters"][0]["rows"]) == 6
    assert data["chapters"][0]["note"] == "And 6 more."


def test_the_pdf_is_in_the_readers_language_and_sent_once(themes):
    BottleneckFactory(title=MARKUP, theme=themes["ICT"], language="en")
    client = reading(UserFactory(language="nl"))
    answer = client.get("/themes/outline.pdf")
    assert answer.headers["Content-Type"] == "application/pdf"
    assert "hoofdlijnen-" in answer.headers["Content-Disposition"]
    assert answer.content.startswith(b"%PDF-1.7")
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert client.get("/themes/outline.pdf").content == answer.content
    again = client.get("/themes/outline.pdf", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    BottleneckFactory(title="Nog een", theme=themes["HR"])
    other = client.get("/themes/outline.pdf", headers={"If-None-Match": answer.headers["ETag"]})
    assert other.status_code == 200
    english = reading(UserFactory(language="en")).get("/themes/outline.pdf")
    assert "outline-" in english.headers["Content-Disposition"]
    assert english.content != answer.content
    assert Client().get("/themes/outline.pdf").status_code == 302


def test_a_former_version_keeps_its_chapters(themes):
    moved = BottleneckFactory(title="Geen machine", theme=themes["ICT"])
    BottleneckFactory(title="Geen loopbaan", theme=themes["HR"])
    version = adopted()
    before = text_of(reading().get("/themes/versions/1/outline/"))
    assert "1 ICT Een machine . This is no theme any more: what it ordered stands elsewhere." in before
    assert "Version 1 of the themes, written down as it stood on" in before
    now = text_of(reading().get("/themes/outline/"))
    assert "Version 2 of the themes, adopted on" in now
    assert "1 HR No." in now
    assert f"Without a theme No. Bottleneck Members Hubs Hours State Since {moved.pk} Geen machine" in now
    data = on_paper(version)
    assert [chapter["name"] for chapter in data["chapters"]] == ["HR", "Leeg", "Without a theme"]
    assert reading().get("/themes/versions/1/outline.pdf").status_code == 200
    assert reading().get("/themes/versions/3/outline.pdf").status_code == 404


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("rows", [10, 1_000])
def test_it_costs_the_same_at_any_size(rows: int, django_assert_num_queries: Any) -> None:
    made = [ThemeFactory(name=name, position=at) for at, name in enumerate(["ICT", "HR", "Leeg"])]
    subjects = Subject.objects.bulk_create(
        Subject(kind="bottleneck", title="x", language="nl", url="/x/", announced_at=FRIDAY, created_at=FRIDAY)
        for _each in range(rows)
    )
    Bottleneck.objects.bulk_create(
        Bottleneck(subject=it, title="x", situation="y", theme=[*made, None][at % 4]) for at, it in enumerate(subjects)
    )
    adopted()
    client = reading()
    client.get("/themes/outline/")
    # who reads, which version holds and whether it does, three columns of keys and rows
    with django_assert_num_queries(6):
        client.get("/themes/outline/")
    with django_assert_num_queries(6):
        client.get("/themes/outline.pdf")
    with django_assert_num_queries(6):  # who reads, the version and its list, keys and rows
        client.get("/themes/versions/2/outline/")
