"""``manage.py import_bottlenecks FILE [--dry-run]``."""

from pathlib import Path

from community.imports import Report
from community.imports.command import ImportCommand
from issues.bottlenecks.imports import import_bottlenecks


class Command(ImportCommand):
    help = "Imports a list of bottlenecks (CSV, XLSX or ODS): all of it or nothing. Spec 01, Import and export."
    noun = ("bottleneck", "bottlenecks")

    def load(self, path: Path, *, dry_run: bool) -> Report:
        """Import ``path``."""
        return import_bottlenecks(path, dry_run=dry_run)
