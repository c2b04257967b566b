"""What home, the landing page, hubs and menus show of sessions. Spec 00, Floors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from activity.pages import SubjectSection, subject_sections
from community.models import Hub
from community.registries import (
    CardFigure,
    ErasureHook,
    HubFigure,
    erasure_hooks,
    hub_figures,
)
from events import actions, selectors
from events.models import RsvpState, Session
from ui import statements
from ui.languages import fill, in_language
from ui.registry import NavEntry, navigation
from ui.sections import Section, ShownTodo, TodoSource, home_sections, home_todos, landing_sections
from ui.templatetags.ui import long_date, moment, plain_date

if TYPE_CHECKING:
    from activity.models import Subject
    from community.models import User

HUB_ROWS = 4


def next_session(request: HttpRequest) -> Mapping[str, Any]:
    """Home: the session the member goes to next; else the one in which a place is kept for them, or they wait for one.

    Also without one it has its place on the page: an answer further down puts it there. An offer has no
    sentence of its own for the top of the page: it is one of the things that wait there.
    """
    session = selectors.next_session_of(request.user)  # type: ignore[arg-type]
    lede = ""
    state = session.my_state if session else None
    if session and state == RsvpState.GOING and session.is_today:
        lede = _("You have a session today.")
    elif session and state == RsvpState.GOING:
        with timezone.override(session.zone):
            lede = _("You have a session on %(day)s.") % {"day": long_date(session.starts_at)}
    elif state == RsvpState.WAITLISTED:
        lede = _("You are on a waitlist.")
    return {"session": session, "lede": lede}


def coming_sessions(request: HttpRequest) -> Mapping[str, Any] | None:
    """Home: what the member has not answered yet."""
    sessions = selectors.unanswered_by(request.user)  # type: ignore[arg-type]
    return {"sessions": sessions} if sessions else None


def offers(request: HttpRequest) -> list[ShownTodo]:
    """Home: places that wait for the member's yes, in sessions that they may see."""
    found = statements.rows(selectors.offered_to, cast("User", request.user), timezone.now())
    return [
        ShownTodo(
            icon="calendar-check",
            title=fill(_("A place came free: %(title)s"), title=in_language(title, language)),
            text=_("It is kept for you until %(moment)s.") % {"moment": moment(expires)},
            url=Session(pk=pk, title=title).get_absolute_url(),
            action=_("Yes, I’m coming"),
        )
        for pk, title, language, expires in found
    ]


_NEXT_OF_HUB = statements.Stretch(selectors.coming_to_hub, HUB_ROWS)


def public_sessions(request: HttpRequest) -> Mapping[str, Any] | None:
    """Landing page: what visitors may know of."""
    sessions = selectors.public_sessions(request.user)
    return {"sessions": sessions} if sessions else None


def hub_sessions(request: HttpRequest, subject: Subject) -> Mapping[str, Any] | None:
    """A hub's page: its next sessions."""
    sessions = statements.rows(_NEXT_OF_HUB, cast("User", request.user), subject.hub.pk, timezone.now())
    return {"sessions": sessions} if sessions else None


def next_of_hubs(hubs: Sequence[Hub], user: User) -> Mapping[int, CardFigure]:
    """Hub cards: the day of each hub's next session."""
    rows = statements.rows(selectors.next_of_each, user, [hub.pk for hub in hubs], timezone.now())
    return {
        row.hub_id: CardFigure(icon="calendar-days", text=plain_date(row.local_start))
        for row in rows
        if row.hub_id is not None
    }


def register() -> None:
    """Fill the registries of the floors below."""
    navigation.register(
        NavEntry(
            key="sessions",
            label=pgettext_lazy("menu", "Sessions"),
            short=pgettext_lazy("menu, short", "Sessions"),
            url="events:session_list",
            icon="calendar-days",
            order=40,
            in_tabbar=True,
        )
    )
    home_sections.register(
        Section(key="next-session", order=10, lead=True, template="events/home_next.html", load=next_session)
    )
    home_sections.register(
        Section(key="coming-sessions", order=30, template="events/home_coming.html", load=coming_sessions)
    )
    home_todos.register(TodoSource(key="offers", order=10, load=offers))
    landing_sections.register(
        Section(
            key="coming-sessions", order=20, aside=True, template="events/landing_coming.html", load=public_sessions
        )
    )
    subject_sections.register(
        SubjectSection(
            key="sessions",
            kinds=[Hub.SUBJECT_KIND],
            order=20,
            template="events/hub_sessions.html",
            load=hub_sessions,
        )
    )
    hub_figures.register(HubFigure(key="next-session", order=20, load=next_of_hubs))
    erasure_hooks.register(ErasureHook(key="sessions", subjects=actions.sessions_known_to, run=_forget))


def _forget(member: User) -> None:
    actions.release_places_of(member, forget=True)
