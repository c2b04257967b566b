"""Every write to merges. Spec 02, Merge and Generalise.

All of them hold the one that is or would be merged; what moves the link holds both sets (``issues.bottlenecks.sets``).
"""

from __future__ import annotations

import logging
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from activity.actions import ask_for, finish, record
from activity.locks import hold_members
from activity.models import Audience, Subject, Todo
from community.hubs import tallies
from issues.bottlenecks.actions import count_with, count_without, lock_bottleneck
from issues.bottlenecks.models import Attribution, Bottleneck, BottleneckTally, Tie, TouchedHub
from issues.bottlenecks.sets import begins_again, keep_touched, lock_sets, tie_to, untie
from ui.errors import RuleBroken
from ui.workdays import due_after

from . import verbs
from .clock import day_of
from .models import TO_OBJECT, Merge, MergeState, Objection
from .permissions import is_party, made_objection, may_answer, may_propose, may_undo

if TYPE_CHECKING:
    from community.models import User

logger = logging.getLogger(__name__)

#: The kind of what waits for who must answer an objection.
TODO = "merge_objection"
#: Working days within which an objection is to be answered.
ANSWER_WITHIN = 3


@begins_again
def propose_merge(*, other: Bottleneck, main: Bottleneck, by: User, reason: str, language: str) -> Merge:
    """Propose that ``other`` is merged into ``main``; who filed or supports one of them has seven days to object.

    ``reason`` is Markdown in ``language``. The same proposal once more gives the first one. Raises RuleBroken for who
    neither facilitates nor filed ``other``, and where the two cannot be merged.
    """
    locked = lock_sets([other, main], by)
    other, main = locked.rows[other.pk], locked.rows[main.pk]
    if standing := _standing(other, main, by, Tie.MERGED):
        return standing
    _require_pair(other, main, by)
    now = timezone.now()
    merge = Merge.objects.create(
        tie=Tie.MERGED,
        main=main,
        other=other,
        by=by,
        is_by_name=_signs(by, other),
        reason=_words(reason, _("Say why: who supports them reads it.")),
        language=language,
        proposed_at=now,
        objections_until=now + TO_OBJECT,
    )
    record(other.subject, verbs.MERGE_PROPOSED, by=_signature(by, merge), other=main.subject, data={"merge": merge.pk})
    record(main.subject, verbs.MERGE_PROPOSED_HERE, other=other.subject, data={"merge": merge.pk})
    return merge


@begins_again
def generalise(*, other: Bottleneck, main: Bottleneck, by: User, reason: str, language: str) -> Merge:
    """Make ``other`` a part of the more general ``main``, at once: it keeps its page, its votes and its own solution.

    Support of ``main`` counts those of its parts as well. Repeats and refusals are as in ``propose_merge``.
    """
    locked = lock_sets([other, main], by)
    other, main = locked.rows[other.pk], locked.rows[main.pk]
    if standing := _standing(other, main, by, Tie.CHILD):
        return standing
    _require_pair(other, main, by)
    now = timezone.now()
    merge = Merge.objects.create(
        tie=Tie.CHILD,
        main=main,
        other=other,
        by=by,
        is_by_name=_signs(by, other),
        reason=_words(reason, _("Say why: who supports them reads it.")),
        language=language,
        state=MergeState.EFFECTIVE,
        proposed_at=now,
        objections_until=now,
        effective_at=now,
    )
    record(other.subject, verbs.MADE_PART, by=_signature(by, merge), other=main.subject, data={"merge": merge.pk})
    record(main.subject, verbs.PART_ADDED, other=other.subject, data={"merge": merge.pk})
    count_with(tie_to(main, other, Tie.CHILD, locked), other)
    return merge


