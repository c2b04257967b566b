"""Statements that are written once: the same rows as without, the same text every time, and no misuse that passes."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import FieldDoesNotExist
from django.db import connection
from django.db.models import QuerySet, Value
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from community.hubs.models import HubState
from community.models import Hub, Membership, User
from tests.factories import HubFactory, MembershipFactory, UserFactory, facilitator
from ui import statements
from ui.search import Phrase, Word, holds, sought
from ui.statements import UnfitStatementError, first, number, rows

if TYPE_CHECKING:
    from pytest_django.fixtures import SettingsWrapper

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nothing_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statements, "_kept", {})


def _belonging_to(hub: int, since: datetime) -> QuerySet[Membership]:
    return Membership.objects.filter(hub=hub, started_at__gte=since).select_related("member").order_by("pk")


def test_every_call_finds_the_rows_of_its_own_values() -> None:
    long_ago, soon = timezone.now() - timedelta(days=9), timezone.now() + timedelta(days=9)
    one, other = MembershipFactory(), MembershipFactory()
    MembershipFactory(hub=one.hub)

    for hub, since in [(one.hub_id, long_ago), (other.hub_id, long_ago), (one.hub_id, soon)]:
        assert rows(_belonging_to, hub, since) == list(_belonging_to(hub, since))
    assert number(_belonging_to, one.hub_id, long_ago) == 2
    assert first(_belonging_to, other.hub_id, long_ago) == other
    assert first(_belonging_to, other.hub_id, soon) is None


def test_a_second_call_builds_nothing_and_asks_once(settings: SettingsWrapper) -> None:
    settings.CHECK_STATEMENTS = False
    built: list[int] = []

    def build(hub: int) -> QuerySet[Hub]:
        built.append(hub)
        return Hub.objects.filter(pk=hub).select_related("subject")

    hubs = HubFactory.create_batch(3)
    assert [first(build, hub.pk) for hub in hubs] == hubs
    assert len(built) == 2  # compiled twice at the first call, to see what differs
    with CaptureQueriesContext(connection) as asked:
        found = rows(build, hubs[0].pk)
        assert found[0].subject.title == hubs[0].name
    assert len(asked) == 1


def test_postgresql_keeps_the_plan_of_these_and_of_no_other() -> None:
    def prepared() -> list[str]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT statement FROM pg_prepared_statements")
            return [statement for (statement,) in cursor.fetchall() if "community_hub" in statement]

    def marked(hub: int) -> QuerySet[Hub]:
        return Hub.objects.filter(pk=hub, name="a name that only this test asks for")

    before = prepared()
    for hub in range(1, 9):
        list(marked(hub))
    assert prepared() == before
    for hub in range(1, 9):
        rows(marked, hub)
    assert len(prepared()) == len(before) + 1


def test_what_is_looked_for_is_planned_for_its_words_each_time() -> None:
    def prepared() -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT COUNT(*) FROM pg_prepared_statements WHERE statement LIKE '%community_hub%'")
            return int(cursor.fetchone()[0])

    def called(phrase: Phrase, *words: Word) -> QuerySet[Hub]:
        found = Hub.objects.filter(name=phrase.text)
        for word in words:
            found = found.filter(holds("sort_name", word))
        return found

    hub, before = HubFactory(name="Kern aan Zee"), prepared()
    for _again in range(8):
        assert rows(called, Phrase("Kern aan Zee"), *sought("kern zee")) == [hub]
        assert rows(called, Phrase("Kern aan Zee"), *sought("kern berg")) == []
        assert rows(called, Phrase("Kern aan Zee"), *sought("ke z")) == [hub]  # of two letters, where words begin
        assert rows(called, Phrase("Kern aan Zee"), *sought("rn z")) == []
        assert number(called, Phrase("Kern aan Zee"), *sought("kern")) == 1
    assert prepared() == before


def test_odd_statements_do_not_pile_up(monkeypatch: pytest.MonkeyPatch, settings: SettingsWrapper) -> None:
    settings.CHECK_STATEMENTS = False
    monkeypatch.setattr(statements, "MOST_KEPT", 5)
    built: list[int] = []

    def build(hub: int, *words: Word) -> QuerySet[Hub]:
        built.append(len(words))
        return Hub.objects.filter(pk=hub)

    def asked(*numbers: int) -> list[int]:
        """Ask with so many words each; returns which of them had to be compiled."""
        built.clear()
        for words in numbers:
            assert rows(build, hub.pk, *sought(" ".join("klmnop"[:words]))) == [hub]
        return built[::2]  # each is compiled twice, see above

    hub = HubFactory()
    assert asked(0, 1, 2, 3, 4) == [0, 1, 2, 3, 4]
    assert asked(0, 1, 2, 3, 4) == []
    assert asked(5, 1, 2, 3, 4) == [5]  # the oldest makes room
    assert asked(0) == [0]
    assert len(statements._kept) == 5


def test_values_lists_prefetches_and_annotations_come_as_from_the_queryset() -> None:
    membership = MembershipFactory()

    def names(hub: int) -> QuerySet[Any, Any]:
        members: QuerySet[User] = User.objects.filter(memberships__hub=hub)
        return members.values_list("name", "voter_key")

    def flat(hub: int) -> QuerySet[Any, Any]:
        members: QuerySet[User] = User.objects.filter(memberships__hub=hub)
        return members.values_list("pk", flat=True)

    def named(hub: int) -> QuerySet[Any, Any]:
        members: QuerySet[User] = User.objects.filter(memberships__hub=hub)
        return members.values("name")

    def with_members(hub: int) -> QuerySet[Hub]:
        return Hub.objects.filter(pk=hub).prefetch_related("memberships").with_figures()

    member, hub = membership.member, membership.hub_id
    for _again in range(2):
        assert rows(names, hub) == [(member.name, member.voter_key)]
        assert rows(flat, hub) == [member.pk]
        assert rows(named, hub) == [{"name": member.name}]
        (found,) = rows(with_members, hub)
        assert list(found.memberships.all()) == [membership]
        assert found.__dict__["member_count"] == Hub.objects.with_figures().get(pk=hub).__dict__["member_count"]


def test_lists_of_numbers_none_and_enums_each_mean_what_they_say() -> None:
    hubs = HubFactory.create_batch(3)

    def in_state(state: HubState | None, ids: list[int]) -> QuerySet[Hub]:
        found = Hub.objects.filter(pk__any=ids).order_by("pk")
        return found.filter(state=state) if state else found

    assert rows(in_state, None, [hub.pk for hub in hubs]) == hubs
    assert rows(in_state, None, [hub.pk for hub in hubs[:1]]) == hubs[:1]
    assert rows(in_state, HubState.CLOSED, [hub.pk for hub in hubs]) == []
    assert rows(in_state, None, []) == []


def test_who_reads_is_a_value_of_the_statement_and_facilitators_have_another() -> None:
    def visible(reader: Any) -> QuerySet[Hub]:
        return Hub.objects.visible_to(reader).order_by("pk")

    hub = HubFactory()
    member, stranger, leader = MembershipFactory(hub=hub).member, UserFactory(), facilitator()
    hub.subject.audience = "hubs"
    hub.subject.save()
    hub.subject.hubs.add(hub.subject)
    for reader in (member, stranger, leader, AnonymousUser(), member):
        assert rows(visible, reader) == list(visible(reader))
    assert rows(visible, member) == [hub] == rows(visible, leader)
    assert rows(visible, stranger) == []


@pytest.mark.parametrize("number_of_hub", [2**63, -(2**64), 10**40])
def test_a_number_beyond_every_column_is_found_nowhere(number_of_hub: int) -> None:
    HubFactory()

    def of_number(hub: int) -> QuerySet[Hub]:
        return Hub.objects.filter(pk=hub)

    assert rows(of_number, 1) == list(of_number(1))
    assert rows(of_number, number_of_hub) == []
    assert number(of_number, number_of_hub) == 0


@pytest.mark.parametrize("check", [False, True])
def test_a_function_that_works_with_its_values_is_refused(settings: SettingsWrapper, check: bool) -> None:
    settings.CHECK_STATEMENTS = check

    def later(since: datetime) -> QuerySet[Membership]:
        return Membership.objects.filter(started_at__gte=since + timedelta(days=1))

    def clock(hub: int) -> QuerySet[Membership]:
        return Membership.objects.filter(hub=hub, started_at__lte=timezone.now())

    def part(name: str) -> QuerySet[Hub]:
        return Hub.objects.filter(name__contains=name)

    def some(hub: int) -> QuerySet[Hub]:
        return Hub.objects.all()[:hub]

    def loud(phrase: Phrase) -> QuerySet[Hub]:
        return Hub.objects.filter(name=phrase.text.upper())

    def doubled(word: Word) -> QuerySet[Hub]:
        return Hub.objects.filter(holds("sort_name", Word.of(word.text * 2)))

    refused = [(loud, Phrase("Oost")), (doubled, Word.of("oost"))]
    for build, value in [(later, timezone.now()), (clock, 3), (part, "oost"), (some, 3), *refused]:
        with pytest.raises(UnfitStatementError):
            rows(build, value)  # type: ignore[arg-type]
    with pytest.raises(UnfitStatementError):
        rows(lambda hub: Hub.objects.filter(pk=hub.pk), HubFactory())


def test_a_member_who_stands_in_tells_nothing_that_is_no_value() -> None:
    def in_their_language(reader: User) -> QuerySet[Hub]:
        return Hub.objects.filter(language=reader.language)

    with pytest.raises((UnfitStatementError, User.DoesNotExist, FieldDoesNotExist)):
        rows(in_their_language, UserFactory())


def test_while_developing_what_depends_on_more_than_its_arguments_is_refused() -> None:
    def spoken(hub: int) -> QuerySet[Hub]:
        return Hub.objects.filter(pk=hub).annotate(word=Value(translation.get_language()))

    with translation.override("en"):
        rows(spoken, 1)
    with translation.override("nl"), pytest.raises(UnfitStatementError, match="more than its arguments"):
        rows(spoken, 1)
