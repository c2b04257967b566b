"""Reads that span sessions, answers and hubs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple
from zoneinfo import ZoneInfo

from django.contrib.auth.models import AnonymousUser
from django.db.models import Case, Count, Exists, OuterRef, Q, QuerySet, When, Window
from django.db.models.functions import RowNumber
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from activity.kinds import subjects_of
from activity.models import Activity
from activity.notices.fanout import Reach, reach_of
from community.models import Hub, User
from events.models import Rsvp, RsvpState, Session, SessionQuerySet, SessionState
from events.verbs import SESSION_DRAFTED, SESSION_PUBLISHED
from ui import statements
from ui.languages import fill, in_language
from ui.search import Word
from ui.shared import Reader, Readers, shared
from ui.templatetags.ui import long_date
from ui.workdays import holiday

if TYPE_CHECKING:
    from activity.models import ActingLink

NAMES_ON_PAGE = 12
WAITLIST_ON_PAGE = 50
PEOPLE_ON_PAGE = 500
UNANSWERED_SHOWN = 3
UNDECIDED = (RsvpState.OFFERED, RsvpState.WAITLISTED, RsvpState.MAYBE)
PUBLIC_SHOWN = 4
#: A form sent once more after the browser's Back comes this soon.
JUST_NOW = timedelta(minutes=10)
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


MINE = (RsvpState.GOING, RsvpState.OFFERED, RsvpState.WAITLISTED, RsvpState.MAYBE)


class Tab(StrEnum):
    """The lists of sessions."""

    COMING = "coming"
    MINE = "mine"
    PAST = "past"


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
    return _names_of_going(session.pk, for_organiser=for_organiser)


def _names_of_going(session: int, *, for_organiser: bool) -> QuerySet[Rsvp]:
    rows = Rsvp.objects.going().filter(session=session).exclude(member=None).select_related("member", "hub__subject")
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
    return statements.first(_turnout, session.pk) or {"members": 0, "hubs": 0}


def _turnout(session: int) -> QuerySet[Rsvp, Any]:
    going = Rsvp.objects.going().filter(session=session).order_by().values("session")
    return going.annotate(members=Count("pk"), hubs=Count("hub", distinct=True)).values("members", "hubs")


def hubs_without_place(session: Session, user: User) -> list[Hub]:
    """Open hubs that ``user`` may know of, of which nobody has a place yet, for a session of the whole community.

    None as long as nobody at all has one: that every hub is missing then says nothing.
    """
    represented = session.rsvps.going().exclude(hub=None).values("hub")
    if not session.taken_count:
        return []
    return list(Hub.objects.visible_to(user).open().exclude(pk__in=represented).order_by("sort_name", "pk"))


def agenda(user: User, tab: Tab, now: datetime) -> SessionQuerySet:
    """What a list of sessions shows: what is coming, what of it is the reader's, or what has been."""
    rows: SessionQuerySet = Session.objects.for_agenda(user)
    match tab:
        case Tab.COMING:
            return rows.coming(now)
        case Tab.MINE:
            return rows.coming(now).answered(*MINE)
        case Tab.PAST:
            return rows.past(now)


def past_with(roughly: bool, user: User, now: datetime, *words: Word) -> QuerySet[Session]:
    """What has been and holds each of ``words``, or ``roughly`` something like it."""
    return agenda(user, Tab.PAST, now).matching(*words, roughly=roughly)


def for_page(user: User | AnonymousUser, number: int) -> QuerySet[Session]:
    """The session of this number with the reader's answer, if they may see it."""
    return Session.objects.for_agenda(user).filter(pk=number).select_related("subject")[:1]


def hosts_of(session: int, user: User) -> QuerySet[User]:
    """Who receives those who come, as far as ``user`` may see them."""
    hosts: QuerySet[User] = User.objects.visible_to(user)
    return hosts.filter(hosted_sessions=session).order_by("sort_name", "pk")


def _first_names_of_going(session: int) -> QuerySet[Rsvp]:
    return _names_of_going(session, for_organiser=False)[:NAMES_ON_PAGE]


def first_names_of_going(session: Session) -> list[Rsvp]:
    """The first of those who have a place and allow members to see it."""
    return statements.rows(_first_names_of_going, session.pk)


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


class Caution(NamedTuple):
    """What an organiser should know before a session goes live as it is: no reason to stop, but one to look again.

    ``code`` says what it is about, so that whoever has seen it is not asked twice; ``field`` is what would mend it.
    """

    code: str
    field: str
    text: str


