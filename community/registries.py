"""What the floors above add to pages and acts of members and hubs, in ``AppConfig.ready()``. Spec 00, Floors."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ui.registry import Registry, Text

if TYPE_CHECKING:
    from community.models import Hub, User


@dataclass(frozen=True, kw_only=True, slots=True)
class HubLead:
    """What a hub's page says first of all to who reads it; the first one that has something to say does.

    ``load`` gets the hub, the reader, who speaks for the hub (members with ``since``) and whether the reader belongs to
    it. It costs at most three queries and returns what ``template`` shows, or None.
    """

    key: str
    template: str
    load: Callable[[Hub, User, Sequence[Any], bool], Mapping[str, Any] | None]
    order: int = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class CardFigure:
    """One figure on one hub's card: a symbol of ``icons.svg`` and its words, "11 bottlenecks"."""

    icon: str
    text: Text


@dataclass(frozen=True, kw_only=True, slots=True)
class HubFigure:
    """A figure on hub cards: ``load`` gets every hub of the page at once and costs one query for all of them.

    It returns a figure by the hub's primary key; a hub that is left out shows none. Members only see these: a
    visitor's list has the public columns.
    """

    key: str
    load: Callable[[Sequence[Hub], User], Mapping[int, CardFigure]]
    order: int = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class ErasureHook:
    """What an app does when a member's account is erased, in that transaction, before the row of the member goes.

    ``subjects`` are the primary keys of the subjects whose rows name the member: all are locked before the member is,
    in the order of every action (``activity.locks``). ``run`` gets the locked member. Afterwards nothing of the app may
    hold the member's name, address or words, and what others see (figures, lists, the ledger) still adds up. Spec 01,
    Privacy.
    """

    key: str
    run: Callable[[User], None]
    subjects: Callable[[User], Iterable[int]] = lambda _member: ()
    order: int = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class HubHook:
    """What follows in the same transaction when a hub changes, with the lock of its subject held.

    ``changed`` is called with the hub as it is now, and who changed it, after its page, its state or who speaks for it
    changed; ``joined`` with the hub, its new member and who let them in, if anybody did.
    """

    key: str
    changed: Callable[[Hub, User | None], None] = lambda _hub, _by: None
    joined: Callable[[Hub, User, User | None], None] = lambda _hub, _member, _by: None
    order: int = 100


hub_leads: Registry[HubLead] = Registry("hub leads")
"""What comes first on a hub's page: asking to join it, and what became of that."""

hub_figures: Registry[HubFigure] = Registry("hub card figures")
"""Figures on the cards of the list of hubs: open bottlenecks, the next session."""

erasure_hooks: Registry[ErasureHook] = Registry("erasure hooks")
"""What every app does when an account is erased."""

hub_hooks: Registry[HubHook] = Registry("hub hooks")
"""What follows when a hub changes, or gets another member."""
