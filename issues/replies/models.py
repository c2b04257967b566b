"""What was filed anonymously, and the questions that its filer answers by reply code. Spec 02, Filing.

Nothing here names the filer, and nothing tells when they filed but the day: keys are random, what waits is written
anew in random order with each that comes (``actions``), and it all gets its numbers together, at night.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from activity.models import Subject
from activity.sealing import CannotOpen, unseal
from ui.markdown import render

if TYPE_CHECKING:
    from django.utils.safestring import SafeString

WORDS_LENGTH = 2_000


class AnonymousFiling(models.Model):
    """Something filed without a name: sealed while it waits for the night, then the ``subject`` it became."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    code_hash = models.CharField(max_length=64, unique=True)
    day = models.DateField()  # in Europe/Amsterdam
    sealed = models.BinaryField(null=True)
    subject = models.OneToOneField(Subject, null=True, on_delete=models.PROTECT, related_name="anonymous_filing")

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                name="anonymous_filing_waits_or_is_published",
                condition=Q(sealed=None, subject__isnull=False) | Q(sealed__isnull=False, subject=None),
            ),
        ]

    def __str__(self) -> str:
        return f"filed anonymously on {self.day}"

    @property
    def is_waiting(self) -> bool:
        """Whether it has no number yet."""
        return self.subject_id is None

    @property
    def content(self) -> dict[str, Any]:
        """What was filed, while it waits; nothing where the key that sealed it is gone."""
        try:
            return unseal(bytes(self.sealed)) if self.sealed is not None else {}
        except CannotOpen:
            return {}


class FilingCount(models.Model):
    """How many were filed anonymously today under a blinded key; emptied every night."""

    blinded_key = models.CharField(max_length=64, primary_key=True)
    day = models.DateField()
    number = models.PositiveSmallIntegerField(default=1)

    def __str__(self) -> str:
        return f"{self.number} on {self.day}"


class Question(models.Model):
    """What a facilitator asks the filer of ``subject``, and the answer: both are for facilitators and the filer only.

    Of an answer the day is kept: a time could be laid beside the log of other acts.
    """

    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="questions")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    text = models.TextField(max_length=WORDS_LENGTH)
    language = models.CharField(max_length=2, choices=settings.LANGUAGES, default="nl")
    asked_at = models.DateTimeField(default=timezone.now)
    answer = models.TextField(blank=True, max_length=WORDS_LENGTH)
    answer_language = models.CharField(max_length=2, choices=settings.LANGUAGES, default="nl")
    answered_on = models.DateField(null=True)  # in Europe/Amsterdam
    was_taken_in = models.BooleanField(default=False)  # the answer, by a facilitator

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                name="answer_has_its_day", condition=Q(answer="", answered_on=None) | Q(answered_on__isnull=False)
            ),
            models.CheckConstraint(name="only_an_answer_is_read", condition=Q(was_taken_in=False) | ~Q(answer="")),
        ]
        indexes = [
            models.Index(
                fields=["subject"], condition=Q(answered_on__isnull=False, was_taken_in=False), name="answer_unread"
            )
        ]

    def __str__(self) -> str:
        return f"question about {self.subject_id}"

    @property
    def html(self) -> SafeString:
        """What is asked."""
        return render(self.text)

    @property
    def answer_html(self) -> SafeString:
        """What the filer answers."""
        return render(self.answer)
