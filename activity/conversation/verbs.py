"""What happens in a conversation. Spec 06, Comments."""

from django.utils.translation import ngettext_lazy, pgettext_lazy

from activity.verbs import Level, Verb, verbs

COMMENTED = verbs.register(
    Verb(
        key="commented",
        sentence=pgettext_lazy("ledger", "{actor} wrote a comment"),
        icon="message-circle",
        group="comments",
        level=Level.FOLLOW,
        notice="comments",
        tells_named=True,
    )
)
COMMENT_CHANGED = verbs.register(
    Verb(
        key="comment_changed",
        sentence=pgettext_lazy("ledger", "{actor} changed a comment"),
        is_told=False,
        tells_named=True,
    )
)
COMMENT_DELETED = verbs.register(
    Verb(key="comment_deleted", sentence=pgettext_lazy("ledger", "{actor} deleted a comment"), is_told=False)
)
THANKED = verbs.register(
    Verb(
        key="comment_thanked",
        sentence=pgettext_lazy("ledger", "A member thanked for a comment"),
        plural=ngettext_lazy("%(count)d member said thanks", "%(count)d members said thanks", "count"),
        group="thanks",
        is_signed=False,
        is_told=False,
    )
)
THANKS_TAKEN_BACK = verbs.register(
    Verb(
        key="comment_thanks_taken_back",
        sentence=pgettext_lazy("ledger", "A member took thanks back"),
        plural=ngettext_lazy("%(count)d member took thanks back", "%(count)d members took thanks back", "count"),
        group="thanks",
        is_signed=False,
        is_told=False,
    )
)
