"""Every write to follows. Spec 06, Following."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from activity.locks import hold_member
from activity.models import Subject
from ui.errors import RuleBroken

from .models import Follow, FollowLevel
from .reasons import Reason, reasons

if TYPE_CHECKING:
    from community.models import User

BATCH = 2_000


@transaction.atomic
def choose_level(*, subject: Subject, by: User, level: FollowLevel) -> None:
    """Let ``by`` hear as much of ``subject`` as they say; nothing but another choice changes that. Repeats do nothing.

    They say so for what was merged into it as well, where they chose something for that: what one says last is meant.
    Raises RuleBroken where they may not or no longer read it, or the account is gone.
    """
    if not subject.may_be_read_by(by):
        raise RuleBroken(_("This is no longer there for you to follow."))
    hold_member(by)
    Follow.objects.update_or_create(member=by, subject=subject, defaults={"level": level})
    merged = Follow.objects.chosen().filter(member=by, subject__merged_into=subject).exclude(level=level)
    merged.update(level=level)


def begin_follow(subject: Subject, member: User, reason: Reason) -> None:
    """Let ``member`` follow ``subject`` because of what they did there; part of that act, which holds the member.

    Whoever follows it already, or chose not to, goes on as before.
    """
    begin_follows([(subject.pk, member.pk)], reason)


def begin_follows(pairs: Iterable[tuple[int, int]], reason: Reason) -> None:
    """``begin_follow`` for many pairs of subject and member, by their primary keys.

    Raises ValueError for a reason that no app registered.
    """
    if reasons.get(reason.key) is not reason:
        raise ValueError(f"no app registered the reason {reason.key!r}")
    rows = (Follow(subject_id=subject, member_id=member, reason=reason.key) for subject, member in pairs)
    Follow.objects.bulk_create(rows, batch_size=BATCH, ignore_conflicts=True)


def follow_comments(subject: Subject, member: User) -> None:
    """Let ``member`` hear of new comments as well; part of the act in which they ask for it, which holds the member.

    What they chose for the subject before stays.
    """
    begun = Follow.objects.filter(member=member, subject=subject)
    if not begun.filter(level=None).update(level=FollowLevel.FOLLOW):
        new = Follow(member=member, subject=subject, level=FollowLevel.FOLLOW)
        Follow.objects.bulk_create([new], ignore_conflicts=True)


def end_follow(subject: Subject, member: User, reason: Reason) -> None:
    """Undo ``begin_follow`` for the same reason; a level that was chosen since stays."""
    Follow.objects.filter(member=member, subject=subject, reason=reason.key, level=None).delete()
