"""Every write to drafts. Spec 02, Filing."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from activity.locks import hold_member

from .models import Draft

if TYPE_CHECKING:
    from community.models import User

#: How long a draft is kept that nobody goes on with.
KEPT = timedelta(days=90)


@transaction.atomic
def save_draft(*, by: User, form: str, content: dict[str, Any], at: datetime | None = None) -> datetime:
    """Keep ``content`` (text by field, bounded by the caller) as ``by``'s draft of ``form``; returns when that was.

    It takes the place of the former one. No entry in the ledger: nobody else is to know of it. Raises RuleBroken when
    the account is gone.
    """
    hold_member(by)
    saved_at = at or timezone.now()
    new = {"sealed": Draft.sealed_from(content), "saved_at": saved_at}
    Draft.objects.update_or_create(member=by, form=form, defaults=new)
    return saved_at


@transaction.atomic
def throw_away_draft(*, by: User, form: str) -> bool:
    """Delete ``by``'s draft of ``form``; returns whether there was one."""
    return bool(Draft.objects.filter(member=by, form=form).delete()[0])


@transaction.atomic
def forget_old_drafts(*, now: datetime) -> int:
    """Delete what nobody went on with for 90 days; returns how many."""
    return Draft.objects.filter(saved_at__lt=now - KEPT).delete()[0]
