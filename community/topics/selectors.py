"""Topics that pages offer as starting points and suggestions."""

from __future__ import annotations

from django.db.models import Count, F

from community.sources import MEMBERS, TOPICS
from ui.shared import Reader, Readers, shared

from .models import MemberTopic, Topic, TopicKind

ASKED_SHOWN = 12


@shared(of=[MEMBERS, TOPICS], lasts=300, readers=Readers.MEMBERS)
def _asked() -> tuple[tuple[str, str], ...]:
    """The English and Dutch labels of what members offer help with most; one query."""
    offers = MemberTopic.objects.filter(
        kind=TopicKind.ASK_ME, member__is_active=True, member__activated_at__isnull=False
    )
    numbers = offers.order_by().values("topic").annotate(n=Count("pk")).order_by("-n", "topic__slug")
    return tuple(numbers.values_list(F("topic__label_en"), F("topic__label_nl"))[:ASKED_SHOWN])


def asked_topics(reader: Reader) -> list[Topic]:
    """Topics that members offer help with most, as starting points: their labels, without a figure."""
    return [Topic(label_en=english, label_nl=dutch) for english, dutch in _asked.seen_by(reader)]
