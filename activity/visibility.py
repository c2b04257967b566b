"""Who sees what: one expression, for one reader or for many at once. Spec 00, One subject, one ledger."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from .models import Audience, Subject

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from community.models import User

#: Somebody who reads: a loaded user, or in a statement about many members the column that holds one.
type Reader = User | AnonymousUser | OuterRef


class Belonging:
    """How members belong to hubs: the app that keeps memberships says so, once, in ``AppConfig.ready()``.

    ``hub_subjects_of`` returns the primary keys of the subjects of the hubs that a member belongs to now;
    ``represented_by`` those of the hubs that a member speaks for now;
    ``facilitates`` whether a facilitator term of theirs runs: an answer for a loaded user, ``Exists`` for a column.
    """

    hub_subjects_of: Callable[[User | OuterRef], QuerySet[Any, Any]]
    represented_by: Callable[[User | OuterRef], QuerySet[Any, Any]]
    facilitates: Callable[[User | OuterRef], bool | Exists]


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

    def subject(**conditions: Any) -> Q:
        return Q(**{f"{path}__{name}" if path else name: value for name, value in conditions.items()})

    shared = subject(is_shared=True)
    announced, shown = subject(announced_at__isnull=False), subject(hidden_at=None)
    if isinstance(reader, OuterRef):
        in_subquery: User | OuterRef = OuterRef(reader)
    elif reader.is_authenticated:
        in_subquery = reader
    else:
        return shared & subject(audience=Audience.PUBLIC)
    by_name = Subject.readers.through.objects.filter(user=reader).values("subject")
    named = subject(audience=Audience.NAMED, pk__in=by_name)
    as_facilitator = ~subject(audience=Audience.NAMED) | named
    facilitates = belonging.facilitates(reader)
    if facilitates is True:
        return shared | (announced & as_facilitator)
    own_hubs = belonging.hub_subjects_of(in_subquery)
    for_own_hubs = Subject.hubs.through.objects.filter(to_subject__in=own_hubs).values("from_subject")
    as_member = shown & (
        subject(audience=Audience.HUBS, pk__in=for_own_hubs)
        | (subject(audience=Audience.REPRESENTATIVES) & Q(Exists(belonging.represented_by(reader))))
        | named
    )
    if facilitates is False:
        return shared | (announced & as_member)
    return shared | (announced & (as_member | (Q(facilitates) & as_facilitator)))
