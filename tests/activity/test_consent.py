"""Consent rounds: who asks, who speaks, what it leaves behind, and what it never tells. Spec 06, Consent rounds."""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth import get_user_model
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone

from activity.consent import actions, clock
from activity.consent.limits import POSITIONS
from activity.consent.models import Condition, ConsentRound, ConsentText, Position
from activity.consent.results import FEWEST, Part, checksum, gathered
from activity.models import Activity, Audience, Email, Subject
from activity.timelines import timeline
from community.accounts.actions import erase_member
from community.models import User
from tests.factories import (
    BottleneckFactory,
    HubFactory,
    SessionFactory,
    UserFactory,
    facilitator,
    member_of,
    representative_of,
)
from tests.trees import parse
from ui.errors import RuleBroken, StaleForm

pytestmark = pytest.mark.django_db

#: A Wednesday, ten in the morning in Amsterdam; ten working days later is 9 December.
NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
LAST = date(2026, 12, 9)


@pytest.fixture(autouse=True)
def clocks() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def opened(*, by: User | None = None, about: Subject | None = None, **fields: Any) -> ConsentRound:
    about = about or BottleneckFactory().subject
    asked = {"question": "Sta je hierachter?", "text": "Wij delen **alles**.", "language": "nl", "closes_on": LAST}
    return actions.open_round(subject=about, by=by or facilitator(), **{**asked, **fields})


def say(consent: ConsentRound, answer: str = "support", words: str = "", *, by: User | None = None) -> Position:
    version = ConsentRound.objects.get(pk=consent.pk).version
    return actions.speak(consent=consent, by=by or UserFactory(), version=version, answer=answer, words=words)


def reading(member: User | None = None) -> Client:
    client = Client()
    client.force_login(member or UserFactory())
    return client


def text_of(response: Any) -> str:
    """What is read on a page, in one line."""
    return " ".join(parse(response.content.decode()).text().split())


def page_of(consent: ConsentRound, reader: User | None = None) -> str:
    return text_of(reading(reader).get(consent.get_absolute_url()))


class TestOpening:
    """Who asks what, and until when."""

    def test_facilitators_ask_about_anything_and_representatives_about_their_hub_and_its_things(self) -> None:
        hub, other = HubFactory(), HubFactory()
        speaks = representative_of(hub)
        of_hub, of_other = BottleneckFactory(hubs=[hub]), BottleneckFactory(hubs=[other])
        for subject in (hub.subject, of_hub.subject):
            assert opened(by=speaks, about=subject).opened_by == speaks
        for subject in (other.subject, of_other.subject, Subject.objects.community()):
            with pytest.raises(RuleBroken):
                opened(by=speaks, about=subject)
            assert opened(about=subject).version == 1
        for member in (member_of(hub), UserFactory(is_superuser=True)):
            with pytest.raises(RuleBroken):
                opened(by=member, about=hub.subject)

    def test_it_is_opened_from_the_page_of_its_subject_and_read_there(self) -> None:
        hub = HubFactory(name="Kern Oost")
        client = reading(representative_of(hub))
        assert f'href="/subjects/{hub.subject_id}/consent/new/"' in client.get(hub.get_absolute_url()).text
        form = client.get(f"/subjects/{hub.subject_id}/consent/new/").context["form"]
        sent = {
            "creation_key": form["creation_key"].value(),
            "question": "Sta je achter onze afspraak?",
            "text": "Wij delen *alles*.",
            "language": "nl",
            "closes_on": "2026-12-09",
        }
        answer = client.post(f"/subjects/{hub.subject_id}/consent/new/", sent)
        consent = ConsentRound.objects.get()
        assert answer.headers["Location"] == consent.get_absolute_url()
        assert client.post(f"/subjects/{hub.subject_id}/consent/new/", sent).headers["Location"] == answer["Location"]
        page = reading().get(hub.get_absolute_url())
        assert f'<h3 lang="nl"><a href="/consent/{consent.pk}/">Sta je achter onze afspraak?</a></h3>' in page.text
        assert f'href="/consent/{consent.pk}/#answer"' in page.text
        assert "opened a consent round" in text_of(page)
        own = reading().get(consent.get_absolute_url())
        assert '<div class="prose" lang="nl"><p>Wij delen <em>alles</em>.</p>' in own.text
        assert "until Wednesday 9 December, 10 working days left" in text_of(own)

    @pytest.mark.parametrize("day", ["2026-11-26", "2026-11-28", "2027-06-01", "2026-11-20"])
    def test_the_last_day_leaves_time_to_answer_and_is_not_for_ever(self, day: str) -> None:
        with pytest.raises(RuleBroken):
            opened(closes_on=date.fromisoformat(day))
        subject = BottleneckFactory().subject
        answer = reading(facilitator()).post(
            f"/subjects/{subject.pk}/consent/new/",
            {"creation_key": str(uuid.uuid4()), "question": "x", "text": "y", "language": "nl", "closes_on": day},
        )
        assert answer.status_code == 422
        assert "Monday 30 November" in text_of(answer)
        assert not ConsentRound.objects.exists()

    def test_nothing_is_asked_about_a_draft_nor_what_is_hidden_closed_or_merged(self) -> None:
        other = BottleneckFactory().subject
        for state in (
            {"announced_at": None},
            {"hidden_at": timezone.now()},
            {"closed_at": timezone.now()},
            {"merged_into": other},
        ):
            subject = BottleneckFactory().subject
            Subject.objects.filter(pk=subject.pk).update(**state)
            with pytest.raises(RuleBroken):
                opened(about=subject)
        draft = SessionFactory(state="draft", hub=HubFactory())
        assert 'id="consent"' not in reading(facilitator()).get(draft.get_absolute_url()).text

    def test_so_many_are_open_at_once(self) -> None:
        subject, by = BottleneckFactory().subject, facilitator()
        for number in range(actions.MOST_OPEN):
            opened(about=subject, by=by, question=f"Vraag {number}")
        with pytest.raises(RuleBroken):
            opened(about=subject, by=by, question="Nog een")
        assert opened(about=subject, by=by, question="Vraag 0").question == "Vraag 0"  # the same again is the first


