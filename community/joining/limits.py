"""How often a member may ask to join a hub: each request is a mail to somebody. Spec 00, Security."""

from ui.ratelimit import Limit

REQUESTS = Limit("request to join", "20/day")
