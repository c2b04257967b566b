"""What the conversation adds to the registries of the floors and rooms below, once, when the app is ready."""

from __future__ import annotations

from . import permissions, sections, verbs  # noqa: F401 - permissions and verbs register themselves


def register() -> None:
    """Fill them."""
    sections.register()
