"""What members hear of requests to join hubs, and how. Spec 06, Notifications."""

from django.utils.translation import gettext_lazy as _

from activity.notices.kinds import FOR_YOU, Channel, NoticeKind, notice_kinds

REQUESTS = notice_kinds.register(
    NoticeKind(
        key="requests",
        group=FOR_YOU,
        label=_("Requests to join a hub"),
        hint=_("One that you decide about, and the answer to your own. What waits for you is on the start page too."),
        offers=(Channel.MAIL,),
        default=(Channel.MAIL,),
        mails=(
            "join_asked",
            "join_reminder",
            "join_also_you",
            "join_facilitators",
            "join_accepted",
            "join_declined",
            "join_lapsed",
        ),
        order=20,
    )
)
