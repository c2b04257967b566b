"""Acts that meet: generated from the list of all acts, on real connections. Spec 00, Two people at once."""

from __future__ import annotations

import csv
import inspect
import re
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.db import connection, connections, transaction
from django.test import Client

import activity.moderation.actions
import community.hubs.actions
import community.organisation.actions
import community.topics.actions
import issues.themes.actions
from activity.actions import queue_emails, update_subject
from activity.consent.models import Condition, Position
from activity.conversation import actions as talk
from activity.locks import lock_subject
from activity.models import Activity, Audience, Email, EmailState, Subject, Todo
from activity.moderation.models import ANSWER, DECIDE, Case, CaseState, Step, StepKind
from activity.outbox import send_due
from community.accounts.actions import erase_member
from community.imports.hubs import import_hubs
from community.imports.members import import_members
from community.models import Membership, Topic, Unit, User
from events.actions import answer_rsvp, remind_of_sessions
from events.emails import placed as placed_again
from events.models import Rsvp, Session
from issues.bottlenecks.imports import import_bottlenecks
from issues.models import Theme
from tests.acts import (
    ACTS,
    CREATING,
    NO_ACTS,
    World,
    calls,
    functions,
    parameters,
    subject_of,
    with_parameter,
)
from tests.factories import HubFactory, SessionFactory, UserFactory, facilitator, member_of
from tests.races import run_together, wait_for_who_waits
from tests.worlds import world_again
from ui.errors import RuleBroken
from ui.kept import kept_figures
from ui.writing import on_commit_once

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 2
BY_DAY = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)  # a Wednesday, 10:00 in Amsterdam
#: These judge something of the member that only the member's own lock keeps.
WITHOUT_SUBJECT = {"community.set_primary_hub"}


def test_every_act_is_in_the_list():
    found = with_parameter("by", "member")
    assert set(found) == ACTS.keys() | NO_ACTS.keys(), "say in tests/acts.py how a test does it, or why it is no act"


# --- Erasing ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", sorted(ACTS))
def test_a_member_is_erased_while_they_act(name):
    for _round in range(ROUNDS):
        for place in range(len(ACTS[name])):
            world = world_again()
            act = calls(name, world)[place]
            done, erased = run_together(act, partial(erase_member, member=world.member))
            assert erased is None
            assert not isinstance(done, BaseException) or isinstance(done, RuleBroken), done
            assert_consistent(world)


def assert_consistent(world: World) -> None:
    """Nobody of that name is there, and figures, places and waitlists add up."""
    assert not User.objects.filter(pk=world.member.pk).exists()
    assert [wrong for figures in kept_figures for wrong in figures.differences()] == []
    for session in Session.objects.all():
        found = Counter(session.rsvps.values_list("state", flat=True))
        assert session.taken_count == found["going"] + found["offered"]
        positions = list(session.rsvps.waitlisted().values_list("position", flat=True))
        assert positions == list(range(1, len(positions) + 1))
    assert not Rsvp.objects.filter(member=None, state="waitlisted").exists()
    assert not Position.objects.exclude(consent__closed_at=None).exists()
    assert not Condition.objects.filter(verdict="open", positions=None).exists()


@contextmanager
def in_between(statement: str, happens: Callable[[], object]) -> Iterator[None]:
    """Let something happen on another connection just before the first statement that holds these words."""
    waiting = [happens]

    def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if waiting and statement in sql:
            [result] = run_together(waiting.pop())
            assert not isinstance(result, BaseException), result
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        yield
    assert not waiting, f"no statement with {statement}"


@pytest.fixture
def by_day() -> Iterator[None]:
    """A Wednesday morning, so that no mail waits for the end of the night."""
    with time_machine.travel(BY_DAY):
        yield


@pytest.fixture
def placed(by_day) -> list[User]:
    """Two members with a place, whose mail waits."""
    session = SessionFactory()
    members: list[User] = UserFactory.create_batch(2)
    for member in members:
        answer_rsvp(session=session, by=member, answer="going")
    return members


