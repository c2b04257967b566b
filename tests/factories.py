"""Factories: each builds the smallest valid row. Every app adds its own below the last."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Protocol

import factory
from django.contrib.auth.hashers import make_password
from django.db import connection, transaction
from django.db.models import F, Model
from django.utils import timezone
from factory.django import DjangoModelFactory

from activity.models import Audience, Email, EmailState, Subject, SubjectLink
from activity.ties import LinkKind
from community.hubs import tallies
from community.models import (
    FacilitatorTerm,
    Hub,
    HubTally,
    Membership,
    MembershipRole,
    MemberTally,
    MemberTopic,
    Topic,
    Unit,
    User,
)
from events.models import Room, Session, SessionState, Venue
from issues.models import Bottleneck, BottleneckTally, Theme, TouchedHub, Vote


def keep(tally: type[HubTally], hubs: list[int]) -> None:
    """Count what the actions would have kept."""
    with transaction.atomic():
        tallies.keep(tally, hubs)


def count_one_more(tally: type[HubTally], hubs: list[int]) -> None:
    """What ``keep`` comes to after one more row, without counting all of a thousand rows a thousand times."""
    if hubs:
        tally._default_manager.bulk_create([tally(hub_id=pk) for pk in hubs], ignore_conflicts=True)
        tally._default_manager.filter(hub__in=hubs).update(number=F("number") + 1)


# --- A thousand rows: as ``create_batch`` makes them, in a few statements instead of several each
def _place(owners: Sequence[Session | Bottleneck], hubs: list[Hub]) -> None:
    """Give each owner's subject its address and its hubs."""
    for owner in owners:
        owner.subject.url = owner.get_absolute_url()
    Subject.objects.bulk_update([owner.subject for owner in owners], ["url"])
    through = Subject.hubs.through
    through._default_manager.bulk_create(
        through(from_subject=owner.subject, to_subject_id=hub.subject_id) for owner in owners for hub in hubs
    )


def copies(row: Model, count: int, **columns: str | list[int]) -> list[int]:
    """Copy ``row`` so many times in one statement, for ten thousand rows; returns the primary keys of the copies.

    ``columns`` says what differs: an expression over ``n``, the number of the copy from 1 on, or a number for each.
    """
    table = row._meta.db_table
    kept = [field.column for field in row._meta.concrete_fields if not field.generated and not field.primary_key]
    taken = {name: f'original."{name}"' for name in kept}
    for name, value in columns.items():
        taken[name] = value if isinstance(value, str) else f"(%({name})s::bigint[])[n]"
    numbers = {name: value for name, value in columns.items() if not isinstance(value, str)}
    names = ", ".join(f'"{name}"' for name in taken)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({names}) SELECT {', '.join(taken.values())}"
            f" FROM {table} AS original, generate_series(1, %(count)s) AS n WHERE original.id = %(pk)s RETURNING id",
            {"count": count, "pk": row.pk, **numbers},
        )
        made = [pk for (pk,) in cursor.fetchall()]
        # As autovacuum does: by figures of an earlier test ten thousand rows would be taken for a handful.
        cursor.execute(f"ANALYZE {table}")
    return made


def copied_members(member: User, count: int) -> list[int]:
    """As many members like this one; their primary keys."""
    name = f"'copy-{member.pk}-' || n"
    return copies(member, count, handle=name, email=f"{name} || '@doorbraak.example'", voter_key="gen_random_uuid()")


def many_members(count: int, **fields: Any) -> list[User]:
    """Many members, of no hub."""
    made: list[User] = UserFactory.build_batch(count, **fields)
    User.objects.bulk_create(made)
    return made


def many_hubs(count: int, **fields: Any) -> list[Hub]:
    """Many hubs, without members."""
    made: list[Hub] = HubFactory.build_batch(count, **fields)
    Subject.objects.bulk_create(hub.subject for hub in made)
    through = Subject.hubs.through
    through._default_manager.bulk_create(through(from_subject=hub.subject, to_subject=hub.subject) for hub in made)
    Hub.objects.bulk_create(made)
    return made


