"""The mail that a digest is, and the one that asks whether somebody still wants it. Spec 06, Digests."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth import get_user_model
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy, ngettext

from activity.following.models import DigestPeriod
from activity.mailkinds import MailClass, MailContent, MailKind, mail_kinds
from activity.models import Email
from activity.notices.models import Notification
from activity.notices.selectors import DIGEST

from .clock import LOOKS_BACK
from .models import Digest
from .prepare import STILL
from .rows import as_html, as_text
from .selectors import ShownSection, of_digests

if TYPE_CHECKING:
    from community.models import User

HEADINGS = {
    DigestPeriod.DAILY: gettext_lazy("The day in the community"),
    DigestPeriod.WEEKLY: gettext_lazy("The week in the community"),
    DigestPeriod.MONTHLY: gettext_lazy("The month in the community"),
}


def _load_digests(mails: Sequence[Email]) -> dict[int, MailContent]:
    """What stands in the digest of each mail; one of which nothing is left is pointless. A fixed number of queries."""
    digests = Digest.objects.in_bulk([mail.context["digest"] for mail in mails])
    sections = of_digests(list(digests))
    contents = {}
    for mail in mails:
        digest = digests.get(mail.context["digest"])
        if digest is not None and digest.member_id == mail.member_id and sections[digest.pk]:
            contents[mail.pk] = _content(digest, sections[digest.pk])
    return contents


def _content(digest: Digest, sections: Sequence[ShownSection]) -> MailContent:
    return MailContent(
        context={
            "digest": digest,
            "heading": HEADINGS[DigestPeriod(digest.period)],
            "headline": partial(_headline, sections),
            "rows": partial(as_html, sections),
            "rows_as_text": partial(as_text, sections),
            "page_url": settings.BASE_URL + reverse("activity:digest", args=[digest.period]),
            "settings_url": settings.BASE_URL + reverse("activity:notice_settings"),
        }
    )


def _headline(sections: Sequence[ShownSection]) -> str:
    """The subject of the mail: its top item, and how much more there is."""
    title = sections[0].lines[0].says.title
    more = sum(len(section.lines) + section.more for section in sections) - 1
    if not more:
        return title
    return ngettext("{title}, and {count} more", "{title}, and {count} more", more).format(title=title, count=more)


def _load_questions(mails: Sequence[Email]) -> dict[int, MailContent]:
    """Whether somebody still wants it; pointless once they came again, which begins their digests anew."""
    url = settings.BASE_URL + reverse("activity:notice_settings")
    return {mail.pk: MailContent(context={"settings_url": url}) for mail in mails}


def _sample_digest() -> Email | None:
    """A weekly digest of whoever was told of something last."""
    told = Notification.objects.filter(subject__is_shared=True, comment__deleted_at=None, in_digest=True)
    row = told.select_related("member").order_by("pk").last()
    if row is None:
        return None
    told.filter(member=row.member).update(email=None, read_at=None)
    now = timezone.now()
    digest = Digest.objects.create(
        member=row.member,
        period=DigestPeriod.WEEKLY,
        due_at=now,
        since=row.at - LOOKS_BACK[DigestPeriod.WEEKLY],
        until=now,
        has_news=True,
    )
    return _sample_to(row.member, DIGEST, digest=digest.pk)


def _sample_question() -> Email | None:
    member = get_user_model().objects.filter(is_active=True, activated_at__isnull=False).order_by("pk").last()
    return _sample_to(member, STILL) if member is not None else None


def _sample_to(member: User, kind: str, **context: int) -> Email:
    return Email(member=member, address=member.email, kind=kind, context=context, dedupe_key=f"sample:{uuid.uuid4()}")


def register() -> None:
    """Make the kinds known to the outbox; called once, when the app is ready."""
    mail_kinds.register(
        MailKind(
            key=DIGEST,
            mail_class=MailClass.DIGEST,
            template="activity/email/digest",
            label=gettext_lazy("The digest"),
            reason=gettext_lazy("You get this mail because you are a member and want a digest."),
            load_many=_load_digests,
            sample=_sample_digest,
        )
    )
    mail_kinds.register(
        MailKind(
            key=STILL,
            mail_class=MailClass.DIGEST,
            template="activity/email/digest_still",
            label=gettext_lazy("Whether you still want the digest"),
            reason=gettext_lazy("You get this mail because you have not been here for two months."),
            load_many=_load_questions,
            sample=_sample_question,
        )
    )
