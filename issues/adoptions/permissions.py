"""Who speaks for a hub that takes something up, and who says how that ended. Spec 02, Adoption."""

from __future__ import annotations

from typing import TYPE_CHECKING

import rules
from django.utils.translation import gettext_lazy

from community.hubs.models import Hub, Membership

if TYPE_CHECKING:
    from community.models import User

    from .models import Adoption

ONLY_REPRESENTATIVES = gettext_lazy("Only representatives of this hub can do that.")


def speaks_for(user: User, hub: Hub) -> bool:
    """Whether ``user`` represents ``hub`` now; asked anew: somebody may have stepped down since their page was read."""
    return Membership.objects.current().representatives().filter(hub=hub, member=user).exists()


@rules.predicate
def may_end(user: User, adoption: Adoption | None) -> bool:
    """Says that a hub has solved it or stops: who speaks for the hub, and facilitators."""
    return adoption is not None and user.is_active and (user.is_facilitator or speaks_for(user, adoption.hub))
