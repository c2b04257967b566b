"""What stands about hubs in a digest. Spec 06, Digests."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import BigIntegerField, F, OuterRef, QuerySet, Value
from django.utils.translation import gettext_lazy, ngettext

from activity.digests.sections import DigestSection, Item, LineSays, about_subject, digest_sections
from activity.visibility import may_read
from community.models import Membership


def _newcomers(member: OuterRef, _is_new: bool, _now: datetime) -> QuerySet[Any]:
    """Who joined the hubs of a member."""
    of_row = OuterRef(member)  # the same member, seen from within what is asked about each membership
    current = Membership.objects.current()
    own = current.filter(member=of_row).values("hub")
    rows = current.filter(may_read(of_row, "hub__subject"), hub__in=own, member__is_active=True)
    return rows.exclude(member=member).annotate(
        about=F("hub__subject"),
        happened_at=F("started_at"),
        entry_id=Value(0, output_field=BigIntegerField()),
    )


def _says(item: Item) -> LineSays:
    number = ngettext("{count} new member.", "{count} new members.", item.number).format(count=item.number)
    return about_subject(item, number)


NEWCOMERS = digest_sections.register(
    DigestSection(
        key="newcomers", heading=gettext_lazy("New members in your hubs"), rows=_newcomers, says=_says, order=70
    )
)
