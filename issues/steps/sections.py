"""The next step on a bottleneck's page, and at home of who owes it. Spec 02, Generic."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from activity.pages import SubjectSection, subject_sections
from issues.bottlenecks.models import Bottleneck
from issues.clock import duty_since
from ui.sections import ShownTodo, TodoSource, home_todos
from ui.templatetags.ui import plain_date

from . import selectors

if TYPE_CHECKING:
    from django.http import HttpRequest

    from activity.models import Subject


def of_bottleneck(request: HttpRequest, subject: Subject) -> Mapping[str, Any] | None:
    """What follows: the step that was taken, or by when one is owed; nothing before it is generic."""
    bottleneck = subject.bottleneck
    if not request.user.is_authenticated or bottleneck.generic_at is None:
        return None
    if subject.closed_at is not None:
        return None
    if bottleneck.stepped_at is not None:
        step = selectors.step_of(bottleneck.pk)  # none where a hub took it up by itself
        return {"step": step, "bottleneck": bottleneck} if step else None
    if not bottleneck.owes_step:
        return None
    return {
        "duty": duty_since(bottleneck.generic_at, timezone.now()),
        "bottleneck": bottleneck,
        "may_step": request.user.is_facilitator,
    }


def owed(request: HttpRequest) -> Iterator[ShownTodo]:
    """Home of a facilitator: how many bottlenecks wait for a next step, in one line."""
    if not (request.user.is_authenticated and request.user.is_facilitator):
        return
    number, since = selectors.number_waiting(request.user)
    if since is None:
        return
    duty = duty_since(since, timezone.now())
    first = _("The first was due on %(day)s.") if duty.late else _("The first is due on %(day)s.")
    yield ShownTodo(
        icon="hourglass",
        title=ngettext(
            "%(number)d generic bottleneck waits for a next step",
            "%(number)d generic bottlenecks wait for a next step",
            number,
        )
        % {"number": number},
        text=first % {"day": plain_date(duty.day)},
        url=reverse("issues:step_list"),
        action=_("Take a next step"),
    )


def register() -> None:
    """Add them; called once, when the app is ready."""
    subject_sections.register(
        SubjectSection(
            key="next-step",
            kinds=[Bottleneck.SUBJECT_KIND],
            order=20,
            template="issues/next_step.html",
            load=of_bottleneck,
        )
    )
    home_todos.register(TodoSource(key="next-steps", load=owed, order=20))