class TestSpeaking:
    """What members say, and what of it shows."""

    def test_a_member_says_support_if_and_later_support(self) -> None:
        consent, anna = opened(), UserFactory(name="Anna Berg")
        client = reading(anna)
        sent = {"version": "1", "answer": "support_if", "condition": "het in Delft ook kan", "language": "nl"}
        answer = client.post(f"/consent/{consent.pk}/speak/", sent)
        assert answer.headers["Location"] == f"/consent/{consent.pk}/#answer"
        page = client.get(consent.get_absolute_url())
        assert "Support if … het in Delft ook kan" in text_of(page)
        assert "by you too" in text_of(page)
        others = page_of(consent)
        assert "Support if het in Delft ook kan named by fewer than 5 members" in others
        assert "by you too" not in others
        assert "Anna" not in others
        changing = client.get(f"/consent/{consent.pk}/?change=1")
        assert "het in Delft ook kan</textarea>" in changing.text
        client.post(f"/consent/{consent.pk}/speak/", {"version": "1", "answer": "support", "condition": "weg"})
        position = Position.objects.get()
        assert (position.answer, position.condition, position.member) == ("support", None, anna)
        assert not Condition.objects.exists()

    @pytest.mark.parametrize(("answer", "box"), [("support_if", "condition"), ("object", "objection")])
    def test_an_answer_that_needs_words_is_asked_for_them_beside_the_box(self, answer: str, box: str) -> None:
        consent = opened()
        page = reading().post(
            f"/consent/{consent.pk}/speak/", {"version": "1", "answer": answer, box: "  ", "language": "nl"}
        )
        assert page.status_code == 422
        assert page.context["form"].errors == {box: ["Say it in words."]}
        assert page.context["form"]["answer"].value() == answer
        assert re.search(f'<input type="radio" name="answer" value="{answer}"[^>]* checked', page.text)
        assert not Position.objects.exists()
        for words in ("", "x" * 401):
            with pytest.raises(RuleBroken):
                say(consent, answer, words)

    def test_who_says_the_same_has_the_same_condition_and_five_are_told(self) -> None:
        consent = opened()
        for words in ("Het  mag stoppen.", "het mag stoppen", "HET MAG STOPPEN", "Het mag stoppen!"):
            say(consent, "support_if", words)
        condition = Condition.objects.get()
        assert "fewer than 5 members" in page_of(consent)
        client = reading()
        form = client.get(f"/consent/{consent.pk}/?same={condition.pk}").context["form"]
        assert (form["answer"].value(), form["condition"].value()) == ("support_if", "Het mag stoppen.")
        say(consent, "support_if", "het mag stoppen.")
        assert "named by 5 members" in page_of(consent)

    def test_only_the_audience_speaks_as_it_is_at_that_moment(self) -> None:
        hub = HubFactory()
        bottleneck = BottleneckFactory(hubs=[hub])
        Subject.objects.filter(pk=bottleneck.subject_id).update(audience=Audience.HUBS)
        consent, insider = opened(about=bottleneck.subject), member_of(hub)
        with pytest.raises(RuleBroken):
            say(consent)
        assert reading().get(consent.get_absolute_url()).status_code == 404
        assert say(consent, by=insider).answer == "support"
        insider.memberships.update(ended_at=timezone.now())
        with pytest.raises(RuleBroken):
            say(consent, "object", "toch niet", by=insider)

    def test_nobody_speaks_about_what_is_hidden_closed_or_merged_nor_when_it_is_over(self, clocks: Any) -> None:
        consent, other = opened(), BottleneckFactory().subject
        whoever = facilitator()
        for state in ({"hidden_at": NOW}, {"closed_at": NOW}, {"merged_into": other}, {"announced_at": None}):
            before = dict.fromkeys(state) | {"announced_at": NOW - timedelta(days=1)}
            Subject.objects.filter(pk=consent.subject_id).update(**state)
            with pytest.raises(RuleBroken):
                say(consent, by=whoever)
            Subject.objects.filter(pk=consent.subject_id).update(**before)
        clocks.move_to(datetime(2026, 12, 9, 22, 59, tzinfo=UTC))  # one minute to midnight in Amsterdam
        assert say(consent, by=whoever).answer == "support"
        clocks.move_to(datetime(2026, 12, 9, 23, 0, tzinfo=UTC))
        with pytest.raises(RuleBroken):
            say(consent, "no_opinion", by=whoever)
        assert "was open until Wednesday 9 December" in page_of(consent)

    def test_the_ledger_says_that_somebody_spoke_once_and_never_who(self) -> None:
        consent, anna = opened(), UserFactory(name="Anna Berg")
        say(consent, by=anna)
        say(consent, "object", "nee", by=anna)
        entry = Activity.objects.get(verb="consent_spoken")
        assert (entry.actor, entry.data) == (None, {"v": 1, "round": consent.pk})
        lines = [str(line.sentence) for line in timeline(consent.subject, facilitator())]
        assert not [line for line in lines if "spoke" in line]

    def test_a_member_may_speak_so_often_an_hour(self) -> None:
        consent, member = opened(), UserFactory()
        for _time in range(60):
            POSITIONS.hit(str(member.pk))
        assert reading(member).post(f"/consent/{consent.pk}/speak/", {"answer": "support"}).status_code == 429

    def test_no_result_shows_before_it_is_closed(self) -> None:
        consent = opened()
        for _member in range(FEWEST):
            say(consent, "object", "Dit wil ik niet")
        page = page_of(consent)
        assert "5 of " in page
        assert "Dit wil ik niet" not in page
        assert "Objections" not in page


