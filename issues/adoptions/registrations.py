"""What adoptions add to the registries of the floors and rooms below, once, when the app is ready."""

from __future__ import annotations

from . import sections, steps, todos  # noqa: F401 - the step of the life-line registers itself


def register() -> None:
    """Fill them."""
    sections.register()
    todos.register()
