"""A conversation of 5,000 comments beside one of 10: what it costs to open it, and to post into it. Issue 10.

    python -m tests.load.thread [--comments 5000] [--blocks 15]

Fills an empty database as ``tests.load.board`` does, with few votes, and prints statements and milliseconds of CPU of
Django and of PostgreSQL a request. The exit code says whether the long one takes the same number of statements and at
most 1.3 times the CPU of the short one, to read and to write.
"""

from __future__ import annotations

import argparse
import os
import sys
import uuid
from datetime import timedelta
from functools import partial
from typing import Any

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.load.settings"

MOST = 1.3
SHORT, WINDOW = 10, 20
TEXT = "Bij ons speelt dit **ook**, zie #{other}. Vraag het @{{{member}}}:\n\n- eerst de bron\n- dan het beheer {n}"


def main() -> int:
    """Make the data, measure, print; 0 when the long conversation costs what the short one does."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--comments", type=int, default=5_000)
    parser.add_argument("--blocks", type=int, default=15)
    options = parser.parse_args()

    import django

    django.setup()
    from django.core.management import call_command

    from tests.load.board import fill

    call_command("migrate", verbosity=0)
    call_command("collectstatic", verbosity=0, interactive=False)
    fill(200, 4_000)
    read = {number: talk(number, n) for n, number in enumerate((SHORT, WINDOW, options.comments), start=11)}
    written = {number: talk(number, n) for n, number in enumerate((SHORT, options.comments), start=21)}
    return measure(read, written, options.blocks)


def talk(number: int, bottleneck: int) -> Any:
    """So many comments about a bottleneck, with whom they name, what they refer to and who thanks; its subject."""
    from django.db import connection
    from django.utils import timezone

    from activity.actions import entry
    from activity.conversation.models import Comment, Mention, Reference, Thanks
    from activity.conversation.verbs import COMMENTED
    from activity.models import Activity
    from community.models import User
    from issues.models import Bottleneck

    subject = Bottleneck.objects.select_related("subject").get(pk=bottleneck).subject
    other = Bottleneck.objects.get(pk=3)
    members = list(User.objects.order_by("pk")[:500])
    begun = timezone.now() - timedelta(minutes=number + 60)
    comments = Comment.objects.bulk_create(
        Comment(
            subject=subject,
            author=members[n % len(members)],
            text=TEXT.format(other=other.pk, member=members[(n + 1) % len(members)].pk, n=n % 50),
            language="nl",
            written_at=begun + timedelta(minutes=n),
        )
        for n in range(number)
    )
    Mention.objects.bulk_create(
        Mention(comment=it, member=members[(n + 1) % len(members)]) for n, it in enumerate(comments)
    )
    Reference.objects.bulk_create(
        Reference(comment=it, subject_id=other.subject_id, text=f"#{other.pk}") for it in comments
    )
    Thanks.objects.bulk_create(
        Thanks(comment=it, member=member) for n, it in enumerate(comments) for member in members[n % 40 : n % 40 + 4]
    )
    Activity.objects.bulk_create(entry(subject, COMMENTED, by=it.author, data={"comment": it.pk}) for it in comments)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE)")
    return subject


def measure(read: dict[int, Any], written: dict[int, Any], blocks: int) -> int:
    """Open all in turn and post into some, and print what that costs; 0 when a long one costs what a short one does."""
    from django.conf import settings
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from activity.conversation.models import Comment
    from community.models import User
    from tests.load.reference import HEADER, alternate
    from ui.ratelimit import LIMITS

    assert not settings.DEBUG
    for name in ("comment", "write", "search"):
        object.__setattr__(LIMITS[name], "rate", "1000000/hour")
    member = User.objects.order_by("pk")[7]
    User.objects.filter(pk=member.pk).update(language="nl")
    asking = Client(raise_request_exception=True)
    asking.force_login(member)

    def post(subject: Any) -> Any:
        sent = {"creation_key": str(uuid.uuid4()), "text": f"Nog een {uuid.uuid4()}", "language": "nl"}
        answer = asking.post(f"/subjects/{subject.pk}/comments/new/", sent)
        assert answer.status_code == 302, answer.status_code
        answer.status_code = 200  # what ``alternate`` expects of a page
        return answer

    most = max(read)
    first = Comment.objects.filter(subject=read[most]).order_by("pk")[0]
    pages = {
        f"{number:,} comments": partial(asking.get, it.bottleneck.get_absolute_url()) for number, it in read.items()
    }
    pages[f"the first of {most:,}"] = partial(
        asking.get, f"{read[most].bottleneck.get_absolute_url()}?comment={first.pk}"
    )
    pages |= {f"post into {number:,}": partial(post, it) for number, it in written.items()}
    statements = {}
    for name, ask in pages.items():
        ask()
        with CaptureQueriesContext(connection) as captured:
            ask()
        statements[name] = sum(not query["sql"].startswith(("SAVEPOINT", "RELEASE")) for query in captured)
    samples = alternate(pages, blocks=blocks, each=10)
    print(f"{HEADER}  statements  times the short one")
    kept = True
    short = {"post": f"post into {SHORT}", "read": f"{SHORT} comments"}
    for name, sample in samples.items():
        like = short["post" if name.startswith("post") else "read"]
        times = sample.cpu / samples[like].cpu
        is_kept = times <= MOST and statements[name] == statements[like]
        kept = kept and is_kept
        print(f"{sample.line(name)} {statements[name]:11} {times:7.2f}{'' if is_kept else '  too much'}")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
