"""What many are told by mail: written beside the ledger, made into mails by the sender. Spec 00, E-mail; 06, Outbox."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
import time_machine
from django.conf import settings as portal_settings
from django.core import mail
from django.db import IntegrityError, connection, transaction
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext

from activity import outbox
from activity.actions import announce, record, update_subject
from activity.announcements import Receivers, expand_next, receivers
from activity.models import Announcement, Audience, Email, EmailState, MailChoice
from activity.tasks import send_outbox
from community import verbs
from community.accounts.actions import erase_member
from community.models import Hub, Membership, User
from events.actions import cancel_session
from events.models import Rsvp, RsvpState, Session
from tests.activity.conftest import BY_DAY, Kinds
from tests.factories import (
    HubFactory,
    MembershipFactory,
    SessionFactory,
    UserFactory,
    copied_members,
    copies,
    facilitator,
    member_of,
)
from tests.races import run_together, wait_for_who_waits
from tests.servers import database_url

#: A mark of what became of one mail; the only statement of which each mail may have its own.
MARK = re.compile(r"\s*UPDATE activity_email\s+SET state = 'sent'")
NIGHT = datetime(2026, 11, 25, 21, 0, tzinfo=UTC)  # 22:00 in Amsterdam
MORNING = datetime(2026, 11, 26, 6, 0, tzinfo=UTC)


def _members_of_hub(announcement: Announcement) -> QuerySet[Any]:
    return Membership.objects.current().filter(hub__subject=announcement.entry.subject_id)


@pytest.fixture(autouse=True)
def members() -> Iterator[Receivers]:
    """Receivers for these tests: whoever belongs to the hub that it is about, but whoever did it."""
    with receivers.temporarily(Receivers(key="members", rows=_members_of_hub, context={"membership": "pk"})) as entry:
        yield entry


def tell(hub: Hub, *, by: User | None = None, **fields: Any) -> Announcement:
    """Announce to the members of a hub that it changed."""
    with transaction.atomic():
        entry = record(hub.subject, verbs.HUB_CHANGED, by=by, system=by is None)
        fields = {"kind": "asked_for", "receivers": "members", "context": {"title": "New rooms"}, **fields}
        announce(Announcement(entry=entry, **fields))
    return Announcement.objects.get(entry=entry)


def told() -> set[int | None]:
    """Who has a mail in the outbox."""
    return set(Email.objects.values_list("member", flat=True))


# --- What becomes of one ----------------------------------------------------------------------------------------------
@pytest.mark.django_db
@pytest.mark.usefixtures("kinds", "by_day")
class TestExpanding:
    """One worker."""

    def test_everyone_but_who_did_it_gets_a_mail_of_their_own_and_the_announcement_is_gone(self) -> None:
        hub = HubFactory()
        author = member_of(hub)
        readers = [member_of(hub, language=language) for language in ("nl", "en")]
        member_of(HubFactory())
        tell(hub, by=author)
        assert not Email.objects.exists()
        assert expand_next()
        assert not expand_next()
        mails = list(Email.objects.order_by("member"))
        assert [(one.member, one.address, one.language) for one in mails] == [
            (reader, reader.email, reader.language) for reader in readers
        ]
        for one in mails:
            membership = Membership.objects.get(member=one.member)
            assert one.context == {"title": "New rooms", "membership": membership.pk}
            assert (one.subject, one.kind, one.state) == (hub.subject, "asked_for", EmailState.WAITING)
            assert one.not_before == BY_DAY
        outbox.send_due()
        assert sorted(to for message in mail.outbox for to in message.to) == sorted(one.email for one in readers)

    def test_the_sender_does_it_and_so_does_the_clock_when_nobody_called(self) -> None:
        hub = HubFactory()
        reader = member_of(hub)
        tell(hub)
        send_outbox()
        assert [message.to for message in mail.outbox] == [[reader.email]]

    def test_the_sender_is_called_when_it_is_saved_and_only_then(self, django_capture_on_commit_callbacks) -> None:
        hub = HubFactory()
        with django_capture_on_commit_callbacks() as callbacks:
            tell(hub)
            tell(hub)
        assert [call.__name__ for call in callbacks if "sender" in call.__name__] == ["_call_sender"]
        with django_capture_on_commit_callbacks() as callbacks, transaction.atomic():
            tell(hub)
            transaction.set_rollback(True)
        assert callbacks == []
        assert Announcement.objects.count() == 2

    def test_it_is_for_whoever_belongs_when_it_is_expanded(self) -> None:
        hub = HubFactory()
        leaving = MembershipFactory(hub=hub)
        tell(hub)
        leaving.ended_at = leaving.started_at
        leaving.save()
        new = member_of(hub)
        expand_next()
        assert told() == {new.pk}

    def test_who_may_not_see_it_or_takes_no_part_gets_none(self) -> None:
        hub, other = HubFactory(), HubFactory()
        reader = member_of(hub)
        for fields in ({"is_active": False}, {"activated_at": None}):
            member_of(hub, **fields)
        update_subject(hub.subject, audience=Audience.HUBS, hubs=[hub.subject])
        tell(hub)
        update_subject(other.subject, audience=Audience.NAMED)
        member_of(other)
        tell(other)
        while expand_next():
            pass
        assert told() == {reader.pk}

    def test_who_does_not_want_this_kind_is_asked_when_it_is_sent(self) -> None:
        hub = HubFactory()
        MailChoice.objects.create(member=member_of(hub), kind="asked_for", is_wanted=False)
        tell(hub)
        outbox.send_due()
        assert mail.outbox == []
        assert Email.objects.get().state == EmailState.CANCELLED

    def test_whoever_comes_twice_among_the_receivers_gets_one_mail(self) -> None:
        hub = HubFactory()
        membership = MembershipFactory(hub=hub, ended_at=datetime(2030, 1, 1, tzinfo=UTC))
        MembershipFactory(hub=hub, member=membership.member)
        with receivers.temporarily(
            Receivers(key="all", rows=lambda it: Membership.objects.filter(hub__subject=it.entry.subject_id))
        ):
            tell(hub, receivers="all")
            expand_next()
        assert Email.objects.count() == 1

    def test_one_entry_is_announced_once_by_each_kind(self) -> None:
        hub = HubFactory()
        member_of(hub)
        entry = tell(hub).entry
        with pytest.raises(IntegrityError), transaction.atomic():
            announce(Announcement(entry=entry, kind="asked_for", receivers="members"))
        announce(Announcement(entry=entry, kind="news", receivers="members"))
        while expand_next():
            pass
        assert sorted(Email.objects.values_list("kind", flat=True)) == ["asked_for", "news"]

    def test_mails_that_are_there_already_stay_as_they_are(self) -> None:
        """As if an announcement came back from a copy of the database."""
        hub = HubFactory()
        member_of(hub)
        announcement = tell(hub)
        copy = {"entry": announcement.entry, "kind": announcement.kind, "receivers": announcement.receivers}
        outbox.send_due()
        member_of(hub)
        Announcement.objects.create(**copy)
        outbox.send_due()
        assert Counter(to for message in mail.outbox for to in message.to).most_common(1)[0][1] == 1
        assert set(Email.objects.values_list("state", flat=True)) == {EmailState.SENT}

    def test_before_its_time_nothing_happens(self, by_day: time_machine.Traveller) -> None:
        hub = HubFactory()
        tell(hub, not_before=BY_DAY + timedelta(hours=1))
        assert not expand_next()
        reader = member_of(hub)
        by_day.shift(timedelta(hours=1))
        assert expand_next()
        assert told() == {reader.pk}

    @pytest.mark.parametrize(("urgent_in", "goes_out"), [(None, MORNING), (timedelta(hours=9), NIGHT)])
    def test_at_night_each_mail_waits_for_the_morning_of_its_reader(
        self, kinds: Kinds, by_day: time_machine.Traveller, urgent_in: timedelta | None, goes_out: datetime
    ) -> None:
        hub = HubFactory()
        here, there = member_of(hub), member_of(hub, time_zone="America/New_York")
        if urgent_in:
            kinds.urgent_until = {"asked_for": NIGHT + urgent_in}
        by_day.move_to(NIGHT)
        tell(hub)
        expand_next()
        assert dict(Email.objects.values_list("member", "not_before")) == {here.pk: goes_out, there.pk: NIGHT}

    def test_a_fault_in_one_holds_up_no_other_and_is_tried_again_later(
        self, by_day: time_machine.Traveller, caplog: pytest.LogCaptureFixture
    ) -> None:
        hub = HubFactory()
        reader = member_of(hub)

        def fail(_announcement: Announcement) -> QuerySet[Any]:
            raise LookupError("a word that somebody wrote")

        with receivers.temporarily(Receivers(key="broken", rows=fail)):
            tell(hub, receivers="broken")
            tell(hub)
            outbox.send_due()
        assert [message.to for message in mail.outbox] == [[reader.email]]
        left = Announcement.objects.get()
        assert (left.attempts, left.last_error) == (1, "LookupError")
        assert timedelta(seconds=30) < left.not_before - BY_DAY < timedelta(minutes=2)
        assert "cannot be expanded" in caplog.text
        with receivers.temporarily(Receivers(key="broken", rows=_members_of_hub)):  # mended
            by_day.shift(timedelta(minutes=2))
            outbox.send_due()
        assert len(mail.outbox) == 2
        assert not Announcement.objects.exists()

    def test_a_version_that_does_not_know_them_leaves_it_to_one_that_does(self, by_day) -> None:
        hub = HubFactory()
        member_of(hub)
        with receivers.temporarily(Receivers(key="newer", rows=_members_of_hub)):
            tell(hub, receivers="newer")
        outbox.send_due()
        assert Announcement.objects.get().last_error == "KeyError"

    def test_it_is_refused_for_what_nobody_registered(self) -> None:
        entry = tell(HubFactory()).entry
        for fields in ({"kind": "nonsense"}, {"receivers": "nonsense"}):
            with pytest.raises(KeyError):
                announce(Announcement(**{"entry": entry, "kind": "news", "receivers": "members", **fields}))

    def test_an_erased_author_is_named_nowhere_and_the_others_are_told(self) -> None:
        hub = HubFactory()
        author, reader = member_of(hub), member_of(hub)
        tell(hub, by=author)
        erase_member(member=author)
        expand_next()
        assert told() == {reader.pk}


@pytest.mark.django_db(transaction=True)
def test_it_belongs_in_a_transaction(kinds: Kinds) -> None:
    entry = tell(HubFactory()).entry
    with pytest.raises(transaction.TransactionManagementError):
        announce(Announcement(entry=entry, kind="news", receivers="members"))


# --- Several at once --------------------------------------------------------------------------------------------------
def _expand_all() -> int:
    number = 0
    while expand_next():
        number += 1
    return number


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("kinds")
class TestSeveralWorkers:
    """Any number of them, and each may be killed."""

    def test_workers_at_once_make_every_mail_once(self) -> None:
        hub = HubFactory()
        for _number in range(30):
            member_of(hub)
        for _number in range(4):
            tell(hub)
        assert sum(run_together(*[_expand_all] * 3)) == 4  # type: ignore[arg-type] # none of them raised
        assert not Announcement.objects.exists()
        assert Email.objects.count() == 4 * 30

    def test_what_one_has_in_hand_another_passes_over_without_waiting(self) -> None:
        first, second = HubFactory(), HubFactory()
        for hub in (first, second):
            member_of(hub)
            tell(hub)
        meanwhile: list[Any] = []

        def watch(execute: Any, sql: str, *rest: Any) -> Any:
            if sql.lstrip().startswith("INSERT INTO activity_email"):
                meanwhile.extend(run_together(expand_next) + run_together(expand_next))
            return execute(sql, *rest)

        with connection.execute_wrapper(watch):
            assert expand_next()
        assert meanwhile == [True, False]
        assert Email.objects.count() == 2

    def test_its_author_or_a_receiver_is_erased_meanwhile(self) -> None:
        for _round in range(3):
            hub = HubFactory()
            author, reader, stays = (member_of(hub) for _number in range(3))
            tell(hub, by=author)
            calls = [partial(erase_member, member=one) for one in (author, reader)]
            assert run_together(expand_next, *calls) == [True, None, None]
            assert told() - {None} == {stays.pk}
            assert not Email.objects.filter(member=None).exclude(state=EmailState.CANCELLED, address="").exists()
            Email.objects.all().delete()

    @pytest.mark.slow
    def test_kill_9_in_the_middle_leaves_it_to_the_next(self) -> None:
        session = SessionFactory()
        answers = [_answer(session, UserFactory()) for _number in range(20)]
        cancel_session(session=session, by=facilitator(), reason="Storm")
        with transaction.atomic():
            User.objects.select_for_update().get(pk=answers[10].member_id)
            worker = _worker_that_expands()
            pid = wait_for_who_waits()  # it holds the announcement, and has met half of the receivers
            os.kill(worker.pid, signal.SIGKILL)
            worker.wait(timeout=30)
        _wait_for_the_end_of(pid)
        assert not Email.objects.exists()
        assert expand_next()
        assert told() == {answer.member_id for answer in answers}
        assert Email.objects.count() == 20


def _answer(session: Session, member: User) -> Rsvp:
    state = {"state": RsvpState.GOING, "placing": 1, "placed_at": session.published_at}
    return Rsvp.objects.create(session=session, member=member, **state)


def _worker_that_expands() -> subprocess.Popen[bytes]:
    """A process of its own with the portal in it, which makes the mails of one announcement."""
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "portal.settings",
        "DATABASE_URL": database_url(),
        "REDIS_URL": portal_settings.REDIS_URL,
        "SECRET_KEY": str(portal_settings.SECRET_KEY),
    }
    program = "import django; django.setup(); from activity.announcements import expand_next; expand_next()"
    return subprocess.Popen([sys.executable, "-c", program], cwd=portal_settings.BASE_DIR, env=environment)


def _wait_for_the_end_of(pid: int) -> None:
    """Come back once PostgreSQL has noticed that nobody is behind this connection any more."""
    with connection.cursor() as cursor:
        there = True
        while there:
            cursor.execute("SELECT EXISTS (SELECT FROM pg_stat_activity WHERE pid = %s)", [pid])
            (there,) = cursor.fetchone()


# --- To ten and to ten thousand ---------------------------------------------------------------------------------------
def _to_hub(count: int) -> Callable[[], object]:
    """A hub that only its members see, with so many of them."""
    hub = HubFactory()
    update_subject(hub.subject, audience=Audience.HUBS)
    first = MembershipFactory(hub=hub)
    copies(first, count - 1, member_id=copied_members(first.member, count - 1))
    return partial(tell, hub)


def _to_session(count: int) -> Callable[[], object]:
    """A session that only members of its hub see, with so many who come, and one more who left the hub."""
    session = SessionFactory(hub=HubFactory())
    update_subject(session.subject, audience=Audience.HUBS)
    membership = MembershipFactory(hub=session.hub)
    answer = _answer(session, membership.member)
    members = copied_members(membership.member, count - 1)
    copies(membership, count - 1, member_id=members)
    copies(answer, count - 1, member_id=members)
    _answer(session, UserFactory())
    return partial(cancel_session, session=session, by=facilitator(), reason="Storm")


def _statements(captured: CaptureQueriesContext) -> Counter[str]:
    """What was asked of the database, but for the marks of mails."""
    return Counter(re.sub(r"\d+|\s+", " ", one["sql"])[:60] for one in captured if not MARK.match(one["sql"]))


@pytest.mark.django_db
@pytest.mark.usefixtures("kinds", "by_day")
@pytest.mark.parametrize("prepare", [_to_hub, _to_session])
def test_an_announcement_to_ten_thousand_costs_the_statements_of_one_to_ten(
    monkeypatch: pytest.MonkeyPatch, prepare: Callable[[int], Callable[[], object]]
) -> None:
    """The act, the making of all mails, and each batch that goes out."""
    monkeypatch.setattr(outbox, "SIGN_OF_LIFE", 600.0)  # however slow this machine is
    costs = []
    for count in (10, 10_000):
        act = prepare(count)
        with CaptureQueriesContext(connection) as acting:
            act()
        assert not Email.objects.exists()
        with CaptureQueriesContext(connection) as expanding:
            assert expand_next()
        assert Email.objects.count() == count
        with CaptureQueriesContext(connection) as sending:
            outbox.send_due(run=0)  # one batch
        assert len(mail.outbox) == Email.objects.filter(state=EmailState.SENT).count() == min(count, outbox.BATCH)
        costs.append([_statements(captured) for captured in (acting, expanding, sending)])
        mail.outbox.clear()
        Email.objects.all().delete()
    assert costs[0] == costs[1]
