"""A week in a large community, for what measures who hears of it (``digests``) and its mails (``mail``)."""

import random
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import connection
from django.utils import timezone

from activity.actions import entry
from activity.digests.models import DigestState
from activity.digests.prepare import prepare_due
from activity.following.actions import begin_follows
from activity.models import Activity, Subject
from activity.notices import fanout
from activity.verbs import Verb
from community.follows import JOINED
from community.models import Membership
from events.models import Session
from events.verbs import SESSION_PUBLISHED
from issues.follows import FILED, VOTED
from issues.models import Bottleneck, Vote
from issues.verbs import BECAME_GENERIC, BOTTLENECK_FILED

WEEK = timedelta(days=7)
CHANCE = random.Random(7)


def follow_what_they_do() -> None:
    """Everybody follows what they filed, what they vote for and the hubs they belong to."""
    for rows, reason in (
        (Bottleneck.objects.exclude(author=None).values_list("subject", "author"), FILED),
        (Vote.objects.exclude(member=None).values_list("bottleneck__subject", "member"), VOTED),
        (Membership.objects.current().values_list("hub__subject", "member"), JOINED),
    ):
        begin_follows(rows.iterator(chunk_size=10_000), reason)


def happen(now: datetime) -> list[Activity]:
    """What happens in a week: bottlenecks are filed and become generic, sessions are published."""
    happens: list[tuple[Verb, list[int]]] = [
        (BECAME_GENERIC, _some(Bottleneck.objects.values_list("subject", flat=True), 300)),
        (BOTTLENECK_FILED, _some(Bottleneck.objects.values_list("subject", flat=True), 1_000)),
        (SESSION_PUBLISHED, _some(Session.objects.values_list("subject", flat=True), 60)),
    ]
    subjects = Subject.objects.in_bulk({pk for _verb, some in happens for pk in some})
    made = Activity.objects.bulk_create(
        entry(subjects[pk], verb, at=now - WEEK * CHANCE.random()) for verb, some in happens for pk in some
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return list(Activity.objects.filter(pk__in=[row.pk for row in made]).select_related("subject"))


def _some(rows: Iterable[int], number: int) -> list[int]:
    found = list(rows)
    return CHANCE.sample(found, min(number, len(found)))


def tell(entries: Iterable[Activity], now: datetime) -> None:
    """Tell of these whoever follows what they are about, in the middle of the week."""
    for told in entries:
        fanout.tell(told, now=now - WEEK / 2)


def make_due(now: datetime) -> None:
    """Digests of all are due, and tell of the last week."""
    prepare_due(now=timezone.now())
    DigestState.objects.update(next_at=now, cursor_at=now - WEEK)
