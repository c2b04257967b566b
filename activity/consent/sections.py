"""Consent rounds on the pages of subjects and at home. Spec 06, Consent rounds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from activity.kinds import COMMUNITY
from activity.models import Subject
from activity.pages import SubjectSection, subject_sections
from ui.sections import Section, ShownTodo, TodoSource, home_sections, home_todos

from . import clock, selectors
from .permissions import facilitates, takes_rounds

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
    """Home: the open rounds about the community itself; who facilitates comes from here to where one is opened."""
    if not request.user.is_authenticated:
        return None
    rounds = [row for row in _at_home(request) if row.subject.kind == COMMUNITY.key]
    return {"rounds": rounds} if rounds or facilitates(request.user) else None


def waiting(request: HttpRequest) -> list[ShownTodo]:
    """Home: the rounds in which the member may speak and has not, or not on the present text, and conditions."""
    return [todo for row in _at_home(request) for todo in _todos(row)]


def _at_home(request: HttpRequest) -> list[Any]:
    """Read once for a page: what waits and the section are of the same rounds."""
    if not request.user.is_authenticated:
        return []
    if "consent_rounds" not in request.__dict__:
        request.__dict__["consent_rounds"] = selectors.rounds_at_home(request.user)
    rows: list[Any] = request.__dict__["consent_rounds"]
    return rows


def _todos(consent: Any) -> Iterator[ShownTodo]:
    left = days_left(consent)
    if consent.waits:
        text = _("The text has a new version since you answered. %(days_left)s") % {"days_left": left}
        yield _todo(consent, text if consent.has_spoken else left, pgettext("a consent round", "Answer"))
    if consent.asks:
        text = _("Conditions wait for your answer. %(days_left)s") % {"days_left": left}
        yield _todo(consent, text, _("See conditions"), "#conditions")


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
