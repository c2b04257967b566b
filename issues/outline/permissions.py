"""Who keeps the list of themes: facilitators. Spec 00, Roles; 02, Themes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import rules

if TYPE_CHECKING:
    from community.models import User


@rules.predicate
def keeps_themes(user: User) -> bool:
    """Whether a term of theirs runs. Asked itself, not as a permission: Django gives a superuser every permission."""
    return user.is_active and user.is_facilitator
