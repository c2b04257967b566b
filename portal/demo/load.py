"""Loads the demonstration: twelve hubs, their members, what holds them up and where they meet.

Rows are written in bulk with the dates of the story, which no action can do; what actions promise (figures, counters,
positions, one ledger entry for every write) is kept here as well, and tests hold both against each other. The same seed
on the same day gives the same community. Nothing is mailed. Spec 07, Demonstration community.
"""

from __future__ import annotations

import random
import uuid
from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.cache import cache
from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify
from holidays import country_holidays

from activity.models import Activity, ActorKind, Audience, Subject, SubjectKind
from activity.verbs import Verb
from community.demo_accounts import DEMO_PASSWORD
from community.models import (
    FacilitatorTerm,
    Hub,
    HubTopic,
    Membership,
    MembershipRole,
    MemberTopic,
    Topic,
    TopicKind,
    Unit,
    User,
)
from community.names import first_free, handle_base, slug_base
from events.models import Room, Rsvp, RsvpState, Session, SessionState, Venue
from issues.actions import THEME_COUNTS
from issues.figures import recount_all
from issues.models import Attribution, Bottleneck, Theme, TouchedHub, Vote
from portal.demo import source

SEED = 2018
ZONE = ZoneInfo("Europe/Amsterdam")
MORNING = date(2018, 6, 14)  # on which the representatives of the hubs drew up their list
ORIGIN = "Ochtend kernvertegenwoordigers"
FROM_THE_MORNING = 24  # the bottlenecks with a number up to this one
ESTIMATING = 0.4  # the share of supporters who estimate their hours
SHOWING = 0.45  # the share of members whose name is shown as supporter
THE_FACILITATOR, THE_NEWCOMER = "facilitator", "newcomer"


@transaction.atomic
def load(*, today: date | None = None) -> None:
    """Write the whole community into an empty database; ``today`` is the day all dates count from."""
    _Loader(today or timezone.localdate(timezone=ZONE)).run()
    transaction.on_commit(lambda: cache.delete(THEME_COUNTS))


