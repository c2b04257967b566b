"""Comments on subjects of every kind, what they said before, whom and what they mention, and thanks. Spec 06."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

#: Characters of one comment, as it is kept.
TEXT_LENGTH = 10_000


class Comment(models.Model):
    """What somebody said about a subject. Whoever may read the subject reads it.

    ``text`` is Markdown; in it ``@{12}`` stands for the member with that primary key, who is shown with the present
    name (``conversation.mentions``). Taken back it stays as a placeholder, without its text. While it is hidden its
    author and facilitators read it, and everybody else that there is one (``conversation.hiding``).
    """

    subject = models.ForeignKey("activity.Subject", on_delete=models.PROTECT, related_name="comments", db_index=False)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="comments")
    text = models.TextField(_("Join in"), blank=True, max_length=TEXT_LENGTH)
    language = models.CharField(_("language of this text"), max_length=2, choices=settings.LANGUAGES, default="nl")
    written_at = models.DateTimeField(default=timezone.now)
    edited_at = models.DateTimeField(null=True, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)
    hidden_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1, db_default=1)
    creation_key = models.UUIDField(null=True, blank=True, unique=True, editable=False)

    class Meta:
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["subject", "-id"], name="comment_by_subject"),
            models.Index(fields=["subject"], condition=Q(hidden_at__isnull=False), name="comment_hidden"),
        ]
        constraints = [
            models.CheckConstraint(
                name="a_deleted_comment_has_no_text",
                condition=Q(deleted_at=None, text__gt="") | Q(deleted_at__isnull=False, text=""),
            ),
        ]

    def __str__(self) -> str:
        return f"comment {self.pk}"


class CommentRevision(models.Model):
    """What a comment said before it was changed."""

    comment = models.ForeignKey(Comment, on_delete=models.CASCADE, related_name="revisions")
    text = models.TextField(max_length=TEXT_LENGTH)
    language = models.CharField(max_length=2, choices=settings.LANGUAGES)
    written_at = models.DateTimeField()  # since when it said so

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"comment {self.comment_id} as of {self.written_at:%Y-%m-%d %H:%M}"


class Mention(models.Model):
    """A comment mentions a member."""

    comment = models.ForeignKey(Comment, on_delete=models.CASCADE, related_name="mentions", db_index=False)
    member = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["comment", "member"], name="one_mention_per_comment_and_member")]

    def __str__(self) -> str:
        return f"comment {self.comment_id} mentions {self.member_id}"


class Reference(models.Model):
    """A comment refers to a subject, by a text such as "#12" (``kinds.Resolver``)."""

    comment = models.ForeignKey(Comment, on_delete=models.CASCADE, related_name="references", db_index=False)
    subject = models.ForeignKey("activity.Subject", on_delete=models.PROTECT, related_name="+")
    text = models.CharField(max_length=20)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["comment", "text"], name="one_reference_per_comment_and_text")]

    def __str__(self) -> str:
        return f"comment {self.comment_id} refers to {self.text}"


class Thanks(models.Model):
    """A member thanks for a comment; how many do is shown, not who."""

    comment = models.ForeignKey(Comment, on_delete=models.CASCADE, related_name="thanks", db_index=False)
    member = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")

    class Meta:
        verbose_name_plural = "thanks"
        constraints = [models.UniqueConstraint(fields=["comment", "member"], name="one_thanks_per_comment_and_member")]

    def __str__(self) -> str:
        return f"thanks for comment {self.comment_id}"
