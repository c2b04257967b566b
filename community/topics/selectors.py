"""Topics that pages offer as starting points and suggestions."""

from __future__ import annotations

from django.core.cache import cache
from django.db.models import Count, QuerySet

from ui import statements

from .models import MemberTopic, Topic, TopicKind

ASKED_TOPICS, ASKED_LAST = "community:asked-topics", 300  # seconds
SUGGESTED = 300


def asked_topics(limit: int = 12) -> list[Topic]:
    """Topics that members offer help with most, as starting points; without a figure."""
    offers = MemberTopic.objects.filter(
        kind=TopicKind.ASK_ME, member__is_active=True, member__activated_at__isnull=False
    )
    numbers = offers.order_by().values("topic").annotate(n=Count("pk")).order_by("-n", "topic__slug")
    found: list[int] | None = cache.get(ASKED_TOPICS)
    if found is None:
        found = [row["topic"] for row in numbers[:limit]]
        cache.set(ASKED_TOPICS, found, ASKED_LAST)
    topics = Topic.objects.in_bulk(found)
    return [topics[pk] for pk in found if pk in topics]


def known_topics() -> list[Topic]:
    """Topics for suggestions while typing."""
    return statements.rows(_known)


def _known() -> QuerySet[Topic]:
    return Topic.objects.order_by("slug")[:SUGGESTED]
