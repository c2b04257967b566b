"""Handles and addresses: made from names, unique whatever their case.

No word is reserved: below ``/hubs/`` every word is a hub's, below ``/members/`` a member's. Spec 00, URLs.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from itertools import batched, count

from django.utils.text import slugify

PROBED = 50


def handle_base(name: str) -> str:
    """Return a handle made from ``name``, before it is made unique: "Anna de Wit" gives "anna-de-wit"."""
    return slugify(name)[:50].strip("-") or "lid"


def slug_base(name: str) -> str:
    """Return what a hub's address made from ``name`` looks like before it is made unique."""
    return slugify(name)[:70].strip("-") or "kern"


def numbered(base: str) -> Iterator[str]:
    """Yield ``base``, then ``base`` with 2, 3 and so on behind it."""
    yield base
    for number in count(2):
        yield f"{base}-{number}"


def first_free(base: str, taken_among: Callable[[list[str]], Collection[str]]) -> str:
    """Return ``base``, or with the lowest number behind it that is free.

    ``taken_among`` says which of some candidates, in lower case, are taken.
    """
    for candidates in batched(numbered(base), PROBED, strict=False):
        taken = taken_among([candidate.lower() for candidate in candidates])
        if free := next((candidate for candidate in candidates if candidate.lower() not in taken), None):
            return free
    raise AssertionError("numbers do not end")


class FreeNames:
    """Gives out names that differ from all in ``taken`` (lower case) and from each other, however many there are."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._taken = set(taken)
        self._numbers: dict[str, Iterator[str]] = {}

    def take(self, base: str) -> str:
        """Return the first free name on ``base`` and hold it."""
        left = self._numbers.setdefault(base.lower(), numbered(base))
        free = next(candidate for candidate in left if candidate.lower() not in self._taken)
        self._taken.add(free.lower())
        return free
