"""The ledger only grows, and who reads what of it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.transaction import TransactionManagementError
from django.template.loader import render_to_string
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from activity.actions import create_subject, entry, record
from activity.models import Activity, Audience, Reader, Subject
from activity.timelines import timeline
from activity.verbs import Verb, verbs
from community.models import Hub, User
from community.verbs import HUB_FOUNDED, HUB_JOINED
from events.models import Session
from events.verbs import SESSION_DRAFTED, SESSION_PUBLISHED
from issues.models import Bottleneck
from issues.verbs import BECAME_GENERIC, BOTTLENECK_FILED, VOTE_TAKEN_BACK, VOTED
from tests.factories import HubFactory, UserFactory, facilitator, member_of, representative_of
from tests.plans import plan_of

pytestmark = pytest.mark.django_db


def _entry(**fields: object) -> Activity:
    return record(Subject.objects.community(), HUB_FOUNDED, **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM activity_activity",
        "UPDATE activity_activity SET verb = 'voted'",
        "UPDATE activity_activity SET at = now() - interval '1 day'",
        "UPDATE activity_activity SET data = '{}'",
        "UPDATE activity_activity SET actor_id = (SELECT max(id) FROM community_user)",
        "UPDATE activity_activity SET actor_id = NULL, verb = 'voted'",
        "UPDATE activity_activity SET actor_id = NULL, actor_kind = 'system'",
    ],
)
def test_the_database_refuses_to_change_the_ledger(change: str) -> None:
    _entry(by=UserFactory())
    UserFactory()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change)
    assert Activity.objects.count() == 1


def test_an_erased_member_leaves_the_entry_without_its_actor() -> None:
    kept = _entry(by=UserFactory())
    with connection.cursor() as cursor:
        cursor.execute("UPDATE activity_activity SET actor_id = NULL WHERE id = %s", [kept.pk])
    kept.refresh_from_db()
    assert (kept.actor, kept.actor_kind, kept.verb) == (None, "member", "hub_founded")


@pytest.mark.django_db(transaction=True)
def test_recording_outside_the_transaction_of_the_write_is_refused() -> None:
    subject = Subject.objects.community()
    with pytest.raises(TransactionManagementError):
        record(subject, HUB_FOUNDED)
    assert not Activity.objects.exists()


@pytest.fixture
def hub() -> Hub:
    return HubFactory()


def _readers(hub: Hub) -> dict[str, User | AnonymousUser]:
    return {
        "visitor": AnonymousUser(),
        "member": UserFactory(),
        "other hub": member_of(HubFactory()),
        "own hub": member_of(hub),
        "representative": representative_of(hub),
        "facilitator": facilitator(),
        "superuser": UserFactory(is_superuser=True, is_staff=True),
        "named": UserFactory(),
    }


@pytest.mark.parametrize(
    ("audience", "hidden", "who_sees"),
    [
        (Audience.PUBLIC, False, {"visitor", "member", "other hub", "own hub", "representative", "facilitator",
                                  "superuser", "named"}),
        (Audience.MEMBERS, False, {"member", "other hub", "own hub", "representative", "facilitator", "superuser",
                                   "named"}),
        (Audience.HUBS, False, {"own hub", "representative", "facilitator"}),
        (Audience.NAMED, False, {"named"}),
        (Audience.PUBLIC, True, {"facilitator"}),
        (Audience.MEMBERS, True, {"facilitator"}),
        (Audience.HUBS, True, {"facilitator"}),
        (Audience.NAMED, True, set()),
    ],
)  # fmt: skip
def test_who_sees_a_subject(hub: Hub, audience: Audience, hidden: bool, who_sees: set[str]) -> None:
    people = _readers(hub)
    subject = create_subject(Bottleneck.SUBJECT_KIND, title="T", language="en", audience=audience, hubs=[hub.subject])
    subject.readers.add(people["named"])  # type: ignore[arg-type]
    if hidden:
        Subject.objects.filter(pk=subject.pk).update(hidden_at=timezone.now())
    seen = {name for name, user in people.items() if Subject.objects.visible_to(user).filter(pk=subject.pk).exists()}
    assert seen == who_sees


def test_the_audit_log_is_for_facilitators(hub: Hub) -> None:
    _entry()
    secret = _entry(readers=Reader.FACILITATORS)
    lines = {name: len(timeline(secret.subject, user)) for name, user in _readers(hub).items()}
    assert {name for name, number in lines.items() if number == 2} == {"facilitator"}
    assert set(lines.values()) == {1, 2}


def test_the_database_knows_who_can_act() -> None:
    subject = create_subject(Bottleneck.SUBJECT_KIND, title="T", language="en")
    with pytest.raises(IntegrityError, match="activity_has_a_known_actor_kind"):
        Activity.objects.create(subject=subject, verb=VOTED.key, actor_kind="ghost")


def rows_read(table: str) -> int:
    """How many rows of ``table`` this transaction has read so far, by index or not."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT seq_tup_read + COALESCE(idx_tup_fetch, 0) FROM pg_stat_xact_user_tables WHERE relname = %s",
            [table],
        )
        return int(cursor.fetchone()[0])


