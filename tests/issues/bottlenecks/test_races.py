"""Votes from many people, and from one person in two places, on real connections. Spec 00, Two people at once."""

import uuid
from functools import partial
from threading import Barrier, Thread

import pytest
from django.db import connections, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from activity.actions import update_subject
from activity.locks import lock_subject
from issues.bottlenecks import actions
from issues.bottlenecks.figures import differences
from issues.models import Vote
from tests.factories import BottleneckFactory, HubFactory, UserFactory, member_of
from tests.races import run_together
from ui.errors import RuleBroken

pytestmark = pytest.mark.django_db(transaction=True)

THREADS = 20


@pytest.mark.slow
def test_five_hundred_votes_at_once_leave_figures_equal_to_a_recount():
    bottleneck, hubs = BottleneckFactory(), HubFactory.create_batch(7)
    voters = [UserFactory(primary_hub=hubs[n % 8] if n % 8 < 7 else None) for n in range(500)]

    def cast(share: int) -> int:
        return sum(actions.cast_vote(bottleneck=bottleneck, by=voter).has_changed for voter in voters[share::THREADS])

    assert sum(run_together(*[partial(cast, share) for share in range(THREADS)])) == 500
    bottleneck.refresh_from_db()
    assert (bottleneck.member_count, bottleneck.hub_count) == (500, 7)
    assert list(differences()) == []
    assert bottleneck.subject.activities.filter(verb="voted").count() == 500
    assert bottleneck.subject.activities.filter(verb="became_generic").count() == 1


def test_voting_and_taking_back_at_once_leave_figures_equal_to_a_recount():
    bottleneck, hub = BottleneckFactory(), HubFactory()
    voters = [member_of(hub) for _n in range(8)]
    for voter in voters[:4]:
        actions.cast_vote(bottleneck=bottleneck, by=voter)
    run_together(
        *[partial(actions.take_back_vote, bottleneck=bottleneck, by=voter) for voter in voters[:4]],
        *[partial(actions.cast_vote, bottleneck=bottleneck, by=voter) for voter in voters[4:]],
    )
    bottleneck.refresh_from_db()
    assert (bottleneck.member_count, bottleneck.support) == (4, 2)
    assert list(differences()) == []


def test_two_last_votes_at_once_make_it_generic_exactly_once(settings):
    settings.GENERIC_MIN_VOTES = settings.GENERIC_MIN_HUBS = 2
    for _round in range(8):
        bottleneck = BottleneckFactory()
        voters = [member_of(HubFactory()) for _n in range(3)]
        run_together(*[partial(actions.cast_vote, bottleneck=bottleneck, by=voter) for voter in voters])
        assert bottleneck.subject.activities.filter(verb="became_generic").count() == 1


def test_a_vote_from_two_browsers_at_once_counts_once():
    anna = member_of(HubFactory())
    for _round in range(3):
        bottleneck = BottleneckFactory()
        browsers = [Client() for _n in range(4)]
        for browser in browsers:
            browser.force_login(anna)
        url = reverse("issues:bottleneck_vote", args=[bottleneck.pk])
        answers = run_together(*[partial(browser.post, url) for browser in browsers])
        assert [answer.status_code for answer in answers] == [302] * 4  # type: ignore[union-attr]
        bottleneck.refresh_from_db()
        assert bottleneck.member_count == Vote.objects.filter(bottleneck=bottleneck).count() == 1
        assert bottleneck.subject.activities.filter(verb="voted").count() == 1


def test_no_vote_slips_in_behind_the_closing():
    """Whoever closes locks the subject first; a vote that waited for that lock must see that it is closed."""
    bottleneck, anna = BottleneckFactory(), UserFactory()
    outcome: list[object] = []
    locked = Barrier(2)

    def vote() -> None:
        locked.wait(timeout=30)
        try:
            outcome.append(actions.cast_vote(bottleneck=bottleneck, by=anna))
        except RuleBroken as refusal:
            outcome.append(refusal)
        finally:
            connections.close_all()

    voter = Thread(target=vote)
    voter.start()
    with transaction.atomic():
        subject = lock_subject(bottleneck.subject_id)
        locked.wait(timeout=30)
        while not waiting_for_locks():  # the vote has reached the lock
            pass
        update_subject(subject, closed_at=timezone.now())
    voter.join(timeout=30)
    assert isinstance(outcome[0], RuleBroken)
    assert not Vote.objects.exists()


def waiting_for_locks() -> bool:
    with connections["default"].cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock')"
        )
        return bool(cursor.fetchone()[0])


def test_the_same_title_filed_from_two_tabs_at_once_is_filed_once():
    """Each tab has a key of its own: only who files, and what, says that it is the same."""
    anna, bram = member_of(HubFactory()), member_of(HubFactory())
    for round_ in range(4):
        file = partial(actions.file_bottleneck, title=f"Models wait {round_}", situation="Nobody runs them.")
        filed = run_together(
            *[partial(file, by=anna, creation_key=uuid.uuid4()) for _tab in range(3)],
            partial(file, by=bram, creation_key=uuid.uuid4()),
        )
        numbers = [bottleneck.pk for bottleneck in filed]  # type: ignore[attr-defined]
        assert len(set(numbers[:3])) == 1
        assert numbers[3] != numbers[0]
        assert Vote.objects.filter(bottleneck__in=numbers).count() == 2
