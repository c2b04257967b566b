"""Filing, correcting, voting: what is written, and what is refused. Spec 02."""

import uuid
from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from activity.actions import update_subject
from activity.models import Activity, ActorKind, Subject
from community.registries import erasure_hooks
from issues.bottlenecks import actions
from issues.bottlenecks.figures import differences
from issues.models import Attribution, Bottleneck, Theme, Vote
from tests.factories import BottleneckFactory, HubFactory, ThemeFactory, UserFactory, VoteFactory, member_of
from tests.races import run_together
from ui.errors import RuleBroken, StaleForm

pytestmark = pytest.mark.django_db


def verbs(bottleneck: Bottleneck) -> list[str]:
    return list(bottleneck.subject.activities.order_by("pk").values_list("verb", flat=True))


# --- Filing
def test_filing_makes_a_subject_a_ledger_entry_and_the_filers_vote_at_once():
    hub, theme = HubFactory(), ThemeFactory()
    anna = member_of(hub)

    filed = actions.file_bottleneck(
        by=anna, title="Models wait", situation="Nobody runs them.", theme=theme, hours=Decimal("3.5"), language="en"
    )

    assert (filed.author, filed.attribution, filed.theme) == (anna, Attribution.NAMED, theme)
    assert list(filed.hubs.all()) == [hub]
    assert list(filed.subject.hubs.all()) == [hub.subject]
    assert filed.subject.url == f"/bottlenecks/{filed.pk}-models-wait/"
    assert (filed.subject.kind, filed.subject.language, filed.subject.audience) == ("bottleneck", "en", "members")
    assert (filed.member_count, filed.hub_count, filed.hours, filed.estimate_count) == (1, 1, Decimal("3.5"), 1)
    assert filed.support == 1
    assert verbs(filed) == ["bottleneck_filed", "voted"]
    assert filed.subject.activities.get(verb="bottleneck_filed").actor == anna


def test_no_vote_in_the_ledger_names_who_cast_it():
    anna = member_of(HubFactory())
    filed = actions.file_bottleneck(by=anna, title="Models wait", situation="Nobody runs them.")
    actions.update_estimate(bottleneck=filed, by=anna, hours=Decimal(2))
    actions.take_back_vote(bottleneck=filed, by=anna)

    unsigned = Activity.objects.filter(verb__in=["voted", "hours_estimated", "vote_taken_back"])
    assert unsigned.count() == 3
    assert not unsigned.exclude(actor=None, actor_kind=ActorKind.UNSIGNED).exists()


def test_filing_the_same_form_twice_leads_to_the_first_result():
    anna, key = member_of(HubFactory()), uuid.uuid4()
    first = actions.file_bottleneck(by=anna, title="Models wait", situation="x", creation_key=key)
    again = actions.file_bottleneck(by=anna, title="Models wait!", situation="y", creation_key=key)
    assert again == first
    assert Bottleneck.objects.count() == Vote.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_double_click_files_once():
    for _round in range(5):
        anna, key = member_of(HubFactory()), uuid.uuid4()
        file = partial(actions.file_bottleneck, by=anna, title="Models wait", situation="x", creation_key=key)
        results = run_together(*[file] * 4)
        assert len({result.pk for result in results}) == 1  # type: ignore[union-attr]
        assert Vote.objects.filter(member=anna).count() == 1


@pytest.mark.parametrize("hours", [Decimal("0.4"), Decimal("80.1"), Decimal(-1)])
def test_hours_out_of_range_are_refused_and_nothing_is_filed(hours: Decimal):
    with pytest.raises(RuleBroken):
        actions.file_bottleneck(by=UserFactory(), title="Models wait", situation="x", hours=hours)
    assert not Subject.objects.filter(kind="bottleneck").exists()


def test_the_database_itself_refuses_hours_out_of_range_and_a_second_vote():
    vote = VoteFactory()
    with pytest.raises(IntegrityError, match="hours_between_half_and_eighty"), transaction.atomic():
        Vote.objects.filter(pk=vote.pk).update(hours=Decimal(81))
    with pytest.raises(IntegrityError, match="one_vote_per_member"), transaction.atomic():
        VoteFactory(bottleneck=vote.bottleneck, member=vote.member)


# --- Correcting
CORRECTED = {"title": "Models wait for a home", "situation": "Nobody runs them.", "language": "en"}


