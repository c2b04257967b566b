"""Every write of members, hubs and facilitators: one function for each thing a person or the clock can do."""

from .erasure import erase_member
from .facilitators import appoint_facilitator, end_facilitator
from .hubs import (
    admit_member,
    end_representative,
    found_hub,
    join_hub,
    leave_hub,
    name_representative,
    set_hub_topics,
    set_primary_hub,
    update_hub,
)
from .imported import add_imported_member, update_imported_member
from .members import activate_member, change_language, create_member, sign_up_member, update_profile
from .topics import find_or_create_topics, find_or_create_unit

__all__ = [
    "activate_member",
    "add_imported_member",
    "admit_member",
    "appoint_facilitator",
    "change_language",
    "create_member",
    "end_facilitator",
    "end_representative",
    "erase_member",
    "find_or_create_topics",
    "find_or_create_unit",
    "found_hub",
    "join_hub",
    "leave_hub",
    "name_representative",
    "set_hub_topics",
    "set_primary_hub",
    "sign_up_member",
    "update_hub",
    "update_imported_member",
    "update_profile",
]
