"""What stands about hubs in a digest. Spec 06, Digests."""

from __future__ import annotations

from typing import Any

from django.db.models import BigIntegerField, F, OuterRef, QuerySet, Value
from django.utils.translation import gettext_lazy, ngettext

from activity.digests.sections import DigestSection, Item, digest_sections
from activity.visibility import may_read
from community.models import Membership


def _newcomers(member: OuterRef, _is_new: bool) -> QuerySet[Any]:
    """Who joined the hubs of a member."""
    own = Membership.objects.current().filter(member=OuterRef(member)).values("hub")
    rows = Membership.objects.current().filter(may_read(member, "hub__subject"), hub__in=own, member__is_active=True)
    return rows.exclude(member=member).annotate(
        about=F("hub__subject"),
        happened_at=F("started_at"),
        entry_id=Value(0, output_field=BigIntegerField()),
    )


def _say(item: Item) -> str:
    return ngettext("{count} new member.", "{count} new members.", item.number).format(count=item.number)


NEWCOMERS = digest_sections.register(
    DigestSection(
        key="newcomers", heading=gettext_lazy("New members in your hubs"), rows=_newcomers, say=_say, order=70
    )
)
