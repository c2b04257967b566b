"""Handles and addresses: made from names, unique whatever their case, never a word that a page needs. Spec 00, URLs."""

from __future__ import annotations

from django.utils.text import slugify

RESERVED_HANDLES = frozenset(
    {"me", "new", "edit", "search", "import", "export", "invite", "match", "facilitators", "admin", "api", "feed"}
)
RESERVED_SLUGS = frozenset(
    {"new", "edit", "search", "import", "export", "mine", "propose", "compare", "admin", "api", "feed", "map", "topics"}
)


def handle_base(name: str) -> str:
    """Return a handle made from ``name``, before it is made unique: "Anna de Wit" gives "anna-de-wit"."""
    base = slugify(name)[:50].strip("-") or "lid"
    return f"{base}-1" if base in RESERVED_HANDLES else base


def slug_base(name: str) -> str:
    """Return what a hub's address made from ``name`` looks like before it is made unique."""
    base = slugify(name)[:70].strip("-") or "kern"
    return f"{base}-1" if base in RESERVED_SLUGS else base


def first_free(base: str, taken: set[str]) -> str:
    """Return ``base``, or with the lowest number behind it that makes it differ from everything in ``taken``."""
    if base.lower() not in taken:
        return base
    number = 2
    while f"{base}-{number}".lower() in taken:
        number += 1
    return f"{base}-{number}"
