"""What the factories write is what the acts write: tests that build on them judge the portal as it is. Issue 8.

A factory that is neither in ``PARTNERS`` nor in ``NO_PARTNER`` fails: whoever adds one says here which act makes the
same, or why none does. All rows of all tables that changed are compared, ids, moments and tokens aside.
"""

from __future__ import annotations

import inspect
import re
import uuid
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import models, transaction
from django.utils import timezone
from factory.django import DjangoModelFactory

from activity.actions import link_subjects
from activity.models import Subject
from community.accounts.actions import create_member
from community.hubs.actions import found_hub, join_hub, name_representative, update_hub
from community.models import Hub, TopicKind, User
from community.organisation.actions import appoint_facilitator, find_or_create_unit
from community.people.actions import update_profile
from community.topics.actions import find_or_create_topics
from events import actions as events
from events.models import Session
from issues.bottlenecks import actions as issues
from issues.bottlenecks.figures import recount
from issues.models import Bottleneck
from issues.themes.actions import find_or_create_theme
from issues.ties import FILED_AT
from tests import factories

pytestmark = pytest.mark.django_db

HISTORY = {
    "activity.Activity": "a row of a factory has no history: each test tells the one that it is about",
    "activity.FanOut": "of what has no history nobody is told",
    "activity.Follow": "who hears of a thing is for tests of that: they do it by acts",
}


@dataclass
class World:
    """What is there before, for both."""

    hub: Hub
    member: User
    newcomer: User
    bottleneck: Bottleneck
    session: Session
    start: datetime


@pytest.fixture
def world() -> World:
    Subject.objects.community()
    hub = factories.HubFactory()
    return World(
        hub=hub,
        member=factories.member_of(hub),
        newcomer=factories.UserFactory(),
        bottleneck=factories.BottleneckFactory(hubs=[hub]),
        session=factories.SessionFactory(),
        start=timezone.now().replace(microsecond=0) + timedelta(days=9),
    )


@dataclass(frozen=True)
class Partner:
    """A way to make the same by a factory and by an act; ``leaves`` says which tables the factory leaves, and why."""

    by_factory: Callable[[World], object]
    by_act: Callable[[World], object]
    leaves: Mapping[str, str] = field(default_factory=dict)


ANNA = {"name": "Anna Vos", "email": "anna@doorbraak.example", "language": "en"}
ANNA_BY_FACTORY = {**ANNA, "handle": "anna-vos", "seen_on": None}
HUB = {"name": "Kern Oost", "city": "Utrecht", "language": "en", "tagline": "Oost", "join_policy": "request"}
OPEN = {**HUB, "join_policy": "open"}
TEXT = {"title": "Traag", "situation": "Het duurt.", "impact": "Veel", "language": "en"}
PLACE = {"city": "Gouda", "address": "Markt 1", "route": "links", "access": "lift"}


def _meeting(world: World, hub: Hub | None = None) -> dict[str, Any]:
    return {
        "title": "Samen",
        "description": "Kom",
        "language": "en",
        "kind": "workshop",
        "capacity": 8,
        "hub": hub,
        "starts_at": world.start,
        "ends_at": world.start + timedelta(hours=2),
    }


def _schedule(world: World, hub: Hub | None = None) -> Session:
    return events.schedule_session(by=world.member, **_meeting(world, hub))


def _cancelled(world: World) -> Session:
    """A session that was called off is counted as changed once."""
    return factories.SessionFactory(
        state="cancelled", cancel_reason="Storm", cancelled_at=timezone.now(), version=2, sequence=1, **_meeting(world)
    )


def _cancel(world: World) -> Session:
    session = events.publish_session(session=_schedule(world), by=world.member)
    return events.cancel_session(session=session, by=world.member, reason="Storm")


def _close(world: World) -> Hub:
    hub = found_hub(**HUB)
    return update_hub(hub=hub, by=world.member, version=1, fields={"state": "closed"})


def _file(world: World, hubs: list[Hub]) -> None:
    """Whoever files also votes; the bottleneck of a factory has no vote yet."""
    filed = issues.file_bottleneck(by=world.newcomer, hubs=hubs, **TEXT)
    issues.take_back_vote(bottleneck=filed, by=world.newcomer)


def _vote(world: World) -> None:
    factories.VoteFactory(bottleneck=world.bottleneck, member=world.member)
    recount(world.bottleneck.pk)


def _know(world: World) -> None:
    topics = find_or_create_topics(["Sluizen"])
    fields = {"city": world.newcomer.city}
    said = {TopicKind.CAN_DO: topics}
    update_profile(member=world.newcomer, by=world.newcomer, version=1, fields=fields, topics=said)


def _sluizen() -> Any:
    return factories.TopicFactory(slug="sluizen", label_nl="Sluizen", label_en="Sluizen")


def _speak(world: World) -> None:
    member = create_member(**ANNA)
    name_representative(hub=world.hub, member=member, by=world.member)


