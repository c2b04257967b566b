"""Which hub took which bottleneck up, from when to when, and which were asked to. Spec 02, Adoption."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import pgettext_lazy

from activity.visibility import may_read
from community.models import Hub
from issues.bottlenecks.models import Bottleneck
from ui.markdown import render

if TYPE_CHECKING:
    from django.utils.safestring import SafeString

    from community.models import User

#: Characters of what a hub is going to do, of what came of it, and of why it is not for a hub.
WORDS_LENGTH = 2_000


class Outcome(models.TextChoices):
    """What came of it."""

    DELIVERED = "delivered", pgettext_lazy("what a hub did", "delivered")
    STOPPED = "stopped", pgettext_lazy("what a hub did", "stopped")
    ENDED = "ended", pgettext_lazy("what a hub did", "ended with the bottleneck")
    DECLINED = "declined", pgettext_lazy("what a hub did", "not for this hub")


class AdoptionQuerySet(models.QuerySet["Adoption"]):
    """Which adoptions."""

    def running(self) -> Self:
        """Those that a hub works on."""
        return self.filter(began_at__isnull=False, ended_at=None)

    def asked(self) -> Self:
        """Those that a hub was asked for and has not answered."""
        return self.filter(began_at=None, ended_at=None)

    def open(self) -> Self:
        """What runs and what was asked: of a hub and a bottleneck there is at most one."""
        return self.filter(ended_at=None)

    def of_bottleneck(self, bottleneck: int, reader: User) -> Self:
        """Those of one bottleneck, by hubs of which ``reader`` may know; what runs first, then what was asked."""
        rows = self.filter(may_read(reader, "hub__subject"), bottleneck=bottleneck).select_related("hub")
        return rows.order_by(F("ended_at").desc(nulls_first=True), F("began_at").asc(nulls_last=True), "pk")

    def of_hub(self, hub: int, reader: User) -> Self:
        """What a hub works on or delivered, as far as ``reader`` may read it; what runs first, then the newest."""
        rows = self.filter(may_read(reader, "bottleneck__subject"), hub=hub)
        rows = rows.filter(Q(began_at__isnull=False, ended_at=None) | Q(outcome=Outcome.DELIVERED))
        rows = rows.select_related("bottleneck__subject").defer("bottleneck__search")
        return rows.order_by(F("ended_at").desc(nulls_first=True), "-began_at", "-pk")


class Adoption(models.Model):
    """A hub takes a bottleneck up, or was asked to: what it is going to do and, once it is over, what came of it.

    It runs from ``began_at`` to ``ended_at``; what was only asked has not begun, and one that was declined never did.
    """

    Outcome = Outcome

    hub = models.ForeignKey(Hub, on_delete=models.PROTECT, related_name="adoptions", db_index=False)
    bottleneck = models.ForeignKey(Bottleneck, on_delete=models.PROTECT, related_name="adoptions")
    asked_at = models.DateTimeField(null=True, blank=True)  # when a facilitator asked the hub to
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    plan = models.TextField(max_length=WORDS_LENGTH, blank=True)
    language = models.CharField(max_length=2, choices=settings.LANGUAGES, default="nl")
    began_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=20, choices=Outcome, blank=True)
    words = models.TextField(max_length=WORDS_LENGTH, blank=True)  # of who ended it
    words_language = models.CharField(max_length=2, choices=settings.LANGUAGES, default="nl")

    objects = AdoptionQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["hub", "bottleneck"], condition=Q(ended_at=None), name="one_open_adoption_per_hub"
            ),
            models.CheckConstraint(
                name="an_ended_adoption_has_an_outcome",
                condition=Q(ended_at=None, outcome="") | Q(ended_at__isnull=False, outcome__in=Outcome.values),
            ),
            models.CheckConstraint(
                name="an_adoption_begins_or_was_asked", condition=Q(began_at__isnull=False) | Q(asked_at__isnull=False)
            ),
            models.CheckConstraint(
                name="an_adoption_that_began_has_a_plan", condition=Q(began_at=None) | Q(plan__gt="")
            ),
            models.CheckConstraint(
                name="who_declines_says_why", condition=~Q(outcome="declined") | Q(began_at=None, words__gt="")
            ),
        ]
        indexes = [models.Index(fields=["hub", "-began_at"], name="adoption_by_hub")]

    def __str__(self) -> str:
        return f"adoption {self.pk}"

    @property
    def is_running(self) -> bool:
        """Whether the hub works on it."""
        return self.began_at is not None and self.ended_at is None

    @property
    def is_asked(self) -> bool:
        """Whether the hub was asked and has not answered."""
        return self.began_at is None and self.ended_at is None

    @property
    def plan_html(self) -> SafeString:
        """What the hub is going to do."""
        return render(self.plan)

    @property
    def words_html(self) -> SafeString:
        """What came of it, or why it is not for the hub."""
        return render(self.words)
