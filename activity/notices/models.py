"""Who hears of what, by which channel, and what they have seen. Spec 06, Notifications."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import OuterRef, Q
from django.utils import timezone

if TYPE_CHECKING:
    from community.models import User


class NotificationQuerySet(models.QuerySet["Notification"]):
    """Which notifications."""

    def shown_to(self, member: User | OuterRef) -> NotificationQuerySet:
        """What ``member`` is told in the portal, as far as they may see it by now."""
        return self.standing(None if isinstance(member, OuterRef) else member).filter(member=member, in_portal=True)

    def standing(self, reader: User | None = None) -> NotificationQuerySet:
        """What can still be told: of subjects that ``reader`` may see, and of comments that are there.

        Without a reader it is who each is for.
        """
        from activity.visibility import may_read  # it is about the models of this app

        there = Q(comment=None) | Q(comment__deleted_at=None, comment__hidden_at=None)
        may_be_seen = may_read(OuterRef("member") if reader is None else reader, "subject")
        return self.filter(there & may_be_seen, subject__merged_into=None)

    def unread(self) -> NotificationQuerySet:
        """What was not opened, nor marked as read."""
        return self.filter(read_at=None)


class Notification(models.Model):
    """A member hears of one entry of the ledger; several about one subject are told together.

    It holds no words: those come from the entry when it is read. ``kind`` is why they hear of it, ``comment`` what was
    said if that is it. The three channels are what they had chosen when it happened. Nothing records who read what:
    it is read once it was opened from the bell or from a mail, or marked.
    """

    member = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notifications")
    subject = models.ForeignKey("activity.Subject", on_delete=models.PROTECT, related_name="+", db_index=False)
    entry = models.ForeignKey("activity.Activity", on_delete=models.PROTECT, related_name="+", db_index=False)
    comment = models.ForeignKey("activity.Comment", null=True, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=40)  # of ``kinds.notice_kinds``
    in_portal = models.BooleanField(default=False)
    by_mail = models.BooleanField(default=False)
    in_digest = models.BooleanField(default=False)
    at = models.DateTimeField(default=timezone.now)  # when it happened
    made_at = models.DateTimeField(default=timezone.now)  # when they were told, by which digests go
    read_at = models.DateTimeField(null=True, blank=True)
    email = models.ForeignKey("activity.Email", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    objects = NotificationQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["member", "-id"], condition=Q(in_portal=True), name="notification_of_member"),
            models.Index(
                fields=["member", "subject"], condition=Q(in_portal=True, read_at=None), name="notification_unread"
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["entry", "member"], name="one_notification_per_entry_and_member"),
            models.CheckConstraint(
                name="a_notification_has_a_channel", condition=Q(in_portal=True) | Q(by_mail=True) | Q(in_digest=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} for {self.member_id}"


class NoticeChoice(models.Model):
    """By which channels a member hears of one kind of thing; where a channel is empty, the default holds."""

    member = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notice_choices")
    kind = models.CharField(max_length=40)
    portal = models.BooleanField(null=True, blank=True)
    mail = models.BooleanField(null=True, blank=True)
    digest = models.BooleanField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["member", "kind"], name="one_choice_per_member_and_notice_kind")]

    def __str__(self) -> str:
        return f"{self.member_id}: {self.kind}"
