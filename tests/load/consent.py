"""How a consent round bears very many: ``python -m tests.load.consent [members]``.

One statement counts who spoke by hub, one queues the reminders of everybody else, and a second run must find nothing
left to do; then it closes. Once for every member, once for those of hubs only. Starts servers of its own and leaves
nothing behind.
"""

import os
import sys
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from time import perf_counter

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.utils import timezone  # noqa: E402

from activity.actions import update_subject  # noqa: E402
from activity.consent import actions, clock  # noqa: E402
from activity.consent.models import ConsentRound, Position  # noqa: E402
from activity.consent.results import turnout_of  # noqa: E402
from activity.models import Audience  # noqa: E402
from community.models import Membership, User  # noqa: E402
from tests.factories import BottleneckFactory, UserFactory, facilitator, many_hubs, many_members  # noqa: E402

HUBS = 200
BATCH = 5_000


def main(members: int) -> None:
    """Measure and print."""
    call_command("migrate", verbosity=0)
    hubs = many_hubs(HUBS)
    many_members(members)
    print(f"{members:,} members", flush=True)
    everyone = list(User.objects.order_by("pk").values_list("pk", flat=True))
    with connection.cursor() as cursor:
        pks = [hub.pk for hub in hubs]
        cursor.execute("UPDATE community_user SET primary_hub_id = (%s::bigint[])[1 + id %% %s]", [pks, HUBS])
    Membership.objects.bulk_create((Membership(hub=hubs[pk % HUBS], member_id=pk) for pk in everyone), batch_size=BATCH)
    by, reader = facilitator(), UserFactory(primary_hub=hubs[0])
    Membership.objects.create(hub=hubs[0], member=reader)
    browser = Client()
    browser.force_login(reader)
    for audience in (Audience.MEMBERS, Audience.HUBS):
        subject = BottleneckFactory(hubs=hubs).subject
        update_subject(subject, audience=audience)
        closes_on = clock.usual_day(clock.today())
        consent = actions.open_round(
            subject=subject, by=by, question=f"For {audience}?", text="x", language="en", closes_on=closes_on
        )
        Position.objects.bulk_create(
            (Position(consent=consent, member_id=pk, answer="support", version=1) for pk in everyone[::2]),
            batch_size=BATCH,
        )
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        consent.refresh_from_db()
        _say(f"{audience}: turnout", partial(turnout_of, consent))
        _say(f"{audience}: turnouts are kept", actions.count_turnouts)
        for path in (consent.get_absolute_url(), "/", subject.url):
            browser.get(path)
            _say(f"{audience}: {path}", partial(browser.get, path))
        answer = partial(actions.speak, consent=consent, by=reader, version=1, answer="no_opinion")
        _say(f"{audience}: an answer", answer)
        due = timezone.now() + timedelta(days=(clock.reminder_day(closes_on) - clock.today()).days)
        for run in ("first", "second"):
            _say(f"{audience}: reminders, {run} run", partial(actions.remind_of_rounds, now=due))
        over = timezone.now() + timedelta(days=(closes_on - clock.today()).days + 1)
        _say(f"{audience}: closing", partial(actions.close_due_rounds, now=over))
        assert ConsentRound.objects.get(pk=consent.pk).closed_at
        assert not Position.objects.exists()
    connection.close()


def _say(what: str, act: Callable[[], object]) -> None:
    start = perf_counter()
    done = act()
    number = f" ({done:,})" if isinstance(done, int) else ""
    print(f"{what}: {perf_counter() - start:.3f} s{number}", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
