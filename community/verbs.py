"""What can happen to the community, its members and its hubs. Spec 01."""

from django.utils.translation import pgettext_lazy

from activity.verbs import Level, Verb, verbs

MEMBER_JOINED_COMMUNITY = verbs.register(
    Verb(
        key="member_joined_community",
        sentence=pgettext_lazy("ledger", "{actor} became a member"),
        icon="user",
        group="community",
    )
)
MEMBER_ERASED = verbs.register(
    Verb(key="member_erased", sentence=pgettext_lazy("ledger", "An account was erased"), is_logged=True)
)
MEMBERS_IMPORTED = verbs.register(
    Verb(key="members_imported", sentence=pgettext_lazy("ledger", "{actor} imported members"))
)
HUBS_IMPORTED = verbs.register(Verb(key="hubs_imported", sentence=pgettext_lazy("ledger", "{actor} imported hubs")))
FACILITATOR_APPOINTED = verbs.register(
    Verb(
        key="facilitator_appointed",
        sentence=pgettext_lazy("ledger", "A facilitator was appointed"),
        icon="star",
        is_news=True,
        is_logged=True,
        level=Level.STATUS,
    )
)
FACILITATOR_ENDED = verbs.register(
    Verb(
        key="facilitator_ended",
        sentence=pgettext_lazy("ledger", "A facilitator stepped down"),
        icon="star",
        is_news=True,
        is_logged=True,
        level=Level.STATUS,
    )
)

HUB_FOUNDED = verbs.register(
    Verb(
        key="hub_founded",
        sentence=pgettext_lazy("ledger", "The hub was founded"),
        icon="waypoints",
        css_class="is-water",
        is_news=True,
        is_logged=True,
        level=Level.STATUS,
    )
)
HUB_CHANGED = verbs.register(
    Verb(
        key="hub_changed",
        sentence=pgettext_lazy("ledger", "{actor} changed the page of the hub"),
        icon="pencil",
        group="corrections",
    )
)
HUB_JOINED = verbs.register(
    Verb(key="hub_joined", sentence=pgettext_lazy("ledger", "{actor} joined"), icon="user", group="membership")
)
HUB_LEFT = verbs.register(
    Verb(key="hub_left", sentence=pgettext_lazy("ledger", "{actor} left"), icon="door-open", group="membership")
)
REPRESENTATIVE_NAMED = verbs.register(
    Verb(
        key="representative_named",
        sentence=pgettext_lazy("ledger", "A representative was named"),
        icon="badge-check",
        is_news=True,
        is_logged=True,
        level=Level.FOLLOW,
    )
)
REPRESENTATIVE_ENDED = verbs.register(
    Verb(
        key="representative_ended",
        sentence=pgettext_lazy("ledger", "A representative stepped down"),
        icon="badge-check",
        is_news=True,
        is_logged=True,
        level=Level.FOLLOW,
    )
)
# Requests to join are known to whoever asks and to whoever they lie with or lay with, who read them on the hub's page
# and at home. The timeline of the hub tells what came of it: that somebody joined.
JOIN_ASKED = verbs.register(
    Verb(
        key="join_asked",
        sentence=pgettext_lazy("ledger", "{actor} asked to join"),
        icon="door-open",
        is_told=False,
    )
)
JOIN_PASSED_ON = verbs.register(
    Verb(
        key="join_passed_on",
        sentence=pgettext_lazy("ledger", "A request to join lies with others as well"),
        icon="door-open",
        is_signed=False,
        is_told=False,
    )
)
JOIN_ACCEPTED = verbs.register(
    Verb(
        key="join_accepted",
        sentence=pgettext_lazy("ledger", "{actor} accepted a request to join"),
        icon="check",
        is_told=False,
    )
)
JOIN_DECLINED = verbs.register(
    Verb(
        key="join_declined",
        sentence=pgettext_lazy("ledger", "{actor} declined a request to join"),
        icon="door-open",
        is_told=False,
    )
)
JOIN_WITHDRAWN = verbs.register(
    Verb(
        key="join_withdrawn",
        sentence=pgettext_lazy("ledger", "{actor} withdrew a request to join"),
        icon="undo-2",
        is_told=False,
    )
)
JOIN_LAPSED = verbs.register(
    Verb(
        key="join_lapsed",
        sentence=pgettext_lazy("ledger", "A request to join lapsed with the hub"),
        icon="door-open",
        is_signed=False,
        is_told=False,
    )
)
