"""How bottlenecks end, whether that is noticed, and how they are opened again, under a moving clock. Spec 02, Life."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from activity.models import Activity, Email
from activity.notices.fanout import tell_due
from activity.notices.models import Notification
from activity.outbox import send_due
from community.models import User
from issues.adoptions.actions import adopt
from issues.bottlenecks.actions import cast_vote
from issues.endings.actions import ask_whether_solved, deliver, end_bottleneck, reopen, say_noticed, settle_answers
from issues.endings.clock import confirms, reopens
from issues.models import Attribution, Bottleneck, BottleneckTally, Ending, NoticeAnswer
from tests.activity.conftest import use_server
from tests.activity.sink import Sink, running_sink
from tests.factories import BottleneckFactory, HubFactory, UserFactory, facilitator, member_of, representative_of
from tests.trees import parse
from ui.errors import RuleBroken

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 5, 21, 10, tzinfo=UTC)
SAID = {"text": "Er is nu een **gedeelde omgeving**.", "language": "nl"}


@pytest.fixture
def sink(settings: Any) -> Iterator[Sink]:
    """A mail server, which the portal uses."""
    with running_sink() as running:
        use_server(settings, running.host, running.port)
        yield running


def reading(member: User | None = None) -> Client:
    client = Client()
    client.force_login(member or UserFactory())
    return client


def text_of(response: Any) -> str:
    return " ".join(parse(response.text).text().split())


def supported(votes: int = 1, **fields: Any) -> tuple[Bottleneck, list[User]]:
    bottleneck, voters = BottleneckFactory(**fields), UserFactory.create_batch(votes)
    for voter in voters:
        cast_vote(bottleneck=bottleneck, by=voter)
    return bottleneck, voters


def solved(bottleneck: Bottleneck, by: User | None = None, route: str = "ourselves") -> Ending:
    return end_bottleneck(bottleneck=bottleneck, by=by or facilitator(), how="solved", route=route, **SAID)


class TestEnding:
    """Closing demands a text for the supporters, who hear of it once."""

    def test_who_filed_it_says_on_one_page_that_it_is_solved(self) -> None:
        author, hub = UserFactory(name="Bram Smit"), HubFactory()
        bottleneck, (supporter,) = supported(author=author, hubs=[hub], title="Rekenkracht")
        client = reading(author)
        assert f'href="/bottlenecks/{bottleneck.pk}/end/"' in client.get(bottleneck.subject.url).text
        sent = {"how": "solved", "route": "itself", **SAID}
        for _twice in range(2):
            assert client.post(f"/bottlenecks/{bottleneck.pk}/end/", sent).status_code == 302
        tell_due()
        assert Notification.objects.filter(member=supporter, entry__verb="marked_solved").count() == 1
        page = reading(supporter).get(bottleneck.subject.url)
        shown = text_of(page)
        assert "Said to be solved" in shown
        assert "<strong>gedeelde omgeving</strong>" in page.text
        assert "voting has ended" in shown
        assert "Bram Smit said that this is solved" in shown
        assert BottleneckTally.objects.get(hub=hub).number == 0
        assert "Rekenkracht" not in text_of(reading(supporter).get("/bottlenecks/"))

    @pytest.mark.parametrize(
        ("how", "shown"), [("declined", "Declined by the formal organisation"), ("lapsed", "Withdrawn")]
    )
    def test_a_facilitator_says_how_else_it_ended(self, how: str, shown: str) -> None:
        bottleneck = BottleneckFactory()
        answer = reading(facilitator()).post(f"/bottlenecks/{bottleneck.pk}/end/", {"how": how, **SAID})
        assert answer.status_code == 302
        assert shown in text_of(reading().get(bottleneck.subject.url))

    def test_who_may_not_end_it_is_told_who_can(self) -> None:
        author, bottleneck = UserFactory(), BottleneckFactory()
        Bottleneck.objects.filter(pk=bottleneck.pk).update(author=author)
        assert reading().get(f"/bottlenecks/{bottleneck.pk}/end/").status_code == 403
        with pytest.raises(RuleBroken):
            end_bottleneck(bottleneck=bottleneck, by=UserFactory(), how="solved", route="itself", **SAID)
        with pytest.raises(RuleBroken):  # the formal organisation's answer is for facilitators to write down
            end_bottleneck(bottleneck=bottleneck, by=author, how="declined", **SAID)

    def test_what_is_missing_is_said_beside_the_field_and_keeps_what_was_typed(self) -> None:
        bottleneck = BottleneckFactory()
        answer = reading(facilitator()).post(
            f"/bottlenecks/{bottleneck.pk}/end/", {"how": "solved", "text": "Getypt", "language": "nl"}
        )
        assert answer.status_code == 422
        assert "Say who solved it." in answer.text
        assert "Getypt" in answer.text
        bottleneck.subject.refresh_from_db()
        assert bottleneck.subject.closed_at is None

    def test_who_filed_it_confidentially_is_not_named_by_ending_it(self) -> None:
        author = UserFactory(name="Geheime Naam")
        bottleneck, (supporter,) = supported(author=author, attribution=Attribution.CONFIDENTIAL)
        solved(bottleneck, by=author)
        for reader in (supporter, UserFactory(is_superuser=True, is_staff=True)):
            assert "Geheime" not in reading(reader).get(bottleneck.subject.url).text
        assert not Activity.objects.filter(actor=author, subject=bottleneck.subject, verb="marked_solved").exists()

    def test_a_hub_that_delivers_ends_it_by_the_members_own_route(self) -> None:
        hub, other = HubFactory(name="Kern Oost"), HubFactory()
        bottleneck, _voters = supported()
        speaker = representative_of(hub)
        adoption = adopt(bottleneck=bottleneck, hub=hub, by=speaker, plan="x", language="nl")
        second = adopt(bottleneck=bottleneck, hub=other, by=representative_of(other), plan="x", language="nl")
        answer = reading(speaker).post(f"/adoptions/{adoption.pk}/deliver/", SAID)
        assert answer.status_code == 302
        bottleneck.refresh_from_db()
        assert (bottleneck.state, bottleneck.route) == ("solved", "ourselves")
        for it in (adoption, second):
            it.refresh_from_db()
        assert (adoption.outcome, second.outcome) == ("delivered", "ended")
        assert "Kern Oost said on" in text_of(reading().get(bottleneck.subject.url))
        with pytest.raises(RuleBroken):
            deliver(adoption=second, by=representative_of(other), **SAID)


class TestDoYouNoticeIt:
    """Two weeks later those who voted are asked, in two clicks from the mail; three of ten open it again."""

    def test_the_rule(self) -> None:
        assert not reopens({"no": 2, "yes": 0})
        assert reopens({"no": 3, "yes": 7})
        assert not reopens({"no": 3, "yes": 8})
        assert confirms({"yes": 1, "no": 0, "unknown": 9})
        assert not confirms({"yes": 2, "no": 2})
        assert not confirms({})

    def test_from_the_mail_to_confirmed(self, sink: Sink) -> None:
        with time_machine.travel(NOW, tick=False) as clock:
            author = UserFactory()
            bottleneck, voters = supported(4, title="Rekenkracht", author=author)
            ending = solved(bottleneck)
            clock.move_to(NOW + timedelta(days=13))
            assert ask_whether_solved(now=timezone.now()) == 0
            clock.move_to(NOW + timedelta(days=14, hours=1))
            assert [ask_whether_solved(now=timezone.now()) for _again in range(2)] == [1, 0]
            send_due()
            asked = Email.objects.filter(kind="solved_asked", state="sent")
            assert {mail.member_id for mail in asked} == {author.pk, *(voter.pk for voter in voters)}
            (mail,) = (it for it in sink.messages if voters[0].email in it["To"])
            text = mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
            address = re.search(r"https?://[^/]+(/bottlenecks/noticed/\S+\?answer=yes)", text)
            assert address is not None
            client = Client()
            page = client.get(address[1])
            assert 'value="yes"' in page.text
            assert not NoticeAnswer.objects.exists()  # opening a link changes nothing
            said = client.post(address[1], {"answer": "yes"})
            assert "Thank you" in said.text
            assert voters[0].name not in said.text
            assert "Is this solved for you: Rekenkracht?" in text_of(reading(voters[1]).get("/"))
            reading(voters[1]).post(f"/bottlenecks/{bottleneck.pk}/noticed/", {"answer": "partly"})
            assert "Is this solved for you" not in text_of(reading(voters[1]).get("/"))
            clock.move_to(NOW + timedelta(days=29))
            assert [settle_answers(now=timezone.now()) for _again in range(2)] == [1, 0]
            shown = text_of(reading(voters[2]).get(bottleneck.subject.url))
            assert "A breakthrough: solved and confirmed" in shown
            assert "yes 1, partly 1, no 0, do not know 0" in shown
            assert not NoticeAnswer.objects.exists()  # nothing tells any more who said what
            assert client.get(address[1]).status_code == 410
            ending.refresh_from_db()
            assert ending.result == {"yes": 1, "partly": 1, "no": 0, "unknown": 0}

    def test_three_who_still_run_into_it_open_it_again_and_its_owner_hears(self) -> None:
        judge, hub = facilitator(), HubFactory()
        bottleneck, voters = supported(5, hubs=[hub])
        adoption = adopt(bottleneck=bottleneck, hub=hub, by=representative_of(hub), plan="x", language="nl")
        ending = solved(bottleneck, by=judge)
        later = timezone.now() + timedelta(days=15)
        ask_whether_solved(now=later)
        for voter in voters[:3]:
            say_noticed(ending=ending, by=voter, answer="no", now=later)
        bottleneck.refresh_from_db()
        bottleneck.subject.refresh_from_db()
        assert (bottleneck.state, bottleneck.route, bottleneck.subject.closed_at) == ("open", "", None)
        assert BottleneckTally.objects.get(hub=hub).number == 1
        adoption.refresh_from_db()
        assert adoption.ended_at is None  # what the hub worked on goes on
        tell_due()
        assert Notification.objects.filter(member=judge, entry__verb="not_noticed").count() == 1
        assert cast_vote(bottleneck=bottleneck, by=UserFactory()).has_changed
        again = solved(bottleneck, by=judge)
        assert again.pk != ending.pk

    def test_it_is_asked_of_those_who_ran_into_it_only_and_tells_of_nobody(self) -> None:
        bottleneck, (voter,) = supported()
        ending = solved(bottleneck)
        with pytest.raises(RuleBroken, match="not asked"):
            say_noticed(ending=ending, by=voter, answer="yes")
        later = timezone.now() + timedelta(days=15)
        ask_whether_solved(now=later)
        with pytest.raises(RuleBroken, match="voted for it"):
            say_noticed(ending=ending, by=UserFactory(), answer="yes", now=later)
        say_noticed(ending=ending, by=voter, answer="yes", now=later)
        say_noticed(ending=ending, by=voter, answer="no", now=later)
        assert NoticeAnswer.objects.get().answer == "no"
        assert not Activity.objects.filter(verb="notice_answered", actor__isnull=False).exists()

    def test_nobody_answers_and_it_stays_as_its_owner_said(self) -> None:
        bottleneck, _voters = supported()
        solved(bottleneck)
        ask_whether_solved(now=timezone.now() + timedelta(days=15))
        settle_answers(now=timezone.now() + timedelta(days=40))
        bottleneck.refresh_from_db()
        assert bottleneck.state == "solved"


class TestOpeningAgain:
    """Facilitators, and whoever ended it, open it again with a reason."""

    def test_with_a_reason_that_supporters_read(self) -> None:
        author = UserFactory()
        bottleneck, (supporter,) = supported(author=author)
        ending = solved(bottleneck, by=author)
        assert reading(supporter).get(f"/bottlenecks/{bottleneck.pk}/reopen/").status_code == 403
        client = reading(author)
        assert "Open this again" in client.get(bottleneck.subject.url).text
        sent = {"why": "Het begon opnieuw.", "language": "nl"}
        for _twice in range(2):
            assert client.post(f"/bottlenecks/{bottleneck.pk}/reopen/", sent).status_code in (302, 403)
        ending.refresh_from_db()
        assert ending.undone_why == "Het begon opnieuw."
        tell_due()
        assert Notification.objects.filter(member=supporter, entry__verb="reopened").count() == 1
        with pytest.raises(RuleBroken):
            reopen(ending=solved(bottleneck), by=member_of(HubFactory()), why="x", language="nl")

    def test_the_page_of_an_end_costs_no_more(self, django_assert_max_num_queries: Any) -> None:
        bottleneck, (voter,) = supported(generic_at=NOW)
        solved(bottleneck)
        ask_whether_solved(now=timezone.now() + timedelta(days=15))
        for reader in (voter, facilitator()):
            client = reading(reader)
            client.get(bottleneck.subject.url)
            with django_assert_max_num_queries(16):
                client.get(bottleneck.subject.url)
