"""How members are called in what people write, for the floor below (``activity.conversation.mentions``)."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from django.db.models.functions import Lower
from django.urls import reverse

from activity.conversation.mentions import people

from .models import OldHandle, User


def by_handle(handles: Collection[str]) -> Mapping[str, int]:
    """Active members by the handles they have, or had before."""
    wanted = list(handles)
    active = User.objects.active()
    now = active.alias(key=Lower("handle")).filter(key__any=wanted).order_by()
    old = OldHandle.objects.alias(key=Lower("handle")).filter(key__any=wanted, member__in=active).order_by()
    found = {handle.lower(): pk for handle, pk in old.values_list("handle", "member")}
    return found | {handle.lower(): pk for handle, pk in now.values_list("handle", "pk")}


def handles_of(members: Collection[int]) -> Mapping[int, str]:
    """The present handles of active members."""
    rows = User.objects.active().filter(pk__in=members).order_by()
    return dict(rows.values_list("pk", "handle"))


def url(handle: str) -> str:
    """The address of a member's page."""
    return reverse("community:member_detail", args=[handle])


def register() -> None:
    """Tell the floor below; called once, when the app is ready."""
    people.by_handle = by_handle
    people.handles_of = handles_of
    people.url = url
