"""Figures, order, filters and search, against the database that keeps them. Spec 02."""

import random
import re
from datetime import timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection
from django.utils import timezone

from issues.bottlenecks import actions
from issues.bottlenecks.figures import differences, recount_all, support_of
from issues.bottlenecks.selectors import (
    author_of,
    evidence_of,
    most_alike,
    named_supporters,
    support_parts,
    votes_by_hub,
)
from issues.models import Bottleneck, Vote
from tests.factories import BottleneckFactory, HubFactory, UserFactory, VoteFactory, facilitator, member_of
from tests.plans import plan_of

pytestmark = pytest.mark.django_db


# --- Figures
@pytest.mark.parametrize("seed", range(8))
def test_support_is_the_sum_of_roots_whoever_counts_it(seed: int):
    """Python's and PostgreSQL's roots agree to the last of four decimals, for any spread of votes over hubs."""
    chance = random.Random(seed)
    bottleneck, sizes = BottleneckFactory(), [chance.randint(1, 60) for _hub in range(chance.randint(1, 6))]
    groups = [*HubFactory.create_batch(len(sizes) - 1), None]
    author = UserFactory()
    votes = [
        VoteFactory.build(
            bottleneck=bottleneck,
            member=author,
            voter_key=UserFactory.build().voter_key,
            hub=hub,
            hours=chance.choice([None, Decimal("0.5"), Decimal(3)]),
        )
        for hub, size in zip(groups, sizes, strict=True)
        for _vote in range(size)
    ]
    Vote.objects.bulk_create(votes)
    recount_all()
    bottleneck.refresh_from_db()

    assert bottleneck.support == support_of(sizes)
    assert abs(float(bottleneck.support) - sum(size**0.5 for size in sizes)) < 0.0001
    assert (bottleneck.member_count, bottleneck.hub_count) == (sum(sizes), len(sizes) - 1)
    assert bottleneck.hours == sum((vote.hours for vote in votes if vote.hours), Decimal(0))
    assert bottleneck.estimate_count == sum(vote.hours is not None for vote in votes)


def test_four_small_hubs_outweigh_a_large_one():
    assert support_of([4, 4, 4, 4]) == 8 > support_of([16]) == 4


def test_the_roots_of_large_numbers_stay_exact_in_postgresql():
    from django.db import connection

    numbers = [*range(200), 10**6, 2 * 10**6, 99_999_999]
    with connection.cursor() as cursor:
        cursor.execute("SELECT SQRT(n::numeric)::numeric(12, 4) FROM unnest(%s) AS n", [numbers])
        assert [row[0] for row in cursor.fetchall()] == [support_of([n]) for n in numbers]


def test_recount_finds_every_figure_that_differs_and_repairs_it():
    right, wrong, empty = BottleneckFactory.create_batch(3)
    for bottleneck in (right, wrong):
        actions.cast_vote(bottleneck=bottleneck, by=member_of(HubFactory()), hours=Decimal(4))
    Bottleneck.objects.filter(pk=wrong.pk).update(member_count=7, support=Decimal(7))
    Bottleneck.objects.filter(pk=empty.pk).update(hub_count=1)

    with pytest.raises(CommandError, match="3 bottlenecks checked, 2 differ\\. Run"):
        call_command("recount", stdout=(out := StringIO()))
    assert f"bottleneck {wrong.pk}: member_count 7 should be 1, support 7.0000 should be 1.0000" in out.getvalue()
    assert f"bottleneck {empty.pk}: hub_count 1 should be 0" in out.getvalue()

    call_command("recount", "--fix", stdout=(out := StringIO()))
    assert "2 repaired" in out.getvalue()
    assert list(differences()) == []
    call_command("recount", stdout=(out := StringIO()))
    assert "3 bottlenecks checked: all figures equal what they count" in out.getvalue()


