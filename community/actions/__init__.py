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
from .imported import (
    ChangedMember,
    NewMember,
    add_imported_members,
    current_hubs,
    lock_members,
    said_topics,
    update_imported_members,
)
from .members import activate_member, change_language, create_member, sign_up_member, update_profile
from .topics import find_or_create_topics, find_or_create_unit, find_or_create_units, topics_called

__all__ = [
    "ChangedMember",
    "NewMember",
    "activate_member",
    "add_imported_members",
    "admit_member",
    "appoint_facilitator",
    "change_language",
    "create_member",
    "current_hubs",
    "end_facilitator",
    "end_representative",
    "erase_member",
    "find_or_create_topics",
    "find_or_create_unit",
    "find_or_create_units",
    "found_hub",
    "join_hub",
    "leave_hub",
    "lock_members",
    "name_representative",
    "said_topics",
    "set_hub_topics",
    "set_primary_hub",
    "sign_up_member",
    "topics_called",
    "update_hub",
    "update_imported_members",
    "update_profile",
]
