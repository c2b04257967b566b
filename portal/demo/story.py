"""The telling of the demonstration: what was made so far, and the ledger that is written at the end."""

from __future__ import annotations

import random
import uuid
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from activity.actions import entry
from activity.models import Activity, Audience, Reader, Subject
from activity.verbs import Verb
from community.models import Hub, Membership, Topic, Unit, User
from portal.demo import source

SEED = 2018
ZONE = ZoneInfo("Europe/Amsterdam")


class Story:
    """One loading: what was made so far, by name."""

    def __init__(self, today: date) -> None:
        self.today = today
        self.community = Subject.objects.community()
        self.midnight = datetime.combine(today, time(), ZONE)  # everything that happened lies before it
        self.random = random.Random(SEED)  # noqa: S311 - a story, not a secret
        self.people = source.texts("members")
        self.units: dict[str, Unit] = {}
        self.topics: dict[str, Topic] = {}
        self.hubs: dict[str, Hub] = {}
        self.members: dict[str, User] = {}
        self.bottlenecks: dict[int, Subject] = {}
        self.of_hub: dict[int, list[Membership]] = {}
        self.since: dict[int, datetime] = {}  # member → since when their primary hub counts
        self.ledger: list[Activity] = []

    def at(self, day: date, hour: int, minute: int = 0) -> datetime:
        """Return a moment in UTC, on the clocks of the Netherlands; ``minute`` may run over the hour."""
        return datetime.combine(day, time(hour + minute // 60, minute % 60), ZONE).astimezone(UTC)

    def voter_key(self) -> uuid.UUID:
        """Return a key that is the same at every loading."""
        return uuid.UUID(int=self.random.getrandbits(128), version=4)

    def subjects(self, kind: str, rows: list[tuple[str, datetime, Audience]]) -> list[Subject]:
        """Make the subjects of things by title, moment of their beginning and audience."""
        return Subject.objects.bulk_create(
            Subject(kind=kind, title=title, language="nl", created_at=at, announced_at=at, audience=audience)
            for title, at, audience in rows
        )

    def link(self, links: dict[Subject, tuple[list[Subject], str]]) -> None:
        """Give subjects their hubs and, now that they have a number, their address."""
        through = Subject.hubs.through
        for subject, (_hubs, url) in links.items():
            subject.url = url
        Subject.objects.bulk_update(links, ["url"])
        through.objects.bulk_create(
            through(from_subject=subject, to_subject=hub) for subject, (hubs, _url) in links.items() for hub in hubs
        )

    def record(
        self,
        subject: Subject,
        verb: Verb,
        *,
        at: datetime,
        by: User | None = None,
        system: bool = False,
        other: Subject | None = None,
        data: dict[str, Any] | None = None,
        readers: str = Reader.SUBJECT,
    ) -> None:
        """Keep an entry for the ledger, as ``activity.actions.record`` writes it."""
        self.ledger.append(entry(subject, verb, by=by, system=system, other=other, data=data, readers=readers, at=at))


def known(moment: datetime | None) -> datetime:
    """Return a moment that the story always has."""
    if moment is None:
        raise ValueError("a moment of the story is missing")
    return moment
