"""How often a member may report and appeal. Spec 00, Security."""

from ui.ratelimit import Limit

REPORTS = Limit("report", "20/hour")
APPEALS = Limit("appeal", "10/hour")
