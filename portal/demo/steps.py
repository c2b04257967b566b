"""What the facilitators of the demonstration said of generic bottlenecks, and what they still owe."""

from __future__ import annotations

from django.utils import timezone

from issues import verbs
from issues.models import Bottleneck, NextStep
from portal.demo import source
from portal.demo.story import ZONE, Story
from ui.workdays import due_after


def load_steps(story: Story) -> None:
    """Write why some are not taken up; nobody has said so of the others."""
    by = story.members[story.people["accounts"]["facilitator"]]
    by_subject = {row.subject_id: row for row in Bottleneck.objects.select_related("subject").defer("search")}
    for told in source.texts("steps")["why_not"]:
        bottleneck = by_subject[story.bottlenecks[told["number"]].pk]
        assert bottleneck.generic_at is not None  # noqa: S101 - the story says so
        day = due_after(told["after"], timezone.localtime(bottleneck.generic_at, ZONE).date()).day
        bottleneck.stepped_at = story.at(day, 15)
        bottleneck.save(update_fields=["stepped_at"])
        NextStep.objects.create(
            bottleneck=bottleneck,
            kind=NextStep.Kind.WHY_NOT,
            by=by,
            text=told["text"].strip(),
            language="nl",
            taken_at=bottleneck.stepped_at,
        )
        story.record(bottleneck.subject, verbs.WHY_NOT_SAID, by=by, at=bottleneck.stepped_at)
