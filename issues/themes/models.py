"""Themes, by which the community orders its bottlenecks. Spec 02."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from ui.fields import NameField

NO_THEME = "none"  # in addresses: bottlenecks without a theme; no theme can be called so there


class Theme(models.Model):
    """An ordering principle of the community: bottlenecks are sorted by themes, themes by ``position``.

    ``key`` is what versions of the list know it by, whatever it is called and after it is gone.
    """

    key = models.UUIDField(default=uuid.uuid4, db_default=RandomUUID(), unique=True, editable=False)
    name = NameField(_("name"), max_length=80)
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
