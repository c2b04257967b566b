"""Consent rounds when many act at once, on real connections. Spec 00, Two people at once."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import partial

import pytest
import time_machine

from activity.consent import actions
from activity.consent.models import Condition, ConsentRound, Position
from activity.models import Activity, Email
from community.accounts.actions import erase_member
from community.models import User
from tests.factories import BottleneckFactory, UserFactory, facilitator
from tests.races import run_together
from ui.errors import RuleBroken, StaleForm

pytestmark = [pytest.mark.django_db(transaction=True)]

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
LAST = date(2026, 12, 9)
AFTER = datetime(2026, 12, 10, 9, 0, tzinfo=UTC)


def opened(by, **fields):
    asked = {"subject": BottleneckFactory().subject, "question": "?", "text": "x", "language": "nl"}
    return actions.open_round(**{**asked, **fields}, by=by, closes_on=LAST)


def expected(result: object) -> bool:
    """What was done, or an expected no."""
    return not isinstance(result, BaseException) or isinstance(result, RuleBroken | StaleForm)


@time_machine.travel(NOW)
def test_speaking_closing_a_new_text_and_erasing_meet():
    for _round in range(5):
        by = facilitator()
        members = UserFactory.create_batch(7)
        consent = opened(by)
        for member in members[:6]:
            actions.speak(consent=consent, by=member, version=1, answer="support")
        results = run_together(
            partial(actions.speak, consent=consent, by=members[6], version=1, answer="object", words="nee"),
            partial(actions.speak, consent=consent, by=members[5], version=1, answer="no_opinion"),
            partial(actions.put_version, consent=consent, by=by, version=1, text="y", closes_on=LAST),
            partial(actions.close_round, consent=consent, by=by),
            partial(erase_member, member=members[0]),
        )
        assert all(map(expected, results)), results
        consent.refresh_from_db()
        assert consent.closed_at is not None
        assert not Position.objects.exists()
        assert consent.result is not None
        counts = consent.result["positions"]
        spoke = consent.result["turnout"]["spoke"]
        assert sum(counts.values()) == spoke
        assert spoke in {5, 6, 7}
        assert consent.result["version"] == consent.version
        assert consent.result["text"] == consent.texts.get(number=consent.version).text
        assert Activity.objects.filter(verb="consent_closed", data__round=consent.pk).count() == 1


@time_machine.travel(NOW)
def test_a_round_is_closed_once_whoever_closes_it():
    for _round in range(5):
        by = facilitator()
        consent = opened(by)
        results = run_together(
            partial(actions.close_round, consent=consent, by=by),
            partial(actions.close_due_rounds, now=AFTER),
            partial(actions.close_due_rounds, now=AFTER),
        )
        assert all(map(expected, results)), results
        assert Activity.objects.filter(verb="consent_closed", data__round=consent.pk).count() == 1


@time_machine.travel(NOW)
def test_two_who_name_the_same_condition_at_once_have_one_and_it_goes_with_the_last():
    for _round in range(5):
        consent = opened(facilitator())
        members = UserFactory.create_batch(4)
        named = {"consent": consent, "version": 1, "answer": "support_if", "words": "het mag stoppen"}
        results = run_together(*[partial(actions.speak, by=member, **named) for member in members])
        assert all(isinstance(result, Position) for result in results), results
        assert Condition.objects.get(consent=consent).positions.count() == 4
        results = run_together(
            *[
                partial(actions.speak, consent=consent, by=member, version=1, answer="support")
                for member in members[:3]
            ],
            partial(erase_member, member=members[3]),
        )
        assert all(map(expected, results)), results
        assert not Condition.objects.filter(consent=consent).exists()


@time_machine.travel(NOW)
def test_who_has_not_spoken_is_reminded_once_by_two_workers_and_not_when_it_closes():
    soon = datetime(2026, 12, 8, 9, 0, tzinfo=UTC)
    for _round in range(3):
        by = facilitator()
        consent = opened(by)
        UserFactory.create_batch(20)
        results = run_together(*[partial(actions.remind_of_rounds, now=soon)] * 2)
        assert all(isinstance(result, int) for result in results), results
        reminded = Email.objects.filter(dedupe_key__startswith=f"consent_reminder:{consent.pk}:")
        assert reminded.count() == User.objects.count()
        other = opened(by, question="Nog een?")
        results = run_together(
            partial(actions.remind_of_rounds, now=soon), partial(actions.close_round, consent=other, by=by)
        )
        assert all(map(expected, results)), results
        assert not Email.objects.filter(dedupe_key__startswith=f"consent_reminder:{other.pk}:").exists()
        assert ConsentRound.objects.get(pk=other.pk).closed_at is not None
