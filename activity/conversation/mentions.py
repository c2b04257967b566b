"""Whom and what a text means by ``@name`` and ``#12``: read when it is saved, kept as references. Spec 06, Comments.

A text that is kept holds no handle of a member: ``@anna-berg`` becomes ``@{12}``, and is written as the present handle
again in the form that changes it. So a member who is erased leaves no name behind in what others wrote.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from activity.kinds import resolve_references
from activity.references import references_in

if TYPE_CHECKING:
    from django.db.models import OuterRef, QuerySet

    from activity.models import Subject
    from community.models import User

#: Of one text this many names are looked up; the others stay as they were typed.
MOST = 50

_HANDLE = re.compile(r"(?<![\w@/.{-])@([a-z0-9][a-z0-9_-]{0,59})", re.IGNORECASE)
_MEMBER = re.compile(r"@\{(\d{1,18})\}")


@dataclass(frozen=True, slots=True)
class Suggested:
    """Somebody who may be meant, and where they work, if that is known."""

    pk: int
    name: str
    handle: str
    unit: str


class People:
    """How members are called: the app that keeps them says so, once, in ``AppConfig.ready()``.

    ``by_handle`` finds who takes part by handles in lower case, old ones too: primary keys by handle, two queries.
    ``handles_of`` gives the present handles of who takes part by their primary key, one query. ``url`` is the address
    of the page of whoever has a handle. ``suggest`` gives the few others who take part, may read a subject, and can be
    meant by what a member types of a name or handle; one query. ``hub_of`` gives the ``name`` and ``language`` of the
    hub that somebody belongs to first of all, if a reader may know of it: at most one row, for a statement about many.
    """

    by_handle: Callable[[Collection[str]], Mapping[str, int]]
    handles_of: Callable[[Collection[int]], Mapping[int, str]]
    url: Callable[[str], str]
    suggest: Callable[[Subject, User, str], Sequence[Suggested]]
    hub_of: Callable[[OuterRef, User], QuerySet[Any, Any]]


people = People()


@dataclass(frozen=True, slots=True)
class ReadText:
    """A text as it is kept, whom it mentions, and the subjects it refers to by what stands for them."""

    text: str
    members: frozenset[int]
    subjects: Mapping[str, int]


def read(typed: str) -> ReadText:
    """Read what somebody typed: who is meant by each ``@handle`` and what by each ``#12``; who is nobody stays text."""
    handles = [found.lower() for found in dict.fromkeys(_HANDLE.findall(typed))][:MOST]
    known = people.by_handle(handles) if handles else {}

    def kept(found: re.Match[str]) -> str:
        member = known.get(found[1].lower())
        return found[0] if member is None else f"@{{{member}}}"

    text = _HANDLE.sub(kept, _MEMBER.sub(r"@\1", typed))
    return ReadText(text, frozenset(mentioned_in(text)), resolve_references(references_in(typed)))


def mentioned_in(text: str) -> set[int]:
    """The primary keys of the members that a kept text mentions."""
    return {int(pk) for pk in _MEMBER.findall(text)}


def as_typed(text: str, former: str) -> str:
    """A kept text as somebody types it: members by their present handle, who is gone as ``former``."""
    handles = people.handles_of(mentioned_in(text)) if "@{" in text else {}
    return _MEMBER.sub(lambda found: f"@{handles[int(found[1])]}" if int(found[1]) in handles else former, text)
