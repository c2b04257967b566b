"""The issues app."""

from django.apps import AppConfig


class IssuesConfig(AppConfig):
    """Wires the issues app into Django and into the registries of the floors below."""

    name = "issues"

    def ready(self) -> None:
        """Load verbs and kinds, and let each room fill menus, pages and what follows when an account is erased."""
        from . import follows, subjects, verbs  # noqa: F401 - they register themselves
        from .adoptions import registrations as adoptions
        from .bottlenecks import registrations as bottlenecks
        from .bulk import permissions  # noqa: F401 - they register themselves
        from .changes import registrations as changes
        from .endings import registrations as endings
        from .merging import registrations as merging
        from .outline import registrations as outline
        from .steps import sections as steps

        for room in (bottlenecks, changes, adoptions, endings, steps, merging, outline):
            room.register()
