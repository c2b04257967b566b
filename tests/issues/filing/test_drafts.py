"""Drafts on the server, filing confidentially, and what filers told their managers. Spec 02, Filing."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from activity.models import Activity
from activity.notices.fanout import tell_due
from community.accounts.actions import erase_member
from community.models import User
from issues.bottlenecks.actions import correct_bottleneck, file_bottleneck
from issues.drafts.actions import forget_old_drafts
from issues.models import Bottleneck, Draft
from tests.factories import BottleneckFactory, HubFactory, UnitFactory, UserFactory, facilitator, member_of
from tests.trees import parse

pytestmark = pytest.mark.django_db

NEW, DRAFT = "/bottlenecks/new/", "/bottlenecks/draft/"


def reading(member: User) -> Client:
    client = Client()
    client.force_login(member)
    return client


def text_of(response: Any) -> str:
    return " ".join(parse(response.text).text().split())


def sent(**fields: Any) -> dict[str, Any]:
    return {
        "creation_key": str(uuid.uuid4()),
        "title": "Toegang duurt maanden",
        "situation": "Wij\nwachten.",
        "language": "nl",
        "attribution": "named",
        **fields,
    }


class TestDrafts:
    """What is typed is kept while one types, and comes back."""

    def test_it_is_kept_while_typing_and_comes_back_with_its_date(self) -> None:
        member = UserFactory()
        client = reading(member)
        with time_machine.travel(datetime(2026, 6, 3, 8, 42, tzinfo=UTC), tick=False):
            saved = client.post(DRAFT, sent(hours="2,5"), headers={"HX-Request": "true"})
        assert "draft saved at 10:42" in saved.text
        client.post("/language/", {"language": "nl", "next": NEW})
        page = client.get(NEW)
        assert "Je concept van 3 juni" in text_of(page)
        for typed in ('value="Toegang duurt maanden"', "Wij\nwachten.", 'value="2,5"'):
            assert typed in page.text
        assert "Toegang duurt" not in reading(UserFactory()).get(NEW).text
        assert b"Toegang" not in bytes(Draft.objects.get().sealed)

    def test_without_javascript_it_is_saved_by_a_button_and_thrown_away_by_another(self) -> None:
        client = reading(UserFactory())
        page = client.post(DRAFT, sent(title="", hours="veel"), follow=True)  # nothing is judged yet
        assert "Your draft is saved." in text_of(page)
        assert 'value="veel"' in page.text
        client.post(DRAFT, sent(title="Anders"))
        assert Draft.objects.count() == 1
        page = client.post(DRAFT, {"throw": "1"}, follow=True)
        assert not Draft.objects.exists()
        assert "Wij" not in page.text

    def test_it_goes_once_filed_or_when_nothing_is_left_of_it(self) -> None:
        client = reading(UserFactory())
        client.post(DRAFT, sent())
        assert client.post(NEW, sent()).status_code == 302
        assert not Draft.objects.exists()
        client.post(DRAFT, sent())
        client.post(DRAFT, sent(title=" ", situation=""))
        assert not Draft.objects.exists()

    def test_it_goes_after_ninety_days_and_with_the_account(self) -> None:
        now = datetime(2026, 6, 3, 8, tzinfo=UTC)
        old, new = UserFactory(), UserFactory()
        for member, days in ((old, 91), (new, 89)):
            with time_machine.travel(now - timedelta(days=days), tick=False):
                reading(member).post(DRAFT, sent())
        assert forget_old_drafts(now=now) == 1
        assert Draft.objects.get().member == new
        erase_member(member=new)
        assert not Draft.objects.exists()

    def test_what_is_too_much_is_cut(self) -> None:
        member = UserFactory()
        reading(member).post(DRAFT, sent(situation="a" * 50_000, hubs=["1" * 300] * 90, nonsense="x"))
        content = Draft.objects.get().content
        assert (len(content["situation"]), len(content["hubs"])) == (10_000, 10_000)
        assert content.keys() == {"title", "situation", "language", "attribution", "hubs"}

    def test_the_page_costs_one_statement_more(self, django_assert_max_num_queries: Any) -> None:
        client = reading(UserFactory())
        client.post(DRAFT, sent())
        with django_assert_max_num_queries(6):
            client.get(NEW)


class TestConfidential:
    """Facilitators know the name; nobody else, and nothing else does."""

    def test_only_facilitators_and_the_author_read_who_filed_it(self) -> None:
        hub = HubFactory()
        author = member_of(hub, name="Xanthippe Zonderling", handle="xanthippe", shows_support=True)
        other, judge = member_of(hub), facilitator()
        administrator = User.objects.create_superuser("beheer@doorbraak.example", name="Beheerder")
        made = reading(author).post(NEW, sent(attribution="confidential", hubs=[hub.slug]))
        assert made.status_code == 302
        bottleneck = Bottleneck.objects.get()
        assert (bottleneck.author, bottleneck.member_count) == (author, 1)
        correct_bottleneck(
            bottleneck=bottleneck, by=author, version=1, title="Toegang duurt jaren", situation="x", hubs=[hub]
        )
        tell_due()
        pages = (bottleneck.get_absolute_url(), "/bottlenecks/", "/notifications/", "/", "/digest/daily/")
        for reader in (other, administrator):
            for page in (*pages, f"/subjects/{bottleneck.subject_id}/report/"):
                answer = reading(reader).get(page, follow=True)
                assert answer.status_code == 200
                assert "Xanthippe" not in answer.text, (reader, page)
                assert "xanthippe" not in answer.text, (reader, page)
        page = text_of(reading(other).get(bottleneck.subject.url, follow=True))
        assert "somebody, confidentially" in page
        assert "Somebody filed this bottleneck without showing a name" in page
        assert "The one who filed this corrected the text" in page
        for reader in (judge, author):
            known = text_of(reading(reader).get(bottleneck.subject.url, follow=True))
            assert "Xanthippe Zonderling, confidentially" in known
        assert not Activity.objects.filter(subject=bottleneck.subject, actor__isnull=False).exists()
        assert "Toegang" not in reading(other).get(author.get_absolute_url()).text

    def test_no_other_attribution_files_with_an_author(self) -> None:
        with pytest.raises(ValueError, match="named or confidential"):
            file_bottleneck(by=UserFactory(), title="x", situation="x", attribution="anonymous")
        answer = reading(UserFactory()).post(NEW, sent(attribution="imported"))
        assert answer.status_code == 422


class TestToldManager:
    """Only sums, per unit, from five filers on."""

    def test_from_five_filers_on_a_unit_is_shown_and_nobody_is_named(self) -> None:
        big, small = UnitFactory(name="Inspectie"), UnitFactory(name="Beleid")
        for unit, number in ((big, 5), (small, 4)):
            for place in range(number):
                filer = UserFactory(unit=unit)
                answer = ("no", "yes", "no_reaction")[place % 3]
                for again in range(2):  # who files twice is one filer
                    reading(filer).post(NEW, sent(title=f"Titel {again}", told_manager=answer, told_on="2026-06-01"))
        page = reading(UserFactory()).get("/bottlenecks/told/")
        rows = [[cell.text().strip() for cell in row.all("th") + row.all("td")] for row in parse(page.text).all("tr")]
        assert rows[1:] == [["Inspectie", "5", "3", "1"]]
        assert "Beleid" not in parse(page.text).text()

    def test_what_one_filer_said_stands_on_no_page(self) -> None:
        filer = UserFactory()
        reading(filer).post(NEW, sent(told_manager="no_reaction", told_on="2026-06-01"))
        bottleneck = Bottleneck.objects.get()
        assert (bottleneck.told_manager, str(bottleneck.told_on)) == ("no_reaction", "2026-06-01")
        page = text_of(reading(facilitator()).get(bottleneck.subject.url))
        assert "reaction" not in page
        assert "manager" not in page

    def test_a_day_belongs_to_a_yes(self) -> None:
        reading(UserFactory()).post(NEW, sent(told_manager="no", told_on="2026-06-01"))
        assert Bottleneck.objects.get().told_on is None

    def test_others_say_nothing(self) -> None:
        bottleneck = BottleneckFactory()
        assert (bottleneck.told_manager, bottleneck.told_on) == ("", None)
