"""Ideas as subjects."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from activity.kinds import Resolver, SubjectKind, subject_kinds
from ui.http import number_from
from ui.markdown import excerpt

from .models import Idea

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from activity.models import Subject
    from community.models import User


def _author(subjects: Sequence[Subject], _reader: User | AnonymousUser) -> Mapping[int, str]:
    rows = Idea.objects.filter(subject__in=subjects, author__is_active=True)
    return dict(rows.values_list("subject", "author__name"))


def _excerpt(subjects: Sequence[Subject]) -> Mapping[int, str]:
    rows = Idea.objects.filter(subject__in=subjects).values_list("subject", "text")
    return {pk: excerpt(text) for pk, text in rows}


def _makers(subjects: Sequence[Subject]) -> Mapping[int, Collection[int]]:
    rows = Idea.objects.filter(subject__in=subjects, author__isnull=False)
    return {pk: [author] for pk, author in rows.values_list("subject", "author")}


def _find(texts: Collection[str]) -> Mapping[str, int]:
    numbers = {text: number for text in texts if (number := number_from(text)) is not None}
    found = dict(Idea.objects.filter(pk__in=numbers.values()).values_list("pk", "subject"))
    return {text: found[number] for text, number in numbers.items() if number in found}


IDEA = subject_kinds.register(
    SubjectKind(
        key=Idea.SUBJECT_KIND,
        word="idea",
        page="smallapp:idea_detail",
        feed_hint="What becomes of this idea.",
        author=_author,
        excerpt=_excerpt,
        makers=_makers,
        resolver=Resolver(prefix="!", find=_find),
    )
)
