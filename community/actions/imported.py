"""What a list says about members: known facts, not acts of theirs. Spec 01, Import and export."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, time
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from community.models import Hub, Membership, Topic, User
from ui.errors import StaleForm

from .members import create_member, set_member_topics


@transaction.atomic
def add_imported_member(
    *,
    name: str,
    email: str,
    fields: Mapping[str, Any],
    topics: Mapping[str, Sequence[Topic]],
    hubs: Iterable[Hub],
    imported: Mapping[str, Any],
) -> User:
    """Make a member who is known, but not active: no mail, in no figure, until they sign in for the first time.

    ``fields`` are columns, ``topics`` are by kind, ``imported`` is what the list said, for its next import.
    """
    member = create_member(name=name, email=email, is_active_now=False, imported=dict(imported), **fields)
    set_member_topics(member, topics)
    if _belong(member, hubs):
        member.save(update_fields=["primary_hub"])
    return member


@transaction.atomic
def update_imported_member(
    *,
    member: User,
    fields: Mapping[str, Any],
    topics: Mapping[str, Sequence[Topic]],
    hubs: Iterable[Hub],
    imported: Mapping[str, Any],
) -> User:
    """Take over what a list says anew: the columns in ``fields``, all ``topics`` of the given kinds, further ``hubs``.

    Raises StaleForm when the profile was saved since ``member`` was read: the list was held against older texts.
    """
    fresh: User = User.objects.select_for_update(of=("self",), no_key=True).get(pk=member.pk)
    if fresh.version != member.version:
        raise StaleForm(_("Somebody else saved this in the meantime."))
    columns = {**fields, "imported": dict(imported), "version": fresh.version + 1}
    for name, value in columns.items():
        setattr(fresh, name, value)
    set_member_topics(fresh, topics)
    moved = ["primary_hub"] if _belong(fresh, hubs) else []
    fresh.save(update_fields=[*columns, *moved])
    return fresh


def _belong(member: User, hubs: Iterable[Hub]) -> bool:
    """Write memberships from the day somebody became a member; True when the first of them becomes the primary hub.

    Without a word in the ledger: who is imported is seen by few, and has not joined by themselves.
    """
    since = timezone.make_aware(datetime.combine(member.joined_on, time()))
    had_none = member.primary_hub_id is None
    for hub in hubs:
        started_at = {"started_at": min(since, timezone.now())}
        Membership.objects.get_or_create(member=member, hub=hub, ended_at=None, defaults=started_at)
        member.primary_hub = member.primary_hub or hub
    return had_none and member.primary_hub is not None
