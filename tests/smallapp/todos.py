"""What waits for members because of ideas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from activity.todos import TodoKind, todo_kinds
from ui.sections import ShownTodo

from .models import Idea

if TYPE_CHECKING:
    from activity.models import Todo
    from community.models import User


def _answers(todos: Sequence[Todo], _reader: User) -> Mapping[int, ShownTodo]:
    ideas = {idea.subject_id: idea for idea in Idea.objects.filter(subject__in=[todo.subject_id for todo in todos])}
    return {
        todo.pk: ShownTodo(
            icon="lightbulb",
            title=f"Answer the thanks for {todo.subject.title}",
            text="",
            url=ideas[todo.subject_id].get_absolute_url(),
            action="Answer",
        )
        for todo in todos
    }


todo_kinds.register(TodoKind(key="idea_answer", word="An idea waits", load_many=_answers))
