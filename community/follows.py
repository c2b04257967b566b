"""What makes somebody follow what is of this app without choosing to. Spec 06, Following."""

from django.utils.translation import gettext_lazy as _

from activity.following.reasons import Reason, reasons

JOINED = reasons.register(Reason(key="joined", words=_("You hear of this because you are a member.")))
