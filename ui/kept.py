"""Figures that are kept beside what they count, and how ``manage.py recount`` proves them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ui.registry import Registry


@dataclass(frozen=True, slots=True)
class Difference:
    """A row whose kept figures are not what they count: its primary key, and the difference in words."""

    pk: int
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class KeptFigures:
    """Figures of one kind of row (``rows``: its plural, for the operator).

    ``differences`` counts all anew without writing; ``repair`` counts one row anew and keeps that; ``number`` is how
    many rows there are.
    """

    key: str
    rows: str
    number: Callable[[], int]
    differences: Callable[[], Iterable[Difference]]
    repair: Callable[[int], None]
    order: int = 100


kept_figures: Registry[KeptFigures] = Registry("kept figures")
"""What every app keeps instead of counting it for each page."""
