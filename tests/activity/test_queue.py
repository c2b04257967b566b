"""What stands in the outbox after mails were queued."""

from __future__ import annotations

import ast
import re
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
import time_machine
from django.conf import settings
from django.db import connection, transaction
from django.db.models import CharField, Value
from django.db.models.functions import Cast, JSONObject

from activity import actions
from activity.actions import queue_emails, queue_emails_of_rows
from activity.models import ActingLink, Email, EmailState, MailChoice
from activity.sealing import CannotOpen, seal, unseal
from community.models import User
from events.links import CALENDAR
from tests.activity.conftest import BY_DAY, Kinds, queued
from tests.factories import UserFactory
from tests.plans import WALKS, plan_of
from tests.races import run_together
from ui.errors import RuleBroken

NIGHT = datetime(2026, 11, 25, 21, 0, tzinfo=UTC)  # 22:00 in Amsterdam
MORNING = datetime(2026, 11, 26, 6, 0, tzinfo=UTC)


@pytest.mark.django_db
class TestQueueing:
    """One transaction."""

    def test_address_and_language_come_from_the_member_unless_an_address_is_given(self, kinds: Kinds) -> None:
        member = UserFactory(language="nl")
        outsider = queued("c", kind="account", address="invited@example.org", language="en")
        queue_emails([queued("a", member=member), queued("b", member=member, address="new@example.org"), outsider])
        rows = Email.objects.order_by("dedupe_key").values_list("address", "language")
        assert list(rows) == [(member.email, "nl"), ("new@example.org", "nl"), ("invited@example.org", "en")]

    def test_a_thousand_mails_from_a_generator_cost_as_many_queries_as_ten(
        self, kinds: Kinds, django_assert_num_queries, by_day
    ) -> None:
        members = UserFactory.create_batch(50)
        for name, count in (("few", 10), ("many", 1_000)):
            with django_assert_num_queries(4):  # savepoint, members, insert, savepoint
                queue_emails(queued(f"{name}:{n}", member=members[n % 50]) for n in range(count))
        assert Email.objects.count() == 1_010

    def test_the_same_occasion_is_queued_once(self, kinds: Kinds) -> None:
        member = UserFactory()
        queue_emails([queued("once", member=member), queued("once", member=member)])
        queue_emails([queued("once", member=member)])
        assert Email.objects.count() == 1

    def test_a_generator_that_fails_half_way_leaves_nothing(self, kinds: Kinds) -> None:
        def mails():
            yield queued("a", member=UserFactory())
            raise LookupError

        with pytest.raises(LookupError):
            queue_emails(mails())
        assert not Email.objects.exists()

    def test_an_unknown_kind_is_refused(self, kinds: Kinds) -> None:
        with pytest.raises(KeyError):
            queue_emails([queued("a", kind="nonsense", member=UserFactory())])

    @pytest.mark.parametrize(
        ("kind", "urgent_until", "goes_out"),
        [
            ("account", None, NIGHT),
            ("asked_for", None, MORNING),
            ("asked_for", MORNING + timedelta(minutes=30), NIGHT),
            ("news", None, MORNING),
        ],
    )
    def test_at_night_only_what_cannot_wait_goes_out(
        self, kinds: Kinds, kind: str, urgent_until: datetime | None, goes_out: datetime
    ) -> None:
        if urgent_until:
            kinds.urgent_until[kind] = urgent_until
        with time_machine.travel(NIGHT, tick=False):
            queue_emails([queued("a", kind=kind, member=UserFactory(), address="a@example.org")])
        assert Email.objects.get().not_before == goes_out

    def test_a_later_moment_that_is_asked_for_is_kept_and_moved_out_of_the_night(self, kinds: Kinds, by_day) -> None:
        queue_emails(
            [
                queued("a", member=UserFactory(), not_before=BY_DAY + timedelta(hours=2)),
                queued("b", member=UserFactory(), not_before=BY_DAY + timedelta(hours=12)),
                queued("c", member=UserFactory(time_zone="America/New_York")),
            ]
        )
        moments = dict(Email.objects.values_list("dedupe_key", "not_before"))
        assert moments["a"] == BY_DAY + timedelta(hours=2)
        assert moments["b"] == MORNING
        assert moments["c"] == datetime(2026, 11, 25, 12, 0, tzinfo=UTC)  # 07:00 in New York

    def test_the_sender_is_called_once_per_transaction(
        self, kinds: Kinds, by_day, django_capture_on_commit_callbacks
    ) -> None:
        member = UserFactory()
        with django_capture_on_commit_callbacks() as callbacks:
            for n in range(5):
                queue_emails([queued(f"{n}", member=member)])
        assert len(callbacks) == 1
        with django_capture_on_commit_callbacks() as callbacks:
            queue_emails([queued("later", member=member, not_before=BY_DAY + timedelta(hours=1))])
        assert callbacks == []

    def test_the_sender_is_called_though_an_inner_step_was_rolled_back(
        self, kinds: Kinds, by_day, django_capture_on_commit_callbacks
    ) -> None:
        member = UserFactory()
        with django_capture_on_commit_callbacks() as callbacks:
            with transaction.atomic():
                queue_emails([queued("gone", member=member)])
                transaction.set_rollback(True)
            queue_emails([queued("stays", member=member)])
        assert len(callbacks) == 1
        assert [mail.dedupe_key for mail in Email.objects.all()] == ["stays"]

    def test_a_zone_that_changes_half_way_leaves_nobody_out(self, kinds: Kinds, by_day) -> None:
        members = UserFactory.create_batch(2)
        for member in members:
            MailChoice.objects.create(member=member, kind="asked_for", is_wanted=True)

        def move(execute, sql, *rest):
            if sql.lstrip().startswith("INSERT INTO activity_email"):
                User.objects.filter(pk=members[0].pk).update(time_zone="Pacific/Auckland")
            return execute(sql, *rest)

        with connection.execute_wrapper(move):
            queue_emails_of_rows(
                MailChoice.objects.all(), kind="asked_for", key=Cast("pk", CharField()), context=JSONObject(x=Value(1))
            )
        assert Email.objects.count() == 2
        assert not Email.objects.exclude(not_before=BY_DAY).exists()

    def test_every_case_says_what_holds_otherwise(self) -> None:
        """A row that fits no WHEN would have no value at all."""
        silent = [
            f"{path}:{node.lineno}"
            for app in ("activity", "community", "events", "issues", "portal", "ui")
            for path in (Path(settings.BASE_DIR) / app).rglob("*.py")
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Case"
            if not any(keyword.arg == "default" for keyword in node.keywords)
        ]
        assert silent == []

    def test_what_is_forgotten_is_found_by_an_index(self, kinds: Kinds) -> None:
        member = UserFactory(email="Anna.Berg@doorbraak.example")
        outsider = queued("b", kind="account", address=" anna.BERG@doorbraak.example", language="en")
        queue_emails([queued("a", member=member), outsider, queued("c", member=UserFactory())])
        assert Email.objects.to(member).count() == 2
        plan = plan_of(Email.objects.to(member), without=WALKS)
        assert {"email_by_address", "member_id"} <= set(re.findall(r"email_by_address|member_id", plan))
        assert "Seq Scan" not in plan
        actions.forget_member(member)
        assert list(Email.objects.exclude(address="").values_list("dedupe_key", flat=True)) == ["c"]

    def test_the_message_id_comes_from_the_key_and_tells_nothing(self, kinds: Kinds) -> None:
        member = UserFactory(email="secret.person@doorbraak.example")
        queue_emails([queued("welcome:secret.person", member=member)])
        message_id = Email.objects.get().message_id
        assert message_id.endswith("@doorbraak.example>")
        assert "secret" not in message_id
        Email.objects.all().delete()
        queue_emails([queued("welcome:secret.person", member=member)])
        assert Email.objects.get().message_id == message_id

    def test_forgetting_a_member_empties_the_outbox_of_them(self, kinds: Kinds) -> None:
        member, other = UserFactory(), UserFactory()
        queue_emails(
            [
                queued("waiting", member=member, context={"title": "Hello Anna"}, secret=seal({"code": "1"})),
                queued("sent", member=member),
                queued("before there was an account", kind="account", address=member.email.upper(), language="en"),
                queued("other", member=other),
            ]
        )
        Email.objects.filter(dedupe_key="sent").update(state=EmailState.SENT, last_error=f"250 {member.email}")
        actions.renew_link(purpose=CALENDAR, by=member)
        actions.choose_mail(kind="news", is_wanted=False, by=member)
        actions.forget_member(member)
        assert list(Email.objects.order_by("pk").values_list("dedupe_key", "state", "address")) == [
            ("before there was an account", "cancelled", ""),
            ("other", "waiting", other.email),
            ("sent", "sent", ""),
            ("waiting", "cancelled", ""),
        ]
        theirs = Email.objects.exclude(dedupe_key="other")
        assert all((mail.member, mail.context, mail.secret, mail.last_error) == (None, {}, None, "") for mail in theirs)
        assert not ActingLink.objects.exists()
        assert not MailChoice.objects.exists()

    def test_account_mail_cannot_be_turned_off(self, kinds: Kinds) -> None:
        with pytest.raises(RuleBroken):
            actions.choose_mail(kind="account", is_wanted=False, by=UserFactory())


