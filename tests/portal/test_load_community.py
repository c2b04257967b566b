"""``manage.py load_community``: a community of any size that keeps what actions promise, and whose pages open."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.models import Count, F
from django.test import Client
from django.utils import timezone

from activity.conversation.models import Comment, Mention, Reference, Thanks
from activity.models import Activity, Email, Subject
from activity.verbs import verbs
from community.models import Hub, Membership, User
from events.models import Rsvp, RsvpState, Session
from issues.bottlenecks.actions import file_bottleneck
from issues.models import Bottleneck, Vote
from portal.filling.copying import copy_rows
from portal.filling.fill import Size, fill
from tests.factories import HubFactory, UserFactory

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)


@pytest.fixture
def loaded() -> str:
    """A community of 200, and what the command said."""
    out = StringIO()
    call_command("load_community", members=200, stdout=out)
    return out.getvalue()


def test_it_says_what_it_does_and_there_is_as_much_of_everything(loaded: str) -> None:
    assert "Writing 200 members, 4 hubs, 100 bottlenecks," in loaded
    assert "4,000 votes, 8 sessions and 200 comments." in loaded
    assert "the database holds" in loaded
    found = [model.objects.count() for model in (User, Hub, Bottleneck, Vote, Session, Comment)]
    assert found == [200, 4, 100, 4_000, 8, 200]
    for model in (Mention, Reference, Thanks, Rsvp, Membership):
        assert model._default_manager.exists()
    assert not Email.objects.exists()
    assert not User.objects.exclude(password="!").exists()


def test_recount_finds_no_difference(loaded: str) -> None:
    out = StringIO()
    call_command("recount", stdout=out)
    assert "200" not in out.getvalue().replace("100 bottlenecks", "")
    assert out.getvalue().count("all figures equal what they count") == len(out.getvalue().splitlines())


def test_places_and_waitlists_add_up(loaded: str) -> None:
    waiting = 0
    for session in Session.objects.all():
        assert session.taken_count == session.rsvps.going().count()
        positions = list(session.rsvps.waitlisted().values_list("position", flat=True))
        assert positions == list(range(1, len(positions) + 1))
        waiting += len(positions)
    assert waiting == 20


def test_the_ledger_tells_every_write_once_and_nothing_too_early_or_late(loaded: str) -> None:
    told = dict(Activity.objects.values_list("verb").annotate(n=Count("pk")))
    assert told == {
        "member_joined_community": 200,
        "facilitator_appointed": 1,
        "hub_founded": 4,
        "hub_joined": Membership.objects.count(),
        "representative_named": Membership.objects.representatives().count(),
        "bottleneck_filed": 100,
        "voted": 4_000,
        "became_generic": Bottleneck.objects.exclude(generic_at=None).count(),
        "session_drafted": 8,
        "session_published": 8,
        "place_taken": Rsvp.objects.filter(state=RsvpState.GOING).count(),
        "waitlist_joined": 20,
        "commented": 200,
        "comment_thanked": Thanks.objects.count(),
    }
    for entry in Activity.objects.values("verb").annotate(signed=Count("actor")):
        assert verbs[entry["verb"]].is_signed or not entry["signed"]
    assert {key for key in told if verbs[key].is_news} == set(
        Activity.objects.filter(is_news=True).values_list("verb", flat=True)
    )
    assert not Activity.objects.filter(at__lt=F("subject__announced_at")).exists()
    assert not Activity.objects.filter(at__gt=timezone.now()).exists()
    assert list(Activity.objects.order_by("at", "pk").values_list("pk", flat=True)) == sorted(
        Activity.objects.values_list("pk", flat=True)
    )


def test_generic_is_what_has_ten_votes_of_three_hubs_and_since_then() -> None:
    fill(replace(Size.of(40), votes=200))
    generic = 0
    for bottleneck in Bottleneck.objects.all():
        votes = list(bottleneck.votes.order_by("cast_at").values_list("cast_at", "hub"))
        since = [at for n, (at, _hub) in enumerate(votes, 1) if n >= 10 and len({hub for _at, hub in votes[:n]}) >= 3]
        assert bottleneck.generic_at == (since[0] if since else None)
        generic += bool(since)
    assert 0 < generic < 20


def test_pages_open_and_one_can_go_on_from_there(loaded: str, client: Client) -> None:
    facilitator, member = User.objects.order_by("pk")[:2]
    assert facilitator.is_facilitator
    said = Comment.objects.latest("pk")
    for reader in (facilitator, member):
        client.force_login(User.objects.get(pk=reader.pk))
        for path in ("/", "/hubs/", "/members/", "/bottlenecks/", "/sessions/", "/themes/", "/facilitators/"):
            assert client.get(path).status_code == 200, path
        for subject in [*Subject.objects.filter(kind="bottleneck")[:5], *Subject.objects.filter(kind="session")[:2]]:
            assert client.get(subject.url).status_code == 200, subject.url
        assert client.get(Hub.objects.latest("pk").get_absolute_url()).status_code == 200
        assert client.get(member.get_absolute_url()).status_code == 200
        assert client.get(f"/comments/{said.pk}/", follow=True).status_code == 200
    titles = {bottleneck.pk for bottleneck in Bottleneck.objects.all()}
    assert file_bottleneck(by=member, title="One more", situation="x").pk not in titles
    assert client.get("/bottlenecks/", {"q": "metadata"}).text.count('class="bn"') > 0


def test_the_same_seed_gives_the_same_community_and_another_another() -> None:
    size = Size.of(20)
    seen = []
    for seed in (1, 1, 2):
        undo = transaction.savepoint_create()
        fill(size, seed=seed, now=NOW)
        names = User.objects.order_by("pk").values_list("name", "voter_key", "joined_on")
        seen.append([*names, *Bottleneck.objects.order_by("pk").values_list("title", "support", "filed_at")])
        transaction.savepoint_rollback(undo)
    assert seen[0] == seen[1] != seen[2]


@pytest.mark.parametrize("number", [9, 1_000_001])
def test_a_number_that_makes_no_community_is_refused(number: int) -> None:
    with pytest.raises(CommandError, match="10 to 1,000,000"):
        call_command("load_community", members=number, verbosity=0)


@pytest.mark.parametrize("make", [UserFactory, HubFactory])
def test_a_database_that_holds_anything_is_refused(make) -> None:
    make()
    with pytest.raises(CommandError, match="holds a community already"):
        call_command("load_community", members=10, verbosity=0)
    assert not Bottleneck.objects.exists()


def test_the_smallest_one_works_and_can_be_silent(capsys) -> None:
    call_command("load_community", members=10, verbosity=0)
    assert capsys.readouterr().out == ""
    assert User.objects.count() == 10
    call_command("recount", verbosity=0)


def test_a_column_that_is_not_given_has_its_default() -> None:
    copy_rows(Subject, "kind title url", [("hub", "Tab\tand\nline \\ and nothing", "/x/")])
    subject = Subject.objects.get(kind="hub")
    assert subject.title == "Tab\tand\nline \\ and nothing"
    assert (subject.audience, subject.language, subject.hidden_at, subject.is_shared) == ("members", "nl", None, False)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM activity_subject WHERE created_at <= now()")
        assert cursor.fetchone()[0] >= 1
