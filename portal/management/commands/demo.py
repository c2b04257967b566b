"""``manage.py demo``: load the demonstration community into an empty database."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from community.models import User
from portal.demo.load import figures, load


class Command(BaseCommand):
    """Spec 07, Demonstration community."""

    help = "Load the demonstration community. Does nothing when it is there; refuses a database with other members."

    def handle(self, *args: Any, **options: Any) -> None:
        """Load once. Raises CommandError when this is not a demonstration, or when there are members of its own."""
        if not settings.DEMO:
            raise CommandError("DEMO is off: the demonstration has accounts with a password that everyone knows.")
        if User.objects.filter(email="facilitator@doorbraak.example").exists():
            self.say("The demonstration is here already; nothing was changed.", options)
            return
        if User.objects.exists():
            raise CommandError("This database holds members already, so the demonstration is not loaded into it.")
        load()
        loaded = ", ".join(f"{number} {name}s" for name, number in figures().items())
        self.say(f"Loaded {loaded}.", options)

    def say(self, line: str, options: dict[str, Any]) -> None:
        """Print, unless asked to be silent."""
        if options["verbosity"]:
            self.stdout.write(line)