# --- Rising
def test_rising_is_the_support_gained_since_then():
    hub, now = HubFactory(), timezone.now()
    old, new, quiet = (BottleneckFactory(title=title) for title in ("old", "new", "quiet"))
    for bottleneck, ages in ((old, [90] * 9 + [1] * 7), (new, [3, 2]), (quiet, [90])):
        for age in ages:
            VoteFactory(bottleneck=bottleneck, member=member_of(hub), cast_at=now - timedelta(days=age))
    rows = list(Bottleneck.objects.rising(now - timedelta(days=30)))
    assert [(row.title, round(row.gained, 4)) for row in rows] == [
        ("new", Decimal("1.4142")),
        ("old", Decimal("1.0000")),  # from the root of 9 to the root of 16
    ]


# --- Search
@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("licentie", {"Licenties per afdeling"}),  # Dutch stems
        ("privé account", {"Code op prive-accounts"}),  # accents typed, none written
        ("prive", {"Code op prive-accounts"}),
        ("measurement", {"Measurements are missing"}),  # English stems
        ("licnties", {"Licenties per afdeling"}),  # a typing error
        ("metdata", {"Geen standaard voor metadata"}),
        ('"per afdeling"', {"Licenties per afdeling"}),
        ("afdeling -licenties", set()),
        ("beslist", {"Licenties per afdeling"}),  # a word of the text
        ("café", {"Geen standaard voor metadata"}),
        ("cafe", {"Geen standaard voor metadata"}),
        ("') | (select 1)", set()),
    ],
)
def test_search_reads_dutch_and_english_with_and_without_accents_and_forgives_errors(words: str, found: set[str]):
    from issues.bottlenecks.board import Board

    BottleneckFactory(title="Licenties per afdeling", situation="Niemand beslist.", language="nl")
    BottleneckFactory(title="Code op prive-accounts", situation="Overal.", language="nl")
    BottleneckFactory(title="Measurements are missing", situation="Since May.", language="en")
    BottleneckFactory(title="Geen standaard voor metadata", situation="In het café bedacht.", language="nl")
    board = Board({"q": words, "sort": "", "show": "", "theme": "", "hub": ""}, UserFactory())
    count = board.count()
    assert {row.title for row in board.page("", size=50).rows} == found
    assert count.number == len(found)


def test_similar_ones_come_by_words_and_by_letters_closed_ones_too():
    member = UserFactory()
    BottleneckFactory(title="Modellen komen niet in productie", situation="Niemand beheert ze.", language="nl")
    BottleneckFactory(title="Geen GPU's", situation="Modellen trainen op een laptop.", language="nl")
    BottleneckFactory(title="Vergaderzalen zonder stopcontacten", situation="Dertig laptops.", language="nl")
    found = most_alike(member, "Model komt niet in produktie", "")
    assert [row.title for row in found][:1] == ["Modellen komen niet in productie"]
    assert "Vergaderzalen zonder stopcontacten" not in {row.title for row in found}
    assert most_alike(member, "", "!?") == []


# --- Who sees whom
def test_everyone_sees_who_filed_by_name_and_nobody_who_left():
    zuid = HubFactory(name="Kern Zuid")
    anna = member_of(zuid, name="Anna")
    filed = BottleneckFactory(author=anna)
    assert author_of(filed, UserFactory()).name == "Anna"
    assert author_of(filed, UserFactory()).hub == "Kern Zuid"
    anna.is_active = False
    assert author_of(filed, UserFactory()).name == "a former member"
    filed.author = None
    assert author_of(filed, None).name == "a former member"


def test_a_confidential_author_is_known_to_facilitators_and_themselves_only():
    anna = UserFactory(name="Anna")
    filed = BottleneckFactory(author=anna, attribution="confidential")
    assert author_of(filed, facilitator()).name == "Anna, confidentially"
    assert author_of(filed, anna).name == "Anna, confidentially"
    for reader in (UserFactory(), UserFactory(is_staff=True, is_superuser=True), None):
        assert author_of(filed, reader).name == "somebody, confidentially"


