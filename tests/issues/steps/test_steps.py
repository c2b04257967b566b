"""What follows generic: ten working days, the list of what waits longest, and a why not that is read once. Spec 02."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from activity.models import Activity, Subject
from activity.notices.fanout import tell_due
from activity.notices.models import Notification
from community.models import User
from issues.bottlenecks.actions import cast_vote
from issues.models import Bottleneck, NextStep
from issues.steps.actions import say_why_not
from tests.factories import BottleneckFactory, HubFactory, UserFactory, facilitator, member_of
from tests.trees import parse
from ui.errors import RuleBroken

pytestmark = pytest.mark.django_db

#: A Thursday; Whit Monday lies between it and ten working days later.
THURSDAY = datetime(2026, 5, 21, 10, tzinfo=UTC)


def reading(member: User | None = None) -> Client:
    client = Client()
    client.force_login(member or UserFactory())
    return client


def text_of(response: Any) -> str:
    return " ".join(parse(response.text).text().split())


def generic(title: str = "Rekenkracht", **fields: Any) -> Bottleneck:
    made: Bottleneck = BottleneckFactory(title=title, **{"generic_at": timezone.now(), **fields})
    return made


class TestTheDuty:
    """Ten working days, and then everybody sees that it is late."""

    def test_from_the_vote_that_makes_it_generic_to_the_missed_day(self) -> None:
        with time_machine.travel(THURSDAY, tick=False) as clock:
            bottleneck, reader = BottleneckFactory(), UserFactory()
            assert "Next step" not in text_of(reading(reader).get(bottleneck.get_absolute_url()))
            for hub in HubFactory.create_batch(3):
                for _each in range(4):
                    cast_vote(bottleneck=bottleneck, by=member_of(hub))
            page = text_of(reading(reader).get(bottleneck.get_absolute_url()))
            assert "The facilitators owe a next step by Friday 5 June." in page
            assert "next step by 5 June" in text_of(reading(reader).get("/bottlenecks/waiting/"))
            clock.move_to(datetime(2026, 6, 5, 20, tzinfo=UTC))
            assert "owe a next step by Friday 5 June." in text_of(reading(reader).get(bottleneck.get_absolute_url()))
            clock.move_to(datetime(2026, 6, 9, 8, tzinfo=UTC))
            page = text_of(reading(reader).get(bottleneck.get_absolute_url()))
            assert "owed a next step by Friday 5 June. It is 2 working days late." in page
            listed = text_of(reading(reader).get("/bottlenecks/waiting/"))
            assert re.search("2 working days late ?: a next step was due on 5 June", listed)

    def test_who_may_not_see_it_does_not_read_that_it_waits(self) -> None:
        hidden = generic("Verborgen")
        Subject.objects.filter(pk=hidden.subject_id).update(hidden_at=timezone.now())
        ended = generic("Afgelopen")
        Subject.objects.filter(pk=ended.subject_id).update(closed_at=timezone.now())
        BottleneckFactory(title="Nog niet generiek")
        page = reading().get("/bottlenecks/waiting/").text
        for title in ("Verborgen", "Afgelopen", "Nog niet generiek"):
            assert title not in page
        assert "Nothing waits for a next step." in page
        assert Client().get("/bottlenecks/waiting/").status_code == 302

    def test_the_longest_stands_first_page_by_page_at_the_same_cost(self, django_assert_num_queries: Any) -> None:
        now = timezone.now()
        for number in range(35):
            generic(f"Nummer {number:02}", generic_at=now - timedelta(days=number))
        client = reading()
        client.get("/bottlenecks/waiting/")
        with django_assert_num_queries(2):  # who reads, and the rows
            first = client.get("/bottlenecks/waiting/")
        titles = [node.text().strip() for node in parse(first.text).all("h2") if "Nummer" in node.text()]
        assert titles == [f"Nummer {number:02}" for number in range(34, 4, -1)]
        more = next(node for node in parse(first.text).all("a") if node.text().strip() == "Next page")
        second = client.get(f"/bottlenecks/waiting/{more.attributes['href']}").text
        assert "Nummer 04" in second
        assert "Nummer 05" not in second

    def test_home_of_a_facilitator_says_how_many_wait_and_since_when(self) -> None:
        with time_machine.travel(THURSDAY, tick=False) as clock:
            generic()
            generic("Nog een", generic_at=THURSDAY + timedelta(days=1))
            clock.move_to(datetime(2026, 6, 9, 8, tzinfo=UTC))
            home = text_of(reading(facilitator()).get("/"))
            assert "2 generic bottlenecks wait for a next step The first was due on 5 June." in home
            assert "wait for a next step" not in text_of(reading().get("/"))


class TestWhyNot:
    """A facilitator says why it is not taken up; who supports it reads that once."""

    def test_it_is_said_on_one_page_and_read_once_by_who_supports_it(self) -> None:
        bottleneck, judge = generic(), facilitator(name="Sanne Kuipers")
        supporter = UserFactory()
        cast_vote(bottleneck=bottleneck, by=supporter)
        client = reading(judge)
        listed = client.get("/bottlenecks/waiting/").text
        assert f'href="/bottlenecks/{bottleneck.pk}/why-not/"' in listed
        assert "Say why not" not in reading(supporter).get("/bottlenecks/waiting/").text
        sent = {"text": "Er is **geen** geld tot 2027.", "language": "nl"}
        for _twice in range(2):  # a double click
            answer = client.post(f"/bottlenecks/{bottleneck.pk}/why-not/", sent)
            assert answer.headers["Location"] == f"{bottleneck.subject.url}#next-step"
        tell_due()
        told = Notification.objects.filter(member=supporter, entry__verb="why_not_said")
        assert told.count() == 1
        page = reading(supporter).get(bottleneck.get_absolute_url())
        assert "Sanne Kuipers said on" in text_of(page)
        assert '<div class="prose" lang="nl"><p>Er is <strong>geen</strong> geld tot 2027.</p>' in page.text
        assert "Sanne Kuipers said why this is not taken up" in text_of(page)
        assert bottleneck.title not in client.get("/bottlenecks/waiting/").text
        assert Activity.objects.filter(verb="why_not_said").count() == NextStep.objects.count() == 1

    def test_what_is_typed_wrongly_stays_and_says_so_beside_the_field(self) -> None:
        bottleneck, client = generic(), reading(facilitator(language="nl"))
        empty = client.post(f"/bottlenecks/{bottleneck.pk}/why-not/", {"text": " ", "language": "nl"})
        assert empty.status_code == 422
        assert "Zeg waarom: wie dit steunt leest het." in empty.text
        long = client.post(f"/bottlenecks/{bottleneck.pk}/why-not/", {"text": "a" * 2_001, "language": "nl"})
        assert long.status_code == 422
        assert "a" * 2_001 in long.text
        assert not NextStep.objects.exists()

    @pytest.mark.parametrize("state", ["not generic", "stepped", "closed"])
    def test_where_none_is_owed_none_is_taken(self, state: str) -> None:
        bottleneck, judge = generic(), facilitator()
        if state == "not generic":
            Bottleneck.objects.update(generic_at=None)
        elif state == "closed":
            Subject.objects.filter(pk=bottleneck.subject_id).update(closed_at=timezone.now())
        else:
            say_why_not(bottleneck=bottleneck, by=facilitator(), text="x", language="en")
        with pytest.raises(RuleBroken, match="No next step is owed here"):
            say_why_not(bottleneck=bottleneck, by=judge, text="y", language="en")
        opened = reading(judge).get(f"/bottlenecks/{bottleneck.pk}/why-not/", follow=True)
        assert opened.redirect_chain[-1][0] == bottleneck.subject.url
        assert "No next step is owed here" in opened.text
        answer = reading(judge).post(f"/bottlenecks/{bottleneck.pk}/why-not/", {"text": "y", "language": "en"})
        assert answer.status_code == 422
        assert "No next step is owed here" in answer.text
        assert NextStep.objects.count() == (state == "stepped")

    def test_it_is_up_to_facilitators(self) -> None:
        bottleneck, member = generic(), UserFactory()
        with pytest.raises(RuleBroken):
            say_why_not(bottleneck=bottleneck, by=member, text="x", language="en")
        refused = reading(member).post(f"/bottlenecks/{bottleneck.pk}/why-not/", {"text": "x", "language": "en"})
        assert refused.status_code == 403
        assert "Only facilitators take the next step." in refused.text
