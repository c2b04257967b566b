"""Who may see to what goes out. Spec 06, Outbox."""

from __future__ import annotations

from typing import TYPE_CHECKING

import rules

from .visibility import belonging

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from community.models import User


@rules.predicate
def facilitates(user: User | AnonymousUser) -> bool:
    """Whether a facilitator term of theirs runs."""
    return user.is_authenticated and bool(belonging.facilitates(user))


rules.add_perm("activity.see_failed_mail", rules.is_active & facilitates)
rules.add_perm("activity.send_mail_again", rules.is_active & facilitates)
