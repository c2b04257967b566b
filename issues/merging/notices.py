"""Who hears of merges whether they follow or not. Spec 02, Merge; 06, Notifications."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import F, Q, QuerySet

from activity.announcements import Receivers, receivers
from activity.following.models import Follow, FollowLevel
from community.models import User
from issues.bottlenecks.models import Bottleneck, Vote

from .models import Merge, Objection
from .verbs import OBJECTORS, PARTIES

if TYPE_CHECKING:
    from activity.models import Announcement


def parties(announcement: Announcement) -> QuerySet[Any]:
    """Who filed or supports one of the two, or what points to them, but for whoever chose not to hear of it."""
    merge = Merge.objects.select_related("main", "other").get(pk=announcement.entry.data["merge"])
    whole = [*merge.other.whole, *merge.main.whole]
    votes = Vote.objects.filter(bottleneck__any=whole, member__isnull=False)
    filed = Bottleneck.objects.filter(pk__any=whole, author__isnull=False)
    subjects = Bottleneck.objects.filter(pk__any=whole).values("subject")
    muted = Follow.objects.filter(subject__in=subjects, level=FollowLevel.SILENT)
    found: QuerySet[Any] = User.objects.filter(Q(pk__in=votes.values("member")) | Q(pk__in=filed.values("author")))
    heard: QuerySet[Any] = found.exclude(pk__in=muted.values("member")).annotate(member=F("pk"))
    return heard


def objectors(announcement: Announcement) -> QuerySet[Any]:
    """Who made the objection that was answered."""
    return Objection.objects.filter(pk=announcement.entry.data["objection"], by__isnull=False).annotate(member=F("by"))


def register() -> None:
    """Make them known; called once, when the app is ready."""
    receivers.register(Receivers(key=PARTIES, rows=parties))
    receivers.register(Receivers(key=OBJECTORS, rows=objectors))
