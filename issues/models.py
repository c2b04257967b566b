"""Bottlenecks, their themes and the votes for them. Spec 02."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Case, Exists, OuterRef, Q, When
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from activity.models import Subject
from community.models import Hub

if TYPE_CHECKING:
    from community.models import User

HOURS_RANGE = [MinValueValidator(Decimal("0.5")), MaxValueValidator(Decimal(80))]


class Theme(models.Model):
    """An ordering principle of the community: bottlenecks are sorted by themes, themes by ``position``."""

    name = models.CharField(_("name"), max_length=80)
    slug = models.SlugField(max_length=80, unique=True)
    explanation = models.TextField(_("explanation"), blank=True)
    language = models.CharField(max_length=2, choices=settings.LANGUAGES, default="nl")
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        ordering = ["position", "name", "pk"]
        verbose_name = _("theme")
        verbose_name_plural = _("themes")
        constraints = [models.UniqueConstraint(Lower("name"), name="one_theme_per_name")]

    def __str__(self) -> str:
        return self.name


class Attribution(models.TextChoices):
    """By whom a bottleneck was filed, as far as readers may know."""

    NAMED = "named", pgettext_lazy("attribution", "by name")
    CONFIDENTIAL = "confidential", pgettext_lazy("attribution", "confidentially")
    ANONYMOUS = "anonymous", pgettext_lazy("attribution", "anonymously")
    IMPORTED = "imported", pgettext_lazy("attribution", "from a list")


class BottleneckQuerySet(models.QuerySet["Bottleneck"]):
    """Which bottlenecks, and what a row shows."""

    def visible_to(self, user: User) -> Self:
        """What ``user`` may read, as ``Subject.visible_to`` decides."""
        return self.filter(subject__in=Subject.objects.visible_to(user))

    def open(self) -> Self:
        """Bottlenecks that have not ended."""
        return self.filter(subject__closed_at=None)

    def with_vote_of(self, user: User) -> Self:
        """Add ``voted``: whether ``user`` supports it."""
        mine = Vote.objects.filter(bottleneck=OuterRef("pk"), voter_key=user.voter_key)
        return self.annotate(voted=Exists(mine))


def _text_of(config: str) -> SearchVector:
    """The weighted text of a bottleneck, stemmed in one language."""
    return (
        SearchVector("title", weight="A", config=config)
        + SearchVector("situation", weight="B", config=config)
        + SearchVector("impact", "wish", weight="C", config=config)
    )


class Bottleneck(models.Model):
    """Something that keeps professionals from doing their work well and that they cannot remove on their own."""

    Attribution = Attribution

    subject = models.OneToOneField(Subject, on_delete=models.PROTECT, related_name="bottleneck")
    title = models.CharField(_("In one sentence"), max_length=160)
    situation = models.TextField(_("What happens?"), max_length=10_000)
    impact = models.TextField(_("What does it cost?"), blank=True, max_length=10_000)
    wish = models.TextField(_("What would help?"), blank=True, max_length=10_000)
    language = models.CharField(_("language of this text"), max_length=2, choices=settings.LANGUAGES, default="nl")
    theme = models.ForeignKey(
        Theme, verbose_name=_("Theme"), null=True, blank=True, on_delete=models.PROTECT, related_name="bottlenecks"
    )
    hubs = models.ManyToManyField(
        Hub, verbose_name=_("Hubs it touches"), related_name="bottlenecks", blank=True, through="issues.TouchedHub"
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="bottlenecks"
    )
    attribution = models.CharField(max_length=20, choices=Attribution, default=Attribution.NAMED)
    filed_at = models.DateTimeField(default=timezone.now)
    generic_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    # Imported ones: where they come from, and what was noted there. Stickers are never votes. Spec 01, Import.
    origin = models.CharField(max_length=120, blank=True)
    origin_number = models.PositiveIntegerField(null=True, blank=True)
    dots = models.PositiveIntegerField(_("dots on the day"), null=True, blank=True)
    noted_hours = models.DecimalField(max_digits=4, decimal_places=1, null=True, blank=True)
    imported = models.JSONField(default=dict, blank=True, editable=False)

    # Figures, written in the transaction of every vote; ``manage.py recount`` proves them. Spec 02, Support.
    member_count = models.PositiveIntegerField(default=0)
    hub_count = models.PositiveIntegerField(default=0)
    hours = models.DecimalField(max_digits=9, decimal_places=1, default=Decimal(0))
    estimate_count = models.PositiveIntegerField(default=0)
    support = models.DecimalField(max_digits=12, decimal_places=4, default=Decimal(0))

    search = models.GeneratedField(
        expression=Case(
            When(language="nl", then=_text_of("doorbraak_nl")),
            default=_text_of("doorbraak_en"),
            output_field=SearchVectorField(),
        ),
        output_field=SearchVectorField(),
        db_persist=True,
    )

    objects = BottleneckQuerySet.as_manager()

    class Meta:
        ordering = ["-support", "-pk"]
        verbose_name = _("bottleneck")
        verbose_name_plural = _("bottlenecks")
        indexes = [
            models.Index(fields=["-support", "-id"], name="bottleneck_by_support"),
            models.Index(fields=["-filed_at", "-id"], name="bottleneck_by_age"),
            models.Index(fields=["-hours", "-id"], name="bottleneck_by_hours"),
            GinIndex(fields=["search"], name="bottleneck_search"),
        ]
        constraints = [
            models.CheckConstraint(
                name="only_signed_bottlenecks_have_an_author",
                condition=Q(author=None) | Q(attribution__in=["named", "confidential"]),
            ),
            models.UniqueConstraint(
                fields=["origin", "origin_number"],
                condition=Q(origin_number__isnull=False),
                name="one_bottleneck_per_origin_and_number",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("issues:bottleneck_detail", args=[self.pk, slugify(self.title) or "-"])


class TouchedHub(models.Model):
    """A hub that a bottleneck touches."""

    bottleneck = models.ForeignKey(Bottleneck, on_delete=models.CASCADE, related_name="touched_hubs")
    hub = models.ForeignKey(Hub, on_delete=models.PROTECT, related_name="touching_bottlenecks")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["bottleneck", "hub"], name="one_row_per_bottleneck_and_hub")]
        indexes = [models.Index(fields=["hub", "bottleneck"], name="touched_by_hub")]

    def __str__(self) -> str:
        return f"{self.bottleneck}: {self.hub}"


class Vote(models.Model):
    """One member's support, counted for the primary hub of that moment. It outlives an erased account.

    ``voter_key`` copies the member's key, so that a member counts once also after erasure and over merged sets.
    """

    bottleneck = models.ForeignKey(Bottleneck, on_delete=models.PROTECT, related_name="votes")
    member = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="votes"
    )
    voter_key = models.UUIDField()
    hub = models.ForeignKey(Hub, null=True, blank=True, on_delete=models.PROTECT, related_name="votes")
    hours = models.DecimalField(max_digits=4, decimal_places=1, null=True, blank=True, validators=HOURS_RANGE)
    evidence = models.CharField(max_length=280, blank=True)
    cast_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["bottleneck", "voter_key"], name="one_vote_per_member"),
            models.CheckConstraint(
                name="hours_between_half_and_eighty",
                condition=Q(hours=None) | Q(hours__gte=Decimal("0.5"), hours__lte=Decimal(80)),
                violation_error_message=_("Fill in a number from 0.5 to 80, for example 4."),
            ),
        ]
        indexes = [models.Index(fields=["voter_key"], name="vote_by_voter")]

    def __str__(self) -> str:
        return f"vote for {self.bottleneck_id}"
