"""Which consent rounds wait for somebody, in their digest. Spec 06, Digests and Consent rounds."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db.models import (
    BigIntegerField,
    CharField,
    DateTimeField,
    Exists,
    F,
    OuterRef,
    QuerySet,
    Value,
)
from django.db.models.functions import Cast, TruncDate
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from activity.digests.sections import DigestSection, Item, LineSays, Words, digest_sections, still
from activity.visibility import may_read
from ui.templatetags.ui import plain_date

from .clock import ZONE
from .models import ConsentRound, Position


def _waiting(member: OuterRef, is_new: bool, now: datetime) -> QuerySet[Any]:
    """Open rounds in which a member may speak and has not, or not on the present text; new when that came."""
    spoken = Position.objects.filter(consent=OuterRef("pk"), member=OuterRef(member), version=OuterRef("version"))
    today = TruncDate(Value(now, output_field=DateTimeField()), tzinfo=ZONE)
    rows = ConsentRound.objects.asking(today).filter(
        may_read(OuterRef(member), "subject"), ~Exists(spoken), texts__number=F("version")
    )
    parts = [Cast("pk", CharField()), Cast("closes_on", CharField()), F("language"), F("question")]
    return rows.annotate(
        about=F("subject"),
        happened_at=still(F("texts__frozen_at"), is_new, now),
        entry_id=Value(0, output_field=BigIntegerField()),
        what=Words(*parts),
    )


def _says(item: Item) -> LineSays:
    number, day, language, question = item.what.split(" ", 3)
    text = _("Say what you think by {day}.").format(day=plain_date(date.fromisoformat(day)))
    return LineSays(question, language, reverse("activity:consent_detail", args=[int(number)]), text)


def register() -> None:
    """Make the section known; called once, when the app is ready."""
    digest_sections.register(
        DigestSection(
            key="consent",
            heading=gettext_lazy("Where your answer counts"),
            rows=_waiting,
            says=_says,
            has_what=True,
            order=25,
        )
    )
