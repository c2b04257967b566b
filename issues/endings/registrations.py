"""What the ends of bottlenecks add to the registries of the floors and rooms below, once, when the app is ready."""

from __future__ import annotations

from typing import TYPE_CHECKING

from community.registries import ErasureHook, erasure_hooks
from issues.adoptions.actions import subjects_adopted_by

from . import actions, emails, notices, sections, tasks  # noqa: F401 - notices and tasks register themselves

if TYPE_CHECKING:
    from community.models import User


def register() -> None:
    """Fill them."""
    sections.register()
    emails.register()
    # What they wrote for a hub or of an end stays, without them: the keys to the member are emptied with the account.
    erasure_hooks.register(ErasureHook(key="life", order=31, subjects=_named_in, run=lambda _member: None))


def _named_in(member: User) -> set[int]:
    return subjects_adopted_by(member) | actions.subjects_ended_by(member)
