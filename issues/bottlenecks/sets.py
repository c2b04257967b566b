"""Bottlenecks that point to a main one: a link, not a copy. Spec 02, Merge and Generalise.

``Bottleneck.main`` and ``Bottleneck.tie`` are what is so; a set is a main one with all that point to it, also by way of
others. Two things are kept beside them so that nobody walks the links to draw a page: ``Bottleneck.parts``, and for
what is merged ``Subject.merged_into``, which is what is shown in its place (the floors below know no bottlenecks).

Whoever changes a vote, an estimate or a link holds the subjects from there to the top of its set, so all of them wait
for one another at the top one. Who finds, once these are held, that the links have changed meanwhile lets go of them
and begins again (``begins_again``): to wait for one more while holding these could be out of order.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.utils.translation import gettext as _

from activity.actions import update_subject
from activity.locks import hold_member, lock_subjects
from activity.models import Subject
from ui.errors import RuleBroken
from ui.kept import Difference, KeptFigures

from .figures import TIED
from .models import Bottleneck, Tie, TouchedHub

if TYPE_CHECKING:
    from community.models import User

TRIES = 20

_ABOVE = """
    WITH RECURSIVE up (id, main_id) AS (
        SELECT id, main_id FROM issues_bottleneck WHERE id = ANY(%s)
        UNION
        SELECT above.id, above.main_id FROM up JOIN issues_bottleneck AS above ON above.id = up.main_id
    )
    SELECT id, parts FROM up JOIN issues_bottleneck USING (id)