def test_imported_and_anonymous_ones_have_no_author_to_show():
    imported = BottleneckFactory(author=None, attribution="imported", origin="Ochtend 2018")
    assert author_of(imported, facilitator()).name == "the list “Ochtend 2018”"
    assert author_of(BottleneckFactory(author=None, attribution="anonymous"), facilitator()).name == (
        "somebody, anonymously"
    )


def test_supporters_are_named_when_they_switched_it_on_and_are_here():
    bottleneck = BottleneckFactory(attribution="confidential", author=UserFactory(shows_support=True))
    shown = UserFactory(shows_support=True)
    for member in (
        shown,
        bottleneck.author,
        UserFactory(),
        UserFactory(shows_support=True, is_active=False),
        UserFactory(shows_support=True, activated_at=None),
    ):
        actions.cast_vote(bottleneck=bottleneck, by=member)
    assert named_supporters(bottleneck) == [shown]


def test_named_supporters_are_looked_for_among_who_voted_and_not_among_all_members():
    """Members by name until there are 25 who voted: among 100,000 that took half a second."""
    asked = []
    bottleneck = BottleneckFactory()

    def watch(execute, sql, params, many, context):
        asked.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        named_supporters(bottleneck)
    [(sql, params)] = asked
    plan = plan_of(sql, params)
    assert "community_user_pkey" in plan
    assert re.search(r"id = ANY \(\(InitPlan", plan)
    assert "member_by_name" not in plan


def test_evidence_is_shown_newest_first_and_only_where_somebody_wrote_any():
    bottleneck = BottleneckFactory()
    actions.cast_vote(bottleneck=bottleneck, by=UserFactory(), evidence="first")
    actions.cast_vote(bottleneck=bottleneck, by=UserFactory())
    actions.cast_vote(bottleneck=bottleneck, by=UserFactory(), evidence="second")
    assert evidence_of(bottleneck) == ["second", "first"]


# --- Where support comes from
@pytest.mark.parametrize(
    ("votes", "parts"),
    [
        ([("A", 4)], []),  # below five in all: no split
        ([("A", 2), ("B", 2)], []),
        ([("A", 9), ("B", 5)], [("A", 1, 9), ("B", 1, 5)]),
        ([("A", 9), ("B", 7), ("C", 3)], [("A", 1, 9), ("", 2, 10)]),  # one hub: joined with the next smallest
        ([("A", 9), ("B", 7), ("C", 2), ("D", 2)], [("A", 1, 9), ("", 3, 11)]),  # under five votes: joined
        ([("A", 9), ("B", 7), ("C", 3), ("D", 2)], [("A", 1, 9), ("B", 1, 7), ("", 2, 5)]),
        ([("A", 9), ("B", 1)], [("", 2, 10)]),
        ([("A", 3), ("B", 3)], [("", 2, 6)]),
        ([("A", 9), (None, 6)], [("A", 1, 9), ("members without a hub", 1, 6)]),
        ([("A", 9), ("B", 3), (None, 3)], [("A", 1, 9), ("", 1, 6)]),
    ],
)
def test_support_is_split_by_hub_only_as_far_as_it_tells_nothing_about_a_few(votes, parts):
    shown = support_parts(votes)
    assert [(part.name, part.hubs, part.votes) for part in shown] == parts
    if shown:
        assert sum(part.weight for part in shown) == pytest.approx(
            support_of([n for _hub, n in votes]), abs=Decimal("0.001")
        )


def test_votes_by_hub_counts_members_without_a_hub_apart():
    bottleneck, zuid = BottleneckFactory(), HubFactory(name="Kern Zuid")
    for member in (member_of(zuid), member_of(zuid), UserFactory()):
        actions.cast_vote(bottleneck=bottleneck, by=member)
    assert sorted(votes_by_hub(bottleneck, UserFactory()), key=str) == [("Kern Zuid", 2), (None, 1)]


def test_the_database_knows_by_whom_a_bottleneck_can_be_filed():
    with pytest.raises(IntegrityError, match="bottleneck_has_a_known_attribution"):
        Bottleneck.objects.filter(pk=BottleneckFactory(author=None).pk).update(attribution="whispered")
