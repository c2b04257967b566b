"""Who may report, who judges, and who may appeal. Spec 06, Moderation.

Nobody judges what is their own, and who hid something does not judge the appeal against it. Where no facilitator is
left for it the representatives judge: of the hubs of the subject, or of all where it has none.

The questions are asked of the rows themselves and are no permissions of the same name: Django gives a superuser every
permission, and who administers the server judges nobody.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

import rules
from django.contrib.auth import get_user_model
from django.db.models import OuterRef, Q, QuerySet

from activity.conversation.hiding import is_readable
from activity.conversation.models import Comment
from activity.kinds import COMMUNITY
from activity.models import Subject
from activity.visibility import belonging

from .models import Case, CaseState, Step, StepKind

if TYPE_CHECKING:
    from community.models import User

rules.add_perm("activity.report", rules.is_active)


def makers_of(subject: Subject, comment: Comment | None) -> set[int]:
    """Whose the thing is: primary keys of members."""
    if comment is not None:
        return {comment.author_id} if comment.author_id is not None else set()
    return set(subject.registered_kind.makers([subject]).get(subject.pk, ()))


def makers_of_cases(cases: Collection[Case]) -> dict[int, set[int]]:
    """Whose the thing of each case is, by the primary key of the case.

    No query for comments that are loaded, and one for each kind of subject among the others.
    """
    found = {case.pk: {case.comment.author_id or 0} - {0} for case in cases if case.comment is not None}
    about: dict[str, list[Case]] = {}
    for case in cases:
        if case.comment is None:
            about.setdefault(case.subject.kind, []).append(case)
    for same_kind in about.values():
        makers = same_kind[0].subject.registered_kind.makers([case.subject for case in same_kind])
        found |= {case.pk: set(makers.get(case.subject_id, ())) for case in same_kind}
    return found


def is_reportable(user: User, subject: Subject, comment: Comment | None) -> bool:
    """Whether there is such a thing for ``user``, who may read the subject: neither deleted, nor hidden from them."""
    if subject.kind == COMMUNITY.key or subject.announced_at is None:
        return False
    return comment is None or (comment.deleted_at is None and is_readable(comment, user))


def facilitators_for(without: Collection[int]) -> QuerySet[Any]:
    """The facilitators who are left when these do not judge."""
    members: QuerySet[Any] = get_user_model().objects.filter(Q(belonging.facilitates(OuterRef("pk"))), is_active=True)
    return members.exclude(pk__in=without).order_by("pk")


def partial_in(case: Case, steps: Collection[Step]) -> set[int]:
    """Who does not judge what is open in a case: whose the thing is, and after an appeal who hid it."""
    found = makers_of(case.subject, case.comment)
    if is_appeal_open(case, steps):
        found |= {step.by_id for step in steps if step.kind == StepKind.HID and step.by_id is not None}
    return found


def is_appeal_open(case: Case, steps: Collection[Step]) -> bool:
    """Whether an appeal waits for an answer."""
    kinds = {step.kind for step in steps}
    return case.state == CaseState.HIDDEN and StepKind.APPEALED in kinds and StepKind.KEPT not in kinds


def may_judge(user: User, subject: Subject, without: Collection[int]) -> bool:
    """Whether ``user`` decides about something of ``subject`` where ``without`` do not.

    No query for a facilitator, three at most for anybody else.
    """
    if user.pk in without or not user.is_active:
        return False
    if user.is_facilitator:
        return True
    asked = hubs_to_ask(subject).filter(pk__in=belonging.represented_by(user))
    return asked.exists() and not facilitators_for(without).exists()


def may_restore(user: User, makers: Collection[int]) -> bool:
    """Whether ``user`` may show a hidden thing again at any time: every facilitator, but for what is their own."""
    return user.is_active and user.is_facilitator and user.pk not in makers


def own_hubs(subject: Subject) -> QuerySet[Subject]:
    """The hubs of a subject that anybody speaks for."""
    return subject.hubs.filter(pk__in=belonging.represented())


def hubs_to_ask(subject: Subject) -> QuerySet[Subject]:
    """The hubs whose representatives judge where no facilitator is left: its own, or all where nobody speaks for any.

    One query, beside the one that the caller asks.
    """
    own = own_hubs(subject)
    return own if own.exists() else Subject.objects.filter(pk__in=belonging.represented())
