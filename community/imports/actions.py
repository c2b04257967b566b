"""What a list says about members: known facts, not acts of theirs. Spec 01, Import and export.

Many at once: a list of fifty thousand takes as many statements for each thousand as one of a thousand does.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from itertools import batched
from typing import Any

from django.db import transaction
from django.utils import timezone

from activity.following.actions import begin_follows
from community.follows import JOINED
from community.hubs import tallies
from community.hubs.models import Hub, Membership, MemberTally
from community.names import FreeNames, handle_base
from community.people.actions import HANDLES
from community.people.models import OldHandle, User
from community.sources import TOPICS
from community.topics.models import MemberTopic, Topic
from ui.writing import hold

BATCH = 1_000


@dataclass(frozen=True, slots=True)
class NewMember:
    """Somebody new: ``fields`` are columns, ``topics`` are by kind, ``imported`` is what the list said."""

    name: str
    email: str
    fields: Mapping[str, Any]
    topics: Mapping[str, Sequence[Topic]]
    hubs: Sequence[Hub]
    imported: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ChangedMember:
    """What a list says anew of ``member``: columns, all ``topics`` of the given kinds, further ``hubs``."""

    member: User
    fields: Mapping[str, Any]
    topics: Mapping[str, Sequence[Topic]]
    hubs: Sequence[Hub]
    imported: Mapping[str, Any]


def lock_members(emails: Iterable[str]) -> dict[str, User]:
    """Lock the members who have these addresses until the transaction ends, and return them by address.

    Nobody is added meanwhile, and no profile saved: a list is held against what it will change. In the order of
    ``update_profile`` (handles, then the member), members by ``pk``, so that neither waits for the other for ever.
    """
    hold(HANDLES)
    pks: list[int] = []
    for some in _batches(emails):
        pks += User.objects.filter(email__in=some).values_list("pk", flat=True)
    found: dict[str, User] = {}
    for batch in _batches(sorted(pks)):
        rows = User.objects.filter(pk__in=batch).select_for_update(of=("self",), no_key=True).order_by("pk")
        found |= {member.email: member for member in rows.select_related("unit")}
    return found


@transaction.atomic
def add_imported_members(members: Sequence[NewMember]) -> list[User]:
    """Make members who are known, but not active: no mail, in no figure, until they sign in for the first time.

    Raises IntegrityError when an address belongs to somebody already.
    """
    if not members:
        return []
    hold(HANDLES)
    rows = [model.objects.values_list("handle", flat=True) for model in (User, OldHandle)]
    handles = FreeNames(handle.lower() for some in rows for handle in some.iterator(chunk_size=10_000))
    added = [_made(new, handles.take(handle_base(new.name))) for new in members]
    User.objects.bulk_create(added, batch_size=BATCH)
    _belong((member, new.hubs) for member, new in zip(added, members, strict=True))
    _know((member, new.topics) for member, new in zip(added, members, strict=True))
    return added


@transaction.atomic
def update_imported_members(members: Sequence[ChangedMember]) -> None:
    """Take over what a list says anew of members who were locked by ``lock_members`` in this transaction."""
    if not members:
        return
    columns = {"imported", "version", "primary_hub"}
    for changed in members:
        member = changed.member
        for name, value in {
            **changed.fields,
            "imported": dict(changed.imported),
            "version": member.version + 1,
        }.items():
            setattr(member, name, value)
            columns.add(name)
        if changed.hubs and member.primary_hub_id is None:
            member.primary_hub = changed.hubs[0]
    # An insert of rows that are there: ``bulk_update`` writes a CASE for each value, which takes far longer.
    User.objects.bulk_create(
        [changed.member for changed in members],
        update_conflicts=True,
        unique_fields=["pk"],
        update_fields=sorted(columns),
        batch_size=BATCH,
    )
    _belong((changed.member, changed.hubs) for changed in members)
    _forget((changed.member, changed.topics) for changed in members)
    _know((changed.member, changed.topics) for changed in members)
    tallies.keep(MemberTally, (hub.pk for changed in members for hub in changed.hubs))


def _made(new: NewMember, handle: str) -> User:
    member = User(name=new.name, email=new.email, handle=handle, imported=dict(new.imported), **new.fields)
    member.set_unusable_password()
    member.primary_hub = new.hubs[0] if new.hubs else None
    return member


def _belong(members: Iterable[tuple[User, Sequence[Hub]]]) -> None:
    """Write memberships from the day somebody became a member.

    Without a word in the ledger: who is imported is seen by few, and has not joined by themselves.
    """
    now = timezone.now()
    pairs = [(member, hub) for member, hubs in members for hub in hubs]
    rows = (
        Membership(
            member_id=member.pk,
            hub_id=hub.pk,
            started_at=min(now, timezone.make_aware(datetime.combine(member.joined_on, time()))),
        )
        for member, hub in pairs
    )
    Membership.objects.bulk_create(rows, batch_size=BATCH, ignore_conflicts=True)
    begin_follows(((hub.subject_id, member.pk) for member, hub in pairs), JOINED)


def _know(members: Iterable[tuple[User, Mapping[str, Sequence[Topic]]]]) -> None:
    """Write what members know; what they said already keeps its day."""
    TOPICS.changed()
    rows = (
        MemberTopic(member_id=member.pk, topic_id=topic.pk, kind=kind)
        for member, topics in members
        for kind, some in topics.items()
        for topic in some
    )
    MemberTopic.objects.bulk_create(rows, batch_size=BATCH, ignore_conflicts=True)


def _forget(members: Iterable[tuple[User, Mapping[str, Sequence[Topic]]]]) -> None:
    """Take out what members no longer say of the given kinds."""
    TOPICS.changed()
    wanted = {
        (member.pk, kind): {topic.pk for topic in some} for member, topics in members for kind, some in topics.items()
    }
    said = said_topics({pk for pk, _kind in wanted})
    gone = [row for key, topics in wanted.items() for topic, row in said.get(key, {}).items() if topic not in topics]
    for some in _batches(gone):
        MemberTopic.objects.filter(pk__in=some).delete()


def said_topics(members: Iterable[int]) -> dict[tuple[int, str], dict[int, int]]:
    """What members say they know: by member and kind, the topics with the rows that say so."""
    said: dict[tuple[int, str], dict[int, int]] = defaultdict(dict)
    for some in _batches(sorted(members)):
        rows = MemberTopic.objects.filter(member__in=some).order_by()
        for member, kind, topic, pk in rows.values_list("member_id", "kind", "topic_id", "pk"):
            said[member, kind][topic] = pk
    return said


def current_hubs(members: Iterable[int]) -> dict[int, list[int]]:
    """The hubs that members belong to now, by member."""
    found: dict[int, list[int]] = defaultdict(list)
    for some in _batches(sorted(members)):
        rows = Membership.objects.current().filter(member__in=some).order_by("started_at", "pk")
        for member, hub in rows.values_list("member_id", "hub_id"):
            found[member].append(hub)
    return found


def _batches[T](values: Iterable[T]) -> Iterable[tuple[T, ...]]:
    return batched(values, BATCH, strict=False)