PARTNERS: dict[str, tuple[Partner, ...]] = {
    "UnitFactory": (
        Partner(lambda w: factories.UnitFactory(name="Waterbeheer"), lambda w: find_or_create_unit("Waterbeheer")),
    ),
    "TopicFactory": (Partner(lambda w: _sluizen(), lambda w: find_or_create_topics(["Sluizen"])),),
    "MemberTopicFactory": (
        Partner(
            lambda w: factories.MemberTopicFactory(member=w.newcomer, topic=_sluizen()),
            _know,
            {"community.User": "the profile is saved with it, which counts its versions"},
        ),
    ),
    "ThemeFactory": (
        Partner(
            lambda w: factories.ThemeFactory(name="Techniek", slug="techniek", position=0),
            lambda w: find_or_create_theme("Techniek"),
        ),
    ),
    "HubFactory": (
        Partner(lambda w: factories.HubFactory(slug="kern-oost", **HUB), lambda w: found_hub(**HUB), HISTORY),
        Partner(lambda w: factories.HubFactory(slug="kern-oost", state="closed", version=2, **HUB), _close, HISTORY),
    ),
    "UserFactory": (
        Partner(lambda w: factories.UserFactory(**ANNA_BY_FACTORY), lambda w: create_member(**ANNA), HISTORY),
        Partner(
            lambda w: factories.UserFactory(**ANNA_BY_FACTORY, activated_at=None),
            lambda w: create_member(**ANNA, is_active_now=False),
        ),
    ),
    "MembershipFactory": (
        Partner(
            lambda w: factories.MembershipFactory(hub=w.hub, member=w.newcomer, primary=True),
            lambda w: join_hub(hub=w.hub, by=w.newcomer),
            HISTORY,
        ),
        Partner(
            lambda w: factories.MembershipFactory(hub=factories.HubFactory(slug="kern-oost", **OPEN), member=w.member),
            lambda w: join_hub(hub=found_hub(**OPEN), by=w.member),
            HISTORY,
        ),
    ),
    "FacilitatorTermFactory": (
        Partner(
            lambda w: factories.FacilitatorTermFactory(member=w.member),
            lambda w: appoint_facilitator(member=w.member),
            HISTORY,
        ),
    ),
    "member_of": (
        Partner(
            lambda w: factories.member_of(w.hub, **ANNA_BY_FACTORY),
            lambda w: join_hub(hub=w.hub, by=create_member(**ANNA)),
            HISTORY,
        ),
    ),
    "representative_of": (Partner(lambda w: factories.representative_of(w.hub, **ANNA_BY_FACTORY), _speak, HISTORY),),
    "facilitator": (
        Partner(
            lambda w: factories.facilitator(**ANNA_BY_FACTORY),
            lambda w: appoint_facilitator(member=create_member(**ANNA)),
            HISTORY,
        ),
    ),
    "RoomFactory": (
        Partner(
            lambda w: factories.RoomFactory(name="Zaal", venue=factories.VenueFactory(name="Huis", **PLACE)),
            lambda w: events.add_venue(name="Huis", room="Zaal", **PLACE),
        ),
    ),
    "SessionFactory": (
        Partner(
            lambda w: factories.SessionFactory(**_meeting(w)),
            lambda w: events.publish_session(session=_schedule(w), by=w.member),
            HISTORY,
        ),
        Partner(
            lambda w: factories.SessionFactory(state="draft", **_meeting(w, w.hub)),
            lambda w: _schedule(w, w.hub),
            HISTORY,
        ),
        Partner(_cancelled, _cancel, {**HISTORY, "activity.Announcement": "part of that history: whom it is told to"}),
    ),
    "BottleneckFactory": (
        Partner(
            lambda w: factories.BottleneckFactory(author=w.newcomer, hubs=[w.hub], **TEXT),
            lambda w: _file(w, [w.hub]),
            HISTORY,
        ),
        Partner(
            lambda w: factories.BottleneckFactory(author=w.newcomer, **TEXT),
            lambda w: _file(w, []),
            HISTORY,
        ),
    ),
    "VoteFactory": (Partner(_vote, lambda w: issues.cast_vote(bottleneck=w.bottleneck, by=w.member), HISTORY),),
    "tie": (
        Partner(
            lambda w: factories.tie(FILED_AT, subject=w.bottleneck.subject, to=[w.session]),
            lambda w: link_subjects(w.bottleneck.subject, FILED_AT, w.session.subject),
        ),
    ),
    # What makes many is compared with what makes one, which is compared with the act.
    "many_members": (
        Partner(
            lambda w: factories.many_members(1, **ANNA_BY_FACTORY),
            lambda w: factories.UserFactory(**ANNA_BY_FACTORY),
        ),
    ),
    "copied_members": (
        Partner(
            lambda w: factories.copied_members(w.newcomer, 1),
            lambda w: factories.UserFactory(
                name=w.newcomer.name,
                handle=f"copy-{w.newcomer.pk}-1",
                email=f"copy-{w.newcomer.pk}-1@doorbraak.example",
            ),
        ),
    ),
    "many_hubs": (
        Partner(
            lambda w: factories.many_hubs(1, slug="kern-oost", **HUB),
            lambda w: factories.HubFactory(slug="kern-oost", **HUB),
        ),
    ),
    "many_sessions": (
        Partner(
            lambda w: factories.many_sessions(1, **_meeting(w, w.hub)),
            lambda w: factories.SessionFactory(**_meeting(w, w.hub)),
        ),
        Partner(
            lambda w: factories.many_sessions(1, state="draft", **_meeting(w)),
            lambda w: factories.SessionFactory(state="draft", **_meeting(w)),
        ),
    ),
    "many_bottlenecks": (
        Partner(
            lambda w: factories.many_bottlenecks(1, author=w.newcomer, hubs=[w.hub], **TEXT),
            lambda w: factories.BottleneckFactory(author=w.newcomer, hubs=[w.hub], **TEXT),
        ),
        Partner(
            lambda w: factories.many_bottlenecks(1, author=w.newcomer, hubs=[w.hub], subject__audience="hubs", **TEXT),
            lambda w: factories.BottleneckFactory(author=w.newcomer, hubs=[w.hub], subject__audience="hubs", **TEXT),
        ),
    ),
}

