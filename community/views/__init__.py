"""Pages of hubs and members."""

from .facilitators import facilitator_list
from .hubs import hub_detail, hub_edit, hub_list, hub_members, hub_new
from .members import member_detail, member_list, profile_edit
from .memberships import hub_join, hub_leave, hub_primary, hub_representatives, hub_step_down

__all__ = [
    "facilitator_list",
    "hub_detail",
    "hub_edit",
    "hub_join",
    "hub_leave",
    "hub_list",
    "hub_members",
    "hub_new",
    "hub_primary",
    "hub_representatives",
    "hub_step_down",
    "member_detail",
    "member_list",
    "profile_edit",
]
