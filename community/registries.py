"""What the floors above add to pages and acts of members and hubs, in ``AppConfig.ready()``. Spec 00, Floors."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ui.registry import Registry, Text

if TYPE_CHECKING:
    from community.models import Hub, User


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


hub_figures: Registry[HubFigure] = Registry("hub card figures")
"""Figures on the cards of the list of hubs: open bottlenecks, the next session."""

erasure_hooks: Registry[ErasureHook] = Registry("erasure hooks")
"""What every app does when an account is erased."""
