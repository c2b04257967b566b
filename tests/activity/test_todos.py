"""What waits for whom: one holder each, once, the most pressing first, and only for who may see what it is about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from activity.actions import ask_for, finish, pass_on, remind
from activity.models import Todo
from activity.todos import MOST_SHOWN, TodoKind, todo_kinds, waiting_for
from community.accounts.actions import erase_member
from community.models import User
from tests.factories import HubFactory, UserFactory, facilitator, member_of, representative_of
from ui.sections import ShownTodo

pytestmark = pytest.mark.django_db


def _load(todos: Sequence[Todo], _reader: User) -> Mapping[int, ShownTodo]:
    keys = Todo.objects.in_bulk([todo.pk for todo in todos])  # one query
    return {
        pk: ShownTodo(icon="check", title=todo.key, text="", url="/", action="Do")
        for pk, todo in keys.items()
        if todo.key != "pointless"
    }


@pytest.fixture(autouse=True)
def kinds():
    with (
        todo_kinds.temporarily(TodoKind(key="one", word="One waits", load_many=_load)),
        todo_kinds.temporarily(TodoKind(key="two", word="Two waits", load_many=_load)),
    ):
        yield


@pytest.fixture
def hub():
    return HubFactory()


def titles(member: User) -> list[str]:
    return [todo.title for todo in waiting_for(User.objects.get(pk=member.pk))]


def test_a_todo_waits_for_exactly_its_holder(hub):
    speaks, belongs, helps, other = representative_of(hub), member_of(hub), facilitator(), UserFactory()
    representative_of(HubFactory())
    ask_for(
        [
            Todo(kind="one", subject=hub.subject, key="personal", member=other),
            Todo(kind="one", subject=hub.subject, key="of the hub", hub=hub.subject),
            Todo(kind="one", subject=hub.subject, key="of facilitators", is_for_facilitators=True),
        ]
    )
    assert titles(other) == ["personal"]
    assert titles(speaks) == ["of the hub"]
    assert titles(helps) == ["of facilitators"]
    assert titles(belongs) == []


def test_what_is_due_first_comes_first_and_what_somebody_holds_twice_is_said_once(hub):
    member = representative_of(hub)
    today = date(2026, 11, 17)
    for number, due_on in enumerate([None, today + timedelta(days=2), today]):
        ask_for([Todo(kind="one", subject=hub.subject, key=str(number), member=member, due_on=due_on)])
    ask_for([Todo(kind="one", subject=hub.subject, key="2", hub=hub.subject, due_on=today)])
    assert titles(member) == ["2", "1", "0"]


def test_asking_twice_is_asking_once_and_after_it_is_done_it_may_be_asked_again(hub):
    member = UserFactory()

    def ask() -> None:
        ask_for([Todo(kind="one", subject=hub.subject, key="x", member=member)])

    ask()
    ask()
    assert Todo.objects.count() == 1
    mine = Todo.objects.about("one", hub.subject, "x")
    assert (remind(mine), remind(mine)) == (1, 0)
    assert (finish(mine), finish(mine)) == (1, 0)
    ask()
    assert titles(member) == ["x"]
    assert Todo.objects.count() == 2
    with pytest.raises(KeyError):
        ask_for([Todo(kind="unheard of", subject=hub.subject, member=member)])


def test_what_is_passed_on_waits_with_the_next_and_stays_as_history(hub):
    first, second = UserFactory.create_batch(2)
    ask_for([Todo(kind="one", subject=hub.subject, key="x", member=first)])
    mine = Todo.objects.filter(member=first)
    assert pass_on(mine, to=[Todo(kind="one", subject=hub.subject, key="x", member=second)]) == 1
    assert pass_on(mine, to=[Todo(kind="one", subject=hub.subject, key="x", member=second)]) == 0
    assert (titles(first), titles(second)) == ([], ["x"])
    assert Todo.objects.get(member=first).passed_on_at is not None
    assert Todo.objects.count() == 2


def test_nothing_waits_for_somebody_who_may_not_see_what_it_is_about(hub):
    member = UserFactory()
    ask_for([Todo(kind="one", subject=hub.subject, key="x", member=member)])
    hub.subject.hidden_at = timezone.now()
    hub.subject.save(update_fields=["hidden_at"])
    assert titles(member) == []


def test_what_is_pointless_or_of_an_app_that_is_gone_is_not_shown(hub):
    member = UserFactory()
    Todo.objects.create(kind="of an app that is gone", subject=hub.subject, member=member)
    ask_for([Todo(kind="one", subject=hub.subject, key="pointless", member=member)])
    assert titles(member) == []


@pytest.mark.parametrize("rows", [10, 1_000])
def test_reading_costs_one_query_and_one_for_each_kind_that_is_present(hub, rows, django_assert_num_queries):
    member = User.objects.for_request().get(pk=representative_of(hub).pk)
    for kind in ("one", "two"):
        Todo.objects.bulk_create(
            Todo(kind=kind, subject=hub.subject, key=f"{kind} {number}", hub=hub.subject) for number in range(rows)
        )
    with django_assert_num_queries(3 if rows == 10 else 2):  # the first 1,000 are of one kind
        shown = waiting_for(member)
    assert len(shown) == min(2 * rows, MOST_SHOWN)


@pytest.mark.parametrize(
    "names",
    ["", "member hub", "member is_for_facilitators", "hub is_for_facilitators", "member hub is_for_facilitators"],
)
def test_the_database_itself_wants_one_holder(hub, names):
    holders = {"member": UserFactory(), "hub": hub.subject, "is_for_facilitators": True}
    fields = {name: holders[name] for name in names.split()}
    with pytest.raises(IntegrityError, match="todo_has_one_holder"), transaction.atomic():
        Todo.objects.create(kind="one", subject=hub.subject, **fields)


@pytest.mark.parametrize("holder", ["member", "hub", "facilitators"])
def test_the_database_itself_refuses_a_second_open_todo_of_one_holder(hub, holder):
    fields = {
        "member": {"member": UserFactory()},
        "hub": {"hub": hub.subject},
        "facilitators": {"is_for_facilitators": True},
    }[holder]
    Todo.objects.create(kind="one", subject=hub.subject, key="x", **fields)
    with pytest.raises(IntegrityError, match="one_open_todo"), transaction.atomic():
        Todo.objects.create(kind="one", subject=hub.subject, key="x", **fields)


def test_an_erased_account_takes_its_own_todos_with_it(hub):
    member = UserFactory()
    ask_for([Todo(kind="one", subject=hub.subject, key="x", member=member)])
    erase_member(member=member)
    assert not Todo.objects.exists()
