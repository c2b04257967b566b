"""Where a bottleneck came up: at a subject of an app above, which says so in ``filing_places``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from activity.models import Subject
from issues.registries import filing_places

if TYPE_CHECKING:
    from community.models import User


def known_place(number: int | None, by: User) -> Subject | None:
    """The subject with this number, if ``by`` may see it and it is of a kind at which one files, now or not."""
    if number is None:
        return None
    kinds = [place.key for place in filing_places]
    return Subject.objects.visible_to(by).filter(pk=number, kind__in=kinds).first()


def filing_place(number: int | None, by: User) -> Subject | None:
    """The subject with this number, if ``by`` may see it and it takes bottlenecks now. At most two queries."""
    subject = known_place(number, by)
    return subject if subject is not None and filing_places[subject.kind].is_open(subject) else None
