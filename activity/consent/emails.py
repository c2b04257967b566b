"""The mail about consent rounds: a reminder to who has not spoken. Spec 06, Consent rounds and Notifications."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _

from activity.mailkinds import MailClass, MailContent, MailKind, mail_kinds
from activity.models import Email
from ui.templatetags.ui import long_date

from . import clock
from .models import ConsentRound, Position

REMINDER = "consent_reminder"

_day = lazy(long_date, str)


def key_of(consent: ConsentRound) -> str:
    """How the dedupe keys of a round's reminders begin; the primary key of the member follows."""
    return f"{REMINDER}:{consent.pk}:"


def load_many(mails: Sequence[Email]) -> dict[int, MailContent]:
    """What reminders show, in one statement; pointless once one has spoken, or can no more."""
    open_rounds = ConsentRound.objects.open().filter(
        closes_on__gte=clock.today(), subject__closed_at=None, subject__merged_into=None
    )
    spoken = Position.objects.filter(consent=OuterRef("pk"), member__in={mail.member_id for mail in mails})
    rows = open_rounds.select_related("subject").annotate(spoken=ArraySubquery(spoken.order_by().values("member")))
    rounds: Mapping[int, Any] = rows.in_bulk({mail.context["round"] for mail in mails})
    return {
        mail.pk: _content(rounds[number])
        for mail in mails
        if (number := mail.context["round"]) in rounds and mail.member_id not in rounds[number].spoken
    }


def _content(consent: ConsentRound) -> MailContent:
    return MailContent(
        context={
            "consent": consent,
            "subject": consent.subject,
            "closes_on": _day(consent.closes_on),
            "days_left": clock.days_left(consent.closes_on),
            "consent_url": settings.BASE_URL + consent.get_absolute_url(),
        }
    )


def _sample() -> Email | None:
    """A reminder of the round that was opened last, to somebody who has not spoken."""
    consent = (
        ConsentRound.objects.open().filter(subject__is_shared=True).select_related("subject").order_by("pk").last()
    )
    if consent is None:
        return None
    spoken = Position.objects.filter(consent=consent).values("member")
    members = get_user_model().objects.filter(is_active=True, activated_at__isnull=False)
    member = members.exclude(pk__in=spoken).order_by("pk").last()
    return Email(
        member=member,
        address=member.email if member else "",
        subject=consent.subject,
        kind=REMINDER,
        context={"round": consent.pk},
        dedupe_key=f"sample:{uuid.uuid4()}",
    )


def register() -> None:
    """Make the kind known to the outbox and to the settings of members; called once, when the app is ready."""
    mail_kinds.register(
        MailKind(
            key=REMINDER,
            mail_class=MailClass.NEWS,
            template="activity/email/consent_reminder",
            label=_("Reminder of a consent round in which you have not spoken"),
            reason=_("You get this mail because you may speak in this consent round and have not done so."),
            load_many=load_many,
            sample=_sample,
        )
    )
