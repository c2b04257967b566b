"""What was changed, and how much support stands behind it since. Spec 02, Filing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from issues.bottlenecks.models import Bottleneck, Vote
from ui import statements

from .models import TextChange

if TYPE_CHECKING:
    from community.models import User

#: So many changes are told word by word; there is at most one a day.
SHOWN = 20


def last_change(bottleneck: Bottleneck, reader: User) -> TextChange | None:
    """The last change of a bottleneck; one query.

    It has ``confirmed``: how many members support it since, ``is_asked``: whether the vote of ``reader`` is older, and
    ``has_earlier``: whether there were changes before.
    """
    return statements.first(_last_change, bottleneck.pk, bottleneck.whole, reader)


def _last_change(bottleneck: int, whole: list[int], reader: User) -> QuerySet[TextChange]:
    votes = Vote.objects.filter(bottleneck__any=whole)
    since = Q(cast_at__gte=OuterRef("made_at")) | Q(confirmed_at__gte=OuterRef("made_at"))
    members = votes.filter(since).order_by().values(every=F("bottleneck_id") * 0)
    confirmed = members.annotate(members=Count("voter_key", distinct=True)).values("members")
    mine = votes.filter(voter_key=reader.voter_key)
    earlier = TextChange.objects.filter(bottleneck=OuterRef("bottleneck"), made_at__lt=OuterRef("made_at"))
    rows = TextChange.objects.filter(bottleneck=bottleneck).select_related("by").order_by("-made_at", "-pk")
    return rows.annotate(
        confirmed=Coalesce(Subquery(confirmed), 0),
        is_asked=Exists(mine) & ~Exists(mine.filter(since)),
        has_earlier=Exists(earlier),
    )[:1]


def changes_of(bottleneck: Bottleneck) -> list[TextChange]:
    """The last changes of a bottleneck, the newest first; one query."""
    return statements.rows(_changes_of, bottleneck.pk)


def _changes_of(bottleneck: int) -> QuerySet[TextChange]:
    rows = TextChange.objects.filter(bottleneck=bottleneck).select_related("by")
    return rows.order_by("-made_at", "-pk")[:SHOWN]
