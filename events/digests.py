"""What stands about sessions in a digest. Spec 06, Digests."""

from django.utils.translation import gettext_lazy as _

from activity.digests.sections import DigestSection, digest_sections, told

SESSIONS = digest_sections.register(
    DigestSection(key="sessions", heading=_("Sessions"), rows=told("new_sessions"), tells=["new_sessions"], order=10)
)
