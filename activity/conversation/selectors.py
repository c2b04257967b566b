"""Conversations as they are read: a stretch of comments with all that is said of them, in one query. Spec 06."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib.auth import get_user_model
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Case, Count, Exists, OuterRef, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce, JSONObject
from django.utils.functional import cached_property
from django.utils.safestring import SafeString
from django.utils.translation import gettext, pgettext

from activity.models import Subject
from activity.references import links_in
from activity.visibility import may_read
from ui import statements
from ui.markdown import Linked, render_linked
from ui.templatetags.ui import iso_day, plain_date

from .hiding import HidingNote, hiding, is_readable
from .mentions import mentioned_in, people, read
from .models import Comment, CommentRevision, Mention, Reference, Thanks
from .rows import CommentSays, comment_body, comment_row

if TYPE_CHECKING:
    from community.models import User

#: So many are there as a page opens: a long conversation opens as fast as a short one.
FIRST_SHOWN = 20
#: So many come at once when those before or after them are asked for.
MOST_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Author:
    """Who wrote a comment, and of which hub; without ``url`` somebody who is no member any more."""

    pk: int
    name: str
    url: str = ""
    hub: str = ""
    hub_language: str = ""


@dataclass(frozen=True)
class ShownComment:
    """A comment as one reader sees it."""

    row: Comment
    author: Author
    is_mine: bool
    thanks: int
    is_thanked: bool
    links: Mapping[str, Linked]
    is_readable: bool = True
    note: HidingNote | None = None
    may_hide: bool = False

    @cached_property
    def html(self) -> SafeString:
        """What it says; nothing to whoever may not read it."""
        return said(self.row.text, self.links, f"c{self.row.pk}") if self.is_readable else SafeString("")

    @property
    def pk(self) -> int:
        """The number in its address."""
        return self.row.pk

    @property
    def says(self) -> CommentSays:
        """Everything that is drawn of it."""
        author, row = self.author, self.row
        return CommentSays(
            pk=row.pk,
            subject=row.subject_id,
            author=author.pk,
            name=author.name,
            url=author.url,
            hub=author.hub,
            hub_language=author.hub_language,
            written_on=iso_day(row.written_at),
            written=plain_date(row.written_at),
            edited=plain_date(row.edited_at),
            language=row.language,
            html=self.html,
            thanks=self.thanks,
            is_thanked=self.is_thanked,
            is_mine=self.is_mine,
            may_hide=self.may_hide,
        )

    @property
    def drawn(self) -> SafeString:
        """All of it, as whoever may read it sees it among the others."""
        return comment_row(self.says)

    @property
    def body(self) -> SafeString:
        """Who said what, and when."""
        return comment_body(self.says)


@dataclass(frozen=True, slots=True)
class Conversation:
    """A stretch of a conversation, oldest first, and what is on either side of it.

    ``following`` is the comment at which what is later begins, 0 where there is none.
    """

    subject: Subject
    comments: Sequence[ShownComment]
    has_earlier: bool
    following: int
    total: int

    @property
    def first(self) -> int:
        """Where what is earlier ends."""
        return self.comments[0].pk if self.comments else 0


def said(text: str, links: Mapping[str, Linked], which: str) -> SafeString:
    """A kept text as HTML, ``which`` among others on its page; whoever is gone from it reads as a former member."""
    return render_linked(text, links, missing=gettext("a former member"), which=which)


def conversation(
    subject: Subject, reader: User, *, before: int = 0, at: int = 0, most: int = FIRST_SHOWN
) -> Conversation:
    """The newest comments about ``subject``, or those ``before`` one, or those from one ``at`` on; one query.

    At ``most`` so many of them. A number that is no comment about it shows the newest, which are another query then.
    The caller has made sure that ``reader`` may read the subject.
    """
    rows: list[Any] = []
    if at:
        rows = statements.rows(statements.Stretch(_from_one, most + 1), subject.pk, reader, at)
    elif before:
        rows = statements.rows(statements.Stretch(_before_one, most + 1), subject.pk, reader, before)
    if not rows or not rows[0].is_known:
        at = before = 0
        rows = statements.rows(statements.Stretch(_newest, most + 1), subject.pk, reader)
    has_more = len(rows) > most
    shown = rows[:most]
    if not at:
        shown.reverse()
    first: Any = shown[0] if shown else None
    return Conversation(
        subject=subject,
        comments=[as_shown(row, reader) for row in shown],
        has_earlier=first.has_earlier if at and first else has_more,
        following=(rows[most].pk if has_more else 0) if at else before,
        total=first.total - first.unread if first else 0,
    )


def one_comment(comment: Comment, reader: User, *, judges: bool = False) -> ShownComment:
    """One comment as ``reader`` sees it, fresh. Raises ``Comment.DoesNotExist``.

    Who ``judges`` whether it stays hidden reads it.
    """
    return as_shown(_with_all(Comment.objects.filter(pk=comment.pk), reader).get(), reader, judges=judges)


def revisions_of(comment: Comment, reader: User) -> list[tuple[CommentRevision, SafeString]]:
    """What a comment said before, the latest first, as HTML; at most five queries however many there are."""
    revisions = list(comment.revisions.order_by("-pk")[:MOST_SHOWN])
    links = _links_of([row.text for row in revisions], reader)
    return [(row, said(row.text, links, f"r{row.pk}")) for row in revisions]


def preview(typed: str, reader: User) -> SafeString:
    """What somebody typed as its readers would see it, as far as ``reader`` does; nothing is kept."""
    text = read(typed).text
    return said(text, _links_of([text], reader), "preview")


def _links_of(texts: Sequence[str], reader: User) -> dict[str, Linked]:
    """Whom kept texts mention and what they refer to: members who take part, and what ``reader`` may see."""
    mentioned = set[int]().union(*map(mentioned_in, texts))
    members = get_user_model().objects.filter(pk__in=mentioned, is_active=True)
    links = {f"@{member.pk}": Linked(member.name, member.get_absolute_url()) for member in members}
    return links | links_in(texts, reader)


def is_among_newest(comment: Comment) -> bool:
    """Whether the page of its subject shows it as it opens."""
    later = Comment.objects.filter(subject=comment.subject_id, pk__gt=comment.pk).order_by("pk").values("pk")
    return len(later[:FIRST_SHOWN]) < FIRST_SHOWN


def _newest(subject: int, reader: User) -> QuerySet[Comment]:
    rows = _with_all(Comment.objects.filter(subject=subject), reader)
    return _with_total(rows, subject, reader).order_by("-pk")


def _before_one(subject: int, reader: User, before: int) -> QuerySet[Comment]:
    rows = _with_all(Comment.objects.filter(subject=subject, pk__lt=before), reader)
    rows = _with_total(rows, subject, reader).annotate(is_known=_is_about(subject, before))
    return rows.order_by("-pk")


def _from_one(subject: int, reader: User, at: int) -> QuerySet[Comment]:
    earlier = Comment.objects.filter(subject=subject, pk__lt=at)
    rows = _with_all(Comment.objects.filter(subject=subject, pk__gte=at), reader)
    rows = _with_total(rows, subject, reader).annotate(has_earlier=Exists(earlier), is_known=_is_about(subject, at))
    return rows.order_by("pk")


def _is_about(subject: int, comment: int) -> Exists:
    return Exists(Comment.objects.filter(subject=subject, pk=comment))


def _with_total(rows: QuerySet[Comment], subject: int, reader: User) -> QuerySet[Comment]:
    """How many there are for ``reader``: all are counted in one index, the few that are hidden in another."""

    def number(counted: QuerySet[Comment]) -> Subquery:
        return Subquery(counted.order_by().values("subject").annotate(number=Count("pk")).values("number"))

    every = Comment.objects.filter(subject=subject)
    if reader.is_facilitator:
        return rows.annotate(total=number(every), unread=Value(0))
    unread = every.filter(hidden_at__isnull=False, deleted_at=None).exclude(author=reader)
    return rows.annotate(total=number(every), unread=Coalesce(number(unread), 0))


#: What is read of a comment and of who wrote it.
_OF_COMMENTS = [
    *(field.attname for field in Comment._meta.concrete_fields),
    *(f"author__{name}" for name in ("name", "handle", "is_active")),
]


def _with_all(rows: QuerySet[Comment], reader: User) -> QuerySet[Comment]:
    """Comments with author, thanks, whom they mention and what they refer to, as far as ``reader`` may see it."""
    here = OuterRef("pk")
    thanks = Thanks.objects.filter(comment=here)
    each = thanks.order_by().values("comment").annotate(number=Count("pk")).values("number")
    named = Mention.objects.filter(comment=here, member__is_active=True)
    referred = Reference.objects.filter(may_read(reader, "subject"), comment=here)
    return (
        rows.select_related("author")
        .only(*_OF_COMMENTS)
        .annotate(
            number_of_thanks=Coalesce(Subquery(each), 0),
            is_thanked=Exists(thanks.filter(member=reader)),
            hub=Subquery(
                people.hub_of(OuterRef("author"), reader).values(found=JSONObject(name="name", language="language"))
            ),
            known_of_hiding=Case(When(hidden_at__isnull=False, then=hiding.known_of(here)), default=None),
            members=ArraySubquery(
                named.order_by("pk").values(
                    found=JSONObject(pk="member_id", name="member__name", handle="member__handle")
                )
            ),
            subjects=ArraySubquery(
                referred.order_by("pk").values(
                    found=JSONObject(
                        text="text", url="subject__url", title="subject__title", language="subject__language"
                    )
                )
            ),
        )
    )


def as_shown(row: Any, reader: User, *, judges: bool = False) -> ShownComment:
    """A row of ``_with_all`` as ``reader`` sees it."""
    readable = judges or is_readable(row, reader)
    links = {f"@{it['pk']}": Linked(it["name"], people.url(it["handle"])) for it in row.members}
    links |= {it["text"]: Linked(it["text"], it["url"], it["title"], it["language"]) for it in row.subjects}
    author = row.author
    is_member = author is not None and author.is_active
    hub = row.hub or {}
    return ShownComment(
        row=row,
        author=Author(author.pk, author.name, author.get_absolute_url(), hub.get("name", ""), hub.get("language", ""))
        if is_member
        else Author(0, pgettext("ledger", "A former member")),
        is_mine=row.author_id == reader.pk,
        thanks=row.number_of_thanks,
        is_thanked=row.is_thanked,
        links=links,
        is_readable=readable,
        may_hide=reader.is_facilitator,
        note=hiding.note(row.known_of_hiding) if readable and row.known_of_hiding else None,
    )
