"""The activity app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy

from ui.registry import BarEntry, NavEntry, bar, footer, me_menu
from ui.sections import Section, TodoSource, home_sections, home_todos


class ActivityConfig(AppConfig):
    """The ledger of what happened, the subjects it is about, and the outbox."""

    name = "activity"

    def ready(self) -> None:
        """Fill the registries of the floor below."""
        from . import failures, permissions
        from .consent import emails as consent_emails
        from .consent import notices as _consent_notices  # noqa: F401 - they register themselves
        from .consent import permissions as consent_permissions  # noqa: F401 - like verbs and tasks: they register
        from .consent import sections as consent_sections
        from .consent import tasks as consent_tasks  # noqa: F401
        from .consent import verbs as consent_verbs  # noqa: F401
        from .conversation import permissions as _permissions  # noqa: F401 - they register themselves
        from .conversation import sections, verbs  # noqa: F401 - verbs register themselves
        from .digests import emails as digests
        from .digests import sections as digest_sections
        from .following import sections as following
        from .moderation import registrations as moderation
        from .notices import emails as notices
        from .todos import waiting_for

        following.register()
        notices.register()
        digests.register()
        digest_sections.register()
        bar.register(BarEntry(key="bell", template="activity/bell.html"))
        sections.register()
        consent_sections.register()
        consent_emails.register()
        moderation.register()
        home_todos.register(TodoSource(key="todos", load=lambda request: waiting_for(request.user), order=5))  # type: ignore[arg-type]
        home_sections.register(
            Section(
                key="failed-mail", template="activity/home_failed_mail.html", load=failures.recent, order=90, aside=True
            )
        )
        me_menu.register(
            NavEntry(
                key="failed-mail",
                label=gettext_lazy("Mail that failed"),
                url="activity:failed_mail_list",
                icon="mail",
                order=50,
                visible=lambda request: permissions.facilitates(request.user),
            )
        )
        me_menu.register(
            NavEntry(
                key="hearing",
                label=gettext_lazy("What you hear of us"),
                url="activity:notice_settings",
                icon="bell",
                order=20,
            )
        )
        footer.register(
            NavEntry(
                key="consent", label=gettext_lazy("Consent rounds"), url="activity:consent_list", icon="scale", order=45
            )
        )
        me_menu.register(
            NavEntry(key="feeds", label=gettext_lazy("Feeds"), url="activity:feed_addresses", icon="rss", order=30)
        )
