"""What a member's votes for one bottleneck come to, where what they voted for was merged into it. Spec 02, Merge."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .models import Vote


def as_one(votes: Sequence[Vote]) -> Vote | None:
    """The vote that counts, of a member's ``votes`` in one set, the oldest first: with the largest of their estimates.

    To be shown, not to be saved.
    """
    if not votes:
        return None
    vote, *_others = votes
    vote.hours = max((each.hours for each in votes if each.hours is not None), default=None)
    vote.evidence = next((each.evidence for each in votes if each.evidence), "")
    return vote