@transaction.atomic
def object_to(*, merge: Merge, by: User, text: str, language: str) -> Objection:
    """Object to a proposed merge, which blocks it until somebody answers; nobody reads who did so.

    A member has one open objection to a merge: the same words again give that one. Raises RuleBroken for who neither
    filed nor supports one of the two, and when the days to object are over.
    """
    merge = _lock(merge, by)
    mine = Objection.objects.filter(merge=merge, by=by)
    same = mine.filter(text=text.strip(), withdrawn_at=None).first()
    if same is not None:
        return same
    if not merge.may_be_objected_to(timezone.now()):
        raise RuleBroken(_("One can no longer object: the days for it are over."))
    if not is_party(by, merge):
        raise RuleBroken(_("Who filed or supports one of the two can object."))
    if mine.open().exists():
        raise RuleBroken(_("Your objection stands already. Wait for the answer, or withdraw it first."))
    said = _words(text, _("Say what you object to."))
    objection = Objection.objects.create(merge=merge, by=by, text=said, language=language)
    record(merge.other.subject, verbs.MERGE_OBJECTED, data={"merge": merge.pk})
    due = due_after(ANSWER_WITHIN, day_of(timezone.now())).day
    asked = partial(Todo, kind=TODO, subject=merge.other.subject, key=str(merge.pk), due_on=due)
    proposer = [asked(member_id=pk) for pk in hold_members([merge.by_id])] if merge.by_id is not None else []
    ask_for([asked(is_for_facilitators=True), *proposer])
    return objection


@transaction.atomic
def withdraw_objection(*, objection: Objection, by: User) -> bool:
    """Take an objection of ``by`` back. One that is withdrawn or answered stays as it is: returns False."""
    merge = _lock(objection.merge, by)
    objection = Objection.objects.select_for_update(no_key=True).get(pk=objection.pk)
    if not made_objection(by, objection):
        raise RuleBroken(_("Only who objected can withdraw that."))
    if not objection.is_open:
        return False
    objection.withdrawn_at = timezone.now()
    objection.save(update_fields=["withdrawn_at"])
    record(merge.other.subject, verbs.OBJECTION_WITHDRAWN, data={"merge": merge.pk})
    _finish_when_answered(merge)
    return True


@transaction.atomic
def answer_objection(*, objection: Objection, by: User, text: str, language: str) -> bool:
    """Answer an objection, so that it no longer blocks; who objected hears of it, and may object again in time.

    One that is answered or withdrawn stays as it is: returns False. Raises RuleBroken for who neither facilitates nor
    proposed the merge, and for who objected.
    """
    merge = _lock(objection.merge, by)
    objection = Objection.objects.select_for_update(no_key=True).get(pk=objection.pk)
    if not may_answer(by, merge):
        raise RuleBroken(_("Facilitators and who proposed it answer objections."))
    if made_objection(by, objection):
        raise RuleBroken(_("Somebody else answers your objection; you can withdraw it."))
    if not objection.is_open or not merge.is_proposed:
        return False
    objection.answer = _words(text, _("Say something about the objection."))
    objection.answer_language, objection.answered_by, objection.answered_at = language, by, timezone.now()
    objection.save(update_fields=["answer", "answer_language", "answered_by", "answered_at"])
    data = {"merge": merge.pk, "objection": objection.pk}
    record(merge.other.subject, verbs.OBJECTION_ANSWERED, by=_signature(by, merge), data=data)
    _finish_when_answered(merge)
    return True


@transaction.atomic
def drop_merge(*, merge: Merge, by: User, reason: str, language: str) -> bool:
    """Leave it at that: a proposed merge does not take place. One that is no proposal any more stays: returns False.

    Raises RuleBroken for who neither facilitates nor proposed it, and without a reason.
    """
    merge = _lock(merge, by)
    if not may_answer(by, merge):
        raise RuleBroken(_("Facilitators and who proposed it can drop it."))
    if not merge.is_proposed:
        return False
    merge.end_reason = _words(reason, _("Say why: who supports them reads it."))
    merge.end_language, merge.ended_by = language, by
    _end(merge, MergeState.DROPPED)
    data = {"merge": merge.pk}
    record(merge.other.subject, verbs.MERGE_DROPPED, by=_signature(by, merge), other=merge.main.subject, data=data)
    return True


