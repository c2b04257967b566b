"""Where the members of the demonstration meet, and who comes."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import Any

from holidays import country_holidays

from activity.actions import link_subjects
from activity.models import Audience, Subject
from community.models import Hub
from events import verbs
from events.models import Room, Rsvp, RsvpState, Session, SessionState, Venue
from issues.ties import FILED_AT
from portal.demo import source
from portal.demo.story import ZONE, Story, known


def load_sessions(story: Story) -> None:
    """Write venues, rooms, sessions and answers."""
    told = source.texts("sessions")
    rooms: dict[tuple[str, str], Room] = {}
    for name, place in told["venues"].items():
        columns = {key: value for key, value in place.items() if key != "rooms"}
        venue = Venue.objects.create(name=name, **columns)
        for room, capacity in place["rooms"].items():
            rooms[name, room] = Room.objects.create(venue=venue, name=room, capacity=capacity)
    rows = sorted(told["sessions"], key=partial(_day_of, story))
    subjects = story.subjects(
        Session.SUBJECT_KIND,
        [
            (
                _title_of(story, row),
                _published_at(story, row) - timedelta(hours=2),
                Audience.PUBLIC if row.get("public") else Audience.MEMBERS,
            )
            for row in rows
        ],
    )
    rsvps: list[Rsvp] = []
    for row, subject in zip(rows, subjects, strict=True):
        rsvps += _load_session(story, row, subject, rooms)
    Rsvp.objects.bulk_create(rsvps)


def _load_session(
    story: Story, row: dict[str, Any], subject: Subject, rooms: dict[tuple[str, str], Room]
) -> list[Rsvp]:
    day = _day_of(story, row)
    begin, end = (datetime.combine(day, _clock(text), ZONE).astimezone(UTC) for text in row["time"])
    host = story.members[row["host"]]
    hub = story.hubs[row["hub"]] if "hub" in row else None
    published_at = _published_at(story, row)
    is_cancelled = "cancelled" in row
    cancelled_at = story.midnight - timedelta(days=1, hours=-11) if is_cancelled else None
    session = Session.objects.create(
        subject=subject,
        kind=row["kind"],
        hub=hub,
        title=subject.title,
        description=row["description"].strip(),
        starts_at=begin,
        ends_at=end,
        room=rooms[tuple(row["room"])],
        capacity=row["capacity"],
        state=SessionState.CANCELLED if is_cancelled else SessionState.PUBLISHED,
        cancel_reason=row.get("cancelled", ""),
        cancelled_at=cancelled_at,
        published_at=published_at,
        changed_at=cancelled_at or published_at,
        taken_count=row["going"],
        sequence=int(is_cancelled),
        version=1 + int(is_cancelled),
    )
    session.hosts.add(host)
    Subject.objects.filter(pk=subject.pk).update(announced_at=published_at)
    story.link({subject: ([hub.subject] if hub else [], session.get_absolute_url())})
    story.record(subject, verbs.SESSION_DRAFTED, by=host, at=subject.created_at)
    story.record(subject, verbs.SESSION_PUBLISHED, by=host, at=published_at)
    if cancelled_at:
        Subject.objects.filter(pk=subject.pk).update(closed_at=cancelled_at)
        story.record(subject, verbs.SESSION_CANCELLED, by=host, at=cancelled_at)
    for number in row.get("filed", []):
        bottleneck = story.bottlenecks[number]
        link_subjects(bottleneck, FILED_AT, subject, at=bottleneck.created_at)
    return _rsvps(story, session, row, hub)


def _rsvps(story: Story, session: Session, row: dict[str, Any], hub: Hub | None) -> list[Rsvp]:
    """Return the answers in the order in which they came: places first, then the waitlist."""
    accounts = {story.members[story.people["accounts"][key]]: state for key, state in row.get("accounts", {}).items()}
    named = {story.members[name] for name in story.people["accounts"].values()}
    own = [membership.member for membership in story.of_hub[hub.pk]] if hub else []
    others = [member for member in story.members.values() if member not in own]
    for pool in (own, others):
        story.random.shuffle(pool)
    candidates = [member for member in own + others if member not in named]
    going = [member for member, state in accounts.items() if state == RsvpState.GOING]
    going += [member for member in candidates if member not in going][: row["going"] - len(going)]
    waiting_number: int = row.get("waiting", 0)
    waiting = candidates[row["going"] : row["going"] + waiting_number]
    for member, state in accounts.items():
        if state == RsvpState.WAITLISTED:
            waiting[2] = member  # number 3 on the list
    closing = min(session.starts_at - timedelta(days=1), story.midnight)
    moments = sorted(
        known(session.published_at) + (closing - known(session.published_at)) * story.random.random()
        for _member in going + waiting
    )
    rsvps = []
    for place, (member, at) in enumerate(zip(going + waiting, moments, strict=True)):
        has_place = place < len(going)
        rsvps.append(
            Rsvp(
                session=session,
                member=member,
                hub=member.primary_hub,
                state=RsvpState.GOING if has_place else RsvpState.WAITLISTED,
                position=None if has_place else place - len(going) + 1,
                placing=int(has_place),
                placed_at=at if has_place else None,
                sequence=(1 + session.sequence) if has_place else 0,
                shows_name=story.random.random() < 0.9,
                answered_at=at,
            )
        )
        story.record(session.subject, verbs.PLACE_TAKEN if has_place else verbs.WAITLIST_JOINED, at=at)
    return rsvps


def _day_of(story: Story, row: dict[str, Any]) -> date:
    """Return the day of a session: on its weekday, never at the weekend or in the days around New Year."""
    day = story.today + timedelta(days=row["days"])
    step = timedelta(days=1 if row["days"] > 0 else -1)
    while day.weekday() >= 5 or day.weekday() != row.get("weekday", day.weekday()) or _is_holiday(day):
        day += step
    return day


def _title_of(story: Story, row: dict[str, Any]) -> str:
    seasons = ("winter", "lente", "zomer", "herfst")
    title: str = row["title"]
    return title.format(season=seasons[_day_of(story, row).month % 12 // 3])


def _published_at(story: Story, row: dict[str, Any]) -> datetime:
    """Return when the session was published: six weeks ahead, and at least nine days ago."""
    day = min(_day_of(story, row) - timedelta(days=42), story.today - timedelta(days=9))
    return story.at(day, 11, 15)


def _clock(text: str) -> time:
    hour, minute = text.split(":")
    return time(int(hour), int(minute))


def _is_holiday(day: date) -> bool:
    """Tell whether nobody would come: a public holiday, or between Christmas and New Year."""
    return day in country_holidays("NL", years=day.year) or (day.month == 12 and day.day >= 24)
