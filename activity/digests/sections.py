"""What stands in a digest: every app registers its sections. Spec 06, Digests."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from django.db.models import BigIntegerField, Exists, F, OuterRef, Q, QuerySet, Value
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


@dataclass(frozen=True, slots=True)
class Item:
    """What happened to one subject: how often, and the latest entry of the ledger that tells it, if one does.

    ``what`` is a word that the rows of the section have for it.
    """

    subject: Subject
    number: int
    entry: Activity | None
    what: str = ""


def _in_words(item: Item) -> str:
    """The latest that happened, and how much more."""
    if item.entry is None:
        return ""
    latest = strip_tags(entry_in_words(item.entry))
    more = item.number - 1
    if not more:
        return f"{latest}."
    return ngettext("{latest}, and {count} more.", "{latest}, and {count} more.", more).format(
        latest=latest, count=more
    )


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class DigestSection:
    """One part of a digest.

    ``rows`` gives what may stand in it for a member, who is a column of another statement, as far as they may see it:
    each row with ``about`` (the primary key of a subject), ``happened_at`` and ``entry_id`` (of the ledger; 0 for
    none), and with ``has_what`` a word for ``title`` and ``say``, ``what``. With ``is_new`` it leaves out what they
    have seen or what was mailed to them already.

    ``say`` is what stands under a title, in the language of the reader; the title is that of the subject unless
    ``title`` gives another. ``url`` leads to where one does it, instead of to the subject. ``tells`` are the kinds of
    notification that stand in it.
    """

    key: str
    heading: Text
    rows: Callable[[OuterRef, bool], QuerySet[Any]]
    say: Callable[[Item], str] = _in_words
    title: Callable[[Item], str] | None = None
    has_what: bool = False
    url: str = ""
    tells: Collection[str] = ()
    order: int = 100


digest_sections: Registry[DigestSection] = Registry("sections of digests")


def told(*kinds: str) -> Callable[[OuterRef, bool], QuerySet[Any]]:
    """Rows of notifications of these kinds that go into the digest."""

    def rows(member: OuterRef, is_new: bool) -> QuerySet[Any]:
        found = Notification.objects.standing().filter(member=member, kind__in=kinds, in_digest=True)
        if is_new:
            unmailed = Q(email=None) | Q(email__state__in=[EmailState.CANCELLED, EmailState.FAILED])
            found = found.unread().filter(unmailed)
        return found.annotate(about=F("subject_id"), happened_at=F("made_at"))

    return rows


def _waiting(member: OuterRef, _is_new: bool) -> QuerySet[Any]:
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
        happened_at=F("created_at"),
        entry_id=Value(0, output_field=BigIntegerField()),
        what=F("kind"),
    )


def _what_waits(item: Item) -> str:
    kind = todo_kinds.get(item.what)
    return str(kind.word) if kind and kind.word else _("Something waits for you")


def _about_what(item: Item) -> str:
    """Which subject it is about, and how many such things wait there."""
    about = "" if item.subject.kind == COMMUNITY.key else item.subject.title
    if item.number == 1:
        return about
    number = ngettext("{count} thing", "{count} things", item.number).format(count=item.number)
    return f"{about} ({number})" if about else number


def register() -> None:
    """Register the sections of this app; called once, when it is ready."""
    digest_sections.register(
        DigestSection(
            key="waiting",
            heading=gettext_lazy("What waits for you"),
            rows=_waiting,
            say=_about_what,
            title=_what_waits,
            has_what=True,
            url="/",
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
