"""The mail that tells at once what happened to one subject. Spec 06, Notifications."""

from __future__ import annotations

import re
import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import partial

from django.conf import settings
from django.contrib.auth import get_user_model
from django.urls import reverse
from django.utils.html import strip_tags
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from activity.conversation.mentions import mentioned_in
from activity.mailkinds import MailClass, MailContent, MailKind, mail_kinds
from activity.models import Email
from ui.markdown import excerpt

from .models import Notification
from .selectors import MAIL, NoticeLine, lines_of, wants_digest, with_words

#: So much of a comment stands in the mail; the rest is a click away.
EXCERPT = 280
#: So many comments are quoted.
MOST_QUOTED = 5
_MEMBER = re.compile(r"@\{(\d{1,18})\}")


def load_many(mails: Sequence[Email]) -> dict[int, MailContent]:
    """What happened to the subject of each mail that its member may still see and has not read; two statements."""
    rows = Notification.objects.standing().unread().filter(email__in=mails)
    by_mail: defaultdict[int | None, list[Notification]] = defaultdict(list)
    for row in with_words(rows).select_related("subject", "entry__actor", "entry__other", "comment").order_by("-pk"):
        by_mail[row.email_id].append(row)
    names = _names(row for some in by_mail.values() for row in some[:MOST_QUOTED])
    return {mail.pk: _content(by_mail[mail.pk], names) for mail in mails if mail.pk in by_mail}


def _names(rows: Iterable[Notification]) -> Mapping[int, str]:
    """How those are called whom the comments name."""
    wanted = set[int]().union(*(mentioned_in(row.comment.text) for row in rows if row.comment))
    members = get_user_model().objects.filter(pk__in=wanted, is_active=True)
    return dict(members.values_list("pk", "name")) if wanted else {}


def _content(rows: Sequence[Notification], names: Mapping[int, str]) -> MailContent:
    subject = rows[0].subject
    quoted = [row for row in reversed(rows[:MOST_QUOTED]) if row.comment]
    return MailContent(
        context={
            "subject": subject,
            "headline": partial(_headline, rows),
            "lines": partial(lines_of, rows),
            "quotes": [partial(_quote, row, names) for row in quoted],
            "notice_url": settings.BASE_URL + reverse("activity:notice_open", args=[rows[0].pk]),
            "settings_url": settings.BASE_URL + reverse("activity:notice_settings"),
        },
        thread=f"subject:{subject.pk}",
    )


def _headline(rows: Sequence[Notification]) -> str:
    """What the mail is about, in the words of the latest."""
    lines: list[NoticeLine] = lines_of(rows)
    first = strip_tags(lines[0].sentence)
    if len(lines) == 1:
        return f"{first}: {rows[0].subject.title}"
    return _("{first}, and more: {title}").format(first=first, title=rows[0].subject.title)


def _quote(row: Notification, names: Mapping[int, str]) -> Mapping[str, str]:
    """Who said what, without Markdown, and whoever it names by their present name."""
    assert row.comment is not None  # noqa: S101 - only such are quoted
    actor = row.entry.actor
    former = _("a former member")
    text = _MEMBER.sub(lambda found: names.get(int(found[1]), former), row.comment.text)
    return {
        "name": actor.name if actor is not None and actor.is_active else former,
        "text": excerpt(text, EXCERPT),
        "language": row.comment.language,
    }


def _is_in_digest(mail: Email) -> bool:
    """Have the digest tell what ``mail`` would have told; returns whether its member gets one."""
    assert mail.member is not None  # noqa: S101 - these mails are for members
    if not wants_digest(mail.member, getattr(mail.member, "hearing_settings", None)):
        return False
    Notification.objects.filter(email=mail).update(in_digest=True)
    return True


def _sample() -> Email | None:
    """A mail about the latest comment that somebody was told of."""
    told = Notification.objects.filter(subject__is_shared=True, comment__deleted_at=None).exclude(comment=None)
    row = told.select_related("member", "subject").order_by("pk").last()
    if row is None:
        return None
    mail = Email.objects.create(
        member=row.member, address=row.member.email, subject=row.subject, kind=MAIL, dedupe_key=f"sample:{uuid.uuid4()}"
    )
    told.filter(pk=row.pk).update(email=mail, read_at=None)
    return mail


def register() -> None:
    """Make the kind known to the outbox; called once, when the app is ready."""
    mail_kinds.register(
        MailKind(
            key=MAIL,
            mail_class=MailClass.NEWS,
            template="activity/email/notices",
            label=gettext_lazy("News at once about what you follow, and when somebody names you"),
            reason=gettext_lazy("You get this mail because you follow this, or because somebody names you."),
            load_many=load_many,
            is_told_later=_is_in_digest,
            sample=_sample,
        )
    )
