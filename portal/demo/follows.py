"""Who follows what in the demonstration: what they filed and voted for, where they belong, what they chose."""

from __future__ import annotations

from activity.following.actions import begin_follows
from activity.following.models import Follow, FollowLevel
from activity.models import Subject
from community.follows import JOINED
from community.models import Membership
from issues.follows import FILED, VOTED
from issues.models import Bottleneck, Vote
from portal.demo import source
from portal.demo.story import Story


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
    for pairs, reason in ((filed, FILED), (votes, VOTED), (joined, JOINED)):
        begin_follows(pairs, reason)
