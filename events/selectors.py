"""Reads that span sessions, answers and hubs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, Q, QuerySet, Window
from django.db.models.functions import RowNumber
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from activity.kinds import subjects_of
from community.models import Hub
from events.models import Rsvp, RsvpState, Session, SessionState
from ui.languages import fill, in_language
from ui.shared import Reader, Readers, shared
from ui.templatetags.ui import long_date
from ui.workdays import holiday

if TYPE_CHECKING:
    from activity.models import ActingLink
    from community.models import User

NAMES_ON_PAGE = 12
WAITLIST_ON_PAGE = 50
PEOPLE_ON_PAGE = 500
UNDECIDED = (RsvpState.OFFERED, RsvpState.WAITLISTED, RsvpState.MAYBE)
PUBLIC_SHOWN = 4
SESSIONS = subjects_of(Session.SUBJECT_KIND)


class PublicSession(NamedTuple):
    """As much of a public session as the landing page shows; ``city`` is empty for one without a room."""

    title: str
    url: str
    language: str
    starts_at: datetime
    ends_at: datetime
    time_zone: str
    city: str

    @property
    def zone(self) -> ZoneInfo:
        """The session's own time zone."""
        return ZoneInfo(self.time_zone)


@shared(of=[SESSIONS], lasts=300, readers=Readers.EVERYBODY)
def _public_sessions() -> tuple[PublicSession, ...]:
    """What visitors may know of, the nearest first: more than is shown, for some may end meanwhile. One query."""
    coming = Session.objects.visible_to(AnonymousUser()).coming(timezone.now()).filter(state=SessionState.PUBLISHED)
    return tuple(
        PublicSession(
            title=session.title,
            url=session.get_absolute_url(),
            language=session.language,
            starts_at=session.starts_at,
            ends_at=session.ends_at,
            time_zone=session.time_zone,
            city=session.room.venue.city if session.room else "",
        )
        for session in coming.select_related("room__venue")[: 3 * PUBLIC_SHOWN]
    )


def public_sessions(reader: Reader, now: datetime | None = None) -> list[PublicSession]:
    """The public sessions that come next and have not ended."""
    now = now or timezone.now()
    return [session for session in _public_sessions.seen_by(reader) if session.ends_at > now][:PUBLIC_SHOWN]


@dataclass(frozen=True, slots=True)
class Month:
    """The sessions of one month, in order."""

    first_day: date
    sessions: list[Session]


def by_month(sessions: Iterable[Session]) -> list[Month]:
    """Group sessions that are in order by the month in which they start, where they are."""
    months: list[Month] = []
    for session in sessions:
        first_day = session.local_start.date().replace(day=1)
        if not months or months[-1].first_day != first_day:
            months.append(Month(first_day, []))
        months[-1].sessions.append(session)
    return months


def names_of_going(session: Session, *, for_organiser: bool) -> QuerySet[Rsvp]:
    """Who has a place: for members those who allow it, for organisers all. In order of name."""
    rows = session.rsvps.going().exclude(member=None).select_related("member", "hub__subject")
    return (rows if for_organiser else rows.filter(shows_name=True)).order_by("member__sort_name", "pk")


def undecided(session: Session) -> dict[str, list[Rsvp]]:
    """By state, who waits, holds an offer or may come: the first ``PEOPLE_ON_PAGE`` of each, the waitlist in order."""
    rows = session.rsvps.exclude(member=None).filter(state__in=UNDECIDED).select_related("member", "hub__subject")
    nth = Window(RowNumber(), partition_by="state", order_by=["position", "pk"])
    people: dict[str, list[Rsvp]] = {state.value: [] for state in UNDECIDED}
    for row in rows.annotate(nth=nth).filter(nth__lte=PEOPLE_ON_PAGE).order_by("position", "pk"):
        people[row.state].append(row)
    return people


