"""Who sees what: the rule is one, however it is asked."""

from __future__ import annotations

import random
import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db.models import OuterRef
from django.utils import timezone

from activity.models import Audience, Email, Subject
from activity.visibility import may_read
from community.models import Hub, Membership, User
from events.models import Session
from issues.models import Bottleneck
from tests.book import may_read_by_the_book
from tests.factories import FacilitatorTermFactory, HubFactory, MembershipFactory, UserFactory, member_of
from tests.plans import plan_of

pytestmark = pytest.mark.django_db


def _some[T](chance: random.Random, things: list[T]) -> list[T]:
    return chance.sample(things, chance.randint(0, min(3, len(things))))


def _hubs(chance: random.Random) -> list[Hub]:
    hubs: list[Hub] = HubFactory.create_batch(4)
    for hub in hubs:
        Subject.objects.filter(pk=hub.subject.pk).update(**_state(chance))
    return hubs


def _state(chance: random.Random) -> dict[str, Any]:
    now = timezone.now()
    return {
        "audience": chance.choice(Audience.values),
        "announced_at": chance.choice([None, now, now]),
        "hidden_at": chance.choice([None, None, now]),
    }


def _readers(chance: random.Random, hubs: list[Hub]) -> list[User]:
    now = timezone.now()
    readers: list[User] = []
    for number in range(14):
        reader: User = UserFactory(is_superuser=number % 5 == 0, activated_at=chance.choice([now, now, None]))
        for hub in _some(chance, hubs):
            ended = chance.choice([None, None, now])
            role = chance.choice(Membership.Role.values)
            MembershipFactory(member=reader, hub=hub, role=role, started_at=now - timedelta(days=9), ended_at=ended)
        if chance.random() < 0.3:
            ended = chance.choice([None, now])
            FacilitatorTermFactory(member=reader, started_at=now - timedelta(days=9), ended_at=ended)
        readers.append(reader)
    return readers


def _subjects(chance: random.Random, hubs: list[Hub], readers: list[User]) -> list[Subject]:
    for _number in range(40):
        kind = chance.choice([Session.SUBJECT_KIND, Bottleneck.SUBJECT_KIND])
        subject = Subject.objects.create(kind=kind, title="T", **_state(chance))
        subject.hubs.set(hub.subject for hub in _some(chance, hubs))
        subject.readers.set(_some(chance, readers))
    return list(Subject.objects.all())


@pytest.mark.parametrize("seed", range(3))
def test_one_reader_pairs_and_the_book_agree_about_random_subjects_and_readers(
    seed: int, django_assert_num_queries
) -> None:
    chance = random.Random(seed)
    hubs = _hubs(chance)
    readers = _readers(chance, hubs)
    subjects = _subjects(chance, hubs, readers)
    Email.objects.bulk_create(
        Email(member=reader, subject=subject, kind="x", dedupe_key=f"{reader.pk}:{subject.pk}")
        for reader in readers
        for subject in subjects
    )
    expected = {
        (reader.pk, subject.pk) for reader in readers for subject in subjects if may_read_by_the_book(reader, subject)
    }
    assert 0 < len(expected) < len(readers) * len(subjects)

    with django_assert_num_queries(1):
        pairs = set(Email.objects.filter(may_read(OuterRef("member"), "subject")).values_list("member", "subject"))
    assert pairs == expected

    fresh = list(User.objects.filter(pk__in=[reader.pk for reader in readers]))
    assert {(reader.pk, subject.pk) for reader in fresh for subject in Subject.objects.visible_to(reader)} == expected
    for reader in fresh:
        theirs = Email.objects.filter(may_read(reader, "subject"), member=reader)
        assert {(reader.pk, mail.subject_id) for mail in theirs} == {pair for pair in expected if pair[0] == reader.pk}
    each = {(reader.pk, subject.pk) for reader in fresh for subject in subjects if subject.may_be_read_by(reader)}
    assert each == expected

    for_all = {subject.pk for subject in subjects if subject.is_shared}
    assert for_all == set(Subject.objects.for_every_member().values_list("pk", flat=True))
    assert {(reader.pk, pk) for reader in readers for pk in for_all} <= expected

    visitor = AnonymousUser()
    seen = set(Subject.objects.visible_to(visitor).values_list("pk", flat=True))
    assert seen == {subject.pk for subject in subjects if may_read_by_the_book(visitor, subject)}


def test_what_is_not_shared_is_found_once_for_a_whole_list():
    """As an array: with a subquery beside "or" the planner reads all subjects for a list of twenty sessions."""
    member = member_of(HubFactory())
    sessions = Session.objects.visible_to(member)
    plan = plan_of(sessions.order_by("starts_at"), without=())
    assert re.findall(r"is_shared OR \((\w+\.)?\w+ = ANY \(\(InitPlan", plan)
    assert not re.findall(r"is_shared OR .*SubPlan", plan)
