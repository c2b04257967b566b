"""The activity app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy

from ui.registry import NavEntry, footer, me_menu
from ui.sections import TodoSource, home_todos


class ActivityConfig(AppConfig):
    """The ledger of what happened, the subjects it is about, and the outbox."""

    name = "activity"

    def ready(self) -> None:
        """Fill the registries of the floor below."""
        from .consent import emails as consent_emails
        from .consent import permissions as consent_permissions  # noqa: F401 - like verbs and tasks: they register
        from .consent import sections as consent_sections
        from .consent import tasks as consent_tasks  # noqa: F401
        from .consent import verbs as consent_verbs  # noqa: F401
        from .conversation import permissions, sections, verbs  # noqa: F401 - permissions and verbs register themselves
        from .todos import waiting_for

        sections.register()
        consent_sections.register()
        consent_emails.register()
        home_todos.register(TodoSource(key="todos", load=lambda request: waiting_for(request.user), order=5))  # type: ignore[arg-type]
        footer.register(
            NavEntry(
                key="consent", label=gettext_lazy("Consent rounds"), url="activity:consent_list", icon="scale", order=45
            )
        )
        me_menu.register(
            NavEntry(key="feeds", label=gettext_lazy("Feeds"), url="activity:feed_addresses", icon="rss", order=30)
        )
