"""How many digests a second leave the outbox, beside Django's own way of sending ready-made mails of the same size.

    python -m tests.load.mail [members]

Fills an empty database (``portal.filling``) and has a week happen, so that everybody gets their own digest in their own
language, about half of them in each. Sends those with one process and with two, and in turn sends as many ready-made
mails with ``EmailMultiAlternatives`` over one connection; all to one local sink, a process of its own. The exit code
says whether one process sends at least 0.8 times and two at least 1.6 times as many mails a second as Django's way.
Issue 10; spec 09, Mail. Starts servers of its own and leaves nothing behind.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import datetime, timedelta
from statistics import mean, median
from time import perf_counter
from typing import Any

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"

import django

ROUNDS = 5
ONE, TWO = 0.8, 1.6
#: The least that is a mail server: it answers and forgets, so that the sender is what is measured.
_SINK = r"""
import socketserver
class Sink(socketserver.BaseRequestHandler):
    def handle(self):
        self.request.setsockopt(6, 1, 1)  # TCP_NODELAY
        send = self.request.sendall
        send(b"220 sink\r\n")
        kept, is_data = b"", False
        while part := self.request.recv(262144):
            kept += part
            while True:
                end = b"\r\n.\r\n" if is_data else b"\r\n"
                at = kept.find(end)
                if at < 0:
                    break
                line, kept = kept[:4], kept[at + len(end):]
                if is_data:
                    is_data = False
                    send(b"250 kept\r\n")
                elif line.upper() == b"DATA":
                    is_data = True
                    send(b"354 go on\r\n")
                elif line.upper() == b"QUIT":
                    send(b"221 bye\r\n")
                    return
                else:
                    send(b"250 ok\r\n")
class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address, daemon_threads = True, True
with Server(("127.0.0.1", 0), Sink) as server:
    print(server.server_address[1], flush=True)
    server.serve_forever()
"""
#: Both say when they have everything they need, begin when they are told to, and say how long they took.
_OUTBOX = """
import sys, resource
from time import perf_counter
import django
django.setup()
from activity import outbox
from activity.mailing import render
from activity.models import Email
for language in ("nl", "en"):
    some = list(Email.objects.filter(kind="digest", state="waiting").select_related("member__hearing_settings")[:20])
    outbox.prepare(some)
    contents, _faults = outbox.load(some)
    for mail in some:
        mail.language = language
        render(mail, contents[mail.pk])
print("ready", flush=True)
sys.stdin.readline()
start = perf_counter()
while outbox.send_due():
    pass
