"""What can happen: one code per kind of event, with its sentence in both languages. Spec 06, Ledger."""

from django.db import models
from django.utils.translation import pgettext_lazy


class Verb(models.TextChoices):
    """Verbs of the ledger. The label is a sentence; ``{actor}`` and ``{other}`` are filled by the timeline."""

    # Members and hubs
    MEMBER_JOINED_COMMUNITY = "member_joined_community", pgettext_lazy("ledger", "{actor} became a member")
    MEMBER_ERASED = "member_erased", pgettext_lazy("ledger", "An account was erased")
    MEMBERS_IMPORTED = "members_imported", pgettext_lazy("ledger", "{actor} imported members")
    HUBS_IMPORTED = "hubs_imported", pgettext_lazy("ledger", "{actor} imported hubs")
    BOTTLENECKS_IMPORTED = "bottlenecks_imported", pgettext_lazy("ledger", "{actor} imported bottlenecks")
    FACILITATOR_APPOINTED = "facilitator_appointed", pgettext_lazy("ledger", "A facilitator was appointed")
    FACILITATOR_ENDED = "facilitator_ended", pgettext_lazy("ledger", "A facilitator stepped down")
    HUB_FOUNDED = "hub_founded", pgettext_lazy("ledger", "The hub was founded")
    HUB_CHANGED = "hub_changed", pgettext_lazy("ledger", "{actor} changed the page of the hub")
    HUB_JOINED = "hub_joined", pgettext_lazy("ledger", "{actor} joined")
    HUB_LEFT = "hub_left", pgettext_lazy("ledger", "{actor} left")
    REPRESENTATIVE_NAMED = "representative_named", pgettext_lazy("ledger", "A representative was named")
    REPRESENTATIVE_ENDED = "representative_ended", pgettext_lazy("ledger", "A representative stepped down")
    # Bottlenecks
    BOTTLENECK_FILED = "bottleneck_filed", pgettext_lazy("ledger", "{actor} filed this bottleneck")
    BOTTLENECK_LISTED = "bottleneck_listed", pgettext_lazy("ledger", "This came from a list")
    BOTTLENECK_CORRECTED = "bottleneck_corrected", pgettext_lazy("ledger", "{actor} corrected the text")
    VOTED = "voted", pgettext_lazy("ledger", "A member supports this")
    VOTE_TAKEN_BACK = "vote_taken_back", pgettext_lazy("ledger", "A member took support back")
    HOURS_ESTIMATED = "hours_estimated", pgettext_lazy("ledger", "A member estimated the hours lost")
    BECAME_GENERIC = "became_generic", pgettext_lazy("ledger", "This became generic")
    # Sessions
    SESSION_DRAFTED = "session_drafted", pgettext_lazy("ledger", "{actor} drafted this session")
    SESSION_PUBLISHED = "session_published", pgettext_lazy("ledger", "{actor} published this session")
    SESSION_CHANGED = "session_changed", pgettext_lazy("ledger", "{actor} changed this session")
    SESSION_MOVED = "session_moved", pgettext_lazy("ledger", "{actor} moved this session")
    SESSION_CANCELLED = "session_cancelled", pgettext_lazy("ledger", "{actor} cancelled this session")
    PLACE_TAKEN = "place_taken", pgettext_lazy("ledger", "A member took a place")
    PLACE_FREED = "place_freed", pgettext_lazy("ledger", "A place came free")
    WAITLIST_JOINED = "waitlist_joined", pgettext_lazy("ledger", "A member joined the waitlist")
    PLACE_OFFERED = "place_offered", pgettext_lazy("ledger", "A place was offered to the waitlist")
    OFFER_EXPIRED = "offer_expired", pgettext_lazy("ledger", "An offered place was not taken in time")
    WAITLIST_LEFT = "waitlist_left", pgettext_lazy("ledger", "A member left the waitlist")
    MEMBER_REMOVED = "member_removed", pgettext_lazy("ledger", "{actor} took somebody off the list")
    SESSION_RSVP_ANSWERED = "session_rsvp_answered", pgettext_lazy("ledger", "A member answered")


#: What is news to somebody who was not there, each worth a line of its own. What comes in numbers (votes, places,
#: joining, corrections) stays on the page of its subject. An index holds just these, so a change makes a migration.
NEWS = frozenset(
    {
        Verb.FACILITATOR_APPOINTED,
        Verb.FACILITATOR_ENDED,
        Verb.HUB_FOUNDED,
        Verb.REPRESENTATIVE_NAMED,
        Verb.REPRESENTATIVE_ENDED,
        Verb.BOTTLENECK_FILED,
        Verb.BECAME_GENERIC,
        Verb.SESSION_PUBLISHED,
        Verb.SESSION_MOVED,
        Verb.SESSION_CANCELLED,
    }
)
