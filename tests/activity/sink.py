"""A real SMTP server that keeps what it gets, and refuses what a test tells it to."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


class Sink:
    """Keeps every message it takes; ``answers`` maps an address to what RCPT TO is answered."""

    def __init__(self) -> None:
        self.answers: dict[str, str] = {}
        self.data_answer = ""
        self.raw: list[bytes] = []
        self.distinct: set[str] = set()
        self.receivers: list[str] = []
        self.connections = 0
        self.arrived = threading.Condition()
        self.host, self.port = "127.0.0.1", 0

    # aiosmtpd calls these
    async def handle_EHLO(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        self.connections += 1
        return responses

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.answers:
            return self.answers[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.data_answer:
            return self.data_answer
        content: Any = envelope.content
        with self.arrived:
            self.raw.append(content)
            self.distinct.add(str(message_from_bytes(content)["Message-ID"]))
            self.receivers += envelope.rcpt_tos
            self.arrived.notify_all()
        return "250 kept"

    # tests call these
    @property
    def messages(self) -> list[EmailMessage]:
        return [self._parsed(raw) for raw in self.raw]

    @property
    def message_ids(self) -> list[str]:
        return [str(message_from_bytes(raw)["Message-ID"]) for raw in self.raw]

    def wait_for(self, count: int, *, timeout: float = 80) -> None:
        """Wait until ``count`` messages have arrived."""
        with self.arrived:
            assert self.arrived.wait_for(lambda: len(self.raw) >= count, timeout), f"{len(self.raw)} of {count} arrived"

    def wait_for_distinct(self, count: int, *, timeout: float = 80) -> None:
        """Wait until messages with ``count`` different Message-IDs have arrived."""
        with self.arrived:
            assert self.arrived.wait_for(lambda: len(self.distinct) >= count, timeout), f"{len(self.distinct)} arrived"

    @staticmethod
    def _parsed(raw: bytes) -> EmailMessage:
        message = message_from_bytes(raw, policy=policy.default)
        assert isinstance(message, EmailMessage)
        return message


def free_port() -> int:
    """A port of this machine that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def running_sink() -> Iterator[Sink]:
    """A sink that listens on a port of its own."""
    sink = Sink()
    controller = Controller(sink, hostname=sink.host, port=free_port())
    sink.port = controller.port
    controller.start()
    try:
        yield sink
    finally:
        controller.stop()
