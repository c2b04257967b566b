"""What texts refer to by number: "#12" is a link for whoever may see it. Spec 06, Comments; 00, One subject."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from ui.markdown import Linked

from .kinds import resolve_references
from .models import Subject

if TYPE_CHECKING:
    from community.models import User

#: Of one text this many numbers are looked up; the others stay as they were typed.
MOST = 50

_NUMBER = re.compile(r"(?<![\w#&/])#\d{1,18}\b")


def references_in(text: str) -> list[str]:
    """What stands for subjects in a text, "#12", each once."""
    return list(dict.fromkeys(_NUMBER.findall(text)))[:MOST]


def links_in(texts: Iterable[str], reader: User) -> dict[str, Linked]:
    """What these texts refer to, as far as ``reader`` may see it, by what stands for it.

    One query for each kind that is referred to and one for all of them, none where nothing is.
    """
    wanted = set[str]().union(*map(references_in, texts))
    found = resolve_references(wanted) if wanted else {}
    if not found:
        return {}
    subjects = Subject.objects.visible_to(reader).in_bulk(set(found.values()))
    return {
        text: Linked(text, subjects[pk].url, subjects[pk].title, subjects[pk].language)
        for text, pk in found.items()
        if pk in subjects
    }