NO_PARTNER = {
    "failed_mail": "what a mail server does: in tests/activity/test_outbox.py one refuses mails",
    "HubSubjectFactory": "part of HubFactory",
    "SessionSubjectFactory": "part of SessionFactory",
    "BottleneckSubjectFactory": "part of BottleneckFactory",
    "VenueFactory": "part of RoomFactory: a venue is added with its first room",
    "copies": "part of copied_members: copies a row that a factory made",
    "keep": "counts what acts count, by their own function",
    "count_one_more": "part of the factories of memberships and bottlenecks",
}


# --- What changed -----------------------------------------------------------------------------------------------------
type Rows = dict[str, dict[Any, dict[str, Any]]]
APPS = ("activity", "community", "events", "issues", "account")


def _models() -> list[type[models.Model]]:
    return [model for model in apps.get_models(include_auto_created=True) if model._meta.app_label in APPS]


def _rows() -> Rows:
    """Every row of every table, by the name of the table and its primary key."""
    return {
        model._meta.label: {row[model._meta.pk.attname]: row for row in model._base_manager.values()}
        for model in _models()
    }


def written_by(make: Callable[[World], object], world: World) -> Counter[str]:
    """The rows that ``make`` adds or changes, as text that says nothing of ids, moments and tokens; undone after."""
    before = _rows()
    with transaction.atomic():
        make(world)
        after = _rows()
        transaction.set_rollback(True)
    new = {label: after[label].keys() - before[label].keys() for label in after}
    found: Counter[str] = Counter()
    for model in _models():
        label = model._meta.label
        for pk, row in after[label].items():
            old = before[label].get(pk)
            if row != old:
                columns = {name: value for name, value in row.items() if old is None or old[name] != value}
                shown = {name: _shown(model, name, value, new) for name, value in columns.items()}
                found[f"{label} {'new' if old is None else pk} {sorted(shown.items())}"] += 1
    return found


def _shown(model: type[models.Model], name: str, value: Any, new: Mapping[str, set[Any]]) -> object:
    column = next(it for it in model._meta.concrete_fields if it.attname == name)
    if column.related_model is not None and value in new.get(column.related_model._meta.label, ()):
        return f"new {column.related_model._meta.label}"
    if isinstance(column, models.AutoField):
        return "id"
    for kind in (datetime, date, uuid.UUID):
        if isinstance(value, kind):
            return kind.__name__
    if name == "password":
        return value[:1] == "!"
    return re.sub(r"\d+", "#", value) if name == "url" else str(value)


def test_every_factory_has_an_act_that_makes_the_same_or_a_reason():
    made = {
        name
        for name, thing in vars(factories).items()
        if getattr(thing, "__module__", "") == factories.__name__
        and not name.startswith("_")
        and (inspect.isfunction(thing) or (inspect.isclass(thing) and issubclass(thing, DjangoModelFactory)))
    }
    assert made == PARTNERS.keys() | NO_PARTNER.keys()


@pytest.mark.parametrize("name", PARTNERS)
def test_a_factory_writes_what_the_act_writes(name, world):
    for partner in PARTNERS[name]:
        by_factory, by_act = written_by(partner.by_factory, world), written_by(partner.by_act, world)
        assert by_factory, "it makes nothing"
        too_much, lacking = by_factory - by_act, by_act - by_factory
        lacking = Counter({row: number for row, number in lacking.items() if row.split()[0] not in partner.leaves})
        assert (sorted(too_much), sorted(lacking)) == ([], [])
