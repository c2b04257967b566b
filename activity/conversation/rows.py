"""What comments say to everybody, drawn once for as long as it is the same. Spec 09."""

from __future__ import annotations

from types import SimpleNamespace
from typing import NamedTuple

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from ui.shared import drawn
from ui.templatetags.ui import face


class CommentSays(NamedTuple):
    """Who said what, and when; days as they are written in the reader's language."""

    pk: int
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


@drawn
def comment_body(says: CommentSays) -> SafeString:
    """Draw face, head and text of a comment."""
    shown_face = face(SimpleNamespace(pk=says.author, name=says.name))
    return render_to_string("activity/_comment_body.html", {"comment": says, "face": shown_face})


@drawn
def thanks_button(pk: int, number: int, is_thanked: bool, is_mine: bool) -> SafeString:
    """Draw the button that thanks or takes that back; for whose comment it is, how many thank."""
    context = {"pk": pk, "number": number, "is_thanked": is_thanked, "is_mine": is_mine}
    return render_to_string("activity/_comment_thanks.html", context)


@drawn
def comment_foot(pk: int, subject: int, name: str, written: str, is_mine: bool, may_hide: bool) -> SafeString:
    """Draw what else one can do with a comment: change one's own, answer and report those of others, or hide them."""
    context = {"pk": pk, "subject": subject, "name": name, "written": written, "is_mine": is_mine, "may_hide": may_hide}
    return render_to_string("activity/_comment_foot.html", context)
