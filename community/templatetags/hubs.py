"""Hubs on pages of other things."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import template

from community.hubs.models import Hub

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from community.models import User

register = template.Library()

_KNOWN = "_hubs_known_beside_shared_ones"


@register.filter
def shown_to(hub: Hub | None, user: User | AnonymousUser) -> Hub | None:
    """The hub if ``user`` may know of it, else None.

    A query only where a hub is not for every member, and one for all of them that a page names: what a reader knows
    beside is few, and kept with the reader, who is loaded anew for each request.
    """
    if hub is None or (hub.subject.is_shared and user.is_authenticated):
        return hub
    known: frozenset[int] | None = getattr(user, _KNOWN, None)
    if known is None:
        known = frozenset(Hub.objects.known_beside_shared_ones(user).values_list("pk", flat=True))
        setattr(user, _KNOWN, known)
    return hub if hub.pk in known else None
