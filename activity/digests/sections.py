"""What stands in a digest: every app registers its sections. Spec 06, Digests."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import BigIntegerField, DateTimeField, Exists, F, Func, OuterRef, Q, QuerySet, TextField, Value
from django.utils.html import strip_tags
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from activity.kinds import COMMUNITY
from activity.models import Activity, EmailState, Subject, Todo
from activity.notices.models import Notification
from activity.notices.selectors import entry_in_words
from activity.todos import todo_kinds
from activity.visibility import belonging, may_read
from ui.registry import Registry, Text


class Words(Func):
    """Its parts as one text with blanks between, without a value of its own: rows can be grouped by it."""

    function = "concat_ws"
    template = "%(function)s(' ', %(expressions)s)"
    output_field = TextField()


@dataclass(frozen=True, slots=True)
class Item:
    """What happened to one subject: how often, and the latest entry of the ledger that tells it, if one does.

    ``what`` is what the rows of the section say of it themselves.
    """

    subject: Subject
    number: int
    entry: Activity | None
    what: str = ""


class LineSays(NamedTuple):
    """What a line says in the language of its reader; ``language`` is that of the title, where it is not theirs."""

    title: str
    language: str
    url: str
    text: str


def about_subject(item: Item, text: str) -> LineSays:
    """A line with the title of its subject, which leads there."""
    return LineSays(item.subject.title, item.subject.language, item.subject.url, text)


def _as_told(item: Item) -> LineSays:
    """The latest that happened, and how much more."""
    if item.entry is None:
        return about_subject(item, "")
    latest = strip_tags(entry_in_words(item.entry))
    more = item.number - 1
    if not more:
        return about_subject(item, f"{latest}.")
    words = ngettext("{latest}, and {count} more.", "{latest}, and {count} more.", more)
    return about_subject(item, words.format(latest=latest, count=more))


type Rows = Callable[[OuterRef, bool, datetime], QuerySet[Any]]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class DigestSection:
    """One part of a digest.

    ``rows`` gives what may stand in it for a member, who is a column of another statement, as far as they may see it by
    ``now``: each row with ``about`` (the primary key of a subject), ``happened_at`` and ``entry_id`` (of the ledger; 0
    for none), and with ``has_what`` what ``says`` needs besides, ``what`` (``Words``): what differs in that is another
    line. With ``is_new`` it leaves out what they have seen or what was mailed to them already.

    The latest comes first, or with ``is_in_order_of_what`` the least of those words. What still holds today is there on
    the page of a digest however old it is (``still``); a mail tells it once.

    ``says`` is what a line says to all who read its language, whatever their time zone. ``tells`` are the kinds of
    notification that stand in it. With ``box`` each line is a box of its own in the mail, and ``box`` the words of the
    link below it.
    """

    key: str
    heading: Text
    rows: Rows
    says: Callable[[Item], LineSays] = _as_told
    has_what: bool = False
    is_in_order_of_what: bool = False
    box: Text = ""
    tells: Collection[str] = ()
    order: int = 100


digest_sections: Registry[DigestSection] = Registry("sections of digests")


def still(moment: Any, is_new: bool, now: datetime) -> Any:
    """When something happened that holds until it is over: for the page, which tells what is so, always just now."""
    return moment if is_new else Value(now, output_field=DateTimeField())


def told(*kinds: str) -> Rows:
    """Rows of notifications of these kinds that go into the digest."""

    def rows(member: OuterRef, is_new: bool, _now: datetime) -> QuerySet[Any]:
        found = Notification.objects.standing().filter(member=member, kind__in=kinds, in_digest=True)
        if is_new:
            unmailed = Q(email=None) | Q(email__state__in=[EmailState.CANCELLED, EmailState.FAILED])
            found = found.unread().filter(unmailed)
        return found.annotate(about=F("subject_id"), happened_at=F("made_at"))

    return rows


def _waiting(member: OuterRef, is_new: bool, now: datetime) -> QuerySet[Any]:
    of_row = OuterRef(member)  # the same member, seen from within what is asked about each todo
    facilitates = belonging.facilitates(of_row)
    assert isinstance(facilitates, Exists)  # noqa: S101 - of a column it is
    theirs = (
        Q(member=member) | Q(hub__in=belonging.represented_by(of_row)) | (Q(is_for_facilitators=True) & facilitates)
    )
    known = [kind.key for kind in todo_kinds if kind.word]
    rows = Todo.objects.open().filter(theirs & may_read(of_row, "subject"), kind__in=known)
    return rows.annotate(
        about=F("subject_id"),
        happened_at=still(F("created_at"), is_new, now),
        entry_id=Value(0, output_field=BigIntegerField()),
        what=F("kind"),
    )


def _what_waits(item: Item) -> LineSays:
    """What waits, and about which subject; home is where one does it."""
    kind = todo_kinds.get(item.what)
    title = str(kind.word) if kind and kind.word else _("Something waits for you")
    about = "" if item.subject.kind == COMMUNITY.key else item.subject.title
    if item.number > 1:
        number = ngettext("{count} time", "{count} times", item.number).format(count=item.number)
        about = f"{about} ({number})" if about else number
    return LineSays(title, "", "/", about)


def register() -> None:
    """Register the sections of this app; called once, when it is ready."""
    digest_sections.register(
        DigestSection(
            key="waiting",
            heading=gettext_lazy("What waits for you"),
            rows=_waiting,
            says=_what_waits,
            has_what=True,
            order=20,
        )
    )
    digest_sections.register(
        DigestSection(
            key="mentions",
            heading=gettext_lazy("Where somebody names you"),
            rows=told("mention"),
            tells=["mention"],
            order=30,
        )
    )
    digest_sections.register(
        DigestSection(
            key="followed",
            heading=gettext_lazy("What became of what you follow"),
            rows=told("status", "comments", "everything"),
            tells=["status", "comments", "everything"],
            order=40,
        )
    )
    digest_sections.register(
        DigestSection(
            key="in_hubs", heading=gettext_lazy("New in your hubs"), rows=told("in_hubs"), tells=["in_hubs"], order=60
        )
    )
