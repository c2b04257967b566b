"""Digests: when they are due, what stands in them, and that each comes once. Spec 06, Digests."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes, policy
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from activity import outbox
from activity.consent.actions import open_round, speak
from activity.consent.models import Answer
from activity.conversation.actions import delete_comment, write_comment
from activity.digests.clock import next_due
from activity.digests.models import Digest, DigestState
from activity.digests.prepare import prepare_chunk, prepare_due
from activity.digests.sections import digest_sections
from activity.following.actions import choose_level
from activity.following.models import DigestPeriod, FollowLevel
from activity.models import Audience, Email, EmailState, Subject, Todo
from activity.moderation.actions import report
from activity.notices.actions import mark_read, save_choices
from activity.notices.fanout import tell_due
from activity.notices.kinds import Channel, notice_kinds
from activity.notices.models import Notification
from community.accounts.actions import erase_member
from community.hubs.actions import join_hub
from community.joining.actions import ask_to_join
from community.models import User
from events.models import Rsvp, RsvpState
from issues.bottlenecks.actions import file_bottleneck
from tests.activity.sink import Sink
from tests.factories import (
    BottleneckFactory,
    FacilitatorTermFactory,
    HubFactory,
    MembershipFactory,
    RoomFactory,
    SessionFactory,
    UserFactory,
    facilitator,
)
from tests.races import run_together
from tests.trees import parse

DAILY, WEEKLY, MONTHLY, NEVER = DigestPeriod
AMSTERDAM, NEW_YORK, KOLKATA = (ZoneInfo(name) for name in ("Europe/Amsterdam", "America/New_York", "Asia/Kolkata"))
#: A Monday, 10:00 in Amsterdam; digests come on Tuesday at 08:00.
MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
TUESDAY = datetime(2026, 11, 24, 7, 0, tzinfo=UTC)
WEEK = timedelta(days=7)


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(MONDAY, tick=False) as traveller:
        yield traveller


def somebody(**hearing: Any) -> User:
    """A member whose digests have begun; the first is due at the next Tuesday, unless they chose otherwise."""
    member: User = UserFactory(language="nl", activated_at=MONDAY - 4 * WEEK)
    User.objects.filter(pk=member.pk).update(seen_on=MONDAY.date())
    if hearing:
        save_choices(by=member, hearing=hearing, channels={})
    prepare_due()
    return member


def happens(member: User, title: str = "Rekenkracht") -> Subject:
    """Something that goes into the digest of ``member``: a new comment on what they follow."""
    save_choices(by=member, hearing={}, channels={"comments": {Channel.DIGEST}})
    subject: Subject = BottleneckFactory(title=title).subject
    choose_level(subject=subject, by=member, level=FollowLevel.FOLLOW)
    write_comment(subject=subject, by=UserFactory(name="Anna Berg"), text="Bij ons ook", language="nl")
    tell_due()
    return subject


def sent(sink: Sink) -> list[Any]:
    """What was mailed, as mail programs read it."""
    outbox.send_due()
    return [message_from_bytes(raw, policy=policy.default) for raw in sink.raw]


class TestWhenItIsDue:
    """Hours on wall clocks."""

    @pytest.mark.parametrize(
        ("after", "period", "zone", "due"),
        [
            (MONDAY, DAILY, AMSTERDAM, datetime(2026, 11, 24, 7, tzinfo=UTC)),
            (MONDAY, WEEKLY, AMSTERDAM, datetime(2026, 11, 24, 7, tzinfo=UTC)),
            (TUESDAY, WEEKLY, AMSTERDAM, datetime(2026, 12, 1, 7, tzinfo=UTC)),
            (MONDAY, WEEKLY, NEW_YORK, datetime(2026, 11, 24, 13, tzinfo=UTC)),
            (MONDAY, WEEKLY, KOLKATA, datetime(2026, 11, 24, 2, 30, tzinfo=UTC)),
            (MONDAY, MONTHLY, AMSTERDAM, datetime(2026, 12, 1, 7, tzinfo=UTC)),
            (datetime(2026, 12, 1, 7, tzinfo=UTC), MONTHLY, AMSTERDAM, datetime(2027, 1, 5, 7, tzinfo=UTC)),
            # Clocks go forward on 28 March 2027: the hour of the wall clock stays.
            (datetime(2027, 3, 23, 7, tzinfo=UTC), WEEKLY, AMSTERDAM, datetime(2027, 3, 30, 6, tzinfo=UTC)),
            (datetime(2027, 10, 26, 6, tzinfo=UTC), WEEKLY, AMSTERDAM, datetime(2027, 11, 2, 7, tzinfo=UTC)),
        ],
    )
    def test_at_eight_on_tuesday_wherever_one_is(
        self, after: datetime, period: DigestPeriod, zone: ZoneInfo, due: datetime
    ) -> None:
        assert next_due(after, period, 1, 8, zone) == due

    def test_an_hour_that_the_clocks_leave_out_has_its_digest_all_the_same(self) -> None:
        due = next_due(datetime(2027, 3, 27, 12, tzinfo=UTC), DAILY, 0, 2, AMSTERDAM)
        assert due is not None
        assert due.astimezone(AMSTERDAM).date() == date(2027, 3, 28)

    def test_never_is_never(self) -> None:
        assert next_due(MONDAY, NEVER, 1, 8, AMSTERDAM) is None

    @pytest.mark.parametrize("period", [DAILY, WEEKLY, MONTHLY])
    def test_whoever_travels_gets_one_for_each_period(self, period: DigestPeriod) -> None:
        """In another time zone each time: never two close together, never one left out."""
        apart = {DAILY: 1, WEEKLY: 7, MONTHLY: 31}[period]
        last, dues = None, []
        now = MONDAY
        for zone in itertools.islice(itertools.cycle([AMSTERDAM, NEW_YORK, KOLKATA]), 12):
            now = next_due(now, period, 1, 8, zone, last=last) or now
            last = now
            dues.append(now)
        for before, after in itertools.pairwise(dues):
            assert timedelta(days=apart / 2 - 0.5) < after - before <= timedelta(days=apart + 5)


@pytest.mark.django_db
class TestWhatComes:
    """One mail with what is new."""

    def test_it_comes_on_tuesday_morning_with_what_happened_since_the_last(self, sink: Sink, clock) -> None:
        member = somebody()
        happens(member)
        prepare_due()
        assert sent(sink) == []
        clock.move_to(TUESDAY)
        prepare_due()
        (mail,) = sent(sink)
        assert mail["To"] == member.email
        assert mail["Subject"] == "Rekenkracht"
        text = mail.get_body(("plain",)).get_content()
        assert "De week in de community" in mail.get_body(("html",)).get_content()
        assert "Reactie van Anna Berg." in text
        assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"

    def test_two_in_a_row_never_say_the_same(self, sink: Sink, clock) -> None:
        member = somebody()
        subject = happens(member)
        clock.move_to(TUESDAY)
        prepare_due()
        assert len(sent(sink)) == 1
        clock.move_to(TUESDAY + WEEK)
        prepare_due()
        assert len(sent(sink)) == 1  # nothing new: no mail
        assert list(member.digests.order_by("pk").values_list("has_news", flat=True)) == [True, False]
        for text in ("Twee", "Drie"):
            write_comment(subject=subject, by=UserFactory(name="Bram Smit"), text=text, language="nl")
        tell_due()
        clock.move_to(TUESDAY + 2 * WEEK)
        prepare_due()
        again = sent(sink)[1].get_body(("plain",)).get_content()
        assert "Reactie van Bram Smit, en nog 1." in again
        assert "Anna Berg" not in again

    def test_what_was_read_mailed_or_cannot_be_seen_any_more_is_not_in_it(self, sink: Sink, clock) -> None:
        member = somebody()
        subjects = [happens(member, title) for title in ("Gelezen", "Verborgen", "Gemaild", "Weg", "Nieuw")]
        mark_read(by=member, subject=subjects[0].pk)
        Subject.objects.filter(pk=subjects[1].pk).update(audience=Audience.NAMED)
        mail = Email.objects.create(
            member=member, address=member.email, kind="notices", dedupe_key="x", state=EmailState.SENT
        )
        Notification.objects.filter(subject=subjects[2]).update(email=mail)
        clock.move_to(TUESDAY)
        prepare_due()
        comment = subjects[3].comments.get()
        delete_comment(comment=comment, by=comment.author)  # after it was queued
        (mail,) = sent(sink)
        assert mail["Subject"] == "Nieuw"
        for gone in ("Gelezen", "Verborgen", "Gemaild", "Weg"):
            assert gone not in mail.as_string()

    def test_when_all_of_it_is_gone_by_then_no_mail_goes_out(self, sink: Sink, clock) -> None:
        member = somebody()
        happens(member)
        clock.move_to(TUESDAY)
        prepare_due()
        mark_read(by=member)
        assert sent(sink) == []

    def test_a_section_has_eight_lines_and_says_how_many_more(self, sink: Sink, clock) -> None:
        member = somebody()
        for number in range(11):
            happens(member, f"Punt {number}")
        clock.move_to(TUESDAY)
        prepare_due()
        (mail,) = sent(sink)
        assert mail["Subject"] == "Punt 10, en nog 10"
        text = mail.get_body(("plain",)).get_content()
        assert text.count("Punt ") == 8
        assert "En nog 3." in text

    def test_new_members_and_what_begins_in_ones_hubs(self, sink: Sink, clock) -> None:
        member, hub = somebody(), HubFactory(name="Kern Geo")
        join_hub(hub=hub, by=member)
        clock.shift(timedelta(hours=1))
        for _newcomer in range(2):
            join_hub(hub=hub, by=UserFactory())
        file_bottleneck(by=UserFactory(), title="Toegang", situation="x", hubs=[hub])
        tell_due()
        clock.move_to(TUESDAY)
        prepare_due()
        text = next(it for it in sent(sink) if it["To"] == member.email).get_body(("plain",)).get_content()
        assert "2 nieuwe leden." in text
        assert "Toegang" in text

    def test_what_waits_for_who_speaks_for_a_hub_and_for_facilitators(self, sink: Sink, clock) -> None:
        hub = HubFactory(name="Kern Geo", join_policy="request")
        speaks, facilitates, other = somebody(), somebody(), somebody()
        MembershipFactory(hub=hub, member=speaks, role="representative")
        FacilitatorTermFactory(member=facilitates)
        ask_to_join(hub=hub, by=UserFactory(), words="x")
        Todo.objects.create(kind="join_request", is_for_facilitators=True, subject=HubFactory().subject)
        clock.move_to(TUESDAY)
        prepare_due()
        texts = {it["To"]: it.get_body(("plain",)).get_content() for it in sent(sink) if "WACHT" in it.as_string()}
        assert texts.keys() == {speaks.email, facilitates.email}
        assert "Iemand wil lid worden\r\nKern Geo" in texts[speaks.email]
        assert other.email not in texts

    def test_a_session_one_goes_to_stands_on_top_once_with_when_and_where_it_is(self, sink: Sink, clock) -> None:
        member, other = somebody(), somebody()
        room = RoomFactory(venue__city="Amersfoort")
        for title, starts_at, who in (
            ("Communitydag", MONDAY + timedelta(days=17), member),
            ("Van een ander", MONDAY + timedelta(days=18), other),
            ("Al geweest", MONDAY + timedelta(hours=5), member),
        ):
            session = SessionFactory(title=title, starts_at=starts_at, language="nl", room=room)
            Rsvp.objects.create(session=session, member=who, state=RsvpState.GOING, placing=1)
        for week in range(2):
            clock.move_to(TUESDAY + week * WEEK)
            prepare_due()
        [mail] = [it for it in sent(sink) if it["To"] == member.email]
        assert mail["Subject"] == "Communitydag"
        html = parse(mail.get_body(("html",)).get_content()).text()
        assert "Je volgende bijeenkomst: Communitydag" in html
        assert "donderdag 10 december, 10.00 uur, Amersfoort." in html
        assert "Al geweest" not in mail.as_string()
        client = Client()
        client.force_login(member)
        clock.shift(timedelta(hours=1))
        assert "Communitydag" in client.get("/digest/daily/").text  # what is still to come the page tells every day

    def test_a_consent_round_stands_in_it_until_one_has_spoken(self, sink: Sink, clock) -> None:
        waits, spoke = somebody(), somebody()
        consent = open_round(
            subject=Subject.objects.community(),
            by=facilitator(),
            question="Zo werken wij?",
            text="Wij delen wat wij maken.",
            language="nl",
            closes_on=date(2026, 12, 8),
        )
        speak(consent=consent, by=spoke, answer=Answer.SUPPORT, version=1)
        clock.move_to(TUESDAY)
        prepare_due()
        [mail] = [it for it in sent(sink) if it["To"] in {waits.email, spoke.email}]
        assert mail["To"] == waits.email
        text = mail.get_body(("plain",)).get_content()
        assert "Zo werken wij?\r\nZeg vóór of op 8 december wat je vindt." in text
        assert f"/consent/{consent.pk}/" in text

    def test_a_round_about_what_is_hidden_asks_nobody(self, clock) -> None:
        judge, hub = somebody(), HubFactory()
        FacilitatorTermFactory(member=judge)  # who reads what is hidden
        open_round(
            subject=hub.subject,
            by=facilitator(),
            question="Zo werken wij?",
            text="Wij delen wat wij maken.",
            language="nl",
            closes_on=date(2026, 12, 8),
        )
        Subject.objects.filter(pk=hub.subject_id).update(hidden_at=MONDAY)
        clock.move_to(TUESDAY)
        prepare_due()
        assert not Email.objects.filter(member=judge, kind="digest").exists()

    def test_nobody_is_told_of_a_report_of_what_they_wrote_themselves(self, sink: Sink, clock) -> None:
        judge, other = somebody(), somebody()
        for member in (judge, other):
            FacilitatorTermFactory(member=member)
        subject = happens(judge)
        comment = write_comment(subject=subject, by=judge, text="Van Rossem zei dat.", language="nl")
        report(subject=subject, comment=comment, by=UserFactory(), reason="person")
        clock.move_to(TUESDAY)
        prepare_due()
        to_judge = [mail for mail in sent(sink) if mail["To"] == judge.email and mail["Subject"] == "Rekenkracht"]
        assert len(to_judge) == 1
        assert "WACHT" not in to_judge[0].as_string()

    def test_what_is_for_members_of_a_hub_is_in_their_digest_only(self, sink: Sink, clock) -> None:
        hub = HubFactory()
        inside, outside = somebody(), somebody()
        MembershipFactory(hub=hub, member=inside)
        subject = happens(inside, "Besloten")
        choose_level(subject=subject, by=outside, level=FollowLevel.FOLLOW)
        save_choices(by=outside, hearing={}, channels={"comments": {Channel.DIGEST}})
        write_comment(subject=subject, by=UserFactory(), text="Nog een", language="nl")
        tell_due()
        subject.hubs.set([hub.subject])
        Subject.objects.filter(pk=subject.pk).update(audience=Audience.HUBS)
        clock.move_to(TUESDAY)
        prepare_due()
        assert [mail["To"] for mail in sent(sink) if "Besloten" in mail.as_string()] == [inside.email]
        for member, seen in ((inside, True), (outside, False)):
            client = Client()
            client.force_login(member)
            assert ("Besloten" in client.get("/digest/weekly/").text) is seen

    def test_a_new_choice_of_day_hour_or_period_holds_at_once(self, clock) -> None:
        member = somebody()
        save_choices(by=member, hearing={"digest_weekday": 4, "digest_hour": 15}, channels={})
        prepare_due()
        assert DigestState.objects.get(member=member).next_at == datetime(2026, 11, 27, 14, tzinfo=UTC)
        save_choices(by=member, hearing={"digest_period": NEVER}, channels={})
        prepare_due()
        assert DigestState.objects.get(member=member).next_at is None

    def test_a_worker_that_was_down_for_a_day_catches_up_once(self, sink: Sink, clock) -> None:
        member = somebody(digest_period=DAILY)
        happens(member)
        clock.move_to(TUESDAY + timedelta(days=2, hours=3))
        prepare_due()
        prepare_due()
        assert len(sent(sink)) == 1
        assert DigestState.objects.get(member=member).next_at == TUESDAY + timedelta(days=3)

    def test_who_did_not_come_for_two_months_is_asked_once_and_gets_it_again_when_they_come(
        self, sink: Sink, clock
    ) -> None:
        member = somebody()
        User.objects.filter(pk=member.pk).update(seen_on=MONDAY.date() - timedelta(days=70))
        happens(member)
        for week in range(3):
            clock.move_to(TUESDAY + week * WEEK)
            prepare_due()
        assert [mail["Subject"] for mail in sent(sink)] == ["Wil je het nieuwsoverzicht nog?"]
        clock.shift(timedelta(days=1))
        User.objects.filter(pk=member.pk).update(seen_on=TUESDAY.date() + timedelta(days=15))
        happens(member, "Weer daar")
        prepare_due()
        clock.move_to(TUESDAY + 3 * WEEK)
        prepare_due()
        assert sent(sink)[1]["Subject"].startswith("Weer daar")

    def test_who_does_not_take_part_gets_none(self, sink: Sink, clock) -> None:
        member = somebody()
        happens(member)
        User.objects.filter(pk=member.pk).update(is_active=False)
        clock.move_to(TUESDAY)
        prepare_due()
        assert sent(sink) == []

    def test_nothing_of_it_is_left_of_an_erased_member(self, clock) -> None:
        member = somebody()
        happens(member)
        clock.move_to(TUESDAY)
        prepare_due()
        erase_member(member=member)
        assert not Digest.objects.filter(member=member.pk).exists()
        assert not DigestState.objects.filter(member=member.pk).exists()

    def test_the_statements_do_not_grow_with_the_members(self, clock) -> None:
        counts = []
        for number in (2, 30):
            for member in [somebody() for _each in range(number)]:
                happens(member)
            clock.shift(WEEK)
            with CaptureQueriesContext(connection) as captured:
                prepare_due()
            with CaptureQueriesContext(connection) as loaded:
                outbox.load(list(Email.objects.filter(kind="digest", state="waiting").select_related("member")))
            counts.append((len(captured), len(loaded)))
            Email.objects.all().delete()
        assert counts[0] == counts[1]


@pytest.mark.django_db
class TestThePage:
    """The same, to read whenever one likes."""

    def test_it_shows_the_week_also_what_was_read(self, clock, django_assert_num_queries) -> None:
        member = somebody()
        subject = happens(member)
        mark_read(by=member)
        client = Client()
        client.force_login(member)
        with django_assert_num_queries(4):
            page = client.get("/digest/weekly/")
        assert subject.title in page.text
        assert "Reactie van Anna Berg." in parse(page.text).text()
        assert subject.title in client.get("/digest/daily/").text
        clock.shift(timedelta(days=2))
        daily = client.get("/digest/daily/").text
        assert subject.title not in daily
        assert "Er gebeurde niets" in daily
        assert subject.title in client.get("/digest/weekly/").text

    def test_a_period_that_is_none_is_not_there(self, clock) -> None:
        client = Client()
        client.force_login(somebody())
        assert client.get("/digest/yearly/").status_code == 404


@pytest.mark.django_db(transaction=True)
def test_two_schedulers_at_once_make_one_for_each_member(clock):
    members = [somebody() for _each in range(12)]
    for member in members:
        happens(member)
    clock.move_to(TUESDAY)
    run_together(*[lambda: prepare_chunk(now=TUESDAY)] * 4)
    assert sorted(Digest.objects.filter(due_at=TUESDAY).values_list("member", flat=True)) == sorted(
        member.pk for member in members
    )
    assert Email.objects.filter(kind="digest").count() == 12


def test_every_kind_that_can_go_into_the_digest_stands_in_a_section() -> None:
    told = {kind for section in digest_sections for kind in section.tells}
    assert told == {kind.key for kind in notice_kinds if Channel.DIGEST in kind.offers}
