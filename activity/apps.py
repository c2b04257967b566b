"""The activity app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy

from ui.registry import NavEntry, me_menu
from ui.sections import TodoSource, home_todos


class ActivityConfig(AppConfig):
    """The ledger of what happened, the subjects it is about, and the outbox."""

    name = "activity"

    def ready(self) -> None:
        """Fill the registries of the floor below."""
        from .conversation import permissions, sections, verbs  # noqa: F401 - permissions and verbs register themselves
        from .moderation import registrations as moderation
        from .todos import waiting_for

        sections.register()
        moderation.register()
        home_todos.register(TodoSource(key="todos", load=lambda request: waiting_for(request.user), order=5))  # type: ignore[arg-type]
        me_menu.register(
            NavEntry(key="feeds", label=gettext_lazy("Feeds"), url="activity:feed_addresses", icon="rss", order=30)
        )
