"""What merges add to the registries of the floors and rooms below, once, when the app is ready."""

from __future__ import annotations

from community.registries import ErasureHook, erasure_hooks

from . import actions, notices, permissions, sections, todos, verbs  # noqa: F401 - some register themselves


def register() -> None:
    """Fill them."""
    notices.register()
    sections.register()
    todos.register()
    erasure_hooks.register(
        ErasureHook(key="merges", order=35, subjects=actions.merges_known_to, run=actions.forget_party)
    )
