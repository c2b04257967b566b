"""Filing a bottleneck where it came up. Spec 00, One subject; 02, Filing."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from activity.models import Activity, Audience, SubjectLink
from community.models import User
from events.models import Session, SessionState
from issues.bottlenecks.actions import file_bottleneck
from issues.bottlenecks.places import filing_place
from issues.models import Bottleneck
from issues.ties import FILED_AT
from tests.factories import BottleneckFactory, HubFactory, SessionFactory, UserFactory, member_of

pytestmark = pytest.mark.django_db
NEW = "/bottlenecks/new/"


def begun(**fields: Any) -> Session:
    """A session that began an hour ago."""
    session: Session = SessionFactory(**{"starts_at": timezone.now() - timedelta(hours=1), **fields})
    return session


@pytest.fixture
def anna() -> User:
    member: User = member_of(HubFactory(), name="Anna")
    return member


@pytest.fixture
def reading(client: Client, anna: User) -> Client:
    client.force_login(anna)
    return client


def form(**fields: Any) -> dict[str, Any]:
    return {"title": "Data waits", "situation": "Months.", "language": "en", "creation_key": uuid.uuid4(), **fields}


def places_of(bottleneck: Bottleneck) -> list[int]:
    return list(SubjectLink.objects.filter(from_subject=bottleneck.subject).values_list("to_subject", flat=True))


def test_one_files_at_what_has_begun_and_took_place_and_one_may_see(anna: User) -> None:
    past = begun(starts_at=timezone.now() - timedelta(days=400))
    assert [filing_place(row.subject_id, anna) for row in (begun(), past)] != [None, None]
    not_open = [
        SessionFactory(),
        begun(state=SessionState.CANCELLED, cancel_reason="x"),
        begun(state=SessionState.DRAFT),
        begun(subject__audience=Audience.NAMED),
        begun(subject__hidden_at=timezone.now()),
        BottleneckFactory(),
        anna.primary_hub,
    ]
    assert {filing_place(thing.subject_id, anna) for thing in not_open} == {None}
    assert filing_place(None, anna) is None
    assert filing_place(10**17, anna) is None


def test_filing_there_ties_both_and_the_ledger_knows(anna: User) -> None:
    session = begun()
    bottleneck = file_bottleneck(by=anna, title="T", situation="x", at=session.subject)
    link = SubjectLink.objects.get()
    assert (link.from_subject, link.to_subject, link.kind) == (bottleneck.subject, session.subject, FILED_AT.key)
    assert Activity.objects.get(verb="bottleneck_filed").other == session.subject


def test_where_one_can_no_longer_file_it_is_filed_all_the_same(anna: User) -> None:
    session = begun()
    place = session.subject
    with transaction.atomic():
        Session.objects.update(state=SessionState.CANCELLED, cancel_reason="x")
    bottleneck = file_bottleneck(by=anna, title="T", situation="x", at=place)
    assert places_of(bottleneck) == []


def test_a_second_press_files_and_ties_once(anna: User) -> None:
    session, key = begun(), uuid.uuid4()
    for _time in range(2):
        file_bottleneck(by=anna, title="T", situation="x", at=session.subject, creation_key=key)
    assert SubjectLink.objects.count() == 1


def test_from_the_page_of_a_session_to_a_filed_bottleneck_and_back(reading: Client) -> None:
    session = begun(title="Morning of ideas")
    page = reading.get(session.get_absolute_url()).text
    way = f"{NEW}?at={session.subject_id}"
    assert way in page
    assert "Morning of ideas" in reading.get(way).text
    filed = reading.post(NEW, form(at=session.subject_id), follow=True)
    bottleneck = Bottleneck.objects.get()
    assert places_of(bottleneck) == [session.subject_id]
    assert "Filed at" in filed.text
    assert session.subject.url in filed.text
    page = reading.get(session.get_absolute_url()).text
    assert "Filed here" in page
    assert bottleneck.subject.url in page


@pytest.mark.parametrize("fields", [{"title": ""}, {"look": "1"}], ids=["with an error", "looking for similar ones"])
def test_the_form_keeps_where_it_came_up(reading: Client, fields: dict[str, str]) -> None:
    session = begun(title="Morning of ideas")
    again = reading.post(NEW, form(at=session.subject_id, **fields))
    assert f'name="at" value="{session.subject_id}"' in again.text
    assert "Morning of ideas" in again.text
    assert not Bottleneck.objects.exists()


@pytest.mark.parametrize("state", [{"state": SessionState.DRAFT}, {"starts_at": timezone.now() + timedelta(days=2)}])
def test_before_it_begins_its_page_leads_to_no_form(reading: Client, anna: User, state: dict[str, Any]) -> None:
    session = begun(**state)
    session.hosts.add(anna)
    page = reading.get(session.get_absolute_url())
    assert page.status_code == 200
    assert "?at=" not in page.text
    assert 'name="at"' not in reading.get(f"{NEW}?at={session.subject_id}").text


def test_a_cancelled_session_leads_to_no_form(reading: Client) -> None:
    session = begun(state=SessionState.CANCELLED, cancel_reason="Snow")
    assert "?at=" not in reading.get(session.get_absolute_url()).text


@pytest.mark.parametrize("at", ["0", "x", "9" * 40, "-1", ""])
def test_nonsense_in_the_address_is_a_form_like_any_other(reading: Client, at: str) -> None:
    page = reading.get(f"{NEW}?at={at}")
    assert page.status_code == 200
    assert 'name="at"' not in page.text


def test_of_what_one_may_not_see_the_form_says_nothing_and_it_is_told_that_nothing_was_tied(reading: Client) -> None:
    secret = begun(title="Secret meeting", subject__audience=Audience.NAMED)
    assert "Secret meeting" not in reading.get(f"{NEW}?at={secret.subject_id}").text
    filed = reading.post(NEW, form(at=secret.subject_id), follow=True)
    assert places_of(Bottleneck.objects.get()) == []
    assert "one can no longer file there" in filed.text
    assert "Secret meeting" not in filed.text


def test_what_was_filed_at_a_secret_session_does_not_tell_of_it(reading: Client) -> None:
    session = begun(title="Secret meeting")
    bottleneck = file_bottleneck(by=UserFactory(), title="T", situation="x", at=session.subject)
    session.subject.audience = Audience.NAMED
    session.subject.save()
    assert "Secret meeting" not in reading.get(bottleneck.get_absolute_url()).text
