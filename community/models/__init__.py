"""Members, hubs, topics, units and facilitator terms. Spec 01."""

from .hubs import (
    Hub,
    HubQuerySet,
    HubTally,
    HubTopic,
    JoinPolicy,
    Membership,
    MembershipQuerySet,
    MembershipRole,
    MemberTally,
    OldSlug,
)
from .members import OldHandle, Role, User, UserManager, UserQuerySet
from .organisation import FacilitatorTerm, Unit
from .topics import MemberTopic, Topic, TopicKind

from community.joining.models import JoinRequest  # isort: skip - it asks about the hubs above

__all__ = [
    "FacilitatorTerm",
    "Hub",
    "HubQuerySet",
    "HubTally",
    "HubTopic",
    "JoinPolicy",
    "JoinRequest",
    "MemberTally",
    "MemberTopic",
    "Membership",
    "MembershipQuerySet",
    "MembershipRole",
    "OldHandle",
    "OldSlug",
    "Role",
    "Topic",
    "TopicKind",
    "Unit",
    "User",
    "UserManager",
    "UserQuerySet",
]
