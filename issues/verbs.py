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
BOTTLENECK_BROUGHT_IN = verbs.register(
    Verb(
        key="bottleneck_brought_in",
        sentence=pgettext_lazy("ledger", "{actor} wrote this down for others"),
        icon="funnel",
    )
)
CAME_UP_AGAIN = verbs.register(
    Verb(
        key="came_up_again",
        sentence=pgettext_lazy("ledger", "{actor} wrote down that this came up again"),
        icon="funnel",
    )
)
#: Of the place where they came up: one line of news for all of them, however many.
BROUGHT_IN_HERE = verbs.register(
    Verb(
        key="bottlenecks_brought_in",
        sentence=pgettext_lazy("ledger", "{actor} wrote down the bottlenecks that came up here"),
        icon="funnel",
        is_news=True,
        level=Level.FOLLOW,
    )
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
        is_signed=False,
    )
)
TEXT_CHANGED = verbs.register(
    Verb(
        key="text_changed",
        sentence=pgettext_lazy("ledger", "{actor} changed the text and puts that to who supports it"),
        icon="pencil",
        is_news=True,
        level=Level.STATUS,
    )
)
TEXT_CHANGED_UNNAMED = verbs.register(
    Verb(
        key="text_changed_unnamed",
        sentence=pgettext_lazy("ledger", "The one who filed this changed the text and puts that to who supports it"),
        icon="pencil",
        is_news=True,
        is_signed=False,  # confidential or anonymous
        level=Level.STATUS,
    )
)
SUPPORT_CONFIRMED = verbs.register(
    Verb(
        key="support_confirmed",
        sentence=pgettext_lazy("ledger", "A member supports this as it stands now"),
        plural=ngettext_lazy(
            "%(count)d member supports this as it stands now",
            "%(count)d members support this as it stands now",
            "count",
        ),
        icon="droplet",
        group="votes",
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
GENERIC_ENDED = verbs.register(
    Verb(
        key="generic_ended",
        sentence=pgettext_lazy("ledger", "This is no longer generic: it was so only together with another"),
        icon="waypoints",
        is_signed=False,
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
TAKEN_UP = verbs.register(
    Verb(
        key="taken_up",
        sentence=pgettext_lazy("ledger", "{actor} took this up for {other}"),
        icon="hammer",
        css_class="is-water",
        is_news=True,
        level=Level.STATUS,
    )
)
ADOPTION_PROPOSED = verbs.register(
    Verb(
        key="adoption_proposed",
        sentence=pgettext_lazy("ledger", "{actor} asked hubs to take this up"),
        icon="waypoints",
        is_news=True,
        level=Level.STATUS,
    )
)
ADOPTION_STOPPED = verbs.register(
    Verb(
        key="adoption_stopped",
        sentence=pgettext_lazy("ledger", "{actor} said that {other} no longer works on this"),
        icon="undo-2",
        is_news=True,
        level=Level.STATUS,
    )
)
ADOPTION_DECLINED = verbs.register(
    Verb(
        key="adoption_declined",
        sentence=pgettext_lazy("ledger", "{actor} said that this is not for {other}"),
        icon="message-circle",
    )
)
HUB_DELIVERED = verbs.register(
    Verb(
        key="hub_delivered",
        sentence=pgettext_lazy("ledger", "{actor} said that {other} solved this"),
        icon="check",
        css_class="is-water",
        is_news=True,
        level=Level.STATUS,
    )
)
MARKED_SOLVED = verbs.register(
    Verb(
        key="marked_solved",
        sentence=pgettext_lazy("ledger", "{actor} said that this is solved"),
        icon="check",
        css_class="is-water",
        is_news=True,
        level=Level.STATUS,
    )
)
BOTTLENECK_DECLINED = verbs.register(
    Verb(
        key="bottleneck_declined",
        sentence=pgettext_lazy("ledger", "{actor} wrote down that this was declined"),
        icon="x",
        is_news=True,
        level=Level.STATUS,
    )
)
BOTTLENECK_WITHDRAWN = verbs.register(
    Verb(
        key="bottleneck_withdrawn",
        sentence=pgettext_lazy("ledger", "{actor} withdrew this"),
        icon="undo-2",
        is_news=True,
        level=Level.STATUS,
    )
)
ASKED_WHETHER_SOLVED = verbs.register(
    Verb(
        key="asked_whether_solved",
        sentence=pgettext_lazy("ledger", "Those who voted were asked whether they notice that it is solved"),
        icon="circle-help",
        is_signed=False,  # the clock does it, and mails tell of it
    )
)
NOTICE_ANSWERED = verbs.register(
    Verb(
        key="notice_answered",
        sentence=pgettext_lazy("ledger", "A member said whether it is noticed"),
        plural=ngettext_lazy(
            "%(count)d member said whether it is noticed", "%(count)d members said whether it is noticed", "count"
        ),
        group="notice_answers",
        is_signed=False,
    )
)
CONFIRMED_SOLVED = verbs.register(
    Verb(
        key="confirmed_solved",
        sentence=pgettext_lazy("ledger", "Those who voted notice it: this is solved"),
        icon="check",
        css_class="is-spark",
        is_news=True,
        is_signed=False,
        level=Level.STATUS,
    )
)
NOT_NOTICED = verbs.register(
    Verb(
        key="not_noticed",
        sentence=pgettext_lazy("ledger", "Members still run into it: this is open again"),
        icon="undo-2",
        is_news=True,
        is_signed=False,
        level=Level.STATUS,
        concerns=("who_ended_it", "status"),
    )
)
REOPENED = verbs.register(
    Verb(
        key="reopened",
        sentence=pgettext_lazy("ledger", "{actor} opened this again"),
        icon="undo-2",
        is_news=True,
        level=Level.STATUS,
        concerns=("who_ended_it", "status"),
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
