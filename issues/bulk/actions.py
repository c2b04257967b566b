"""Filing many at once. Spec 02, Filing."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from activity.actions import create_subject, link_subjects, own_key, record, update_subject
from activity.locks import hold_member, lock_subjects
from activity.models import Activity, Subject
from community.hubs import tallies
from issues import verbs
from issues.bottlenecks.actions import SAME_AGAIN, touch_hubs
from issues.bottlenecks.models import Attribution, Bottleneck, BottleneckTally
from issues.bottlenecks.places import filing_place
from issues.bottlenecks.sets import LinksMovedError, begins_again
from issues.themes.actions import hold_theme
from issues.ties import FILED_AT
from ui.errors import RuleBroken
from ui.lookups import is_among
from ui.validators import name_key
from ui.writing import hold

from .reading import MOST_LINES

if TYPE_CHECKING:
    from community.models import Hub, User
    from issues.themes.models import Theme


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What one line is to become: a new bottleneck, or a link from the ``existing`` one (its number).

    ``name`` is what the form calls the line: a refusal is said there (``RuleBroken.field``). Without a ``theme`` of its
    own it has that of all.
    """

    title: str
    situation: str = ""
    theme: Theme | None = None
    existing: int | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class Brought:
    """What came of it: what was ``filed`` now, and how many lines were ``known`` already and are tied to the place.

    ``is_again`` where nothing changed, because all of it was sent before.
    """

    filed: Sequence[Bottleneck]
    known: Sequence[Subject]
    is_again: bool


@begins_again
def file_in_bulk(
    *,
    by: User,
    lines: Sequence[Wanted],
    at: Subject | None = None,
    hubs: Iterable[Hub] = (),
    theme: Theme | None = None,
    language: str = "nl",
    creation_key: uuid.UUID | None = None,
) -> Brought:
    """File what came up at ``at``, written down by ``by`` for others: all of it, or nothing.

    New ones have no author and no votes: who types forty lines is not who ran into them. They touch ``hubs``, and are
    tied to ``at``, as are those that exist; of one that was merged that is its main one. ``creation_key`` is the
    one-time key of the form: sent again, a line that was filed with it is not filed a second time, nor is one with a
    title that ``by`` brought in minutes ago. The ledger tells each bottleneck, and ``at`` once for all.

    Raises RuleBroken for too many lines, where one can no longer file at ``at``, and, with the ``field`` of its line,
    for an existing one that ``by`` cannot see any more. Spec 02, Filing.
    """
    if len(lines) > MOST_LINES:
        raise RuleBroken(_("%(limit)d lines at once is the most.") % {"limit": MOST_LINES})
    hold(f"filing:{by.pk}")
    touched, keys = list(hubs), {name_key(line.title): _key_of(creation_key, line.title) for line in lines}
    numbers = {line.existing for line in lines if line.existing is not None}
    before = _brought_before(by, keys)
    shown = _shown(by, numbers)
    wanted = {*shown.values(), *before.values()}
    lock_subjects(wanted | ({at.pk} if at is not None else set()))
    if _shown(by, numbers) != shown:
        raise LinksMovedError
    place = filing_place(at.pk, by) if at is not None else None
    if at is not None and place is None:
        raise RuleBroken(_("One can no longer file there. Nothing was filed."))
    hold_member(by)
    theme = hold_theme(theme)
    subjects = Subject.objects.in_bulk(wanted)
    filed: dict[str, Bottleneck] = {}
    known: list[Subject] = []
    for line in lines:
        key = name_key(line.title)
        if line.existing is not None:
            if line.existing not in shown:
                raise RuleBroken(_("That bottleneck is no longer there. Choose again."), field=line.name)
            known.append(subjects[shown[line.existing]])
        elif key in before:
            known.append(subjects[before[key]])
        elif key not in filed:
            under = hold_theme(line.theme) or theme
            filed[key] = _bring_in(line, by, touched, under, language, place, keys[key])
    linked = [subject for subject in known if place is not None and link_subjects(subject, FILED_AT, place)]
    for subject in linked:
        record(subject, verbs.CAME_UP_AGAIN, by=by, other=place)
    if place is not None and (filed or linked):
        record(place, verbs.BROUGHT_IN_HERE, by=by, data={"filed": len(filed), "linked": len(linked)})
    if filed:
        tallies.keep(BottleneckTally, [hub.pk for hub in touched])
    is_again = bool(before) and not filed and not linked
    return Brought(list(filed.values()), known, is_again)


def _key_of(creation_key: uuid.UUID | None, title: str) -> uuid.UUID | None:
    """The key of one line of a form: its own, so that a line that was added since is filed and no other twice."""
    return None if creation_key is None else uuid.uuid5(creation_key, name_key(title))


def _brought_before(by: User, keys: dict[str, uuid.UUID | None]) -> dict[str, int]:
    """The subjects of those of these lines that ``by`` filed with the same form, or minutes ago with another one."""
    kind, since = Bottleneck.SUBJECT_KIND, timezone.now() - SAME_AGAIN
    of_form = {own_key(kind, key, by): title for title, key in keys.items() if key is not None}
    entries = Activity.objects.filter(verb=verbs.BOTTLENECK_BROUGHT_IN.key, actor=by, at__gt=since)
    recent = is_among("pk", entries.values("subject")) & Q(closed_at=None, merged_into=None, hidden_at=None)
    rows = Subject.objects.filter(Q(creation_key__in=list(of_form)) | recent).order_by("pk")
    found: dict[str, int] = {}
    for subject, key, title in rows.values_list(Coalesce("merged_into", "pk"), "creation_key", "title"):
        known = of_form.get(key, name_key(title))
        if known in keys:
            found.setdefault(known, subject)
    return found


def _shown(by: User, numbers: Collection[int]) -> dict[int, int]:
    """The subjects of these bottlenecks, as far as ``by`` may read them; of what was merged that of its main one."""
    rows = Bottleneck.objects.visible_to(by).filter(pk__in=numbers).order_by()
    return dict(rows.values_list("pk", Coalesce("subject__merged_into", "subject"))) if numbers else {}


def _bring_in(
    line: Wanted,
    by: User,
    hubs: Sequence[Hub],
    theme: Theme | None,
    language: str,
    place: Subject | None,
    creation_key: uuid.UUID | None,
) -> Bottleneck:
    """File one line; whoever calls holds the place and ``by``, and counts what touches the hubs."""
    subject = create_subject(
        Bottleneck.SUBJECT_KIND,
        title=line.title,
        language=language,
        hubs=[hub.subject for hub in hubs],
        creation_key=creation_key,
        by=by,
    )
    bottleneck = Bottleneck.objects.create(
        subject=subject,
        title=line.title,
        situation=line.situation,
        theme=theme,
        language=language,
        attribution=Attribution.IMPORTED,
    )
    touch_hubs(bottleneck, hubs)
    update_subject(subject, url=bottleneck.get_absolute_url())
    if place is not None:
        link_subjects(subject, FILED_AT, place)
    record(subject, verbs.BOTTLENECK_BROUGHT_IN, by=by, other=place)
    return bottleneck
