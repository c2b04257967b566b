"""``manage.py recount``: prove that every figure that is kept equals what it counts."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from ui.kept import kept_figures


class Command(BaseCommand):
    help = "Counts anew whatever is kept and lists figures that differ; --fix repairs them. Spec 02, Support."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--fix", action="store_true", help="repair what differs")

    def handle(self, *args: Any, **options: Any) -> None:
        wrong = []
        for figures in kept_figures:
            found = 0
            for difference in figures.differences():
                found += 1
                self.stdout.write(difference.text)
                if options["fix"]:
                    figures.repair(difference.pk)
            checked = f"{figures.number()} {figures.rows} checked"
            if not found:
                self.stdout.write(f"{checked}: all figures equal what they count.")
            elif options["fix"]:
                self.stdout.write(f"{checked}, {found} repaired.")
            else:
                wrong.append(f"{checked}, {found} differ.")
        if wrong:
            raise CommandError(" ".join([*wrong, "Run with --fix to repair them."]))
