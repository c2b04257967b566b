"""What comments say to everybody, drawn once for as long as it is the same. Spec 09."""

from __future__ import annotations

from types import SimpleNamespace
from typing import NamedTuple

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from ui.shared import drawn
from ui.templatetags.ui import face


class CommentSays(NamedTuple):
    """Who said what, and when, and what its reader may do with it; days as they are written in their language."""

    pk: int
    subject: int
    author: int
    name: str
    url: str
    hub: str
    hub_language: str
    written_on: str
    written: str
    edited: str
    language: str
    html: SafeString
    thanks: int
    is_thanked: bool
    is_mine: bool
    may_hide: bool


@drawn
def comment_row(says: CommentSays) -> SafeString:
    """Draw a comment, with how many thank for it and what else one can do: change one's own, answer those of others."""
    return render_to_string("activity/_comment.html", _context(says))


@drawn
def comment_body(says: CommentSays) -> SafeString:
    """Draw its face, head and text only."""
    return render_to_string("activity/_comment_body.html", _context(says))


def _context(says: CommentSays) -> dict[str, object]:
    return {"comment": says, "face": face(SimpleNamespace(pk=says.author, name=says.name))}
