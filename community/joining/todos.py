"""What can wait for members, representatives and facilitators because of hubs. Spec 00, What waits for whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from activity.models import Todo
from activity.todos import TodoKind, todo_kinds
from community.joining.models import TODO_KIND, JoinRequest
from community.joining.selectors import Asked, as_asked, request_row
from ui.languages import fill
from ui.sections import ShownTodo

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

    from community.people.models import User


def join_requests(todos: Sequence[Todo], reader: User) -> Mapping[int, ShownTodo]:
    """Requests to join that lie with the reader, to be answered right there."""
    requests = JoinRequest.objects.waiting().filter(pk__in=[int(todo.key) for todo in todos], member__is_active=True)
    found = as_asked(requests, reader)
    return {todo.pk: shown_request(found[int(todo.key)]) for todo in todos if int(todo.key) in found}


def shown_request(asked: Asked) -> ShownTodo:
    """One request as its holder reads it, with the forms that answer it."""
    request = asked.request
    title: _StrOrPromise = fill(_("%(name)s asks to join %(hub)s"), name=request.member.name, hub=request.hub.name)
    return ShownTodo(
        icon="door-open",
        title=str(title),
        text="",
        url=reverse("community:join_request", args=[request.pk]),
        action=_("Answer"),
        template="community/joining/_request_todo.html",
        data={"row": request_row(asked)},
    )


def register() -> None:
    """Register the kinds; called once, when the app is ready."""
    todo_kinds.register(
        TodoKind(key=TODO_KIND, word=gettext_lazy("Somebody wants to join"), load_many=join_requests, order=10)
    )
