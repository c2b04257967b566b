"""Importing again: what the file says now, what it said last time, and what members changed themselves since."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any


class Merge(Enum):
    """What becomes of one value."""

    SAME = "same"  # the portal has what the file says
    TAKE = "take"  # take it from the file
    KEEP = "keep"  # somebody changed it in the portal since the last import: theirs stays and is listed


def merge(imported: Mapping[str, Any], key: str, *, current: Any, new: Any) -> Merge:
    """Decide about one value of a row that exists already.

    ``imported`` is the row's snapshot of what the last import wrote, ``current`` is what the portal holds, ``new`` is
    what the file says; all three in the form that the snapshot stores (text, numbers, sorted lists). A value that was
    never imported is taken only where the portal holds nothing yet. Spec 01, Import and export.
    """
    if new == current:
        return Merge.SAME
    if key in imported:
        return Merge.TAKE if imported[key] == current else Merge.KEEP
    return Merge.TAKE if current in (None, "", [], {}) else Merge.KEEP
