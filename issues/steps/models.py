"""The next steps that were taken for generic bottlenecks. Spec 02, Generic."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import pgettext_lazy

from issues.bottlenecks.models import Bottleneck
from ui.markdown import render

if TYPE_CHECKING:
    from django.utils.safestring import SafeString

#: Characters of what supporters read.
WORDS_LENGTH = 2_000


class StepKind(models.TextChoices):
    """What the next step is."""

    WHY_NOT = "why_not", pgettext_lazy("next step", "said why not")
    PROPOSED = "proposed", pgettext_lazy("next step", "asked hubs to take it up")


class NextStep(models.Model):
    """What a facilitator did for a generic bottleneck, with the text that its supporters read; it never changes."""

    Kind = StepKind

    bottleneck = models.ForeignKey(Bottleneck, on_delete=models.PROTECT, related_name="next_steps", db_index=False)
    kind = models.CharField(max_length=20, choices=StepKind)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    text = models.TextField(max_length=WORDS_LENGTH)
    language = models.CharField(max_length=2, choices=settings.LANGUAGES, default="nl")
    taken_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["bottleneck", "kind"], name="one_next_step_of_a_kind"),
            models.CheckConstraint(name="next_step_is_of_a_known_kind", condition=models.Q(kind__in=StepKind.values)),
        ]

    @property
    def html(self) -> SafeString:
        """What supporters read."""
        return render(self.text)

    def __str__(self) -> str:
        return f"{self.kind} of {self.bottleneck_id}"
