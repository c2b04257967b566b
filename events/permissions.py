"""Who may do what with sessions. Spec 00, Roles; 04, Scheduling."""

from __future__ import annotations

from typing import TYPE_CHECKING

import rules

from community.hubs.fields import HUBS
from community.hubs.permissions import is_facilitator, is_representative
from community.models import Hub

from .models import Session, SessionState

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from community.models import User


def hubs_to_schedule_for(user: User) -> list[Hub] | None:
    """The hubs for which ``user`` may schedule: all open ones for a facilitator, else those they represent.

    None where a facilitator has too many to list: then any open one can be chosen.
    """
    if user.is_facilitator:
        return HUBS.all_if_few(user)
    hubs = Hub.objects.visible_to(user).open().select_related("subject").order_by("sort_name", "pk")
    return list(hubs.filter(pk__in=user.represented_hub_ids))


@rules.predicate
def is_organiser(user: User | AnonymousUser, session: Session) -> bool:
    """Facilitates, represents the hub whose session it is, or hosts it."""
    if not user.is_authenticated:
        return False
    speaks_for_it = user.is_facilitator or session.hub_id in user.represented_hub_ids
    return speaks_for_it or session.hosts.filter(pk=user.pk).exists()


@rules.predicate
def is_published(user: User | AnonymousUser, session: Session) -> bool:
    """Members can answer: the session is neither a draft nor a cancelled draft."""
    return session.published_at is not None and session.state != SessionState.DRAFT


rules.add_perm("events.schedule_session", rules.is_active & (is_facilitator | is_representative))
rules.add_perm("events.organise_session", rules.is_active & is_organiser)
rules.add_perm("events.answer_session", rules.is_active & rules.is_authenticated & is_published)
