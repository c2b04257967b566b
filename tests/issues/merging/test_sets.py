"""Merging and unmerging in any order: every figure is what the votes say, and everything comes back. Spec 02."""

from __future__ import annotations

import uuid
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from activity.conversation.actions import write_comment
from activity.conversation.models import Comment
from activity.following.models import Follow
from community.models import Hub, User
from issues.bottlenecks.actions import cast_vote, take_back_vote, update_estimate
from issues.bottlenecks.figures import differences, support_of
from issues.merging.actions import generalise, propose_merge, take_effect, unmerge
from issues.models import Bottleneck, Merge, Tie, TouchedHub, Vote
from tests.factories import BottleneckFactory, HubFactory, UserFactory, facilitator
from ui.errors import RuleBroken

pytestmark = pytest.mark.django_db

BOTTLENECKS, VOTERS, HUBS = 5, 6, 3
NO_HUB = HUBS  # the place of who belongs to none
START = datetime(2026, 5, 4, 9, tzinfo=UTC)

number = st.integers(0, BOTTLENECKS - 1)
member = st.integers(0, VOTERS - 1)
hours = st.none() | st.integers(1, 80)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("vote"), number, member, hours),
        st.tuples(st.just("move"), number, member, st.integers(0, HUBS)),
        st.tuples(st.just("take_back"), number, member, st.none()),
        st.tuples(st.just("estimate"), number, member, hours),
        st.tuples(st.just("merge"), number, number, st.none()),
        st.tuples(st.just("generalise"), number, number, st.none()),
        st.tuples(st.just("unmerge"), number, number, st.none()),
    ),
    min_size=5,
    max_size=20,
)
#: Most members vote for several before anything is merged, each time for another hub and with another estimate.
BEFORE = st.lists(st.tuples(number, member, hours, st.integers(0, HUBS)), min_size=10, max_size=20)


@dataclass
class Model:
    """The same in plain Python: votes by bottleneck and voter, links, and nothing that is kept."""

    hubs: dict[int, int] = field(default_factory=dict)  # of whom
    votes: dict[tuple[int, int], tuple[int, int, int | None]] = field(
        default_factory=dict
    )  # when, for which hub, hours
    links: dict[int, tuple[int, str]] = field(default_factory=dict)
    clock: int = 0

    def shown(self, one: int) -> int:
        while one in self.links and self.links[one][1] == Tie.MERGED:
            one = self.links[one][0]
        return one

    def above(self, one: int) -> Iterator[int]:
        yield one
        while one in self.links:
            one = self.links[one][0]
            yield one

    def whole(self, one: int) -> set[int]:
        return {other for other in range(BOTTLENECKS) if one in self.above(other)}

    def merged(self, one: int) -> set[int]:
        return {other for other in range(BOTTLENECKS) if self.shown(other) == one}

    def mine(self, one: int, member: int) -> list[int]:
        return [other for other in self.merged(self.shown(one)) if (other, member) in self.votes]

    def figures(self, one: int) -> tuple[int, int, Decimal, int, Decimal]:
        """Distinct members, hubs, hours, estimates and support over the set of ``one``."""
        by_member: dict[int, list[tuple[int, int, int | None]]] = defaultdict(list)
        for (other, member), vote in self.votes.items():
            if other in self.whole(one):
                by_member[member].append(vote)
        hubs = Counter(min(votes)[1] for votes in by_member.values())
        largest = [max((said for _at, _hub, said in votes if said), default=None) for votes in by_member.values()]
        estimates = [said for said in largest if said is not None]
        reached = len(hubs.keys() - {NO_HUB})
        return len(by_member), reached, Decimal(sum(estimates)), len(estimates), support_of(hubs.values())


@dataclass
class Portal:
    """The rows that stand for the model's numbers."""

    rows: list[Bottleneck]
    hubs: list[Hub | None]
    voters: list[User]
    by: User
    clock: Any

    def standing(self, one: int) -> Merge | None:
        return Merge.objects.standing().filter(other=self.rows[one]).first()

    def figures(self, one: int) -> tuple[int, int, Decimal, int, Decimal]:
        row = Bottleneck.objects.get(pk=self.rows[one].pk)
        return row.member_count, row.hub_count, row.hours, row.estimate_count, row.support


def step(model: Model, portal: Portal, kind: str, one: int, other: int, said: int | None) -> None:
    """Do the same to both; what the model cannot do the portal refuses."""
    portal.clock.shift(timedelta(seconds=1))
    model.clock += 1
    row = Bottleneck.objects.get(pk=portal.rows[one].pk)
    hours = Decimal(said) if said else None
    match kind:
        case "vote":
            cast_vote(bottleneck=row, by=portal.voters[other], hours=hours)
            if not model.mine(one, other):
                model.votes[model.shown(one), other] = model.clock, model.hubs.get(other, NO_HUB), said
        case "move":
            portal.voters[other].primary_hub = portal.hubs[said or 0]
            model.hubs[other] = said or 0
        case "take_back":
            take_back_vote(bottleneck=row, by=portal.voters[other])
            for each in model.mine(one, other):
                del model.votes[each, other]
        case "estimate":
            mine = model.mine(one, other)
            if not mine:
                with pytest.raises(RuleBroken, match="Vote first"):
                    update_estimate(bottleneck=row, by=portal.voters[other], hours=hours)
            else:
                is_new = max(model.votes[each, other][2] or 0 for each in mine) != (said or 0)
                assert update_estimate(bottleneck=row, by=portal.voters[other], hours=hours).has_changed == is_new
                for each in mine if is_new else []:
                    model.votes[each, other] = *model.votes[each, other][:2], said
        case "merge" | "generalise":
            _link(model, portal, one, other, Tie.MERGED if kind == "merge" else Tie.CHILD)
        case "unmerge":
            merge = portal.standing(one)
            assert (merge is None) == (one not in model.links)
            if merge is not None:
                unmerge(merge=merge, by=portal.by, reason="x", language="en")
                del model.links[one]


