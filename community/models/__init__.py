"""Members, hubs, topics, units and facilitator terms. Spec 01."""

from .hubs import Hub, HubQuerySet, HubTopic, JoinPolicy, Membership, MembershipQuerySet, MembershipRole, OldSlug
from .members import OldHandle, Role, User, UserManager, UserQuerySet
from .organisation import FacilitatorTerm, Unit
from .topics import MemberTopic, Topic, TopicKind

__all__ = [
    "FacilitatorTerm",
    "Hub",
    "HubQuerySet",
    "HubTopic",
    "JoinPolicy",
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
