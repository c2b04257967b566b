"""The activity app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy

from ui.registry import BarEntry, NavEntry, bar, me_menu
from ui.sections import Section, TodoSource, home_sections, home_todos


class ActivityConfig(AppConfig):
    """The ledger of what happened, the subjects it is about, and the outbox."""

    name = "activity"

    def ready(self) -> None:
        """Fill the registries of the floor below."""
        from . import failures, permissions
        from .consent import registrations as consent
        from .conversation import registrations as conversation
        from .digests import emails as digests
        from .digests import sections as digest_sections
        from .following import sections as following
        from .moderation import registrations as moderation
        from .notices import emails as notices
        from .todos import waiting_for

        for room in (following, notices, digests, digest_sections, conversation, consent, moderation):
            room.register()
        bar.register(BarEntry(key="bell", template="activity/bell.html"))
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
        me_menu.register(
            NavEntry(key="feeds", label=gettext_lazy("Feeds"), url="activity:feed_addresses", icon="rss", order=30)
        )