def cautions(session: Session, user: User) -> list[Caution]:
    """What to look at again before ``session``, saved or not, is published or moved."""
    found = [
        Caution(f"holiday-{day}", "day", _("Mind: %(day)s is %(holiday)s.") % {"day": long_date(day), "holiday": name})
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
        code = "day-" + "-".join(str(other.pk) for other in others)
        found.append(Caution(code, "day", fill(sentence, titles=titles, count=len(others))))
    if session.room and session.room.capacity and (session.capacity or 0) > session.room.capacity:
        text = _("Mind: the room holds %(room)d, and you give out %(places)d places.")
        numbers = {"room": session.room.capacity, "places": session.capacity}
        found.append(Caution("room-{room}-{places}".format(**numbers), "capacity", text % numbers))
    if session.capacity is not None and session.taken_count > session.capacity:
        text = _("%(taken)d members have a place already. Nobody loses it: new places come free below %(places)d.")
        numbers = {"taken": session.taken_count, "places": session.capacity}
        found.append(Caution("taken-{places}".format(**numbers), "capacity", text % numbers))
    return found


def just_scheduled(by: User, *, title: str, starts_at: datetime) -> Session | None:
    """The session of this title and start that ``by`` made minutes ago, if any: a form that was sent once more."""
    since = timezone.now() - JUST_NOW
    made = Activity.objects.filter(subject=OuterRef("subject"), verb=SESSION_DRAFTED.key, actor=by, at__gte=since)
    rows = Session.objects.filter(title=title, starts_at=starts_at, subject__created_at__gte=since)
    return rows.filter(Exists(made)).select_related("subject").order_by("pk").first()


def end_of_session(link: ActingLink) -> datetime | None:
    """Until when a place can be given back by ``link``: the end of its session, also when that moves."""
    return Session.objects.filter(subject=link.subject_id).values_list("ends_at", flat=True).first()


# --- What other pages show ------------------------------------------------------------------------------------------
def next_session_of(user: User, now: datetime | None = None) -> Session | None:
    """The nearest session with a place for ``user``; else the nearest with an offer or a position. One query."""
    return statements.first(_with_place_for, user, now or timezone.now())


def _with_place_for(user: User, now: datetime) -> QuerySet[Session]:
    rows = Session.objects.for_agenda(user).coming(now).filter(state=SessionState.PUBLISHED)
    rows = rows.answered(RsvpState.GOING, RsvpState.OFFERED, RsvpState.WAITLISTED)
    sure_first = Case(When(my_state=RsvpState.GOING, then=0), default=1)
    return rows.order_by(sure_first, "starts_at", "pk")[:1]


def unanswered_by(user: User) -> Sequence[Session]:
    """The nearest sessions that ``user`` may go to and has not answered; one query."""
    return statements.rows(_unanswered, user, timezone.now())


def _unanswered(user: User, now: datetime) -> QuerySet[Session]:
    rows = Session.objects.for_agenda(user).coming(now).filter(state=SessionState.PUBLISHED, starts_at__gt=now)
    rows = rows.answered().exclude(rsvp_deadline__lte=now)
    return rows[:UNANSWERED_SHOWN]


def offered_to(member: User, now: datetime) -> QuerySet[Session, Any]:
    """Places that are kept for ``member``: number, title and language of a session they may see, and until when."""
    rows = (
        Session.objects.visible_to(member)
        .filter(rsvps__member=member.pk, rsvps__state=RsvpState.OFFERED, rsvps__offer_expires_at__gt=now)
        .filter(state=SessionState.PUBLISHED, starts_at__gt=now)
    )
    return rows.order_by("starts_at", "pk").values_list("pk", "title", "language", "rsvps__offer_expires_at")


def coming_to_hub(user: User, hub: int, now: datetime) -> QuerySet[Session]:
    """What comes up at a hub."""
    return Session.objects.for_agenda(user).coming(now).filter(hub=hub).exclude(state=SessionState.CANCELLED)


def next_of_each(user: User, hubs: list[int], now: datetime) -> QuerySet[Session]:
    """The next session of each of these hubs."""
    rows = Session.objects.visible_to(user).coming(now).filter(state=SessionState.PUBLISHED, hub__any=hubs)
    return rows.order_by("hub_id", "starts_at", "pk").distinct("hub_id")


def reach_of_publishing(session: Session, by: User) -> Reach:
    """How many hear of it, and by which channels, when ``by`` publishes this draft. Spec 06, Notifications."""
    return reach_of(SESSION_PUBLISHED, session.subject, by)
