"""What the facilitator of the demonstration merged, and what is proposed and objected to."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from activity.actions import entry
from activity.models import Subject
from activity.verbs import Verb
from community.hubs import tallies
from issues.bottlenecks.figures import recount_all
from issues.bottlenecks.sets import keep_touched
from issues.merging import verbs
from issues.merging.models import TO_OBJECT
from issues.models import Bottleneck, BottleneckTally, Merge, Objection, Tie, Vote
from portal.demo import source
from portal.demo.story import Story


def load_merges(story: Story) -> None:
    """Write them with the days of the story, and count sets and hubs anew."""
    by = story.members[story.people["accounts"]["facilitator"]]
    rows = {row.subject_id: row for row in Bottleneck.objects.select_related("subject").defer("search")}
    for told in source.texts("merges")["merges"]:
        other, main = (rows[story.bottlenecks[told[side]].pk] for side in ("other", "main"))
        proposed_at = story.at(story.today - timedelta(days=told["proposed"]), 11)
        merge = Merge.objects.create(
            other=other,
            main=main,
            by=by,
            reason=told["reason"].strip(),
            proposed_at=proposed_at,
            objections_until=proposed_at + TO_OBJECT,
        )
        _tell(story, other.subject, verbs.MERGE_PROPOSED, main.subject, proposed_at, merge=merge.pk, by=by)
        _tell(story, main.subject, verbs.MERGE_PROPOSED_HERE, other.subject, proposed_at, merge=merge.pk)
        if "objection" in told:
            _object(story, merge, told, proposed_at)
        if "effective" in told:
            merge.state, merge.effective_at = Merge.State.EFFECTIVE, merge.objections_until
            merge.save(update_fields=["state", "effective_at"])
            _merge(story, merge)
    recount_all()
    tallies.keep_all(BottleneckTally)


def _object(story: Story, merge: Merge, told: dict[str, Any], proposed_at: datetime) -> None:
    """Somebody who supports it objects on the next day, and who proposed it answers on the day after."""
    made_at, answered_at = proposed_at + timedelta(days=1), proposed_at + timedelta(days=2)
    vote = Vote.objects.filter(bottleneck=merge.other).exclude(member=merge.by).order_by("cast_at", "pk").first()
    assert vote is not None  # noqa: S101 - the story says so
    objection = Objection.objects.create(
        merge=merge,
        by=vote.member,
        text=told["objection"],
        made_at=made_at,
        answer=told["answer"],
        answered_by=merge.by,
        answered_at=answered_at,
    )
    subject = merge.other.subject
    _tell(story, subject, verbs.MERGE_OBJECTED, None, made_at, merge=merge.pk)
    numbers = {"merge": merge.pk, "objection": objection.pk}
    _tell(story, subject, verbs.OBJECTION_ANSWERED, None, answered_at, by=merge.by, **numbers)


def _merge(story: Story, merge: Merge) -> None:
    """Let the one point to the other."""
    other, main = merge.other, merge.main
    assert merge.effective_at is not None  # noqa: S101 - set by the caller
    other.main, other.tie, other.subject.merged_into = main, Tie.MERGED, main.subject
    other.save(update_fields=["main", "tie"])
    other.subject.save(update_fields=["merged_into"])
    main.parts = [other.pk]
    main.save(update_fields=["parts"])
    keep_touched(main)
    _tell(story, other.subject, verbs.MERGED_INTO, main.subject, merge.effective_at, merge=merge.pk)
    _tell(story, main.subject, verbs.MERGED_HERE, other.subject, merge.effective_at, merge=merge.pk)


def _tell(
    story: Story, subject: Subject, verb: Verb, other: Subject | None, at: datetime, *, by: Any = None, **numbers: int
) -> None:
    story.ledger.append(entry(subject, verb, by=by, other=other, data=numbers, at=at))
