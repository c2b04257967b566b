"""What happens on the way to a merge, and back. Spec 02, Merge and Generalise."""

from django.utils.translation import pgettext_lazy

from activity.verbs import Level, Verb, verbs

#: Whoever filed or supports one of the two hears of it once, by way of ``receivers`` (PARTIES); the other entry is for
#: the timeline of the main one.
PARTIES = "parties_of_a_merge"
OBJECTORS = "objectors_to_a_merge"

MERGE_PROPOSED = verbs.register(
    Verb(
        key="merge_proposed",
        sentence=pgettext_lazy("ledger", "{actor} proposed to merge this into “{other}”"),
        icon="waypoints",
        level=Level.STATUS,
        concerns=(PARTIES, "status"),
    )
)
MERGE_PROPOSED_HERE = verbs.register(
    Verb(
        key="merge_proposed_here",
        sentence=pgettext_lazy("ledger", "Somebody proposed to merge “{other}” into this"),
        icon="waypoints",
        is_signed=False,
    )
)
#: Who objects may support it without showing that.
MERGE_OBJECTED = verbs.register(
    Verb(
        key="merge_objected",
        sentence=pgettext_lazy("ledger", "Somebody objects to the merge"),
        icon="message-circle",
        is_signed=False,
    )
)
OBJECTION_ANSWERED = verbs.register(
    Verb(
        key="merge_objection_answered",
        sentence=pgettext_lazy("ledger", "{actor} answered an objection to the merge"),
        icon="message-circle",
        concerns=(OBJECTORS, "status"),
    )
)
OBJECTION_WITHDRAWN = verbs.register(
    Verb(
        key="merge_objection_withdrawn",
        sentence=pgettext_lazy("ledger", "An objection to the merge was withdrawn"),
        icon="undo-2",
        is_signed=False,
    )
)
MERGE_DROPPED = verbs.register(
    Verb(
        key="merge_dropped",
        sentence=pgettext_lazy("ledger", "{actor} dropped the proposal to merge this into “{other}”"),
        icon="undo-2",
        level=Level.STATUS,
        is_logged=True,
    )
)
#: Of what is merged nobody hears any more: whoever followed it hears of the main one, which says so.
MERGED_INTO = verbs.register(
    Verb(
        key="was_merged",
        sentence=pgettext_lazy("ledger", "This was merged into “{other}”"),
        icon="waypoints",
        css_class="is-water",
        is_signed=False,
    )
)
MERGED_HERE = verbs.register(
    Verb(
        key="merged_here",
        sentence=pgettext_lazy("ledger", "“{other}” was merged into this"),
        icon="waypoints",
        css_class="is-water",
        is_news=True,
        is_signed=False,
        level=Level.STATUS,
    )
)
UNMERGED = verbs.register(
    Verb(
        key="unmerged",
        sentence=pgettext_lazy("ledger", "{actor} took this out of “{other}” again"),
        icon="undo-2",
        level=Level.STATUS,
        is_logged=True,
    )
)
UNMERGED_HERE = verbs.register(
    Verb(
        key="unmerged_here",
        sentence=pgettext_lazy("ledger", "“{other}” was taken out of this again"),
        icon="undo-2",
        is_signed=False,
        level=Level.STATUS,
    )
)
MADE_PART = verbs.register(
    Verb(
        key="made_part",
        sentence=pgettext_lazy("ledger", "{actor} made this a part of “{other}”"),
        icon="waypoints",
        level=Level.STATUS,
    )
)
PART_ADDED = verbs.register(
    Verb(
        key="part_added",
        sentence=pgettext_lazy("ledger", "“{other}” became a part of this"),
        icon="waypoints",
        css_class="is-water",
        is_signed=False,
        level=Level.STATUS,
    )
)