@pytest.mark.parametrize(("was_draft", "is_announced"), [("true", False), ("false", True)])
def test_what_the_version_before_writes_while_both_serve_is_announced_or_a_draft_here(was_draft, is_announced) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO activity_subject (kind, title, language, url, audience, is_draft, created_at)"
            f" VALUES ('session', 'T', 'en', '/', 'members', {was_draft}, now())"
        )
        assert Subject.objects.for_every_member().exists() is is_announced
        cursor.execute("UPDATE activity_subject SET is_draft = false")
        assert Subject.objects.for_every_member().exists()
        Subject.objects.update(announced_at=None)
        cursor.execute("SELECT is_draft FROM activity_subject")
        assert cursor.fetchall() == [(True,)]


class TestTimeline:
    """What a page shows of the ledger."""

    @pytest.fixture
    def subject(self) -> Subject:
        began = timezone.now() - timedelta(hours=2)
        return create_subject(Bottleneck.SUBJECT_KIND, title="T", language="en", at=began)

    def _record(self, subject: Subject, *happened: tuple[Verb, User | None]) -> None:
        start = timezone.now() - timedelta(hours=1)
        for minute, (verb, by) in enumerate(happened):
            record(subject, verb, by=by, at=start + timedelta(minutes=minute))

    def _sentences(self, subject: Subject) -> list[str]:
        return [str(item.sentence) for item in timeline(subject, UserFactory())]

    def test_votes_fold_into_one_line_between_other_events(self, subject: Subject) -> None:
        author = UserFactory(name="Anna Berg")
        votes = [(VOTED, None)] * 14
        taken_back = [(VOTE_TAKEN_BACK, None)]
        generic = [(BECAME_GENERIC, None)]
        self._record(subject, (BOTTLENECK_FILED, author), *votes[:9], *taken_back, *votes[9:], *generic, *votes[:2])
        assert self._sentences(subject) == [
            "2 members voted",
            "This became generic",
            "14 members voted",
            "1 member took a vote back",
            "<strong>Anna Berg</strong> filed this bottleneck",
        ]

    def test_names_of_many_fold_into_the_newest_and_a_number(self, subject: Subject) -> None:
        people = [UserFactory(name=name) for name in ("Anna", "Bram", "Chris")]
        self._record(subject, *[(HUB_JOINED, member) for member in people])
        assert self._sentences(subject) == ["<strong>Chris</strong> and 2 others joined"]

    def test_a_run_says_its_span_and_stays_true_when_it_grows(self, subject: Subject) -> None:
        began = timezone.now() - timedelta(days=9)
        Subject.objects.filter(pk=subject.pk).update(announced_at=began)
        subject.refresh_from_db()
        for days, verb in ((9, VOTED), (3, VOTED), (2, BECAME_GENERIC)):
            record(subject, verb, at=timezone.now() - timedelta(days=days))
        generic, votes = timeline(subject, UserFactory())
        assert str(votes.sentence) == "2 members voted"
        assert votes.since is not None
        assert (votes.at - votes.since).days == 6
        assert generic.since == generic.at
        page = render_to_string("activity/_timeline.html", {"items": [generic, votes]})
        assert page.count("<time") == 3
        assert f'<time datetime="{timezone.localdate(began).isoformat()}">' in page

    def test_who_is_gone_is_a_former_member(self, subject: Subject) -> None:
        leaving = UserFactory(name="Gone", is_active=False)
        self._record(subject, (BOTTLENECK_FILED, leaving))
        assert self._sentences(subject) == ["A former member filed this bottleneck"]

    @pytest.mark.parametrize(
        ("changes", "named"),
        [
            ({}, True),
            ({"audience": Audience.HUBS}, False),
            ({"hidden_at": timezone.now()}, False),
            ({"announced_at": None}, False),
        ],
    )
    def test_a_second_subject_is_named_only_if_every_member_may_see_it(self, subject, changes, named):
        second = create_subject(Session.SUBJECT_KIND, title="Talk", language="en")
        Subject.objects.filter(pk=second.pk).update(**changes)
        second.refresh_from_db()
        with verbs.temporarily(Verb(key="linked", sentence="{actor} linked {other}")) as linked:
            record(subject, linked, by=UserFactory(name="Anna"), other=second)
            assert self._sentences(subject) == [f"<strong>Anna</strong> linked {'Talk' if named else 'something else'}"]
        assert second.is_shared is named
        assert Subject.objects.for_every_member().filter(pk=second.pk).exists() is named

    def test_what_a_draft_went_through_is_for_the_audit_level_only(self, subject: Subject) -> None:
        self._record(subject, (SESSION_DRAFTED, UserFactory()), (SESSION_PUBLISHED, UserFactory()))
        entries = Activity.objects.order_by("at")
        for announced_at, lines in ((entries[1].at, 1), (None, 0)):
            Subject.objects.filter(pk=subject.pk).update(announced_at=announced_at)
            subject.refresh_from_db()
            assert len(timeline(subject, UserFactory(is_superuser=True))) == lines
            assert len(timeline(subject, facilitator())) == 2
            assert Activity.objects.since_announced().count() == lines

    def test_it_costs_the_same_at_any_length_and_what_it_cuts_off_is_at_least_so_much(self, subject: Subject) -> None:
        began = subject.created_at
        anna = UserFactory(name="Anna")
        happened = [BOTTLENECK_FILED, *[VOTED] * 5_000, BECAME_GENERIC, *[VOTED] * 3]
        Activity.objects.bulk_create(
            entry(about, verb, at=began + timedelta(seconds=n))
            for about in (subject, create_subject(Bottleneck.SUBJECT_KIND, title="U", language="en"))
            for n, verb in enumerate(happened)
        )
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE activity_activity")
        before = rows_read("activity_activity")
        lines = timeline(subject, anna, limit=4)
        assert rows_read("activity_activity") - before < 300
        assert [str(line.sentence) for line in lines] == [
            "3 members voted",
            "This became generic",
            "At least 76 members voted",
        ]
        assert [line.since is None for line in lines] == [False, False, True]  # nobody read when they began

    def test_names_that_are_cut_off_are_at_least_so_many(self, subject: Subject) -> None:
        people = UserFactory.create_batch(60)
        self._record(subject, *[(HUB_JOINED, member) for member in people])
        [line] = timeline(subject, people[0], limit=1)
        assert str(line.sentence) == f"<strong>{people[-1].name}</strong> and at least 19 others joined"
        [line] = timeline(subject, people[0], limit=4)
        assert str(line.sentence) == f"<strong>{people[-1].name}</strong> and 59 others joined"

    def test_a_name_cannot_bring_markup_along(self, subject: Subject) -> None:
        self._record(subject, (BOTTLENECK_FILED, UserFactory(name="<b>{other}</b>")))
        assert self._sentences(subject) == ["<strong>&lt;b&gt;{other}&lt;/b&gt;</strong> filed this bottleneck"]

    @pytest.mark.parametrize("rows", [10, 500])
    def test_it_costs_one_query_at_any_size(self, subject, django_assert_num_queries, rows) -> None:
        Activity.objects.bulk_create(entry(subject, VOTED) for _row in range(rows))
        reader = UserFactory()
        assert not reader.is_facilitator
        with django_assert_num_queries(1):
            lines = timeline(subject, reader)
        assert [(line.count, str(line.sentence)) for line in lines] == [(rows, f"{rows} members voted")]

    def test_postgresql_plans_it_once_for_all_subjects(self, subject: Subject) -> None:
        other, reader = create_subject(Bottleneck.SUBJECT_KIND, title="O", language="en"), UserFactory()

        def plans() -> list[int]:
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT custom_plans + generic_plans FROM pg_prepared_statements WHERE statement ~ 'newest'"
                )
                return [number for (number,) in cursor.fetchall()]

        before = plans()
        for _page in range(4):
            for shown in (subject, other):
                timeline(shown, reader)
        assert sum(plans()) >= sum(before) + 5  # the first few are asked before it is kept
        assert len(plans()) <= len(before) + 2  # a number of another size makes it another statement


def test_a_kept_plan_works_the_lines_of_a_long_ledger_out_once() -> None:
    with transaction.atomic():
        subject, reader = create_subject(Bottleneck.SUBJECT_KIND, title="Slow laptops", language="en"), UserFactory()
        Activity.objects.bulk_create(entry(subject, VOTED) for _vote in range(300))
    with CaptureQueriesContext(connection) as asked:
        assert len(timeline(subject, reader)) == 1
    plan = plan_of(asked.captured_queries[-1]["sql"], options="ANALYZE", without=())
    loops = [int(number) for number in re.findall(r"Aggregate .* loops=(\d+)\)", plan)]
    assert loops
    assert set(loops) == {1}
