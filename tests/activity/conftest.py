"""Kinds of mail, a mail server and times of day for these tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import time_machine
from pytest_django.fixtures import Settings

from activity.mailkinds import MailClass, MailContent, MailKind, mail_kinds
from activity.models import Email
from events.links import WITHDRAW
from tests.activity.sink import Sink, running_sink

#: A Wednesday, 10:00 in Amsterdam.
BY_DAY = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)


@dataclass
class Kinds:
    """What the test kinds do when they are asked."""

    content: Callable[[Email], MailContent | None] = lambda mail: MailContent(
        {"title": mail.context.get("title", "News"), "url": "https://doorbraak.example/x/"}
    )
    urgent_until: dict[str, datetime] = field(default_factory=dict)

    def load_many(self, mails: Sequence[Email]) -> dict[int, MailContent]:
        found = ((mail.pk, self.content(mail)) for mail in mails)
        return {pk: content for pk, content in found if content is not None}


@pytest.fixture
def kinds(settings: Settings) -> Iterator[Kinds]:
    """Three kinds, one of each class: account, asked_for, news."""
    here = Path(__file__).parent / "templates"
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [*settings.TEMPLATES[0]["DIRS"], here]}]
    state = Kinds()
    with ExitStack() as stack:
        for mail_class in (MailClass.ACCOUNT, MailClass.ASKED_FOR, MailClass.NEWS):
            stack.enter_context(
                mail_kinds.temporarily(
                    MailKind(
                        key=mail_class.value,
                        mail_class=mail_class,
                        template="test_mail/note",
                        label=f"Kind {mail_class.value}",
                        reason="You get this because of a test.",
                        load_many=lambda mails: state.load_many(mails),
                        urgent_until=lambda mail: state.urgent_until.get(mail.kind),
                        acts=(WITHDRAW,) if mail_class is MailClass.ASKED_FOR else (),
                    )
                )
            )
        yield state


@pytest.fixture
def by_day() -> Iterator[time_machine.Traveller]:
    """It is a Wednesday morning, and stays it until the test moves on."""
    with time_machine.travel(BY_DAY, tick=False) as traveller:
        yield traveller


@pytest.fixture
def sink(settings: Settings) -> Iterator[Sink]:
    """A mail server, which the portal uses."""
    with running_sink() as running:
        use_server(settings, running.host, running.port)
        yield running


def use_server(settings: Settings, host: str, port: int) -> None:
    """Have the portal send to this server."""
    options: dict[str, Any] = {"host": host, "port": port, "timeout": 10}
    settings.MAILERS = {"default": {"BACKEND": "django.core.mail.backends.smtp.EmailBackend", "OPTIONS": options}}


def queued(key: str, **fields: Any) -> Email:
    """A mail ready to be queued."""
    return Email(**{"kind": "asked_for", "dedupe_key": key, **fields})
