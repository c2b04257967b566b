"""How a bottleneck ended, and who is asked about it. Spec 02, Life."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, Subquery
from django.utils import timezone

from issues.bottlenecks.models import Bottleneck, Vote
from issues.bottlenecks.selectors import BOTTLENECKS, COUNTS_LAST
from ui import statements
from ui.shared import Readers, shared

from .models import Ending, EndingQuerySet, NoticeAnswer

if TYPE_CHECKING:
    from community.models import User

#: So many questions about what is said to be solved stand on home at once.
SHOWN = 3


def ending_of(bottleneck: Bottleneck, reader: User) -> Ending | None:
    """The last end of a bottleneck, undone or not, with ``ran_into`` and ``my_answer`` of ``reader``; one query."""
    return statements.first(_ending_of, bottleneck.pk, bottleneck.whole, reader)


def _ending_of(bottleneck: int, whole: list[int], reader: User) -> EndingQuerySet:
    answer = NoticeAnswer.objects.filter(ending=OuterRef("pk"), voter_key=reader.voter_key).values("answer")
    voted = Vote.objects.filter(bottleneck__any=whole, voter_key=reader.voter_key)
    filed = Bottleneck.objects.filter(pk__any=whole, author=reader.pk)
    rows = Ending.objects.filter(bottleneck=bottleneck).select_related("by", "hub__subject", "undone_by")
    return rows.annotate(my_answer=Subquery(answer[:1]), ran_into=Exists(voted) | Exists(filed)).order_by("-pk")[:1]


@shared(of=[BOTTLENECKS], lasts=COUNTS_LAST, readers=Readers.MEMBERS)
def number_asked() -> int:
    """About how many ends members are being asked: mostly none, and then nobody's home asks more."""
    return Ending.objects.asking().count()


def waiting_for(member: User) -> list[Ending]:
    """What ``member`` is asked about and has not answered, the most urgent first; one query."""
    return statements.rows(_waiting_for, member, timezone.now())


def _waiting_for(member: User, now: datetime) -> EndingQuerySet:
    return Ending.objects.waiting_for(member, now)[:SHOWN]