def many_sessions(count: int, *, hub: Hub | None = None, **fields: Any) -> list[Session]:
    """Many sessions."""
    made: list[Session] = SessionFactory.build_batch(count, hub=hub, **fields)
    Subject.objects.bulk_create(session.subject for session in made)
    Session.objects.bulk_create(made)
    _place(made, [hub] if hub else [])
    return made


def many_bottlenecks(count: int, *, author: User, hubs: list[Hub] | None = None, **fields: Any) -> list[Bottleneck]:
    """Many bottlenecks of one author."""
    made: list[Bottleneck] = BottleneckFactory.build_batch(count, author=author, **fields)
    hubs = hubs or []
    Subject.objects.bulk_create(bottleneck.subject for bottleneck in made)
    Bottleneck.objects.bulk_create(made)
    TouchedHub.objects.bulk_create(TouchedHub(bottleneck=bottleneck, hub=hub) for bottleneck in made for hub in hubs)
    _place(made, hubs)
    keep(BottleneckTally, [hub.pk for hub in hubs])
    return made


# --- Members and hubs
class UnitFactory(DjangoModelFactory[Unit]):
    class Meta:
        model = Unit

    name = factory.Sequence(lambda n: f"Unit {n}")


class TopicFactory(DjangoModelFactory[Topic]):
    class Meta:
        model = Topic

    slug = factory.Sequence(lambda n: f"topic-{n}")
    label_en = factory.Sequence(lambda n: f"topic {n}")
    label_nl = factory.Sequence(lambda n: f"onderwerp {n}")


class HubSubjectFactory(DjangoModelFactory[Subject]):
    class Meta:
        model = Subject

    kind = Hub.SUBJECT_KIND
    audience = Audience.MEMBERS
    announced_at = factory.SelfAttribute("created_at")
    created_at = factory.LazyFunction(timezone.now)


class HubFactory(DjangoModelFactory[Hub]):
    """An open, active hub without members."""

    class Meta:
        model = Hub
        skip_postgeneration_save = True

    name = factory.Sequence(lambda n: f"Kern {n}")
    slug = factory.Sequence(lambda n: f"kern-{n}")
    city = "Utrecht"
    language = "nl"
    state = Hub.State.ACTIVE
    subject = factory.SubFactory(
        HubSubjectFactory,
        title=factory.SelfAttribute("..name"),
        language=factory.SelfAttribute("..language"),
        closed_at=factory.LazyAttribute(
            lambda row: timezone.now() if row.factory_parent.state == Hub.State.CLOSED else None
        ),
        url=factory.LazyAttribute(lambda row: f"/hubs/{row.factory_parent.slug}/"),
    )

    @factory.post_generation
    def own_hub(self: Hub, create: bool, extracted: Any, **kwargs: Any) -> None:  # type: ignore[misc]
        if create:
            self.subject.hubs.add(self.subject)


