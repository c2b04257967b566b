"""Refusals that know what they are about: the page can say whom to ask, and lead back. Spec 00, Roles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied

if TYPE_CHECKING:
    from .models import Subject


class Refused(PermissionDenied):
    """Who asks may see ``subject`` and not do this to it; ``why`` is a translated sentence."""

    def __init__(self, why: str, subject: Subject) -> None:
        super().__init__(why)
        self.subject = subject


def require_about(subject: Subject, allowed: bool, why: str) -> None:
    """Raise Refused (a 403 page that says ``why``, whom to ask and the way back) unless ``allowed``.

    Whoever calls has made sure that the reader may see ``subject``: others read 404.
    """
    if not allowed:
        raise Refused(why, subject)
