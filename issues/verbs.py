"""What can happen to bottlenecks. Spec 02."""

from django.utils.translation import ngettext_lazy, pgettext_lazy

from activity.verbs import Level, Verb, verbs

BOTTLENECKS_IMPORTED = verbs.register(
    Verb(key="bottlenecks_imported", sentence=pgettext_lazy("ledger", "{actor} imported bottlenecks"))
)
BOTTLENECK_FILED = verbs.register(
    Verb(
        key="bottleneck_filed",
        sentence=pgettext_lazy("ledger", "{actor} filed this bottleneck"),
        icon="funnel",
        is_news=True,
        level=Level.FOLLOW,
        notice="in_hubs",
        reaches_hubs=True,
    )
)
BOTTLENECK_FILED_UNNAMED = verbs.register(
    Verb(
        key="bottleneck_filed_unnamed",
        sentence=pgettext_lazy("ledger", "Somebody filed this bottleneck without showing a name"),
        icon="funnel",
        is_news=True,
        is_signed=False,  # confidential or anonymous: the ledger does not know who
        level=Level.FOLLOW,
        notice="in_hubs",
        reaches_hubs=True,
    )
)
BOTTLENECK_LISTED = verbs.register(
    Verb(key="bottleneck_listed", sentence=pgettext_lazy("ledger", "This came from a list"), icon="list")
)
BOTTLENECK_CORRECTED = verbs.register(
    Verb(
        key="bottleneck_corrected",
        sentence=pgettext_lazy("ledger", "{actor} corrected the text"),
        icon="pencil",
        group="corrections",
    )
)
BOTTLENECK_CORRECTED_UNNAMED = verbs.register(
    Verb(
        key="bottleneck_corrected_unnamed",
        sentence=pgettext_lazy("ledger", "The one who filed this corrected the text"),
        icon="pencil",
        group="corrections",
        is_signed=False,
    )
)
FILER_ASKED = verbs.register(
    Verb(
        key="filer_asked",
        sentence=pgettext_lazy("ledger", "{actor} asked who filed this something"),
        icon="message-circle",
    )
)
VOTED = verbs.register(
    Verb(
        key="voted",
        sentence=pgettext_lazy("ledger", "A member supports this"),
        plural=ngettext_lazy("%(count)d member voted", "%(count)d members voted", "count"),
        icon="droplet",
        css_class="is-water",
        group="votes",
        is_signed=False,
    )
)
VOTE_TAKEN_BACK = verbs.register(
    Verb(
        key="vote_taken_back",
        sentence=pgettext_lazy("ledger", "A member took support back"),
        plural=ngettext_lazy("%(count)d member took a vote back", "%(count)d members took their votes back", "count"),
        icon="droplet",
        group="votes",
        is_signed=False,
    )
)
HOURS_ESTIMATED = verbs.register(
    Verb(
        key="hours_estimated",
        sentence=pgettext_lazy("ledger", "A member estimated the hours lost"),
        plural=ngettext_lazy(
            "%(count)d member estimated the hours lost", "%(count)d members estimated the hours lost", "count"
        ),
        group="votes",
        is_signed=False,
    )
)
BECAME_GENERIC = verbs.register(
    Verb(
        key="became_generic",
        sentence=pgettext_lazy("ledger", "This became generic"),
        icon="waypoints",
        css_class="is-water",
        is_news=True,
        is_signed=False,  # a vote did it, and whose is nobody's business
        level=Level.STATUS,
    )
)
WHY_NOT_SAID = verbs.register(
    Verb(
        key="why_not_said",
        sentence=pgettext_lazy("ledger", "{actor} said why this is not taken up"),
        icon="message-circle",
        is_news=True,
        level=Level.STATUS,
    )
)
