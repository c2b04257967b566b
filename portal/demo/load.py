"""Loads the demonstration: twelve hubs, their members, what holds them up, what they say of it and where they meet.

Rows are written in bulk with the dates of the story, which no action can do; what actions promise (figures, counters,
positions, one ledger entry for every write) is kept here as well, and tests hold both against each other. The same seed
on the same day gives the same community. Nothing is mailed. Spec 07, Demonstration community.
"""

from __future__ import annotations

from collections import Counter
from datetime import date

from django.db import transaction
from django.utils import timezone

from activity.conversation.models import Comment
from activity.models import Activity
from community.models import Hub, User
from events.models import Rsvp, Session
from issues.models import Bottleneck, Vote
from portal.demo.bottlenecks import load_bottlenecks
from portal.demo.consent import load_consent
from portal.demo.follows import load_follows, load_notices
from portal.demo.joining import load_requests
from portal.demo.life import load_life
from portal.demo.mail import load_failed_mail
from portal.demo.merges import load_merges
from portal.demo.people import load_people
from portal.demo.replies import load_replies
from portal.demo.sessions import load_sessions
from portal.demo.steps import load_steps
from portal.demo.story import ZONE, Story
from portal.demo.talk import load_talk
from portal.demo.themes import load_versions
from ui.shared import everything_changed


@transaction.atomic
def load(*, today: date | None = None) -> None:
    """Write the whole community into an empty database; ``today`` is the day all dates count from."""
    story = Story(today or timezone.localdate(timezone=ZONE))
    load_people(story)
    load_bottlenecks(story)
    load_steps(story)
    load_life(story)
    load_merges(story)
    load_replies(story)
    load_sessions(story)
    load_requests(story)
    load_talk(story)
    load_follows(story)
    load_failed_mail(story)
    load_consent(story)
    load_versions(story)
    Activity.objects.bulk_create(sorted(story.ledger, key=lambda entry: entry.at), batch_size=2_000)
    load_notices(story)
    everything_changed()


def figures() -> dict[str, int]:
    """Return how much was loaded, for the command to say."""
    counted: Counter[str] = Counter()
    for model in (Hub, User, Bottleneck, Vote, Session, Rsvp, Comment):
        counted[model._meta.model_name or ""] = model._default_manager.count()
    return dict(counted)
