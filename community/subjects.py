"""Hubs as subjects. Spec 00, One subject, one ledger."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from activity.kinds import Keeper, SubjectKind, subject_kinds
from community.models import Hub, Membership, User
from ui.markdown import excerpt

if TYPE_CHECKING:
    from activity.models import Subject


def _excerpt(subjects: Sequence[Subject]) -> Mapping[int, str]:
    """What a hub says of itself in one line, else how its text begins."""
    rows = Hub.objects.filter(subject__in=subjects).order_by().values_list("subject", "tagline", "about")
    return {pk: tagline or excerpt(about) for pk, tagline, about in rows if tagline or about}


def _keepers(subject: Subject, reader: User) -> Sequence[Keeper]:
    """Who represents it."""
    return representatives_to_ask(Hub.objects.get(subject=subject), reader)


def _makers(subjects: Sequence[Subject]) -> Mapping[int, Collection[int]]:
    """Who represents it."""
    speaking = Membership.objects.current().representatives().filter(hub__subject__in=subjects).order_by()
    found: dict[int, list[int]] = defaultdict(list)
    for pk, member in speaking.values_list("hub__subject", "member"):
        found[pk].append(member)
    return found


def representatives_to_ask(hub: Hub, reader: User) -> list[Keeper]:
    """Who represents ``hub``, as far as ``reader`` may know of them; one query."""
    speaking = Membership.objects.current().representatives().filter(hub=hub).values("member")
    members = User.objects.visible_to(reader).filter(pk__in=speaking).order_by("sort_name", "pk")
    return [Keeper(member, pgettext_lazy("membership", "representative")) for member in members]


HUB = subject_kinds.register(
    SubjectKind(
        key=Hub.SUBJECT_KIND,
        word=pgettext_lazy("kind of subject", "hub"),
        page="community:hub_detail",
        feed_hint=_("What happens in this hub, and to what belongs to it."),
        excerpt=_excerpt,
        keepers=_keepers,
        makers=_makers,
        order=10,
    )
)