def test_the_filer_corrects_small_things_for_half_an_hour():
    hub = HubFactory()
    filed = BottleneckFactory(title="Modls wait")
    corrected = actions.correct_bottleneck(bottleneck=filed, by=filed.author, version=1, hubs=[hub], **CORRECTED)
    assert corrected.version == 2
    subject = Subject.objects.get(pk=filed.subject_id)
    assert (subject.title, subject.url) == (CORRECTED["title"], f"/bottlenecks/{filed.pk}-models-wait-for-a-home/")
    assert list(subject.hubs.all()) == [hub.subject]
    entry = subject.activities.get(verb="bottleneck_corrected")
    assert entry.data["fields"] == ["title", "situation", "hubs"]


def test_a_correction_without_a_change_writes_nothing():
    filed = BottleneckFactory(**CORRECTED)
    actions.correct_bottleneck(bottleneck=filed, by=filed.author, version=1, **CORRECTED)
    assert Bottleneck.objects.get().version == 1
    assert verbs(filed) == []


def test_after_half_an_hour_the_text_stays_as_others_voted_for_it():
    filed = BottleneckFactory(filed_at=timezone.now() - timedelta(minutes=31))
    with pytest.raises(RuleBroken, match="30 minutes"):
        actions.correct_bottleneck(bottleneck=filed, by=filed.author, version=1, **CORRECTED)


def test_nobody_else_corrects_it():
    with pytest.raises(RuleBroken, match="Only the one who filed"):
        actions.correct_bottleneck(bottleneck=BottleneckFactory(), by=UserFactory(), version=1, **CORRECTED)


def test_a_stale_correction_writes_nothing():
    filed = BottleneckFactory()
    actions.correct_bottleneck(bottleneck=filed, by=filed.author, version=1, **CORRECTED)
    with pytest.raises(StaleForm):
        actions.correct_bottleneck(
            bottleneck=filed, by=filed.author, version=1, **{**CORRECTED, "title": "From the other tab"}
        )
    assert Bottleneck.objects.get().title == CORRECTED["title"]


# --- Voting
def test_a_vote_counts_for_the_primary_hub_of_that_moment_and_stays_there():
    zuid, oost = HubFactory(), HubFactory()
    anna, bottleneck = member_of(zuid), BottleneckFactory()
    assert actions.cast_vote(bottleneck=bottleneck, by=anna, hours=Decimal(4), evidence=" Twice in May ").has_changed
    anna.primary_hub = oost
    anna.save()

    vote = Vote.objects.get()
    assert (vote.hub, vote.hours, vote.evidence) == (zuid, Decimal(4), "Twice in May")
    assert bottleneck.subject.activities.get(verb="voted").data == {"v": 1, "hub": zuid.pk}
    assert list(differences()) == []


def test_a_repeated_vote_changes_nothing():
    anna, bottleneck = member_of(HubFactory()), BottleneckFactory()
    actions.cast_vote(bottleneck=bottleneck, by=anna, hours=Decimal(4))
    assert not actions.cast_vote(bottleneck=bottleneck, by=anna, hours=Decimal(8)).has_changed
    assert Vote.objects.get().hours == 4
    assert verbs(bottleneck) == ["voted"]


def test_taking_back_removes_the_vote_with_its_hours_and_a_repeat_changes_nothing():
    anna, bottleneck = member_of(HubFactory()), BottleneckFactory()
    actions.cast_vote(bottleneck=bottleneck, by=anna, hours=Decimal(4))
    assert actions.take_back_vote(bottleneck=bottleneck, by=anna).has_changed
    assert not actions.take_back_vote(bottleneck=bottleneck, by=anna).has_changed
    bottleneck.refresh_from_db()
    assert (bottleneck.member_count, bottleneck.hub_count, bottleneck.hours, bottleneck.support) == (0, 0, 0, 0)
    assert verbs(bottleneck) == ["voted", "vote_taken_back"]


def test_votes_without_a_hub_are_one_group_in_support_and_reach_no_hub():
    bottleneck, hub = BottleneckFactory(), HubFactory()
    for _n in range(4):
        actions.cast_vote(bottleneck=bottleneck, by=UserFactory())
    for _n in range(9):
        actions.cast_vote(bottleneck=bottleneck, by=member_of(hub))
    bottleneck.refresh_from_db()
    assert (bottleneck.member_count, bottleneck.hub_count, bottleneck.support) == (13, 1, 5)


def test_an_estimate_goes_with_a_vote_only():
    anna, bottleneck = UserFactory(), BottleneckFactory()
    with pytest.raises(RuleBroken, match="Vote first"):
        actions.update_estimate(bottleneck=bottleneck, by=anna, hours=Decimal(4))
    actions.cast_vote(bottleneck=bottleneck, by=anna)
    assert actions.update_estimate(bottleneck=bottleneck, by=anna, hours=Decimal("0.5"), evidence="In May.").has_changed
    assert not actions.update_estimate(
        bottleneck=bottleneck, by=anna, hours=Decimal("0.5"), evidence="In May."
    ).has_changed
    bottleneck.refresh_from_db()
    assert (bottleneck.hours, bottleneck.estimate_count) == (Decimal("0.5"), 1)
    with pytest.raises(RuleBroken, match=r"0\.5 to 80"):
        actions.update_estimate(bottleneck=bottleneck, by=anna, hours=Decimal("0.3"))


