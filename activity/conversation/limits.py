"""How often a member may speak. Spec 00, Security."""

from ui.ratelimit import Limit

COMMENTS = Limit("comment", "60/hour")
THANKS = Limit("thanks", "300/hour")
