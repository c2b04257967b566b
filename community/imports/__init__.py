"""Reading the spreadsheets that facilitators keep. Spec 01, Import and export."""

from .cells import (
    CellError,
    as_choice,
    as_date,
    as_decimal,
    as_email,
    as_full_name,
    as_int,
    as_label,
    as_list,
    as_name,
    as_text,
    fold,
)
from .merging import Merge, merge
from .reading import Column, Row, Table, UnreadableFileError, read_table
from .reporting import BadRow, Kept, Note, Reading, Report, run_import
from .uploads import read_upload

__all__ = [
    "BadRow",
    "CellError",
    "Column",
    "Kept",
    "Merge",
    "Note",
    "Reading",
    "Report",
    "Row",
    "Table",
    "UnreadableFileError",
    "as_choice",
    "as_date",
    "as_decimal",
    "as_email",
    "as_full_name",
    "as_int",
    "as_label",
    "as_list",
    "as_name",
    "as_text",
    "fold",
    "merge",
    "read_table",
    "read_upload",
    "run_import",
]
