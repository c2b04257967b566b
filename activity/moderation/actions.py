"""Every write of moderation. Spec 06, Moderation.

All begin with the lock of the subject, so reports, decisions, appeals, changes of a comment and its deletion come one
after the other. What waits for whoever decides hangs on the subject of the community, and ``Todo.key`` is the case: who
judges may be somebody who does not see the subject itself while it is hidden. The lock of the thing's own subject is
the one that counts for it: nobody else touches what waits under that key.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from activity.actions import ask_for, finish, queue_emails, record, update_subject
from activity.conversation.models import Comment
from activity.locks import hold_member, lock_subject
from activity.models import Email, Reader, Subject, Todo, TodoQuerySet
from activity.verbs import Verb
from ui.errors import RuleBroken

from . import emails, verbs
from .clock import due_on
from .models import ANSWER, DECIDE, Case, CaseState, Reason, Report, Step, StepKind
from .permissions import (
    facilitators_for,
    hubs_to_ask,
    is_appeal_open,
    is_reportable,
    makers_of,
    may_judge,
    may_restore,
    own_hubs,
    partial_in,
)

if TYPE_CHECKING:
    from community.models import User


@transaction.atomic
def report(*, subject: Subject, by: User, reason: str, text: str = "", comment: Comment | None = None) -> Report:
    """Say what is wrong with a comment, or with the subject itself; facilitators read it, and not who said so.

    A repeat gives the report that is there already. Raises RuleBroken for one's own, for what is not there for ``by``,
    and for "something else" without a text.
    """
    locked, fresh = _locked(subject, comment)
    mine = Report.objects.filter(subject=locked, comment=fresh, member=by)
    if earlier := mine.first():
        return earlier
    if not (locked.may_be_read_by(by) and is_reportable(by, locked, fresh) and by.has_perm("activity.report")):
        raise RuleBroken(_("This is no longer there for you to report."))
    if by.pk in makers_of(locked, fresh):
        raise RuleBroken(_("This is your own: you can change it yourself."))
    if (locked if fresh is None else fresh).hidden_at is not None:
        raise RuleBroken(_("This is hidden already."))
    words = text.strip()
    if reason == Reason.OTHER and not words:
        raise RuleBroken(_("Say what is wrong."), field="text")
    hold_member(by)
    case = _running(locked, fresh)
    if case is None:
        case = Case.objects.create(subject=locked, comment=fresh)
        _ask(case, DECIDE)
    new = Report.objects.create(
        case=case, subject=locked, comment=fresh, member=by, reason=reason, text=words, language=by.language
    )
    verb = verbs.SUBJECT_REPORTED if fresh is None else verbs.COMMENT_REPORTED
    _record(case, verb, number=case.reports.count())
    return new


@transaction.atomic
def hide(*, subject: Subject, by: User, reason: str, text: str, comment: Comment | None = None) -> Case:
    """Take a comment, or the subject itself, out of the sight of members; whoever made it reads why and may appeal.

    What was reported is decided with it. Where it is hidden already nothing changes. Raises RuleBroken without a text,
    for one's own, for what is deleted, and for who does not judge this.
    """
    locked, fresh = _locked(subject, comment)
    makers = makers_of(locked, fresh)
    case = _running(locked, fresh)
    _require_judge(may_judge(by, locked, makers) and (case is not None or by.is_facilitator))
    if case is not None and case.state == CaseState.HIDDEN:
        return case
    if not is_reportable(by, locked, fresh) or (case is None and not locked.may_be_read_by(by)):
        raise RuleBroken(_("This is no longer there to hide."))
    words = _words(text)
    hold_member(by)
    if case is None:
        case = Case.objects.create(subject=locked, comment=fresh, state=CaseState.HIDDEN)
    _move(case, CaseState.HIDDEN)
    _step(case, StepKind.HID, by, words, reason=reason)
    finish(_waiting(DECIDE, case))
    verb = verbs.SUBJECT_HIDDEN if fresh is None else verbs.COMMENT_HIDDEN
    _record(case, verb, by=by, reason=reason)
    queue_emails([*emails.hidden(case, makers), *_told_reporters(case)])
    _show(case, is_hidden=True)
    return case


@transaction.atomic
def let_stand(*, case: Case, by: User, text: str = "") -> None:
    """Decide that a reported thing stays as it is; who reported it hears that. A repeat changes nothing.

    Raises RuleBroken where it is hidden meanwhile, for one's own, and for who does not judge this.
    """
    fresh = _locked_case(case)
    _require_judge(may_judge(by, fresh.subject, makers_of(fresh.subject, fresh.comment)))
    if fresh.state == CaseState.STANDS:
        return
    if fresh.state != CaseState.OPEN:
        raise RuleBroken(_("Somebody else decided otherwise a moment ago."))
    hold_member(by)
    _move(fresh, CaseState.STANDS)
    _step(fresh, StepKind.STOOD, by, text.strip())
    finish(_waiting(DECIDE, fresh))
    _record(fresh, verbs.SUBJECT_STOOD if fresh.comment is None else verbs.COMMENT_STOOD, by=by)
    queue_emails(_told_reporters(fresh))


@transaction.atomic
def appeal(*, case: Case, by: User, text: str) -> None:
    """Say why one's own hidden thing should be shown again, once; somebody else than who hid it decides.

    A repeat changes nothing. Raises RuleBroken for what is not one's own or not hidden any more, without a text, and
    where somebody else who made it has appealed.
    """
    fresh = _locked_case(case)
    _require_judge(by.pk in makers_of(fresh.subject, fresh.comment))
    earlier = fresh.steps.filter(kind=StepKind.APPEALED).first()
    if earlier is not None and earlier.by_id == by.pk:
        return
    if earlier is not None:
        raise RuleBroken(_("Somebody who made this with you has appealed already."))
    if fresh.state != CaseState.HIDDEN:
        raise RuleBroken(_("It is shown again already."))
    words = _words(text)
    hold_member(by)
    _step(fresh, StepKind.APPEALED, by, words)
    _ask(fresh, ANSWER)
    _record(fresh, verbs.HIDING_APPEALED, by=by)


@transaction.atomic
def keep_hidden(*, case: Case, by: User, text: str) -> None:
    """Answer an appeal with a no. A repeat changes nothing.

    Raises RuleBroken for who hid or made it, without a text, and where the appeal was granted meanwhile.
    """
    fresh = _locked_case(case)
    steps = list(fresh.steps.all())
    if any(step.kind == StepKind.KEPT and step.by_id == by.pk for step in steps):
        return
    if not is_appeal_open(fresh, steps):
        raise RuleBroken(_("Somebody else decided otherwise a moment ago."))
    _require_judge(may_judge(by, fresh.subject, partial_in(fresh, steps)))
    words = _words(text)
    hold_member(by)
    verb = verbs.HIDING_KEPT
    _answer(fresh, _step(fresh, StepKind.KEPT, by, words), verb, by)


@transaction.atomic
def restore(*, case: Case, by: User, text: str) -> None:
    """Show a hidden thing again: a facilitator at any time, or who answers the appeal. A repeat changes nothing.

    Raises RuleBroken for who made it, for who may not, and without a text.
    """
    fresh = _locked_case(case)
    steps = list(fresh.steps.all())
    makers = makers_of(fresh.subject, fresh.comment)
    answers = is_appeal_open(fresh, steps) and may_judge(by, fresh.subject, partial_in(fresh, steps))
    if fresh.state == CaseState.RESTORED and any(step.by_id == by.pk for step in steps):
        return
    _require_judge(answers or may_restore(by, makers))
    if fresh.state == CaseState.RESTORED:
        return
    if fresh.state != CaseState.HIDDEN:
        raise RuleBroken(_("This is not hidden."))
    words = _words(text)
    hold_member(by)
    _move(fresh, CaseState.RESTORED)
    verb = verbs.SUBJECT_RESTORED if fresh.comment is None else verbs.COMMENT_RESTORED
    step = _step(fresh, StepKind.RESTORED, by, words)
    _answer(fresh, step, verb, by)
    queue_emails(_told_reporters(fresh, step))
    _show(fresh, is_hidden=False)


def subjects_judged_about(member: User) -> set[int]:
    """The subjects of what ``member`` reported, decided or appealed: they are locked to erase the member."""
    reported = Report.objects.filter(member=member).order_by().values_list("subject")
    done = Step.objects.filter(by=member).order_by().values_list("case__subject")
    return {pk for (pk,) in reported.union(done).order_by()}


def forget_judged(member: User) -> None:
    """Part of erasing an account: that there was a report or an appeal stays, without who it was and what they wrote.

    What they decided as a facilitator stays with its words, which are for others, without their name.
    """
    Report.objects.filter(member=member).update(member=None, text="")
    Step.objects.filter(by=member, kind=StepKind.APPEALED).update(text="")
    Step.objects.filter(by=member).update(by=None)


# --- What they have in common -----------------------------------------------------------------------------------------
def _locked(subject: Subject, comment: Comment | None) -> tuple[Subject, Comment | None]:
    """The fresh subject, locked, and the comment as it is now."""
    locked = lock_subject(subject.pk)
    fresh = Comment.objects.get(pk=comment.pk, subject=locked) if comment is not None else None
    return locked, fresh


def _locked_case(case: Case) -> Case:
    """The case as it is now, with its subject locked."""
    locked = lock_subject(case.subject_id)
    fresh = Case.objects.select_related("comment").get(pk=case.pk)
    fresh.subject = locked
    return fresh


def _running(subject: Subject, comment: Comment | None) -> Case | None:
    case = Case.objects.running().filter(subject=subject, comment=comment).first()
    if case is not None:
        case.subject, case.comment = subject, comment
    return case


def _require_judge(allowed: bool) -> None:
    if not allowed:
        raise RuleBroken(_("Somebody else decides about this."))


def _words(text: str) -> str:
    words = text.strip()
    if not words:
        raise RuleBroken(_("Write why: whoever it is for reads it."), field="text")
    return words


def _move(case: Case, state: CaseState) -> None:
    case.state = state
    case.save(update_fields=["state"])


def _step(case: Case, kind: StepKind, by: User, text: str, *, reason: str = "") -> Step:
    return Step.objects.create(case=case, kind=kind, by=by, reason=reason, text=text, language=by.language)


def _show(case: Case, *, is_hidden: bool) -> None:
    """Hide the thing itself or show it again; the last thing in an act, for what is counted of it."""
    at = timezone.now() if is_hidden else None
    if case.comment is not None:
        case.comment.hidden_at = at
        case.comment.save(update_fields=["hidden_at"])
        return
    update_subject(case.subject, hidden_at=at)
    case.subject.registered_kind.hidden(case.subject)


def _answer(case: Case, step: Step, verb: Verb, by: User) -> None:
    """What follows when somebody says whether a hidden thing stays so: it waits no more, and those concerned hear."""
    finish(_waiting(ANSWER, case))
    _record(case, verb, by=by)
    hider = case.steps.filter(kind=StepKind.HID).values_list("by", flat=True).first()
    makers = makers_of(case.subject, case.comment)
    told = {hider} - {None, by.pk} - makers
    queue_emails([*emails.answered(case, step, makers), *emails.told(case, step, [pk for pk in told if pk])])


def _told_reporters(case: Case, step: Step | None = None) -> list[Email]:
    reporters = case.reports.filter(member__isnull=False).values_list("member", flat=True)
    return emails.reported(case, list(reporters), step)


def _waiting(kind: str, case: Case) -> TodoQuerySet:
    return Todo.objects.about(kind, Subject.objects.community(), case.key)


def _ask(case: Case, kind: str) -> None:
    """Let it wait for the facilitators, also where none is left for it yet, and then for representatives as well.

    An appeal waits for those of the subject's own hubs in any case: facilitators may step down meanwhile. They are
    shown it while no facilitator is left (``moderation.todos``).
    """
    ask_for([_todo(case, kind)])
    if not facilitators_for(partial_in(case, case.steps.all())).exists():
        ask_for(_todo(case, kind, hub=hub) for hub in hubs_to_ask(case.subject))
    elif kind == ANSWER:
        ask_for(_todo(case, kind, hub=hub) for hub in own_hubs(case.subject))


def _todo(case: Case, kind: str, *, hub: Subject | None = None) -> Todo:
    return Todo(
        kind=kind,
        subject=Subject.objects.community(),
        key=case.key,
        hub=hub,
        is_for_facilitators=hub is None,
        due_on=due_on(timezone.now()),
    )


def _record(case: Case, verb: Verb, *, by: User | None = None, **data: str | int) -> None:
    """For the log of the facilitators, and for nobody else."""
    known = {"case": case.pk, **({"comment": case.comment_id} if case.comment_id else {}), **data}
    record(case.subject, verb, by=by, data=known, readers=Reader.FACILITATORS)