def _link(model: Model, portal: Portal, one: int, other: int, tie: str) -> None:
    said: dict[str, Any] = {"by": portal.by, "reason": "x", "language": "en"}
    pair = {"other": portal.rows[one], "main": portal.rows[other]}
    act: Callable[..., Merge] = propose_merge if tie == Tie.MERGED else generalise
    is_merged = other in model.links and model.links[other][1] == Tie.MERGED
    if one in model.links or is_merged or one in model.above(other):
        if one in model.links and model.links[one] == (other, tie):
            return  # a repeat
        with pytest.raises(RuleBroken):
            act(**pair, **said)
        return
    merge = act(**pair, **said)
    if tie == Tie.MERGED:
        portal.clock.shift(timedelta(days=7))
        assert take_effect(merge=merge, now=merge.objections_until)
    model.links[one] = other, tie


def everything() -> dict[str, Any]:
    """What a merge leaves alone: votes, follows and comments as they are."""
    return {
        "votes": list(Vote.objects.order_by("pk").values()),
        "follows": list(Follow.objects.order_by("pk").values()),
        "comments": list(Comment.objects.order_by("pk").values()),
        "hubs": list(
            TouchedHub.objects.order_by("bottleneck", "hub").values_list("bottleneck", "hub", "is_from_filer")
        ),
        "rows": list(
            Bottleneck.objects.order_by("pk").values(
                *("pk", "title", "author", "main", "tie", "parts", "subject__merged_into", "subject__closed_at"),
                *("member_count", "hub_count", "hours", "estimate_count", "support", "generic_at", "generic_with"),
            )
        ),
    }


@pytest.fixture
def portal() -> Iterator[Portal]:
    with time_machine.travel(START, tick=False) as clock:
        hubs: list[Hub | None] = [*HubFactory.create_batch(HUBS), None]
        voters = UserFactory.create_batch(VOTERS)
        rows = [BottleneckFactory(hubs=[hub for hub in hubs if hub][: place % 3]) for place in range(BOTTLENECKS)]
        yield Portal(rows, hubs, voters, facilitator(), clock)


@pytest.mark.slow
@pytest.mark.timeout(600)
@settings(max_examples=15, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(before=BEFORE, steps=STEPS, data=st.data())
def test_support_is_the_distinct_members_over_the_set_and_all_comes_back(
    portal: Portal,
    before: list[tuple[int, int, int | None, int]],
    steps: list[tuple[str, int, int, int | None]],
    data: st.DataObject,
) -> None:
    for voter in portal.voters:
        voter.primary_hub = None
    with transaction.atomic():
        model = Model()
        for one, who, said, hub in before:
            step(model, portal, "move", one, who, hub)
            step(model, portal, "vote", one, who, said)
        for kind, one, other, said in steps:
            step(model, portal, kind, one, other, said)
            for each in range(BOTTLENECKS):
                assert portal.figures(each) == model.figures(each)
        assert list(differences()) == []
        call_command("recount", stdout=StringIO())
        for one in data.draw(st.permutations(sorted(model.links))):
            step(model, portal, "unmerge", one, one, None)
            for each in range(BOTTLENECKS):
                assert portal.figures(each) == model.figures(each)
        assert {(row["bottleneck_id"], row["voter_key"]) for row in Vote.objects.values()} == {
            (portal.rows[one].pk, portal.voters[who].voter_key) for one, who in model.votes
        }
        call_command("recount", stdout=StringIO())
        transaction.set_rollback(True)


@pytest.mark.slow
@pytest.mark.timeout(600)
@settings(max_examples=10, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(
    votes=st.sets(st.tuples(number, member), max_size=20),
    links=st.lists(st.tuples(number, number, st.sampled_from(Tie)), min_size=1, max_size=8),
    data=st.data(),
)
def test_merges_alone_change_no_vote_follow_comment_or_figure_for_good(
    portal: Portal,
    votes: set[tuple[int, int]],
    links: list[tuple[int, int, Tie]],
    data: st.DataObject,
    settings: Any,
) -> None:
    settings.GENERIC_MIN_VOTES, settings.GENERIC_MIN_HUBS = 4, 2
    with transaction.atomic():
        model = Model()
        for one, who in sorted(votes):
            step(model, portal, "vote", one, who, None)
            subject = portal.rows[one].subject
            write_comment(subject=subject, by=portal.voters[who], text=str(uuid.uuid4()), language="nl")
        before = everything()
        own = set(TouchedHub.objects.values_list("bottleneck", "hub"))
        for one, other, tie in links:
            _link(model, portal, one, other, tie)
        for one in range(BOTTLENECKS):
            if one == model.shown(one):
                merged = {portal.rows[each].pk for each in model.merged(one)}
                touched = set(TouchedHub.objects.filter(bottleneck=portal.rows[one]).values_list("hub", flat=True))
                assert touched == {hub for row, hub in own if row in merged}
        call_command("recount", stdout=StringIO())
        for one in data.draw(st.permutations(sorted(model.links))):
            step(model, portal, "unmerge", one, one, None)
        assert everything() == before
        transaction.set_rollback(True)
