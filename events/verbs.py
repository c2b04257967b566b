"""What can happen to sessions. Spec 04."""

from django.utils.translation import ngettext_lazy, pgettext_lazy

from activity.verbs import Level, Verb, verbs

SESSION_DRAFTED = verbs.register(
    Verb(key="session_drafted", sentence=pgettext_lazy("ledger", "{actor} drafted this session"), icon="pencil")
)
SESSION_PUBLISHED = verbs.register(
    Verb(
        key="session_published",
        sentence=pgettext_lazy("ledger", "{actor} published this session"),
        icon="calendar-days",
        css_class="is-water",
        is_news=True,
        level=Level.FOLLOW,
        notice="new_sessions",
        reaches_hubs=True,
    )
)
SESSION_CHANGED = verbs.register(
    Verb(
        key="session_changed",
        sentence=pgettext_lazy("ledger", "{actor} changed this session"),
        icon="pencil",
        group="corrections",
    )
)
SESSION_MOVED = verbs.register(
    Verb(
        key="session_moved",
        sentence=pgettext_lazy("ledger", "{actor} moved this session"),
        icon="calendar-days",
        is_news=True,
        level=Level.STATUS,
        concerns=("session_concerned", "my_sessions"),
    )
)
SESSION_CANCELLED = verbs.register(
    Verb(
        key="session_cancelled",
        sentence=pgettext_lazy("ledger", "{actor} cancelled this session"),
        icon="circle-x",
        is_news=True,
        level=Level.STATUS,
        concerns=("session_concerned", "my_sessions"),
    )
)

# Who comes: the name of whoever answers is kept with the answer, and nowhere else.
PLACE_TAKEN = verbs.register(
    Verb(
        key="place_taken",
        sentence=pgettext_lazy("ledger", "A member signed up"),
        plural=ngettext_lazy("%(count)d member signed up", "%(count)d members signed up", "count"),
        icon="calendar-check",
        group="places",
        is_signed=False,
    )
)
PLACE_FREED = verbs.register(
    Verb(
        key="place_freed",
        sentence=pgettext_lazy("ledger", "A place came free"),
        plural=ngettext_lazy("%(count)d place came free", "%(count)d places came free", "count"),
        icon="door-open",
        group="places",
        is_signed=False,
    )
)
WAITLIST_JOINED = verbs.register(
    Verb(
        key="waitlist_joined",
        sentence=pgettext_lazy("ledger", "A member joined the waitlist"),
        plural=ngettext_lazy("%(count)d member joined the waitlist", "%(count)d members joined the waitlist", "count"),
        icon="hourglass",
        group="places",
        is_signed=False,
    )
)
WAITLIST_LEFT = verbs.register(
    Verb(
        key="waitlist_left",
        sentence=pgettext_lazy("ledger", "A member left the waitlist"),
        plural=ngettext_lazy("%(count)d member left the waitlist", "%(count)d members left the waitlist", "count"),
        group="places",
        is_signed=False,
    )
)
PLACE_OFFERED = verbs.register(
    Verb(
        key="place_offered",
        sentence=pgettext_lazy("ledger", "A place was offered to the waitlist"),
        plural=ngettext_lazy(
            "%(count)d place was offered to the waitlist", "%(count)d places were offered to the waitlist", "count"
        ),
        icon="calendar-plus",
        group="places",
        is_signed=False,
    )
)
OFFER_EXPIRED = verbs.register(
    Verb(
        key="offer_expired",
        sentence=pgettext_lazy("ledger", "An offered place was not taken in time"),
        plural=ngettext_lazy(
            "%(count)d offer was not taken in time", "%(count)d offers were not taken in time", "count"
        ),
        group="places",
        is_signed=False,
    )
)
SESSION_RSVP_ANSWERED = verbs.register(
    Verb(
        key="session_rsvp_answered",
        sentence=pgettext_lazy("ledger", "A member answered"),
        plural=ngettext_lazy("%(count)d member answered", "%(count)d members answered", "count"),
        group="places",
        is_signed=False,
    )
)
MEMBER_REMOVED = verbs.register(
    Verb(key="member_removed", sentence=pgettext_lazy("ledger", "{actor} took somebody off the list"))
)