class _Loader:
    """One loading: what was made so far, by name, and the ledger that is written at the end."""

    def __init__(self, today: date) -> None:
        self.today = today
        self.midnight = datetime.combine(today, time(), ZONE)  # everything that happened lies before it
        self.random = random.Random(SEED)  # noqa: S311 - a story, not a secret
        self.people = source.texts("members")
        self.units: dict[str, Unit] = {}
        self.topics: dict[str, Topic] = {}
        self.hubs: dict[str, Hub] = {}
        self.members: dict[str, User] = {}
        self.of_hub: dict[int, list[Membership]] = {}
        self.since: dict[int, datetime] = {}  # member → since when their primary hub counts
        self.ledger: list[Activity] = []

    def run(self) -> None:
        """Write everything, lower floors first."""
        self.community = Subject.objects.community()
        self._load_units_and_topics()
        self._load_hubs()
        self._load_members()
        self._load_memberships()
        self._load_bottlenecks()
        self._load_sessions()
        self.ledger.sort(key=lambda entry: entry.at)
        Activity.objects.bulk_create(self.ledger, batch_size=2_000)

    # --- Members and hubs ---------------------------------------------------------------------------------------------
    def _load_units_and_topics(self) -> None:
        names = sorted({row.unit for row in source.hubs()} | {row.unit for row in source.members()})
        self.units = {unit.name: unit for unit in Unit.objects.bulk_create(Unit(name=name) for name in names)}
        self.topics = {
            dutch: Topic(
                slug=slugify(dutch), label_nl=dutch, label_en=english, aliases=self.people["aliases"].get(dutch, [])
            )
            for dutch, english in self.people["topics"].items()
        }
        Topic.objects.bulk_create(self.topics.values())

    def _load_hubs(self) -> None:
        told = source.texts("hubs")
        rows = source.hubs()
        subjects = self._subjects(
            SubjectKind.HUB, [(row.name, self._at(row.founded_on, 9), Audience.MEMBERS) for row in rows]
        )
        self.hubs = {
            row.name: Hub(
                subject=subject,
                name=row.name,
                slug=slug_base(row.name),
                tagline=row.tagline,
                about=told[row.name]["about"].strip(),
                unit=self.units[row.unit],
                city=row.city,
                state=row.state,
                join_policy=row.join_policy,
                founded_on=row.founded_on,
                contact=told[row.name].get("contact", ""),
            )
            for row, subject in zip(rows, subjects, strict=True)
        }
        Hub.objects.bulk_create(self.hubs.values())
        self._link({hub.subject: ([hub.subject], hub.get_absolute_url()) for hub in self.hubs.values()})
        HubTopic.objects.bulk_create(
            HubTopic(hub=hub, topic=self.topics[topic])
            for name, hub in self.hubs.items()
            for topic in told[name]["topics"]
        )
        for hub in self.hubs.values():
            self._record(hub.subject, Verb.HUB_FOUNDED, at=hub.subject.created_at, kind=ActorKind.SYSTEM)

    def _load_members(self) -> None:
        accounts = {name: key for key, name in self.people["accounts"].items()}
        taken: set[str] = set()
        rows = source.members()
        for row in rows:
            handle = first_free(handle_base(row.name), taken)
            taken.add(handle)
            account = accounts.get(row.name)
            joined_on = self._joined_on(row)
            self.members[row.name] = User(
                email=f"{account}@doorbraak.example" if account else row.email,
                name=row.name,
                handle=handle,
                voter_key=self._uuid(),
                # Hashing costs 50 ms on purpose: only those who are shown on the sign-in page can sign in.
                password=make_password(DEMO_PASSWORD if account else None),
                role=row.role,
                role_other=row.role_other,
                unit=self.units[row.unit],
                city=row.city,
                bio=self.people["bios"].get(row.name, ""),
                primary_hub=None if account == THE_NEWCOMER else self.hubs[row.hub],
                shows_support=self.random.random() < SHOWING,
                joined_on=joined_on,
                activated_at=self._at(joined_on, 9, self.random.randrange(60)),
                seen_on=self.today - timedelta(days=self.random.randrange(1, 45)),
            )
        User.objects.bulk_create(self.members.values())
        EmailAddress.objects.bulk_create(
            EmailAddress(user=self.members[name], email=f"{key}@doorbraak.example", verified=True, primary=True)
            for key, name in self.people["accounts"].items()
        )
        for member in self.members.values():
            self._record(self.community, Verb.MEMBER_JOINED_COMMUNITY, by=member, at=_known(member.activated_at))
        self._load_member_topics(rows)
        facilitator = self.members[self.people["accounts"][THE_FACILITATOR]]
        appointed_at = self._at(date(2018, 1, 15), 10)
        FacilitatorTerm.objects.create(member=facilitator, started_at=appointed_at)
        self._record(
            self.community,
            Verb.FACILITATOR_APPOINTED,
            kind=ActorKind.SYSTEM,
            at=appointed_at,
            data={"member": facilitator.pk},
        )

    def _joined_on(self, row: source.MemberRow) -> date:
        if days := self.people["joined_days_ago"].get(row.name):
            return self.today - timedelta(days=days)
        joined_on: date = self.people["joined"].get(row.name, row.joined_on)
        return joined_on

    def _load_member_topics(self, rows: list[source.MemberRow]) -> None:
        found: dict[tuple[int, int, str], MemberTopic] = {}
        for row in rows:
            member = self.members[row.name]
            kinds = {TopicKind.ASK_ME: row.ask_me, TopicKind.WANTS_TO_LEARN: row.wants_to_learn}
            more = [label for label in self.topics if label not in {*row.ask_me, *row.wants_to_learn}]
            kinds[TopicKind.CAN_DO] = self.random.sample(more, 2) if row.ask_me else []
            for kind, labels in kinds.items():
                for label in labels:
                    topic = self.topics[label]
                    confirmed_on = self.today - timedelta(days=self.random.randrange(10, 500))
                    found[member.pk, topic.pk, kind] = MemberTopic(
                        member=member, topic=topic, kind=kind, confirmed_on=max(confirmed_on, member.joined_on)
                    )
        MemberTopic.objects.bulk_create(found.values())

    def _load_memberships(self) -> None:
        speaks_for = {
            (name, hub) for hub, told in source.texts("hubs").items() for name in told.get("representatives", [])
        }
        memberships = []
        for row in source.members():
            member = self.members[row.name]
            for number, name in enumerate([row.hub, *self.people["also"].get(row.name, [])]):
                hub = self.hubs[name]
                if member.primary_hub is None:
                    continue
                after = timedelta(days=self.random.randrange(1, 30) + number * 400)
                started_at = max(_known(member.activated_at), hub.subject.created_at) + after
                if member.name == "Bram Smit" or number == 0:
                    started_at = max(_known(member.activated_at), hub.subject.created_at) + timedelta(hours=1)
                represents = (row.name, name) in speaks_for
                role = MembershipRole.REPRESENTATIVE if represents else MembershipRole.MEMBER
                memberships.append(Membership(member=member, hub=hub, role=role, started_at=started_at))
                self._record(hub.subject, Verb.HUB_JOINED, by=member, at=started_at)
                if represents:
                    named_at = started_at + timedelta(days=self.random.randrange(60, 300))
                    self._record(
                        hub.subject, Verb.REPRESENTATIVE_NAMED, by=member, at=named_at, data={"member": member.pk}
                    )
                if number == 0:
                    self.since[member.pk] = started_at
        Membership.objects.bulk_create(memberships)
        for membership in memberships:
            if membership.member.primary_hub_id == membership.hub_id:
                self.of_hub.setdefault(membership.hub_id, []).append(membership)

    # --- Bottlenecks --------------------------------------------------------------------------------------------------
    def _load_bottlenecks(self) -> None:
        themes = {
            name: Theme(name=name, slug=slugify(name), explanation=told["explanation"], position=position)
            for position, (name, told) in enumerate(source.texts("themes").items(), 1)
        }
        Theme.objects.bulk_create(themes.values())
        told = source.texts("bottlenecks")
        rows = sorted(source.bottlenecks(), key=lambda row: self._filed_at(row, told[str(row.number)]))
        filed = [self._filed_at(row, told[str(row.number)]) for row in rows]
        subjects = self._subjects(
            SubjectKind.BOTTLENECK,
            [(row.title, at, Audience.MEMBERS) for row, at in zip(rows, filed, strict=True)],
        )
        made: list[Bottleneck] = []
        for row, subject, filed_at in zip(rows, subjects, filed, strict=True):
            more = told[str(row.number)]
            author = self._author(row, more, filed_at)
            is_old = row.number <= FROM_THE_MORNING
            made.append(
                Bottleneck(
                    subject=subject,
                    title=row.title,
                    situation=f"{row.situation} {more.get('extra', '')}".strip(),
                    impact=more["impact"],
                    wish=more["wish"],
                    theme=themes[row.theme],
                    author=author,
                    attribution=Attribution.NAMED if author else Attribution.IMPORTED,
                    filed_at=filed_at,
                    origin=ORIGIN if is_old else "",
                    origin_number=row.number if is_old else None,
                    dots=row.dots if is_old else None,
                    noted_hours=_half_hours(row.hours) if not author and row.hours else None,
                )
            )
        Bottleneck.objects.bulk_create(made)
        touched = {
            bottleneck.pk: [self.hubs[name] for name in row.hubs] for bottleneck, row in zip(made, rows, strict=True)
        }
        TouchedHub.objects.bulk_create(
            TouchedHub(bottleneck=bottleneck, hub=hub) for bottleneck in made for hub in touched[bottleneck.pk]
        )
        self._link(
            {
                bottleneck.subject: ([hub.subject for hub in touched[bottleneck.pk]], bottleneck.get_absolute_url())
                for bottleneck in made
            }
        )
        votes = []
        for bottleneck, row in zip(made, rows, strict=True):
            self._record(
                bottleneck.subject,
                Verb.BOTTLENECK_FILED,
                by=bottleneck.author,
                kind=ActorKind.SYSTEM,
                at=bottleneck.filed_at,
            )
            votes += self._votes(bottleneck, row, told[str(row.number)], touched[bottleneck.pk])
        Vote.objects.bulk_create(votes, batch_size=2_000)
        Bottleneck.objects.bulk_update(made, ["generic_at"])
        recount_all()

    def _filed_at(self, row: source.BottleneckRow, more: dict[str, Any]) -> datetime:
        if row.number <= FROM_THE_MORNING:
            return self._at(MORNING, 9, 30 + 4 * row.number)
        return self._at(self.today - timedelta(days=more["days"]), 9 + row.number % 8, row.number)

    def _author(self, row: source.BottleneckRow, more: dict[str, Any], filed_at: datetime) -> User | None:
        """Who filed it: as told, else somebody of its hubs; nobody where the list is all that is left."""
        if "author" in more:
            return self.members[more["author"]]
        candidates = [
            membership.member
            for name in row.hubs
            for membership in self.of_hub[self.hubs[name].pk]
            if membership.started_at < filed_at
        ]
        return self.random.choice(candidates) if candidates else None

    def _votes(
        self, bottleneck: Bottleneck, row: source.BottleneckRow, more: dict[str, Any], touched: list[Hub]
    ) -> list[Vote]:
        """Return the votes, in the order in which they were cast, and note when it became generic."""
        votes = []
        chosen = self._voters(bottleneck, more, touched)
        recent: int = more.get("recent", 0)
        for place, member in enumerate(chosen):
            cast_at = bottleneck.filed_at
            if member != bottleneck.author:
                is_recent = place >= len(chosen) - recent
                cast_at = self._cast_at(max(bottleneck.filed_at, self.since[member.pk]), is_recent=is_recent)
            estimates = self.random.random() < ESTIMATING or member == bottleneck.author
            votes.append(
                Vote(
                    bottleneck=bottleneck,
                    member=member,
                    voter_key=member.voter_key,
                    hub=member.primary_hub,
                    hours=self._estimate(more.get("hours", row.hours)) if estimates else None,
                    cast_at=cast_at,
                )
            )
        votes.sort(key=lambda vote: vote.cast_at)
        hubs: set[int | None] = set()
        for number, vote in enumerate(votes, 1):
            self._record(bottleneck.subject, Verb.VOTED, at=vote.cast_at, data={"hub": vote.hub_id})
            hubs.add(vote.hub_id)
            enough = number >= settings.GENERIC_MIN_VOTES and len(hubs) >= settings.GENERIC_MIN_HUBS
            if enough and bottleneck.generic_at is None:
                bottleneck.generic_at = vote.cast_at
                self._record(
                    bottleneck.subject,
                    Verb.BECAME_GENERIC,
                    kind=ActorKind.SYSTEM,
                    at=vote.cast_at,
                    data={"members": number, "hubs": len(hubs)},
                )
        return votes

    def _voters(self, bottleneck: Bottleneck, more: dict[str, Any], touched: list[Hub]) -> list[User]:
        """Return who supports it: the author, somebody of every hub it reaches, then whoever else of those hubs."""
        others = [hub for hub in self.hubs.values() if hub not in touched]
        reached = touched + self.random.sample(others, more.get("spread", 0))
        pools = [[membership.member for membership in self.of_hub[hub.pk]] for hub in reached]
        # Bram has yet to find out about most of them: that is what his home page is for.
        pools = [[member for member in pool if member.name != "Bram Smit"] for pool in pools]
        for pool in pools:
            self.random.shuffle(pool)
        first = [bottleneck.author] if bottleneck.author else []
        first += [pool[0] for pool in pools]
        rest = [member for pool in pools for member in pool[1:]]
        self.random.shuffle(rest)
        return list(dict.fromkeys(first + rest))[: more["votes"]]

    def _cast_at(self, since: datetime, *, is_recent: bool) -> datetime:
        """Return a moment of a working day after ``since``: soon for most, years later for some."""
        if is_recent:
            moment = max(since, self.midnight - timedelta(days=self.random.randrange(1, 28)))
        else:
            span = (self.midnight - timedelta(days=31) - since).days
            soon = min(self.random.choice([2, 10, 40, 200]) * self.random.random(), max(span, 0))
            later = self.random.random() * max(span, 0)
            moment = since + timedelta(days=soon if self.random.random() < 0.8 else later)
        moment = moment.astimezone(ZONE).replace(hour=self.random.randrange(8, 18), minute=self.random.randrange(60))
        return min(max(moment, since + timedelta(minutes=1)), self.midnight - timedelta(minutes=1))

    def _estimate(self, hours: float | None) -> Decimal:
        return _half_hours((hours or 4) * self.random.choice([0.5, 0.75, 1, 1, 1.25, 1.75]))

    # --- Sessions -----------------------------------------------------------------------------------------------------
    def _load_sessions(self) -> None:
        told = source.texts("sessions")
        rooms: dict[tuple[str, str], Room] = {}
        for name, place in told["venues"].items():
            columns = {key: value for key, value in place.items() if key != "rooms"}
            venue = Venue.objects.create(name=name, **columns)
            for room, capacity in place["rooms"].items():
                rooms[name, room] = Room.objects.create(venue=venue, name=room, capacity=capacity)
        rows = sorted(told["sessions"], key=self._day_of)
        subjects = self._subjects(
            SubjectKind.SESSION,
            [
                (
                    self._title_of(row),
                    self._published_at(row) - timedelta(hours=2),
                    Audience.PUBLIC if row.get("public") else Audience.MEMBERS,
                )
                for row in rows
            ],
        )
        rsvps: list[Rsvp] = []
        for row, subject in zip(rows, subjects, strict=True):
            rsvps += self._load_session(row, subject, rooms)
        Rsvp.objects.bulk_create(rsvps)

    def _load_session(self, row: dict[str, Any], subject: Subject, rooms: dict[tuple[str, str], Room]) -> list[Rsvp]:
        day = self._day_of(row)
        begin, end = (datetime.combine(day, _clock(text), ZONE).astimezone(UTC) for text in row["time"])
        host = self.members[row["host"]]
        hub = self.hubs[row["hub"]] if "hub" in row else None
        published_at = self._published_at(row)
        is_cancelled = "cancelled" in row
        cancelled_at = self.midnight - timedelta(days=1, hours=-11) if is_cancelled else None
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
        self._link({subject: ([hub.subject] if hub else [], session.get_absolute_url())})
        self._record(subject, Verb.SESSION_DRAFTED, by=host, at=subject.created_at)
        self._record(subject, Verb.SESSION_PUBLISHED, by=host, at=published_at)
        if cancelled_at:
            Subject.objects.filter(pk=subject.pk).update(closed_at=cancelled_at)
            self._record(subject, Verb.SESSION_CANCELLED, by=host, at=cancelled_at)
        return self._rsvps(session, row, hub)

    def _rsvps(self, session: Session, row: dict[str, Any], hub: Hub | None) -> list[Rsvp]:
        """Return the answers in the order in which they came: places first, then the waitlist."""
        accounts = {self.members[self.people["accounts"][key]]: state for key, state in row.get("accounts", {}).items()}
        named = {self.members[name] for name in self.people["accounts"].values()}
        own = [membership.member for membership in self.of_hub[hub.pk]] if hub else []
        others = [member for member in self.members.values() if member not in own]
        for pool in (own, others):
            self.random.shuffle(pool)
        candidates = [member for member in own + others if member not in named]
        going = [member for member, state in accounts.items() if state == RsvpState.GOING]
        going += [member for member in candidates if member not in going][: row["going"] - len(going)]
        waiting_number: int = row.get("waiting", 0)
        waiting = candidates[row["going"] : row["going"] + waiting_number]
        for member, state in accounts.items():
            if state == RsvpState.WAITLISTED:
                waiting[2] = member  # number 3 on the list
        closing = min(session.starts_at - timedelta(days=1), self.midnight)
        moments = sorted(
            _known(session.published_at) + (closing - _known(session.published_at)) * self.random.random()
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
                    shows_name=self.random.random() < 0.9,
                    answered_at=at,
                )
            )
            self._record(session.subject, Verb.PLACE_TAKEN if has_place else Verb.WAITLIST_JOINED, at=at)
        return rsvps

    def _day_of(self, row: dict[str, Any]) -> date:
        """Return the day of a session: on its weekday, never at the weekend or in the days around New Year."""
        day = self.today + timedelta(days=row["days"])
        step = timedelta(days=1 if row["days"] > 0 else -1)
        while day.weekday() >= 5 or day.weekday() != row.get("weekday", day.weekday()) or _is_holiday(day):
            day += step
        return day

    def _title_of(self, row: dict[str, Any]) -> str:
        seasons = ("winter", "lente", "zomer", "herfst")
        title: str = row["title"]
        return title.format(season=seasons[self._day_of(row).month % 12 // 3])

    def _published_at(self, row: dict[str, Any]) -> datetime:
        """Return when the session was published: six weeks ahead, and at least nine days ago."""
        day = min(self._day_of(row) - timedelta(days=42), self.today - timedelta(days=9))
        return self._at(day, 11, 15)

    # --- The parts ----------------------------------------------------------------------------------------------------
    def _at(self, day: date, hour: int, minute: int = 0) -> datetime:
        return datetime.combine(day, time(hour + minute // 60, minute % 60), ZONE).astimezone(UTC)

    def _uuid(self) -> uuid.UUID:
        return uuid.UUID(int=self.random.getrandbits(128), version=4)

    def _subjects(self, kind: SubjectKind, rows: list[tuple[str, datetime, Audience]]) -> list[Subject]:
        return Subject.objects.bulk_create(
            Subject(kind=kind, title=title, language="nl", created_at=at, audience=audience)
            for title, at, audience in rows
        )

    def _link(self, links: dict[Subject, tuple[list[Subject], str]]) -> None:
        """Give subjects their hubs and, now that they have a number, their address."""
        through = Subject.hubs.through
        for subject, (_hubs, url) in links.items():
            subject.url = url
        Subject.objects.bulk_update(links, ["url"])
        through.objects.bulk_create(
            through(from_subject=subject, to_subject=hub) for subject, (hubs, _url) in links.items() for hub in hubs
        )

    def _record(
        self,
        subject: Subject,
        verb: Verb,
        *,
        at: datetime,
        by: User | None = None,
        kind: str = ActorKind.UNSIGNED,
        data: dict[str, Any] | None = None,
    ) -> None:
        """Keep an entry for the ledger, as ``activity.actions.record`` writes it."""
        self.ledger.append(
            Activity(
                subject=subject,
                verb=verb.value,
                actor=by,
                actor_kind=ActorKind.MEMBER if by else kind,
                data={"v": 1, **(data or {})},
                at=at,
            )
        )


def figures() -> dict[str, int]:
    """Return how much was loaded, for the command to say."""
    counted: Counter[str] = Counter()
    for model in (Hub, User, Bottleneck, Vote, Session, Rsvp):
        counted[model._meta.model_name or ""] = model._default_manager.count()
    return dict(counted)


def _known(moment: datetime | None) -> datetime:
    """Return a moment that the story always has."""
    if moment is None:
        raise ValueError("a moment of the story is missing")
    return moment


def _half_hours(hours: float) -> Decimal:
    """Round to half hours, within what a vote may hold."""
    return min(max(Decimal(round(hours * 2)) / 2, Decimal("0.5")), Decimal(80))


def _clock(text: str) -> time:
    hour, minute = text.split(":")
    return time(int(hour), int(minute))


def _is_holiday(day: date) -> bool:
    """Tell whether nobody would come: a public holiday, or between Christmas and New Year."""
    return day in country_holidays("NL", years=day.year) or (day.month == 12 and day.day >= 24)
