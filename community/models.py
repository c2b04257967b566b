"""Members, hubs, topics, units and facilitator terms. Spec 01."""

from community.hubs.models import (
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
from community.organisation.models import FacilitatorTerm, Unit
from community.people.models import OldHandle, Role, User, UserManager, UserQuerySet
from community.topics.models import MemberTopic, Topic, TopicKind

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
