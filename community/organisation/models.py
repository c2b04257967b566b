"""The formal organisation as far as members belong to it, and who facilitates."""

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ui.fields import NameField, tstzrange


class Unit(models.Model):
    """A part of the formal organisation; units form a tree."""

    name = NameField(_("name"), max_length=120)
    parent = models.ForeignKey("self", verbose_name=_("part of"), null=True, blank=True, on_delete=models.PROTECT)

    class Meta:
        ordering = ["name", "pk"]
        verbose_name = _("organisational unit")
        verbose_name_plural = _("organisational units")
        constraints = [models.UniqueConstraint(Lower("name"), name="one_unit_per_name")]

    def __str__(self) -> str:
        return self.name


class FacilitatorTerm(models.Model):
    """From when until when somebody is facilitator, and who named them. Every term is public to members."""

    member = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="facilitator_terms"
    )
    appointed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    started_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-started_at", "pk"]
        verbose_name = _("facilitator term")
        verbose_name_plural = _("facilitator terms")
        constraints = [
            models.CheckConstraint(
                name="facilitator_term_ends_after_it_starts",
                condition=Q(ended_at=None) | Q(ended_at__gt=F("started_at")),
            ),
            ExclusionConstraint(
                name="facilitator_terms_do_not_overlap",
                expressions=[
                    ("member", RangeOperators.EQUAL),
                    (tstzrange("started_at", "ended_at"), RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.member}, {self.started_at:%Y-%m-%d}"
