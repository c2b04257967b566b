"""What versions of themes add to the registries of the floors below, once, when the app is ready."""

from __future__ import annotations

from community.registries import ErasureHook, erasure_hooks

from . import actions


def register() -> None:
    """Fill them."""
    erasure_hooks.register(
        ErasureHook(key="themes", order=40, subjects=actions.themes_known_to, run=actions.forget_keeper)
    )