def test_a_member_is_erased_while_the_sender_holds_their_mail(placed):
    gone, stays = placed
    with in_between('FROM "activity_actinglink"', partial(erase_member, member=gone)):
        send_due()
    assert {address for message in mail.outbox for address in message.to} >= {stays.email}
    states = dict(Email.objects.values_list("member", "state"))
    assert states == {None: EmailState.CANCELLED, stays.pk: EmailState.SENT}


def test_a_member_is_erased_while_reminders_are_queued(by_day):
    session = SessionFactory(starts_at=BY_DAY + timedelta(days=1))
    gone, stays = UserFactory.create_batch(2)
    for member in (gone, stays):
        answer_rsvp(session=session, by=member, answer="going", now=BY_DAY - timedelta(days=5))
    Email.objects.all().delete()
    with in_between("INSERT INTO activity_email", partial(erase_member, member=gone)):
        remind_of_sessions(now=BY_DAY)
    assert list(Email.objects.values_list("member", flat=True)) == [stays.pk]


def test_a_member_is_erased_while_mail_to_many_is_queued(placed):
    gone, stays = placed
    mails = [placed_again(rsvp) for rsvp in Rsvp.objects.all()]
    Email.objects.all().delete()
    with in_between("FOR KEY SHARE", partial(erase_member, member=gone)):
        queue_emails(mails)
    assert list(Email.objects.values_list("member", flat=True)) == [stays.pk]


# --- One lock root ----------------------------------------------------------------------------------------------------
ABOUT_SUBJECTS = ("hub", "join_request", "session", "bottleneck", "consent", "condition", "draft")
ON_SUBJECTS = sorted(
    name
    for name, function in with_parameter(*ABOUT_SUBJECTS).items()
    if name in ACTS and "creation_key" not in parameters(function) and name not in WITHOUT_SUBJECT
)


@pytest.mark.parametrize("name", ON_SUBJECTS)
def test_an_act_locks_its_subject_first_and_leaves_what_others_changed_meanwhile(name):
    world = world_again()
    subject = subject_of(name, world)
    assert subject is not None
    actor = Thread(target=_and_close, args=[calls(name, world)[0]])
    with transaction.atomic():
        fresh = lock_subject(subject.pk)
        actor.start()
        pid = wait_for_who_waits()
        update_subject(fresh, audience=Audience.HUBS)
        assert row_locks(pid) <= {"activity_subject"}
    actor.join(timeout=30)
    subject.refresh_from_db()
    assert subject.audience == Audience.HUBS


def _and_close(call: Callable[[], object]) -> None:
    try:
        call()
    except RuleBroken:
        pass  # a no is an answer, too
    finally:
        connections.close_all()


