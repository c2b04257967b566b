"""``manage.py import_members FILE [--dry-run]``."""

from pathlib import Path
from typing import ClassVar

from community.imports.command import ImportCommand
from community.imports.members import import_members
from community.imports.reporting import Report


class Command(ImportCommand):
    help = "Import members from a CSV, XLSX, XLS or ODS file: all or nothing; the same file again changes nothing."
    noun: ClassVar[tuple[str, str]] = ("member", "members")

    def load(self, path: Path, *, dry_run: bool) -> Report:
        """Import the members in ``path``; they are known but not active, and get no mail."""
        return import_members(path, dry_run=dry_run)
