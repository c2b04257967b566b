"""How long a large session's reminders take: ``python -m tests.load.reminders [places]``.

One statement queues them (spec 04, Reminders); a second run must find nothing left to do. Starts servers of its own and
leaves nothing behind.
"""

import os
import sys
from datetime import timedelta
from time import perf_counter

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.utils import timezone  # noqa: E402

from community.models import User  # noqa: E402
from events.actions import remind_of_sessions  # noqa: E402
from events.models import Rsvp  # noqa: E402
from tests.factories import SessionFactory  # noqa: E402

BATCH = 5_000


def main(places: int) -> None:
    """Measure and print."""
    call_command("migrate", verbosity=0)
    now = timezone.now()
    session = SessionFactory(starts_at=now + timedelta(days=2), published_at=now - timedelta(days=60))
    members = (
        User(name=f"Member {n}", email=f"m{n}@doorbraak.example", handle=f"m{n}", activated_at=now)
        for n in range(places)
    )
    User.objects.bulk_create(members, batch_size=BATCH)
    placed_at = now - timedelta(days=30)
    rsvps = (
        Rsvp(session=session, member_id=pk, state="going", placing=1, placed_at=placed_at)
        for pk in User.objects.values_list("pk", flat=True)
    )
    Rsvp.objects.bulk_create(rsvps, batch_size=BATCH)
    for run in ("first", "second"):
        start = perf_counter()
        queued = remind_of_sessions(now=now)
        print(f"{run} run: {queued:,} reminders in {perf_counter() - start:.2f} s")
    connection.close()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
