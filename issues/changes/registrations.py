"""What changes of text add to the registries of the floors and rooms below, once, when the app is ready."""

from __future__ import annotations

from community.registries import ErasureHook, erasure_hooks

from . import actions, sections


def register() -> None:
    """Fill them."""
    sections.register()
    # What they changed stays, without them: the key to the member is emptied with the account.
    erasure_hooks.register(
        ErasureHook(key="changes", order=31, subjects=actions.subjects_changed_by, run=lambda _member: None)
    )
