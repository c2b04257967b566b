"""What members of the demonstration say to each other about bottlenecks, a hub and a session."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from activity.conversation import verbs
from activity.conversation.mentions import mentioned_in
from activity.conversation.models import Comment, CommentRevision, Mention, Reference, Thanks
from activity.models import Reader, Subject, Todo
from activity.moderation import verbs as moderation
from activity.moderation.clock import due_on
from activity.moderation.models import DECIDE, Case, Report
from community.models import User
from issues.models import Bottleneck
from portal.demo import source
from portal.demo.story import Story

_NAMED = re.compile(r"@\{([^}]+)\}")
_REFERRED = re.compile(r"#\{([^}]+)\}")


def load_talk(story: Story) -> None:
    """Write comments with whom they name, what they refer to, who thanks and reports, and what the ledger says."""
    for row in source.texts("conversations")["conversations"]:
        subject = Subject.objects.filter(title=row["about"]).latest("created_at")
        for told in row["comments"]:
            _say(story, subject, told)


def _say(story: Story, subject: Subject, told: dict[str, Any]) -> None:
    author = story.members[told["by"]]
    written_at = story.at(story.today - timedelta(days=told["days"]), 9, 40 + len(told["text"]))
    gone_on = story.today - timedelta(days=told["days"] - told["deleted_after"]) if "deleted_after" in told else None
    numbers: dict[str, int] = {}
    text = _REFERRED.sub(_numbered(numbers), _named(story, told["text"])) if gone_on is None else ""
    edited_at = written_at + timedelta(minutes=25) if "said_before" in told else None
    comment = Comment.objects.create(
        subject=subject,
        author=author,
        text=text,
        language="nl",
        written_at=written_at,
        edited_at=edited_at,
        deleted_at=story.at(gone_on, 16) if gone_on else None,
        version=2 if edited_at or gone_on else 1,
    )
    Mention.objects.bulk_create(Mention(comment=comment, member_id=pk) for pk in sorted(mentioned_in(text)))
    Reference.objects.bulk_create(
        Reference(comment=comment, subject_id=pk, text=words) for words, pk in numbers.items()
    )
    data = {"comment": comment.pk}
    story.record(subject, verbs.COMMENTED, by=author, at=written_at, data=data)
    if edited_at:
        CommentRevision.objects.create(
            comment=comment, text=_named(story, told["said_before"]), language="nl", written_at=written_at
        )
        story.record(subject, verbs.COMMENT_CHANGED, by=author, at=edited_at, data=data)
    if comment.deleted_at:
        story.record(subject, verbs.COMMENT_DELETED, by=author, at=comment.deleted_at, data=data)
    thankful = [member for member in story.members.values() if _took_part(member, comment)]
    thanks = story.random.sample(thankful, told.get("thanks", 0))
    Thanks.objects.bulk_create(Thanks(comment=comment, member=member) for member in thanks)
    for number, _member in enumerate(thanks, start=1):
        story.record(subject, verbs.THANKED, at=written_at + timedelta(minutes=30 + number), data=data)
    if "reports" in told:
        _report(story, comment, told["reports"])


def _report(story: Story, comment: Comment, reports: list[dict[str, str]]) -> None:
    """Members report a comment; nobody decided about it yet."""
    at = story.at(story.today - timedelta(days=1), 10)
    case = Case.objects.create(subject=comment.subject, comment=comment, opened_at=at)
    community = Subject.objects.community()
    Todo.objects.create(
        kind=DECIDE, subject=community, key=case.key, is_for_facilitators=True, created_at=at, due_on=due_on(at)
    )
    for number, told in enumerate(reports, start=1):
        at += timedelta(minutes=40)
        Report.objects.create(
            case=case,
            subject=comment.subject,
            comment=comment,
            member=story.members[told["by"]],
            reason=told["reason"],
            text=told["text"],
            language="nl",
            reported_at=at,
        )
        data = {"case": case.pk, "comment": comment.pk, "number": number}
        story.record(comment.subject, moderation.COMMENT_REPORTED, at=at, data=data, readers=Reader.FACILITATORS)


def _named(story: Story, text: str) -> str:
    return _NAMED.sub(lambda found: f"@{{{story.members[found[1]].pk}}}", text)


def _numbered(numbers: dict[str, int]) -> Callable[[re.Match[str]], str]:
    """Write the number of a bottleneck for its title, and keep its subject in ``numbers``."""

    def number(found: re.Match[str]) -> str:
        bottleneck = Bottleneck.objects.get(title=found[1])
        numbers[f"#{bottleneck.pk}"] = bottleneck.subject_id
        return f"#{bottleneck.pk}"

    return number


def _took_part(member: User, comment: Comment) -> bool:
    """Whether somebody else was there to thank for it."""
    since = member.activated_at
    return member != comment.author and since is not None and since < comment.written_at