class TestVersions:
    """A new text."""

    def test_positions_stay_as_given_and_whoever_took_one_is_asked_again(self) -> None:
        by, anna = facilitator(), UserFactory()
        consent = opened(by=by)
        say(consent, by=anna)
        home = text_of(reading(anna).get("/"))
        assert consent.question not in home
        page = reading(by).post(
            f"/consent/{consent.pk}/edit/", {"version": "1", "text": "Wij delen veel.", "closes_on": "2026-12-11"}
        )
        assert page.headers["Location"] == consent.get_absolute_url()
        assert Position.objects.get().version == 1
        home = text_of(reading(anna).get("/"))
        assert "Sta je hierachter? The text has a new version since you answered. 12 working days left." in home
        told = page_of(consent, anna)
        assert "You answered version 1: support. The text has a new version" in told
        history = reading().get(f"/consent/{consent.pk}/versions/")
        assert "Wij delen <del>**alles**.</del><ins>veel.</ins>" in history.text
        with pytest.raises(StaleForm):
            actions.speak(consent=consent, by=anna, version=1, answer="object", words="x")
        stale = reading(anna).post(f"/consent/{consent.pk}/speak/", {"version": "1", "answer": "no_opinion"})
        assert stale.status_code == 422
        assert "The text has a new version meanwhile." in text_of(stale)
        assert stale.context["form"]["version"].value() == "2"
        say(consent, by=anna)
        assert Position.objects.get().version == 2
        assert "Sta je hierachter?" not in text_of(reading(anna).get("/"))

    def test_a_text_is_frozen_and_a_new_one_leaves_time(self) -> None:
        by = facilitator()
        consent = opened(by=by)
        with pytest.raises(DatabaseError), transaction.atomic():
            ConsentText.objects.update(text="Anders")
        with pytest.raises(RuleBroken):
            actions.put_version(consent=consent, by=by, version=1, text="x", closes_on=date(2026, 11, 26))
        first = actions.put_version(consent=consent, by=by, version=1, text="Wij delen **alles**.", closes_on=LAST)
        assert first.version == 1  # the same text is no new version
        actions.put_version(consent=consent, by=by, version=1, text="x", closes_on=LAST)
        with pytest.raises(StaleForm):
            actions.put_version(consent=consent, by=by, version=1, text="y", closes_on=LAST)

    def test_it_is_kept_by_who_opened_it_and_by_facilitators(self) -> None:
        hub = HubFactory()
        speaks, also = representative_of(hub), representative_of(hub)
        consent = opened(by=speaks, about=hub.subject)
        for member, text in ((also, "a"), (member_of(hub), "b")):
            with pytest.raises(RuleBroken):
                actions.put_version(consent=consent, by=member, version=1, text=text, closes_on=LAST)
            assert reading(member).get(f"/consent/{consent.pk}/edit/").status_code == 403
        actions.put_version(consent=consent, by=facilitator(), version=1, text="c", closes_on=LAST)
        erase_member(member=speaks)
        actions.put_version(consent=consent, by=also, version=2, text="d", closes_on=LAST)


