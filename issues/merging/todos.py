"""What waits for who must answer an objection. Spec 02, Merge."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from activity.todos import TodoKind, todo_kinds
from ui.languages import fill, in_language
from ui.sections import ShownTodo
from ui.templatetags.ui import plain_date

from .actions import TODO
from .models import Merge

if TYPE_CHECKING:
    from activity.models import Todo
    from community.models import User


def objections(todos: Sequence[Todo], _reader: User) -> Mapping[int, ShownTodo]:
    """Merges to which somebody objects; one query."""
    rows = Merge.objects.select_related("other").only("other__title", "other__language")
    merges = rows.in_bulk({int(todo.key) for todo in todos})
    return {
        todo.pk: ShownTodo(
            icon="message-circle",
            title=_("Somebody objects to a merge"),
            text=fill(
                _("About: %(title)s. Answer by %(day)s."),
                title=in_language(merges[int(todo.key)].other.title, merges[int(todo.key)].other.language),
                day=plain_date(todo.due_on) if todo.due_on else "",
            ),
            url=reverse("issues:merge_detail", args=[int(todo.key)]),
            action=_("Answer"),
        )
        for todo in todos
        if int(todo.key) in merges
    }


def register() -> None:
    """Make the kind known; called once, when the app is ready."""
    todo_kinds.register(
        TodoKind(key=TODO, load_many=objections, word=gettext_lazy("Somebody objects to a merge"), order=40)
    )
