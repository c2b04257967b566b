"""Consent rounds on the pages of subjects and at home. Spec 06, Consent rounds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from activity.kinds import COMMUNITY
from activity.models import Subject
from activity.pages import SubjectSection, subject_sections
from ui.sections import Section, ShownTodo, TodoSource, home_sections, home_todos

from . import clock, selectors
from .permissions import takes_rounds

if TYPE_CHECKING:
    from django.http import HttpRequest

    from .models import ConsentRound


def of_subject(request: HttpRequest, subject: Subject) -> Mapping[str, Any] | None:
    """The rounds about a subject, for members; nothing where there are none and the reader may open none."""
    if not request.user.is_authenticated or subject.announced_at is None or subject.kind == COMMUNITY.key:
        return None
    rounds = selectors.rounds_about(subject, request.user)
    may_open = rounds.may_open and takes_rounds(subject)
    if not rounds.lines and not may_open:
        return None
    return {"rounds": rounds.lines, "subject": subject, "may_open": may_open, "takes_answers": takes_rounds(subject)}


def about_community(request: HttpRequest) -> Mapping[str, Any] | None:
    """Home: the open rounds about the community itself; who facilitates can open one from here."""
    if not request.user.is_authenticated:
        return None
    rounds = selectors.rounds_about_community(request.user)
    return {"rounds": rounds} if rounds.open_lines or rounds.may_open else None


def waiting(request: HttpRequest) -> list[ShownTodo]:
    """Home: the rounds in which the member may speak and has not, or not on the present text."""
    if not request.user.is_authenticated:
        return []
    return [_shown(consent) for consent in selectors.rounds_waiting_for(request.user)]


def _shown(consent: Any) -> ShownTodo:
    text = days_left(consent)
    if consent.has_spoken:
        text = _("The text has a new version since you answered. %(days_left)s") % {"days_left": text}
    return _todo(consent, text, pgettext("a consent round", "Answer"))


def conditions(request: HttpRequest) -> list[ShownTodo]:
    """Home: the rounds that the member opened and in which conditions wait for an answer."""
    if not request.user.is_authenticated:
        return []
    rows = selectors.rounds_with_conditions_for(request.user)
    text = _("Conditions wait for your answer. %(days_left)s")
    return [_todo(row, text % {"days_left": days_left(row)}, _("See conditions"), "#conditions") for row in rows]


def _todo(consent: ConsentRound, text: str, action: str, place: str = "") -> ShownTodo:
    return ShownTodo(
        icon="scale",
        title=consent.question,
        text=text,
        url=consent.get_absolute_url() + place,
        action=action,
        template="activity/consent_todo.html",
        data={"language": consent.language},
    )


def days_left(consent: ConsentRound) -> str:
    """How long one can answer, as a sentence."""
    days = clock.days_left(consent.closes_on)
    if days == 0:
        return _("Today is the last day.")
    return ngettext("%(days)d working day left.", "%(days)d working days left.", days) % {"days": days}


def register() -> None:
    """Add them to the pages of all kinds and to home; called once, when the app is ready."""
    subject_sections.register(
        SubjectSection(key="consent", order=150, template="activity/consent_rounds.html", load=of_subject)
    )
    home_sections.register(
        Section(key="consent", order=40, aside=True, template="activity/home_consent.html", load=about_community)
    )
    home_todos.register(TodoSource(key="consent", load=waiting, order=7))
    home_todos.register(TodoSource(key="consent-conditions", load=conditions, order=8))
