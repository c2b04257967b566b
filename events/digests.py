"""What stands about sessions in a digest. Spec 06, Digests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import BigIntegerField, F, Func, OuterRef, QuerySet, Value
from django.db.models.functions import Greatest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from activity.digests.sections import DigestSection, Item, LineSays, Words, about_subject, digest_sections, still, told
from activity.visibility import may_read
from events.models import Rsvp, SessionState
from ui.templatetags.ui import clock_time, long_date

#: A session that one goes to stands in one digest: the first after this long before it, or after one answered.
AHEAD = timedelta(days=31)


class _Seconds(Func):
    """A moment as seconds since 1970; unlike Django's own it holds no time zone as a value."""

    template = "EXTRACT(EPOCH FROM %(expressions)s)::bigint"
    output_field = BigIntegerField()


def _when_and_where(session: str) -> Words:
    """When it begins, its time zone and its town as one text; ``session`` is the path to it, "session__"."""
    parts = [_Seconds(f"{session}starts_at"), F(f"{session}time_zone"), F(f"{session}room__venue__city")]
    return Words(*parts)


def _next(member: OuterRef, is_new: bool, now: datetime) -> QuerySet[Any]:
    """The coming sessions for which a member has a place."""
    rows = Rsvp.objects.going().filter(
        may_read(OuterRef(member), "session__subject"),
        member=member,
        session__state=SessionState.PUBLISHED,
        session__starts_at__gt=now,
    )
    return rows.annotate(
        about=F("session__subject"),
        happened_at=still(Greatest(F("answered_at"), F("session__starts_at") - Value(AHEAD)), is_new, now),
        entry_id=Value(0, output_field=BigIntegerField()),
        what=_when_and_where("session__"),
    )


def _new(member: OuterRef, is_new: bool, now: datetime) -> QuerySet[Any]:
    """Sessions that were announced in the hubs of a member, and are still to come."""
    is_coming = {"subject__session__state": SessionState.PUBLISHED, "subject__session__starts_at__gt": now}
    rows = told("new_sessions")(member, is_new, now).filter(**is_coming)
    annotated: QuerySet[Any] = rows.annotate(what=_when_and_where("subject__session__"))
    return annotated


def _says(item: Item) -> LineSays:
    """When and where it is, on the clocks of that place."""
    begins, zone, *city = item.what.split(" ", 2)
    starts_at = datetime.fromtimestamp(int(begins), UTC)
    with timezone.override(ZoneInfo(zone)):
        parts = [long_date(starts_at), clock_time(starts_at), *city]
    return about_subject(item, f"{', '.join(parts)}.")


NEXT = digest_sections.register(
    DigestSection(
        key="next_sessions",
        heading=_("Your next session"),
        rows=_next,
        says=_says,
        has_what=True,
        is_in_order_of_what=True,  # the nearest first
        box=_("Programme and way there"),
        order=10,
    )
)
SESSIONS = digest_sections.register(
    DigestSection(
        key="sessions",
        heading=_("New sessions"),
        rows=_new,
        says=_says,
        has_what=True,
        tells=["new_sessions"],
        order=55,
    )
)
