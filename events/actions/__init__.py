"""Every write about sessions: scheduling, answers and places, reminders, venues. Spec 04."""

from .places import (
    accept_offer,
    answer_rsvp,
    claim_place,
    decline_offer,
    expire_offers,
    is_free_to_claim,
    leave_waitlist,
    offer_deadline,
    place_in_words,
    promote,
    release_places_of,
    remove_from_session,
    sessions_known_to,
    withdraw,
)
from .reminders import remind_of_sessions
from .sessions import RoomTaken, cancel_session, change_session, publish_session, schedule_session, would_move
from .venues import add_venue

__all__ = [
    "RoomTaken",
    "accept_offer",
    "add_venue",
    "answer_rsvp",
    "cancel_session",
    "change_session",
    "claim_place",
    "decline_offer",
    "expire_offers",
    "is_free_to_claim",
    "leave_waitlist",
    "offer_deadline",
    "place_in_words",
    "promote",
    "publish_session",
    "release_places_of",
    "remind_of_sessions",
    "remove_from_session",
    "schedule_session",
    "sessions_known_to",
    "withdraw",
    "would_move",
]
