"""The order in which everything that writes waits: subjects, then the rows of their owners, then members.

Two rows of one kind go by primary key, and a name (``ui.writing.hold``) comes before all of them. Whoever keeps to
this order never waits for somebody who waits for them. See ``docs/architecture.md``.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.contrib.auth import get_user_model
from django.db import connection
from django.utils.translation import gettext as _

from ui.errors import RuleBroken

from .models import Subject

if TYPE_CHECKING:
    from community.models import User


def lock_subject(subject_id: int) -> Subject:
    """The subject as it is now, locked until the transaction ends.

    First in every action that judges or changes what the subject is about; the owner's row is read after it, in a
    statement of its own. A join read while waiting for a lock shows what was true before the wait. Other tables may
    refer to the subject meanwhile.
    """
    return Subject.objects.select_for_update(no_key=True).get(pk=subject_id)


def lock_subjects(subject_ids: Iterable[int]) -> set[int]:
    """Lock several subjects like ``lock_subject``, in the order that all keep to; returns which there are."""
    rows = Subject.objects.filter(pk__in=set(subject_ids)).order_by("pk")
    return set(rows.select_for_update(no_key=True).values_list("pk", flat=True))


def hold_member(member: User) -> None:
    """Keep ``member`` from being erased until this transaction ends; any number of acts of theirs may do so at once.

    In every act that writes who it is of, after the subject's lock. Raises RuleBroken when the account is gone: such a
    row could not be saved.
    """
    if not hold_members([member.pk]):
        raise RuleBroken(_("This account no longer exists."))


def hold_members(member_ids: Iterable[int]) -> set[int]:
    """Keep these members from being erased until the transaction ends; returns who of them is there."""
    return {pk for (pk,) in held(member_ids, "pk")}


def held(member_ids: Iterable[int], *columns: str) -> list[tuple[Any, ...]]:
    """Hold members and read ``columns`` of them, by primary key; whoever is gone is left out. One query."""
    wanted = set(member_ids)
    members = get_user_model().objects.filter(pk__in=wanted).order_by("pk").values_list(*columns)
    if not wanted:
        return []
    select, parameters = members.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(f"{select} FOR KEY SHARE", parameters)  # Django has no word for this lock, the least there is
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def lock_accounts(*members: User) -> list[User]:
    """The fresh rows of ``members``, locked in the order that all keep to; returned in the order they were given.

    Raises RuleBroken when one of the accounts is gone.
    """
    rows = get_user_model().objects.select_for_update(of=("self",), no_key=True).order_by("pk")
    fresh = {row.pk: row for row in rows.filter(pk__in={member.pk for member in members})}
    if any(member.pk not in fresh for member in members):
        raise RuleBroken(_("This account no longer exists."))
    return [fresh[member.pk] for member in members]


def lock_account(member: User) -> User:
    """The fresh row of ``member``, locked. Raises RuleBroken when the account is gone."""
    return lock_accounts(member)[0]
