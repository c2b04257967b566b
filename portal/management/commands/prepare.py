"""What must be true before the portal serves, in one process: ``make run`` calls it at every start."""

import hashlib
import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand

from community.accounts.demo_accounts import DEMO_PASSWORD, demo_accounts
from portal.local import DEMO_MARK
from portal.translations import compile_catalogues


class Command(BaseCommand):
    """Each step is skipped when there is nothing to do, so a second start is quick."""

    help = "Compile translations, migrate, collect static files and, in demo mode, load the demonstration once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--report", type=Path, help="write what `make run` shows, as JSON, to this file")

    def handle(self, *, report: Path | None = None, **_options: Any) -> None:
        if compile_catalogues():
            self.say("Compiled the translations")
        self.say("Bringing the database up to date")
        call_command("migrate", interactive=False, verbosity=0)
        self.collect_static()
        members = get_user_model()._default_manager
        if settings.DEMO and not members.exists():
            self.say("Loading the demonstration community (once)")
            call_command("demo", verbosity=0)
            if settings.EMBEDDED:
                DEMO_MARK.touch()
        if report:
            offered = [account.email for account in demo_accounts()] if settings.DEMO else []
            present = set(members.filter(email__in=offered).values_list("email", flat=True))
            shown = {
                "demo_accounts": [email for email in offered if email in present],
                "demo_password": DEMO_PASSWORD,
                "empty": not members.exists(),
            }
            report.write_text(json.dumps(shown))

    def collect_static(self) -> None:
        """Collect the static files, unless not one of them changed since the last time."""
        found = hashlib.sha256(settings.STORAGES["staticfiles"]["BACKEND"].encode())
        for finder in get_finders():
            for path, storage in finder.list(ignore_patterns=None):
                stat = Path(storage.path(path)).stat()
                found.update(f"{path}\0{stat.st_size}\0{stat.st_mtime_ns}\n".encode())
        stamp = Path(settings.STATIC_ROOT) / ".collected"
        if not (stamp.exists() and stamp.read_text() == found.hexdigest()):
            self.say("Collecting the static files")
            call_command("collectstatic", interactive=False, verbosity=0, clear=True)
            stamp.parent.mkdir(parents=True, exist_ok=True)
            stamp.write_text(found.hexdigest())

    def say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()
