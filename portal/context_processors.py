"""What every page knows about the portal itself."""

from django.conf import settings
from django.http import HttpRequest


def portal(request: HttpRequest) -> dict[str, object]:
    """Say whether this is a demonstration, and which version; costs no query."""
    return {"demo": settings.DEMO, "version": settings.VERSION}
