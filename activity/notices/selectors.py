"""Notifications as they are read: how many are new, and what happened, grouped by subject. Spec 06, Notifications."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from activity.following.models import DigestPeriod, HearingSettings
from activity.models import Activity, MailChoice, Subject
from activity.timelines import sentence, title_of
from activity.verbs import FORGOTTEN, verbs
from ui import statements

from .kinds import MENTION, Channel, NoticeKind, notice_kinds
from .models import NoticeChoice, Notification

if TYPE_CHECKING:
    from community.models import User

#: The kind of mail that tells of one subject (``notices.emails``).
MAIL = "notices"
#: The kind of mail that a digest is (``digests.emails``).
DIGEST = "digest"
#: So many of the newest notifications are read for the list.
MOST_READ = 200


@dataclass(frozen=True, slots=True)
class NoticeLine:
    """What happened, in a sentence; several of one kind are one line."""

    icon: str
    sentence: SafeString
    at: datetime


@dataclass(slots=True)
class ToldSubject:
    """All that a member heard of one subject, the new or the old."""

    subject: Subject
    is_read: bool
    newest: int
    lines: list[NoticeLine] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Where opening it leads by way of marking it as read."""
        return reverse("activity:notice_open", args=[self.newest])


def number_unread(member: OuterRef | User) -> Coalesce:
    """How many subjects have something new for ``member``: an expression for a statement about members."""
    new = Notification.objects.shown_to(member).unread().order_by().values("member")
    each = new.annotate(number=Count("subject", distinct=True)).values("number")
    return Coalesce(Subquery(each, output_field=IntegerField()), 0)


def notices(member: User) -> list[ToldSubject]:
    """What ``member`` heard of in the portal by subject, new and read apart, the latest first; one query."""
    rows = statements.rows(_shown, member)
    return [*grouped(row for row in rows if row.read_at is None), *grouped(row for row in rows if row.read_at)]


def count_unread(member: User) -> int:
    """How many subjects have something new for ``member``."""
    new = Notification.objects.shown_to(member).unread()
    return int(new.aggregate(number=Count("subject", distinct=True))["number"])


def _shown(member: User) -> QuerySet[Notification]:
    return with_words(Notification.objects.shown_to(member)).order_by("-pk")[:MOST_READ]


def with_words(rows: QuerySet[Notification]) -> QuerySet[Notification]:
    """Notifications with what their sentences name."""
    return rows.select_related("subject", "entry__actor", "entry__other")


def grouped(rows: Iterable[Notification]) -> list[ToldSubject]:
    """Notifications ``with_words`` by subject, in the order in which these come first in ``rows``."""
    by_subject: defaultdict[int, list[Notification]] = defaultdict(list)
    for row in rows:
        by_subject[row.subject_id].append(row)
    return [
        ToldSubject(some[0].subject, some[0].read_at is not None, max(row.pk for row in some), lines_of(some))
        for some in by_subject.values()
    ]


def lines_of(rows: Sequence[Notification]) -> list[NoticeLine]:
    """What happened to one subject, a line for what belongs together, the latest first."""
    together: defaultdict[tuple[str, bool], list[Notification]] = defaultdict(list)
    for row in rows:
        together[row.entry.verb, row.kind == MENTION.key].append(row)
    return [_line(some) for some in together.values()]


def _line(rows: Sequence[Notification]) -> NoticeLine:
    newest = max(rows, key=lambda row: row.pk)
    verb = verbs.get(newest.entry.verb) or FORGOTTEN
    return NoticeLine(
        icon="message-circle" if newest.kind == MENTION.key else verb.icon,
        sentence=_said(rows, newest),
        at=newest.at,
    )


def _said(rows: Sequence[Notification], newest: Notification) -> SafeString:
    entry: Activity = newest.entry
    if newest.kind == MENTION.key:
        return format_html(str(conditional_escape(_("{actor} names you in a comment"))), actor=_name(entry))
    return entry_in_words(entry, others=len({row.entry.actor_id for row in rows}) - 1)


def entry_in_words(entry: Activity, *, others: int = 0) -> SafeString:
    """What an entry of the ledger tells, as HTML without a full stop; ``others`` is how many more did the same."""
    return sentence(
        verbs.get(entry.verb) or FORGOTTEN,
        actor_kind=entry.actor_kind,
        name=_name_of(entry) or entry.actor_label or None,
        other=title_of(entry.other),
        others=others,
    )


def _name_of(entry: Activity) -> str | None:
    return entry.actor.name if entry.actor is not None and entry.actor.is_active else None


def _name(entry: Activity) -> SafeString:
    name = _name_of(entry)
    return format_html("<strong>{}</strong>", name) if name else conditional_escape(_("A former member"))


def wants_digest(member: User, hearing: HearingSettings | None) -> bool:
    """Whether ``member`` gets digests: they neither chose none, nor stopped them from a mail."""
    if hearing is not None and hearing.digest_period == DigestPeriod.NEVER:
        return False
    return not MailChoice.objects.filter(member=member, kind=DIGEST, is_wanted=False).exists()


def channels_of(member: User) -> dict[str, set[Channel]]:
    """By which channels ``member`` hears of what now, by the keys of kinds; two queries."""
    chosen = {choice.kind: choice for choice in NoticeChoice.objects.filter(member=member)}
    mails = dict(MailChoice.objects.filter(member=member).values_list("kind", "is_wanted"))
    return {kind.key: _channels(kind, chosen.get(kind.key), mails) for kind in notice_kinds}


def _channels(kind: NoticeKind, choice: NoticeChoice | None, mails: Mapping[str, bool]) -> set[Channel]:
    on = set()
    for channel in Channel:
        said = getattr(choice, channel.value, None)
        if channel is Channel.MAIL and kind.mails:
            is_on = any(mails.get(mail, True) for mail in kind.mails)
        elif channel is Channel.MAIL and not mails.get(MAIL, True):
            is_on = False
        else:
            is_on = channel in kind.default if said is None else said
        if is_on:
            on.add(channel)
    return on
