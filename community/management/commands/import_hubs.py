"""``manage.py import_hubs FILE [--dry-run]``."""

from pathlib import Path
from typing import ClassVar

from community.imports.command import ImportCommand
from community.imports.hubs import import_hubs
from community.imports.reporting import Report


class Command(ImportCommand):
    help = "Import hubs from a CSV, XLSX, XLS or ODS file: all or nothing; the same file again changes nothing."
    noun: ClassVar[tuple[str, str]] = ("hub", "hubs")

    def load(self, path: Path, *, dry_run: bool) -> Report:
        """Import the hubs in ``path``."""
        return import_hubs(path, dry_run=dry_run)
