"""What members hear of moderation, and how. Spec 06, Notifications."""

from django.utils.translation import gettext_lazy as _

from activity.notices.kinds import FOR_YOU, Channel, NoticeKind, notice_kinds

MODERATION = notice_kinds.register(
    NoticeKind(
        key="moderation",
        group=FOR_YOU,
        label=_("Something of yours is hidden, or what you reported is judged"),
        offers=(Channel.MAIL,),
        default=(Channel.MAIL,),
        mails=("moderation_hidden", "moderation_reported", "moderation_answered", "moderation_told"),
        order=30,
    )
)
