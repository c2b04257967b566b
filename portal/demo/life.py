"""What the hubs of the demonstration take up themselves, what was changed, and how some bottlenecks ended."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from activity.models import Todo
from community.hubs import tallies
from community.models import Hub, Membership, MembershipRole, User
from issues import verbs
from issues.adoptions.steps import TAKEN_UP
from issues.adoptions.todos import PROPOSED
from issues.bottlenecks.models import TEXTS
from issues.endings.clock import ANSWERED_WITHIN, ASKED_AFTER
from issues.models import Adoption, Bottleneck, BottleneckTally, Ending, NextStep, State, TextChange, Vote
from portal.demo import source
from portal.demo.story import Story
from ui.workdays import workday_before


def load_life(story: Story) -> None:
    """Write what hubs took up and were asked to, what was changed, and how bottlenecks ended."""
    rows = {row.subject_id: row for row in Bottleneck.objects.select_related("subject").defer("search")}
    told = source.texts("life")
    for row in told["adopted"]:
        _adopted(story, rows[story.bottlenecks[row["number"]].pk], row)
    for row in told["asked"]:
        _asked(story, rows[story.bottlenecks[row["number"]].pk], row)
    for row in told["changed"]:
        _changed(story, rows[story.bottlenecks[row["number"]].pk], row)
    for row in told["ended"]:
        _ended(story, rows[story.bottlenecks[row["number"]].pk], row)
    tallies.keep_all(BottleneckTally)


def _adopted(story: Story, bottleneck: Bottleneck, row: dict[str, Any]) -> None:
    hub, at = story.hubs[row["hub"]], _moment(story, row["days"], 11)
    by = _speaker(hub)
    Adoption.objects.create(hub=hub, bottleneck=bottleneck, by=by, plan=row["plan"].strip(), began_at=at)
    bottleneck.life = {TAKEN_UP.key: at.isoformat()}
    if bottleneck.generic_at is not None:
        bottleneck.stepped_at = at
    bottleneck.save(update_fields=["life", "stepped_at"])
    story.record(bottleneck.subject, verbs.TAKEN_UP, by=by, other=hub.subject, at=at)


def _asked(story: Story, bottleneck: Bottleneck, row: dict[str, Any]) -> None:
    at = story.at(workday_before(row["workdays"], story.today), 14)
    for name in row["hubs"]:
        asked = Adoption.objects.create(hub=story.hubs[name], bottleneck=bottleneck, asked_at=at)
        Todo.objects.create(
            kind=PROPOSED, hub=asked.hub.subject, subject=bottleneck.subject, key=str(asked.pk), created_at=at
        )
    by = story.members[story.people["accounts"]["facilitator"]]
    bottleneck.stepped_at = at
    bottleneck.save(update_fields=["stepped_at"])
    NextStep.objects.create(
        bottleneck=bottleneck, kind=NextStep.Kind.PROPOSED, by=by, text=row["text"].strip(), language="nl", taken_at=at
    )
    story.record(bottleneck.subject, verbs.ADOPTION_PROPOSED, by=by, at=at)


def _changed(story: Story, bottleneck: Bottleneck, row: dict[str, Any]) -> None:
    """Whoever filed it put a change to those who support it; some have said that it is theirs as it stands now."""
    at = _moment(story, row["days"], 10)
    after = {name: getattr(bottleneck, name) for name in TEXTS}
    TextChange.objects.create(
        bottleneck=bottleneck,
        by=bottleneck.author,
        before={**after, **row["before"]},
        after=after,
        why=row["why"],
        made_at=at,
    )
    bottleneck.changed_at, bottleneck.version = at, bottleneck.version + 1
    bottleneck.save(update_fields=["changed_at", "version"])
    story.record(bottleneck.subject, verbs.TEXT_CHANGED, by=bottleneck.author, data={"fields": [*row["before"]]}, at=at)
    still_asked = {story.members[name] for name in story.people["accounts"].values()} - {bottleneck.author}
    older = Vote.objects.filter(bottleneck=bottleneck, cast_at__lt=at).exclude(member__in=still_asked)
    for place, vote in enumerate(older.order_by("cast_at", "pk")[: row["confirmed"]]):
        vote.confirmed_at = at + timedelta(hours=2 + 5 * place)
        vote.save(update_fields=["confirmed_at"])
        story.record(bottleneck.subject, verbs.SUPPORT_CONFIRMED, at=vote.confirmed_at)


def _ended(story: Story, bottleneck: Bottleneck, row: dict[str, Any]) -> None:
    at, hub = _moment(story, row["days"], 15), story.hubs.get(row.get("hub", ""))
    by = _speaker(hub) if hub else story.members[story.people["accounts"]["facilitator"]]
    text = row["text"].strip()
    route = row.get("route", "formal" if row["how"] == "declined" else "")
    ending = Ending(bottleneck=bottleneck, how=row["how"], route=route, by=by, hub=hub, text=text, ended_at=at)
    subject, state = bottleneck.subject, State(row["how"])
    if ending.how == Ending.How.SOLVED:
        ending.asked_at, ending.asks_until = at + ASKED_AFTER, at + ASKED_AFTER + ANSWERED_WITHIN
    if answers := row.get("answers"):
        ending.settled_at, ending.result, state = ending.asks_until, answers, State.CONFIRMED
    ending.save()
    data = {"ending": ending.pk}
    if hub is not None:
        Adoption.objects.filter(hub=hub, bottleneck=bottleneck).update(ended_at=at, outcome="delivered", words=text)
        story.record(subject, verbs.HUB_DELIVERED, by=by, other=hub.subject, data=data, at=at)
    elif ending.how == Ending.How.SOLVED:
        story.record(subject, verbs.MARKED_SOLVED, by=by, data=data, at=at)
    else:
        story.record(subject, verbs.BOTTLENECK_DECLINED, by=by, data=data, at=at)
    if ending.asked_at:
        story.record(subject, verbs.ASKED_WHETHER_SOLVED, system=True, data=data, at=ending.asked_at)
        for answer in range(sum((ending.result or {}).values())):
            said_at = ending.asked_at + timedelta(hours=answer + 1)
            story.record(subject, verbs.NOTICE_ANSWERED, data=data, at=said_at)
    if ending.settled_at:
        data = {**data, **(ending.result or {})}
        story.record(subject, verbs.CONFIRMED_SOLVED, system=True, data=data, at=ending.settled_at)
    bottleneck.state, bottleneck.route, subject.closed_at = state, route, at
    bottleneck.save(update_fields=["state", "route"])
    subject.save(update_fields=["closed_at"])


def _moment(story: Story, days: int, hour: int) -> datetime:
    return story.at(story.today - timedelta(days=days), hour)


def _speaker(hub: Hub) -> User:
    """Who has spoken for a hub the longest."""
    rows = Membership.objects.filter(hub=hub, role=MembershipRole.REPRESENTATIVE).select_related("member")
    return rows.order_by("started_at", "pk")[0].member
