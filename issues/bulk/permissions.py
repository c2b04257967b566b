"""Who may file for others, all at once: facilitators, and at a place whoever has charge of it. Spec 00, Roles; 02."""

from __future__ import annotations

from typing import TYPE_CHECKING

import rules

from community.hubs.permissions import is_facilitator
from issues.registries import filing_places

if TYPE_CHECKING:
    from activity.models import Subject
    from community.models import User


@rules.predicate
def has_charge(user: User, place: Subject | None) -> bool:
    """Has charge of the place where it came up, as the app of that place says (``FilingPlace``)."""
    return place is not None and filing_places[place.kind].may_file_in_bulk(user, place)


rules.add_perm("issues.file_in_bulk", rules.is_active & (is_facilitator | has_charge))
