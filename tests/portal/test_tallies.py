"""Numbers that are kept for each hub: whatever people do, and whoever meets, they equal what they count. Issue 8."""

import csv
import itertools
import random
from collections.abc import Callable
from functools import partial
from importlib import import_module
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.urls import reverse

import community.accounts.actions
import community.hubs.actions
import issues.bottlenecks.actions
from community.imports.members import import_members
from community.models import Hub, Membership, MemberTally, User
from issues.bottlenecks.imports import import_bottlenecks
from issues.models import Bottleneck, BottleneckTally
from tests.factories import BottleneckFactory, HubFactory, UserFactory, facilitator, member_of
from tests.races import run_together
from ui.errors import RuleBroken
from ui.kept import kept_figures

ROUNDS = 3


def wrong() -> list[str]:
    return [difference.text for figures in kept_figures for difference in figures.differences()]


def members_of(hub: Hub) -> int:
    return int(vars(Hub.objects.with_figures().get(pk=hub.pk))["member_count"])


def counted(hub: Hub) -> tuple[int, int]:
    """What is to be kept, counted the slow way."""
    members = [row.member for row in hub.memberships.select_related("member") if row.ended_at is None]
    touching = [row.subject for row in Bottleneck.objects.filter(hubs=hub).select_related("subject")]
    return (
        sum(member.is_active and member.activated_at is not None for member in members),
        sum(subject.is_shared and subject.closed_at is None for subject in touching),
    )


def kept(hub: Hub) -> tuple[int, int]:
    numbers = [tally.objects.filter(hub=hub).first() for tally in (MemberTally, BottleneckTally)]
    return (numbers[0].number if numbers[0] else 0, numbers[1].number if numbers[1] else 0)


def written(path: Path, rows: list[list[str]]) -> Path:
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


# --- Whatever people do -----------------------------------------------------------------------------------------------
@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(4))
def test_after_random_acts_what_is_kept_is_what_one_counts(seed, tmp_path):
    chance, manager, numbers = random.Random(seed), facilitator(), itertools.count()
    hubs = HubFactory.create_batch(3)

    def somebody() -> User:
        people: list[User] = list(User.objects.exclude(pk=manager.pk))
        return chance.choice(people)

    def some_hubs() -> list[Hub]:
        return chance.sample(hubs, chance.randint(0, 3))

    def join() -> None:
        community.hubs.actions.join_hub(hub=chance.choice(hubs), by=somebody())

    def leave() -> None:
        community.hubs.actions.leave_hub(
            hub=chance.choice(hubs), by=somebody(), successor=chance.choice([None, somebody()]),
            hand_to_facilitators=chance.random() < 0.5,
        )  # fmt: skip

    def name() -> None:
        community.hubs.actions.name_representative(hub=chance.choice(hubs), member=somebody(), by=manager)

    def arrive() -> None:
        address = f"new{next(numbers)}@doorbraak.example"
        community.accounts.actions.create_member(name="Nieuw", email=address, is_active_now=chance.random() < 0.5)

    def bring() -> None:
        names = ";".join(hub.name for hub in some_hubs())
        addresses = {f"list{chance.randrange(6)}@doorbraak.example", somebody().email}
        rows = [["naam", "e-mailadres", "kernen"], *([address, address, names] for address in sorted(addresses))]
        import_members(written(tmp_path / "members.csv", rows))

    def wake() -> None:
        community.accounts.actions.activate_member(member=somebody())

    def erase() -> None:
        community.accounts.actions.erase_member(member=somebody())

    def file() -> None:
        issues.bottlenecks.actions.file_bottleneck(by=somebody(), title="Traag", situation="x", hubs=some_hubs())

    def correct() -> None:
        filed = Bottleneck.objects.exclude(author=None).order_by("?").first()
        if filed is not None and filed.author is not None:
            issues.bottlenecks.actions.correct_bottleneck(
                bottleneck=filed, by=filed.author, version=filed.version, title="Trager", situation="x",
                hubs=some_hubs(),
            )  # fmt: skip

    def list_them() -> None:
        rows = [["nr", "titel", "situatie", "kernen"]]
        rows += [[str(n), f"Uit {n}", "x", ";".join(hub.name for hub in some_hubs())] for n in range(1, 4)]
        import_bottlenecks(written(tmp_path / "bottlenecks.csv", rows))

    acts: list[Callable[[], None]] = [join, join, leave, name, arrive, bring, wake, erase, file, correct, list_them]
    UserFactory.create_batch(6)
    for _turn in range(40):
        act = chance.choice(acts)
        try:
            act()
        except (RuleBroken, IndexError):  # a last representative, or nobody is left
            UserFactory.create_batch(2)
        assert {hub: kept(hub) for hub in hubs} == {hub: counted(hub) for hub in hubs}, act.__name__
        assert wrong() == []
    assert any(number for hub in hubs for number in kept(hub))


@pytest.mark.django_db
def test_the_list_of_hubs_shows_what_is_kept(client):
    hub, empty = HubFactory(name="Kern Oost"), HubFactory(name="Kern Leeg")
    people = [member_of(hub), member_of(hub), member_of(hub, activated_at=None)]
    issues.bottlenecks.actions.file_bottleneck(by=people[0], title="Traag", situation="x")
    client.force_login(people[1])
    cards = {card.hub: card for card in client.get(reverse("community:hub_list")).context["cards"]}
    assert [str(figure.text) for figure in cards[hub].figures] == ["1 bottleneck"]
    assert (cards[hub].hub.member_count, cards[empty].hub.member_count) == (2, 0)
    assert [face.pk for face in cards[hub].faces] == [person.pk for person in people[:2]]
    assert not cards[empty].figures
    assert not cards[empty].faces


