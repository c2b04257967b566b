"""How often a member may choose and mark. Spec 00, Security."""

from ui.ratelimit import Limit

MARKS = Limit("mark read", "600/hour")
CHOICES = Limit("choose what to hear", "120/hour")
