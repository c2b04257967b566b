"""Requests to join a hub: with whom they lie as working days go by, what comes of them, and who reads them."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
import time_machine

from activity.mailing import render
from activity.models import Activity, Email, Todo
from activity.outbox import load, prepare
from activity.todos import waiting_for
from community.accounts.actions import erase_member
from community.hubs import actions as hubs
from community.joining import actions, clock
from community.joining.models import JoinRequest
from community.models import Hub, Membership, User
from tests.factories import HubFactory, MembershipFactory, UserFactory, facilitator, member_of, representative_of
from tests.races import run_together
from ui.errors import RuleBroken

pytestmark = pytest.mark.django_db

#: A Tuesday, at ten in Amsterdam; the working days after it are the 18th, 19th, 20th, 23rd, 24th … 1 December.
ASKED = datetime(2026, 11, 17, 9, 0, tzinfo=UTC)
THIRD, FIFTH, TENTH = (datetime(2026, *day, 9, 0, tzinfo=UTC) for day in ((11, 20), (11, 24), (12, 1)))


@pytest.fixture(autouse=True)
def at() -> Any:
    """The clock stands until a test moves it."""
    with time_machine.travel(ASKED, tick=False) as traveller:
        yield traveller


def hub_on_request(*names: str, **fields: Any) -> tuple[Hub, list[User]]:
    """A hub that is joined on request, and who speaks for it: the first of ``names`` the longest."""
    hub: Hub = HubFactory(join_policy="request", **fields)
    speakers: list[User] = []
    for number, name in enumerate(names):
        member = UserFactory(name=name)
        since = ASKED - timedelta(days=1_000 - number)
        MembershipFactory(member=member, hub=hub, role="representative", started_at=since)
        speakers.append(member)
    return hub, speakers


def told() -> Counter[tuple[str, str]]:
    """Who has which mail."""
    return Counter(Email.objects.filter(kind__startswith="join_").values_list("kind", "member__name"))


def lies_with(request: JoinRequest) -> set[str]:
    """With whom a request lies, in words."""
    found = set()
    for todo in Todo.objects.open().filter(key=request.key).select_related("member"):
        found.add(todo.member.name if todo.member else "facilitators" if todo.is_for_facilitators else "all")
    return found


def advance(at: Any, moment: datetime) -> None:
    """Let the clock do its work at ``moment``, twice: the second time there is nothing left to do."""
    at.move_to(moment)
    actions.advance_requests(now=moment)
    before = (told(), Todo.objects.count(), Activity.objects.count())
    assert actions.advance_requests(now=moment) == 0
    assert (told(), Todo.objects.count(), Activity.objects.count()) == before


# --- The clock -------------------------------------------------------------------------------------------------------
def test_a_request_runs_through_three_five_and_ten_working_days_and_each_is_told_once(at):
    hub, (eva, olivier, jan) = hub_on_request("Eva", "Olivier", "Jan")
    facilitator(name="Sanne")
    request = actions.ask_to_join(hub=hub, by=UserFactory(), words="Sluizen")
    assert lies_with(request) == {"Eva"}
    expected = Counter({("join_asked", "Eva"): 1})
    assert told() == expected

    advance(at, THIRD - timedelta(days=1))
    assert told() == expected
    advance(at, THIRD)
    expected += Counter({("join_reminder", "Eva"): 1})
    assert told() == expected
    assert lies_with(request) == {"Eva"}

    advance(at, FIFTH - timedelta(days=1))
    assert told() == expected
    advance(at, FIFTH)
    expected += Counter({("join_also_you", "Olivier"): 1, ("join_also_you", "Jan"): 1})
    assert told() == expected
    assert lies_with(request) == {"all"}
    assert all(len(waiting_for(User.objects.get(pk=member.pk))) == 1 for member in (eva, olivier, jan))

    advance(at, TENTH - timedelta(days=1))
    assert told() == expected
    advance(at, TENTH)
    expected += Counter({("join_facilitators", "Sanne"): 1})
    assert told() == expected
    assert lies_with(request) == {"all", "facilitators"}
    assert Todo.objects.open().get(is_for_facilitators=True).due_on == clock.due(3, TENTH).day

    advance(at, TENTH + timedelta(days=30))
    assert told() == expected
    actions.accept_request(join_request=request, by=olivier)
    assert lies_with(request) == set()
    assert told() == expected + Counter({("join_accepted", request.member.name): 1})


def test_with_one_representative_it_simply_goes_on(at):
    hub, _speakers = hub_on_request("Eva")
    facilitator(name="Sanne")
    request = actions.ask_to_join(hub=hub, by=UserFactory())
    for moment in (THIRD, FIFTH):
        advance(at, moment)
    assert lies_with(request) == {"Eva"}
    assert told() == Counter({("join_asked", "Eva"): 1, ("join_reminder", "Eva"): 1})
    advance(at, TENTH)
    assert lies_with(request) == {"Eva", "facilitators"}
    assert told()["join_facilitators", "Sanne"] == 1


def test_a_hub_without_a_representative_asks_the_facilitators_at_once(at):
    hub, _none = hub_on_request()
    facilitator(name="Sanne")
    facilitator(name="Bo")
    request = actions.ask_to_join(hub=hub, by=UserFactory())
    for moment in (ASKED, THIRD, FIFTH, TENTH):
        advance(at, moment)
    assert lies_with(request) == {"facilitators"}
    assert told() == Counter({("join_facilitators", "Sanne"): 1, ("join_facilitators", "Bo"): 1})
    assert Todo.objects.get().due_on == clock.due(3, ASKED).day


def test_after_a_standstill_everybody_who_must_know_is_told(at):
    hub, _speakers = hub_on_request("Eva", "Olivier")
    facilitator(name="Sanne")
    request = actions.ask_to_join(hub=hub, by=UserFactory())
    advance(at, TENTH + timedelta(days=3))
    assert lies_with(request) == {"all", "facilitators"}
    assert told() == Counter(
        {
            ("join_asked", "Eva"): 1,
            ("join_reminder", "Eva"): 1,
            ("join_also_you", "Olivier"): 1,
            ("join_facilitators", "Sanne"): 1,
        }
    )


@pytest.mark.parametrize("by_day", [3, 5, 10])
def test_whoever_was_asked_and_steps_down_is_followed_by_the_next(at, by_day):
    hub, (eva, olivier) = hub_on_request("Eva", "Olivier")
    request = actions.ask_to_join(hub=hub, by=UserFactory())
    hubs.end_representative(hub=hub, member=eva, by=eva)
    assert lies_with(request) == {"Olivier"}
    assert told() == Counter({("join_asked", "Eva"): 1, ("join_asked", "Olivier"): 1})
    hubs.leave_hub(hub=hub, by=olivier, hand_to_facilitators=bool(facilitator(name="Sanne")))
    assert lies_with(request) == {"facilitators"}
    hubs.name_representative(hub=hub, member=eva, by=eva)
    assert lies_with(request) == {"Eva", "facilitators"}
    assert told()["join_facilitators", "Sanne"] == 1
    assert told()["join_asked", "Eva"] == 1  # she knows already


def test_whoever_was_asked_and_is_erased_or_suspended_is_followed_by_the_next(at):
    hub, (eva, olivier, jan) = hub_on_request("Eva", "Olivier", "Jan")
    request = actions.ask_to_join(hub=hub, by=UserFactory())
    erase_member(member=eva)
    assert lies_with(request) == {"Olivier"}
    User.objects.filter(pk=olivier.pk).update(is_active=False)
    advance(at, ASKED + timedelta(hours=1))
    assert lies_with(request) == {"Jan"}
    erase_member(member=jan)
    assert lies_with(request) == {"facilitators"}


def test_an_erased_requester_leaves_nothing_that_waits():
    hub, _speakers = hub_on_request("Eva")
    asker = UserFactory()
    actions.ask_to_join(hub=hub, by=asker, words="Pannenlappen")
    erase_member(member=asker)
    assert not JoinRequest.objects.exists()
    assert not Todo.objects.exists()


@pytest.mark.parametrize("rows", [2, 40])
def test_the_clock_costs_the_same_however_many_wait(at, rows, django_assert_max_num_queries):
    for _number in range(rows):
        hub, _speakers = hub_on_request("Eva", "Olivier")
        actions.ask_to_join(hub=hub, by=UserFactory())
    facilitator()
    with django_assert_max_num_queries(20):
        actions.advance_requests(now=TENTH)
    assert Todo.objects.open().count() == 2 * rows


# --- What comes of it ------------------------------------------------------------------------------------------------
def test_accepting_makes_a_member_as_joining_does():
    hub, (eva,) = hub_on_request("Eva")
    asker = UserFactory()
    request = actions.ask_to_join(hub=hub, by=asker)
    assert actions.accept_request(join_request=request, by=eva, words="Welkom!")
    assert not actions.accept_request(join_request=request, by=eva)
    asker.refresh_from_db()
    assert asker.primary_hub == hub
    assert Hub.objects.with_figures().get(pk=hub.pk).member_count == 2
    request.refresh_from_db()
    assert (request.state, request.answer, request.answered_by) == ("accepted", "Welkom!", eva)
    assert told() == Counter({("join_asked", "Eva"): 1, ("join_accepted", asker.name): 1})
    public = hub.subject.activities.filter(readers="subject").values_list("verb", flat=True)
    assert list(public) == ["hub_joined"]


def test_who_asked_and_who_was_declined_is_told_to_no_member():
    hub, (eva,) = hub_on_request("Eva")
    request = actions.ask_to_join(hub=hub, by=UserFactory())
    actions.decline_request(join_request=request, by=eva, reason="Te vol")
    again = actions.ask_to_join(hub=hub, by=UserFactory())
    actions.withdraw_request(join_request=again, by=again.member)
    entries = hub.subject.activities.order_by("pk").values_list("verb", "readers")
    assert list(entries) == [
        (verb, "facilitators") for verb in ("join_asked", "join_declined", "join_asked", "join_withdrawn")
    ]


def test_declining_takes_a_reason_and_another_hub_that_is_there():
    hub, (eva,) = hub_on_request("Eva")
    request = actions.ask_to_join(hub=hub, by=UserFactory())
    decline = partial(actions.decline_request, join_request=request, by=eva)
    with pytest.raises(RuleBroken, match="Say why"):
        decline(reason=" ")
    for other in (hub, HubFactory(state="closed")):
        with pytest.raises(RuleBroken, match="another hub"):
            decline(reason="Te vol", other_hub=other)
    zuid = HubFactory()
    assert decline(reason="Te vol", other_hub=zuid)
    assert not decline(reason="Nog eens")
    request.refresh_from_db()
    assert (request.state, request.answer, request.other_hub) == ("declined", "Te vol", zuid)
    with pytest.raises(RuleBroken, match="answered already"):
        actions.accept_request(join_request=request, by=eva)
    with pytest.raises(RuleBroken, match="declined a short time ago"):
        actions.ask_to_join(hub=hub, by=request.member)
    later = ASKED + clock.AGAIN_AFTER + timedelta(minutes=1)
    assert actions.ask_to_join(hub=hub, by=request.member, now=later) != request


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"join_policy": "open"}, "without asking"),
        ({"join_policy": "invitation"}, "by invitation"),
        ({"state": "closed"}, "closed"),
    ],
)
def test_only_a_hub_on_request_is_asked(fields, why):
    hub = HubFactory(**{"join_policy": "request", **fields})
    with pytest.raises(RuleBroken, match=why):
        actions.ask_to_join(hub=hub, by=UserFactory())


def test_a_member_asks_once_and_not_everywhere_at_the_same_time():
    asker = UserFactory()
    hub, _speakers = hub_on_request("Eva")
    first = actions.ask_to_join(hub=hub, by=asker)
    assert actions.ask_to_join(hub=hub, by=asker) == first
    with pytest.raises(RuleBroken, match="member of this hub"):
        actions.ask_to_join(hub=hub, by=member_of(hub))
    for _number in range(actions.MOST_WAITING - 1):
        actions.ask_to_join(hub=hub_on_request("Eva")[0], by=asker)
    with pytest.raises(RuleBroken, match="5 hubs"):
        actions.ask_to_join(hub=hub_on_request("Eva")[0], by=asker)
    actions.withdraw_request(join_request=first, by=asker)
    assert not actions.withdraw_request(join_request=first, by=asker)
    assert actions.ask_to_join(hub=hub, by=asker) != first


def _change(hub: Hub, by: User, **fields: Any) -> None:
    hubs.update_hub(hub=hub, by=by, version=hub.version, fields=fields)


def test_a_hub_that_becomes_open_takes_in_whoever_waits():
    hub, (eva,) = hub_on_request("Eva")
    askers = UserFactory.create_batch(2)
    requests = [actions.ask_to_join(hub=hub, by=asker) for asker in askers]
    _change(hub, eva, join_policy="open")
    assert set(Membership.objects.current().filter(hub=hub).values_list("member", flat=True)) > {
        asker.pk for asker in askers
    }
    assert {lies_with(request) == set() for request in requests} == {True}
    assert sum(number for (kind, _name), number in told().items() if kind == "join_accepted") == 2


def test_requests_lapse_with_a_hub_that_is_closed():
    hub, (eva,) = hub_on_request("Eva")
    request = actions.ask_to_join(hub=hub, by=UserFactory(name="Noor"))
    _change(hub, eva, state="closed")
    request.refresh_from_db()
    assert request.state == "lapsed"
    assert lies_with(request) == set()
    assert told() == Counter({("join_asked", "Eva"): 1, ("join_lapsed", "Noor"): 1})


def test_a_hub_that_is_hidden_stands_still_until_it_is_shown(at):
    hub, (eva, _olivier) = hub_on_request("Eva", "Olivier")
    request = actions.ask_to_join(hub=hub, by=UserFactory())
    hub.subject.hidden_at = ASKED
    hub.subject.save(update_fields=["hidden_at"])
    advance(at, TENTH)
    assert lies_with(request) == {"Eva"}
    assert waiting_for(User.objects.get(pk=eva.pk)) == []
    hub.subject.hidden_at = None
    hub.subject.save(update_fields=["hidden_at"])
    advance(at, TENTH + timedelta(hours=1))
    assert lies_with(request) == {"all", "facilitators"}


def test_whoever_is_let_in_otherwise_waits_no_longer(at):
    hub, (eva,) = hub_on_request("Eva")
    request, listed = (actions.ask_to_join(hub=hub, by=UserFactory()) for _number in range(2))
    hubs.admit_member(hub=hub, member=request.member, by=eva)
    MembershipFactory(member=listed.member, hub=hub)  # as an import writes it
    advance(at, ASKED + timedelta(hours=1))
    for one in (request, listed):
        one.refresh_from_db()
        assert one.state == "accepted"
        assert lies_with(one) == set()


# --- At the same moment ----------------------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
def test_accepting_and_withdrawing_at_the_same_moment_leave_one_outcome():
    seen = set()
    for _round in range(8):
        hub, (eva,) = hub_on_request("Eva")
        request = actions.ask_to_join(hub=hub, by=UserFactory())
        results = run_together(
            partial(actions.accept_request, join_request=request, by=eva),
            partial(actions.withdraw_request, join_request=request, by=request.member),
        )
        request.refresh_from_db()
        is_member = Membership.objects.current().filter(hub=hub, member=request.member).exists()
        assert is_member is (request.state == "accepted")
        assert sum(result is True for result in results) == 1
        assert sum(isinstance(result, RuleBroken) for result in results) == 1
        assert lies_with(request) == set()
        assert Email.objects.filter(kind="join_accepted", member=request.member).exists() is is_member
        seen.add(request.state)
    assert seen <= {"accepted", "withdrawn"}


@pytest.mark.django_db(transaction=True)
def test_two_representatives_who_answer_at_the_same_moment_leave_one_outcome():
    for _round in range(5):
        hub, (eva, olivier) = hub_on_request("Eva", "Olivier")
        request = actions.ask_to_join(hub=hub, by=UserFactory())
        results = run_together(
            partial(actions.accept_request, join_request=request, by=eva),
            partial(actions.decline_request, join_request=request, by=olivier, reason="Te vol"),
        )
        assert sum(result is True for result in results) == 1
        kinds = Email.objects.filter(member=request.member).values_list("kind", flat=True)
        assert len(kinds) == 1


@pytest.mark.django_db(transaction=True)
def test_asking_twice_at_once_makes_one_request_and_the_clock_twice_at_once_tells_once():
    for _round in range(3):
        hub, _speakers = hub_on_request("Eva", "Olivier")
        facilitator()
        asker = UserFactory()
        results = run_together(*[partial(actions.ask_to_join, hub=hub, by=asker)] * 3)
        assert len({request.pk for request in results if isinstance(request, JoinRequest)}) == 1, results
        before = Email.objects.count()
        results = run_together(*[partial(actions.advance_requests, now=TENTH)] * 3)
        assert not [result for result in results if isinstance(result, BaseException)], results
        assert Email.objects.count() == before + 2 + _round + 1  # Eva, Olivier, and every facilitator


@pytest.mark.django_db(transaction=True)
def test_a_representative_who_is_erased_while_somebody_asks_is_not_asked():
    for _round in range(5):
        hub, (eva, _olivier) = hub_on_request("Eva", "Olivier")
        asked, erased = run_together(
            partial(actions.ask_to_join, hub=hub, by=UserFactory()), partial(erase_member, member=eva)
        )
        assert erased is None
        assert isinstance(asked, JoinRequest)
        assert lies_with(asked) == {"Olivier"}


def test_the_database_itself_refuses_a_second_waiting_request():
    from django.db import IntegrityError

    hub, _speakers = hub_on_request("Eva")
    asker = representative_of(HubFactory())
    JoinRequest.objects.create(hub=hub, member=asker)
    with pytest.raises(IntegrityError):
        JoinRequest.objects.create(hub=hub, member=asker)


def test_mails_of_a_standstill_name_no_day_that_has_passed(at):
    hub, _speakers = hub_on_request("Eva", "Olivier")
    facilitator(name="Sanne")
    actions.ask_to_join(hub=hub, by=UserFactory())
    advance(at, TENTH + timedelta(days=3))
    mails = list(Email.objects.filter(kind__startswith="join_").select_related("member", "subject"))
    prepare(mails)
    contents, faults = load(mails)
    assert (len(contents), faults) == (4, {})
    texts = {mail.kind: render(mail, contents[mail.pk]).text for mail in mails}
    assert not [kind for kind, text in texts.items() if "24 November" in text or "1 December" in text]
    assert "nobody of the hub answered it for 10 working days" in texts["join_facilitators"]
