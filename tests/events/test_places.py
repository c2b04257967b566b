"""Answers, the waitlist, and the one promotion function. Spec 04, RSVP."""

from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from activity.announcements import expand_next
from activity.models import Activity, Email
from community.accounts.actions import erase_member
from events import actions, verbs
from events.models import Rsvp, Session
from tests.events.conftest import AMSTERDAM, NOW, join, session_in, states
from tests.factories import HubFactory, UserFactory, facilitator, member_of
from ui.errors import RuleBroken

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


def kinds(session: Session) -> list[tuple[int | None, str]]:
    while expand_next():
        pass
    return list(Email.objects.filter(subject=session.subject).order_by("pk").values_list("member", "kind"))


def test_places_go_out_in_order_and_the_rest_waits_in_order():
    session = session_in(100, capacity=2)
    a, b, c, d = UserFactory.create_batch(4)
    join(session, a, b, c, d)
    assert states(session) == {
        a.pk: ("going", None),
        b.pk: ("going", None),
        c.pk: ("waitlisted", 1),
        d.pk: ("waitlisted", 2),
    }
    session.refresh_from_db()
    assert session.taken_count == 2
    assert kinds(session) == [
        (a.pk, "session_placed"),
        (b.pk, "session_placed"),
        (c.pk, "session_waitlisted"),
        (d.pk, "session_waitlisted"),
    ]


def test_the_ledger_names_nobody():
    session = session_in(100, capacity=1)
    a, b = UserFactory.create_batch(2)
    join(session, a, b)
    actions.withdraw(session=session, by=a)
    entries = Activity.objects.filter(subject=session.subject)
    assert [entry.verb for entry in entries.order_by("pk")] == [
        verbs.PLACE_TAKEN.key,
        verbs.WAITLIST_JOINED.key,
        verbs.PLACE_FREED.key,
        verbs.PLACE_TAKEN.key,
    ]
    assert not entries.exclude(actor=None).exists()
    assert all(set(entry.data) == {"v"} for entry in entries)


def test_saying_it_twice_changes_nothing_but_whether_the_name_shows():
    session = session_in(100, capacity=1)
    member = UserFactory()
    join(session, member, member)
    actions.answer_rsvp(session=session, by=member, answer="going", shows_name=False)
    rsvp = Rsvp.objects.get()
    assert (rsvp.state, rsvp.placing, rsvp.shows_name) == ("going", 1, False)
    assert Session.objects.get().taken_count == 1
    assert Email.objects.count() == 1


def test_hub_is_the_primary_hub_at_the_moment_of_signing_up():
    hub = HubFactory()
    member = member_of(hub)
    session = session_in(100)
    join(session, member)
    member.primary_hub = None
    member.save()
    assert Rsvp.objects.get().hub == hub


def test_who_withdraws_goes_to_the_end_and_the_waitlist_moves():
    session = session_in(100, capacity=1)
    a, b, c, d = UserFactory.create_batch(4)
    join(session, a, b, c, d)
    actions.withdraw(session=session, by=c)
    assert states(session)[d.pk] == ("waitlisted", 2)
    join(session, c)
    assert states(session)[c.pk] == ("waitlisted", 3)
    actions.withdraw(session=session, by=a)
    assert states(session) == {
        a.pk: ("not_going", None),
        b.pk: ("going", None),
        c.pk: ("waitlisted", 2),
        d.pk: ("waitlisted", 1),
    }
    assert (b.pk, "session_promoted") in kinds(session)
    assert Session.objects.get().taken_count == 1


def test_between_two_days_and_half_a_day_ahead_a_free_place_is_offered(clock):
    session = session_in(36, capacity=1)
    a, b, c = UserFactory.create_batch(3)
    join(session, a, b, c)
    actions.withdraw(session=session, by=a)
    assert states(session)[b.pk] == ("offered", None)
    assert states(session)[c.pk] == ("waitlisted", 1)
    assert Rsvp.objects.get(member=b).offer_expires_at == NOW + timedelta(hours=12)
    assert Session.objects.get().taken_count == 1  # the place is kept
    actions.accept_offer(session=session, by=b)
    actions.accept_offer(session=session, by=b)
    assert states(session)[b.pk] == ("going", None)
    assert Session.objects.get().taken_count == 1


