"""The hubs of the demonstration, their members and who belongs where."""

from __future__ import annotations

from datetime import date, timedelta

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.utils.text import slugify

from activity.models import Audience
from community import verbs
from community.accounts.demo_accounts import DEMO_PASSWORD
from community.hubs import tallies
from community.models import (
    FacilitatorTerm,
    Hub,
    HubTopic,
    Membership,
    MembershipRole,
    MemberTally,
    MemberTopic,
    Topic,
    TopicKind,
    Unit,
    User,
)
from community.names import FreeNames, handle_base, slug_base
from portal.demo import source
from portal.demo.story import Story, known

SHOWING = 0.45  # the share of members whose name is shown as supporter
THE_FACILITATOR, THE_NEWCOMER = "facilitator", "newcomer"


def load_people(story: Story) -> None:
    """Write units, topics, hubs, members and memberships."""
    _load_units_and_topics(story)
    _load_hubs(story)
    _load_members(story)
    _load_memberships(story)


def _load_units_and_topics(story: Story) -> None:
    names = sorted({row.unit for row in source.hubs()} | {row.unit for row in source.members()})
    story.units = {unit.name: unit for unit in Unit.objects.bulk_create(Unit(name=name) for name in names)}
    story.topics = {
        dutch: Topic(
            slug=slugify(dutch), label_nl=dutch, label_en=english, aliases=story.people["aliases"].get(dutch, [])
        )
        for dutch, english in story.people["topics"].items()
    }
    Topic.objects.bulk_create(story.topics.values())


def _load_hubs(story: Story) -> None:
    told = source.texts("hubs")
    rows = source.hubs()
    subjects = story.subjects(
        Hub.SUBJECT_KIND, [(row.name, story.at(row.founded_on, 9), Audience.MEMBERS) for row in rows]
    )
    story.hubs = {
        row.name: Hub(
            subject=subject,
            name=row.name,
            slug=slug_base(row.name),
            tagline=row.tagline,
            about=told[row.name]["about"].strip(),
            unit=story.units[row.unit],
            city=row.city,
            state=row.state,
            join_policy=row.join_policy,
            founded_on=row.founded_on,
            contact=told[row.name].get("contact", ""),
        )
        for row, subject in zip(rows, subjects, strict=True)
    }
    Hub.objects.bulk_create(story.hubs.values())
    story.link({hub.subject: ([hub.subject], hub.get_absolute_url()) for hub in story.hubs.values()})
    HubTopic.objects.bulk_create(
        HubTopic(hub=hub, topic=story.topics[topic])
        for name, hub in story.hubs.items()
        for topic in told[name]["topics"]
    )
    for hub in story.hubs.values():
        story.record(hub.subject, verbs.HUB_FOUNDED, at=hub.subject.created_at, system=True)


def _load_members(story: Story) -> None:
    accounts = {name: key for key, name in story.people["accounts"].items()}
    handles = FreeNames()
    rows = source.members()
    for row in rows:
        account = accounts.get(row.name)
        joined_on = _joined_on(story, row)
        story.members[row.name] = User(
            email=f"{account}@doorbraak.example" if account else row.email,
            name=row.name,
            handle=handles.take(handle_base(row.name)),
            voter_key=story.voter_key(),
            # Hashing costs 50 ms on purpose: only those who are shown on the sign-in page can sign in.
            password=make_password(DEMO_PASSWORD if account else None),
            role=row.role,
            role_other=row.role_other,
            unit=story.units[row.unit],
            city=row.city,
            bio=story.people["bios"].get(row.name, ""),
            primary_hub=None if account == THE_NEWCOMER else story.hubs[row.hub],
            shows_support=story.random.random() < SHOWING,
            joined_on=joined_on,
            activated_at=story.at(joined_on, 9, story.random.randrange(60)),
            seen_on=story.today - timedelta(days=story.random.randrange(1, 45)),
        )
    User.objects.bulk_create(story.members.values())
    EmailAddress.objects.bulk_create(
        EmailAddress(user=story.members[name], email=f"{key}@doorbraak.example", verified=True, primary=True)
        for key, name in story.people["accounts"].items()
    )
    for member in story.members.values():
        story.record(story.community, verbs.MEMBER_JOINED_COMMUNITY, by=member, at=known(member.activated_at))
    _load_member_topics(story, rows)
    facilitator = story.members[story.people["accounts"][THE_FACILITATOR]]
    appointed_at = story.at(date(2018, 1, 15), 10)
    FacilitatorTerm.objects.create(member=facilitator, started_at=appointed_at)
    story.record(
        story.community,
        verbs.FACILITATOR_APPOINTED,
        system=True,
        at=appointed_at,
        data={"member": facilitator.pk},
    )


def _joined_on(story: Story, row: source.MemberRow) -> date:
    if days := story.people["joined_days_ago"].get(row.name):
        return story.today - timedelta(days=days)
    joined_on: date = story.people["joined"].get(row.name, row.joined_on)
    return joined_on


def _load_member_topics(story: Story, rows: list[source.MemberRow]) -> None:
    found: dict[tuple[int, int, str], MemberTopic] = {}
    for row in rows:
        member = story.members[row.name]
        kinds = {TopicKind.ASK_ME: row.ask_me, TopicKind.WANTS_TO_LEARN: row.wants_to_learn}
        more = [label for label in story.topics if label not in {*row.ask_me, *row.wants_to_learn}]
        kinds[TopicKind.CAN_DO] = story.random.sample(more, 2) if row.ask_me else []
        for kind, labels in kinds.items():
            for label in labels:
                topic = story.topics[label]
                confirmed_on = story.today - timedelta(days=story.random.randrange(10, 500))
                found[member.pk, topic.pk, kind] = MemberTopic(
                    member=member, topic=topic, kind=kind, confirmed_on=max(confirmed_on, member.joined_on)
                )
    MemberTopic.objects.bulk_create(found.values())


def _load_memberships(story: Story) -> None:
    speaks_for = {(name, hub) for hub, told in source.texts("hubs").items() for name in told.get("representatives", [])}
    memberships = []
    for row in source.members():
        member = story.members[row.name]
        for number, name in enumerate([row.hub, *story.people["also"].get(row.name, [])]):
            hub = story.hubs[name]
            if member.primary_hub is None:
                continue
            after = timedelta(days=story.random.randrange(1, 30) + number * 400)
            started_at = max(known(member.activated_at), hub.subject.created_at) + after
            if member.name == "Bram Smit" or number == 0:
                started_at = max(known(member.activated_at), hub.subject.created_at) + timedelta(hours=1)
            represents = (row.name, name) in speaks_for
            role = MembershipRole.REPRESENTATIVE if represents else MembershipRole.MEMBER
            memberships.append(Membership(member=member, hub=hub, role=role, started_at=started_at))
            story.record(hub.subject, verbs.HUB_JOINED, by=member, at=started_at)
            if represents:
                named_at = started_at + timedelta(days=story.random.randrange(60, 300))
                story.record(
                    hub.subject, verbs.REPRESENTATIVE_NAMED, by=member, at=named_at, data={"member": member.pk}
                )
            if number == 0:
                story.since[member.pk] = started_at
    Membership.objects.bulk_create(memberships)
    tallies.keep_all(MemberTally)
    for membership in memberships:
        if membership.member.primary_hub_id == membership.hub_id:
            story.of_hub.setdefault(membership.hub_id, []).append(membership)