def row_locks(pid: int) -> set[str]:
    """The tables of which this process locks rows, or writes."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT relname FROM pg_locks JOIN pg_class ON pg_class.oid = relation AND relkind = 'r'"
            " WHERE pid = %s AND mode IN ('RowShareLock', 'RowExclusiveLock')",
            [pid],
        )
        return {row[0] for row in cursor.fetchall()}


def test_two_last_representatives_name_each_other_in_two_hubs_at_once():
    for _round in range(5):
        one, other = UserFactory.create_batch(2)
        hubs = HubFactory.create_batch(2)
        for hub, speaks, belongs in ((hubs[0], one, other), (hubs[1], other, one)):
            Membership.objects.create(hub=hub, member=belongs)
            Membership.objects.create(hub=hub, member=speaks, role="representative")
        results = run_together(
            partial(community.hubs.actions.leave_hub, hub=hubs[0], by=one, successor=other),
            partial(community.hubs.actions.leave_hub, hub=hubs[1], by=other, successor=one),
        )
        assert results == [True, True]


# --- Created once, and by whom ----------------------------------------------------------------------------------------
def test_the_list_of_what_creates_is_complete():
    inner = {"activity.create_subject", "activity.find_created", "activity.own_key"}
    assert set(with_parameter("creation_key")) - inner == CREATING.keys()


@pytest.mark.parametrize("name", sorted(CREATING))
def test_a_form_sent_twice_makes_one_thing_and_somebody_elses_key_gives_nothing_away(name):
    world, key = world_again(), uuid.uuid4()
    create = partial(CREATING[name], creation_key=key)
    first = create(world)
    theirs = World(**{**vars(world), "member": world.facilitator})
    assert create(theirs) != first
    assert create(world) == first
    assert key not in Subject.objects.values_list("creation_key", flat=True)  # nobody can be told by their form


@pytest.mark.parametrize("name", sorted(CREATING))
def test_a_form_sent_twice_at_once_makes_one_thing(name):
    world = world_again()
    for _round in range(ROUNDS):
        create = partial(CREATING[name], world, creation_key=uuid.uuid4())
        results = run_together(*[create] * 3)
        assert len({result.pk for result in results}) == 1, results


@pytest.mark.parametrize("name", sorted(CREATING))
def test_the_same_form_opened_again_and_sent_at_once_makes_one_thing(name):
    """Back in the browser, then the button: what is typed is the same, the key is another."""
    world = world_again()
    results = run_together(*[partial(CREATING[name], world, creation_key=uuid.uuid4()) for _click in range(3)])
    assert len({result.pk for result in results}) == 1, results
    assert CREATING[name](world, creation_key=uuid.uuid4()) == results[0]


#: Acts that make something another way: the row, or what is told of it, must not come twice either.
MAKING = [
    "activity.change_comment",
    "activity.put_version",
    "activity.speak",
    "activity.thank",
    "activity.report",
    "activity.hide",
    "activity.let_stand",
    "activity.appeal",
    "activity.keep_hidden",
    "activity.restore",
    "community.admit_member",
    "community.appoint_facilitator",
    "community.ask_to_join",
    "community.join_hub",
    "community.name_representative",
    "events.answer_rsvp",
    "issues.adopt",
    "issues.add_theme",
    "issues.adopt_version",
    "issues.begin_draft",
    "issues.ask_filer",
    "issues.cast_vote",
    "issues.decline_adoption",
    "issues.deliver",
    "issues.end_bottleneck",
    "issues.propose_adoption",
    "issues.reopen",
    "issues.say_noticed",
    "issues.generalise",
    "issues.object_to",
    "issues.propose_merge",
    "issues.say_why_not",
    "issues.stop_adoption",
]


def test_the_list_of_what_makes_something_another_way_is_complete():
    """Whoever calls ``create`` or ``get_or_create`` outside of what is raced above stands in the list."""
    makes = re.compile(r"\b(?:get_or_create|create|_join|_make_representative)\(")
    acts = {name: inspect.getsource(inspect.unwrap(function)) for name, function in functions() if name in ACTS}
    found = {name for name, source in acts.items() if makes.search(source)}
    assert found - CREATING.keys() <= {*MAKING}


@pytest.mark.parametrize("name", MAKING)
def test_a_button_that_is_pressed_three_times_at_once_counts_once(name):
    world = world_again()
    act = calls(name, world)[1 if name == "community.admit_member" else 0]  # the first one admits others each time
    before = Activity.objects.latest("pk").pk
    results = run_together(act, act, act)
    assert not [done for done in results if isinstance(done, BaseException) and not isinstance(done, RuleBroken)]
    told = Activity.objects.filter(pk__gt=before).values_list("subject", "verb", "data")
    times = Counter(map(str, told))
    assert times
    assert max(times.values()) == 1, times
    assert [wrong for figures in kept_figures for wrong in figures.differences()] == []


@pytest.mark.parametrize("case", ["reported", "hidden", "appealed"])
def test_all_that_can_happen_to_a_comment_happens_at_once(case):
    """Reported, hidden, judged, appealed, restored, changed and deleted: one after the other, in some order."""
    for _round in range(ROUNDS):
        world = world_again()
        about: Case = getattr(world, case)
        comment = about.comment
        assert comment is not None
        assert comment.author is not None
        judges, author = moderation(about), comment.author
        results = run_together(
            *judges,
            partial(talk.change_comment, comment=comment, by=author, version=1, text="Other", language="en"),
            partial(talk.delete_comment, comment=comment, by=author),
        )
        assert not [it for it in results if isinstance(it, BaseException) and not isinstance(it, RuleBroken)]
        comment.refresh_from_db()
        about.refresh_from_db()
        running = Case.objects.running().filter(comment=comment)
        assert (comment.hidden_at is not None) == running.filter(state=CaseState.HIDDEN).exists()
        assert (comment.text == "") == (comment.deleted_at is not None)
        assert running.count() <= 1
        waits = Todo.objects.open().filter(kind=DECIDE).values_list("key", flat=True)
        assert set(waits) == {it.key for it in Case.objects.filter(state=CaseState.OPEN)}
        appeals = Step.objects.filter(kind=StepKind.APPEALED, case__state=CaseState.HIDDEN)
        asked = {str(it.case_id) for it in appeals if not it.case.steps.filter(kind=StepKind.KEPT).exists()}
        assert set(Todo.objects.open().filter(kind=ANSWER).values_list("key", flat=True)) == asked


def moderation(case: Case) -> list[Callable[[], object]]:
    """Everything that moderation can do with the comment of ``case``, by those who may."""
    acts = activity.moderation.actions
    about: dict[str, Any] = {"subject": case.subject, "comment": case.comment}
    author = case.comment.author if case.comment else None
    somebody = facilitator()
    return [
        partial(acts.report, **about, by=UserFactory(), reason="hurts"),
        partial(acts.hide, **about, by=somebody, reason="hurts", text="x"),
        partial(acts.let_stand, case=case, by=somebody),
        partial(acts.appeal, case=case, by=author, text="x"),
        partial(acts.keep_hidden, case=case, by=somebody, text="x"),
        partial(acts.restore, case=case, by=somebody, text="x"),
    ]


# --- Found or made ----------------------------------------------------------------------------------------------------
FINDING: dict[str, Callable[[str], Any]] = {
    "community.find_or_create_topics": lambda name: community.topics.actions.find_or_create_topics([name])[0],
    "community.find_or_create_unit": community.organisation.actions.find_or_create_unit,
    "community.find_or_create_units": lambda name: next(
        iter(community.organisation.actions.find_or_create_units([name]).values())
    ),
    "issues.find_or_create_theme": lambda name: issues.themes.actions.find_or_create_theme(name)[0],
}


@pytest.mark.parametrize("name", sorted({name for name, _call in functions() if "find_or_create" in name}))
def test_the_same_name_given_twice_at_once_is_one_thing(name):
    find = FINDING[name]
    for number in range(ROUNDS):
        words = [f"Geo-analyse {number}", f"geo-Analyse {number}", f"Geo-analyse {number}"]
        results = run_together(*[partial(find, word) for word in words])
        assert len({result.pk for result in results}) == 1, results
        assert type(results[0]).objects.count() == number + 1


@pytest.mark.parametrize("name", sorted(FINDING))
def test_a_name_that_the_admin_adds_in_between_is_found(name):
    """Whoever does not take the lock of the vocabulary is stopped by the constraint alone."""
    add: dict[str, Callable[[], Any]] = {
        "community.find_or_create_topics": lambda: Topic.objects.create(slug="x", label_nl="geo", label_en="geo"),
        "community.find_or_create_unit": lambda: Unit.objects.create(name="geo"),
        "community.find_or_create_units": lambda: Unit.objects.create(name="geo"),
        "issues.find_or_create_theme": lambda: Theme.objects.create(name="geo", slug="geo"),
    }
    with in_between("INSERT INTO", add[name]):
        found = FINDING[name]("Geo")
    assert type(found).objects.get() == found


def test_two_new_themes_of_one_slug_at_once_are_two():
    for number in range(ROUNDS):
        calls_ = [partial(issues.themes.actions.find_or_create_theme, f"Data {number}{mark}") for mark in ("!", "?")]
        results = run_together(*calls_)
        assert len({result[0].slug for result in results}) == 2, results


# --- Imports ----------------------------------------------------------------------------------------------------------
def test_a_profile_is_saved_while_a_list_is_imported(tmp_path: Path):
    for number in range(3):
        member = member_of(HubFactory(), handle=f"here-{number}")
        path = tmp_path / f"{number}.csv"
        with path.open("w", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(["naam", "e-mailadres", "afdeling", "expertise"])
            rows.writerows(
                [
                    f"Nieuw Lid{n}",
                    f"nieuw-{number}-{n}@doorbraak.example",
                    f"Afdeling {number}",
                    f"vak {number}-{n % 7}",
                ]
                for n in range(40)
            )
        browser = Client()
        browser.force_login(member)
        form = browser.get("/me/profile/").context["form"]
        data = {name: form[name].value() or "" for name in form.fields if form[name].value() is not None}
        data |= {
            "handle": f"nieuw-{number}",
            "unit_name": f"Afdeling {number}",
            "new_can_do": ", ".join(f"vak {number}-{n}" for n in range(6, -1, -1)),
        }
        report, saved = run_together(partial(import_members, path), partial(browser.post, "/me/profile/", data))
        assert not isinstance(report, BaseException), report
        assert not isinstance(saved, BaseException), saved
        assert saved.status_code == 302, saved.context["form"].errors
        assert report.is_applied
        member.refresh_from_db()
        assert member.handle == f"nieuw-{number}"
        assert member.member_topics.count() == 7


def test_a_list_that_is_imported_while_members_are_erased_and_change_hubs(tmp_path: Path):
    for _round in range(2):
        hubs = HubFactory.create_batch(6)
        members = [member_of(hub) for hub in hubs]
        for member in members:
            for hub in hubs:
                Membership.objects.get_or_create(member=member, hub=hub)
        path = tmp_path / "hubs.csv"
        with path.open("w", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(["naam", "plaats"])
            rows.writerows([hub.name, "Zwolle"] for hub in reversed(hubs))
        people = tmp_path / "members.csv"
        with people.open("w", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(["naam", "e-mailadres", "kern", "standplaats"])
            rows.writerows([member.name, member.email, hubs[0].name, "Zwolle"] for member in reversed(members))
        results = run_together(
            partial(import_hubs, path),
            partial(import_members, people),
            *[partial(erase_member, member=member) for member in members[:3]],
        )
        assert not [result for result in results if isinstance(result, BaseException)]


# --- After the commit -------------------------------------------------------------------------------------------------
def test_what_follows_a_commit_is_said_once_however_many_rows(tmp_path: Path):
    lists: dict[Callable[..., Any], list[list[str]]] = {
        import_members: [["naam", "e-mailadres"], *[[f"Lid{n} Jansen", f"l{n}@doorbraak.example"] for n in range(50)]],
        import_bottlenecks: [["knelpunt", "toelichting"], *[[f"Knelpunt {n}", "x"] for n in range(50)]],
    }
    for load, rows in lists.items():
        path = tmp_path / f"{load.__name__}.csv"
        with path.open("w", newline="") as file:
            csv.writer(file).writerows(rows)
        with transaction.atomic():
            assert load(path).is_applied
            asked = [entry[1] for entry in connection.run_on_commit]
            assert len(asked) == len(set(asked)) <= 2, load.__name__  # what is shared, and whom to tell


def test_a_call_asked_for_in_a_step_that_is_taken_back_is_still_made():
    made: list[int] = []

    def call() -> None:
        made.append(1)

    with transaction.atomic():
        with transaction.atomic():
            on_commit_once(call)
            transaction.set_rollback(True)
        on_commit_once(call)
        on_commit_once(call)
    assert made == [1]
