"""The demonstration: complete, consistent, the same every time, and never beside real members."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import transaction
from django.db.models import Count, F, Q
from django.utils import timezone

from activity import outbox
from activity.consent.models import Condition, ConsentRound, Position
from activity.consent.results import checksum
from activity.conversation.models import Comment, CommentRevision, Thanks
from activity.models import Activity, Email, EmailState, Subject, SubjectLink, Todo
from activity.moderation.models import Report
from activity.todos import waiting_for
from activity.verbs import verbs
from community.joining.actions import advance_requests
from community.models import Hub, JoinRequest, Membership, User
from events.models import Rsvp, RsvpState, Session, SessionState
from issues.models import (
    Adoption,
    Bottleneck,
    Ending,
    Merge,
    NextStep,
    Objection,
    Question,
    Theme,
    ThemeVersion,
    Vote,
)
from issues.outline.selectors import shown
from issues.ties import FILED_AT
from portal.demo.load import load
from tests import demonstration
from ui.workdays import is_workday

pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 23)
MIDNIGHT = datetime(2026, 11, 23, tzinfo=ZoneInfo("Europe/Amsterdam"))


def _fingerprint() -> list[object]:
    """What a reader could tell one loading from another by, without database numbers."""
    return [
        sorted(User.objects.values_list("email", "handle", "joined_on", "voter_key", "shows_support")),
        sorted(Bottleneck.objects.values_list("title", "filed_at", "generic_at", "support", "author__name"), key=str),
        sorted(Vote.objects.values_list("voter_key", "bottleneck__title", "cast_at", "hours"), key=str),
        sorted(Rsvp.objects.values_list("session__title", "member__name", "state", "position", "answered_at"), key=str),
        sorted(Activity.objects.values_list("at", "verb", "subject__title"), key=str),
    ]


def test_the_community_of_the_story_is_there():
    demonstration.copy(today=TODAY)
    assert Hub.objects.count() == 12
    assert User.objects.active().count() == 118
    assert Bottleneck.objects.count() == 46
    assert Session.objects.count() == 14
    assert Bottleneck.objects.exclude(generic_at=None).count() >= 10
    speaking = Membership.objects.current().representatives()
    assert {1, 2, 3} >= set(speaking.values("hub").annotate(n=Count("pk")).values_list("n", flat=True))
    assert speaking.values("hub").distinct().count() == 12
    tied = SubjectLink.objects.filter(kind=FILED_AT.key, to_subject__session__starts_at__lt=F("created_at"))
    assert tied.count() == SubjectLink.objects.count() == 2


def test_the_four_accounts_can_sign_in_and_are_who_they_say(client):
    demonstration.copy(today=TODAY)
    for name in ("facilitator", "representative", "member", "newcomer"):
        assert client.login(email=f"{name}@doorbraak.example", password="doorbraak-demo"), name
    assert User.objects.get(email="facilitator@doorbraak.example").is_facilitator
    representative = User.objects.get(email="representative@doorbraak.example")
    assert representative.memberships.representatives().get().hub.name == "Kern Oost"
    newcomer = User.objects.get(email="newcomer@doorbraak.example")
    assert newcomer.primary_hub is None
    assert not newcomer.memberships.exists()


def test_figures_and_counters_equal_what_they_count(capsys):
    demonstration.copy(today=TODAY)
    call_command("recount")
    for session in Session.objects.all():
        going = session.rsvps.filter(state__in=[RsvpState.GOING, RsvpState.OFFERED]).count()
        assert session.taken_count == going <= (session.capacity or going)
        positions = list(session.rsvps.waitlisted().values_list("position", flat=True))
        assert positions == list(range(1, len(positions) + 1))
    assert not Rsvp.objects.filter(state=RsvpState.GOING, placing=0).exists()


def test_the_ledger_tells_every_write_once():
    demonstration.copy(today=TODAY)
    counted = dict(Activity.objects.order_by().values_list("verb").annotate(Count("pk")))
    assert counted["voted"] == Vote.objects.count()
    assert counted["bottleneck_filed"] == Bottleneck.objects.filter(attribution="named").count()
    assert counted["bottleneck_listed"] == Bottleneck.objects.filter(attribution="imported").count()
    unnamed = Bottleneck.objects.filter(attribution__in=["confidential", "anonymous"])
    assert counted["bottleneck_filed_unnamed"] == unnamed.count() == 2
    assert counted["filer_asked"] == Question.objects.count() == 1
    assert counted["became_generic"] == Bottleneck.objects.exclude(generic_at=None).count()
    assert counted["why_not_said"] == NextStep.objects.filter(kind=NextStep.Kind.WHY_NOT).count() == 6
    assert counted["adoption_proposed"] == NextStep.objects.filter(kind=NextStep.Kind.PROPOSED).count() == 1
    assert counted["taken_up"] == Adoption.objects.exclude(began_at=None).count()
    ended = counted["marked_solved"] + counted["hub_delivered"] + counted["bottleneck_declined"]
    assert ended == Ending.objects.count() == Bottleneck.objects.exclude(subject__closed_at=None).count()
    assert not Vote.objects.filter(cast_at__gt=F("bottleneck__subject__closed_at")).exists()
    assert counted["merge_proposed"] == counted["merge_proposed_here"] == Merge.objects.count() == 2
    assert counted["was_merged"] == counted["merged_here"] == Bottleneck.objects.merged().count() == 1
    assert counted["merge_objected"] == counted["merge_objection_answered"] == Objection.objects.count() == 1
    assert counted["hub_joined"] == Membership.objects.count()
    assert counted["place_taken"] == Rsvp.objects.filter(state=RsvpState.GOING).count()
    assert counted["waitlist_joined"] == Rsvp.objects.filter(state=RsvpState.WAITLISTED).count()
    assert counted["commented"] == Comment.objects.count()
    assert counted["comment_changed"] == CommentRevision.objects.count()
    assert counted["comment_deleted"] == Comment.objects.exclude(deleted_at=None).count()
    assert counted["comment_thanked"] == Thanks.objects.count()
    assert counted["consent_opened"] == ConsentRound.objects.count() == 3
    assert counted["consent_closed"] == ConsentRound.objects.exclude(closed_at=None).count() == 2
    assert counted["consent_condition_answered"] == Condition.objects.exclude(verdict="open").count()
    assert counted["comment_reported"] == Report.objects.count() == 2
    assert counted["join_asked"] == JoinRequest.objects.count()
    assert counted["join_accepted"] == JoinRequest.objects.filter(state="accepted").count()
    assert counted["join_declined"] == JoinRequest.objects.filter(state="declined").count()
    told = set(Activity.objects.order_by().values_list("verb", "is_news").distinct())
    assert told == {(key, verbs[key].is_news) for key in counted}
    unsigned = [verb.key for verb in verbs if not verb.is_signed]
    assert not Activity.objects.filter(verb__in=unsigned, actor__isnull=False).exists()


def test_nothing_happened_in_the_future_and_nobody_acted_before_joining():
    demonstration.copy(today=TODAY)
    assert not Activity.objects.filter(at__gt=MIDNIGHT).exists()
    assert not Vote.objects.filter(cast_at__gt=MIDNIGHT).exists()
    assert not Vote.objects.filter(cast_at__lt=F("bottleneck__filed_at")).exists()
    assert not Vote.objects.filter(member__activated_at__gt=F("cast_at")).exists()
    assert not Rsvp.objects.filter(answered_at__gt=F("session__starts_at")).exists()
    assert not Comment.objects.filter(written_at__lt=F("author__activated_at")).exists()
    assert not Membership.objects.filter(started_at__lt=F("member__activated_at")).exists()
    assert not Membership.objects.filter(started_at__gt=MIDNIGHT).exists()
    out_of_order = Activity.objects.order_by("pk").values_list("at", flat=True)
    assert list(out_of_order) == sorted(out_of_order)


def test_a_consent_round_waits_for_an_answer_and_another_has_a_result():
    demonstration.copy(today=TODAY)
    about_hub = ConsentRound.objects.get(closed_at=None)
    assert about_hub.subject.kind == "hub"
    assert not Position.objects.filter(member__email="member@doorbraak.example").exists()
    assert set(Position.objects.values_list("version", flat=True)) == {1, 2}
    closed = ConsentRound.objects.get(question="Sta je achter ons verhaal?")
    assert closed.subject == Subject.objects.community()
    assert closed.result is not None
    assert closed.checksum == checksum(closed.result)
    assert closed.result["positions"] == {"support": 52, "support_if": 9, "no_opinion": 6, "object": 2}


def test_the_themes_were_agreed_to_and_hold_as_they_were():
    demonstration.copy(today=TODAY)
    noted, adopted = ThemeVersion.objects.order_by("number")
    assert (noted.state, adopted.state) == ("noted", "adopted")
    assert adopted.consent.result["text"] == adopted.text
    assert adopted.decided_at is not None
    assert adopted.decided_at.date().isoformat() > adopted.consent.result["closed_on"]
    assert adopted.consent.opened_at == adopted.frozen_at
    names = list(adopted.themes.values_list("key", "name", "explanation"))
    assert names == list(Theme.objects.values_list("key", "name", "explanation"))
    found = [(it.kind, it.name) for it in shown(adopted).changes]
    assert found == [("renamed", "Leiding en sturing"), ("explained", "Leiding en sturing")]


@pytest.mark.parametrize("today", [TODAY, date(2027, 1, 1), date(2028, 2, 29), date(2027, 5, 6), date(2027, 7, 18)])
def test_requests_to_join_lie_where_the_clock_would_have_them(today):
    demonstration.copy(today=today)
    representative = User.objects.get(email="representative@doorbraak.example")
    assert waiting_for(representative)
    assert JoinRequest.objects.filter(member__email="newcomer@doorbraak.example", state="waiting").exists()
    assert not JoinRequest.objects.filter(member__activated_at__gt=F("asked_at")).exists()
    before = list(Todo.objects.order_by("pk").values())
    with time_machine.travel(datetime.combine(today, time(0, 5), MIDNIGHT.tzinfo)):
        due_today = advance_requests(now=timezone.now())
    if not is_workday(today):  # on a working day something may become due
        assert due_today == 0
        assert list(Todo.objects.order_by("pk").values()) == before


def test_every_subject_leads_to_its_page():
    demonstration.copy(today=TODAY)
    for owner in [*Hub.objects.all(), *Bottleneck.objects.all(), *Session.objects.all()]:
        assert owner.subject.url == owner.get_absolute_url()
        assert owner.subject.title
    assert Subject.objects.filter(kind="bottleneck").annotate(n=Count("hubs")).filter(n=0).count() == 0


@pytest.mark.parametrize(
    "today", [date(2026, 11, 23), date(2027, 1, 1), date(2028, 2, 29), date(2027, 5, 6), date(2027, 7, 18)]
)
def test_sessions_lie_around_any_day_one_of_them_full_with_a_waitlist(today):
    demonstration.copy(today=today)
    now = datetime.combine(today, datetime.min.time(), ZoneInfo("Europe/Amsterdam"))
    coming = Session.objects.filter(starts_at__gt=now)
    assert coming.count() == 7
    assert coming.filter(starts_at__lt=now + timedelta(days=7)).exists()
    full = coming.filter(state=SessionState.PUBLISHED, taken_count=F("capacity")).get()
    assert full.rsvps.waitlisted().count() >= 5
    assert full.rsvps.waitlisted().get(position=3).member.email == "member@doorbraak.example"
    assert not Session.objects.filter(starts_at__week_day__in=[1, 7]).exists()
    assert not Session.objects.filter(Q(published_at__gt=F("starts_at")) | Q(published_at__gt=now)).exists()


def test_two_loadings_of_one_day_give_the_same_community():
    first: list[object] = []
    for bring in (demonstration.copy, demonstration.copy, load):  # the second time for certain as rows that were kept
        undo = transaction.savepoint_create()
        bring(today=TODAY)
        first = first or _fingerprint()
        assert _fingerprint() == first
        transaction.savepoint_rollback(undo)
        assert not User.objects.exists()


def test_loading_mails_nobody_but_a_digest_to_who_can_sign_in(settings):
    settings.DEMO = True
    call_command("demo", verbosity=0)
    mails = Email.objects.exclude(state=EmailState.FAILED)
    assert dict(mails.values_list("member__email", "kind")) == {
        f"{name}@doorbraak.example": "digest" for name in ("member", "representative", "facilitator", "newcomer")
    }
    contents, faults = outbox.load(mails)
    assert not faults
    assert contents.keys() == {mail.pk for mail in mails}  # there is news in each


def test_a_second_run_changes_nothing(settings, capsys):
    settings.DEMO = True
    call_command("demo", verbosity=0)
    before = _fingerprint()
    call_command("demo")
    assert "nothing was changed" in capsys.readouterr().out
    assert _fingerprint() == before


def test_it_is_never_loaded_beside_real_members(settings):
    settings.DEMO = True
    User.objects.create_user("someone@organisation.example", name="Someone Real")
    with pytest.raises(CommandError, match="holds members already"):
        call_command("demo")
    assert User.objects.count() == 1


def test_it_is_refused_outside_demo_mode(settings):
    settings.DEMO = False
    with pytest.raises(CommandError, match="DEMO is off"):
        call_command("demo")
    assert not User.objects.exists()


def test_it_loads_within_seconds():
    began = timezone.now()
    load(today=TODAY)
    assert (timezone.now() - began).total_seconds() < 15
