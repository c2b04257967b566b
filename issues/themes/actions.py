"""Every write to themes. Spec 02."""

from __future__ import annotations

from functools import partial
from itertools import count

from django.db import connection, transaction
from django.db.models import Max, Value
from django.db.models.functions import Lower
from django.utils.text import slugify

from community.topics.actions import VOCABULARY
from ui.shared import source
from ui.writing import find_or_create, hold

from .models import NO_THEME, Theme

#: All themes: what shared values are made of.
THEMES = source("issues:themes")


@transaction.atomic
def find_or_create_theme(name: str) -> tuple[Theme, bool]:
    """The theme called ``name``, whatever its case, and whether it is new; a new one stands behind all others."""

    def find() -> Theme | None:
        return Theme.objects.alias(lower_name=Lower("name")).filter(lower_name=Lower(Value(name))).first()

    theme = find()
    if theme is not None:
        return theme, False
    hold(VOCABULARY)
    return find_or_create(find, partial(create_theme, name))


def hold_theme(theme: Theme | None) -> Theme | None:
    """Keep ``theme`` on the list until this transaction ends; None where it was taken off since it was read."""
    if theme is None:
        return None
    table = connection.ops.quote_name(Theme._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT 1 FROM {table} WHERE id = %s FOR KEY SHARE", [theme.pk])  # noqa: S608 - our own name
        return theme if cursor.fetchone() else None


def create_theme(name: str) -> Theme:
    """Make a theme behind all others, with an address of its own; whoever calls holds the vocabulary.

    Raises IntegrityError for a name that is taken.
    """
    base = slugify(name)[:70].strip("-") or "theme"
    taken = {*Theme.objects.filter(slug__startswith=base).values_list("slug", flat=True), NO_THEME}
    slug = next(slug for n in count(1) if (slug := base if n == 1 else f"{base}-{n}") not in taken)
    THEMES.changed()
    last = Theme.objects.aggregate(last=Max("position"))["last"]
    return Theme.objects.create(name=name, slug=slug, position=0 if last is None else last + 1)
