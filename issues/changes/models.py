"""Changes of meaning to a bottleneck, as its supporters read them. Spec 02, Filing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils import timezone

from issues.bottlenecks.models import Bottleneck
from ui.markdown import render

if TYPE_CHECKING:
    from django.utils.safestring import SafeString

#: Characters of why a text was changed.
WHY_LENGTH = 1_000


class TextChange(models.Model):
    """A change that was put to the supporters: both texts, whole, and why.

    It holds from the moment it is put; who no longer agrees takes the vote back. ``by`` is empty where nobody is to
    read who it was: the filer of what is confidential or anonymous.
    """

    bottleneck = models.ForeignKey(Bottleneck, on_delete=models.PROTECT, related_name="changes", db_index=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    is_by_filer = models.BooleanField(default=True)
    before = models.JSONField()
    after = models.JSONField()
    why = models.TextField(max_length=WHY_LENGTH)
    language = models.CharField(max_length=2, choices=settings.LANGUAGES, default="nl")
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-made_at", "-pk"]
        indexes = [models.Index(fields=["bottleneck", "-made_at", "-id"], name="change_by_bottleneck")]

    def __str__(self) -> str:
        return f"change of {self.bottleneck_id}"

    @property
    def html(self) -> SafeString:
        """Why, as HTML."""
        return render(self.why)
