"""What waits for the representatives of a hub that was asked to take something up. Spec 00, What waits for whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from activity.todos import TodoKind, todo_kinds
from issues.bottlenecks.rows import members_and_hubs
from ui.languages import fill, in_language
from ui.sections import ShownTodo

from . import selectors

if TYPE_CHECKING:
    from activity.models import Todo
    from community.models import User

PROPOSED = "adoption_proposed"


def _proposals(todos: Sequence[Todo], _reader: User) -> Mapping[int, ShownTodo]:
    """What hubs were asked to take up: the page of each says what and why, and takes both answers."""
    found = {str(it.pk): it for it in selectors.asked([int(todo.key) for todo in todos])}
    return {
        todo.pk: ShownTodo(
            icon="hammer",
            title=fill(
                _("Does %(hub)s take this up: %(bottleneck)s?"),
                hub=it.hub.name,
                bottleneck=in_language(it.bottleneck.title, it.bottleneck.language),
            ),
            text=members_and_hubs(it.bottleneck),
            url=reverse("issues:bottleneck_adopt", args=[it.bottleneck_id]) + f"?hub={it.hub_id}",
            action=_("Answer"),
        )
        for todo in todos
        if (it := found.get(todo.key))
    }


def register() -> None:
    """Register the kind; called once, when the app is ready."""
    todo_kinds.register(
        TodoKind(
            key=PROPOSED, word=gettext_lazy("A bottleneck that your hub may take up"), load_many=_proposals, order=30
        )
    )
