"""Who follows what in the demonstration: what they filed and voted for, where they belong, what they chose."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from activity.digests.models import DigestState
from activity.digests.prepare import prepare_due
from activity.following.actions import begin_follows
from activity.following.models import DigestPeriod, Follow, FollowLevel
from activity.models import Activity, Reader, Subject
from activity.notices import fanout
from activity.notices.models import Notification
from activity.verbs import verbs
from community.follows import JOINED
from community.models import Membership
from issues.follows import ADOPTED, FILED, VOTED
from issues.models import Adoption, Bottleneck, Vote
from portal.demo import source
from portal.demo.story import Story

#: So many days before today members were told of what happened.
TOLD_DAYS = 14
#: So many days later they had read it.
READ_AFTER_DAYS = 7


def load_follows(story: Story) -> None:
    """Write what follows by itself from what was loaded before, and a few choices."""
    for row in source.texts("follows")["follows"]:
        subject = Subject.objects.filter(title=row["about"]).latest("created_at")
        level = FollowLevel[row["level"].upper()]
        Follow.objects.bulk_create(
            Follow(subject=subject, member=story.members[name], level=level) for name in row["members"]
        )
    filed = Bottleneck.objects.exclude(author=None).values_list("subject", "author")
    votes = Vote.objects.exclude(member=None).values_list("bottleneck__subject", "member")
    joined = Membership.objects.current().values_list("hub__subject", "member")
    adopted = Adoption.objects.exclude(by=None).values_list("bottleneck__subject", "by")
    for pairs, reason in ((filed, FILED), (votes, VOTED), (adopted, ADOPTED), (joined, JOINED)):
        begin_follows(pairs, reason)


def load_notices(story: Story) -> None:
    """Tell of the last days, as was done when it happened, and let a digest be due for who can sign in."""
    since = story.at(story.today - timedelta(days=TOLD_DAYS), 0)
    heard = [verb.key for verb in verbs if verb.is_heard]
    entries = Activity.objects.filter(verb__in=heard, readers=Reader.SUBJECT, at__gte=since).select_related("subject")
    for entry in entries.order_by("at", "pk"):
        fanout.tell(entry, now=entry.at, is_mailed=False)
    # What would have been mailed then is in the digest, and what is older was read.
    Notification.objects.filter(by_mail=True).update(in_digest=True)
    now = timezone.now()
    Notification.objects.filter(at__lt=now - timedelta(days=READ_AFTER_DAYS)).update(read_at=now)
    DigestState.objects.bulk_create(
        DigestState(
            member=story.members[name],
            cursor_at=since,
            next_at=now,
            period=DigestPeriod.WEEKLY,
            weekday=1,
            hour=8,
            zone=story.members[name].time_zone,
        )
        for name in story.people["accounts"].values()
    )
    prepare_due(now=now)  # so that it is in the mailbox when somebody looks there first
