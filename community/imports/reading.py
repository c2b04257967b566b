"""From a file to rows: CSV of any delimiter, XLSX, XLS and ODS, with the header wherever it stands."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _
from python_calamine import CalamineWorkbook

from ui.registry import Text

from .cells import Cell, fold

_DELIMITERS = (";", ",", "\t", "|")
_HEADER_WITHIN = 50  # the header stands somewhere in the first rows
_LONGEST_HEADER = 80
_TIES = frozenset({"of", "the", "van", "de", "het", "een", "a", "an"})
ARCHIVE, OLD_OFFICE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"


class UnreadableFileError(ValueError):
    """The file as a whole cannot be read, with a reason for the person who chose it."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column that an import understands: its key, what it is called in the preview, and the headers it goes by.

    A ``required`` column may be missing where all columns of ``instead`` are there.
    """

    key: str
    label: Text
    headers: Sequence[str]
    required: bool = False
    instead: Sequence[str] = ()

    def folded(self) -> frozenset[str]:
        """The headers as they are compared."""
        return frozenset(_plain(header) for header in (self.key.replace("_", " "), *self.headers))

    def is_missing(self, found: Collection[str]) -> bool:
        """Whether an import cannot do with the columns ``found``."""
        stood_in = bool(self.instead) and all(key in found for key in self.instead)
        return self.required and self.key not in found and not stood_in


@dataclass(frozen=True, slots=True)
class Row:
    """One row below the header: its number as the sheet shows it, and its cells by column key."""

    number: int
    cells: Mapping[str, Cell]

    def __getitem__(self, key: str) -> Cell:
        """The cell, "" where the file has no such column."""
        return self.cells.get(key, "")


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of a file, and how its columns were understood.

    ``headers`` maps column keys to the file's own headers; ``ignored`` are headers nobody knows.
    """

    sheet: str
    header_row: int
    headers: Mapping[str, str]
    ignored: Sequence[str]
    rows: Sequence[Row] = field(default_factory=list)

    def header_of(self, key: str) -> str:
        """The file's own word for a column, else the key."""
        return self.headers.get(key, key)


type _Lines = list[list[Any]]


def read_table(source: Path | str | bytes, columns: Sequence[Column], nouns: Sequence[str] = ()) -> Table:
    """Find the sheet and row that name ``columns`` and return what stands below; ``source`` is a file or its content.

    Headers match in any order, whatever their case, accents or stray spaces, also with one of ``nouns``, the words for
    what a row is: "Hub name", "Name of the hub", "Naam kern" and "Kernnaam" are all "name". Empty rows are left out,
    but a row's number stays the sheet's (CSV: records, the first is 1).

    Raises UnreadableFileError when the file cannot be opened, is no spreadsheet, or no row names the required columns.
    """
    folded = sorted(map(fold, nouns), key=len, reverse=True)
    best: tuple[int, str, int, dict[int, str], _Lines] | None = None
    for sheet, lines in _sheets(source):
        for number, line in enumerate(lines[:_HEADER_WITHIN], start=1):
            places = _match(line, columns, folded)
            if best is None or len(places) > best[0]:
                best = (len(places), sheet, number, places, lines)
    missing = [column for column in columns if column.is_missing(best[3].values() if best is not None else [])]
    if best is None or missing:
        if best is not None and any("\0" in str(cell) for line in best[4] for cell in line):
            raise UnreadableFileError(_("This is neither a spreadsheet nor a text file with columns."))
        names = ", ".join(f"“{column.label}”" for column in missing)
        raise UnreadableFileError(_("No row names the columns of this import. Missing: %(names)s.") % {"names": names})
    _count, sheet, header_row, places, lines = best
    header = lines[header_row - 1]
    rows = [
        Row(number, {key: line[place] if place < len(line) else "" for place, key in places.items()})
        for number, line in enumerate(lines[header_row:], start=header_row + 1)
        if any(_filled(cell) for place, cell in enumerate(line) if place in places)
    ]
    ignored = [str(cell).strip() for place, cell in enumerate(header) if _filled(cell) and place not in places]
    return Table(sheet, header_row, {key: str(header[place]).strip() for place, key in places.items()}, ignored, rows)


def _filled(cell: Any) -> bool:
    return cell is not None and str(cell).strip() != ""


def _match(line: Sequence[Any], columns: Sequence[Column], nouns: Sequence[str]) -> dict[int, str]:
    """Which places of a possible header row name which columns; a column named twice is the first of them."""
    known = {header: column.key for column in columns for header in column.folded()}
    places: dict[int, str] = {}
    for place, cell in enumerate(line):
        text = cell if isinstance(cell, str) and len(cell) <= _LONGEST_HEADER else ""
        for header in (text, text.partition("(")[0]):
            key = known.get(_plain(header)) or known.get(_without_noun(header, nouns))
            if header.strip() and key and key not in places.values():
                places[place] = key
                break
    return places


def _plain(header: str) -> str:
    """A header as it is compared: its words in one order, without those that only tie them together."""
    words = fold(header).split()
    return " ".join(sorted(word for word in words if word not in _TIES) or words) or header.strip()


def _without_noun(header: str, nouns: Sequence[str]) -> str:
    """The same without the word for what a row is, also where both are written as one: "kernnaam" is "naam"."""
    words = [word for word in _plain(header).split() if word not in nouns]
    if len(words) == 1:
        words[0] = next((words[0].removeprefix(noun) for noun in nouns if words[0].startswith(noun)), words[0])
    return " ".join(words)


def _content(source: Path | str | bytes) -> bytes:
    if isinstance(source, bytes):
        return source
    try:
        return Path(source).read_bytes()
    except OSError as error:
        raise UnreadableFileError(
            _("The file cannot be opened: %(reason)s.") % {"reason": error.strerror or str(error)}
        ) from error


def _sheets(source: Path | str | bytes) -> Iterator[tuple[str, _Lines]]:
    """Every sheet of the file; of a CSV one for each delimiter it might have."""
    content = _content(source)
    if not content.strip():
        raise UnreadableFileError(_("The file is empty."))
    if content.startswith((ARCHIVE, OLD_OFFICE)):
        yield from _workbook_sheets(content)
        return
    text = _decoded(content)
    for delimiter in _DELIMITERS:
        try:
            yield "", list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
        except csv.Error as error:
            raise UnreadableFileError(
                _("The file cannot be read as a table: %(reason)s.") % {"reason": error}
            ) from error


def _workbook_sheets(content: bytes) -> Iterator[tuple[str, _Lines]]:
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
        for name in workbook.sheet_names:
            yield name, workbook.get_sheet_by_name(name).to_python(skip_empty_area=False)
    except Exception as error:  # whatever a damaged file makes the reader raise
        raise UnreadableFileError(_("This is not a spreadsheet that can be read.")) from error


def _decoded(content: bytes) -> str:
    """CSV as text: UTF-8 with or without its mark, UTF-16 with it, else Windows-1252: Excel writes all of them."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16", errors="replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")