"""


class LinksMovedError(Exception):
    """Somebody merged or unmerged between looking and locking; ``begins_again`` catches it."""


def begins_again[**P, R](act: Callable[P, R]) -> Callable[P, R]:
    """Do ``act`` in a transaction, and once more from the start when the links of its set moved meanwhile.

    Rolling it back lets go of its locks. Raises RuleBroken where that goes on for as long as nobody waits.
    """

    @wraps(act)
    def again(*args: P.args, **kwargs: P.kwargs) -> R:
        for _try in range(TRIES):
            try:
                with transaction.atomic():
                    return act(*args, **kwargs)
            except LinksMovedError:
                continue
        raise RuleBroken(_("This is being merged right now. Try again in a moment."))

    return again


@dataclass(frozen=True, slots=True)
class LockedSet:
    """The locked rows of one or two sets, as they are now, each with its locked subject."""

    rows: dict[int, Bottleneck]

    def above(self, bottleneck: Bottleneck) -> Iterator[Bottleneck]:
        """``bottleneck`` and what it points to, up to the top of its set."""
        row = self.rows[bottleneck.pk]
        yield row
        while row.main_id is not None:
            row = self.rows[row.main_id]
            yield row

    def shown(self, bottleneck: Bottleneck) -> Bottleneck:
        """What is shown in place of ``bottleneck``: the main one where it is merged, else itself."""
        return next(row for row in self.above(bottleneck) if row.tie != Tie.MERGED)


def lock_set(bottleneck: Bottleneck, by: User | None = None) -> LockedSet:
    """Lock ``bottleneck`` and all it points to, and hold ``by``. What is tied to nothing costs what one row costs.

    Raises RuleBroken when the account of ``by`` is gone, and what ``begins_again`` catches.
    """
    keys = _around([bottleneck.pk], parts=False) if bottleneck.main_id is not None else {bottleneck.pk: []}
    return _locked([bottleneck], keys, by)


def lock_sets(bottlenecks: Collection[Bottleneck], by: User | None = None) -> LockedSet:
    """Lock these with all they point to and all that points to them, for an act that moves a link. As ``lock_set``."""
    return _locked(bottlenecks, _around([row.pk for row in bottlenecks], parts=True), by, parts=True)


def _around(keys: Sequence[int], *, parts: bool) -> dict[int, list[int]]:
    """These bottlenecks and all they point to, each with its parts; with ``parts`` those as well. One query or two."""
    with connection.cursor() as cursor:
        cursor.execute(_ABOVE, [list(keys)])
        found: dict[int, list[int]] = dict(cursor.fetchall())
    if parts:
        below = {part for several in found.values() for part in several} - found.keys()
        found |= dict(Bottleneck.objects.filter(pk__in=below).order_by().values_list("pk", "parts")) if below else {}
    return found


def _locked(
    asked: Collection[Bottleneck], keys: dict[int, list[int]], by: User | None, *, parts: bool = False
) -> LockedSet:
    known = {row.pk: row.subject_id for row in asked}
    others = keys.keys() - known.keys()
    if others:
        known |= dict(Bottleneck.objects.filter(pk__in=others).order_by().values_list("pk", "subject"))
    # In the order that all keep to, as ``lock_subjects``, and read in the same statement.
    locked = Subject.objects.filter(pk__in=known.values()).select_for_update(no_key=True).order_by("pk")
    subjects = {row.pk: row for row in locked}
    fresh = Bottleneck.objects.select_for_update(no_key=True).defer("search").filter(pk__in=known).order_by("pk")
    rows = {row.pk: row for row in fresh}
    for row in rows.values():
        row.subject = subjects[row.subject_id]
    for row in asked:
        row.main_id = rows[row.pk].main_id  # where it is looked for when this begins again
    pointed_to = {row.main_id for row in rows.values() if row.main_id is not None}
    below = {part for row in rows.values() for part in row.parts} if parts else set()
    if not (pointed_to | below) <= rows.keys():
        raise LinksMovedError
    if by is not None:
        hold_member(by)
    return LockedSet(rows)


def tie_to(main: Bottleneck, other: Bottleneck, tie: Tie, locked: LockedSet) -> list[Bottleneck]:
    """Let ``other``, which points to nothing, point to ``main``; returns ``main`` and all above it, to be counted anew.

    The caller holds both sets (``lock_sets``). Raises RuleBroken where it would point to itself.
    """
    above = list(locked.above(main))
    if any(row.pk == other.pk for row in above):
        raise RuleBroken(_("That one already points to this one."))
    for row in above:
        row.parts = sorted({*row.parts, other.pk, *other.parts})
        row.save(update_fields=["parts"])
    other.main, other.tie = main, tie
    other.save(update_fields=["main", "tie"])
    _keep_what_is_shown(other, locked)
    return above


def untie(other: Bottleneck, locked: LockedSet) -> list[Bottleneck]:
    """Let ``other`` point to nothing again; returns all that it pointed to, to be counted anew. As ``tie_to``."""
    above = list(locked.above(other))[1:]
    gone = {other.pk, *other.parts}
    for row in above:
        row.parts = [part for part in row.parts if part not in gone]
        row.save(update_fields=["parts"])
    other.main, other.tie = None, ""
    other.save(update_fields=["main", "tie"])
    _keep_what_is_shown(other, locked)
    return above


def _keep_what_is_shown(moved: Bottleneck, locked: LockedSet) -> None:
    """Keep what is shown in place of what moved, and of all that points to it."""
    for pk in moved.whole:
        row = locked.rows[pk]
        shown = locked.shown(row)
        instead = shown.subject_id if shown.pk != pk else None
        if row.subject.merged_into_id != instead:
            update_subject(row.subject, merged_into_id=instead)


def keep_touched(row: Bottleneck) -> None:
    """Keep the hubs that ``row`` touches only by what was merged into it; the caller holds its set."""
    merged = TouchedHub.objects.filter(bottleneck__subject__merged_into=row.subject_id, is_from_filer=True)
    own = TouchedHub.objects.filter(bottleneck=row, is_from_filer=True).values("hub")
    wanted = set(merged.exclude(hub__in=own).values_list("hub", flat=True))
    TouchedHub.objects.filter(bottleneck=row, is_from_filer=False).exclude(hub__in=wanted).delete()
    rows = [TouchedHub(bottleneck=row, hub_id=hub, is_from_filer=False) for hub in sorted(wanted)]
    TouchedHub.objects.bulk_create(rows, ignore_conflicts=True)


# --- Proof -----------------------------------------------------------------------------------------------------------
_DIFFERENT = f"""
    WITH RECURSIVE {TIED}, shown (id, subject_id, tie, main_id) AS (
        SELECT id, subject_id, tie, main_id FROM issues_bottleneck WHERE tie = 'merged'
        UNION ALL
        SELECT shown.id, above.subject_id, above.tie, above.main_id
        FROM shown JOIN issues_bottleneck AS above ON above.id = shown.main_id WHERE shown.tie = 'merged'
    ), right_ones AS (
        SELECT one.id, one.parts,
               ARRAY(SELECT part FROM tied WHERE top = one.id ORDER BY part) AS should_be,
               subject.merged_into_id,
               (SELECT shown.subject_id FROM shown WHERE shown.id = one.id AND shown.tie <> 'merged') AS should_show
        FROM issues_bottleneck AS one JOIN activity_subject AS subject ON subject.id = one.subject_id
        WHERE one.parts <> '{{}}' OR one.main_id IS NOT NULL OR subject.merged_into_id IS NOT NULL
            OR one.id IN (SELECT top FROM tied)
    )
    SELECT id, parts, should_be, merged_into_id, should_show FROM right_ones
    WHERE parts <> should_be OR merged_into_id IS DISTINCT FROM should_show ORDER BY id
