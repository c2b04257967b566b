"""``manage.py load_community``: fill an empty database with a community of any size, to try out and to measure."""

from time import perf_counter
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from activity.models import Activity
from community.models import Hub, User
from events.models import Session
from issues.models import Bottleneck
from portal.demo.load import figures
from portal.filling.fill import Size, fill

MOST = 1_000_000


class Command(BaseCommand):
    """Everything is written in one transaction: a run that is killed leaves the database as empty as it was."""

    help = (
        "Fill an empty database with a community of so many members, by COPY. Refuses a database that holds anything."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """How many, and which of all communities of that size."""
        parser.add_argument("--members", type=int, required=True, metavar="N", help=f"10 to {MOST:,}")
        parser.add_argument("--seed", type=int, default=1, help="another number gives another community (default 1)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Fill it. Raises CommandError where there is anything, or for a number that makes no community."""
        if not 10 <= options["members"] <= MOST:
            raise CommandError(f"A community has 10 to {MOST:,} members here.")
        if any(model._default_manager.exists() for model in (User, Hub, Bottleneck, Session)):
            raise CommandError("This database holds a community already, so nothing is loaded into it.")
        size = Size.of(options["members"])
        self.say(f"Writing {size.members:,} members, {size.hubs:,} hubs, {size.bottlenecks:,} bottlenecks,", options)
        self.say(f"{size.votes:,} votes, {size.sessions:,} sessions and {size.comments:,} comments.", options)
        started = perf_counter()
        fill(size, seed=options["seed"], say=lambda words: self.say(f"  {words}", options))
        loaded = {**figures(), "entrie": Activity.objects.count()}
        self.say(f"Loaded {', '.join(f'{number:,} {name}s' for name, number in loaded.items())}", options)
        self.say(f"in {perf_counter() - started:.0f} seconds; the database holds {self._size()}.", options)

    def say(self, line: str, options: dict[str, Any]) -> None:
        """Print, unless asked to be silent."""
        if options["verbosity"]:
            self.stdout.write(line)

    def _size(self) -> str:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_size_pretty(pg_database_size(current_database()))")
            return str(cursor.fetchone()[0])
