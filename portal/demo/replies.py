"""The one who filed something anonymously in the demonstration: their reply code, and what they were asked."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from activity.models import Reader
from issues import verbs
from issues.models import AnonymousFiling, Bottleneck, Question
from issues.replies.codes import hashes
from portal.demo.story import ZONE, Story

#: Opens the page of a reply code in the demonstration (``docs/security.md`` says so).
CODE = "DEMO-DEMO-DEMO-DEMO"
_QUESTION = "Bij welk soort modellen speelt dit het meest? Noem geen team, alleen het soort werk."


def load_replies(story: Story) -> None:
    """Write what the reply code opens, with a question that waits for an answer."""
    by = story.members[story.people["accounts"]["facilitator"]]
    bottleneck = Bottleneck.objects.select_related("subject").get(attribution=Bottleneck.Attribution.ANONYMOUS)
    day = timezone.localtime(bottleneck.filed_at, ZONE).date()
    AnonymousFiling.objects.create(code_hash=hashes(CODE)[0], day=day, subject=bottleneck.subject)
    asked_at = story.at(day + timedelta(days=2), 11)
    question = Question.objects.create(
        subject=bottleneck.subject, asked_by=by, text=_QUESTION, language="nl", asked_at=asked_at
    )
    data = {"question": question.pk}
    readers = Reader.FACILITATORS
    story.record(bottleneck.subject, verbs.FILER_ASKED, by=by, at=asked_at, data=data, readers=readers)