"""  # noqa: S608 - made of constants


#: Of whom the hubs that it touches only by what was merged into it are not those of ``keep_touched``.
_TOUCHED_OTHERWISE = """
    WITH wanted AS (
        SELECT DISTINCT shown.id AS bottleneck_id, merged.hub_id
        FROM issues_touchedhub AS merged
        JOIN issues_bottleneck AS one ON one.id = merged.bottleneck_id
        JOIN activity_subject AS subject ON subject.id = one.subject_id
        JOIN issues_bottleneck AS shown ON shown.subject_id = subject.merged_into_id
        WHERE merged.is_from_filer AND NOT EXISTS (
            SELECT FROM issues_touchedhub AS own
            WHERE own.bottleneck_id = shown.id AND own.hub_id = merged.hub_id AND own.is_from_filer
        )
    ), kept AS (
        SELECT bottleneck_id, hub_id FROM issues_touchedhub WHERE NOT is_from_filer
    )
    SELECT bottleneck_id, count(*) FROM (
        (SELECT * FROM wanted EXCEPT SELECT * FROM kept) UNION ALL (SELECT * FROM kept EXCEPT SELECT * FROM wanted)
    ) AS wrong GROUP BY bottleneck_id ORDER BY bottleneck_id
"""


def differences() -> Iterator[Difference]:
    """Yield every bottleneck of which parts, hubs or what is shown in its place are not what the links say."""
    with connection.cursor() as cursor:
        cursor.execute(_DIFFERENT)
        for pk, parts, should_be, shown, should_show in cursor.fetchall():
            text = f"bottleneck {pk}: parts {parts} should be {should_be}, shown as {shown} should be {should_show}"
            yield Difference(pk, text)
        cursor.execute(_TOUCHED_OTHERWISE)
        for pk, number in cursor.fetchall():
            yield Difference(pk, f"bottleneck {pk}: {number} of the hubs that it touches by what was merged are wrong")


@transaction.atomic
def repair(number: int) -> None:
    """Make what is kept of the links of bottleneck ``number`` what they say, for ``manage.py recount --fix``."""
    row = Bottleneck.objects.select_related("subject").defer("search").get(pk=number)
    lock_subjects([row.subject_id])
    with connection.cursor() as cursor:
        cursor.execute(_DIFFERENT)
        found = {pk: (should_be, should_show) for pk, _parts, should_be, _shown, should_show in cursor.fetchall()}
    if number in found:
        row.parts, row.subject.merged_into_id = found[number]
        row.save(update_fields=["parts"])
        update_subject(row.subject, merged_into_id=row.subject.merged_into_id)
    instead = Bottleneck.objects.defer("search").filter(subject=row.subject.merged_into_id).first()
    for shown in (row, instead):
        if shown is not None:
            keep_touched(shown)


def figures_of_links() -> KeptFigures:
    """What is kept beside the links of bottlenecks; proven before the figures, which count by it."""
    return KeptFigures(
        key="links",
        rows="links of bottlenecks",
        number=Bottleneck.objects.exclude(main=None).count,
        differences=differences,
        repair=repair,
        order=5,
    )
