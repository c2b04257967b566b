"""What can happen to the portal's own pages."""

from django.utils.translation import pgettext_lazy

from activity.verbs import Verb, verbs

PAGE_CHANGED = verbs.register(
    Verb(
        key="page_changed",
        is_logged=True,
        sentence=pgettext_lazy("ledger", "{actor} changed a page at the foot of the portal"),
        icon="pencil",
        group="corrections",
    )
)
