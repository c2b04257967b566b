"""What holds the members of the demonstration up, and who supports what since when."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.utils.text import slugify

from activity.models import Audience
from community.hubs import tallies
from community.models import Hub, User
from issues import verbs
from issues.bottlenecks.figures import recount_all
from issues.models import Attribution, Bottleneck, BottleneckTally, BottleneckTopic, Theme, TouchedHub, Vote
from portal.demo import source
from portal.demo.story import ZONE, Story

MORNING = date(2018, 6, 14)  # on which the representatives of the hubs drew up their list
ORIGIN = "Ochtend kernvertegenwoordigers"
FROM_THE_MORNING = 24  # the bottlenecks with a number up to this one
ESTIMATING = 0.4  # the share of supporters who estimate their hours


def load_bottlenecks(story: Story) -> None:
    """Write themes, bottlenecks and votes, with the figures they add up to."""
    themes = {
        name: Theme(name=name, slug=slugify(name), explanation=told["explanation"], position=position)
        for position, (name, told) in enumerate(source.texts("themes").items(), 1)
    }
    Theme.objects.bulk_create(themes.values())
    told = source.texts("bottlenecks")
    rows = sorted(source.bottlenecks(), key=lambda row: _filed_at(story, row, told[str(row.number)]))
    filed = [_filed_at(story, row, told[str(row.number)]) for row in rows]
    subjects = story.subjects(
        Bottleneck.SUBJECT_KIND,
        [(row.title, at, Audience.MEMBERS) for row, at in zip(rows, filed, strict=True)],
    )
    made: list[Bottleneck] = []
    for row, subject, filed_at in zip(rows, subjects, filed, strict=True):
        more = told[str(row.number)]
        author = _author(story, row, more, filed_at)
        attribution = more.get("attribution") or (Attribution.NAMED if author else Attribution.IMPORTED)
        author = None if attribution == Attribution.ANONYMOUS else author
        is_old = row.number <= FROM_THE_MORNING
        made.append(
            Bottleneck(
                subject=subject,
                title=row.title,
                situation=f"{row.situation} {more.get('extra', '')}".strip(),
                impact=more["impact"],
                wish=more["wish"],
                tried=more.get("tried", ""),
                theme=themes[row.theme],
                author=author,
                attribution=attribution,
                filed_at=filed_at,
                origin=ORIGIN if is_old else "",
                origin_number=row.number if is_old else None,
                dots=row.dots if is_old else None,
                noted_hours=_half_hours(row.hours) if not author and row.hours else None,
            )
        )
    Bottleneck.objects.bulk_create(made)
    story.bottlenecks = {row.number: subject for row, subject in zip(rows, subjects, strict=True)}
    touched = {
        bottleneck.pk: [story.hubs[name] for name in row.hubs] for bottleneck, row in zip(made, rows, strict=True)
    }
    TouchedHub.objects.bulk_create(
        TouchedHub(bottleneck=bottleneck, hub=hub) for bottleneck in made for hub in touched[bottleneck.pk]
    )
    BottleneckTopic.objects.bulk_create(
        BottleneckTopic(bottleneck=bottleneck, topic=topic)
        for bottleneck in made
        for topic in story.topics.values()
        if topic.label_nl.casefold() in f"{bottleneck.title} {bottleneck.situation} {bottleneck.wish}".casefold()
    )
    story.link(
        {
            bottleneck.subject: ([hub.subject for hub in touched[bottleneck.pk]], bottleneck.get_absolute_url())
            for bottleneck in made
        }
    )
    votes = []
    for bottleneck, row in zip(made, rows, strict=True):
        verb = verbs.BOTTLENECK_FILED_UNNAMED
        if bottleneck.attribution == Attribution.NAMED:
            verb = verbs.BOTTLENECK_FILED
        elif bottleneck.attribution == Attribution.IMPORTED:
            verb = verbs.BOTTLENECK_LISTED
        story.record(
            bottleneck.subject,
            verb,
            by=bottleneck.author if bottleneck.attribution == Attribution.NAMED else None,
            system=bottleneck.attribution == Attribution.IMPORTED,
            at=bottleneck.filed_at,
        )
        votes += _votes(story, bottleneck, row, told[str(row.number)], touched[bottleneck.pk])
    Vote.objects.bulk_create(votes, batch_size=2_000)
    Bottleneck.objects.bulk_update(made, ["generic_at"])
    recount_all()
    tallies.keep_all(BottleneckTally)


def _filed_at(story: Story, row: source.BottleneckRow, more: dict[str, Any]) -> datetime:
    if row.number <= FROM_THE_MORNING:
        return story.at(MORNING, 9, 30 + 4 * row.number)
    day = story.today - timedelta(days=more["days"])
    if more.get("attribution") == Attribution.ANONYMOUS:
        return story.at(day, 0)  # no more than the day is known
    return story.at(day, 9 + row.number % 8, row.number)


def _author(story: Story, row: source.BottleneckRow, more: dict[str, Any], filed_at: datetime) -> User | None:
    """Who filed it: as told, else somebody of its hubs; nobody where the list is all that is left."""
    if "author" in more:
        return story.members[more["author"]]
    candidates = [
        membership.member
        for name in row.hubs
        for membership in story.of_hub[story.hubs[name].pk]
        if membership.started_at < filed_at
    ]
    return story.random.choice(candidates) if candidates else None


def _votes(
    story: Story, bottleneck: Bottleneck, row: source.BottleneckRow, more: dict[str, Any], touched: list[Hub]
) -> list[Vote]:
    """Return the votes, in the order in which they were cast, and note when it became generic."""
    votes = []
    chosen = _voters(story, bottleneck, more, touched)
    recent: int = more.get("recent", 0)
    for place, member in enumerate(chosen):
        cast_at = bottleneck.filed_at
        if member != bottleneck.author:
            is_recent = place >= len(chosen) - recent
            cast_at = _cast_at(story, max(bottleneck.filed_at, story.since[member.pk]), is_recent=is_recent)
        estimates = story.random.random() < ESTIMATING or member == bottleneck.author
        votes.append(
            Vote(
                bottleneck=bottleneck,
                member=member,
                voter_key=member.voter_key,
                hub=member.primary_hub,
                hours=_estimate(story, more.get("hours", row.hours)) if estimates else None,
                cast_at=cast_at,
            )
        )
    votes.sort(key=lambda vote: vote.cast_at)
    hubs: set[int | None] = set()
    for number, vote in enumerate(votes, 1):
        story.record(bottleneck.subject, verbs.VOTED, at=vote.cast_at, data={"hub": vote.hub_id})
        hubs.add(vote.hub_id)
        enough = number >= settings.GENERIC_MIN_VOTES and len(hubs) >= settings.GENERIC_MIN_HUBS
        if enough and bottleneck.generic_at is None:
            bottleneck.generic_at = vote.cast_at
            story.record(
                bottleneck.subject,
                verbs.BECAME_GENERIC,
                system=True,
                at=vote.cast_at,
                data={"members": number, "hubs": len(hubs)},
            )
    return votes


def _voters(story: Story, bottleneck: Bottleneck, more: dict[str, Any], touched: list[Hub]) -> list[User]:
    """Return who supports it: the author, somebody of every hub it reaches, then whoever else of those hubs."""
    others = [hub for hub in story.hubs.values() if hub not in touched]
    reached = touched + story.random.sample(others, more.get("spread", 0))
    pools = [[membership.member for membership in story.of_hub[hub.pk]] for hub in reached]
    # Bram has yet to find out about most of them: that is what his home page is for.
    pools = [[member for member in pool if member.name != "Bram Smit"] for pool in pools]
    for pool in pools:
        story.random.shuffle(pool)
    first = [bottleneck.author] if bottleneck.author else []
    first += [pool[0] for pool in pools]
    rest = [member for pool in pools for member in pool[1:]]
    story.random.shuffle(rest)
    return list(dict.fromkeys(first + rest))[: more["votes"]]


def _cast_at(story: Story, since: datetime, *, is_recent: bool) -> datetime:
    """Return a moment of a working day after ``since``: soon for most, years later for some."""
    if is_recent:
        moment = max(since, story.midnight - timedelta(days=story.random.randrange(1, 28)))
    else:
        span = (story.midnight - timedelta(days=31) - since).days
        soon = min(story.random.choice([2, 10, 40, 200]) * story.random.random(), max(span, 0))
        later = story.random.random() * max(span, 0)
        moment = since + timedelta(days=soon if story.random.random() < 0.8 else later)
    moment = moment.astimezone(ZONE).replace(hour=story.random.randrange(8, 18), minute=story.random.randrange(60))
    return min(max(moment, since + timedelta(minutes=1)), story.midnight - timedelta(minutes=1))


def _estimate(story: Story, hours: float | None) -> Decimal:
    return _half_hours((hours or 4) * story.random.choice([0.5, 0.75, 1, 1, 1.25, 1.75]))


def _half_hours(hours: float) -> Decimal:
    """Round to half hours, within what a vote may hold."""
    return min(max(Decimal(round(hours * 2)) / 2, Decimal("0.5")), Decimal(80))
