"""How members are called in what people write, for the floor below (``activity.conversation.mentions``)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from django.db.models import Case, Exists, IntegerField, OuterRef, Q, QuerySet, TextField, Value, When
from django.db.models.functions import Lower
from django.urls import reverse

from activity.conversation.mentions import Suggested, people
from activity.models import Subject
from activity.visibility import may_read
from ui import statements
from ui.search import Phrase, Word, finds, folded, sought

from .models import OldHandle, User

SUGGESTED, SHORTEST_SOUGHT = 6, 2


def by_handle(handles: Collection[str]) -> Mapping[str, int]:
    """Active members by the handles they have, or had before."""
    wanted = list(handles)
    active = User.objects.active()
    now = active.alias(key=Lower("handle")).filter(key__any=wanted).order_by()
    old = OldHandle.objects.alias(key=Lower("handle")).filter(key__any=wanted, member__in=active).order_by()
    found = {handle.lower(): pk for handle, pk in old.values_list("handle", "member")}
    return found | {handle.lower(): pk for handle, pk in now.values_list("handle", "pk")}


def handles_of(members: Collection[int]) -> Mapping[int, str]:
    """The present handles of active members."""
    rows = User.objects.active().filter(pk__in=members).order_by()
    return dict(rows.values_list("pk", "handle"))


def url(handle: str) -> str:
    """The address of a member's page."""
    return reverse("community:member_detail", args=[handle])


def suggest(subject: Subject, by: User, words: str) -> Sequence[Suggested]:
    """Who else may read ``subject`` and has these words in the name, or begins like them by name or handle."""
    words = words.strip()
    if len(words) < SHORTEST_SOUGHT:
        return []
    rows = statements.rows(_that_fit, subject.pk, by, Phrase(words), *sought(words))
    return [Suggested(row.pk, row.name, row.handle, str(row.unit or "")) for row in rows]


def _that_fit(subject: int, by: User, phrase: Phrase, *words: Word) -> QuerySet[User]:
    """Those whose handle or name begins like that first."""
    named = Q(*(finds("sort_name", word, roughly=False) for word in words)) if words else Q(pk=None)
    begins = Q(sort_name__startswith=folded(phrase.text))
    is_handle = Q(handle_key__startswith=Lower(Value(phrase.text, output_field=TextField())))
    reads = Subject.objects.filter(may_read(OuterRef(OuterRef("pk"))), pk=subject)
    rows = User.objects.active().exclude(pk=by.pk).annotate(handle_key=Lower("handle"))
    rows = rows.filter(named | is_handle).filter(Exists(reads))
    best = Case(When(begins | is_handle, then=0), default=1, output_field=IntegerField())
    fitting: QuerySet[User] = rows.select_related("unit").annotate(rank=best).order_by("rank", "sort_name", "pk")
    return fitting[:SUGGESTED]


def register() -> None:
    """Tell the floor below; called once, when the app is ready."""
    people.by_handle = by_handle
    people.handles_of = handles_of
    people.url = url
    people.suggest = suggest
