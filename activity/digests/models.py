"""Whose digest is due when, and which were prepared. Spec 06, Digests."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone

from activity.following.models import DigestPeriod


class DigestState(models.Model):
    """Where a member's digests stand: up to when they were told of, and when the next one is due.

    ``period``, ``weekday``, ``hour`` and ``zone`` are what ``next_at`` was reckoned with: whoever chose otherwise since
    is reckoned anew. Without ``next_at`` none is due: they want none, or did not come for long (``asked_at``).
    """

    member = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="digest_state")
    cursor_at = models.DateTimeField()
    last_due_at = models.DateTimeField(null=True, blank=True)
    next_at = models.DateTimeField(null=True, blank=True)
    period = models.CharField(max_length=10, choices=DigestPeriod)
    weekday = models.PositiveSmallIntegerField()
    hour = models.PositiveSmallIntegerField()
    zone = models.CharField(max_length=60)
    asked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["next_at"], name="digest_due")]

    def __str__(self) -> str:
        return f"digests of {self.member_id}"


class Digest(models.Model):
    """A digest of one member: what happened after ``since``, up to ``until``. Its lines are read when it is sent."""

    member = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="digests")
    period = models.CharField(max_length=10, choices=DigestPeriod)
    due_at = models.DateTimeField()
    since = models.DateTimeField()
    until = models.DateTimeField()
    has_news = models.BooleanField()
    prepared_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["member", "due_at"], name="one_digest_per_member_and_time")]

    def __str__(self) -> str:
        return f"digest of {self.member_id} of {self.due_at:%Y-%m-%d}"
