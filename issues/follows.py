"""What makes somebody follow a bottleneck without choosing to. Spec 06, Following."""

from django.utils.translation import gettext_lazy as _

from activity.following.reasons import Reason, reasons

FILED = reasons.register(Reason(key="filed", words=_("You hear of this because you filed it.")))
VOTED = reasons.register(Reason(key="voted", words=_("You hear of this because you voted for it.")))
ADOPTED = reasons.register(Reason(key="adopted", words=_("You hear of this because you took it up for your hub.")))
