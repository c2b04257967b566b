"""What the import commands share: arguments, the preview, and a list of what is wrong."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any, ClassVar

from django.core.management.base import BaseCommand, CommandError

from .reading import UnreadableFileError
from .reporting import Report


class ImportCommand(BaseCommand):
    """``manage.py import_… FILE [--dry-run]``; a subclass says in ``load`` what a row becomes."""

    noun: ClassVar[tuple[str, str]] = ("row", "rows")

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take a file, and whether to save anything."""
        parser.add_argument("file", type=Path, help="a CSV, XLSX, XLS or ODS file")
        parser.add_argument("--dry-run", action="store_true", help="show what would happen and save nothing")

    def load(self, path: Path, *, dry_run: bool) -> Report:
        """Import ``path`` and return the report."""
        raise NotImplementedError

    def handle(self, *args: Any, file: Path, dry_run: bool, **options: Any) -> None:
        """Import and tell what happened. Raises CommandError, with nothing saved, when any row is bad."""
        try:
            report = self.load(file, dry_run=dry_run)
        except UnreadableFileError as error:
            raise CommandError(f"{file.name}: {error}") from error
        self._tell(report, dry_run=dry_run)
        if report.errors:
            count = len(report.errors)
            raise CommandError(f"Nothing was imported: {count} {'thing' if count == 1 else 'things'} to put right.")

    def _tell(self, report: Report, *, dry_run: bool) -> None:
        table = report.table
        place = f"sheet “{table.sheet}”, " if table.sheet else ""
        self.stdout.write(f"Columns ({place}header in row {table.header_row}):")
        for header, label in report.mapping:
            self.stdout.write(f"  {header} → {label}")
        if table.ignored:
            self.stdout.write(f"  not used: {', '.join(table.ignored)}")
        for title, names in (
            ("New organisational units", report.new_units),
            ("New topics", report.new_topics),
            ("New themes", report.new_themes),
        ):
            if names:
                self.stdout.write(f"{title}: {', '.join(names)}")
        for read in report.readings.values():
            more = f" (and {read.more} more in this column)" if read.more else ""
            self.stdout.write(f"Read, row {read.row}, {read.column}: “{read.written}” as “{read.understood}”{more}")
        for note in report.notes:
            self.stdout.write(f"Note, row {note.row}: {note.text}")
        for kept in report.kept:
            self.stdout.write(
                f"Kept, row {kept.row}, {kept.what}, {kept.column}: stays “{kept.kept}”, the file says “{kept.in_file}”"
            )
        for bad in report.errors:
            self.stdout.write(self.style.ERROR(f"Row {bad.row}, column {bad.column}: {bad.reason}"))
        if report.errors:
            return
        if dry_run:
            for title, names in (("Would create", report.created), ("Would update", report.updated)):
                for name in names:
                    self.stdout.write(f"{title}: {name}")
        would = "Would be " if dry_run else ""
        one, many = self.noun
        numbers = [
            f"{len(names)} {one if len(names) == 1 else many} {would.lower()}{what}"
            for names, what in (
                (report.created, "created"),
                (report.updated, "updated"),
                (report.unchanged, "left alone"),
            )
        ]
        self.stdout.write(self.style.SUCCESS(", ".join(numbers) + "."))
