"""What the floors above add to acts and pages about bottlenecks, in ``AppConfig.ready()``. Spec 00, Floors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ui.registry import Registry

if TYPE_CHECKING:
    from activity.models import Subject


@dataclass(frozen=True, kw_only=True, slots=True)
class FilingPlace:
    """A kind of subject (``key``) at which bottlenecks can be filed; ``is_open`` asks it of one, in one query."""

    key: str
    is_open: Callable[[Subject], bool]
    order: int = 100


filing_places: Registry[FilingPlace] = Registry("places to file at")
"""Where bottlenecks come up."""
