"""The list of themes in numbered versions: a draft, what members were asked to agree to, and what holds. Spec 02."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models import Deferrable, Q
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from activity.consent.models import ConsentRound
from ui.fields import NameField
from ui.markdown import render
from ui.templatetags.ui import full_date

if TYPE_CHECKING:
    from django.utils.safestring import SafeString

#: Characters of why a list changes, and of the explanation of a theme.
WHY_LENGTH, EXPLANATION_LENGTH = 2_000, 2_000
#: So many themes a list has: nobody agrees to more, and orders nothing by them.
MOST_THEMES = 60


class VersionState(models.TextChoices):
    """What became of a version."""

    DRAFT = "draft", pgettext_lazy("version of themes", "draft")
    NOTED = "noted", pgettext_lazy("version of themes", "written down as it stood")
    PROPOSED = "proposed", pgettext_lazy("version of themes", "proposed")
    ADOPTED = "adopted", pgettext_lazy("version of themes", "adopted")
    WITHDRAWN = "withdrawn", pgettext_lazy("version of themes", "withdrawn")
    REPLACED = "replaced", pgettext_lazy("version of themes", "replaced by a newer proposal")


#: States of a list that holds, or held.
IN_FORCE = (VersionState.NOTED, VersionState.ADOPTED)


class ThemeVersionQuerySet(models.QuerySet["ThemeVersion"]):
    """Which versions."""

    def draft(self) -> Self:
        """The one that facilitators are working on."""
        return self.filter(state=VersionState.DRAFT)

    def proposed(self) -> Self:
        """The one that members are asked about, or were and nobody has decided."""
        return self.filter(state=VersionState.PROPOSED)

    def published(self) -> Self:
        """All but a draft."""
        return self.exclude(state=VersionState.DRAFT)

    def in_force(self) -> Self:
        """Those that hold or held, the present one first."""
        return self.filter(state__in=IN_FORCE).order_by("-number")


class ThemeVersion(models.Model):
    """A numbered list of themes. Once it is no draft nothing of it changes but what was decided about it (a trigger).

    ``text`` is the list as Markdown: what members are asked to agree to. Where it was ``noted`` it is what held when
    the next one was begun, though no round was about it: themes also come with lists from elsewhere.
    """

    State = VersionState

    number = models.PositiveIntegerField(unique=True)
    state = models.CharField(max_length=20, choices=VersionState, default=VersionState.DRAFT)
    why = models.TextField(_("Why it changes"), max_length=WHY_LENGTH, blank=True)
    text = models.TextField(blank=True)
    language = models.CharField(max_length=2, choices=settings.LANGUAGES, default="nl")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    begun_at = models.DateTimeField(default=timezone.now)
    frozen_at = models.DateTimeField(null=True, blank=True)
    consent = models.ForeignKey(ConsentRound, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)

    objects = ThemeVersionQuerySet.as_manager()

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.CheckConstraint(
                name="version_of_themes_has_a_known_state", condition=Q(state__in=VersionState.values)
            ),
            models.UniqueConstraint(fields=["state"], condition=Q(state="draft"), name="one_draft_of_themes"),
            models.UniqueConstraint(fields=["state"], condition=Q(state="proposed"), name="one_proposal_of_themes"),
            models.CheckConstraint(
                name="a_draft_of_themes_is_not_frozen",
                condition=Q(state="draft", frozen_at=None) | (~Q(state="draft") & Q(frozen_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="adopted_themes_had_a_consent_round",
                condition=~Q(state="adopted") | Q(consent__isnull=False, decided_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"version {self.number} of the themes"

    def get_absolute_url(self) -> str:
        return reverse("issues:theme_version", args=[self.number])

    @property
    def in_words(self) -> str:
        """What became of it, and when: "adopted on 3 November 2026"."""
        words = {
            VersionState.DRAFT: _("a draft of %(day)s"),
            VersionState.NOTED: _("written down as it stood on %(day)s"),
            VersionState.PROPOSED: _("proposed on %(day)s"),
            VersionState.ADOPTED: _("adopted on %(day)s"),
            VersionState.WITHDRAWN: _("withdrawn on %(day)s"),
            VersionState.REPLACED: _("replaced by a newer proposal on %(day)s"),
        }
        return words[VersionState(self.state)] % {"day": full_date(self.decided_at or self.frozen_at or self.begun_at)}

    @property
    def html(self) -> SafeString:
        """Why it changes, as it is read."""
        return render(self.why)

    @property
    def html_of_list(self) -> SafeString:
        """The list, as it is read."""
        return render(self.text)


class VersionedTheme(models.Model):
    """A theme as a version has it; without ``place`` one that is no longer on the list, and where its bottlenecks go.

    ``key`` is that of the theme, in all versions; a new theme gets it when the version is adopted.
    """

    of_version = models.ForeignKey(ThemeVersion, on_delete=models.CASCADE, related_name="themes", db_index=False)
    key = models.UUIDField(default=uuid.uuid4, db_default=RandomUUID())
    place = models.PositiveSmallIntegerField(null=True, blank=True)
    name = NameField(_("name"), max_length=80)
    explanation = models.TextField(_("explanation"), max_length=EXPLANATION_LENGTH, blank=True)
    language = models.CharField(max_length=2, choices=settings.LANGUAGES, default="nl")
    goes_to = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    version = models.PositiveIntegerField(default=1)  # of this row, while it is on a draft: a stale form is told

    class Meta:
        ordering = ["of_version", "place", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["of_version", "key"], name="one_row_per_version_and_theme"),
            models.UniqueConstraint(
                fields=["of_version", "place"], name="one_theme_per_place", deferrable=Deferrable.DEFERRED
            ),
            models.UniqueConstraint(
                "of_version", Lower("name"), condition=Q(place__isnull=False), name="one_theme_per_name_in_a_version"
            ),
            models.CheckConstraint(
                name="only_what_is_left_out_goes_somewhere", condition=Q(place=None) | Q(goes_to=None)
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def html(self) -> SafeString:
        """The explanation as it is read."""
        return render(self.explanation)
