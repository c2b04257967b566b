"""The draft of a member. Spec 02, Filing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ui import statements

from .models import Draft

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from community.models import User


def draft_of(member: User, form: str) -> Draft | None:
    """What ``member`` was writing in ``form``; one query."""
    return statements.first(_draft_of, member.pk, form)


def _draft_of(member: int, form: str) -> QuerySet[Draft]:
    return Draft.objects.filter(member=member, form=form)[:1]