def turnout(session: Session) -> dict[str, int]:
    """How many members with a place, and how many hubs they are from, in one query."""
    figures = session.rsvps.going().aggregate(members=Count("pk"), hubs=Count("hub", distinct=True))
    return {"members": figures["members"], "hubs": figures["hubs"]}


def hubs_without_place(session: Session, user: User) -> list[Hub]:
    """Open hubs that ``user`` may know of, of which nobody has a place yet, for a session of the whole community."""
    represented = session.rsvps.going().exclude(hub=None).values("hub")
    return list(Hub.objects.visible_to(user).open().exclude(pk__in=represented).order_by("sort_name", "pk"))


# --- What an organiser should know of the day -----------------------------------------------------------------------
def holidays_during(session: Session) -> list[tuple[date, str]]:
    """Dutch public holidays on the days of a session, with their names in the reader's language."""
    first, last = session.local_start.date(), session.local_end.date()
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return [(day, name) for day in days if (name := holiday(day))]


def same_day_sessions(session: Session, user: User) -> list[Session]:
    """Other sessions on that day for the same people: of the community, or of the same hub; all, if it is for all."""
    midnight = session.local_start.replace(hour=0, minute=0, second=0, microsecond=0)
    rows = Session.objects.visible_to(user).exclude(pk=session.pk).exclude(state=SessionState.CANCELLED)
    rows = rows.filter(starts_at__lt=midnight + timedelta(days=1), ends_at__gt=midnight)
    if session.hub_id:
        rows = rows.filter(Q(hub=None) | Q(hub=session.hub_id))
    return list(rows.select_related("hub").order_by("starts_at", "pk")[:5])


def warnings_about(session: Session, user: User) -> list[str]:
    """What the organiser may want to know after saving: sentences, none of them a reason to stop."""
    found = [
        _("Mind: %(day)s is %(holiday)s.") % {"day": long_date(day), "holiday": name}
        for day, name in holidays_during(session)
    ]
    others = same_day_sessions(session, user)
    if others:
        titles = format_html_join(", ", "“{}”", ((in_language(other.title, other.language),) for other in others))
        sentence = ngettext(
            "On the same day, for the same people: %(titles)s.",
            "On the same day, for the same people, there are %(count)d others: %(titles)s.",
            len(others),
        )
        found.append(fill(sentence, titles=titles, count=len(others)))
    if session.room and session.room.capacity and (session.capacity or 0) > session.room.capacity:
        found.append(
            _("Mind: the room holds %(room)d, and you give out %(places)d places.")
            % {"room": session.room.capacity, "places": session.capacity}
        )
    if session.capacity is not None and session.taken_count > session.capacity:
        found.append(
            _("%(taken)d members have a place already. Nobody loses it: new places come free below %(places)d.")
            % {"taken": session.taken_count, "places": session.capacity}
        )
    return found


def end_of_session(link: ActingLink) -> datetime | None:
    """Until when a place can be given back by ``link``: the end of its session, also when that moves."""
    return Session.objects.filter(subject=link.subject_id).values_list("ends_at", flat=True).first()


# --- What other pages show ------------------------------------------------------------------------------------------
def next_session_of(user: User, now: datetime | None = None) -> Session | None:
    """The nearest session where ``user`` has a place, an offer or a position; one query."""
    rows = Session.objects.for_agenda(user).coming(now or timezone.now()).filter(state=SessionState.PUBLISHED)
    return rows.answered(RsvpState.GOING, RsvpState.OFFERED, RsvpState.WAITLISTED).first()


def unanswered_by(user: User, limit: int = 3) -> Sequence[Session]:
    """The nearest sessions that ``user`` may go to and has not answered; one query."""
    now = timezone.now()
    rows = Session.objects.for_agenda(user).coming(now).filter(state=SessionState.PUBLISHED, starts_at__gt=now)
    rows = rows.answered().exclude(rsvp_deadline__lte=now)
    return list(rows[:limit])
