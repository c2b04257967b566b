"""kill -9 of the worker in the middle of 2,000 mails. Issue "A running community", done when."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.conf import settings as portal_settings

from activity.actions import queue_emails
from activity.mailkinds import mail_kinds
from activity.models import Email, EmailState
from activity.tasks import send_outbox
from tests.activity import sink as sinks
from tests.activity.kill_kind import KIND
from tests.servers import database_url

MAILS = 2_000
KILLED_AFTER = 737  # in the middle of a batch of 100, also when a few more arrive before the signal does


@contextmanager
def _worker(sink: sinks.Sink, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A real Celery worker with one process, in a process group of its own."""
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "portal.settings",
        "DATABASE_URL": database_url(),
        "REDIS_URL": portal_settings.REDIS_URL,
        "SECRET_KEY": str(portal_settings.SECRET_KEY),
        "EMAIL_URL": f"smtp://{sink.host}:{sink.port}",
        "VAR_DIR": str(log.parent),
    }
    command = [sys.executable, "-m", "celery", "-A", "tests.activity.killed_worker", "worker"]
    command += ["--concurrency", "1", "--loglevel", "INFO", "--without-gossip", "--without-mingle"]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=portal_settings.BASE_DIR, env=environment, stdout=output, stderr=output, start_new_session=True
        )
        try:
            yield process
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(timeout=30)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_kill_9_of_the_worker_loses_no_mail_and_repeats_at_most_the_one_in_flight(tmp_path: Path) -> None:
    with sinks.running_sink() as sink, mail_kinds.temporarily(KIND):
        queue_emails(
            Email(kind=KIND.key, address=f"member{n}@doorbraak.example", language="en", dedupe_key=f"kill:{n}")
            for n in range(MAILS)
        )
        with _worker(sink, tmp_path / "killed.log") as worker:
            send_outbox.delay()
            sink.wait_for(KILLED_AFTER)
            os.killpg(worker.pid, signal.SIGKILL)
            worker.wait(timeout=30)
        assert Email.objects.filter(state=EmailState.SENDING).exists()
        assert len(sink.raw) < MAILS

        with _worker(sink, tmp_path / "restarted.log") as worker:
            send_outbox.delay()  # as Celery beat does every 30 seconds
            sink.wait_for_distinct(MAILS)
            worker.send_signal(signal.SIGTERM)  # it finishes the mail in hand
            assert worker.wait(timeout=30) == 0

    sent = Counter(sink.message_ids)
    assert set(sent) == set(Email.objects.values_list("message_id", flat=True))
    assert len(sent) == MAILS
    assert sum(sent.values()) <= MAILS + 1
    assert set(Email.objects.values_list("state", flat=True)) == {EmailState.SENT}
