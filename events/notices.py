"""What members hear of sessions, and how. Spec 06, Notifications."""

from django.utils.translation import gettext_lazy as _

from activity.notices.kinds import Channel, NoticeGroup, NoticeKind, notice_groups, notice_kinds

SESSIONS = notice_groups.register(NoticeGroup(key="sessions", label=_("Sessions"), order=20))

MY_SESSIONS = notice_kinds.register(
    NoticeKind(
        key="my_sessions",
        group=SESSIONS,
        label=_("A session of mine changes"),
        hint=_("It moves, does not take place, or there is a place for you."),
        offers=(Channel.PORTAL, Channel.MAIL),
        default=(Channel.PORTAL, Channel.MAIL),
        mails=(
            "session_placed",
            "session_promoted",
            "session_waitlisted",
            "session_offer",
            "session_free_place",
            "session_moved",
            "session_changed",
            "session_cancelled",
            "session_withdrawn",
        ),
        order=10,
    )
)
REMINDERS = notice_kinds.register(
    NoticeKind(
        key="reminders",
        group=SESSIONS,
        label=_("Reminder of a session"),
        hint=_("A week and a day before, with the way there."),
        offers=(Channel.MAIL,),
        default=(Channel.MAIL,),
        mails=("session_reminder_7", "session_reminder_1"),
        order=20,
    )
)
NEW_SESSIONS = notice_kinds.register(
    NoticeKind(
        key="new_sessions",
        group=SESSIONS,
        label=_("A new session in my hubs"),
        default=(Channel.PORTAL, Channel.DIGEST),
        order=30,
    )
)
