"""The box in which people join in: drawn once, for it says the same to all of them on every page. Spec 09."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from ui.shared import drawn

from .forms import CommentForm


@dataclass(frozen=True, slots=True)
class Box:
    """An empty ``CommentForm`` as its page shows it: what one sees of it, and the one-time key, which is its own."""

    fields: SafeString
    creation_key: uuid.UUID


def empty_box() -> Box:
    """Return a box to write into."""
    return Box(fields=_fields(), creation_key=uuid.uuid4())


@drawn
def _fields() -> SafeString:
    return format_html_join("", "{}", ((field.as_field_group(),) for field in CommentForm().visible_fields()))
