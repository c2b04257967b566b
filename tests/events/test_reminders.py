"""Reminders: once, in time, to who has a place. Spec 04, Reminders."""

from datetime import datetime, timedelta
from functools import partial

import pytest
from django.utils import timezone

from activity.models import Email, MailChoice
from events import actions
from events.models import Rsvp, Session
from tests.events.conftest import AMSTERDAM, join
from tests.factories import RoomFactory, SessionFactory, UserFactory, facilitator
from tests.races import run_together

pytestmark = pytest.mark.django_db


def at(day: int, hour: int = 0, minute: int = 0, month: int = 3) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=AMSTERDAM)


def session_at(start: datetime, **fields) -> Session:
    session: Session = SessionFactory(starts_at=start, published_at=start - timedelta(days=60), **fields)
    return session


def reminders() -> list[tuple[str, int | None]]:
    rows = Email.objects.filter(kind__startswith="session_reminder").order_by("pk")
    return list(rows.values_list("kind", "member"))


def test_a_week_and_a_day_before_at_seven_in_the_morning(clock, sent):
    clock.move_to(at(1, 12))
    session = session_at(at(20, 9, 30), title="Winter day")
    (rsvp,) = join(session, UserFactory())
    for moment, expected in [
        (at(13, 6, 59), 0),
        (at(13, 7, 0), 1),
        (at(13, 7, 5), 0),
        (at(18, 23, 55), 0),
        (at(19, 6, 59), 0),
        (at(19, 7, 0), 1),
        (at(19, 7, 5), 0),
        (at(20, 9, 25), 0),
        (at(20, 9, 30), 0),
    ]:
        clock.move_to(moment)
        assert actions.remind_of_sessions(now=moment) == expected, moment
    assert reminders() == [("session_reminder_7", rsvp.member_id), ("session_reminder_1", rsvp.member_id)]


def test_the_reminder_says_when_and_where_and_how_to_give_the_place_back(clock, sent):
    clock.move_to(at(1, 12))
    room = RoomFactory(venue__name="De Observant", venue__route="Walk from the station", venue__access="lift")
    session = session_at(at(20, 9, 30), title="Winter day", room=room)
    join(session, UserFactory(language="en"))
    sent()
    clock.move_to(at(19, 7))
    actions.remind_of_sessions(now=at(19, 7))
    (message,) = sent()
    assert message.subject == "Reminder: Winter day, Friday 20 March"
    for part in (
        "Friday 20 March, 9:30 to 11:30",
        "De Observant",
        "Walk from the station",
        "lift",
        "/sessions/withdraw/",
    ):
        assert part in message.body
        assert part in message.alternatives[0][0]


def test_who_signs_up_on_the_day_itself_gets_it_and_who_is_later_skips_it(clock):
    clock.move_to(at(1, 12))
    session = session_at(at(20, 9, 30))
    early, on_the_day, later = UserFactory.create_batch(3)
    join(session, early)
    clock.move_to(at(13, 7))
    actions.remind_of_sessions(now=at(13, 7))
    clock.move_to(at(13, 23, 59))
    join(session, on_the_day)
    actions.remind_of_sessions(now=at(13, 23, 59))
    clock.move_to(at(14, 0, 1))
    join(session, later)
    actions.remind_of_sessions(now=at(14, 0, 5))
    assert reminders() == [("session_reminder_7", early.pk), ("session_reminder_7", on_the_day.pk)]


def test_after_a_day_of_standstill_it_goes_late_and_once(clock):
    clock.move_to(at(1, 12))
    session = session_at(at(20, 18))
    join(session, UserFactory())
    assert actions.remind_of_sessions(now=at(14, 8)) == 1  # a day late
    assert actions.remind_of_sessions(now=at(20, 8)) == 1  # the one of the day before, on the morning of the day
    assert actions.remind_of_sessions(now=at(20, 8)) == 0
    assert [kind for kind, _member in reminders()] == ["session_reminder_7", "session_reminder_1"]


def test_the_earlier_one_is_skipped_once_the_later_one_is_due(clock):
    clock.move_to(at(1, 12))
    session = session_at(at(20, 18))
    join(session, UserFactory())
    assert actions.remind_of_sessions(now=at(19, 7)) == 1
    assert [kind for kind, _member in reminders()] == ["session_reminder_1"]


def test_none_after_the_start_even_if_it_was_queued_before(clock, sent):
    clock.move_to(at(1, 12))
    session = session_at(at(20, 9, 30))
    join(session, UserFactory())
    sent()
    clock.move_to(at(19, 7))
    actions.remind_of_sessions(now=at(19, 7))
    clock.move_to(at(20, 9, 31))
    assert sent() == []
    assert Email.objects.get(kind="session_reminder_1").state == Email.State.CANCELLED
    assert actions.remind_of_sessions(now=at(20, 9, 31)) == 0


def test_moving_arms_it_again_exactly_once(clock):
    clock.move_to(at(1, 12))
    session = session_at(at(20, 9, 30))
    join(session, UserFactory())
    actions.remind_of_sessions(now=at(19, 7))
    clock.move_to(at(19, 12))
    start = at(28, 9, 30)
    fields = {"starts_at": start, "ends_at": start + timedelta(hours=2)}
    actions.change_session(session=session, by=facilitator(), version=1, **fields)
    assert [actions.remind_of_sessions(now=at(21, hour)) for hour in (6, 7, 8)] == [0, 1, 0]
    assert [actions.remind_of_sessions(now=at(27, hour)) for hour in (6, 7, 8)] == [0, 1, 0]