def test_a_closed_bottleneck_takes_no_votes_and_gives_none_back():
    anna, bottleneck = UserFactory(), BottleneckFactory()
    actions.cast_vote(bottleneck=bottleneck, by=anna)
    update_subject(bottleneck.subject, closed_at=timezone.now())
    for refused in (
        partial(actions.cast_vote, by=UserFactory()),
        partial(actions.take_back_vote, by=anna),
        partial(actions.update_estimate, by=anna, hours=Decimal(3)),
    ):
        with pytest.raises(RuleBroken, match="closed"):
            refused(bottleneck=bottleneck)
    assert Vote.objects.count() == 1


def test_it_becomes_generic_once_and_stays_so_whatever_is_withdrawn(settings):
    settings.GENERIC_MIN_HUBS, settings.GENERIC_MIN_VOTES = 2, 3
    zuid, oost, bottleneck = HubFactory(), HubFactory(), BottleneckFactory()
    voters = [member_of(zuid), member_of(zuid), member_of(oost)]
    for voter in voters:
        assert bottleneck.generic_at is None
        actions.cast_vote(bottleneck=bottleneck, by=voter)
        bottleneck.refresh_from_db()
    since = bottleneck.generic_at
    assert since is not None

    actions.take_back_vote(bottleneck=bottleneck, by=voters[2])
    actions.cast_vote(bottleneck=bottleneck, by=voters[2])
    bottleneck.refresh_from_db()
    assert bottleneck.generic_at == since
    entry = bottleneck.subject.activities.get(verb="became_generic")
    assert (entry.actor_kind, entry.data) == (ActorKind.SYSTEM, {"v": 1, "members": 3, "hubs": 2})


@pytest.mark.parametrize(("hubs", "each"), [(2, 10), (3, 3)])
def test_ten_members_from_two_hubs_or_nine_from_three_are_not_generic(hubs: int, each: int):
    bottleneck = BottleneckFactory()
    for hub in HubFactory.create_batch(hubs):
        for _n in range(each):
            actions.cast_vote(bottleneck=bottleneck, by=member_of(hub))
    bottleneck.refresh_from_db()
    assert bottleneck.generic_at is None


# --- Erasure
def test_erasing_an_account_keeps_the_vote_without_name_or_words():
    anna = member_of(HubFactory())
    filed = actions.file_bottleneck(by=anna, title="Models wait", situation="x", hours=Decimal(6))
    actions.update_estimate(bottleneck=filed, by=anna, hours=Decimal(6), evidence="Anna told so.")
    before = Bottleneck.objects.values("member_count", "hub_count", "hours", "support").get()

    erasure_hooks["votes"].run(anna)

    vote = Vote.objects.get()
    assert (vote.member, vote.evidence, vote.hours) == (None, "", Decimal(6))
    assert Bottleneck.objects.values("member_count", "hub_count", "hours", "support").get() == before
    assert list(differences()) == []


def test_a_theme_taken_off_the_list_while_somebody_files_is_left_out_and_nothing_is_lost():
    member, gone = UserFactory(), ThemeFactory()
    Theme.objects.filter(pk=gone.pk).delete()
    filed = actions.file_bottleneck(by=member, title="Zonder thema", situation="x", theme=gone)
    corrected = actions.correct_bottleneck(
        bottleneck=filed, by=member, version=1, title="Zonder thema nog", situation="x", theme=gone
    )
    assert (corrected.title, corrected.theme) == ("Zonder thema nog", None)


@pytest.mark.django_db(transaction=True)
def test_a_theme_is_taken_off_and_filed_under_at_the_same_moment():
    for _round in range(5):
        member, theme = UserFactory(), ThemeFactory()
        filed, _gone = run_together(
            partial(actions.file_bottleneck, by=member, title="Met thema", situation="x", theme=theme),
            partial(_take_off, theme.pk),
        )
        assert isinstance(filed, Bottleneck)
        fresh = Bottleneck.objects.get(pk=filed.pk)
        assert (fresh.theme_id is None) == (not Theme.objects.filter(pk=theme.pk).exists())


def _take_off(number):
    """As the outline does it: what stands under it goes elsewhere first."""
    with transaction.atomic():
        Bottleneck.objects.filter(theme=number).update(theme=None)
        Theme.objects.filter(pk=number).delete()
