"""Spreadsheets that people send to a page: looked at before they are opened, for a small one can unpack to anything."""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from io import BytesIO
from zipfile import BadZipFile, ZipFile

from django.utils.translation import gettext as _

from .reading import ARCHIVE, OLD_OFFICE, Column, Table, UnreadableFileError, read_table

#: Bytes that all parts of a workbook unpack to, and cells of the rectangle that a sheet spans from its first one on.
MOST_UNPACKED = 20_000_000
MOST_CELLS = 300_000

_PLACE = re.compile(rb"""\br\s*=\s*["']([A-Za-z]*)([0-9]+)["']""")
_WORKBOOK = "xl/workbook.xml"


def read_upload(content: bytes, columns: Sequence[Column], nouns: Sequence[str] = ()) -> Table:
    """Read an .xlsx or CSV that somebody sent, as ``read_table`` does; the caller has bounded how long it is.

    Raises UnreadableFileError for any other kind of file, and for a workbook that unpacks or spreads too far.
    """
    if content.startswith(OLD_OFFICE):
        raise UnreadableFileError(_other_kind())
    if content.startswith(ARCHIVE):
        _look_into(content)
    return read_table(content, columns, nouns)


def _other_kind() -> str:
    return _("This is not an Excel file (.xlsx) or CSV. Save it as one of these first.")


def _look_into(content: bytes) -> None:
    """Refuse an archive that is no workbook, and one that would fill the memory: the reader sets up every cell."""
    try:
        with ZipFile(BytesIO(content)) as archive:
            parts = archive.infolist()
            if _WORKBOOK not in archive.namelist():
                raise UnreadableFileError(_other_kind())
            if sum(part.file_size for part in parts) > MOST_UNPACKED:
                raise UnreadableFileError(_too_large())
            for part in parts:
                if _cells_spanned(archive.read(part)) > MOST_CELLS:
                    raise UnreadableFileError(_too_large())
    except (BadZipFile, EOFError, OSError, RuntimeError, ValueError, zlib.error) as error:
        if isinstance(error, UnreadableFileError):
            raise
        raise UnreadableFileError(_("This is not a spreadsheet that can be read.")) from error


def _too_large() -> str:
    return _("This spreadsheet is too large. Copy the rows that you need into a new one.")


def _cells_spanned(part: bytes) -> int:
    """How many cells lie between the first one of a sheet and the last row and column that it names."""
    places = {(letters.upper(), int(row[:12])) for letters, row in _PLACE.findall(part)}
    rows = max((row for _letters, row in places), default=0)
    columns = max((_column(letters[:8]) for letters, _row in places), default=0)
    return rows * max(columns, 1)


def _column(letters: bytes) -> int:
    """Which column that is: "A" is 1, "AA" is 27."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
