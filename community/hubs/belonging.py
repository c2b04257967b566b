"""How members belong to hubs, for the floor below, which decides who sees what (``activity.visibility``)."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from activity.visibility import belonging
from community.organisation.models import FacilitatorTerm
from community.people.models import User

from .models import Membership


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


def register() -> None:
    """Tell the floor below; called once, when the app is ready."""
    belonging.hub_subjects_of = hub_subjects_of
    belonging.represented_by = represented_by
    belonging.represented = represented
    belonging.facilitates = facilitates