class UserFactory(DjangoModelFactory[User]):
    """An active member who was here today and belongs to no hub. English, so that tests read like the source."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    name = factory.Sequence(lambda n: f"Member {n}")
    email = factory.Sequence(lambda n: f"member{n}@doorbraak.example")
    handle = factory.Sequence(lambda n: f"member-{n}")
    language = "en"
    activated_at = factory.LazyFunction(timezone.now)
    seen_on = factory.LazyFunction(timezone.localdate)

    @classmethod
    def _adjust_kwargs(cls, **kwargs: Any) -> dict[str, Any]:
        return {**kwargs, "password": make_password(None)}  # none that fits, as an account without one has

    @factory.post_generation
    def password(self: User, create: bool, extracted: str | None, **kwargs: Any) -> None:  # type: ignore[misc]
        """``UserFactory(password="…")`` can sign in by form: the address then counts as confirmed."""
        if create and extracted:
            from allauth.account.models import EmailAddress

            self.set_password(extracted)
            self.save(update_fields=["password"])
            EmailAddress.objects.create(user=self, email=self.email, verified=True, primary=True)


class MembershipFactory(DjangoModelFactory[Membership]):
    """Somebody belongs to a hub; ``primary=True`` also makes it their primary hub."""

    class Meta:
        model = Membership
        skip_postgeneration_save = True

    member = factory.SubFactory(UserFactory)
    hub = factory.SubFactory(HubFactory)

    @factory.post_generation
    def tally(self: Membership, create: bool, extracted: Any, **kwargs: Any) -> None:  # type: ignore[misc]
        if create:
            is_counted = self.ended_at is None and self.member.is_active and self.member.activated_at is not None
            count_one_more(MemberTally, [self.hub_id] if is_counted else [])

    @factory.post_generation
    def primary(self: Membership, create: bool, extracted: bool | None, **kwargs: Any) -> None:  # type: ignore[misc]
        if create and extracted:
            self.member.primary_hub = self.hub
            self.member.save(update_fields=["primary_hub"])


class MemberTopicFactory(DjangoModelFactory[MemberTopic]):
    class Meta:
        model = MemberTopic

    member = factory.SubFactory(UserFactory)
    topic = factory.SubFactory(TopicFactory)
    kind = "can_do"


class FacilitatorTermFactory(DjangoModelFactory[FacilitatorTerm]):
    class Meta:
        model = FacilitatorTerm

    member = factory.SubFactory(UserFactory)


def member_of(hub: Hub, **fields: Any) -> User:
    """A member of ``hub``, which is their primary hub."""
    user: User = UserFactory(primary_hub=hub, **fields)
    MembershipFactory(member=user, hub=hub)
    return user


def representative_of(hub: Hub, **fields: Any) -> User:
    """A member who speaks for ``hub``, which is their primary hub."""
    user: User = UserFactory(primary_hub=hub, **fields)
    MembershipFactory(member=user, hub=hub, role=MembershipRole.REPRESENTATIVE)
    return user


def facilitator(**fields: Any) -> User:
    """A member whose facilitator term runs."""
    user: User = UserFactory(**fields)
    FacilitatorTermFactory(member=user)
    return user


def failed_mail(*, to: User, **fields: Any) -> Email:
    """A mail to a member that the server refused for good."""
    mail: Email = Email.objects.create(
        **{
            "member": to,
            "address": to.email,
            "kind": "session_placed",
            "state": EmailState.FAILED,
            "attempts": 1,
            "first_tried_at": timezone.now(),
            "last_error": "550 no such user",
            "dedupe_key": f"failed:{uuid.uuid4()}",
            "context": {"rsvp": 0, "placing": 1, "starts_at": timezone.now().isoformat()},
            **fields,
        }
    )
    return mail


# --- Sessions
class VenueFactory(DjangoModelFactory[Venue]):
    class Meta:
        model = Venue

    name = factory.Sequence(lambda n: f"Venue {n}")
    city = "Amersfoort"
    address = "Stadhuisplein 7"
    route = "12 minutes on foot from the station"
    access = "step-free, lift"


class RoomFactory(DjangoModelFactory[Room]):
    class Meta:
        model = Room

    venue = factory.SubFactory(VenueFactory)
    name = factory.Sequence(lambda n: f"Room {n}")


class SessionSubjectFactory(DjangoModelFactory[Subject]):
    class Meta:
        model = Subject

    kind = Session.SUBJECT_KIND
    audience = Audience.MEMBERS


class SessionFactory(DjangoModelFactory[Session]):
    """A published session of the community in thirty days, without a limit."""

    class Meta:
        model = Session
        skip_postgeneration_save = True

    title = factory.Sequence(lambda n: f"Session {n}")
    language = "en"
    starts_at = factory.LazyFunction(lambda: timezone.now().replace(microsecond=0) + timedelta(days=30))
    ends_at = factory.LazyAttribute(lambda row: row.starts_at + timedelta(hours=2))
    state = SessionState.PUBLISHED
    cancelled_at = None
    published_at = factory.LazyAttribute(
        lambda row: None if row.state == SessionState.DRAFT else min(timezone.now(), row.starts_at)
    )
    subject = factory.SubFactory(
        SessionSubjectFactory,
        title=factory.SelfAttribute("..title"),
        language=factory.SelfAttribute("..language"),
        closed_at=factory.SelfAttribute("..cancelled_at"),
        announced_at=factory.SelfAttribute("..published_at"),
    )

    @factory.post_generation
    def address(self: Session, create: bool, extracted: Any, **kwargs: Any) -> None:  # type: ignore[misc]
        if create:
            self.subject.url = self.get_absolute_url()
            self.subject.save(update_fields=["url"])
            self.subject.hubs.set([self.hub.subject] if self.hub else [])


# --- Themes, bottlenecks and votes
class ThemeFactory(DjangoModelFactory[Theme]):
    class Meta:
        model = Theme

    name = factory.Sequence(lambda n: f"Thema {n}")
    slug = factory.Sequence(lambda n: f"thema-{n}")
    position = factory.Sequence(lambda n: n % 30_000)


class BottleneckSubjectFactory(DjangoModelFactory[Subject]):
    class Meta:
        model = Subject

    kind = Bottleneck.SUBJECT_KIND
    audience = Audience.MEMBERS
    announced_at = factory.SelfAttribute("created_at")
    created_at = factory.LazyFunction(timezone.now)


class BottleneckFactory(DjangoModelFactory[Bottleneck]):
    """An open bottleneck filed by name, without votes and hubs; ``hubs=[…]`` are the hubs it touches."""

    class Meta:
        model = Bottleneck
        skip_postgeneration_save = True

    title = factory.Sequence(lambda n: f"Bottleneck {n}")
    situation = "It takes months."
    language = "en"
    author = factory.SubFactory(UserFactory)
    subject = factory.SubFactory(
        BottleneckSubjectFactory, title=factory.SelfAttribute("..title"), language=factory.SelfAttribute("..language")
    )

    @factory.post_generation
    def hubs(self: Bottleneck, create: bool, extracted: Any, **kwargs: Any) -> None:  # type: ignore[misc]
        if create:
            self.subject.url = self.get_absolute_url()
            self.subject.save(update_fields=["url"])
            self.hubs.set(extracted or [])
            self.subject.hubs.set(hub.subject for hub in extracted or [])
            is_counted = self.subject.is_shared and self.subject.closed_at is None
            count_one_more(BottleneckTally, [hub.pk for hub in extracted or [] if is_counted])


class VoteFactory(DjangoModelFactory[Vote]):
    """A vote as a row only: figures are counted by ``actions.cast_vote`` or ``issues.bottlenecks.figures.recount``."""

    class Meta:
        model = Vote

    bottleneck = factory.SubFactory(BottleneckFactory)
    member = factory.SubFactory(UserFactory)
    voter_key = factory.SelfAttribute("member.voter_key")
    hub = factory.SelfAttribute("member.primary_hub")


# --- What ties subjects together
class Owner(Protocol):
    """What has a subject of its own."""

    subject: Any


def tie(kind: LinkKind, *, subject: Subject, to: Sequence[Owner] = (), by: Sequence[Owner] = ()) -> None:
    """Tie ``subject`` to each of ``to``, and each of ``by`` to it, without counting them one by one."""
    now = timezone.now()
    pairs = [(subject, other.subject) for other in to] + [(other.subject, subject) for other in by]
    SubjectLink.objects.bulk_create(
        SubjectLink(from_subject=one, to_subject=two, kind=kind.key, created_at=now + timedelta(seconds=n))
        for n, (one, two) in enumerate(pairs)
    )
