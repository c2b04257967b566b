"""Papers: tagged PDFs (PDF/UA-1) that are compiled in this process by Typst. Spec 00, Paper.

A paper is a Typst template of an app (``issues/outline/outline.typ``) and data. The template reads the data as JSON and
sets it as text, so nothing that people write is ever markup. It begins with the look that all papers share::

    #import "/ui/paper/look.typ": *
    #show: paper

The same template, data, title, language and day give the same bytes: no clock, no system font and no network is asked.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import typst
from django.conf import settings

from .glyphs import characters_of

FONTS = Path(__file__).parent / "fonts"
_LOOK = Path(__file__).parent / "look.typ"
#: Every cut of the text's font has these; the font of headings falls back on it.
_TEXT_FONTS = "AtkinsonHyperlegibleNext-*.ttf"
#: What stands for a character that no font has. The standard refuses a text with one that could not be drawn.
UNKNOWN = "?"
#: Signs that members type and the fonts lack.
_WRITTEN = {"→": "->", "≥": ">=", "≤": "<=", "☐": "[ ]", "☑": "[x]", "\N{NON-BREAKING HYPHEN}": "-"}


@dataclass(frozen=True, slots=True)
class Paper:
    """What a PDF is made of. ``template`` is a path from the root of the project, ``language`` "nl" or "en".

    ``data`` holds what JSON can say; ``day`` is the one that the document bears.
    """

    template: str
    title: str
    language: str
    day: date
    data: Mapping[str, Any]

    @property
    def etag(self) -> str:
        """What tells this paper from every other, without compiling it: the same for the same bytes (RFC 9110)."""
        made_of = [(Path(settings.BASE_DIR) / self.template).read_bytes(), _LOOK.read_bytes(), self._inputs().encode()]
        return f'"{sha256(b"".join(made_of)).hexdigest()[:32]}"'

    def compile(self) -> bytes:
        """Return the PDF. Raises typst.TypstError for a template that is wrong or not accessible."""
        compiler = typst.Compiler(font_paths=_fonts(), root=settings.BASE_DIR)
        made = compiler.compile(
            input=Path(settings.BASE_DIR) / self.template,
            sys_inputs={"paper": self._inputs()},
            format="pdf",
            pdf_standards="ua-1",
            timestamp=datetime.combine(self.day, time(), UTC),
        )
        assert isinstance(made, bytes)  # noqa: S101 - a PDF is one file
        return made

    def _inputs(self) -> str:
        about = {"title": self.title, "language": self.language, "day": self.day.isoformat(), **self.data}
        return json.dumps(_printable(about), ensure_ascii=False, sort_keys=True)


@lru_cache(maxsize=1)
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FONTS)])


@lru_cache(maxsize=1)
def _drawn() -> frozenset[str]:
    """The characters that every cut of the text's font can draw."""
    cuts = [characters_of(path) for path in sorted(FONTS.glob(_TEXT_FONTS))]
    return frozenset.intersection(*cuts) | {"\n"}


def _printable(value: Any) -> Any:
    """The same with every text made of characters that can be drawn."""
    match value:
        case str():
            return printable(value)
        case Mapping():
            return {key: _printable(each) for key, each in value.items()}
        case list() | tuple():
            return [_printable(each) for each in value]
    return value


def printable(text: str) -> str:
    """Return ``text`` with what no font can draw as a plainer sign, as ``UNKNOWN``, or left out if it has no shape."""
    text = unicodedata.normalize("NFC", text)
    return text if _drawn().issuperset(text) else "".join(map(_as_drawn, text))


@lru_cache(maxsize=1_024)
def _as_drawn(character: str) -> str:
    known = _drawn()
    if character in known:
        return character
    if character in _WRITTEN:
        return _WRITTEN[character]
    if character.isspace():
        return " "
    if unicodedata.category(character)[0] in "CM":  # controls, joiners, marks on the character before
        return ""
    simpler = "".join(each for each in unicodedata.normalize("NFKD", character) if each in known)
    return simpler or UNKNOWN
