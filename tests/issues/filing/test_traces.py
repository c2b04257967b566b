"""The whole database and every mail, searched for who filed without showing a name. Spec 02, Filing."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client

from activity import outbox
from activity.digests.prepare import prepare_due
from activity.following.models import DigestPeriod, FollowLevel
from activity.notices.actions import save_choices
from activity.notices.fanout import tell_due
from activity.notices.kinds import notice_kinds
from community.models import User
from issues.bottlenecks.actions import cast_vote, publish_anonymous
from issues.endings.actions import ask_whether_solved, end_bottleneck
from issues.models import Bottleneck, Question
from issues.replies import actions as replies
from tests.activity.conftest import use_server
from tests.activity.sink import Sink, running_sink
from tests.factories import HubFactory, facilitator, member_of
from tests.issues.anonymous import STORY, TITLE, code_in
from tests.issues.anonymous import sent as typed

MORNING = datetime(2026, 11, 23, 9, 7, 13, 123456, tzinfo=UTC)  # a Monday
NIGHT = datetime(2026, 11, 23, 23, 5, tzinfo=UTC)
NUMBER = 987_654_321  # of the author: a number that nothing else has by chance


@pytest.fixture
def sink(settings: Any) -> Iterator[Sink]:
    """A mail server, which the portal uses."""
    with running_sink() as running:
        use_server(settings, running.host, running.port)
        yield running


@pytest.fixture
def readers() -> list[User]:
    """The hub of the author: members who hear everything by mail at once, and in a digest each day; a facilitator."""
    hub = HubFactory(name="Kern Groot")
    found = [*(member_of(hub) for _each in range(5)), facilitator()]
    for member in found:
        User.objects.filter(pk=member.pk).update(activated_at=MORNING - timedelta(days=30), seen_on=MORNING.date())
        channels = {kind.key: {*kind.offers} for kind in notice_kinds}
        save_choices(
            by=member, hearing={"digest_period": DigestPeriod.DAILY, "level": FollowLevel.FOLLOW}, channels=channels
        )
    return found


@pytest.fixture
def author(readers: list[User]) -> User:
    hub = readers[0].primary_hub
    assert hub is not None
    fields = {"name": "Xanthippe Zonderling", "handle": "xanthippe", "email": "xanthippe@doorbraak.example"}
    member: User = member_of(hub, pk=NUMBER, activated_at=MORNING - timedelta(days=30), **fields)
    return member


def rows() -> set[str]:
    """Every row of the database as text, with its table and the transaction that wrote it, as a dump has them."""
    found = set()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            name = connection.ops.quote_name(table)
            cursor.execute(f"SELECT to_jsonb(it)::text FROM {name} it")
            found |= {f"{table} {text}" for (text,) in cursor.fetchall()}
    return found


def traces(author: User) -> re.Pattern[str]:
    words = [author.name, author.handle, author.email, "Xanthippe", str(author.voter_key), author.voter_key.hex]
    return re.compile("|".join([*map(re.escape, words), rf"\b{NUMBER}\b"]))


def mails(sink: Sink, now: datetime) -> list[str]:
    """What was mailed by ``now``, whole: heads, text and HTML."""
    prepare_due()
    with time_machine.travel(now, tick=False):
        prepare_due()
        outbox.send_due()
    texts = []
    for raw in sink.raw:
        mail = message_from_bytes(raw, policy=policy.default)
        parts = [part.get_content() for part in mail.walk() if part.get_content_maintype() == "text"]
        texts.append("\n".join([*(f"{key}: {value}" for key, value in mail.items()), *parts]))
    return texts


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("attribution", ["anonymous", "confidential"])
def test_no_row_and_no_mail_that_filing_leaves_tells_who(
    readers: list[User], author: User, sink: Sink, attribution: str
) -> None:
    judge, found = readers[-1], traces(author)
    with time_machine.travel(MORNING, tick=False):
        prepare_due()
        client = Client()
        client.force_login(author)
        client.get("/bottlenecks/new/")
        before = rows()
        answer = client.post("/bottlenecks/new/", typed(attribution=attribution, creation_key=str(uuid.uuid4())))
        written = rows() - before
    if attribution == "anonymous":
        assert not [row for row in written if found.search(row) or TITLE in row or STORY in row]
        assert not [row for row in written if "09:07" in row or "10:07" in row]  # nor when
        publish_anonymous(now=NIGHT)
        code = code_in(answer)
        bottleneck = Bottleneck.objects.get(title=TITLE)
        replies.ask_filer(subject=bottleneck.subject, by=judge, text="Waar precies?", language="nl")
        replies.answer_question(question=Question.objects.get(), code=code, text="Overal", language="nl")
    bottleneck = Bottleneck.objects.get(title=TITLE)
    with time_machine.travel(NIGHT, tick=False):
        for reader in readers[:3]:
            cast_vote(bottleneck=bottleneck, by=reader)
        tell_due()
        end_bottleneck(
            bottleneck=bottleneck, by=judge, how="solved", route="itself", text="Het is over.", language="nl"
        )
        tell_due()
    if attribution == "anonymous":
        told = {row for row in rows() - before if found.search(row)}
        # As a member of the hub the author hears of it like all others; of nothing else is there a row.
        assert {row.split()[0] for row in told} <= {"activity_notification", "activity_digest"}
        others = [row for row in rows() - before if re.search(rf'"member_id": {readers[0].pk}\b', row)]
        kinds = {row.split()[0] for row in others}
        assert {row.split()[0] for row in told} <= kinds
    letters = mails(sink, NIGHT + timedelta(hours=9))
    ask_whether_solved(now=NIGHT + timedelta(days=15))
    letters += mails(sink, NIGHT + timedelta(days=15, hours=9))
    # The author's own box is the author's, and of what is confidential facilitators know.
    boxes = [reader.email for reader in readers if attribution == "anonymous" or reader != judge]
    about = [letter for letter in letters if TITLE in letter and any(f"To: {box}" in letter for box in boxes)]
    assert len(about) >= len(boxes)
    assert not [letter for letter in about if found.search(letter)]
