"""Facilitators and units. Every term is public to members; units are added as they are named. Spec 00, Roles; 01."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Value
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext as _

from activity.actions import record
from activity.locks import hold_member, lock_account
from activity.models import Subject
from community import verbs
from community.topics.actions import VOCABULARY, by_key
from ui.errors import RuleBroken
from ui.validators import name_key
from ui.writing import find_or_create, hold

from .models import FacilitatorTerm, Unit

if TYPE_CHECKING:
    from community.people.models import User


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


@transaction.atomic
def find_or_create_units(names: Iterable[str]) -> dict[str, Unit]:
    """Return the units called ``names`` by ``name_key`` of the name; unknown ones are made, at the top of the tree."""
    wanted = by_key(names)
    known = _units_by_key() if wanted else {}
    if wanted.keys() - known.keys():
        hold(VOCABULARY)
        known = _units_by_key()
        missing = [Unit(name=name) for key, name in wanted.items() if key not in known]
        Unit.objects.bulk_create(missing, ignore_conflicts=True)
        known = _units_by_key()
    return {key: known[key] for key in wanted}


def _units_by_key() -> dict[str, Unit]:
    return {name_key(unit.name): unit for unit in Unit.objects.order_by("-pk")}


@transaction.atomic
def find_or_create_unit(name: str) -> Unit:
    """Return the unit called ``name`` whatever its case; an unknown one is made, at the top of the tree."""
    name = " ".join(name.split())

    def find() -> Unit | None:
        return Unit.objects.alias(lower_name=Lower("name")).filter(lower_name=Lower(Value(name))).first()

    if (known := find()) is not None:
        return known
    hold(VOCABULARY)
    return find_or_create(find, lambda: Unit.objects.create(name=name))[0]