class TestConditions:
    """What becomes of them."""

    def test_the_opener_answers_each_as_met_by_a_version_not_met_or_declined_with_a_reason(self) -> None:
        by = facilitator()
        consent = opened(by=by)
        for words in ("punt een", "punt twee", "punt drie"):
            say(consent, "support_if", words)
        assert "Conditions wait for your answer." in text_of(reading(by).get("/"))
        met, other, declined = Condition.objects.order_by("pk")
        client = reading(by)
        address = f"/consent/{consent.pk}/conditions/"
        client.post(f"{address}{met.pk}/", {"verdict": "met", "version": "1", "language": "nl"})
        client.post(f"{address}{other.pk}/", {"verdict": "not_met", "version": "1", "language": "nl"})
        refused = client.post(f"{address}{declined.pk}/", {"verdict": "declined", "language": "nl"})
        assert refused.status_code == 422
        assert refused.context["form"].errors == {"reason": ["Say why."]}
        client.post(
            f"{address}{declined.pk}/", {"verdict": "declined", "reason": "Gaat in tegen punt 1.", "language": "nl"}
        )
        page = page_of(consent)
        assert "1 fulfilled, 2 not fulfilled or declined, 0 open" in page
        assert "fulfilled by version 1" in page
        assert "Gaat in tegen punt 1." in page
        assert "Conditions wait" not in text_of(reading(by).get("/"))

    def test_an_answered_condition_stays_when_who_named_it_now_supports(self) -> None:
        by, anna = facilitator(), UserFactory()
        consent = opened(by=by)
        say(consent, "support_if", "het mag stoppen", by=anna)
        condition = Condition.objects.get()
        for bad in ({"verdict": "open"}, {"verdict": "met"}, {"verdict": "met", "version": 2}, {"verdict": "declined"}):
            with pytest.raises(RuleBroken):
                actions.answer_condition(condition=condition, by=by, **bad)  # type: ignore[arg-type]
        actions.answer_condition(condition=condition, by=by, verdict="met", version=1)
        say(consent, by=anna)
        assert Condition.objects.get().verdict == "met"
        assert "Support if het mag stoppen named by fewer than 5 members" in page_of(consent)
        with pytest.raises(RuleBroken):
            actions.answer_condition(condition=condition, by=anna, verdict="not_met")


