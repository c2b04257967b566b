"""Hubs on pages of other things."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import template

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from community.models import Hub, User

register = template.Library()


@register.filter
def shown_to(hub: Hub | None, user: User | AnonymousUser) -> Hub | None:
    """The hub if ``user`` may know of it, else None; a query only where a hub is not for every member."""
    return hub if hub is not None and hub.subject.may_be_read_by(user) else None
