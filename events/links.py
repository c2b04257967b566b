"""What links that act do for those who come to sessions. Spec 00, Links that act."""

from django.utils.translation import pgettext_lazy

from activity.links import LinkPurpose, link_purposes
from events.selectors import end_of_session

CALENDAR = link_purposes.register(
    LinkPurpose(key="calendar", does=pgettext_lazy("purpose of a link", "read the calendar of one member"))
)
WITHDRAW = link_purposes.register(
    LinkPurpose(key="withdraw", does=pgettext_lazy("purpose of a link", "give a place back"), ends_at=end_of_session)
)
