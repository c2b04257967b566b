"""What ``manage.py recount`` needs to prove and repair the figures of bottlenecks."""

from __future__ import annotations

from collections.abc import Iterator

from ui.kept import Difference, KeptFigures

from .actions import repair_figures
from .figures import COLUMNS, differences
from .models import Bottleneck


def figures_of_votes() -> KeptFigures:
    """The figures that are kept with each bottleneck and count its votes. Spec 02, Support."""
    return KeptFigures(
        key="votes",
        rows="bottlenecks",
        number=Bottleneck.objects.count,
        differences=_in_words,
        repair=lambda number: repair_figures(number=number),
        order=10,
    )


def _in_words() -> Iterator[Difference]:
    for number, kept, counted in differences():
        changes = ", ".join(
            f"{name} {getattr(kept, name)} should be {getattr(counted, name)}"
            for name in COLUMNS
            if getattr(kept, name) != getattr(counted, name)
        )
        yield Difference(number, f"bottleneck {number}: {changes}")
