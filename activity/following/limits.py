"""How often a member may choose what to hear. Spec 00, Security."""

from ui.ratelimit import Limit

FOLLOWS = Limit("follow", "300/hour")
