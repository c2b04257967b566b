"""What an import did, would do, or why it did nothing. Spec 01, Import and export."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from django.db import transaction

from community.hubs.actions import SLUGS
from community.people.actions import HANDLES
from community.topics.actions import VOCABULARY
from ui.writing import hold

from .cells import CellError, as_text
from .reading import Column, Row, Table, read_table

if TYPE_CHECKING:
    from collections.abc import Iterator


NAMES = (VOCABULARY, HANDLES, SLUGS)


@dataclass(frozen=True, slots=True)
class BadRow:
    """Something that keeps the whole file from being imported: where it stands, and why."""

    row: int
    column: str
    reason: str


@dataclass(frozen=True, slots=True)
class Note:
    """Something worth knowing about a row that is no error."""

    row: int
    text: str


@dataclass(frozen=True, slots=True)
class Kept:
    """A value that somebody changed in the portal since the last import; theirs stays."""

    row: int
    column: str
    what: str
    kept: str
    in_file: str


@dataclass(slots=True)
class Reading:
    """How cells of a column were understood that say it in another way: the first of them, and how many more."""

    row: int
    column: str
    written: str
    understood: str
    more: int = 0


@dataclass(slots=True)
class Report:
    """What came of a file; ``is_applied`` says whether anything was saved."""

    table: Table
    columns: Sequence[Column]
    created: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    kept: list[Kept] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    errors: list[BadRow] = field(default_factory=list)
    readings: dict[str, Reading] = field(default_factory=dict)
    new_units: list[str] = field(default_factory=list)
    new_topics: list[str] = field(default_factory=list)
    new_themes: list[str] = field(default_factory=list)
    is_applied: bool = False

    def error(self, row: Row, key: str, reason: str) -> None:
        """Note that ``row`` is bad in column ``key``; the file's own header is shown."""
        self.errors.append(BadRow(row.number, self.table.header_of(key), reason))

    def note(self, row: Row, text: str) -> None:
        """Say something about ``row`` that does not stop the import."""
        self.notes.append(Note(row.number, text))

    def keep(self, row: Row, key: str, what: str, *, kept: object, in_file: object) -> None:
        """List a value that stays as somebody changed it in the portal."""
        self.kept.append(Kept(row.number, self.table.header_of(key), what, _words(kept), _words(in_file)))

    def understood(self, row: Row, key: str, as_what: str, *, written: str | None = None) -> None:
        """Have the preview show how ``row`` was read in column ``key``, unless it says just that.

        ``written`` is what stands there, if that is not the one cell.
        """
        written = as_text(row[key]) if written is None else written
        if not as_what or written.casefold() == as_what.casefold():
            return
        if key in self.readings:
            self.readings[key].more += 1
        else:
            self.readings[key] = Reading(row.number, self.table.header_of(key), written[:80], as_what)

    @contextmanager
    def reading(self, row: Row, key: str) -> Iterator[None]:
        """Turn a CellError in the block into an error of ``row`` in column ``key``."""
        try:
            yield
        except CellError as error:
            self.error(row, key, str(error))

    @property
    def mapping(self) -> list[tuple[str, str]]:
        """How the file's headers were understood: (header, our word), in our order."""
        headers = self.table.headers
        return [(headers[column.key], str(column.label)) for column in self.columns if column.key in headers]


def _words(value: object) -> str:
    return ", ".join(str(part) for part in value) if isinstance(value, list | tuple) else str(value)


def run_import(
    path: Path | str,
    columns: Sequence[Column],
    apply: Callable[[Table, Report], None],
    *,
    nouns: Sequence[str] = (),
    dry_run: bool = False,
) -> Report:
    """Read ``path`` and let ``apply`` write its rows, in one transaction: all or nothing.

    ``apply`` writes what it can and lists bad rows in the report. With a single bad row, or with ``dry_run``, all of it
    is taken back, so a preview is exactly what an import would do. ``nouns`` are words for a row (``read_table``).
    What rows choose or add by name is held from the start, in the order that all keep to: taken row by row it would
    come after locks on rows.

    Raises UnreadableFileError when there is no table in the file.
    """
    table = read_table(path, columns, nouns)
    report = Report(table, columns)
    with transaction.atomic():
        for name in NAMES:
            hold(name)
        apply(table, report)
        report.is_applied = not report.errors and not dry_run
        if not report.is_applied:
            transaction.set_rollback(True)
    report.errors.sort(key=lambda bad: bad.row)
    return report
