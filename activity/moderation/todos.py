"""What waits for who decides about reports and appeals. Spec 06, Moderation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.db.models import OuterRef, Subquery
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from activity.models import Todo
from activity.todos import TodoKind, todo_kinds
from ui.languages import fill, in_language
from ui.sections import ShownTodo
from ui.templatetags.ui import plain_date

from .models import ANSWER, DECIDE, Case, CaseState, Step, StepKind
from .permissions import facilitators_for, makers_of_cases
from .selectors import with_number_of_reports

if TYPE_CHECKING:
    from community.models import User


def _known(todos: Sequence[Todo], reader: User) -> dict[int, Any]:
    """The cases of these by the primary key of each todo, without those that are ``reader``'s own; with ``makers``.

    One query, and one more for each kind of subject among those that are reported themselves.
    """
    hider = Step.objects.filter(case=OuterRef("pk"), kind=StepKind.HID).values("by")
    rows = with_number_of_reports(Case.objects.select_related("subject", "comment")).annotate(hider=Subquery(hider))
    cases: Mapping[int, Any] = rows.in_bulk({int(todo.key) for todo in todos})
    makers = makers_of_cases(cases.values())
    for case in cases.values():
        case.makers = makers[case.pk]
    found = ((todo.pk, cases.get(int(todo.key))) for todo in todos)
    return {pk: case for pk, case in found if case is not None and reader.pk not in case.makers}


def _facilitators_beside(reader: User) -> set[int]:
    """Whom a representative leaves it to, if they may judge: one query, none for a facilitator."""
    return set() if reader.is_facilitator else set(facilitators_for(()).values_list("pk", flat=True))


def reports(todos: Sequence[Todo], reader: User) -> Mapping[int, ShownTodo]:
    """What was reported and nobody decided about yet."""
    by_pk = {todo.pk: todo for todo in todos}
    others = _facilitators_beside(reader)
    return {
        pk: ShownTodo(
            icon="flag",
            title=_title(case),
            text=fill(
                ngettext(
                    "Reported by %(number)d member, about: %(title)s. Decide by %(day)s.",
                    "Reported by %(number)d members, about: %(title)s. Decide by %(day)s.",
                    case.number_of_reports,
                ),
                number=case.number_of_reports,
                title=_own_words(case),
                day=plain_date(by_pk[pk].due_on),
            ),
            url=reverse("activity:case_detail", args=[case.pk]),
            action=_("Decide"),
        )
        for pk, case in _known(todos, reader).items()
        if case.state == CaseState.OPEN and not others - case.makers
    }


def _own_words(case: Case) -> str:
    return in_language(case.subject.title, case.subject.language)


def _title(case: Case) -> str:
    if case.comment_id is not None:
        return _("A comment is reported")
    return _("Something is reported: %(kind)s") % {"kind": case.subject.registered_kind.word}


def appeals(todos: Sequence[Todo], reader: User) -> Mapping[int, ShownTodo]:
    """Appeals against what somebody else hid."""
    by_pk = {todo.pk: todo for todo in todos}
    others = _facilitators_beside(reader)
    return {
        pk: ShownTodo(
            icon="scale",
            title=_("An appeal against hiding"),
            text=fill(
                _("About: %(title)s. Decide by %(day)s."), title=_own_words(case), day=plain_date(by_pk[pk].due_on)
            ),
            url=reverse("activity:case_detail", args=[case.pk]),
            action=_("Decide"),
        )
        for pk, case in _known(todos, reader).items()
        if case.state == CaseState.HIDDEN and case.hider != reader.pk and not others - {case.hider, *case.makers}
    }


def register() -> None:
    """Register the kinds; called once, when the app is ready."""
    todo_kinds.register(TodoKind(key=DECIDE, load_many=reports, order=20))
    todo_kinds.register(TodoKind(key=ANSWER, load_many=appeals, order=21))
