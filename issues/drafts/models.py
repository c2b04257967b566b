"""Drafts of forms: one per member and form, sealed. Spec 02, Filing."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone

from activity.sealing import CannotOpen, seal, unseal

FORM_LENGTH = 40


class Draft(models.Model):
    """What a member typed into a form and did not send yet.

    Only its member reads it: the text is sealed, and the admin knows no drafts. Its key is random, for a number from a
    sequence would leave a gap where somebody went on without a name.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    member = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="drafts")
    form = models.CharField(max_length=FORM_LENGTH)
    sealed = models.BinaryField()
    saved_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["member", "form"], name="one_draft_per_member_and_form")]

    def __str__(self) -> str:
        return f"draft of {self.form}"

    @property
    def content(self) -> dict[str, Any]:
        """What was typed, by field; nothing where the key that sealed it is gone."""
        try:
            return unseal(bytes(self.sealed))
        except CannotOpen:
            return {}

    @staticmethod
    def sealed_from(content: dict[str, Any]) -> bytes:
        """What is stored of ``content``."""
        return seal(content)
