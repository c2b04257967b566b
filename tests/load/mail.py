"""How many mails a second leave the outbox, beside a bare smtplib loop with ready-made messages of the same size.

    python -m tests.load.mail [number of mails]

Both send to one local sink over one connection, in turn, so that they meet the same machine. Spec 09, Mail. Starts
servers of its own and leaves nothing behind.
"""

from __future__ import annotations

import os
import resource
import smtplib
import socket
import sys
import threading
from time import perf_counter
from typing import Any

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.test.utils import override_settings  # noqa: E402
from django.utils import timezone  # noqa: E402

from activity import outbox  # noqa: E402
from activity.actions import queue_emails  # noqa: E402
from activity.mailing import OutboxMessage, render  # noqa: E402
from activity.mailkinds import MailClass, MailContent, MailKind, mail_kinds  # noqa: E402
from activity.models import Email, EmailState  # noqa: E402
from community.models import User  # noqa: E402

ROUNDS = 5
LINES = "Hub East began a trial, two dossiers stayed silent, and Thursday fortnight is the community day. " * 60


def _content(mail: Email) -> MailContent:
    return MailContent({"title": f"Mail {mail.pk}", "lines": LINES})


KIND = MailKind(
    key="load_test",
    mail_class=MailClass.ASKED_FOR,
    template="email/load_test",
    label="Load test",
    reason="You get this because of a load test.",
    load_many=lambda mails: {mail.pk: _content(mail) for mail in mails},
    urgent_until=lambda _mail: timezone.now(),
)
HTML = """{% extends "email/base.html" %}{% block lede %}{{ title }}{% endblock lede %}{% block content %}
<tr><td class="text"><p>{{ lines }}</p></td></tr>{% endblock content %}"""
TEXT = """{% extends "email/base.txt" %}{% block subject %}{{ title }}{% endblock subject %}
{% block content %}{{ lines }}
{% endblock content %}"""


class _Sink(threading.Thread):
    """The least that is a mail server: it answers and forgets, so that the sender is what is measured."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.socket.getsockname()[1]

    def run(self) -> None:
        while True:
            client, _address = self.socket.accept()
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    @staticmethod
    def _serve(client: socket.socket) -> None:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with client, client.makefile("rb") as lines:
            client.sendall(b"220 sink\r\n")
            for line in lines:
                command = line[:4].upper()
                if command == b"DATA":
                    client.sendall(b"354 go on\r\n")
                    for content in lines:
                        if content == b".\r\n":
                            break
                    client.sendall(b"250 kept\r\n")
                elif command == b"QUIT":
                    client.sendall(b"221 bye\r\n")
                    return
                else:
                    client.sendall(b"250 ok\r\n")


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_THREAD)
    return used.ru_utime + used.ru_stime


def _bare(port: int, message: bytes, address: str, count: int) -> None:
    with smtplib.SMTP("127.0.0.1", port) as server:
        for _mail in range(count):
            server.sendmail("noreply@doorbraak.example", [address], message)


def main(count: int) -> None:
    """Measure and print."""
    sink = _Sink()
    sink.start()
    mailer = {
        "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "OPTIONS": {"host": "127.0.0.1", "port": sink.port},
    }
    loaders = [
        ("django.template.loaders.cached.Loader", [
            ("django.template.loaders.locmem.Loader", {"email/load_test.html": HTML, "email/load_test.txt": TEXT}),
            "django.template.loaders.filesystem.Loader",
        ])
    ]  # fmt: skip
    engine: dict[str, Any] = dict(settings.TEMPLATES[0])
    templates = [{**engine, "APP_DIRS": False, "OPTIONS": {**engine["OPTIONS"], "loaders": loaders}}]
    call_command("migrate", verbosity=0)
    with override_settings(MAILERS={"default": mailer}, TEMPLATES=templates), mail_kinds.temporarily(KIND):
        User.objects.bulk_create(
            User(email=f"m{n}@doorbraak.example", name=f"Member {n}", handle=f"m{n}", activated_at=timezone.now())
            for n in range(count)
        )
        members = list(User.objects.values_list("pk", flat=True))
        sample = Email(kind=KIND.key, address="m@doorbraak.example", dedupe_key="sample", language="nl")
        message = OutboxMessage(render(sample, _content(sample)), to=sample.address).message().as_bytes()
        print(f"{count} mails of {len(message) / 1000:.0f} kB, {ROUNDS} rounds in turn")
        ratios = []
        for round_ in range(ROUNDS):
            start = perf_counter()
            queue_emails(Email(kind=KIND.key, member_id=pk, dedupe_key=f"{round_}:{pk}") for pk in members)
            queued = perf_counter() - start
            start, cpu = perf_counter(), _cpu()
            while outbox.send_due():
                pass
            ours, cpu = perf_counter() - start, _cpu() - cpu
            start, bare_cpu = perf_counter(), _cpu()
            _bare(sink.port, message, sample.address, count)
            bare, bare_cpu = perf_counter() - start, _cpu() - bare_cpu
            ratios.append(bare / ours)
            print(
                f"  outbox {count / ours:5.0f}/s, {cpu / count * 1000:.2f} ms CPU each (queued {count / queued:,.0f}/s)"
                f"   bare smtplib {count / bare:5.0f}/s, {bare_cpu / count * 1000:.2f} ms   ratio {bare / ours:.2f}"
            )
        assert Email.objects.exclude(state=EmailState.SENT).count() == 0
        print(f"median ratio {sorted(ratios)[len(ratios) // 2]:.2f}")
    connection.close()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000)
