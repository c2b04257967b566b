"""Kinds of subject: every app registers its own, in a ``subjects.py`` of its own. Spec 00, One subject, one ledger."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from ui.registry import Registry, Text
from ui.shared import Source, source

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from community.models import User

    from .models import Subject


@dataclass(frozen=True, kw_only=True, slots=True)
class Resolver:
    """How a text refers to subjects of one kind: ``#12`` is ``prefix`` and "12".

    ``find`` gets what stands behind the prefix, many at once, and returns the primary keys of the subjects it found, by
    that text; one query. It does not ask who reads: whoever shows what it found filters by ``may_read``. ``@`` stands
    before the names of people, who are no subjects.
    """

    prefix: str
    find: Callable[[Collection[str]], Mapping[str, int]]


def _says_nothing(_subjects: Sequence[Subject]) -> Mapping[int, str]:
    return {}


def _has_no_author(_subjects: Sequence[Subject], _reader: User | AnonymousUser) -> Mapping[int, str]:
    return {}


@dataclass(frozen=True, slots=True)
class Keeper:
    """Somebody who looks after a subject, and as what: whom to ask about it."""

    member: User
    role: Text


def _has_no_keepers(_subject: Subject, _reader: User) -> Sequence[Keeper]:
    return ()


def _has_no_makers(_subjects: Sequence[Subject]) -> Mapping[int, Collection[int]]:
    return {}


def _nothing_follows(_subject: Subject) -> None:
    return None


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class SubjectKind:
    """One kind of thing that people follow and discuss.

    ``key`` is what the database keeps, at most 20 characters: never change it. ``word`` names one of them, without
    article or capital, ``feed_hint`` says what a feed about one tells. ``page`` is the URL name of its page, if it has
    one of its own; the address of each subject is kept with it, by its owner.

    ``author`` says who made each of many subjects, as far as ``reader`` may know, and ``excerpt`` how its text begins,
    without Markdown: words by primary key of the subject, in one query; whoever has none is left out. The caller has
    made sure that the subjects may be read.

    ``keepers`` says whom of a subject ``reader``, who may read it, can ask; where it names nobody, facilitators are.

    ``makers`` says of many subjects whose each is, whoever reads: primary keys of members by that of the subject, in
    one query. They hear why it is hidden, may appeal, and do not judge it. ``hidden`` is called when a subject was
    hidden or is shown again, in that transaction and as the last thing in it: for what its app counts.
    """

    key: str
    word: Text
    page: str = ""
    feed_hint: Text
    author: Callable[[Sequence[Subject], User | AnonymousUser], Mapping[int, str]] = _has_no_author
    excerpt: Callable[[Sequence[Subject]], Mapping[int, str]] = _says_nothing
    keepers: Callable[[Subject, User], Sequence[Keeper]] = _has_no_keepers
    makers: Callable[[Sequence[Subject]], Mapping[int, Collection[int]]] = _has_no_makers
    hidden: Callable[[Subject], None] = _nothing_follows
    resolver: Resolver | None = None
    order: int = 100


subject_kinds: Registry[SubjectKind] = Registry("kinds of subject")

COMMUNITY = subject_kinds.register(
    SubjectKind(
        key="community",
        word=pgettext_lazy("kind of subject", "community"),
        feed_hint=_("The news of everything you may see."),
        order=0,
    )
)

#: What is said of a subject whose kind nobody registers any more, because its app is gone.
FORGOTTEN = SubjectKind(
    key="",
    word=pgettext_lazy("kind of subject", "something else"),
    feed_hint=_("What becomes of it."),
)


def resolve_references(references: Iterable[str]) -> dict[str, int]:
    """The primary keys of the subjects that ``references`` ("#12") mean; one query for each kind that is referred to.

    What means nothing is left out. Whoever shows one filters by ``may_read``.
    """
    named: dict[str, set[str]] = defaultdict(set)
    for reference in references:
        named[reference[:1]].add(reference[1:])
    resolvers = [kind.resolver for kind in subject_kinds if kind.resolver]
    return {
        resolver.prefix + name: subject
        for resolver in resolvers
        if resolver.prefix in named
        for name, subject in resolver.find(named[resolver.prefix]).items()
    }


def subjects_of(kind: str) -> Source:
    """All subjects of a kind, with what owners keep beside them: what shared values are made of (``ui.shared``)."""
    return source(f"activity:{kind}")