used = resource.getrusage(resource.RUSAGE_SELF)
print(perf_counter() - start, flush=True)
"""
_DJANGO = """
import json, sys
from time import perf_counter
import django
django.setup()
from django.core.mail import EmailMultiAlternatives, mailers
made = json.load(open(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
start = perf_counter()
line = mailers.default
line.open()
for address in made["addresses"]:
    message = EmailMultiAlternatives(made["subject"], made["text"], made["from"], [address], headers=made["headers"])
    message.attach_alternative(made["html"], "text/html")
    line.send_messages([message])
line.close()
print(perf_counter() - start, flush=True)
"""


def main(members: int) -> int:
    """Measure and print; 0 when both targets are met."""
    django.setup()
    from django.core.management import call_command
    from django.db import connection
    from django.utils import timezone

    from activity.models import Email, EmailState
    from community.models import User
    from portal.filling.fill import Size, fill
    from tests.load.week import follow_what_they_do, happen, tell

    call_command("migrate", verbosity=0)
    fill(Size.of(members))
    follow_what_they_do()
    now = timezone.now()
    tell(happen(now), now)
    english = User.objects.filter(pk__in=User.objects.order_by("?").values("pk")[: members // 2])
    english.update(language="en")
    User.objects.exclude(pk__in=english.filter(language="en").values("pk")).update(language="nl")
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE)")
    sink = subprocess.Popen([sys.executable, "-c", _SINK], stdout=subprocess.PIPE, text=True)
    assert sink.stdout is not None
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "portal.settings",
        "EMAIL_URL": f"smtp://127.0.0.1:{int(sink.stdout.readline())}",
    }
    try:
        count = _make_due(now)
        made, size = _ready_made(list(Email.objects.filter(kind="digest", state=EmailState.WAITING)[:100]), count)
        print(f"{count:,} digests of {size / 1000:.1f} kB each, {ROUNDS} rounds in turn; mails a second")
        times: dict[str, list[float]] = {"one": [], "two": []}
        for round_ in range(1, ROUNDS + 1):
            rates = {}
            for name, script, senders in (
                ("Django", _DJANGO, 1), ("one", _OUTBOX, 1), ("Django again", _DJANGO, 1), ("two", _OUTBOX, 2)
            ):  # fmt: skip
                if script is _OUTBOX:
                    assert _make_due(now + timedelta(minutes=len(times["one"] + times["two"]) + 1)) == count
                rates[name] = count / _seconds(script, senders, made, environment)
            assert not Email.objects.filter(kind="digest").exclude(state=EmailState.SENT).exists()
            for ours, beside in (("one", "Django"), ("two", "Django again")):
                times[ours].append(rates[ours] / rates[beside])
            print(f"  {round_}: " + ", ".join(f"{name} {rate:,.0f}" for name, rate in rates.items()), flush=True)
    finally:
        sink.kill()
        sink.wait()
    one, two = median(times["one"]), median(times["two"])
    print(f"one process {one:.2f} times Django's (at least {ONE}), two {two:.2f} times (at least {TWO})")
    return 0 if one >= ONE and two >= TWO else 1


def _make_due(due: datetime) -> int:
    """Put the digests of all members who hear something into the outbox, due now; returns how many."""
    from django.db import connection
    from django.utils import timezone

    from activity.digests.prepare import prepare_due
    from activity.models import Email
    from tests.load.week import make_due

    Email.objects.all().delete()
    make_due(due)
    prepare_due(now=due, run=3_600)
    Email.objects.exclude(kind="digest").delete()
    waiting = Email.objects.filter(kind="digest", state="waiting")
    waiting.update(not_before=timezone.now())
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE) activity_email")
    return waiting.count()


def _ready_made(mails: list[Any], count: int) -> tuple[str, float]:
    """Write what Django's way sends, as long as these are on average, into a file: its path, and bytes of a message."""
    import tempfile

    from django.conf import settings

    from activity import outbox
    from activity.mailing import OutboxMessage, render

    outbox.prepare(mails)
    contents, _faults = outbox.load(mails)
    rendered = [render(mail, contents[mail.pk]) for mail in mails]
    sizes = [len(OutboxMessage(it, to="m@doorbraak.example").message().as_bytes()) for it in rendered]
    usual = min(range(len(mails)), key=lambda n: abs(sizes[n] - mean(sizes)))
    with tempfile.NamedTemporaryFile("w", suffix=".json", delete=False) as file:
        json.dump(
            {
                "subject": rendered[usual].subject,
                "text": rendered[usual].text,
                "html": rendered[usual].html,
                "headers": {k: v for k, v in rendered[usual].headers.items() if k.startswith(("List", "Auto"))},
                "from": settings.DEFAULT_FROM_EMAIL,
                "addresses": [f"m{n}@doorbraak.example" for n in range(count)],
            },
            file,
        )
    return file.name, sizes[usual]


def _seconds(script: str, senders: int, made: str, environment: dict[str, str]) -> float:
    """How long so many processes take together, from when all of them are ready."""
    children = [
        subprocess.Popen(
            [sys.executable, "-c", script, made],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _sender in range(senders)
    ]
    for child in children:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
    start = perf_counter()
    for child in children:
        assert child.stdin is not None
        child.stdin.write("go\n")
        child.stdin.flush()
    for child in children:
        assert child.stdout is not None
        assert child.stdout.readline()
    took = perf_counter() - start
    for child in children:
        child.communicate()
    return took


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000))
