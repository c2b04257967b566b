"""Helpers for tests of sessions."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core import mail

from activity.outbox import send_due
from community.models import User
from events import actions
from events.models import Rsvp, Session
from tests.factories import SessionFactory

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
#: A Monday morning, so that no mail waits for the end of the night or the weekend.
NOW = datetime(2026, 3, 2, 10, 0, tzinfo=AMSTERDAM)


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """The portal's clock, standing at ``NOW``."""
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def session_in(hours: float, **fields: Any) -> Session:
    """A published session that starts so many hours after ``NOW``."""
    session: Session = SessionFactory(starts_at=NOW + timedelta(hours=hours), published_at=NOW, **fields)
    return session


def join(session: Session, *members: User) -> list[Rsvp]:
    """Let ``members`` say that they come, in order."""
    return [actions.answer_rsvp(session=session, by=member, answer="going") for member in members]


def states(session: Session) -> dict[int | None, tuple[str, int | None]]:
    """Who has which state and position."""
    return {row.member_id: (row.state, row.position) for row in session.rsvps.all()}


@pytest.fixture
def sent() -> Callable[[], list[Any]]:
    """Send what is due and return it; what was sent before is forgotten."""

    def send() -> list[Any]:
        mail.outbox.clear()
        send_due()
        return list(mail.outbox)

    return send
