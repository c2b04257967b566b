"""Who opens a consent round, who answers conditions and closes it, and who speaks. Spec 06, Consent rounds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import rules
from django.db.models import Q

from activity.models import Subject
from activity.visibility import belonging

if TYPE_CHECKING:
    from community.models import User

    from .models import ConsentRound


def takes_rounds(subject: Subject) -> bool:
    """Whether there can be a round about ``subject`` now: it is announced, and neither hidden, closed nor merged."""
    gone = (subject.hidden_at, subject.closed_at, subject.merged_into_id)
    return subject.announced_at is not None and gone == (None, None, None)


def facilitates(user: User) -> bool:
    """Whether a term of theirs runs."""
    return bool(belonging.facilitates(user))


@rules.predicate
def may_open(user: User, subject: Subject | None) -> bool:
    """Facilitators for anything, representatives for their hub and its things; a query for who does not facilitate."""
    if subject is None or not user.is_active:
        return False
    if facilitates(user):
        return True
    spoken_for = Subject.objects.filter(pk__in=belonging.represented_by(user))
    return spoken_for.filter(Q(pk=subject.pk) | Q(subjects=subject.pk)).exists()


@rules.predicate
def keeps(user: User, consent: ConsentRound | None) -> bool:
    """Puts new versions, answers conditions and closes: who opened it, as long as they may, and facilitators.

    Where who opened it is gone, whoever could open one.
    """
    if consent is None or not user.is_active:
        return False
    if facilitates(user):
        return True
    return consent.opened_by_id in {user.pk, None} and may_open(user, consent.subject)


@rules.predicate
def may_speak(user: User, consent: ConsentRound | None) -> bool:
    """Whether the member is in the audience of what the round is about, as it is now."""
    return consent is not None and user.is_active and consent.subject.may_be_read_by(user)


# The predicates themselves are asked, not permissions of the same name: Django gives a superuser every permission, and
# what the community agrees to is asked by those it named.