@pytest.mark.django_db(transaction=True)
def test_two_transactions_that_queue_the_same_mails_leave_each_once(kinds: Kinds) -> None:
    members = UserFactory.create_batch(40)
    mails = [partial(queued, f"key:{n}", member=member) for n, member in enumerate(members)]
    for _round in range(3):
        Email.objects.all().delete()
        forwards = partial(queue_emails, (mail() for mail in mails))
        backwards = partial(queue_emails, (mail() for mail in reversed(mails)))
        assert run_together(forwards, backwards) == [None, None]
        assert Email.objects.count() == 40


class TestSealing:
    """Secrets in the outbox."""

    def test_what_is_sealed_opens_and_shows_nothing(self) -> None:
        sealed = seal({"code": "123456"})
        assert b"123456" not in sealed
        assert unseal(sealed) == {"code": "123456"}

    def test_a_former_key_still_opens(self, settings) -> None:
        sealed = seal({"code": "1"})
        settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
        settings.SECRET_KEY = "another"
        assert unseal(sealed) == {"code": "1"}

    def test_an_unknown_key_or_a_changed_byte_does_not(self, settings) -> None:
        sealed = seal({"code": "1"})
        with pytest.raises(CannotOpen):
            unseal(sealed[:-3] + b"abc")
        settings.SECRET_KEY = "another"
        with pytest.raises(CannotOpen):
            unseal(sealed)
