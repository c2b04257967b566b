"""The link in a mail by which one says whether a bottleneck is solved. Spec 00, Links that act."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from django.utils.translation import pgettext_lazy

from activity.links import LinkPurpose, link_purposes

from .models import Ending

if TYPE_CHECKING:
    from activity.models import ActingLink

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


def _asked_until(link: ActingLink) -> datetime:
    """Until when that is asked; over as soon as it is settled or open again."""
    until = Ending.objects.asking().filter(bottleneck__subject=link.subject_id).values_list("asks_until", flat=True)
    return until.first() or _LONG_AGO


NOTICE = link_purposes.register(
    LinkPurpose(
        key="notice",
        does=pgettext_lazy("purpose of a link", "say whether a bottleneck is solved"),
        ends_at=_asked_until,
    )
)
