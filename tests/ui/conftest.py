"""A Valkey that is away."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest

from tests.absence import end_absence
from ui import valkey


class Silent:
    """A server that takes connections and never answers, as a frozen one does; it counts who came."""

    def __init__(self) -> None:
        self.server = socket.create_server(("127.0.0.1", 0))
        self.came: list[socket.socket] = []
        self.url = f"redis://127.0.0.1:{self.server.getsockname()[1]}/0"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        try:
            while True:
                self.came.append(self.server.accept()[0])
        except OSError:
            return

    def close(self) -> None:
        self.server.close()
        for connection in self.came:
            connection.close()


@pytest.fixture
def _alone(monkeypatch, settings) -> Iterator[None]:
    """Leave no absence behind, and do not ask an absent Valkey again during the test unless it says so."""
    monkeypatch.setattr(valkey, "REST", 600.0)
    settings.VALKEY_WAIT = 0.15
    yield
    end_absence()


@pytest.fixture
def silent() -> Iterator[Silent]:
    """A Valkey that is frozen."""
    server = Silent()
    yield server
    server.close()
