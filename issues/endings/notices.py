"""What members hear of the ends of bottlenecks beside the news of what they follow. Spec 06, Notifications."""

from django.utils.translation import gettext_lazy as _

from activity.notices.kinds import FOR_YOU, Channel, NoticeKind, notice_kinds

from .emails import ASKED

SOLVED = notice_kinds.register(
    NoticeKind(
        key="solved_asked",
        group=FOR_YOU,
        label=_("Is a bottleneck that you voted for solved?"),
        hint=_("Once, two weeks after somebody said so. It is asked on the start page too."),
        offers=(Channel.MAIL,),
        default=(Channel.MAIL,),
        mails=(ASKED,),
        order=16,
    )
)
