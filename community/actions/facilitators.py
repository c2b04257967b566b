"""Facilitators: every term, from when until when and by whom, is public to members. Spec 00, Roles."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from activity.actions import record
from activity.locks import hold_member
from activity.models import Subject
from community import verbs
from community.models import FacilitatorTerm, User
from ui.errors import RuleBroken

from .members import lock_account


@transaction.atomic
def appoint_facilitator(*, member: User, by: User | None = None) -> bool:
    """Begin a term of ``member``. ``by`` None: the administrator of the server (``manage.py appoint_facilitator``).

    A repeat changes nothing and returns False. Raises RuleBroken for an account that is not active.
    """
    locked = lock_account(member)
    if by is not None:
        hold_member(by)
    if not locked.is_active:
        raise RuleBroken(_("{name} has no active account.").format(name=member.name))
    if FacilitatorTerm.objects.filter(member=locked, ended_at=None).exists():
        return False
    FacilitatorTerm.objects.create(member=locked, appointed_by=by)
    _forget(member)
    record(
        Subject.objects.community(), verbs.FACILITATOR_APPOINTED, by=by, system=by is None, data={"member": member.pk}
    )
    return True


@transaction.atomic
def end_facilitator(*, member: User, by: User | None = None) -> bool:
    """End the running term of ``member``. A repeat changes nothing and returns False.

    Raises RuleBroken for the only facilitator: a community without one cannot name the next.
    """
    if by is not None:
        hold_member(by)
    terms = FacilitatorTerm.objects.select_for_update(no_key=True).filter(ended_at=None).order_by("pk")
    running = {term.member_id: term for term in terms}
    term = running.get(member.pk)
    if term is None:
        return False
    if len(running) == 1:
        raise RuleBroken(_("{name} is the only facilitator. Appoint another one first.").format(name=member.name))
    term.ended_at = timezone.now()
    term.save(update_fields=["ended_at"])
    _forget(member)
    community = Subject.objects.community()
    record(community, verbs.FACILITATOR_ENDED, by=by, system=by is None, data={"member": member.pk})
    return True


def _forget(member: User) -> None:
    """Drop what the loaded object remembered about its role."""
    member.__dict__.pop("is_facilitator", None)
    member.__dict__.pop("facilitates", None)