def test_an_offer_that_is_declined_goes_to_the_next():
    session = session_in(36, capacity=1)
    a, b, c = UserFactory.create_batch(3)
    join(session, a, b, c)
    actions.withdraw(session=session, by=a)
    actions.withdraw(session=session, by=b)
    assert states(session)[c.pk] == ("offered", None)


def test_an_offer_nobody_accepts_in_time_goes_to_the_next_and_its_holder_to_the_end(clock):
    session = session_in(40, capacity=1)
    a, b, c, d = UserFactory.create_batch(4)
    join(session, a, b, c, d)
    actions.withdraw(session=session, by=a)
    clock.move_to(NOW + timedelta(hours=12))
    with pytest.raises(RuleBroken):
        actions.accept_offer(session=session, by=b)
    assert actions.expire_offers(now=NOW + timedelta(hours=12)) == 1
    assert actions.expire_offers(now=NOW + timedelta(hours=12)) == 0
    assert states(session) == {
        a.pk: ("not_going", None),
        b.pk: ("waitlisted", 2),
        c.pk: ("offered", None),
        d.pk: ("waitlisted", 1),
    }
    assert Session.objects.get().taken_count == 1


def test_in_the_last_twelve_hours_a_free_place_is_for_the_first_who_claims_it():
    session = session_in(11, capacity=1)
    a, b, c, d = UserFactory.create_batch(4)
    join(session, a, b, c)
    actions.withdraw(session=session, by=a)
    assert states(session)[b.pk] == ("waitlisted", 1)
    assert [kind for _member, kind in kinds(session)].count("session_free_place") == 2
    actions.claim_place(session=session, by=c)
    assert states(session)[c.pk] == ("going", None)
    assert states(session)[b.pk] == ("waitlisted", 1)
    with pytest.raises(RuleBroken, match="first"):
        actions.claim_place(session=session, by=b)
    join(session, d)
    assert states(session)[d.pk] == ("waitlisted", 2)


def test_after_the_start_nobody_moves_up_and_withdrawing_still_works(clock):
    session = session_in(1, capacity=1)
    a, b = UserFactory.create_batch(2)
    join(session, a, b)
    clock.move_to(session.starts_at + timedelta(minutes=1))
    actions.withdraw(session=session, by=a)
    assert states(session) == {a.pk: ("not_going", None), b.pk: ("waitlisted", 1)}
    clock.move_to(session.ends_at)
    with pytest.raises(RuleBroken, match="over"):
        actions.withdraw(session=session, by=b)


def test_raising_the_capacity_gives_places_and_lowering_it_evicts_nobody():
    organiser = facilitator()
    session = session_in(100, capacity=1)
    a, b, c = UserFactory.create_batch(3)
    join(session, a, b, c)
    session = actions.change_session(session=session, by=organiser, version=1, capacity=2)
    assert states(session)[b.pk] == ("going", None)
    assert states(session)[c.pk] == ("waitlisted", 1)
    session = actions.change_session(session=session, by=organiser, version=2, capacity=1)
    assert states(session)[b.pk] == ("going", None)
    assert session.taken_count == 2
    actions.withdraw(session=session, by=a)  # one too many goes: nobody comes in
    assert states(session)[c.pk] == ("waitlisted", 1)
    actions.withdraw(session=session, by=b)
    assert states(session)[c.pk] == ("going", None)


def test_without_a_limit_everyone_who_waits_comes_in():
    session = session_in(100, capacity=1)
    members = UserFactory.create_batch(5)
    join(session, *members)
    actions.change_session(session=session, by=facilitator(), version=1, capacity=None)
    assert {state for state, _position in states(session).values()} == {"going"}
    assert Session.objects.get().taken_count == 5


def test_maybe_keeps_informed_and_takes_no_place():
    session = session_in(100, capacity=1)
    a, b = UserFactory.create_batch(2)
    join(session, a, b)
    actions.answer_rsvp(session=session, by=a, answer="maybe")
    assert states(session) == {a.pk: ("maybe", None), b.pk: ("going", None)}


