"""What happens to consent rounds. Spec 06, Consent rounds."""

from django.utils.translation import pgettext_lazy

from activity.verbs import Level, Verb, verbs

CONSENT_OPENED = verbs.register(
    Verb(
        key="consent_opened",
        sentence=pgettext_lazy("ledger", "{actor} opened a consent round"),
        icon="scale",
        css_class="is-water",
        is_news=True,
        level=Level.STATUS,
    )
)
CONSENT_TEXT_CHANGED = verbs.register(
    Verb(
        key="consent_text_changed",
        sentence=pgettext_lazy("ledger", "{actor} put a new version of the text of a consent round"),
        icon="pencil",
        level=Level.STATUS,
    )
)
#: Naming who spoke would amount to watching people, and counting them one by one to guessing who it was.
CONSENT_SPOKEN = verbs.register(
    Verb(
        key="consent_spoken",
        sentence=pgettext_lazy("ledger", "A member spoke in a consent round"),
        is_signed=False,
        is_told=False,
    )
)
CONSENT_CONDITION_ANSWERED = verbs.register(
    Verb(
        key="consent_condition_answered",
        sentence=pgettext_lazy("ledger", "{actor} answered a condition in a consent round"),
        icon="check",
        group="consent conditions",
        level=Level.FOLLOW,
    )
)
CONSENT_CLOSED = verbs.register(
    Verb(
        key="consent_closed",
        sentence=pgettext_lazy("ledger", "{actor} closed a consent round: the result is there"),
        icon="scale",
        css_class="is-water",
        is_news=True,
        level=Level.STATUS,
    )
)
