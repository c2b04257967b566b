"""The activity app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy

from ui.registry import BarEntry, NavEntry, bar, me_menu
from ui.sections import TodoSource, home_todos


class ActivityConfig(AppConfig):
    """The ledger of what happened, the subjects it is about, and the outbox."""

    name = "activity"

    def ready(self) -> None:
        """Fill the registries of the floor below."""
        from .conversation import permissions, sections, verbs  # noqa: F401 - permissions and verbs register themselves
        from .digests import emails as digests
        from .digests import sections as digest_sections
        from .following import sections as following
        from .notices import emails as notices
        from .todos import waiting_for

        following.register()
        notices.register()
        digests.register()
        digest_sections.register()
        bar.register(BarEntry(key="bell", template="activity/bell.html"))
        sections.register()
        home_todos.register(TodoSource(key="todos", load=lambda request: waiting_for(request.user), order=5))  # type: ignore[arg-type]
        me_menu.register(
            NavEntry(
                key="hearing",
                label=gettext_lazy("What you hear of us"),
                url="activity:notice_settings",
                icon="bell",
                order=20,
            )
        )
        me_menu.register(
            NavEntry(key="feeds", label=gettext_lazy("Feeds"), url="activity:feed_addresses", icon="rss", order=30)
        )
