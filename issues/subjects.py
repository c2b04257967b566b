"""Bottlenecks as subjects. Spec 00, One subject, one ledger; 05, references."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from activity.kinds import Keeper, Resolver, SubjectKind, subject_kinds
from community.hubs import tallies
from issues.bottlenecks.selectors import author_of, author_words
from issues.models import Bottleneck, BottleneckTally, TouchedHub
from ui.http import number_from
from ui.markdown import excerpt

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from activity.models import Subject
    from community.models import User


def _author(subjects: Sequence[Subject], reader: User | AnonymousUser) -> Mapping[int, str]:
    rows = Bottleneck.objects.filter(subject__in=subjects).select_related("author").order_by()
    columns = rows.only("subject", "attribution", "origin", "author__name", "author__is_active")
    return {row.subject_id: author_words(row, reader) for row in columns}


def _excerpt(subjects: Sequence[Subject]) -> Mapping[int, str]:
    rows = Bottleneck.objects.filter(subject__in=subjects).order_by().values_list("subject", "situation")
    return {pk: excerpt(situation) for pk, situation in rows if situation}


def _keepers(subject: Subject, reader: User) -> Sequence[Keeper]:
    """Who filed it, where the reader may know that."""
    bottleneck = Bottleneck.objects.select_related("author__primary_hub__subject").get(subject=subject)
    if bottleneck.author is None or not author_of(bottleneck, reader).url:
        return []
    return [Keeper(bottleneck.author, pgettext_lazy("who filed a bottleneck", "filed it"))]


def _makers(subjects: Sequence[Subject]) -> Mapping[int, Collection[int]]:
    """Who filed it."""
    rows = Bottleneck.objects.filter(subject__in=subjects, author__isnull=False).order_by()
    return {pk: [author] for pk, author in rows.values_list("subject", "author")}


def _hidden(subject: Subject) -> None:
    """Hubs count what is open to read and to vote for."""
    hubs = TouchedHub.objects.filter(bottleneck__subject=subject)
    tallies.keep(BottleneckTally, hubs.values_list("hub", flat=True))


def _find(texts: Collection[str]) -> Mapping[str, int]:
    """``#12`` is bottleneck number 12."""
    numbers = {text: number for text in texts if (number := number_from(text)) is not None}
    rows = Bottleneck.objects.filter(pk__in=set(numbers.values())).order_by().values_list("pk", "subject")
    found = dict(rows)
    return {text: found[number] for text, number in numbers.items() if number in found}


BOTTLENECK = subject_kinds.register(
    SubjectKind(
        key=Bottleneck.SUBJECT_KIND,
        word=pgettext_lazy("kind of subject", "bottleneck"),
        page="issues:bottleneck_detail",
        feed_hint=_("What becomes of this bottleneck."),
        author=_author,
        excerpt=_excerpt,
        keepers=_keepers,
        makers=_makers,
        hidden=_hidden,
        resolver=Resolver(prefix="#", find=_find),
        order=20,
    )
)
