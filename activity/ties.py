"""What ties subjects together: filed at, part of, became … Every app registers its kinds of link. Spec 00."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import BooleanField, Count, F, QuerySet, Value, Window
from django.db.models.functions import RowNumber

from ui import statements
from ui.registry import Registry, Text

from .kinds import FORGOTTEN, subject_kinds
from .models import Subject, SubjectLink
from .visibility import may_read

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from community.models import User

#: Of each kind of link a page shows this many, the newest first.
LINKS_SHOWN = 20


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class LinkKind:
    """One way in which a subject is tied to another.

    ``key`` is what the database keeps, at most 40 characters: never change it. ``seen_from`` is the heading over what
    a subject is tied to ("Filed at"), ``seen_to`` over what is tied to it ("Filed here"). ``icon`` is a symbol of the
    sprite. ``list_of`` gives the address of a list of all that is tied to the subject with that number, where there is
    one.
    """

    key: str
    seen_from: Text
    seen_to: Text
    icon: str
    order: int = 100
    list_of: Callable[[int], str] | None = None


link_kinds: Registry[LinkKind] = Registry("kinds of link between subjects")


@dataclass(frozen=True, slots=True)
class Tied:
    """The subject at the other end of a link, as a page shows it; ``word`` is what kind of thing it is."""

    title: str
    language: str
    url: str
    word: Text


@dataclass(frozen=True, slots=True)
class TiedGroup:
    """What a subject is tied to in one way and from one side: the newest, and how many ``others`` there are.

    ``url`` leads to a list of all of them, where there is one.
    """

    key: str
    heading: Text
    icon: str
    subjects: Sequence[Tied]
    others: int
    url: str = ""


def links_of(subject: Subject, reader: User | AnonymousUser) -> list[TiedGroup]:
    """What ``subject`` is tied to and ``reader`` may read, from both sides, in the order of kinds. One query."""
    groups: dict[tuple[str, bool], tuple[list[Tied], int]] = {}
    rows = statements.rows(_tied_to, subject.pk, reader)
    for key, is_from, _nth, total, title, language, url, kind in rows:
        tied, _total = groups.setdefault((key, is_from), ([], total))
        tied.append(Tied(title, language, url, (subject_kinds.get(kind) or FORGOTTEN).word))
    return [
        TiedGroup(
            key=f"{kind.key}-{'from' if is_from else 'to'}",
            heading=kind.seen_from if is_from else kind.seen_to,
            icon=kind.icon,
            subjects=groups[kind.key, is_from][0],
            others=groups[kind.key, is_from][1] - len(groups[kind.key, is_from][0]),
            url="" if is_from or kind.list_of is None else kind.list_of(subject.pk),
        )
        for kind in link_kinds
        for is_from in (True, False)
        if (kind.key, is_from) in groups
    ]


def _tied_to(subject: int, reader: User | AnonymousUser) -> QuerySet[Any, Any]:
    ends = (_other_ends(subject, reader, is_from=is_from) for is_from in (True, False))
    return next(ends).union(*ends, all=True).order_by("nth")


def _other_ends(subject: int, reader: User | AnonymousUser, *, is_from: bool) -> QuerySet[Any, Any]:
    """The newest links of each kind on one side of a subject, with their number and the subject at the other end."""
    here, there = ("from_subject", "to_subject") if is_from else ("to_subject", "from_subject")
    rows = SubjectLink.objects.filter(may_read(reader, there), **{here: subject})
    newest = Window(RowNumber(), partition_by="kind", order_by=["-created_at", "-pk"])
    side = Value(is_from, output_field=BooleanField())
    columns = rows.annotate(is_from=side, nth=newest, total=Window(Count("pk"), partition_by="kind"))
    shown = columns.filter(nth__lte=LINKS_SHOWN)
    other = {f"other_{name}": F(f"{there}__{name}") for name in ("title", "language", "url", "kind")}
    return shown.annotate(**other).values_list("kind", "is_from", "nth", "total", *other)
