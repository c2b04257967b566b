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

#: What facilitators do with a draft is theirs to read until members are asked.
THEMES_DRAFTED = verbs.register(
    Verb(
        key="themes_drafted", sentence=pgettext_lazy("ledger", "{actor} began a new version of the themes"), icon="list"
    )
)
THEMES_DRAFT_CHANGED = verbs.register(
    Verb(
        key="themes_draft_changed",
        sentence=pgettext_lazy("ledger", "{actor} changed the draft of the themes"),
        icon="pencil",
        group="draft of themes",
        is_told=False,
    )
)
THEMES_DRAFT_DROPPED = verbs.register(
    Verb(
        key="themes_draft_dropped",
        sentence=pgettext_lazy("ledger", "{actor} threw the draft of the themes away"),
        icon="list",
    )
)
THEMES_PROPOSED = verbs.register(
    Verb(
        key="themes_proposed",
        sentence=pgettext_lazy("ledger", "{actor} proposed a new version of the themes"),
        icon="list",
    )
)
THEMES_WITHDRAWN = verbs.register(
    Verb(
        key="themes_withdrawn",
        sentence=pgettext_lazy("ledger", "{actor} withdrew the proposed version of the themes"),
        icon="list",
    )
)
THEMES_ADOPTED = verbs.register(
    Verb(
        key="themes_adopted",
        sentence=pgettext_lazy("ledger", "{actor} adopted a new version of the themes"),
        icon="list",
        css_class="is-water",
        is_news=True,
        level=Level.STATUS,
    )
)
