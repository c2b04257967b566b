"""A hub takes a bottleneck up, is asked to, stops or says that it is not for it; supporters hear it once. Spec 02."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.test import Client

from activity.models import Todo
from activity.notices.fanout import tell_due
from activity.notices.models import Notification
from community.models import Hub, User
from issues.adoptions.actions import adopt, decline_adoption, stop_adoption
from issues.bottlenecks.actions import cast_vote
from issues.models import Adoption, Bottleneck, NextStep
from issues.steps.actions import propose_adoption
from tests.factories import BottleneckFactory, HubFactory, UserFactory, facilitator, member_of, representative_of
from tests.trees import parse
from ui.errors import RuleBroken

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 5, 21, 10, tzinfo=UTC)
SAID = {"plan": "Wij proberen het **zes weken** uit.", "language": "nl"}


def reading(member: User | None = None) -> Client:
    client = Client()
    client.force_login(member or UserFactory())
    return client


def text_of(response: Any) -> str:
    return " ".join(parse(response.text).text().split())


def supported(**fields: Any) -> tuple[Bottleneck, User]:
    bottleneck, supporter = BottleneckFactory(**fields), UserFactory()
    cast_vote(bottleneck=bottleneck, by=supporter)
    return bottleneck, supporter


class TestTakingUp:
    """Representatives take a bottleneck up for their hub; who supports it hears that once."""

    def test_from_the_page_to_the_life_line_the_hub_and_who_supports_it(self) -> None:
        hub = HubFactory(name="Kern Oost")
        speaker = representative_of(hub, name="Wouter Kok")
        with time_machine.travel(NOW, tick=False) as clock:
            bottleneck, supporter = supported(title="Modellen komen niet in productie", generic_at=NOW)
            clock.move_to(datetime(2026, 5, 27, 10, tzinfo=UTC))
            client = reading(speaker)
            assert f'href="/bottlenecks/{bottleneck.pk}/adopt/"' in client.get(bottleneck.subject.url).text
            sent = {"hub": hub.pk, **SAID}
            for _twice in range(2):  # a double click
                answer = client.post(f"/bottlenecks/{bottleneck.pk}/adopt/", sent)
                assert answer.status_code == 302 or "works on it" in answer.text
            assert Adoption.objects.count() == 1
            tell_due()
            assert Notification.objects.filter(member=supporter, entry__verb="taken_up").count() == 1
            page = reading(supporter).get(bottleneck.subject.url)
            shown = text_of(page)
            assert "taken up by Kern Oost, 6 days later" in shown
            assert "works on it since 27 May" in shown
            assert "<strong>zes weken</strong>" in page.text
            assert "Wouter Kok took this up for Kern Oost" in shown
            assert "owe a next step" not in shown
            assert "Take this up for your hub" not in shown
            assert "Modellen komen niet" not in reading(supporter).get("/bottlenecks/waiting/").text
            assert "What we take up ourselves" in text_of(reading(supporter).get(hub.get_absolute_url()))
            row = text_of(reading(supporter).get("/bottlenecks/"))
            assert "taken up today" in row

    def test_only_who_speaks_for_an_open_hub_does(self) -> None:
        bottleneck, hub = BottleneckFactory(), HubFactory()
        for member in (member_of(hub), facilitator(), representative_of(HubFactory())):
            with pytest.raises(RuleBroken, match="Only representatives"):
                adopt(bottleneck=bottleneck, hub=hub, by=member, **SAID)
        speaker = representative_of(hub)
        assert reading(member_of(hub)).get(f"/bottlenecks/{bottleneck.pk}/adopt/").status_code == 403
        Hub.objects.filter(pk=hub.pk).update(state=Hub.State.CLOSED)
        with pytest.raises(RuleBroken, match="closed"):
            adopt(bottleneck=bottleneck, hub=hub, by=speaker, **SAID)

    def test_what_is_missing_is_said_beside_the_field_and_nothing_is_lost(self) -> None:
        bottleneck, hub = BottleneckFactory(), HubFactory()
        answer = reading(representative_of(hub)).post(
            f"/bottlenecks/{bottleneck.pk}/adopt/", {"hub": hub.pk, "plan": " ", "language": "nl"}
        )
        assert answer.status_code == 422
        assert "Say what your hub is going to do." in answer.text
        assert not Adoption.objects.exists()

    def test_a_hub_that_stops_says_why_and_it_is_open_to_others_again(self) -> None:
        bottleneck, supporter = supported()
        first, second = HubFactory(name="Kern Noord"), HubFactory(name="Kern Zuid")
        one = adopt(bottleneck=bottleneck, hub=first, by=representative_of(first), **SAID)
        two = adopt(bottleneck=bottleneck, hub=second, by=representative_of(second), **SAID)
        assert "taken up by Kern Noord and 1 other hub" in text_of(reading().get(bottleneck.subject.url))
        client = reading(representative_of(first))
        answer = client.post(f"/adoptions/{one.pk}/stop/", {"words": "Geen tijd meer.", "language": "nl"})
        assert answer.status_code == 302
        shown = text_of(reading().get(bottleneck.subject.url))
        assert "taken up by Kern Zuid" in shown
        assert "Geen tijd meer." in shown
        stop_adoption(adoption=two, by=facilitator(), words="De kern is er niet meer.", language="nl")
        bottleneck.refresh_from_db()
        assert bottleneck.life == {}
        tell_due()
        assert Notification.objects.filter(member=supporter, entry__verb="adoption_stopped").count() == 2

    def test_a_page_costs_the_same_whoever_took_it_up(self, django_assert_max_num_queries: Any) -> None:
        bottleneck, reader = BottleneckFactory(generic_at=NOW), UserFactory()
        for hub in HubFactory.create_batch(12):
            adopt(bottleneck=bottleneck, hub=hub, by=representative_of(hub), **SAID)
        client = reading(reader)
        client.get(bottleneck.subject.url)
        with django_assert_max_num_queries(16):
            client.get(bottleneck.subject.url)


class TestBeingAsked:
    """Facilitators ask hubs as the next step of a generic bottleneck; it waits for their representatives."""

    def test_it_waits_at_home_until_the_hub_has_answered(self) -> None:
        hub, other = HubFactory(name="Kern Oost"), HubFactory(name="Kern West")
        speaker, judge = representative_of(hub), facilitator()
        bottleneck, supporter = supported(title="Rekenkracht", generic_at=NOW)
        for voter in (member_of(hub), member_of(other)):
            cast_vote(bottleneck=bottleneck, by=voter)
        client = reading(judge)
        assert f'href="/bottlenecks/{bottleneck.pk}/propose/"' in client.get("/bottlenecks/waiting/").text
        form = client.get(f"/bottlenecks/{bottleneck.pk}/propose/").text
        assert "Kern Oost" in form
        sent = {"hubs": [hub.pk, other.pk], "text": "Jullie lopen er het meest tegenaan.", "language": "nl"}
        for _twice in range(2):
            assert client.post(f"/bottlenecks/{bottleneck.pk}/propose/", sent).status_code == 302
        assert NextStep.objects.get(bottleneck=bottleneck).kind == NextStep.Kind.PROPOSED
        tell_due()
        assert Notification.objects.filter(member=supporter, entry__verb="adoption_proposed").count() == 1
        assert "Does Kern Oost take this up: Rekenkracht?" in text_of(reading(speaker).get("/"))
        page = text_of(reading(supporter).get(bottleneck.subject.url))
        assert "asked hubs on" in page
        assert "Jullie lopen er het meest tegenaan." in page
        answering = text_of(reading(speaker).get(f"/bottlenecks/{bottleneck.pk}/adopt/?hub={hub.pk}"))
        assert "It is not for us" in answering
        adopt(bottleneck=bottleneck, hub=hub, by=speaker, **SAID)
        assert "Does Kern Oost" not in text_of(reading(speaker).get("/"))
        assert Adoption.objects.filter(bottleneck=bottleneck).count() == 2

    def test_a_hub_says_why_it_is_not_for_it(self) -> None:
        hub, bottleneck = HubFactory(name="Kern Oost"), BottleneckFactory(generic_at=NOW)
        speaker = representative_of(hub)
        propose_adoption(bottleneck=bottleneck, by=facilitator(), hubs=[hub], text="Iets voor jullie?", language="nl")
        asked = Adoption.objects.get()
        client = reading(speaker)
        assert client.post(f"/adoptions/{asked.pk}/decline/", {"words": "", "language": "nl"}).status_code == 422
        answer = client.post(f"/adoptions/{asked.pk}/decline/", {"words": "Wij zijn net begonnen.", "language": "nl"})
        assert answer.status_code == 302
        shown = text_of(reading().get(bottleneck.subject.url))
        assert "Wij zijn net begonnen." in shown
        assert not Todo.objects.open().exists()
        decline_adoption(adoption=asked, by=speaker, words="Nog eens", language="nl")
        assert Adoption.objects.get().words == "Wij zijn net begonnen."

    def test_only_facilitators_ask_and_only_while_a_step_is_owed(self) -> None:
        hub, bottleneck = HubFactory(), BottleneckFactory(generic_at=NOW)
        said: dict[str, Any] = {"hubs": [hub], "text": "x", "language": "nl"}
        with pytest.raises(RuleBroken, match="Only facilitators"):
            propose_adoption(bottleneck=bottleneck, by=representative_of(hub), **said)
        with pytest.raises(RuleBroken, match="No next step is owed"):
            propose_adoption(bottleneck=BottleneckFactory(), by=facilitator(), **said)
        with pytest.raises(RuleBroken, match="Choose a hub"):
            propose_adoption(bottleneck=bottleneck, by=facilitator(), **{**said, "hubs": []})
