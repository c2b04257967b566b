"""Reports, and what was decided about each thing that was reported or hidden. Spec 06, Moderation."""

from __future__ import annotations

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

#: Characters of what somebody writes with a report, a decision or an appeal.
LONGEST_WORDS = 800
#: Keys of what waits for whoever decides (``moderation.todos``).
DECIDE, ANSWER = "moderation_decide", "moderation_appeal"


class Reason(models.TextChoices):
    """What is wrong with a thing: the same list for who reports and for who hides."""

    PERSON = "person", _("Is about somebody who cannot answer here")
    HURTS = "hurts", _("Hurts somebody")
    ELSEWHERE = "elsewhere", _("Does not belong here")
    CONFIDENTIAL = "confidential", _("Shares what is confidential")
    OTHER = "other", _("Something else")


class CaseState(models.TextChoices):
    """How it stands with a thing."""

    OPEN = "open", _("reported")
    STANDS = "stands", _("left as it is")
    HIDDEN = "hidden", _("hidden")
    RESTORED = "restored", _("shown again")


class CaseQuerySet(models.QuerySet["Case"]):
    """Which cases."""

    def running(self) -> Self:
        """Those that are not over: reported and undecided, or hidden."""
        return self.filter(state__in=[CaseState.OPEN, CaseState.HIDDEN])


class Case(models.Model):
    """What became of one thing, from the first report or the hiding to the last word about it.

    The thing is ``comment``, or without one ``subject`` itself. What was decided, by whom and why are its ``steps``.
    """

    State = CaseState

    subject = models.ForeignKey("activity.Subject", on_delete=models.PROTECT, related_name="cases", db_index=False)
    comment = models.ForeignKey(
        "activity.Comment", null=True, blank=True, on_delete=models.PROTECT, related_name="cases"
    )
    state = models.CharField(max_length=20, choices=CaseState, default=CaseState.OPEN)
    opened_at = models.DateTimeField(default=timezone.now)

    objects = CaseQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["subject", "-id"], name="case_by_subject")]
        constraints = [
            models.CheckConstraint(name="case_has_a_known_state", condition=Q(state__in=CaseState.values)),
            models.UniqueConstraint(
                fields=["comment"],
                condition=Q(comment__isnull=False, state__in=["open", "hidden"]),
                name="one_running_case_per_comment",
            ),
            models.UniqueConstraint(
                fields=["subject"],
                condition=Q(comment=None, state__in=["open", "hidden"]),
                name="one_running_case_per_subject",
            ),
        ]

    def __str__(self) -> str:
        return f"case {self.pk} ({self.state})"

    @property
    def key(self) -> str:
        """What names it among what waits."""
        return str(self.pk)


class Report(models.Model):
    """A member says that something is wrong with a thing: once for each member and thing.

    Who it was is in this row and nowhere else; erased, they leave the fact, without their words.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="reports")
    subject = models.ForeignKey("activity.Subject", on_delete=models.PROTECT, related_name="+", db_index=False)
    comment = models.ForeignKey("activity.Comment", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    member = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    reason = models.CharField(max_length=20, choices=Reason)
    text = models.TextField(blank=True, max_length=LONGEST_WORDS)
    language = models.CharField(max_length=2, choices=settings.LANGUAGES)
    reported_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(name="report_has_a_known_reason", condition=Q(reason__in=Reason.values)),
            models.UniqueConstraint(fields=["comment", "member"], name="one_report_per_comment_and_member"),
            models.UniqueConstraint(
                fields=["subject", "member"], condition=Q(comment=None), name="one_report_per_subject_and_member"
            ),
        ]

    def __str__(self) -> str:
        return f"report in case {self.case_id}"


class StepKind(models.TextChoices):
    """What was done in a case; each at most once."""

    STOOD = "stood", _("let stand")
    HID = "hid", _("hid")
    APPEALED = "appealed", _("appealed")
    KEPT = "kept", _("kept hidden")
    RESTORED = "restored", _("showed again")


class Step(models.Model):
    """One thing that was done in a case, by whom and with what words. ``reason`` is that of the hiding."""

    Kind = StepKind

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="steps", db_index=False)
    kind = models.CharField(max_length=20, choices=StepKind)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    reason = models.CharField(max_length=20, choices=Reason, blank=True)
    text = models.TextField(blank=True, max_length=LONGEST_WORDS)
    language = models.CharField(max_length=2, choices=settings.LANGUAGES)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["case", "kind"], name="each_step_once_per_case"),
            models.CheckConstraint(name="step_has_a_known_kind", condition=Q(kind__in=StepKind.values)),
            models.CheckConstraint(
                name="a_hiding_has_a_reason",
                condition=Q(kind="hid", reason__in=Reason.values) | (~Q(kind="hid") & Q(reason="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} in case {self.case_id}"
