"""*Taken up* on the life-line of a bottleneck. Spec 02, Board."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext, ngettext, pgettext_lazy

from issues.registries import LifeStep, life_steps

from . import selectors

if TYPE_CHECKING:
    from community.models import User
    from issues.bottlenecks.models import Bottleneck


def _by_hubs(bottleneck: Bottleneck, reader: User) -> str:
    """By which hubs, as far as ``reader`` may know of them: the first by name, how many others."""
    rows = selectors.of_bottleneck(bottleneck, reader)
    hubs = [it.hub.name for it in rows if it.began_at and it.outcome != it.Outcome.STOPPED]
    if not hubs:
        return ""
    if len(hubs) == 1:
        return gettext("by %(hub)s") % {"hub": hubs[0]}
    others = ngettext("by %(hub)s and %(number)s other hub", "by %(hub)s and %(number)s other hubs", len(hubs) - 1)
    return others % {"hub": hubs[0], "number": len(hubs) - 1}


TAKEN_UP = life_steps.register(
    LifeStep(key="taken_up", word=pgettext_lazy("life-line", "taken up"), about=_by_hubs, order=30)
)
