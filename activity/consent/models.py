"""Consent rounds on subjects of every kind: their texts, who takes which position, and conditions. Spec 06."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import pgettext_lazy

from activity.kinds import COMMUNITY
from ui.markdown import render

if TYPE_CHECKING:
    from datetime import date

    from django.db.models.expressions import Combinable
    from django.utils.safestring import SafeString

    from community.models import User

#: Characters of a text to be agreed.
TEXT_LENGTH = 10_000
#: Characters of a condition, of an objection, and of the answer to a condition.
WORDS_LENGTH = 400


class Answer(models.TextChoices):
    """What somebody says to a text."""

    SUPPORT = "support", pgettext_lazy("position", "support")
    SUPPORT_IF = "support_if", pgettext_lazy("position", "support if …")
    NO_OPINION = "no_opinion", pgettext_lazy("position", "no opinion")
    OBJECT = "object", pgettext_lazy("position", "object")

    @property
    def needs_words(self) -> bool:
        """Whether it says nothing without a text."""
        return self in {Answer.SUPPORT_IF, Answer.OBJECT}


class Verdict(models.TextChoices):
    """What became of a condition."""

    OPEN = "open", pgettext_lazy("condition", "open")
    MET = "met", pgettext_lazy("condition", "fulfilled")
    NOT_MET = "not_met", pgettext_lazy("condition", "not fulfilled")
    DECLINED = "declined", pgettext_lazy("condition", "declined")


class ConsentRoundQuerySet(models.QuerySet["ConsentRound"]):
    """Which rounds."""

    def open(self) -> Self:
        """Those that nobody closed; the last day of some may be over since a moment."""
        return self.filter(closed_at=None)

    def asking(self, today: date | Combinable) -> Self:
        """Open rounds whose last day is not over, about what is there: in those one can speak."""
        return self.open().filter(
            closes_on__gte=today,
            subject__hidden_at=None,
            subject__closed_at=None,
            subject__merged_into=None,
        )

    def for_home(self, reader: User, today: date) -> Self:
        """Open rounds that concern ``reader`` now, the most urgent first.

        Those that wait for them (``waits``: they have not spoken, or not on the present text), those of their own in
        which conditions wait for an answer (``asks``), and those about the community itself.
        """
        from activity.visibility import may_read  # it is about models, these among them

        positions = Position.objects.filter(consent=OuterRef("pk"), member=reader)
        conditions = Condition.objects.filter(
            consent=OuterRef("pk"), consent__opened_by=reader, verdict=Verdict.OPEN, positions__isnull=False
        )
        rows = self.asking(today).filter(may_read(reader, "subject"))
        flags = {
            "waits": ~Exists(positions.filter(version=OuterRef("version"))),
            "has_spoken": Exists(positions),
            "asks": Exists(conditions),
        }
        rows = rows.annotate(**flags).filter(Q(waits=True) | Q(asks=True) | Q(subject__kind=COMMUNITY.key))
        return rows.select_related("subject").order_by("closes_on", "pk")


class ConsentRound(models.Model):
    """A question about a subject with a text to be agreed; whoever may read the subject speaks.

    ``closes_on`` is the last day on which one can, in Europe/Amsterdam. Once it is closed nothing of it changes (a
    trigger sees to it), ``result`` holds what came of it, and nothing tells any more who said what.
    """

    subject = models.ForeignKey("activity.Subject", on_delete=models.PROTECT, related_name="consent_rounds")
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    question = models.CharField(max_length=200)
    language = models.CharField(max_length=2, choices=settings.LANGUAGES, default="nl")
    version = models.PositiveIntegerField(default=1, db_default=1)  # of the text
    opened_at = models.DateTimeField(default=timezone.now)
    closes_on = models.DateField()
    reminded_at = models.DateTimeField(null=True, blank=True)
    turnout = models.JSONField(null=True, blank=True)  # as ``actions.count_turnouts`` last found it
    closed_at = models.DateTimeField(null=True, blank=True)
    result = models.JSONField(null=True, blank=True)  # of ``results.result_of``
    checksum = models.CharField(max_length=64, blank=True, default="", db_default="")
    creation_key = models.UUIDField(null=True, blank=True, unique=True, editable=False)

    objects = ConsentRoundQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["closes_on"], condition=Q(closed_at=None), name="consent_open_by_day")]
        constraints = [
            models.CheckConstraint(
                name="a_closed_round_has_a_result",
                condition=Q(closed_at=None, result=None, checksum="")
                | Q(closed_at__isnull=False, result__isnull=False, checksum__gt=""),
            ),
        ]

    def __str__(self) -> str:
        return f"consent round {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("activity:consent_detail", args=[self.pk])


class ConsentText(models.Model):
    """What a round asks consent to, as of one version; it never changes."""

    consent = models.ForeignKey(ConsentRound, on_delete=models.CASCADE, related_name="texts", db_index=False)
    number = models.PositiveIntegerField()
    text = models.TextField(max_length=TEXT_LENGTH)
    frozen_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["consent", "number"]
        constraints = [models.UniqueConstraint(fields=["consent", "number"], name="one_text_per_round_and_version")]

    def __str__(self) -> str:
        return f"version {self.number} of consent round {self.consent_id}"

    @property
    def html(self) -> SafeString:
        """The text as it is read."""
        return render(self.text)


class Condition(models.Model):
    """Under which condition members support a text. Who says the same has the same condition; no name stands by it."""

    consent = models.ForeignKey(ConsentRound, on_delete=models.CASCADE, related_name="conditions", db_index=False)
    text = models.CharField(max_length=WORDS_LENGTH)
    language = models.CharField(max_length=2, choices=settings.LANGUAGES, default="nl")
    key = models.CharField(max_length=64)  # the same for all who say the same
    verdict = models.CharField(max_length=20, choices=Verdict, default=Verdict.OPEN)
    version = models.PositiveIntegerField(null=True, blank=True)  # of the text that meets it
    reason = models.CharField(max_length=WORDS_LENGTH, blank=True)
    reason_language = models.CharField(max_length=2, choices=settings.LANGUAGES, default="nl")
    answered_at = models.DateTimeField(null=True, blank=True)
    named_by = models.PositiveIntegerField(default=0)  # how many named it when it was answered

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["consent", "key"], name="one_condition_per_round_and_words"),
            models.CheckConstraint(name="condition_has_a_known_verdict", condition=Q(verdict__in=Verdict.values)),
            models.CheckConstraint(
                name="a_met_condition_names_the_version",
                condition=Q(verdict="met", version__isnull=False) | (~Q(verdict="met") & Q(version=None)),
            ),
            models.CheckConstraint(
                name="a_declined_condition_has_a_reason", condition=~Q(verdict="declined") | Q(reason__gt="")
            ),
        ]

    def __str__(self) -> str:
        return f"condition {self.pk} of consent round {self.consent_id}"


class PositionQuerySet(models.QuerySet["Position"]):
    """Which positions."""

    def of(self, member: User, consent: ConsentRound) -> Position | None:
        """What ``member`` says in an open round, with their condition."""
        return self.filter(consent=consent, member=member).select_related("condition").first()


class Position(models.Model):
    """What a member says to ``version`` of a text. Gone when the round closes: only the counts stay."""

    consent = models.ForeignKey(ConsentRound, on_delete=models.CASCADE, related_name="positions", db_index=False)
    member = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="consent_positions", db_index=False
    )
    answer = models.CharField(max_length=20, choices=Answer)
    condition = models.ForeignKey(Condition, null=True, blank=True, on_delete=models.PROTECT, related_name="positions")
    objection = models.CharField(max_length=WORDS_LENGTH, blank=True)
    language = models.CharField(max_length=2, choices=settings.LANGUAGES, default="nl")
    version = models.PositiveIntegerField()

    objects = PositionQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["member", "consent"], name="one_position_per_member_and_round"),
            models.CheckConstraint(name="position_has_a_known_answer", condition=Q(answer__in=Answer.values)),
            models.CheckConstraint(
                name="support_if_has_a_condition",
                condition=Q(answer="support_if", condition__isnull=False)
                | (~Q(answer="support_if") & Q(condition=None)),
            ),
            models.CheckConstraint(
                name="an_objection_has_words",
                condition=Q(answer="object", objection__gt="") | (~Q(answer="object") & Q(objection="")),
            ),
        ]
        indexes = [models.Index(fields=["consent", "answer"], name="position_by_round")]

    def __str__(self) -> str:
        return f"position {self.pk} in consent round {self.consent_id}"

    @property
    def words(self) -> str:
        """The condition or the objection."""
        return self.condition.text if self.condition else self.objection
