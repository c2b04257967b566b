"""What the pages at the foot say, where facilitators changed it; what they left alone stands in ``texts/``."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

_TEXTS = Path(__file__).parent / "texts"


@cache
def first_text(key: str, language: str) -> str:
    """Return what page ``key`` says in ``language`` before anybody changed it."""
    return (_TEXTS / f"{key}.{language}.md").read_text("utf-8").strip()


class Page(models.Model):
    """A page at the foot, with its text in each language; an empty one says what it said at first.

    One row holds both languages, so that one version covers what was read and changed together.
    """

    class Key(models.TextChoices):
        ABOUT = "about", _("About Doorbraak")
        CONTACT = "contact", pgettext_lazy("page", "Contact")
        PRIVACY = "privacy", pgettext_lazy("page", "Privacy")
        ACCESSIBILITY = "accessibility", pgettext_lazy("page", "Accessibility")

    #: The column with the text in each language.
    COLUMNS: ClassVar[dict[str, str]] = {"nl": "dutch", "en": "english"}

    key = models.CharField(primary_key=True, max_length=20, choices=Key)
    dutch = models.TextField(_("Text in Dutch"), blank=True)
    english = models.TextField(_("Text in English"), blank=True)
    changed_on = models.DateField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="page_is_one_of_the_foot", condition=Q(key__in=["about", "contact", "privacy", "accessibility"])
            ),
        ]

    def __str__(self) -> str:
        return str(self.get_key_display())

    def get_absolute_url(self) -> str:
        """Return the address of the page, which never changes."""
        return reverse(f"pages:{self.key}")

    @property
    def edit_url(self) -> str:
        """The address at which facilitators change it."""
        return reverse(f"pages:{self.key}_edit")

    def text_in(self, language: str) -> str:
        """Return what the page says in ``language`` ("nl")."""
        kept: str = getattr(self, self.COLUMNS[language])
        return kept or first_text(self.key, language)
