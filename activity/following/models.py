"""Who follows what, and what a member hears of us at all. Spec 06, Following and Notifications."""

from __future__ import annotations

from datetime import time

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from activity.verbs import Level


class FollowLevel(models.IntegerChoices):
    """How much somebody wants to hear about a subject: ``verbs.Level`` in words."""

    SILENT = Level.SILENT, _("Nothing")
    STATUS = Level.STATUS, _("Status only")
    FOLLOW = Level.FOLLOW, _("Follow")
    EVERYTHING = Level.EVERYTHING, _("Everything")


class FollowQuerySet(models.QuerySet["Follow"]):
    """Which follows."""

    def chosen(self) -> FollowQuerySet:
        """Those whose level the member chose."""
        return self.filter(level__isnull=False)


class Follow(models.Model):
    """A member follows a subject, or does not want to hear of it.

    With a ``level`` they chose so, and nothing but another choice changes it. Without one it began by itself
    (``reason``), and how much they hear is what they chose for one of its hubs, or else their own default.
    """

    member = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="follows")
    subject = models.ForeignKey("activity.Subject", on_delete=models.PROTECT, related_name="follows", db_index=False)
    level = models.PositiveSmallIntegerField(null=True, blank=True, choices=FollowLevel)
    reason = models.CharField(max_length=20, blank=True, default="")  # of ``reasons.reasons``
    created_at = models.DateTimeField(default=timezone.now)

    objects = FollowQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["subject", "level"], name="follow_by_subject")]
        constraints = [
            models.UniqueConstraint(fields=["member", "subject"], name="one_follow_per_member_and_subject"),
            models.CheckConstraint(name="follow_has_a_known_level", condition=Q(level=None) | Q(level__lte=3)),
            models.CheckConstraint(
                name="a_follow_is_chosen_or_has_a_reason", condition=Q(level__isnull=False) | Q(reason__gt="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.member_id} follows {self.subject_id}"


class DigestPeriod(models.TextChoices):
    """How often somebody wants a digest."""

    DAILY = "daily", _("Every day")
    WEEKLY = "weekly", _("Every week")
    MONTHLY = "monthly", _("Every month")
    NEVER = "never", _("Never")


class HearingSettings(models.Model):
    """What a member hears of us, and when; without a row all of it is as it is by default. Spec 06, Notifications.

    ``level`` is how much they hear of what they follow without having chosen. Between ``quiet_from`` and
    ``quiet_until`` (on their clocks), and with ``quiet_weekends`` at the weekend, no news is mailed. A digest comes at
    ``digest_hour`` on ``digest_weekday`` (Monday is 0), every month on the first such day, and daily on every day.
    """

    member = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="hearing_settings")
    level = models.PositiveSmallIntegerField(choices=FollowLevel, default=FollowLevel.STATUS, db_default=1)
    only_digest = models.BooleanField(_("only the digest"), default=False, db_default=False)
    quiet_from = models.TimeField(_("from"), default=time(20), db_default=time(20))
    quiet_until = models.TimeField(_("until"), default=time(7), db_default=time(7))
    digest_period = models.CharField(
        _("How often"), max_length=10, choices=DigestPeriod, default=DigestPeriod.WEEKLY, db_default="weekly"
    )
    digest_weekday = models.PositiveSmallIntegerField(_("Day"), choices=WEEKDAYS.items(), default=1, db_default=1)
    digest_hour = models.PositiveSmallIntegerField(_("Hour"), default=8, db_default=8)
    quiet_weekends = models.BooleanField(_("quiet at the weekend"), default=True, db_default=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="hearing_has_a_known_level", condition=Q(level__lte=3)),
            models.CheckConstraint(
                name="digest_comes_at_an_hour_of_a_day", condition=Q(digest_weekday__lte=6, digest_hour__lte=23)
            ),
            models.CheckConstraint(name="quiet_hours_have_two_ends", condition=~Q(quiet_from=F("quiet_until"))),
        ]

    def __str__(self) -> str:
        return f"settings of {self.member_id}"
