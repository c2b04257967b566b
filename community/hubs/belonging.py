"""How members belong to hubs, for the floor below, which decides who sees what (``activity.visibility``)."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from activity.conversation.mentions import people
from activity.visibility import belonging, may_read
from community.organisation.models import FacilitatorTerm
from community.people.models import User

from .models import Hub, Membership


def hub_subjects_of(member: User | OuterRef) -> QuerySet[Any, Any]:
    """The subjects of the hubs that ``member`` belongs to now."""
    return Membership.objects.current().filter(member=member).values("hub__subject")


def represented_by(member: User | OuterRef) -> QuerySet[Any, Any]:
    """The subjects of the hubs that ``member`` speaks for now."""
    return Membership.objects.current().representatives().filter(member=member).values("hub__subject")


def represented() -> QuerySet[Any, Any]:
    """The subjects of the hubs that anybody speaks for now."""
    return Membership.objects.current().representatives().counted().values("hub__subject")


def facilitates(member: User | OuterRef) -> bool | Exists:
    """Whether a facilitator term of ``member`` runs now."""
    if isinstance(member, User):
        return member.is_facilitator
    return Exists(FacilitatorTerm.objects.filter(member=member, ended_at=None))


def hub_of(member: OuterRef, reader: User) -> QuerySet[Any, Any]:
    """The primary hub of ``member``, if ``reader`` may know of it."""
    theirs = Hub.objects.filter(may_read(reader, "subject"), primary_members=member)
    return theirs.order_by().values("name", "language")


def register() -> None:
    """Tell the floor below; called once, when the app is ready."""
    belonging.hub_subjects_of = hub_subjects_of
    belonging.represented_by = represented_by
    belonging.represented = represented
    belonging.facilitates = facilitates
    people.hub_of = hub_of
    belonging.main_hub = "primary_hub__subject"
