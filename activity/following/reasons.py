"""What makes somebody follow a subject without choosing to: every app registers its own. Spec 06, Following."""

from __future__ import annotations

from dataclasses import dataclass

from ui.registry import Registry, Text


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Reason:
    """What began a follow.

    ``key`` is what the database keeps, at most 20 characters: never change it. ``words`` is the sentence that tells it
    to who follows ("You filed this.").
    """

    key: str
    words: Text
    order: int = 100


reasons: Registry[Reason] = Registry("reasons to follow")