def merge_due(*, now: datetime) -> int:
    """Let those proposals take effect whose days to object are over and to which no objection is open; how many did.

    Each in a transaction of its own, and one that fails holds up no other. A second run finds nothing.
    """
    merged = 0
    for merge in Merge.objects.due(now).select_related("main", "other").defer("main__search", "other__search"):
        try:
            merged += take_effect(merge=merge, now=now)
        except Exception:
            logger.exception("Merge %s could not take effect", merge.pk)
    return merged


@begins_again
def take_effect(*, merge: Merge, now: datetime) -> bool:
    """Merge the two if that is due; where they cannot be merged any more, it is dropped. Returns whether they were."""
    locked = lock_sets([merge.other, merge.main])
    fresh = Merge.objects.select_for_update(no_key=True).due(now).filter(pk=merge.pk).first()
    if fresh is None:
        return False
    fresh.other, fresh.main = other, main = locked.rows[fresh.other_id], locked.rows[fresh.main_id]
    if _why_not(other, main) or any(row.pk == other.pk for row in locked.above(main)):
        _end(fresh, MergeState.DROPPED)
        data = {"merge": fresh.pk}
        record(other.subject, verbs.MERGE_DROPPED, system=True, other=main.subject, data=data)
        return False
    fresh.state, fresh.effective_at = MergeState.EFFECTIVE, now
    fresh.save(update_fields=["state", "effective_at"])
    record(other.subject, verbs.MERGED_INTO, other=main.subject, data={"merge": fresh.pk})
    record(main.subject, verbs.MERGED_HERE, other=other.subject, data={"merge": fresh.pk})
    count_with(tie_to(main, other, Tie.MERGED, locked), other)
    _keep_hubs(locked.shown(main), other)
    return True


@begins_again
def unmerge(*, merge: Merge, by: User, reason: str, language: str) -> bool:
    """Take ``merge.other`` out of the main one again, with all that was its own; one that is out stays: returns False.

    What was merged into ``other`` goes along with it. Raises RuleBroken for who may not, and without a reason.
    """
    locked = lock_sets([merge.other], by)
    fresh = Merge.objects.select_for_update(no_key=True).get(pk=merge.pk)
    fresh.other = other = locked.rows[fresh.other_id]
    if not may_undo(by, fresh):
        raise RuleBroken(_("Only facilitators undo a merge."))
    if not fresh.is_effective:
        return False
    fresh.main = main = locked.rows[fresh.main_id]
    fresh.end_reason = _words(reason, _("Say why: who supports them reads it."))
    fresh.end_language, fresh.ended_by = language, by
    _end(fresh, MergeState.UNDONE)
    data = {"merge": fresh.pk}
    record(other.subject, verbs.UNMERGED, by=_signature(by, fresh), other=main.subject, data=data)
    record(main.subject, verbs.UNMERGED_HERE, other=other.subject, data=data)
    count_without(untie(other, locked), other.whole)
    if fresh.tie == Tie.MERGED:
        _keep_hubs(locked.shown(main), other)
    return True


def merges_known_to(member: User) -> set[int]:
    """The subjects of the merges that ``member`` proposed, ended, objected to or answered."""
    merges = Merge.objects.filter(by=member) | Merge.objects.filter(ended_by=member)
    said = Objection.objects.filter(by=member) | Objection.objects.filter(answered_by=member)
    known = merges.order_by().values_list("other__subject", flat=True)
    return {*known, *said.order_by().values_list("merge__other__subject", flat=True)}


def forget_party(member: User) -> None:
    """Part of erasing: what ``member`` proposed and said stays without them, and an open objection still blocks."""
    Merge.objects.filter(by=member).update(by=None)
    Merge.objects.filter(ended_by=member).update(ended_by=None)
    Objection.objects.filter(by=member).update(by=None)
    Objection.objects.filter(answered_by=member).update(answered_by=None)


def _lock(merge: Merge, by: User) -> Merge:
    """The merge as it is now, locked with the one that it would merge; ``by`` is held and may read that one."""
    other, subject = lock_bottleneck(merge.other, by)
    fresh = Merge.objects.select_for_update(of=("self",), no_key=True).select_related("main__subject").get(pk=merge.pk)
    fresh.other = other
    if not subject.may_be_read_by(by):
        raise RuleBroken(_("This is no longer there for you."))
    return fresh


