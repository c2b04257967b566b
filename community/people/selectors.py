"""Which members stand out."""

from __future__ import annotations

from django.db.models import (
    Exists,
    OuterRef,
    QuerySet,
)

from community.organisation.models import FacilitatorTerm
from community.sources import MEMBERS
from ui.shared import Readers, shared

from .models import User


@shared(of=[MEMBERS], lasts=300, readers=Readers.EVERYBODY)
def number_of_members() -> int:
    """How many members take part."""
    number: int = User.objects.active().count()
    return number


def current_facilitators() -> QuerySet[User]:
    """Who is facilitator now."""
    running = FacilitatorTerm.objects.filter(member=OuterRef("pk"), ended_at=None)
    members: QuerySet[User] = User.objects.filter(Exists(running), is_active=True).order_by("sort_name", "pk")
    return members
