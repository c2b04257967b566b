"""Who sees what: one expression, for one reader or for many at once. Spec 00, One subject, one ledger."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from ui import statements
from ui.lookups import is_among

from .models import Audience, Subject

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from community.models import User

#: Somebody who reads: a loaded user, or in a statement about many members the column that holds one.
type Reader = User | AnonymousUser | OuterRef


class Belonging:
    """How members belong to hubs: the app that keeps memberships says so, once, in ``AppConfig.ready()``.

    ``hub_subjects_of`` returns the primary keys of the subjects of the hubs that a member belongs to now;
    ``represented_by`` those of the hubs that a member speaks for now, ``represented`` those that anybody does;
    ``facilitates`` whether a facilitator term of theirs runs: an answer for a loaded user, ``Exists`` for a column.
    ``main_hub`` is the path from a member to the subject of their main hub, of which each has one at most.
    """

    hub_subjects_of: Callable[[User | OuterRef], QuerySet[Any, Any]]
    represented_by: Callable[[User | OuterRef], QuerySet[Any, Any]]
    represented: Callable[[], QuerySet[Any, Any]]
    facilitates: Callable[[User | OuterRef], bool | Exists]
    main_hub: str


belonging = Belonging()


def may_read(reader: Reader, path: str = "") -> Q:
    """What ``reader`` may see. This expression alone decides it, for every page, mail and feed.

    Visitors see public subjects; members what is public, for members, for one of their hubs or for them by name, and
    who represents a hub what is for representatives; facilitators also what is hidden. Nearly everything is shared with
    every member: that is asked first, and nothing else where it holds. What is not announced is in no list of subjects:
    the owner's app shows drafts to whoever works on them. A superuser sees no more than a member.

    ``path`` leads from a row to its subject: ``Email.objects.filter(may_read(user, "subject"))``. Where rows also name
    who reads, ``reader`` is an ``OuterRef`` to that column, and one statement judges every pair.
    """
    subject = _at(path)
    shared = subject(is_shared=True)
    if isinstance(reader, OuterRef):
        return shared | (subject(announced_at__isnull=False) & _beyond_what_is_shared(reader, subject))
    if not reader.is_authenticated:
        return shared & subject(audience=Audience.PUBLIC)
    if belonging.facilitates(reader):
        return shared | (subject(announced_at__isnull=False) & _as_facilitator(reader, subject))
    theirs = statements.subquery(_beyond_what_is_shared_with_members, reader)
    return shared | is_among(f"{path}__pk" if path else "pk", theirs)


def may_read_once_announced(reader: OuterRef, path: str = "") -> Q:
    """What ``reader`` may see of drafts as soon as those are announced: whom announcing one reaches."""
    subject = _at(path)
    for_all = subject(hidden_at=None, audience__in=[Audience.PUBLIC, Audience.MEMBERS])
    return for_all | _beyond_what_is_shared(reader, subject)


def _at(path: str) -> Callable[..., Q]:
    """Conditions on the subject to which ``path`` leads."""

    def subject(**conditions: Any) -> Q:
        return Q(**{f"{path}__{name}" if path else name: value for name, value in conditions.items()})

    return subject


def _beyond_what_is_shared(reader: User | OuterRef, subject: Callable[..., Q]) -> Q:
    """What ``reader`` may see of what is announced and not for every member."""
    as_member = _as_member(reader, subject)
    return as_member | (Q(belonging.facilitates(reader)) & _as_facilitator(reader, subject))


def _as_member(reader: User | OuterRef, subject: Callable[..., Q]) -> Q:
    own_hubs = belonging.hub_subjects_of(OuterRef(reader) if isinstance(reader, OuterRef) else reader)
    for_own_hubs = Subject.hubs.through.objects.filter(to_subject__in=own_hubs).values("from_subject")
    return subject(hidden_at=None) & (
        subject(audience=Audience.HUBS, pk__in=for_own_hubs)
        | (subject(audience=Audience.REPRESENTATIVES) & Q(Exists(belonging.represented_by(reader))))
        | _as_named(reader, subject)
    )


def _as_facilitator(reader: User | OuterRef, subject: Callable[..., Q]) -> Q:
    return ~subject(audience=Audience.NAMED) | _as_named(reader, subject)


def _as_named(reader: User | OuterRef, subject: Callable[..., Q]) -> Q:
    by_name = Subject.readers.through.objects.filter(user=reader).values("subject")
    return subject(audience=Audience.NAMED, pk__in=by_name)


def _beyond_what_is_shared_with_members(member: User) -> QuerySet[Subject, Any]:
    """What a member may see beside what is shared: written once, and not for each of the lists of a page."""
    theirs = Subject.objects.filter(is_shared=False, announced_at__isnull=False).filter(_as_member(member, Q))
    return theirs.order_by().values("pk")