class TestTurnout:
    """How many spoke, and nothing from which one could tell who."""

    def test_hubs_stand_by_themselves_from_five_answers_on_and_the_rest_is_never_fewer(self) -> None:
        assert gathered([Part(1, 6, 8), Part(2, 5, 9), Part(3, 2, 4), Part(None, 4, 7)]).others == Part(None, 6, 11)
        found = gathered([Part(1, 6, 8), Part(2, 5, 9), Part(3, 2, 4)])
        assert found.hubs == (Part(1, 6, 8),)  # else the two of hub 3 could be reckoned from the total
        assert (found.others, found.other_hubs) == (Part(None, 7, 13), 2)
        alone = gathered([Part(1, 6, 8), Part(2, 1, 9)])
        assert (alone.hubs, alone.others, alone.spoke) == ((), None, 7)
        assert gathered([Part(1, 6, 8), Part(2, 0, 9)]).others == Part(None, 0, 9)
        assert gathered([Part(1, 4, 8)]).spoke is None

    def test_it_counts_the_audience_by_main_hub(self) -> None:
        one, two = HubFactory(name="Kern Een"), HubFactory(name="Kern Twee")
        consent = opened(about=one.subject)
        for hub, spoke, silent in ((one, 6, 2), (two, 5, 0)):
            for number in range(spoke + silent):
                member = member_of(hub)
                if number < spoke:
                    say(consent, by=member)
        UserFactory(is_active=False)
        UserFactory(activated_at=None)
        page = reading().get(consent.get_absolute_url())
        found = page.context["turnout"]
        assert {(part.hub, part.spoke, part.audience) for part in found.hubs} == {
            (one.subject_id, 6, 8),
            (two.subject_id, 5, 5),
        }
        assert found.audience == User.objects.filter(is_active=True, activated_at__isnull=False).count()
        assert f"11 of {found.audience} members spoke" in text_of(page)
        assert "Kern Een 6 of 8" in text_of(page)

    def test_the_clock_counts_and_pages_show_what_it_found(self) -> None:
        consent, closed = opened(), opened()
        for _member in range(FEWEST):
            say(consent)
        assert actions.count_turnouts() == 2
        say(consent)
        assert "5 of " in page_of(consent)
        actions.count_turnouts()
        assert "6 of " in page_of(consent)
        actions.close_due_rounds(now=NOW + timedelta(days=30))
        assert actions.count_turnouts() == 0
        assert closed.pk

    def test_a_hub_that_the_reader_may_not_see_has_no_name(self) -> None:
        hub = HubFactory(name="Geheim")
        consent = opened()
        for _member in range(FEWEST):
            say(consent, by=member_of(hub))
        Subject.objects.filter(pk=hub.subject_id).update(hidden_at=NOW)
        page = page_of(consent)
        assert "A hub 5 of 5" in page
        assert "Geheim" not in page

    def test_a_restricted_audience_is_who_may_read_and_who_spoke(self) -> None:
        hub = HubFactory()
        bottleneck = BottleneckFactory(hubs=[hub])
        Subject.objects.filter(pk=bottleneck.subject_id).update(audience=Audience.HUBS)
        by = facilitator()
        consent = opened(about=bottleneck.subject, by=by)
        members = [member_of(hub) for _number in range(7)]
        for member in members[:6]:
            say(consent, by=member)
        members[0].memberships.update(ended_at=NOW)
        UserFactory.create_batch(3)
        assert f"6 of {7 + 1} members spoke" in page_of(consent, members[6])  # the facilitator may read it, too

    @pytest.mark.parametrize("number", [10, 200])
    def test_its_page_costs_the_same_however_many_spoke(self, number: int, django_assert_max_num_queries) -> None:
        consent, hub = opened(), HubFactory()
        for place in range(number // 10):
            say(consent, "support_if", f"voorwaarde {place}", by=member_of(hub))
        Position.objects.bulk_create(
            Position(consent=consent, member=member, answer="support", version=1)
            for member in UserFactory.create_batch(number)
        )
        client = reading()
        client.get(consent.get_absolute_url())
        with django_assert_max_num_queries(12):
            assert client.get(consent.get_absolute_url()).status_code == 200
        with django_assert_max_num_queries(8):
            assert client.get("/consent/").status_code == 200


class TestClosing:
    """The result, and that nothing tells any more who said what."""

    def full(self, **fields: Any) -> ConsentRound:
        consent = opened(**fields)
        for _member in range(3):
            say(consent)
        say(consent, "support_if", "het mag stoppen", by=UserFactory(name="Anna Berg"))
        say(consent, "no_opinion")
        say(consent, "object", "Te weinig mensen", by=UserFactory(name="Bram Smit"))
        return consent

    def test_the_clock_closes_it_when_its_last_day_is_over_and_freezes_the_result(self) -> None:
        by = facilitator()
        consent = self.full(by=by)
        actions.answer_condition(condition=Condition.objects.get(), by=by, verdict="declined", reason="Duurt te lang")
        assert actions.close_due_rounds(now=datetime(2026, 12, 9, 22, 59, tzinfo=UTC)) == 0
        after = datetime(2026, 12, 9, 23, 0, tzinfo=UTC)
        assert actions.close_due_rounds(now=after) == 1
        assert actions.close_due_rounds(now=after) == 0
        consent.refresh_from_db()
        result = consent.result
        assert result["positions"] == {"support": 3, "support_if": 1, "no_opinion": 1, "object": 1}
        assert result["objections"] == [{"text": "Te weinig mensen", "language": "nl"}]
        assert (result["conditions"][0]["verdict"], result["conditions"][0]["named_by"]) == ("declined", None)
        assert (result["text"], result["version"], result["closed_on"]) == ("Wij delen **alles**.", 1, "2026-12-09")
        entry = Activity.objects.get(verb="consent_closed")
        assert (entry.actor, entry.actor_kind, entry.is_news) == (None, "system", True)
        page = reading().get(consent.get_absolute_url())
        for words in ("6 of ", "support 3", "Te weinig mensen", "Duurt te lang", consent.checksum):
            assert words in " ".join(text_of(page).split())
        assert "Save answer" not in page.text
        record = reading().get(f"/consent/{consent.pk}/record/")
        assert hashlib.sha256(record.content).hexdigest() == consent.checksum
        assert json.loads(record.content) == result
        assert "6 of " in text_of(reading().get(consent.subject.url))

    def test_a_dump_does_not_tell_who_said_what(self) -> None:
        consent = self.full()
        members = list(get_user_model().objects.values_list("pk", flat=True))
        actions.remind_of_rounds(now=datetime(2026, 12, 7, 9, 0, tzinfo=UTC))
        assert Email.objects.filter(kind="consent_reminder").exists()
        actions.close_due_rounds(now=datetime(2026, 12, 10, 9, 0, tzinfo=UTC))
        assert not Position.objects.exists()
        assert not Email.objects.filter(kind="consent_reminder").exists()
        kept = json.dumps(ConsentRound.objects.get().result)
        assert "Anna" not in kept
        assert "Bram" not in kept
        assert not any(f'"member": {pk}' in kept for pk in members)
        assert not Activity.objects.filter(verb="consent_spoken", actor__isnull=False).exists()
        columns = {field.name for field in Condition._meta.get_fields()}
        assert columns.isdisjoint({"member", "author", "created_at"})
        assert consent.pk

    def test_a_dump_is_the_same_whoever_said_what(self) -> None:
        """Two members take each other's positions: once it is closed, no row of any table is another."""
        consent, (anna, bram) = self.full(), UserFactory.create_batch(2)
        tables = connection.introspection.table_names()
        answers = [("support_if", "er koffie is"), ("object", "nooit")]
        dumps = []
        for said in (answers, answers[::-1]):
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SELECT sequencename, coalesce(last_value, 1), last_value IS NOT NULL FROM pg_sequences")
                numbers = cursor.fetchall()
                for member, (answer, words) in zip((anna, bram), said, strict=True):
                    say(consent, answer, words, by=member)
                    say(consent, "no_opinion", by=member)
                    say(consent, answer, words, by=member)
                actions.close_due_rounds(now=NOW + timedelta(days=30))
                rows = {}
                for table in tables:
                    cursor.execute(f'SELECT row_to_json(it)::text FROM "{table}" AS it ORDER BY 1')
                    rows[table] = cursor.fetchall()
                dumps.append(rows)
                for name, value, is_called in numbers:
                    cursor.execute("SELECT setval(quote_ident(%s)::regclass, %s, %s)", [name, value, is_called])
                transaction.set_rollback(True)
        assert "nooit" in str(dumps[0]["activity_consentround"])
        assert dumps[0] == dumps[1]

    def test_nothing_of_a_closed_round_changes(self) -> None:
        by = facilitator()
        consent = opened(by=by)
        say(consent, "support_if", "x")
        condition = Condition.objects.get()
        with pytest.raises(RuleBroken, match="Answer all conditions first"):
            actions.close_round(consent=consent, by=by)
        actions.answer_condition(condition=condition, by=by, verdict="not_met")
        closed = actions.close_round(consent=consent, by=by)
        assert actions.close_round(consent=consent, by=facilitator()).closed_at == closed.closed_at
        assert Activity.objects.get(verb="consent_closed").actor == by
        for act in (
            lambda: say(consent),
            lambda: actions.put_version(consent=consent, by=by, version=1, text="y", closes_on=LAST),
            lambda: actions.answer_condition(condition=condition, by=by, verdict="met", version=1),
        ):
            with pytest.raises(RuleBroken):
                act()
        member = UserFactory()
        for change in (
            lambda: ConsentRound.objects.update(result={}),
            lambda: ConsentRound.objects.update(closed_at=None, result=None, checksum=""),
            lambda: ConsentRound.objects.filter(pk=consent.pk)._raw_delete("default"),
            lambda: Condition.objects.update(verdict="open"),
            lambda: ConsentText.objects.create(consent=consent, number=2, text="x"),
            lambda: Position.objects.create(consent=consent, member=member, answer="support", version=1),
        ):
            with pytest.raises((DatabaseError, IntegrityError)), transaction.atomic():
                change()
        assert reading(by).get(f"/consent/{consent.pk}/edit/").status_code == 403

    def test_the_database_refuses_to_close_one_that_knows_who_said_what(self) -> None:
        consent = opened()
        say(consent)
        with pytest.raises(DatabaseError, match="stays as it is"), transaction.atomic():
            ConsentRound.objects.update(closed_at=NOW, result={"v": 1}, checksum="x")

    def test_fewer_than_five_answers_are_not_counted_apart(self) -> None:
        by = facilitator()
        consent = opened(by=by)
        say(consent, "object", "nee")
        result = actions.close_round(consent=consent, by=by).result
        assert result is not None
        assert (result["positions"], result["turnout"]["spoke"]) == (None, None)
        page = page_of(consent)
        assert "Fewer than 5 members spoke, so positions are not counted apart." in page
        assert checksum(result) in page

    def test_a_round_about_what_was_hidden_closes_without_a_turnout(self) -> None:
        consent = self.full()
        Subject.objects.filter(pk=consent.subject_id).update(hidden_at=NOW)
        assert actions.close_due_rounds(now=NOW + timedelta(days=30)) == 1
        assert ConsentRound.objects.get().result["turnout"] is None
        assert reading().get(consent.get_absolute_url()).status_code == 404
        assert "Who could have spoken is not known." in page_of(consent, facilitator())


class TestReminding:
    """Once, to who has not spoken."""

    def test_who_has_not_spoken_is_reminded_once(self) -> None:
        by, anna = facilitator(), UserFactory()
        consent = opened(by=by)
        say(consent, by=by)
        UserFactory(is_active=False)
        silent = set(User.objects.filter(is_active=True).exclude(pk=by.pk).values_list("pk", flat=True))
        assert clock.reminder_day(LAST) == date(2026, 12, 7)
        assert actions.remind_of_rounds(now=datetime(2026, 12, 6, 9, 0, tzinfo=UTC)) == 0
        at = datetime(2026, 12, 7, 9, 0, tzinfo=UTC)
        assert actions.remind_of_rounds(now=at) == len(silent)
        assert actions.remind_of_rounds(now=at) == 0
        ConsentRound.objects.update(reminded_at=None)  # a worker that was killed before it could say so
        assert actions.remind_of_rounds(now=at) == 0
        assert set(Email.objects.filter(kind="consent_reminder").values_list("member", flat=True)) == silent
        assert anna.pk in silent

    def test_only_the_audience_is_reminded_and_nobody_of_what_is_hidden_or_over(self) -> None:
        hub = HubFactory()
        bottleneck = BottleneckFactory(hubs=[hub])
        Subject.objects.filter(pk=bottleneck.subject_id).update(audience=Audience.HUBS)
        by = facilitator()
        consent, insider = opened(about=bottleneck.subject, by=by), member_of(hub)
        hidden = opened(by=by)
        Subject.objects.filter(pk=hidden.subject_id).update(hidden_at=NOW)
        assert actions.remind_of_rounds(now=datetime(2026, 12, 10, 9, 0, tzinfo=UTC)) == 0
        assert actions.remind_of_rounds(now=datetime(2026, 12, 8, 9, 0, tzinfo=UTC)) == 2
        members = Email.objects.filter(kind="consent_reminder").values_list("member", flat=True)
        assert set(members) == {insider.pk, by.pk}
        assert consent.pk

    def test_what_waits_is_on_home_until_one_speaks(self) -> None:
        anna = UserFactory()
        consent = opened(about=Subject.objects.community(), question="Sta je achter het verhaal?")
        home = text_of(reading(anna).get("/"))
        assert "Sta je achter het verhaal? 10 working days left." in home
        assert "All rounds about the community" in home
        say(consent, by=anna)
        home = text_of(reading(anna).get("/"))
        assert "10 working days left" not in home
        assert "open until 9 December, you answered" in home

    def test_the_community_has_a_page_of_its_rounds(self) -> None:
        by = facilitator()
        consent = opened(by=by, about=Subject.objects.community())
        subject = Subject.objects.community()
        assert f'href="/subjects/{subject.pk}/consent/new/"' in reading(by).get("/consent/").text
        page = reading().get("/consent/").text
        assert '<a href="/consent/">Consent rounds</a>' in reading().get("/hubs/").text.rpartition("<footer")[2]
        assert f'href="/consent/{consent.pk}/"' in page
        assert "consent/new" not in page
        assert '<li><a href="/consent/">Consent rounds</a></li>' in reading().get(consent.get_absolute_url()).text
        assert "All rounds about the community" not in text_of(reading().get("/hubs/"))


def test_whoever_is_erased_takes_what_they_say_out_of_open_rounds_only(clocks: time_machine.Traveller) -> None:
    by, anna = facilitator(), UserFactory(name="Anna Berg")
    consent, closed = opened(by=by), opened(by=by)
    for each in (consent, closed):
        say(each, "support_if", "alleen ik", by=anna)
        say(each, "object", "nee", by=by)
    actions.answer_condition(condition=Condition.objects.get(consent=closed), by=by, verdict="not_met")
    before = actions.close_round(consent=closed, by=by).result
    erase_member(member=anna)
    assert not Condition.objects.filter(consent=consent).exists()
    assert list(Position.objects.values_list("member", flat=True)) == [by.pk]
    assert ConsentRound.objects.get(pk=closed.pk).result == before
    clocks.shift(timedelta(hours=1))  # a facilitator of no time at all cannot be
    erase_member(member=by)
    assert not Position.objects.exists()
    assert list(ConsentRound.objects.values_list("opened_by", flat=True)) == [None, None]
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM activity_condition WHERE consent_id = %s", [consent.pk])
        assert cursor.fetchone() == (0,)
