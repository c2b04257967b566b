"""Pages about sessions: reading them, answering, organising, and calendars."""

from .answering import session_answer, session_withdraw_by_link
from .calendars import calendar_feed, calendar_public, calendar_subscribe, session_calendar
from .organising import (
    session_cancel,
    session_change,
    session_people,
    session_publish,
    session_remove,
    session_schedule,
)
from .reading import session_detail, session_list, session_mine, session_past

__all__ = [
    "calendar_feed",
    "calendar_public",
    "calendar_subscribe",
    "session_answer",
    "session_calendar",
    "session_cancel",
    "session_change",
    "session_detail",
    "session_list",
    "session_mine",
    "session_past",
    "session_people",
    "session_publish",
    "session_remove",
    "session_schedule",
    "session_withdraw_by_link",
]
