"""``manage.py recount``: prove that every bottleneck's figures equal its votes."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from issues.actions import repair_figures
from issues.figures import COLUMNS, differences
from issues.models import Bottleneck


class Command(BaseCommand):
    help = "Counts all votes anew and lists bottlenecks whose figures differ; --fix repairs them. Spec 02, Support."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--fix", action="store_true", help="repair what differs")

    def handle(self, *args: Any, **options: Any) -> None:
        found = 0
        for number, kept, counted in differences():
            found += 1
            changes = ", ".join(
                f"{name} {getattr(kept, name)} should be {getattr(counted, name)}"
                for name in COLUMNS
                if getattr(kept, name) != getattr(counted, name)
            )
            self.stdout.write(f"bottleneck {number}: {changes}")
            if options["fix"]:
                repair_figures(number=number)
        checked = Bottleneck.objects.count()
        if not found:
            self.stdout.write(f"{checked} bottlenecks checked: all figures equal the votes.")
        elif options["fix"]:
            self.stdout.write(f"{checked} bottlenecks checked, {found} repaired.")
        else:
            raise CommandError(f"{checked} bottlenecks checked, {found} differ. Run with --fix to repair them.")
