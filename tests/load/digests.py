"""Who hears of what, and the digests of very many: ``python -m tests.load.digests [members]``. Issue 10.

Fills an empty database (``portal.filling``), lets everybody follow what they take part in, and has a week happen. It
prints how long it takes to tell those who follow of that week, and of one comment to everybody; then how long it takes
to prepare the digests of all, in what memory and with how many statements. Last, the same again with a worker that is
killed (-9) three times and then two at once: every member must have one digest, and one mail where there is news.
Starts servers of its own and leaves nothing behind. Exits with 1 where something is missing or comes twice.
"""

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from time import perf_counter, sleep

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.db.models import F  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402
from django.utils import timezone  # noqa: E402

from activity.conversation.actions import write_comment  # noqa: E402
from activity.digests.models import Digest, DigestState  # noqa: E402
from activity.digests.prepare import prepare_due  # noqa: E402
from activity.following.models import Follow, FollowLevel  # noqa: E402
from activity.models import Email, FanOut  # noqa: E402
from activity.notices import fanout  # noqa: E402
from activity.notices.models import Notification  # noqa: E402
from community.models import User  # noqa: E402
from issues.models import Bottleneck  # noqa: E402
from portal.filling.fill import Size, fill  # noqa: E402
from tests.load.week import CHANCE, WEEK, follow_what_they_do, happen, make_due, tell  # noqa: E402


def main(members: int) -> int:
    """Measure, print, and tell whether everybody has exactly what they should."""
    call_command("migrate", verbosity=0)
    _say(f"{members:,} members are there", lambda: fill(Size.of(members)))
    _say("they follow what they take part in", follow_what_they_do)
    now = timezone.now()
    entries = happen(now)
    _say(f"a week of {len(entries):,} entries is told", partial(tell, entries, now))
    print(f"  {Notification.objects.count():,} notifications")
    _tell_everybody()
    make_due(now)
    with CaptureQueriesContext(connection) as captured:
        took = _say("their digests are prepared", lambda: prepare_due(now=now, run=3_600))
    print(f"  {Digest.objects.filter(has_news=True).count():,} with news, {len(captured):,} statements")
    return _with_kills(now, took)


def _tell_everybody() -> None:
    """One comment to everybody, and what the request that wrote it costs."""
    quiet, loud = Bottleneck.objects.select_related("subject").order_by("pk")[:2]
    author = User.objects.order_by("pk")[0]
    Follow.objects.filter(subject=loud.subject).delete()
    Follow.objects.bulk_create(
        (
            Follow(subject=loud.subject, member_id=pk, level=FollowLevel.FOLLOW)
            for pk in User.objects.values_list("pk", flat=True)
        ),
        batch_size=5_000,
    )
    for about, followers in ((quiet, "few"), (loud, "all")):
        written = partial(write_comment, subject=about.subject, by=author, text=f"To {followers}", language="nl")
        _say(f"a comment that {followers} follow is written", written)
    _say("everybody is told of it", fanout.tell_due)
    assert not FanOut.objects.exists()


def _with_kills(now: datetime, took: float) -> int:
    """Prepare them again with a worker that is killed three times, then with two at once; 0 when all is well.

    ``took`` is how many seconds it takes without.
    """
    due = now + timedelta(minutes=1)
    before = Email.objects.filter(kind="digest").count()
    DigestState.objects.update(next_at=due, cursor_at=now - WEEK)
    for _time in range(3):
        child = _start(due)
        sleep(CHANCE.uniform(0.05, 0.3) * took)
        child.kill()
        child.wait()
    print(f"  killed three times: {Digest.objects.filter(due_at=due).count():,} were prepared by then")
    for child in [_start(due), _start(due)]:
        said, _nothing = child.communicate()
        print(f"  a worker needs {int(said) / 1024:.0f} MB at most")
    taking_part = DigestState.objects.filter(last_due_at=due).count()
    made = Digest.objects.filter(due_at=due)
    news, mails = made.filter(has_news=True).count(), Email.objects.filter(kind="digest").count() - before
    is_well = made.count() == taking_part == made.values("member").distinct().count() and news == mails
    left = DigestState.objects.filter(next_at__lte=F("last_due_at")).count()
    print(f"  then two at once: {made.count():,} digests of {taking_part:,} members, {mails:,} mails for {news:,} news")
    return 0 if is_well and not left else 1


#: What a worker does, until it is killed. It says when it has begun.
_WORKER = r"""
import re
import sys
from datetime import datetime
from pathlib import Path
import django
django.setup()
from activity.digests.prepare import prepare_due
print("begun", flush=True)
prepare_due(now=datetime.fromisoformat(sys.argv[1]), run=3_600)
# What ``getrusage`` says would be that of the process that started this one, where it is larger.
print(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1])
"""


def _start(due: datetime) -> subprocess.Popen[bytes]:
    """Start a process that prepares what is due; returns once it has begun."""
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "portal.settings"}
    command = [sys.executable, "-c", _WORKER, due.isoformat()]
    child = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE)
    assert child.stdout is not None
    child.stdout.readline()
    return child


def _say(what: str, act: Callable[[], object]) -> float:
    start = perf_counter()
    act()
    took = perf_counter() - start
    print(f"{what}: {took:.2f} s", flush=True)
    return took


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000))
