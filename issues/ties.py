"""How bottlenecks are tied to other subjects. Spec 00, One subject, one ledger."""

from django.urls import reverse
from django.utils.translation import pgettext_lazy

from activity.ties import LinkKind, link_kinds

FILED_AT = link_kinds.register(
    LinkKind(
        key="filed_at",
        seen_from=pgettext_lazy("link", "Filed at"),
        seen_to=pgettext_lazy("link", "Filed here"),
        icon="funnel",
        order=10,
        list_of=lambda place: f"{reverse('issues:bottleneck_list')}?at={place}",
    )
)
