"""Merges: who proposed which, why, who objected, and what became of it. Spec 02, Merge and Generalise."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import pgettext_lazy

from issues.bottlenecks.models import Bottleneck, Tie
from ui.markdown import render

if TYPE_CHECKING:
    from django.utils.safestring import SafeString

    from community.models import User

#: Characters of a reason, an objection or an answer.
WORDS_LENGTH = 2_000
#: How long filers and supporters have to object.
TO_OBJECT = timedelta(days=7)


class MergeState(models.TextChoices):
    """What has become of a merge."""

    PROPOSED = "proposed", pgettext_lazy("merge", "proposed")
    EFFECTIVE = "effective", pgettext_lazy("merge", "in effect")
    DROPPED = "dropped", pgettext_lazy("merge", "dropped")
    UNDONE = "undone", pgettext_lazy("merge", "undone")


class MergeQuerySet(models.QuerySet["Merge"]):
    """Which merges."""

    def standing(self) -> Self:
        """What is proposed or in effect."""
        return self.filter(state__in=[MergeState.PROPOSED, MergeState.EFFECTIVE])

    def due(self, now: datetime) -> Self:
        """Proposals that nobody can object to any more, and to which no objection is open."""
        is_blocked = models.Exists(Objection.objects.open().filter(merge=models.OuterRef("pk")))
        return self.filter(~is_blocked, state=MergeState.PROPOSED, objections_until__lte=now)


class Merge(models.Model):
    """One bottleneck (``other``) is to point to another (``main``), does so, or did. The link itself is ``other.main``.

    Each step stays to be read: why it was proposed, who objects and what was answered, why it was dropped or undone.
    Without ``is_by_name`` nobody is named: who filed confidentially proposes without being known by it.
    """

    Tie = Tie
    State = MergeState

    tie = models.CharField(max_length=10, choices=Tie, default=Tie.MERGED)
    main = models.ForeignKey(Bottleneck, on_delete=models.PROTECT, related_name="merges_into")
    other = models.ForeignKey(Bottleneck, on_delete=models.PROTECT, related_name="merges")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    is_by_name = models.BooleanField(default=True)
    reason = models.TextField(max_length=WORDS_LENGTH)
    language = models.CharField(max_length=2, choices=settings.LANGUAGES, default="nl")
    state = models.CharField(max_length=10, choices=MergeState, default=MergeState.PROPOSED)
    proposed_at = models.DateTimeField(default=timezone.now)
    objections_until = models.DateTimeField()
    effective_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    end_reason = models.TextField(max_length=WORDS_LENGTH, blank=True)  # empty: the portal could not merge them
    end_language = models.CharField(max_length=2, choices=settings.LANGUAGES, default="nl")

    objects = MergeQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["objections_until"], condition=Q(state="proposed"), name="merge_proposed"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["other"], condition=Q(state__in=["proposed", "effective"]), name="one_merge_at_a_time"
            ),
            models.CheckConstraint(name="merge_has_a_known_state", condition=Q(state__in=MergeState.values)),
            models.CheckConstraint(name="merge_has_a_known_tie", condition=Q(tie__in=Tie.values)),
            models.CheckConstraint(name="nothing_is_merged_into_itself", condition=~Q(main=F("other"))),
            models.CheckConstraint(
                name="merge_has_the_days_of_its_state",
                condition=Q(state="proposed", effective_at=None, ended_at=None)
                | Q(state="effective", effective_at__isnull=False, ended_at=None)
                | Q(state="dropped", effective_at=None, ended_at__isnull=False)
                | Q(state="undone", effective_at__isnull=False, ended_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.other_id} into {self.main_id}: {self.state}"

    @property
    def is_proposed(self) -> bool:
        """Whether it still waits for its day."""
        return self.state == MergeState.PROPOSED

    @property
    def is_effective(self) -> bool:
        """Whether one points to the other now."""
        return self.state == MergeState.EFFECTIVE

    @property
    def is_for_part(self) -> bool:
        """Whether ``other`` keeps a page of its own, as a part of something more general."""
        return self.tie == Tie.CHILD

    def may_be_objected_to(self, now: datetime) -> bool:
        """Whether the days to object are not over."""
        return self.is_proposed and now < self.objections_until

    def is_proposed_by(self, member: User) -> bool:
        """Whether ``member`` proposed it."""
        return self.by_id is not None and self.by_id == member.pk

    @property
    def html(self) -> SafeString:
        """Why it was proposed."""
        return render(self.reason)

    @property
    def end_html(self) -> SafeString:
        """Why it was dropped or undone."""
        return render(self.end_reason)


class ObjectionQuerySet(models.QuerySet["Objection"]):
    """Which objections."""

    def open(self) -> Self:
        """Those that nobody answered and that were not withdrawn: they block."""
        return self.filter(answered_at=None, withdrawn_at=None)


class Objection(models.Model):
    """Somebody who filed or supports one of the two does not want it.

    Their name is shown to nobody: they may support it without showing that.
    """

    merge = models.ForeignKey(Merge, on_delete=models.PROTECT, related_name="objections", db_index=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    text = models.TextField(max_length=WORDS_LENGTH)
    language = models.CharField(max_length=2, choices=settings.LANGUAGES, default="nl")
    made_at = models.DateTimeField(default=timezone.now)
    answer = models.TextField(max_length=WORDS_LENGTH, blank=True)
    answer_language = models.CharField(max_length=2, choices=settings.LANGUAGES, default="nl")
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects = ObjectionQuerySet.as_manager()

    class Meta:
        ordering = ["made_at", "pk"]
        indexes = [models.Index(fields=["merge", "made_at"], name="objection_by_merge")]
        constraints = [
            models.UniqueConstraint(
                fields=["merge", "by"],
                condition=Q(answered_at=None, withdrawn_at=None),
                name="one_open_objection_per_member",
            ),
            models.CheckConstraint(
                name="an_answer_has_words", condition=Q(answered_at=None, answer="") | Q(answered_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"objection {self.pk} to {self.merge_id}"

    @property
    def is_open(self) -> bool:
        """Whether it blocks the merge."""
        return self.answered_at is None and self.withdrawn_at is None

    @property
    def html(self) -> SafeString:
        """What they object to."""
        return render(self.text)

    @property
    def answer_html(self) -> SafeString:
        """What was answered."""
        return render(self.answer)
