"""The sender, against a real mail server."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial

import pytest
from django.db import OperationalError, connection, transaction
from django.utils import timezone
from django.utils.functional import lazy

from activity import actions, outbox, tasks
from activity.actions import create_subject, queue_emails
from activity.mailkinds import MailContent
from activity.models import Audience, Email, EmailState, Subject
from activity.sealing import seal
from community.models import User
from events.models import Session
from tests.activity.conftest import BY_DAY, Kinds, queued, use_server
from tests.activity.sink import Sink, free_port
from tests.factories import UserFactory
from tests.races import run_together

pytestmark = pytest.mark.django_db


_OWN_LOCKS = """
    SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database
    WHERE locktype = 'advisory' AND datname = current_database()
"""


def _states() -> dict[str, str]:
    return dict(Email.objects.order_by("pk").values_list("dedupe_key", "state"))


def test_a_mail_goes_out_once_and_leaves_no_secret(sink: Sink, kinds: Kinds, by_day) -> None:
    queue_emails([queued("a", kind="account", member=UserFactory(), secret=seal({"code": "1"}))])
    outbox.send_due()
    outbox.send_due()
    mail = Email.objects.get()
    assert (mail.state, mail.attempts, mail.secret, mail.sent_at) == (EmailState.SENT, 1, None, BY_DAY)
    assert sink.message_ids == [mail.message_id]
    assert sink.receivers == [mail.address]


def test_many_mails_travel_over_one_connection(sink: Sink, kinds: Kinds, by_day) -> None:
    members = UserFactory.create_batch(25)
    queue_emails(queued(f"{n}", member=members[n % 25]) for n in range(250))
    assert outbox.send_due() is False
    assert len(set(sink.message_ids)) == 250
    assert sink.connections == 1


def test_nothing_due_opens_no_connection(sink: Sink, kinds: Kinds, by_day) -> None:
    queue_emails([queued("later", member=UserFactory(), not_before=BY_DAY + timedelta(hours=1))])
    outbox.send_due()
    assert sink.connections == 0
    by_day.shift(timedelta(hours=1))
    outbox.send_due()
    assert len(sink.raw) == 1


def test_a_long_queue_is_left_to_the_next_run(sink: Sink, kinds: Kinds, by_day) -> None:
    members = UserFactory.create_batch(5)
    queue_emails(queued(f"{n}", member=members[n % 5]) for n in range(150))
    assert outbox.send_due(run=0) is True
    assert len(sink.raw) == 100
    assert outbox.send_due(run=0) is True
    assert outbox.send_due(run=0) is False
    assert len(sink.raw) == 150


def test_account_mail_overtakes_a_queue(sink: Sink, kinds: Kinds, by_day) -> None:
    member = UserFactory()
    queue_emails(queued(f"{n}", member=member) for n in range(120))
    by_day.shift(timedelta(seconds=5))
    queue_emails([queued("code", kind="account", member=member)])
    outbox.send_due()
    assert sink.message_ids[0] == Email.objects.get(dedupe_key="code").message_id


def test_a_batch_costs_a_fixed_number_of_queries_beyond_one_a_mail(
    sink: Sink, kinds: Kinds, by_day, monkeypatch, django_assert_max_num_queries
) -> None:
    monkeypatch.setattr(outbox, "SIGN_OF_LIFE", 600.0)  # however slow this machine is
    members = UserFactory.create_batch(80)
    queue_emails(queued(f"{n}", member=member) for n, member in enumerate(members))
    with django_assert_max_num_queries(80 + 25):
        outbox.send_due()
    assert len(sink.raw) == 80


class TestJudgedAtSending:
    """What is no longer wanted, possible or sensible does not go out."""

    @pytest.fixture
    def mail(self, kinds: Kinds, by_day) -> Email:
        subject = create_subject(Session.SUBJECT_KIND, title="T", language="en")
        queue_emails([queued("a", member=UserFactory(), subject=subject, secret=seal({"x": 1}))])
        return Email.objects.get()

    def _cancelled(self, sink: Sink) -> bool:
        outbox.send_due()
        mail = Email.objects.get()
        return not sink.raw and mail.state == EmailState.CANCELLED and mail.secret is None

    def test_a_kind_that_has_become_pointless(self, sink: Sink, kinds: Kinds, mail: Email) -> None:
        kinds.content = lambda _mail: None
        assert self._cancelled(sink)

    def test_a_kind_that_was_turned_off(self, sink: Sink, mail: Email) -> None:
        assert mail.member
        actions.choose_mail(kind="asked_for", is_wanted=False, by=mail.member)
        assert self._cancelled(sink)

    def test_a_kind_that_was_turned_on_again(self, sink: Sink, mail: Email) -> None:
        assert mail.member
        actions.choose_mail(kind="asked_for", is_wanted=False, by=mail.member)
        actions.choose_mail(kind="asked_for", is_wanted=True, by=mail.member)
        assert not self._cancelled(sink)

    @pytest.mark.parametrize("change", [{"is_active": False}, {"activated_at": None}])
    def test_a_member_who_does_not_take_part(self, sink: Sink, mail: Email, change: dict[str, object]) -> None:
        assert mail.member
        type(mail.member).objects.filter(pk=mail.member.pk).update(**change)
        assert self._cancelled(sink)

    @pytest.mark.parametrize(
        "change", [{"hidden_at": timezone.now()}, {"audience": Audience.HUBS}, {"audience": Audience.NAMED}]
    )
    def test_a_subject_that_the_member_may_not_see(self, sink: Sink, mail: Email, change: dict[str, object]) -> None:
        Subject.objects.update(**change)
        assert self._cancelled(sink)

    def test_a_member_who_moved_gets_it_at_the_new_address_in_the_new_language(self, sink: Sink, mail: Email) -> None:
        assert mail.member
        type(mail.member).objects.filter(pk=mail.member.pk).update(email="new@doorbraak.example", language="nl")
        outbox.send_due()
        assert sink.receivers == ["new@doorbraak.example"]
        assert sink.messages[0]["Content-Language"] == "nl"

    def test_account_mail_reaches_whom_it_names_also_before_they_take_part(
        self, sink: Sink, kinds: Kinds, by_day
    ) -> None:
        member = UserFactory(activated_at=None)
        queue_emails([queued("a", kind="account", member=member, address="old@doorbraak.example")])
        outbox.send_due()
        assert sink.receivers == ["old@doorbraak.example"]

    def test_mail_that_was_due_by_day_is_not_sent_at_night(self, sink: Sink, mail: Email, by_day) -> None:
        by_day.move_to(BY_DAY + timedelta(hours=12))  # the worker was down until 22:00
        outbox.send_due()
        mail.refresh_from_db()
        assert (mail.state, mail.attempts, len(sink.raw)) == (EmailState.WAITING, 0, 0)
        by_day.move_to(mail.not_before)
        assert timezone.localtime().hour == 7
        outbox.send_due()
        assert len(sink.raw) == 1

    def test_a_mail_cancelled_while_its_batch_goes_out_stays_unsent(
        self, sink: Sink, kinds: Kinds, by_day, monkeypatch
    ) -> None:
        first, second = UserFactory(), UserFactory()
        queue_emails([queued("a", member=first), queued("b", member=second)])
        monkeypatch.setattr(outbox, "SIGN_OF_LIFE", 0.0)

        def erase_the_other(mail: Email) -> MailContent:
            actions.forget_member(second)
            return MailContent({"title": "T"})

        kinds.content = erase_the_other
        outbox.send_due()
        assert _states() == {"a": "sent", "b": "cancelled"}
        assert sink.receivers == [first.email]


class TestWhileABatchGoesOut:
    """What was judged holds for a second: a slow mail server sends nothing that went away meanwhile."""

    @pytest.fixture
    def second(self, kinds: Kinds, by_day, monkeypatch) -> Email:
        """A mail that goes out after another one, which ``_when_rendered`` makes something happen in."""
        monkeypatch.setattr(outbox, "SIGN_OF_LIFE", 0.0)
        subject = create_subject(Session.SUBJECT_KIND, title="T", language="en")
        first = queued("a", kind="account", member=UserFactory())
        queue_emails([first, queued("b", member=UserFactory(), subject=subject)])
        return Email.objects.select_related("member", "subject").get(dedupe_key="b")

    @staticmethod
    def _while_the_first_goes_out(kinds: Kinds, happens: Callable[[], object]) -> None:
        def title() -> str:
            happens()
            return "T"

        kinds.content = lambda mail: MailContent({"title": lazy(title, str)() if mail.dedupe_key == "a" else "T"})
        outbox.send_due()

    def test_what_nobody_changes_goes_out(self, sink: Sink, kinds: Kinds, second: Email) -> None:
        self._while_the_first_goes_out(kinds, lambda: None)
        assert _states() == {"a": "sent", "b": "sent"}

    def test_a_reason_that_goes_away(self, sink: Sink, kinds: Kinds, second: Email) -> None:
        there = {"a", "b"}

        def title() -> str:
            there.discard("b")
            return "T"

        kinds.content = lambda mail: MailContent({"title": lazy(title, str)()}) if mail.dedupe_key in there else None
        outbox.send_due()
        assert _states() == {"a": "sent", "b": "cancelled"}

    @pytest.mark.parametrize(
        "change", [{"hidden_at": timezone.now()}, {"audience": Audience.HUBS}, {"announced_at": None}]
    )
    def test_a_subject_that_one_may_no_longer_see(
        self, sink: Sink, kinds: Kinds, second: Email, change: dict[str, object]
    ) -> None:
        self._while_the_first_goes_out(kinds, lambda: Subject.objects.update(**change))
        assert _states() == {"a": "sent", "b": "cancelled"}

    def test_a_member_who_no_longer_takes_part(self, sink: Sink, kinds: Kinds, second: Email) -> None:
        rows = User.objects.filter(pk=second.member_id)
        self._while_the_first_goes_out(kinds, lambda: rows.update(is_active=False))
        assert _states() == {"a": "sent", "b": "cancelled"}

    def test_a_kind_that_is_turned_off(self, sink: Sink, kinds: Kinds, second: Email) -> None:
        assert second.member
        turn_off = partial(actions.choose_mail, kind="asked_for", is_wanted=False, by=second.member)
        self._while_the_first_goes_out(kinds, turn_off)
        assert _states() == {"a": "sent", "b": "cancelled"}

    def test_a_member_who_moves(self, sink: Sink, kinds: Kinds, second: Email) -> None:
        rows = User.objects.filter(pk=second.member_id)
        self._while_the_first_goes_out(kinds, lambda: rows.update(email="new@doorbraak.example"))
        assert sink.receivers[1:] == ["new@doorbraak.example"]


class TestFaults:
    """A fault stops what it is about, and nothing else."""

    def test_one_bad_mail_keeps_none_of_its_kind_back(self, sink: Sink, kinds: Kinds, by_day) -> None:
        asked: list[int] = []

        def picky(mails: Sequence[Email]) -> dict[int, MailContent]:
            asked.append(len(mails))
            return {mail.pk: MailContent({"title": mail.context["title"]}) for mail in mails}

        kinds.load_many = picky  # type: ignore[method-assign]
        titles = [{"title": "T"}, {}, {"title": "T"}]
        queue_emails(queued(f"{n}", member=UserFactory(), context=context) for n, context in enumerate(titles))
        outbox.send_due()
        assert _states() == {"0": "sent", "1": "waiting", "2": "sent"}
        mail = Email.objects.get(dedupe_key="1")
        assert (mail.last_error, mail.attempts) == ("cannot be rendered: KeyError", 1)
        assert asked == [3, 1, 1, 1]

    def test_a_kind_that_fails_keeps_no_other_back(self, sink: Sink, kinds: Kinds, by_day) -> None:
        def broken(mail: Email) -> MailContent:
            if mail.kind == "asked_for":
                raise ZeroDivisionError
            return MailContent({"title": "T"})

        kinds.content = broken
        members = UserFactory.create_batch(3)
        queue_emails(
            queued(f"{kind} {n}", kind=kind, member=members[n])
            for kind in ("account", "asked_for", "news")
            for n in range(3)
        )
        assert outbox.send_due() is False
        assert Counter(Email.objects.values_list("kind", "state")) == {
            ("account", "sent"): 3,
            ("asked_for", "waiting"): 3,
            ("news", "sent"): 3,
        }

    def test_a_kind_that_nobody_knows_any_more_waits_for_the_repair(self, sink: Sink, kinds: Kinds, by_day) -> None:
        queue_emails([queued("a", member=UserFactory()), queued("b", member=UserFactory())])
        Email.objects.filter(dedupe_key="a").update(kind="of_an_app_that_is_gone")
        outbox.send_due()
        assert _states() == {"a": "waiting", "b": "sent"}

    def test_an_urgency_that_cannot_be_told_stops_that_mail_only(self, sink: Sink, kinds: Kinds, by_day) -> None:
        queue_emails([queued("a", member=UserFactory()), queued("b", kind="account", member=UserFactory())])
        by_day.move_to(BY_DAY + timedelta(hours=12))
        kinds.urgent_until = None  # type: ignore[assignment]
        outbox.send_due()
        assert _states() == {"a": "waiting", "b": "sent"}
        assert Email.objects.get(dedupe_key="a").last_error == "cannot be rendered: AttributeError"

    def test_a_words_fault_comes_out_when_the_mail_is_written(self, sink: Sink, kinds: Kinds, by_day) -> None:
        def title() -> str:
            raise ZeroDivisionError

        kinds.content = lambda mail: MailContent({"title": lazy(title, str)() if mail.dedupe_key == "a" else "T"})
        queue_emails([queued("a", member=UserFactory()), queued("b", member=UserFactory())])
        outbox.send_due()
        assert _states() == {"a": "waiting", "b": "sent"}

    @pytest.mark.django_db(transaction=True)
    def test_a_statement_that_the_database_stops_keeps_no_other_kind_back(
        self, sink: Sink, kinds: Kinds, by_day
    ) -> None:
        def stopped(mail: Email) -> MailContent:
            if mail.kind == "asked_for":
                with transaction.atomic(), connection.cursor() as cursor:
                    cursor.execute("SET LOCAL statement_timeout = 1")
                    cursor.execute("SELECT pg_sleep(60)")
            return MailContent({"title": "T"})

        kinds.content = stopped
        queue_emails([queued("a", member=UserFactory()), queued("b", kind="news", member=UserFactory())])
        outbox.send_due()
        assert _states() == {"a": "waiting", "b": "sent"}
        assert Email.objects.get(dedupe_key="a").last_error == "cannot be rendered: OperationalError"

    @pytest.mark.django_db(transaction=True)
    def test_a_database_that_goes_away_ends_the_run_and_loses_no_mail(self, sink: Sink, kinds: Kinds, by_day) -> None:
        def cut(_mail: Email) -> MailContent:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
            raise AssertionError("it has gone on")

        content, kinds.content = kinds.content, cut
        queue_emails([queued("a", member=UserFactory())])
        with pytest.raises(OperationalError):
            outbox.send_due()
        connection.close()
        kinds.content = content
        outbox.send_due()
        assert (_states(), len(sink.raw)) == ({"a": "sent"}, 1)


class TestNews:
    """At most five a day."""

    def test_the_sixth_waits_for_the_next_weekday(self, sink: Sink, kinds: Kinds, by_day) -> None:
        member, other = UserFactory(), UserFactory()
        queue_emails([queued(f"{n}", kind="news", member=member) for n in range(4)])
        outbox.send_due()
        queue_emails([queued(f"{n}", kind="news", member=member) for n in range(4, 7)])
        queue_emails([queued("other", kind="news", member=other), queued("asked", member=member)])
        outbox.send_due()
        assert Counter(sink.receivers) == {member.email: 6, other.email: 1}
        waiting = Email.objects.filter(state=EmailState.WAITING)
        moments = {timezone.localtime(mail.not_before).strftime("%a %H:%M") for mail in waiting}
        assert (len(waiting), moments) == (2, {"Thu 07:00"})
        by_day.move_to(waiting[0].not_before)
        outbox.send_due()
        assert len(sink.raw) == 9

    def test_on_friday_it_waits_for_monday(self, sink: Sink, kinds: Kinds, by_day) -> None:
        by_day.move_to(BY_DAY + timedelta(days=2))
        member = UserFactory()
        queue_emails([queued(f"{n}", kind="news", member=member) for n in range(6)])
        outbox.send_due()
        (waiting,) = Email.objects.filter(state=EmailState.WAITING)
        assert timezone.localtime(waiting.not_before).strftime("%a %H:%M") == "Mon 07:00"


class TestRefusals:
    """What the server says decides what becomes of a mail."""

    def test_a_permanent_no_stops_that_mail_only(self, sink: Sink, kinds: Kinds, by_day) -> None:
        gone, there = UserFactory(), UserFactory()
        sink.answers[gone.email] = "550 no such user"
        queue_emails([queued("a", kind="account", member=gone, secret=seal({"x": 1})), queued("b", member=there)])
        outbox.send_due()
        assert _states() == {"a": "failed", "b": "sent"}
        mail = Email.objects.get(dedupe_key="a")
        assert (mail.last_error, mail.secret, mail.attempts) == ("550 no such user", None, 1)

    def test_a_temporary_no_is_asked_again_ever_later_for_48_hours(self, sink: Sink, kinds: Kinds, by_day) -> None:
        member = UserFactory()
        sink.answers[member.email] = "451 greylisted, try again"
        queue_emails([queued("a", kind="account", member=member, secret=seal({"x": 1}))])
        waits = []
        while True:
            before = timezone.now()
            outbox.send_due()
            mail = Email.objects.get()
            if mail.state == EmailState.FAILED:
                break
            assert mail.secret is not None
            waits.append((mail.not_before - before).total_seconds())
            by_day.move_to(mail.not_before)
        assert 45 <= waits[0] <= 75
        assert 90 <= waits[1] <= 150
        assert max(waits) <= 4 * 3600 * 1.25
        assert len(set(waits)) == len(waits)
        assert timedelta(hours=42) < timezone.now() - BY_DAY <= timedelta(hours=48)
        assert (mail.secret, mail.last_error) == (None, "451 greylisted, try again")

    def test_a_temporary_no_that_passes_is_a_mail_sent(self, sink: Sink, kinds: Kinds, by_day) -> None:
        member = UserFactory()
        sink.answers[member.email] = "451 greylisted"
        queue_emails([queued("a", member=member)])
        outbox.send_due()
        outbox.send_due()
        assert sink.raw == []
        sink.answers.clear()
        by_day.shift(timedelta(minutes=2))
        outbox.send_due()
        mail = Email.objects.get()
        assert (mail.state, mail.attempts, mail.last_error, len(sink.raw)) == (EmailState.SENT, 2, "", 1)

    @pytest.mark.parametrize(("answer", "state"), [("554 spam", "failed"), ("452 disk full", "waiting")])
    def test_a_refusal_after_the_content_counts_too(
        self, sink: Sink, kinds: Kinds, by_day, answer: str, state: str
    ) -> None:
        sink.data_answer = answer
        queue_emails([queued("a", member=UserFactory())])
        outbox.send_due()
        mail = Email.objects.get()
        assert (mail.state, mail.last_error) == (state, answer)

    def test_a_server_that_hangs_up_gets_the_rest_over_a_new_connection(self, sink: Sink, kinds: Kinds, by_day) -> None:
        leaving = UserFactory()
        sink.answers[leaving.email] = "421 closing"
        queue_emails([queued("a", member=leaving), queued("b", member=UserFactory())])
        outbox.send_due()
        assert _states() == {"a": "waiting", "b": "sent"}
        assert sink.connections == 2

    def test_no_server_puts_everything_back_and_loses_nothing(self, sink: Sink, settings, kinds: Kinds, by_day) -> None:
        use_server(settings, "127.0.0.1", free_port())
        members = UserFactory.create_batch(3)
        queue_emails(queued(f"{n}", member=member) for n, member in enumerate(members))
        assert outbox.send_due() is False
        assert set(Email.objects.values_list("state", "attempts", "claimed_by")) == {("waiting", 1, None)}
        assert all("ConnectionRefused" in mail.last_error for mail in Email.objects.all())
        use_server(settings, sink.host, sink.port)
        by_day.shift(timedelta(minutes=2))
        outbox.send_due()
        assert len(sink.raw) == 3

    @pytest.mark.parametrize("address", ["no address", "a@example.org\r\nBcc: b@example.org", "ü@example.org"])
    def test_an_unusable_address_fails_alone(self, sink: Sink, kinds: Kinds, by_day, address: str) -> None:
        queue_emails([queued("a", kind="account", address=address), queued("b", member=UserFactory())])
        outbox.send_due()
        assert _states() == {"a": "failed", "b": "sent"}

    def test_a_mail_that_cannot_be_rendered_waits_for_the_repair(self, sink: Sink, kinds: Kinds, by_day) -> None:
        def broken(mail: Email) -> MailContent:
            if mail.dedupe_key == "a":
                raise ZeroDivisionError("with a secret in its text")
            return MailContent({"title": "T"})

        kinds.content = broken
        queue_emails([queued("a", member=UserFactory()), queued("b", member=UserFactory())])
        outbox.send_due()
        assert _states() == {"a": "waiting", "b": "sent"}
        assert Email.objects.get(dedupe_key="a").last_error == "cannot be rendered: ZeroDivisionError"


def test_addresses_go_90_days_after_sending_and_keys_stay(kinds: Kinds, by_day) -> None:
    member = UserFactory()
    queue_emails([queued(key, member=member, context={"rsvp": 1}) for key in ("old", "recent", "failed", "waiting")])
    now = timezone.now()
    old, recent = now - timedelta(days=91), now - timedelta(days=89)
    Email.objects.filter(dedupe_key="old").update(state=EmailState.SENT, sent_at=old)
    Email.objects.filter(dedupe_key="recent").update(state=EmailState.SENT, sent_at=recent)
    Email.objects.filter(dedupe_key="failed").update(state=EmailState.FAILED, created_at=old)
    Email.objects.filter(dedupe_key="waiting").update(created_at=old)
    assert outbox.empty_old_addresses(now=now) == 2
    assert outbox.empty_old_addresses(now=now) == 0
    kept = dict(Email.objects.values_list("dedupe_key", "address"))
    assert kept == {"old": "", "failed": "", "recent": member.email, "waiting": member.email}


@pytest.mark.django_db(transaction=True)
class TestSeveralSenders:
    """Claims and what becomes of them."""

    def test_senders_at_once_send_every_mail_once(self, sink: Sink, kinds: Kinds, by_day) -> None:
        members = UserFactory.create_batch(10)
        queue_emails(queued(f"{n}", member=members[n % 10]) for n in range(350))
        assert run_together(*[outbox.send_due] * 3) == [False] * 3
        assert Counter(sink.message_ids) == dict.fromkeys(Email.objects.values_list("message_id", flat=True), 1)
        assert Email.objects.filter(state=EmailState.SENT).count() == 350

    def test_two_senders_at_once_keep_to_five_news_a_day(self, sink: Sink, kinds: Kinds, by_day, monkeypatch) -> None:
        monkeypatch.setattr(outbox, "BATCH", 2)
        member = UserFactory()
        queue_emails([queued(f"{n}", kind="news", member=member) for n in range(12)])
        run_together(outbox.send_due, outbox.send_due)
        assert len(sink.raw) <= 5

    def test_claims_of_a_dead_sender_are_taken_over_at_once(self, sink: Sink, kinds: Kinds, by_day) -> None:
        queue_emails([queued("a", member=UserFactory())])
        Email.objects.update(state=EmailState.SENDING, claimed_by=secrets.randbits(63), claimed_at=timezone.now())
        outbox.send_due()
        assert len(sink.raw) == 1

    def test_claims_of_a_living_sender_stand_for_ten_minutes(self, sink: Sink, kinds: Kinds, by_day) -> None:
        queue_emails([queued("a", member=UserFactory())])
        holder = secrets.randbits(63)
        Email.objects.update(state=EmailState.SENDING, claimed_by=holder, claimed_at=timezone.now())
        with outbox._alive(holder):
            for minutes, sent in ((0, 0), (9, 0), (2, 1)):
                by_day.shift(timedelta(minutes=minutes))
                run_together(outbox.send_due)
                assert len(sink.raw) == sent

    def test_a_sender_gives_its_lock_back(self, sink: Sink, kinds: Kinds) -> None:
        outbox.send_due()
        with connection.cursor() as cursor:
            cursor.execute(_OWN_LOCKS)
            assert cursor.fetchone() == (0,)


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_is_down_does_not_fail_what_was_saved(settings, kinds: Kinds, monkeypatch, by_day) -> None:
    def no_broker() -> None:
        raise ConnectionError

    monkeypatch.setattr(tasks.send_outbox, "delay", no_broker)
    queue_emails([queued("a", member=UserFactory())])
    assert Email.objects.count() == 1
