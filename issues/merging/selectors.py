"""What belongs together with a bottleneck, and how that came about. Spec 02, Merge and Generalise."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from activity.visibility import may_read
from community.models import Hub
from issues.bottlenecks.models import Attribution, Bottleneck, TouchedHub
from ui import statements

from .models import Merge, Objection
from .permissions import is_party, made_objection, may_answer, may_undo

if TYPE_CHECKING:
    from community.models import User

#: So many steps of a bottleneck's merging are read for its page.
MOST_SHOWN = 60


@dataclass(slots=True)
class Together:
    """What a bottleneck points to, what points to it, what is proposed, and what was."""

    into: Merge | None = None
    general: Merge | None = None
    parts: list[Merge] = field(default_factory=list)
    merged: list[Merge] = field(default_factory=list)
    proposed: list[Merge] = field(default_factory=list)
    ended: list[Merge] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.into or self.general or self.parts or self.merged or self.proposed or self.ended)


def together(bottleneck: Bottleneck, reader: User) -> Together:
    """All of it as far as ``reader`` may read both; parts go by the names of their ``hubs``. One query."""
    found = Together()
    for merge in statements.rows(_about, reader, bottleneck.pk, bottleneck.whole):
        is_here = merge.other_id == bottleneck.pk
        if merge.is_proposed:
            found.proposed.append(merge)
        elif not merge.is_effective:
            found.ended.append(merge)
        elif is_here and merge.is_for_part:
            found.general = merge
        elif is_here:
            found.into = merge
        elif merge.is_for_part:
            found.parts.append(merge)
        else:
            found.merged.append(merge)
    found.parts.sort(key=lambda merge: (merge.hubs, merge.other_id))  # type: ignore[attr-defined]  # annotated
    return found


def _about(reader: User, bottleneck: int, whole: list[int]) -> QuerySet[Merge]:
    touched = TouchedHub.objects.filter(bottleneck=OuterRef("other"), hub__in=Hub.objects.visible_to(reader))
    rows = _readable(reader).filter(Q(other=bottleneck) | Q(main__any=whole))
    named = rows.annotate(hubs=ArraySubquery(touched.order_by("hub__sort_name").values("hub__name")))
    return named.order_by("-proposed_at", "-pk")[:MOST_SHOWN]


def _readable(reader: User) -> QuerySet[Merge]:
    """Merges of which ``reader`` may read both, with what a line about each names."""
    rows = Merge.objects.filter(may_read(reader, "other__subject"), may_read(reader, "main__subject"))
    return rows.select_related("other__subject", "main__subject", "by", "ended_by").defer(*_LONG)


_LONG = tuple(
    f"{side}__{column}"
    for side in ("other", "main")
    for column in ("search", "situation", "impact", "wish", "tried", "imported")
)


@dataclass(frozen=True, slots=True)
class ShownObjection:
    """An objection, and what its reader may do about it."""

    objection: Objection
    is_mine: bool
    may_answer: bool
    answerer: str


@dataclass(frozen=True, slots=True)
class ShownMerge:
    """A merge with all that was said of it, and what its reader may do."""

    merge: Merge
    said: list[ShownObjection]
    may_object: bool
    may_drop: bool
    may_undo: bool

    @property
    def proposer(self) -> str:
        """Who proposed it, as everybody may know."""
        return _as_may_be_known(self.merge, self.merge.by)

    @property
    def ender(self) -> str:
        """Who dropped or undid it, as everybody may know."""
        return _as_may_be_known(self.merge, self.merge.ended_by)

    @property
    def is_blocked(self) -> bool:
        """Whether an objection waits for an answer."""
        return any(shown.objection.is_open for shown in self.said)


def name_of(member: User | None) -> str:
    """The name of a member, or what stands for one who left."""
    return str(member.name) if member is not None and member.is_active else _("a former member")


def _as_may_be_known(merge: Merge, member: User | None) -> str:
    """Who did something about ``merge``: who filed confidentially is not named, as in the ledger."""
    other = merge.other
    is_filer = member is not None and other.author_id == member.pk and other.attribution == Attribution.CONFIDENTIAL
    return _("whoever filed it") if is_filer or (member is None and not merge.is_by_name) else name_of(member)


def find_merge(pk: int, reader: User) -> ShownMerge | None:
    """The merge with this primary key as ``reader`` may see it. At most four queries."""
    merge = statements.first(_with_key, reader, pk)
    if merge is None:
        return None
    objections = statements.rows(_objections, pk)
    mine = [it for it in objections if made_objection(reader, it)]
    can_object = merge.may_be_objected_to(timezone.now()) and not any(it.is_open for it in mine)
    may = may_answer(reader, merge) and merge.is_proposed
    shown = [
        ShownObjection(it, it in mine, may and it.is_open and it not in mine, _as_may_be_known(merge, it.answered_by))
        for it in objections
        if it.withdrawn_at is None or it in mine
    ]
    return ShownMerge(
        merge,
        shown,
        may_object=can_object and is_party(reader, merge),
        may_drop=may,
        may_undo=merge.is_effective and may_undo(reader, merge),
    )


def _with_key(reader: User, pk: int) -> QuerySet[Merge]:
    return _readable(reader).filter(pk=pk)[:1]


def _objections(merge: int) -> QuerySet[Objection]:
    return Objection.objects.filter(merge=merge).select_related("answered_by").order_by("made_at", "pk")


def find_objection(pk: int, reader: User) -> Objection | None:
    """The objection with this primary key if ``reader`` may see its merge; one query."""
    rows: QuerySet[Objection, Any] = Objection.objects.filter(
        may_read(reader, "merge__other__subject"), may_read(reader, "merge__main__subject"), pk=pk
    )
    return rows.select_related("merge__other").first()
