"""Votes and merges at the same moment, on real connections: the acceptance of spec 09. No figure is off, nobody waits
for somebody who waits for them."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from io import StringIO
from itertools import batched
from random import Random

import pytest
from django.core.management import call_command
from django.db import OperationalError, connection
from django.utils import timezone

from community.models import User
from issues.bottlenecks.actions import cast_vote, take_back_vote
from issues.merging.actions import generalise, propose_merge, take_effect, unmerge
from issues.models import Bottleneck, Merge, Vote
from tests.factories import BottleneckFactory, HubFactory, UserFactory, facilitator
from tests.races import run_together
from ui.errors import RuleBroken

pytestmark = pytest.mark.django_db(transaction=True)

VOTES, BOTTLENECKS, VOTERS, THREADS, MOVERS = 1_000, 20, 60, 10, 4


def _deadlocks() -> int:
    """How many deadlocks PostgreSQL has noted in this database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return int(cursor.fetchone()[0])


def _move(rows: list[Bottleneck], by: User, seed: int) -> int:
    """Merge, generalise and unmerge at random; returns how often something moved. What is refused is no matter."""
    chance, moved = Random(seed), 0
    said = {"by": by, "reason": "x", "language": "en"}
    for _turn in range(40):
        other, main = (Bottleneck.objects.get(pk=row.pk) for row in chance.sample(rows, 2))
        try:
            match chance.choice(["merge", "merge", "generalise", "unmerge", "unmerge"]):
                case "merge":
                    merge = propose_merge(other=other, main=main, **said)
                    Merge.objects.filter(pk=merge.pk, state="proposed").update(objections_until=timezone.now())
                    moved += take_effect(merge=merge, now=timezone.now() + timedelta(seconds=1))
                case "generalise":
                    generalise(other=other, main=main, **said)
                    moved += 1
                case _:
                    for merge in Merge.objects.filter(state="effective").order_by("?")[:1]:
                        moved += unmerge(merge=merge, **said)
        except RuleBroken:
            continue
    return moved


@pytest.mark.slow
def test_a_thousand_votes_among_merges_leave_figures_equal_to_a_recount_and_no_deadlock() -> None:
    rows, hubs = BottleneckFactory.create_batch(BOTTLENECKS), HubFactory.create_batch(5)
    voters = [UserFactory(primary_hub=hubs[place % 5]) for place in range(VOTERS)]
    chance, before = Random(12), _deadlocks()
    acts = [(chance.choice(rows), chance.choice(voters), chance.random() < 0.7) for _vote in range(VOTES)]

    def vote(share: tuple[tuple[Bottleneck, User, bool], ...]) -> int:
        changed = 0
        for bottleneck, voter, gives in share:
            act = cast_vote if gives else take_back_vote
            changed += act(bottleneck=Bottleneck.objects.get(pk=bottleneck.pk), by=voter).has_changed
        return changed

    movers = [partial(_move, rows, facilitator(), seed) for seed in range(MOVERS)]
    shares = [partial(vote, share) for share in batched(acts, VOTES // THREADS, strict=True)]
    done = run_together(*movers, *shares)
    assert [result for result in done if isinstance(result, BaseException)] == []
    moved, voted = (sum(int(str(result)) for result in some) for some in (done[:MOVERS], done[MOVERS:]))
    assert moved > MOVERS * 5, "merges and unmerges happened meanwhile"
    assert voted > VOTES // 4
    call_command("recount", stdout=StringIO())
    assert _deadlocks() == before
    assert Vote.objects.exists()


def test_a_vote_that_waits_for_a_merge_counts_for_the_main_one() -> None:
    for _round in range(4):
        other, main = BottleneckFactory(), BottleneckFactory()
        by, voters = facilitator(), UserFactory.create_batch(3)
        merge = propose_merge(other=other, main=main, by=by, reason="x", language="en")
        Merge.objects.filter(pk=merge.pk).update(objections_until=timezone.now())
        merge.refresh_from_db()
        done = run_together(
            partial(take_effect, merge=merge, now=timezone.now() + timedelta(seconds=1)),
            *[partial(cast_vote, bottleneck=other, by=voter) for voter in voters],
        )
        assert done[0] is True
        assert not any(isinstance(result, (BaseException, OperationalError)) for result in done)
        main.refresh_from_db()
        assert main.member_count == 3
        assert main.parts == [other.pk]
        call_command("recount", stdout=StringIO())


def test_merging_each_into_the_other_at_once_merges_one() -> None:
    for _round in range(4):
        one, two = BottleneckFactory(), BottleneckFactory()
        by = facilitator()
        merges = [propose_merge(other=a, main=b, by=by, reason="x", language="en") for a, b in ((one, two), (two, one))]
        Merge.objects.update(objections_until=timezone.now())
        now = timezone.now() + timedelta(seconds=1)
        done = run_together(*[partial(take_effect, merge=merge, now=now) for merge in merges])
        assert sorted(str(result) for result in done) == ["False", "True"]
        assert sorted(Merge.objects.filter(pk__in=[m.pk for m in merges]).values_list("state", flat=True)) == [
            "dropped",
            "effective",
        ]
        call_command("recount", stdout=StringIO())
