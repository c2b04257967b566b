"""What waits for whom, as its holder reads it: every app registers its kinds. Spec 00, What waits for whom."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ui import statements
from ui.registry import Registry, Text
from ui.sections import ShownTodo

from .models import Todo

if TYPE_CHECKING:
    from community.models import User

#: So many are shown at once; the others come up when these are done.
MOST_SHOWN = 12


@dataclass(frozen=True, kw_only=True, slots=True)
class TodoKind:
    """One kind of thing that can wait for somebody; ``word`` says what, whoever it is about: "Somebody wants to join".

    A kind with a ``word`` stands in the digest of whoever holds such a todo. One without is told at home only, because
    not every holder may know of each: a facilitator is not told of the report of an own comment.

    ``load_many`` says what the todos of this kind are to who reads them, by their primary keys: for all of a page in
    one query. One that it leaves out has become pointless and is not shown. What it returns may have a template of its
    own, with buttons that do it right there.

    An account that is erased takes its own todos with it. A kind of which nothing may be lost passes them on in the
    ``ErasureHook`` of its app, as it does when somebody steps down.
    """

    key: str
    load_many: Callable[[Sequence[Todo], User], Mapping[int, ShownTodo]]
    word: Text | None = None
    order: int = 100


todo_kinds: Registry[TodoKind] = Registry("todo kinds")
"""What can wait for a member, the representatives of a hub or the facilitators."""


_OPEN = statements.Stretch(Todo.objects.open_for, 2 * MOST_SHOWN)


def waiting_for(member: User) -> list[ShownTodo]:
    """What waits for ``member``, the most pressing first: one query, and one more for each kind that is among them.

    What they hold twice, as a representative and as a facilitator, is said once. A kind that nobody registers any more
    is left out, because its app is gone.
    """
    once: dict[tuple[str, int, str], Todo] = {}
    for todo in statements.rows(_OPEN, member):
        once.setdefault((todo.kind, todo.subject_id, todo.key), todo)
    todos = list(once.values())[:MOST_SHOWN]
    by_kind: defaultdict[str, list[Todo]] = defaultdict(list)
    for todo in todos:
        by_kind[todo.kind].append(todo)
    shown: dict[int, ShownTodo] = {}
    for key, rows in by_kind.items():
        if kind := todo_kinds.get(key):
            shown.update(kind.load_many(rows, member))
    return [shown[todo.pk] for todo in todos if todo.pk in shown]
