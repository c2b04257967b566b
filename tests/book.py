"""Who may read what, word for word as spec 00 (One subject, one ledger) has it: what the portal is compared with."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser

from activity.models import Audience, Subject
from community.models import FacilitatorTerm, Membership, User


def may_read_by_the_book(reader: User | AnonymousUser, subject: Subject) -> bool:
    """Whether ``reader`` may read ``subject``, worked out row by row."""
    if subject.announced_at is None:
        return False
    if not isinstance(reader, User):
        return subject.audience == Audience.PUBLIC and subject.hidden_at is None
    is_named = reader in subject.readers.all()
    if FacilitatorTerm.objects.filter(member=reader, ended_at=None).exists():
        return is_named or subject.audience != Audience.NAMED
    if subject.hidden_at is not None:
        return False
    running = Membership.objects.filter(member=reader, ended_at=None)
    shares_a_hub = running.filter(hub__subject__in=subject.hubs.all()).exists()
    return {
        Audience.PUBLIC.value: True,
        Audience.MEMBERS.value: True,
        Audience.HUBS.value: shares_a_hub,
        Audience.REPRESENTATIVES.value: running.filter(role=Membership.Role.REPRESENTATIVE).exists(),
        Audience.NAMED.value: is_named,
    }[subject.audience]