@pytest.mark.django_db
def test_faces_are_the_first_three_with_representatives_before_others():
    from community.hubs.selectors import hub_faces

    hub, other = HubFactory(), HubFactory()
    people = [member_of(hub) for _n in range(4)]
    member_of(hub, activated_at=None)
    stranger = member_of(other)
    community.hubs.actions.name_representative(hub=hub, member=people[3], by=people[0])
    community.hubs.actions.leave_hub(hub=hub, by=people[0])
    faces = hub_faces([hub, other])
    assert [face.pk for face in faces[hub.pk]] == [people[3].pk, people[1].pk, people[2].pk]
    assert [face.name for face in faces[other.pk]] == [stranger.name]


# --- Whoever meets ----------------------------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
def test_two_who_join_at_once_are_two():
    for _round in range(ROUNDS):
        hub = HubFactory()
        people = UserFactory.create_batch(4)
        results = run_together(*[partial(community.hubs.actions.join_hub, hub=hub, by=person) for person in people])
        assert results == [True] * 4
        assert members_of(hub) == 4


@pytest.mark.django_db(transaction=True)
def test_joining_leaving_and_being_erased_at_once_leave_the_right_number():
    for _round in range(ROUNDS):
        hub = HubFactory()
        leaving, erased, joining = member_of(hub), member_of(hub), UserFactory()
        results = run_together(
            partial(community.hubs.actions.leave_hub, hub=hub, by=leaving),
            partial(community.accounts.actions.erase_member, member=erased),
            partial(community.hubs.actions.join_hub, hub=hub, by=joining),
        )
        assert results == [True, None, True]
        assert (members_of(hub), wrong()) == (1, [])


@pytest.mark.django_db(transaction=True)
def test_members_of_one_hub_who_sign_in_for_the_first_time_at_once_all_count(tmp_path):
    for number in range(ROUNDS):
        hubs = HubFactory.create_batch(2)
        people = [member_of(hubs[0], activated_at=None) for _n in range(3)]
        rows = [["naam", "e-mailadres", "kernen"], *([it.name, it.email, hubs[1].name] for it in people)]
        path = written(tmp_path / f"{number}.csv", rows)
        results = run_together(
            partial(import_members, path),
            *[partial(community.accounts.actions.activate_member, member=person) for person in people],
        )
        assert not [result for result in results if isinstance(result, BaseException)], results
        assert [members_of(hub) for hub in hubs] == [3, 3]


@pytest.mark.django_db(transaction=True)
def test_bottlenecks_filed_and_listed_at_once_for_the_same_hubs_all_count(tmp_path):
    for number in range(ROUNDS):
        hubs = HubFactory.create_batch(2)
        names = ";".join(hub.name for hub in hubs)
        rows = [["nr", "titel", "situatie", "kernen"], *([str(n), f"Uit {number} {n}", "x", names] for n in (1, 2))]
        path = written(tmp_path / f"{number}.csv", rows)
        file = partial(issues.bottlenecks.actions.file_bottleneck, title="Traag", situation="x")
        results = run_together(
            partial(file, by=UserFactory(), hubs=hubs),
            partial(file, by=UserFactory(), hubs=hubs[::-1]),
            partial(import_bottlenecks, path),
        )
        assert not [result for result in results if isinstance(result, BaseException)], results
        assert [kept(hub)[1] for hub in hubs] == [4, 4]


# --- Proven and repaired ----------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_recount_finds_and_repairs_what_is_kept_for_hubs():
    hub, other = HubFactory(slug="kern-oost"), HubFactory(slug="kern-west")
    BottleneckFactory(author=member_of(hub), hubs=[hub])
    Membership.objects.create(hub=other, member=UserFactory())  # a hub without a row
    MemberTally.objects.filter(hub=hub).update(number=7)
    BottleneckTally.objects.filter(hub=hub).update(number=0)
    with pytest.raises(CommandError, match="2 hubs with their number of members checked, 2 differ"):
        call_command("recount", stdout=(out := StringIO()))
    lines = out.getvalue().splitlines()
    assert "hub kern-oost: members 7 should be 1" in lines
    assert "hub kern-west: members 0 should be 1" in lines
    assert "hub kern-oost: open bottlenecks 0 should be 1" in lines
    call_command("recount", "--fix", stdout=StringIO())
    assert wrong() == []
    assert (kept(hub), kept(other)) == ((1, 1), (1, 0))


@pytest.mark.django_db
@pytest.mark.parametrize(
    "migration", ["community.migrations.0012_count_members_of_hubs", "issues.migrations.0008_count_bottlenecks_of_hubs"]
)
def test_the_migration_counts_what_is_there(migration):
    hub = HubFactory()
    people = [member_of(hub), member_of(hub, activated_at=None), member_of(hub, is_active=False)]
    community.hubs.actions.leave_hub(hub=hub, by=member_of(hub))
    BottleneckFactory(author=people[0], hubs=[hub])
    BottleneckFactory(author=people[0], hubs=[hub], subject__audience="named")
    for tally in (MemberTally, BottleneckTally):
        tally.objects.update(number=9)
    with connection.cursor() as cursor:
        cursor.execute(import_module(migration).FORWARDS)
    assert kept(hub) in {(1, 9), (9, 1)}
