"""Every write of a member to their notifications and choices. Spec 06, Notifications."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from activity.actions import choose_mail
from activity.following.models import DigestPeriod, HearingSettings
from activity.locks import hold_member
from activity.models import MailChoice

from .kinds import Channel, notice_kinds
from .models import NoticeChoice, Notification
from .selectors import DIGEST, MAIL

if TYPE_CHECKING:
    from community.models import User


def mark_read(*, by: User, subject: int | None = None) -> int:
    """Mark what ``by`` heard of ``subject``, or of everything, as read; returns how many were not."""
    rows = Notification.objects.filter(member=by).unread()
    if subject is not None:
        rows = rows.filter(subject=subject)
    return rows.update(read_at=timezone.now())


@transaction.atomic
def save_choices(*, by: User, hearing: Mapping[str, Any], channels: Mapping[str, Collection[Channel]]) -> None:
    """Keep when and how much ``by`` hears of us, and by which channels of what; a repeat changes nothing.

    ``hearing`` are columns of ``HearingSettings``, ``channels`` those that are wanted by the keys of kinds of
    notification; a kind that is not named stays as it is. Raises KeyError for an unknown one, RuleBroken when the
    account is gone.
    """
    hold_member(by)
    HearingSettings.objects.update_or_create(member=by, defaults=dict(hearing))
    for key, wanted in channels.items():
        kind = notice_kinds[key]
        values: dict[str, bool] = {channel.value: channel in wanted for channel in kind.offers}
        if kind.mails and Channel.MAIL in kind.offers:
            by_mail = values.pop(Channel.MAIL.value)
            for mail in kind.mails:
                choose_mail(kind=mail, is_wanted=by_mail, by=by)
        if values:
            NoticeChoice.objects.update_or_create(member=by, kind=key, defaults=values)
    if hearing.get("digest_period", DigestPeriod.NEVER) != DigestPeriod.NEVER:
        MailChoice.objects.filter(member=by, kind=DIGEST, is_wanted=False).delete()
    if any(Channel.MAIL in wanted and not notice_kinds[key].mails for key, wanted in channels.items()):
        # They had stopped all of these from a mail, and now want some again.
        MailChoice.objects.filter(member=by, kind=MAIL, is_wanted=False).delete()
