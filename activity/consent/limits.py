"""How often a member may speak in consent rounds. Spec 00, Security."""

from ui.ratelimit import Limit

POSITIONS = Limit("position", "60/hour")
