"""What is kept for everyone: how long, for whom, what two at once do to it, and what holds while Valkey is away."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any, NamedTuple

import pytest
import time_machine
from django.conf import settings as portal_settings
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone, translation
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from community.models import Topic
from portal.embedded import EmbeddedValkey
from tests.factories import TopicFactory, UserFactory
from tests.races import run_together
from ui import shared, valkey
from ui.shared import Pieces, Readers, SharedKeys, SharedValue, drawn, source

LASTS = 60
TOPICS = source("test:topics")
visitor = AnonymousUser()
together = pytest.mark.django_db(transaction=True)


class Counting:
    """Counts the topics, and how often it did; ``meanwhile`` is called when they are counted, before that is told."""

    __module__ = __name__

    def __init__(self) -> None:
        self.times = 0
        self.meanwhile: Callable[[], object] = lambda: None

    def value(self, **how: Any) -> SharedValue[int]:
        """A value as one process has it: two of these are two processes."""

        def number() -> int:
            self.times += 1
            found = Topic.objects.count()
            self.meanwhile()
            return found

        return SharedValue(number, [TOPICS], LASTS, Readers.EVERYBODY, **how)


@pytest.fixture
def counting() -> Iterator[Counting]:
    before, of = list(shared._VALUES), list(TOPICS.values)
    yield Counting()
    shared._VALUES[:], TOPICS.values[:] = before, of


def add_topic() -> None:
    """A write as an action does it."""
    with transaction.atomic():
        TOPICS.changed()
        TopicFactory()


# --- How long --------------------------------------------------------------------------------------------------------
@together
def test_a_value_is_made_once_for_all_processes_until_its_time_is_over(counting):
    here, there = counting.value(), counting.value()
    TopicFactory()
    assert [value.seen_by(visitor) for value in (here, here, there)] == [1, 1, 1]
    assert counting.times == 1
    TopicFactory()  # by who says nothing of it
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=LASTS - 5)):
        shared.forget()
        assert (here.seen_by(visitor), counting.times) == (1, 1)
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=LASTS)):
        shared.forget()
        assert [value.seen_by(visitor) for value in (here, there)] == [2, 2]
    assert counting.times == 2


@together
def test_what_a_write_changes_is_made_anew_once_it_commits(counting):
    here, there = counting.value(), counting.value()
    assert (here.seen_by(visitor), there.seen_by(visitor)) == (0, 0)
    add_topic()
    assert here.seen_by(visitor) == 1
    shared.forget()
    assert there.seen_by(visitor) == 1
    assert counting.times == 2


@together
def test_a_transaction_sees_its_own_changes_and_nobody_else_does_before_it_commits(counting):
    value = counting.value()
    value.seen_by(visitor)
    with transaction.atomic():
        add_topic()
        assert value.seen_by(visitor) == 1
        assert run_together(partial(value.seen_by, visitor)) == [0]
        transaction.set_rollback(True)
    assert value.seen_by(visitor) == 0


@together
def test_a_change_that_is_taken_back_within_a_transaction_is_none(counting):
    value = counting.value()
    value.seen_by(visitor)
    with transaction.atomic():
        with transaction.atomic():
            add_topic()
            transaction.set_rollback(True)
        assert value.seen_by(visitor) == 0
    assert counting.times == 1


@together
@pytest.mark.parametrize("keeps_empty", [True, False])
def test_that_there_is_nothing_is_kept_unless_the_first_has_to_show_at_once(counting, keeps_empty):
    value = counting.value(keeps_empty=keeps_empty)
    assert value.seen_by(visitor) == 0
    TopicFactory()
    assert value.seen_by(visitor) == (0 if keeps_empty else 1)


# --- Two at once -----------------------------------------------------------------------------------------------------
@together
@pytest.mark.parametrize("knows", [True, False], ids=["one process", "two processes"])
def test_what_was_counted_before_a_write_committed_is_not_kept_as_what_holds_after_it(counting, knows):
    """The writer commits when the reader has counted and not yet kept what it counted."""
    value, elsewhere = counting.value(), Counting().value()
    counting.meanwhile = lambda: run_together(add_topic)
    assert value.seen_by(visitor) == 0
    counting.meanwhile = lambda: None
    if not knows:
        shared.forget()
    assert value.seen_by(visitor) == 1
    assert elsewhere.seen_by(visitor) == 1


@together
def test_a_slow_reader_does_not_put_what_was_over_what_is(counting):
    """It counted before the write; others counted and kept the result long before it comes to that."""
    slow, quick = counting.value(), counting.value()

    def write_and_read() -> None:
        counting.meanwhile = lambda: None
        add_topic()
        assert quick.seen_by(visitor) == 1

    counting.meanwhile = lambda: run_together(write_and_read)
    slow.seen_by(visitor)
    for value in (slow, quick):
        shared.forget()
        assert value.seen_by(visitor) == 1


@together
def test_one_makes_it_anew_while_the_others_keep_the_old_one(counting):
    here, there = counting.value(), counting.value()
    here.seen_by(visitor)
    TopicFactory()
    old: list[Any] = []

    def ask_meanwhile() -> None:
        counting.meanwhile = lambda: None
        old.extend(run_together(*[partial(value.seen_by, visitor) for value in (here, here, there)]))

    counting.meanwhile = ask_meanwhile
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=LASTS)):
        shared.forget()
        assert here.seen_by(visitor) == 1
        assert old == [0, 0, 0]
        assert [value.seen_by(visitor) for value in (here, there)] == [1, 1]
    assert counting.times == 2


@together
def test_where_there_is_no_old_one_the_threads_of_a_process_make_it_once(counting):
    value, came = counting.value(), threading.Semaphore(0)
    TopicFactory()

    def ask() -> Any:
        came.release()
        return value.seen_by(visitor)

    counting.meanwhile = lambda: [came.acquire(timeout=30) for _thread in range(8)]
    assert run_together(*[ask] * 8) == [1] * 8
    assert counting.times == 1


@together
def test_one_that_fails_leaves_the_turn_to_the_next(counting):
    value = counting.value()
    value.seen_by(visitor)
    add_topic()

    def fail() -> None:
        raise ZeroDivisionError

    counting.meanwhile = fail
    with pytest.raises(ZeroDivisionError):
        value.seen_by(visitor)
    counting.meanwhile = lambda: None
    assert value.seen_by(visitor) == 1


@together
def test_writers_and_readers_at_once_never_leave_what_no_longer_holds(counting):
    values = [counting.value() for _process in range(3)]

    def read(value: SharedValue[int]) -> None:
        for _time in range(20):
            value.seen_by(visitor)

    def write() -> None:
        for _time in range(5):
            add_topic()

    assert run_together(write, write, *[partial(read, value) for value in values * 2]) == [None] * 8
    shared.forget()
    assert {value.seen_by(visitor) for value in values} == {10}


# --- Without Valkey --------------------------------------------------------------------------------------------------
@together
@pytest.mark.usefixtures("_alone")
def test_while_valkey_is_frozen_a_process_keeps_its_own_and_waits_once(counting, settings, silent):
    settings.REDIS_URL = silent.url
    options = {"socket_timeout": 0.15, "socket_connect_timeout": 0.15}
    settings.CACHES = {"default": {**portal_settings.CACHES["default"], "LOCATION": silent.url, "OPTIONS": options}}
    here, there = counting.value(), Counting().value()
    begun = time.monotonic()
    assert [here.seen_by(visitor) for _time in range(50)] == [0] * 50
    assert counting.times == 1
    add_topic()  # seen at once where it was written, in ten seconds elsewhere
    assert (here.seen_by(visitor), there.seen_by(visitor)) == (1, 1)
    assert counting.times == 2
    assert len(silent.came) == 1
    assert time.monotonic() - begun < 5  # a busy machine takes its time; fifty waits would take longer


@together
@pytest.mark.usefixtures("_alone")
def test_what_was_kept_before_valkey_went_away_is_not_believed_when_it_is_back(
    counting, settings, monkeypatch, tmp_path
):
    with EmbeddedValkey(tmp_path / "valkey") as server:  # keeps what it holds while it is stopped
        settings.REDIS_URL = server.url
        settings.CACHES = {"default": {**portal_settings.CACHES["default"], "LOCATION": server.url}}
        value, elsewhere = counting.value(), counting.value()
        assert value.seen_by(visitor) == 0
        server.stop()
        add_topic()
        assert value.seen_by(visitor) == 1
        monkeypatch.setattr(valkey, "REST", 0.05)
        valkey._absence.ends.set()
        valkey._absence.join()
        valkey._absence = None
        TOPICS.changed()  # missed as well; from now on somebody waits for Valkey
        absence = valkey._absence
        server.start()
        absence.join()
        shared.forget()
        assert (value.seen_by(visitor), elsewhere.seen_by(visitor)) == (1, 1)


@together
@pytest.mark.usefixtures("_alone")
def test_a_valkey_that_freezes_while_a_value_is_made_costs_one_wait(counting, settings, tmp_path):
    with EmbeddedValkey(tmp_path / "valkey", keep=False) as server:
        settings.REDIS_URL = server.url
        options = {"socket_timeout": 0.15, "socket_connect_timeout": 0.15}
        settings.CACHES = {"default": {**portal_settings.CACHES["default"], "LOCATION": server.url, "OPTIONS": options}}
        value = counting.value()
        assert server.process
        pid = server.process.pid
        counting.meanwhile = lambda: os.kill(pid, signal.SIGSTOP)
        try:
            assert value.seen_by(visitor) == 0
            counting.meanwhile = lambda: None
            assert [value.seen_by(visitor) for _time in range(20)] == [0] * 20
            assert counting.times == 1
        finally:
            os.kill(pid, signal.SIGCONT)


# --- For whom --------------------------------------------------------------------------------------------------------
def member_value() -> int:
    return 7


@pytest.mark.django_db
def test_what_is_for_members_is_not_shown_to_visitors(counting):
    value = SharedValue(member_value, [], LASTS, Readers.MEMBERS)
    assert value.seen_by(UserFactory()) == 7
    with pytest.raises(PermissionDenied):
        value.seen_by(visitor)


@pytest.mark.django_db
def test_keys_are_shown_only_as_the_rows_that_a_reader_may_see(counting):
    one, two = TopicFactory(), TopicFactory()
    keys = SharedValue(lambda: (two.pk, one.pk), [], LASTS, Readers.MEMBERS)
    ranking: SharedKeys[Any, list[int]] = SharedKeys(
        keys, lambda member, found: [pk for pk in found if pk != member.hides]
    )
    reader = UserFactory()
    reader.hides = two.pk
    assert ranking.seen_by(reader) == [one.pk]
    assert not callable(ranking)
    with pytest.raises(PermissionDenied):
        ranking.seen_by(visitor)


class Row(NamedTuple):
    name: str
    at: datetime | None


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("made", "is_plain"),
    [
        (1, True),
        ("word", True),
        (None, True),
        ((Row("name", datetime(2026, 1, 1, tzinfo=UTC)), (1, "two")), True),
        ([1], False),
        ({"a": 1}, False),
        (Row("name", mark_safe("<b>")), False),  # type: ignore[arg-type]
        ((Topic(label_en="a row"),), False),
        (AnonymousUser(), False),
        (translation.gettext_lazy("words"), False),
    ],
    ids=str,
)
def test_a_value_is_words_and_numbers_that_nobody_can_change(counting, made, is_plain):
    value = SharedValue(lambda: made, [], LASTS, Readers.EVERYBODY)
    if is_plain:
        assert value.seen_by(visitor) == made
    else:
        with pytest.raises(TypeError):
            value.seen_by(visitor)


@pytest.mark.django_db
def test_a_value_is_made_in_nobodys_language_and_zone(counting):
    value = SharedValue(
        lambda: (gettext("Sign in"), str(timezone.localtime(datetime(2026, 1, 1, tzinfo=UTC)).hour)),
        [],
        LASTS,
        Readers.EVERYBODY,
    )
    with translation.override("nl"), timezone.override("Asia/Tokyo"):
        assert value.seen_by(visitor) == ("Sign in", "1")


# --- Pieces ----------------------------------------------------------------------------------------------------------
def test_a_piece_is_drawn_once_for_each_language():
    drawings = []

    @drawn
    def greeting(name: str) -> str:
        drawings.append(name)
        return f"{gettext('Sign in')}, {name}"

    with shared.switched():
        for language, words in (("en", "Sign in, Anna"), ("nl", "Inloggen, Anna"), ("en", "Sign in, Anna")):
            with translation.override(language):
                assert greeting("Anna") == words
    assert drawings == ["Anna", "Anna"]


def test_text_and_markup_that_look_alike_are_two_pieces():
    @drawn
    def bold(text: str) -> SafeString:
        return format_html("<b>{}</b>", text)

    assert bold(mark_safe("<i>")) == "<b><i></b>"
    assert bold("<i>") == "<b>&lt;i&gt;</b>"


def test_numbers_and_answers_that_are_equal_are_two_pieces():
    @drawn
    def said(number: int) -> str:
        return str(number)

    assert [said(1), said(True), said(0), said(False)] == ["1", "True", "0", "False"]


@pytest.mark.parametrize(
    "argument",
    [1.0, datetime(2026, 1, 1, tzinfo=UTC), [1], AnonymousUser(), Row("name", datetime(2026, 1, 1, tzinfo=UTC))],
    ids=lambda it: type(it).__name__,
)
def test_a_piece_is_drawn_from_words_whole_numbers_and_days_only(argument):
    @drawn
    def piece(_says: Any) -> str:
        return "drawn"

    assert [piece("word"), piece(date(2026, 1, 1)), piece(None)] == ["drawn"] * 3
    with pytest.raises(TypeError):
        piece(argument)


@pytest.mark.django_db
def test_the_database_is_not_asked_while_a_piece_is_drawn():
    @drawn
    def piece() -> str:
        return str(Topic.objects.count())

    with pytest.raises(RuntimeError):
        piece()
    assert Topic.objects.count() == 0


def test_a_piece_that_says_more_than_its_key_is_found_out():
    heard = ["one"]

    @drawn
    def piece() -> str:
        return heard[0]

    @drawn
    def local() -> str:
        return str(timezone.localtime(datetime(2026, 1, 1, tzinfo=UTC)).hour)

    assert (piece(), local()) == ("one", "1")
    heard[0] = "two"
    for each in (piece, local):
        with pytest.raises(AssertionError, match="says more than its key"):
            each()
    with shared.switched(on=False):
        assert piece() == "two"


def test_pieces_have_a_bound_and_what_is_asked_for_stays():
    pieces = Pieces(400_000)
    pieces.keep(("asked for",), "kept")
    for number in range(10_000):
        pieces.keep((number,), "x" * 1_000)
        assert pieces.get(("asked for",)) == "kept"
    size = sum(len(piece) for piece in [*pieces.young.values(), *pieces.old.values()])
    assert 100_000 < size < 400_000
    assert pieces.get((0,)) is None
    pieces.keep(("large",), "x" * 500_000)
    assert pieces.get(("large",)) is None


def test_a_piece_that_goes_stale_while_a_test_runs_is_found_however_often_it_was_right():
    says = ["now"]

    @drawn
    def word(of: str) -> str:
        return f"{of} {says[0]}"

    for _time in range(6):
        assert word("it holds") == "it holds now"
    says[0] = "then"
    with pytest.raises(AssertionError, match="says more than its key"):
        [word("it holds") for _time in range(6)]
