"""How often somebody may try reply codes. Spec 00, Links that act: only failed ones count."""

from ui.ratelimit import Limit

WRONG_CODES = Limit("wrong reply code", "30/hour")
