"""From what somebody pasted or sent to lines: one bottleneck each. Spec 02, Filing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from community.imports import CellError, Row, UnreadableFileError, as_text, read_upload
from issues.bottlenecks.imports import COLUMNS, NOUNS
from issues.bottlenecks.models import TITLE_LENGTH
from ui.markdown import without_direction_marks
from ui.validators import name_key

if TYPE_CHECKING:
    from issues.themes.models import Theme

MOST_LINES = 100
SITUATION_LENGTH = 2_000
FILE_SIZE = 500_000  # bytes

_COLUMNS = [column for column in COLUMNS if column.key in {"title", "situation", "theme"}]
_MARK = re.compile(r"^\s*(?:[-*+•‣▪◦·–—☐]|\(?\d{1,3}[.)])\s+")


@dataclass(frozen=True, slots=True)
class Line:
    """One line as it was sent: a title, and of a spreadsheet perhaps what happens and the theme."""

    title: str
    situation: str = ""
    theme: Theme | None = None


def pasted_lines(text: str) -> list[Line]:
    """The lines of ``text`` without the marks of a list before them; empty ones are left out.

    Raises ValidationError that names every line that is too long.
    """
    lines, errors = [], []
    for number, written in enumerate(text.splitlines(), start=1):
        title = " ".join(_MARK.sub("", written).split())
        if not any(character.isalnum() for character in title):
            continue
        lines.append(Line(title))
        if len(title) > TITLE_LENGTH:
            words = {"number": number, "length": len(title), "limit": TITLE_LENGTH}
            sentence = _("Line %(number)d is %(length)d characters long; %(limit)d is the most.")
            errors.append(ValidationError(sentence, code="line_too_long", params=words))
    if errors and len(lines) <= MOST_LINES:
        raise ValidationError(errors)
    return lines


def lines_of_file(content: bytes, themes: Iterable[Theme]) -> list[Line]:
    """The rows of a spreadsheet.

    Raises ValidationError that names every bad row, or says what is wrong with all of it.
    """
    try:
        table = read_upload(content, _COLUMNS, NOUNS)
    except UnreadableFileError as error:
        raise ValidationError(str(error), code="unreadable") from error
    check_number(len(table.rows))
    known = {name_key(theme.name): theme for theme in themes}
    lines, errors = [], []
    for row in table.rows:
        try:
            lines.append(_line(row, known))
        except CellError as error:
            words = {"row": row.number, "reason": str(error)}
            errors.append(ValidationError(_("Row %(row)d: %(reason)s"), code="bad_row", params=words))
    if errors:
        raise ValidationError(errors)
    return lines


def _line(row: Row, themes: Mapping[str, Theme]) -> Line:
    """One row. Raises CellError."""
    title = without_direction_marks(as_text(row["title"], max_length=TITLE_LENGTH))
    if not title:
        raise CellError(_("The bottleneck itself is missing."))
    situation = without_direction_marks(as_text(row["situation"], max_length=SITUATION_LENGTH))
    if "=" in (title[:1], situation[:1]):
        raise CellError(_("A text cannot start with “=”: that is a formula."))
    name = as_text(row["theme"])[:TITLE_LENGTH]
    theme = themes.get(name_key(name))
    if name and theme is None:
        raise CellError(_("There is no theme called “%(name)s”.") % {"name": name})
    return Line(title, situation, theme)


def check_number(number: int) -> None:
    """Raise ValidationError where that many lines are more than go at once."""
    if number > MOST_LINES:
        words = {"number": number, "limit": MOST_LINES}
        sentence = _("These are %(number)d lines; %(limit)d at once is the most.")
        raise ValidationError(sentence, code="too_many", params=words)


def each_once(lines: Iterable[Line]) -> list[Line]:
    """The same lines, each title once; what only a later one of them says is kept."""
    found: dict[str, Line] = {}
    for line in lines:
        first = found.setdefault(name_key(line.title), line)
        if first is not line:
            more = replace(first, situation=first.situation or line.situation, theme=first.theme or line.theme)
            found[name_key(line.title)] = more
    return list(found.values())