def test_taking_the_place_anew_arms_it_again_exactly_once(clock):
    clock.move_to(at(1, 12))
    session = session_at(at(20, 9, 30))
    member = UserFactory()
    join(session, member)
    actions.remind_of_sessions(now=at(13, 7))
    clock.move_to(at(13, 12))
    actions.withdraw(session=session, by=member)
    assert actions.remind_of_sessions(now=at(13, 12, 5)) == 0
    join(session, member)
    assert [actions.remind_of_sessions(now=at(13, 13)) for _run in range(2)] == [1, 0]


@pytest.mark.parametrize("change", ["withdraw", "cancel", "move"])
def test_what_no_longer_holds_is_not_sent(clock, sent, change):
    clock.move_to(at(1, 12))
    session = session_at(at(20, 9, 30))
    member = UserFactory()
    join(session, member)
    sent()
    clock.move_to(at(19, 7))
    actions.remind_of_sessions(now=at(19, 7))
    if change == "withdraw":
        actions.withdraw(session=session, by=member)
    elif change == "cancel":
        actions.cancel_session(session=session, by=facilitator(), reason="Storm")
    else:
        fields = {"starts_at": at(21, 9), "ends_at": at(21, 10)}
        actions.change_session(session=session, by=facilitator(), version=1, **fields)
    assert not [message for message in sent() if "Reminder" in message.subject]


def test_each_kind_can_be_turned_off(clock, sent):
    clock.move_to(at(1, 12))
    session = session_at(at(20, 9, 30))
    member = UserFactory()
    join(session, member)
    sent()
    MailChoice.objects.create(member=member, kind="session_reminder_7", is_wanted=False)
    for day in (13, 19):
        clock.move_to(at(day, 7, 1))
        actions.remind_of_sessions(now=at(day, 7, 1))
        assert len(sent()) == (1 if day == 19 else 0)


@pytest.mark.parametrize("state", ["waitlisted", "offered", "maybe", "not_going"])
def test_only_a_place_counts(clock, state):
    clock.move_to(at(1, 12))
    session = session_at(at(20, 9, 30))
    Rsvp.objects.create(
        session=session,
        member=UserFactory(),
        state=state,
        position=1 if state == "waitlisted" else None,
        offer_expires_at=at(19, 20) if state == "offered" else None,
        placed_at=at(2),
    )
    assert actions.remind_of_sessions(now=at(19, 7)) == 0


@pytest.mark.parametrize(
    ("start", "week_before", "day_before"),
    [
        (at(29, 9, 30), at(22, 7), at(28, 7)),  # the day on which the clocks go forward
        (at(30, 0, 30), at(23, 7), at(29, 7)),  # the night after
        (at(25, 9, 30, month=10), at(18, 7, month=10), at(24, 7, month=10)),  # and back
        (at(26, 9, 30, month=10), at(19, 7, month=10), at(25, 7, month=10)),
    ],
)
def test_seven_oclock_is_seven_oclock_when_the_clocks_change(clock, start, week_before, day_before):
    clock.move_to(start - timedelta(days=20))
    join(session_at(start), UserFactory())
    minute = timedelta(minutes=1)
    for due in (week_before, day_before):
        assert actions.remind_of_sessions(now=due - minute) == 0
        assert actions.remind_of_sessions(now=due) == 1


def test_the_clock_is_that_of_where_it_is(clock):
    clock.move_to(at(1, 12))
    start = datetime.fromisoformat("2026-03-20T09:00:00-04:00")
    join(session_at(start, time_zone="America/Curacao"), UserFactory(time_zone="Europe/Amsterdam"))
    due = datetime.fromisoformat("2026-03-19T07:00:00-04:00")
    assert actions.remind_of_sessions(now=due - timedelta(minutes=1) - timedelta(days=6)) == 0
    assert actions.remind_of_sessions(now=due - timedelta(minutes=1)) == 1  # the one of a week before, late
    assert actions.remind_of_sessions(now=due) == 1


@pytest.mark.django_db(transaction=True)
def test_four_schedulers_at_once_remind_everyone_once():
    start = timezone.now() + timedelta(days=1)
    session = SessionFactory(starts_at=start)
    members = UserFactory.create_batch(40)
    Rsvp.objects.bulk_create(
        [
            Rsvp(session=session, member=member, state="going", placing=1, placed_at=start - timedelta(days=9))
            for member in members
        ]
    )
    now = max(timezone.now(), start.astimezone(AMSTERDAM).replace(hour=7, minute=0) - timedelta(days=1))
    results = run_together(*[partial(actions.remind_of_sessions, now=now)] * 4)
    assert not [result for result in results if isinstance(result, BaseException)]
    assert sorted(member for _kind, member in reminders() if member) == sorted(member.pk for member in members)


@pytest.mark.parametrize("coming", [10, 1_000])
def test_reminders_cost_the_same_however_many_come(django_assert_num_queries, coming):
    session = session_at(at(20, 9, 30))
    Rsvp.objects.bulk_create(
        Rsvp(session=session, member=member, state="going", placing=1, placed_at=at(2))
        for member in UserFactory.create_batch(coming)
    )
    with django_assert_num_queries(5):
        assert actions.remind_of_sessions(now=at(13, 7)) == coming
    with django_assert_num_queries(4):
        assert actions.remind_of_sessions(now=at(13, 7, 5)) == 0