def _standing(other: Bottleneck, main: Bottleneck, by: User, tie: Tie) -> Merge | None:
    """What ``by`` proposed just so before, and still stands."""
    return Merge.objects.standing().filter(other=other, main=main, by=by, tie=tie).first()


def _require_pair(other: Bottleneck, main: Bottleneck, by: User) -> None:
    """Raise RuleBroken unless ``by`` may let ``other`` point to ``main``, and that is possible now."""
    if not may_propose(by, other):
        raise RuleBroken(_("Facilitators and who filed it can propose this."))
    if not (other.subject.may_be_read_by(by) and main.subject.may_be_read_by(by)):
        raise RuleBroken(_("There is no bottleneck with that number."))
    if other.pk == main.pk:
        raise RuleBroken(_("That is this one. Fill in the number of the other."))
    if main.subject.merged_into_id is not None:
        raise RuleBroken(_("That one was merged into another itself. Fill in the number of that."))
    if main.pk in other.parts:
        raise RuleBroken(_("That one already points to this one."))
    if why := _why_not(other, main):
        raise RuleBroken(why)
    if Merge.objects.standing().filter(other=other).exists():
        raise RuleBroken(_("A merge of this one is proposed already."))


def _why_not(other: Bottleneck, main: Bottleneck) -> str:
    """Why ``other`` cannot point to ``main`` as they are now, in words for the reader; "" where it can."""
    one, into = other.subject, main.subject
    if other.main_id is not None:
        return _("This one points to another already. Take it out of that first.")
    if one.closed_at is not None or into.closed_at is not None:
        return _("One of the two has ended, so they stay apart.")
    if one.hidden_at is not None or into.hidden_at is not None:
        return _("One of the two is hidden, so they stay apart.")
    if not _have_the_same_readers(one, into):
        return _("Not everyone who reads the one reads the other, so they stay apart.")
    return ""


def _have_the_same_readers(one: Subject, into: Subject) -> bool:
    if one.audience != into.audience or one.announced_at is None or into.announced_at is None:
        return False
    match one.audience:
        case Audience.HUBS:
            return set(one.hubs.values_list("pk", flat=True)) == set(into.hubs.values_list("pk", flat=True))
        case Audience.NAMED:
            return set(one.readers.values_list("pk", flat=True)) == set(into.readers.values_list("pk", flat=True))
    return True


def _signs(by: User, other: Bottleneck) -> bool:
    """Whether ``by`` may be named: not who filed ``other`` confidentially, whatever they are besides."""
    return other.attribution != Attribution.CONFIDENTIAL or other.author_id != by.pk


def _signature(by: User, merge: Merge) -> User | None:
    """Who signs the entry of what ``by`` does."""
    return by if _signs(by, merge.other) else None


def _words(text: str, otherwise: str) -> str:
    if not text.strip():
        raise RuleBroken(otherwise)
    return text.strip()


def _end(merge: Merge, state: MergeState) -> None:
    merge.state, merge.ended_at = state, timezone.now()
    merge.save(update_fields=["state", "ended_at", "ended_by", "end_reason", "end_language"])
    finish(Todo.objects.about(TODO, merge.other.subject, str(merge.pk)))


def _finish_when_answered(merge: Merge) -> None:
    """Nothing waits any longer once no objection is open."""
    if not Objection.objects.open().filter(merge=merge).exists():
        finish(Todo.objects.about(TODO, merge.other.subject, str(merge.pk)))


def _keep_hubs(shown: Bottleneck, moved: Bottleneck) -> None:
    """Hubs list and count what is open to vote for; the numbers last of all, like whoever else counts them."""
    hubs = TouchedHub.objects.filter(bottleneck__in=moved.whole).order_by("hub")
    before = set(hubs.values_list("hub", flat=True))
    for row in (shown, moved):
        keep_touched(row)
    tallies.keep(BottleneckTally, sorted(before | set(hubs.values_list("hub", flat=True))))