def test_organisers_take_somebody_off_with_a_reason_and_the_waitlist_moves(sent):
    organiser = facilitator()
    session = session_in(100, capacity=1)
    a, b = UserFactory.create_batch(2)
    mine, _theirs = join(session, a, b)
    with pytest.raises(RuleBroken, match="why"):
        actions.remove_from_session(session=session, rsvp=mine, by=organiser, reason="  ")
    actions.remove_from_session(session=session, rsvp=mine, by=organiser, reason="Only for hub Oost.")
    actions.remove_from_session(session=session, rsvp=mine, by=organiser, reason="Again.")
    assert states(session) == {a.pk: ("not_going", None), b.pk: ("going", None)}
    entry = Activity.objects.get(verb=verbs.MEMBER_REMOVED.key)
    assert (entry.actor, entry.data) == (organiser, {"v": 1})
    to_a = [message for message in sent() if message.to == [a.email]]
    assert any("Only for hub Oost." in message.body for message in to_a)


def test_erasing_an_account_moves_waitlists_and_keeps_past_counts(clock):
    a, b = UserFactory.create_batch(2)
    past, coming = session_in(10), session_in(100, capacity=1)
    join(past, a, b)
    join(coming, a, b)
    clock.move_to(past.ends_at + timedelta(hours=1))
    erase_member(member=a)
    assert states(past) == {None: ("going", None), b.pk: ("going", None)}
    assert states(coming) == {None: ("not_going", None), b.pk: ("going", None)}
    assert list(Session.objects.order_by("starts_at").values_list("taken_count", flat=True)) == [2, 1]


def test_somebody_who_is_no_longer_active_is_passed_over():
    session = session_in(100, capacity=1)
    a, b, c = UserFactory.create_batch(3)
    join(session, a, b, c)
    b.is_active = False
    b.save()
    actions.withdraw(session=session, by=a)
    assert states(session)[c.pk] == ("going", None)


@pytest.mark.parametrize("answer", ["going", "maybe"])
def test_one_cannot_answer_too_late(clock, answer):
    session = session_in(24, rsvp_deadline=NOW + timedelta(hours=2))
    member = UserFactory()
    clock.move_to(NOW + timedelta(hours=2))
    with pytest.raises(RuleBroken, match="until 2 March"):
        actions.answer_rsvp(session=session, by=member, answer=answer)
    assert not Rsvp.objects.exists()


def test_after_the_deadline_a_waiting_member_still_moves_up(clock):
    session = session_in(100, capacity=1, rsvp_deadline=NOW + timedelta(hours=2))
    a, b = UserFactory.create_batch(2)
    join(session, a, b)
    clock.move_to(NOW + timedelta(hours=3))
    actions.withdraw(session=session, by=a)
    assert states(session)[b.pk] == ("going", None)


@pytest.mark.parametrize("state", ["draft", "cancelled"])
def test_one_cannot_sign_up_for_what_does_not_take_place(state):
    session = session_in(24, state=state, cancel_reason="Storm" if state == "cancelled" else "")
    with pytest.raises(RuleBroken):
        join(session, UserFactory())


def test_the_database_itself_refuses_a_place_beyond_the_capacity():
    session = session_in(24, capacity=1)
    join(session, UserFactory())
    with pytest.raises(IntegrityError, match="places_stay_within_capacity"), transaction.atomic():
        Session.objects.update(taken_count=2)


@pytest.mark.parametrize(
    ("made_at", "starts_at", "until"),
    [
        ("03-02 08:00", "03-03 20:00", "03-02 20:00"),  # by day: twelve hours
        ("03-02 10:00", "03-04 09:00", "03-02 22:00"),  # 22:00 sharp is not night yet
        ("03-02 11:00", "03-04 09:00", "03-03 07:00"),  # 23:00 moves on to the morning
        ("03-02 17:00", "03-04 09:00", "03-03 07:00"),  # 05:00 as well
        ("03-02 19:00", "03-04 09:00", "03-03 07:00"),
        ("03-02 17:30", "03-03 06:30", "03-02 22:00"),  # it begins before the morning: back to the evening
        ("03-28 12:00", "03-30 09:00", "03-29 07:00"),  # the night in which the clocks go forward
        ("10-24 11:30", "10-26 09:00", "10-25 07:00"),  # and back
    ],
)
def test_offers_never_end_at_night(made_at, starts_at, until):
    def at(text: str) -> datetime:
        return datetime.strptime(f"2026-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=AMSTERDAM)

    session = Session(starts_at=at(starts_at))
    assert actions.offer_deadline(session, UserFactory.build(), at(made_at)) == at(until)
