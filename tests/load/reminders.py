"""How long it takes to tell very many: ``python -m tests.load.reminders [places]``.

One statement queues the reminders of a large session (spec 04, Reminders); a second run must find nothing left to do.
Cancelling one announces it, and the sender makes the mails; once more for a session that only members of its hub see.
Starts servers of its own and leaves nothing behind.
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

from activity.actions import update_subject  # noqa: E402
from activity.announcements import expand_next  # noqa: E402
from activity.models import Audience, Email  # noqa: E402
from community.models import Membership, User  # noqa: E402
from events.actions import cancel_session, remind_of_sessions  # noqa: E402
from events.models import Rsvp  # noqa: E402
from tests.factories import HubFactory, SessionFactory, facilitator  # noqa: E402

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
    hub = HubFactory()
    Membership.objects.bulk_create(
        (Membership(hub=hub, member_id=pk) for pk in User.objects.values_list("pk", flat=True)), batch_size=BATCH
    )
    organiser = facilitator()
    for audience in (Audience.MEMBERS, Audience.HUBS):
        session = SessionFactory(hub=hub, starts_at=now + timedelta(days=2))
        update_subject(session.subject, audience=audience)
        rsvps = (
            Rsvp(session=session, member_id=pk, state="going", placing=1, placed_at=placed_at)
            for pk in User.objects.exclude(pk=organiser.pk).values_list("pk", flat=True)
        )
        Rsvp.objects.bulk_create(rsvps, batch_size=BATCH)
        start = perf_counter()
        cancel_session(session=session, by=organiser, reason="Storm")
        done = perf_counter()
        expand_next()
        made = Email.objects.filter(subject=session.subject).count()
        print(f"for {audience}: cancelled in {done - start:.2f} s, {made:,} mails in {perf_counter() - done:.2f} s")
    connection.close()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
