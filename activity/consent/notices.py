"""What members hear of consent rounds beside their subjects' news, and how. Spec 06, Notifications."""

from django.utils.translation import gettext_lazy as _

from activity.notices.kinds import FOR_YOU, Channel, NoticeKind, notice_kinds

REMINDERS = notice_kinds.register(
    NoticeKind(
        key="consent",
        group=FOR_YOU,
        label=_("A consent round waits for your answer"),
        hint=_("Once, some days before it closes. What waits for you is on the start page too."),
        offers=(Channel.MAIL,),
        default=(Channel.MAIL,),
        mails=("consent_reminder",),
        order=15,
    )
)
