"""The small app."""

from django.apps import AppConfig


class SmallAppConfig(AppConfig):
    """Wires ideas into the registries of the floors below."""

    name = "tests.smallapp"
    label = "smallapp"

    def ready(self) -> None:
        """Load what registers itself."""
        from . import emails, sections, subjects, ties, todos, verbs  # noqa: F401
