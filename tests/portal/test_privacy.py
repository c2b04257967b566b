"""What pages give away besides their text: to caches, to clocks, to administrators."""

from datetime import timedelta

import pytest
from django.contrib.auth.hashers import ScryptPasswordHasher
from django.test import Client
from django.utils import timezone

from community.models import User
from events.models import Rsvp, RsvpState
from issues.bottlenecks.actions import cast_vote
from tests.factories import BottleneckFactory, HubFactory, SessionFactory, UserFactory, facilitator, member_of

pytestmark = pytest.mark.django_db


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.parametrize(
    "path", ["/", "/hubs/", "/members/", "/bottlenecks/", "/sessions/", "/me/profile/", "/nowhere/"]
)
def test_no_shared_cache_keeps_a_page(path):
    for client in (Client(), signed_in(UserFactory())):
        response = client.get(path)
        assert "private" in response["Cache-Control"]
        assert "Cookie" in response["Vary"]


@pytest.mark.parametrize("path", ["/me/feeds/", "/sessions/calendar/"])
def test_a_page_with_a_secret_address_is_not_kept_at_all(path):
    assert "no-store" in signed_in(UserFactory()).get(path)["Cache-Control"]


def test_an_administrator_reads_no_more_of_who_comes_than_a_member():
    session = SessionFactory()
    for number, state in enumerate((RsvpState.GOING, RsvpState.MAYBE)):
        shy = UserFactory(name=f"Shy Person {number}")
        Rsvp.objects.create(session=session, member=shy, state=state, shows_name=False)
    administrator = User.objects.create_superuser("root@doorbraak.example", "a sentence that is long")
    for reader, sees in ((administrator, False), (UserFactory(), False), (facilitator(), True)):
        client = signed_in(reader)
        assert (b"Shy Person" in client.get(f"/sessions/{session.pk}/people/").content) is sees
        assert b"Shy Person" not in client.get(session.get_absolute_url()).content


def test_the_timeline_does_not_tell_when_somebody_voted():
    bottleneck, voter = BottleneckFactory(), member_of(HubFactory())
    cast_vote(bottleneck=bottleneck, by=voter)
    page = signed_in(UserFactory()).get(bottleneck.get_absolute_url()).content.decode()
    assert "1 member voted" in page
    entry = bottleneck.subject.activities.get(verb="voted")
    for zone in (timezone.get_default_timezone(), None):
        assert timezone.localtime(entry.at, zone).strftime("%H:%M:%S") not in page
    assert str(timezone.localdate(entry.at)) in page or str((entry.at - timedelta(0)).date()) in page


def test_signing_up_takes_as_long_for_an_address_that_has_an_account(settings, monkeypatch):
    """The slow part is hashing the password, so that is what is counted."""
    hashed: list[str] = []

    class Counting(ScryptPasswordHasher):
        work_factor = 2

        def encode(self, password, salt, *args, **kwargs):
            hashed.append(password)
            return super().encode(password, salt, *args, **kwargs)

    monkeypatch.setattr("tests.portal.test_privacy.Counting", Counting, raising=False)
    settings.PASSWORD_HASHERS = ["tests.portal.test_privacy.Counting"]
    UserFactory(email="known@doorbraak.example")
    counts = {}
    for address in ("known@doorbraak.example", "unknown@doorbraak.example"):
        hashed.clear()
        fields = {"name": "Anna", "email": address, "password1": "een zin die lang genoeg is"}
        response = Client().post("/sign-up/", fields)
        counts[address] = (response.status_code, response["Location"], len(hashed))
    assert len(set(counts.values())) == 1, counts


def test_whoever_has_left_is_not_shown_as_host():
    session = SessionFactory()
    session.hosts.set([UserFactory(name="Here Still"), UserFactory(name="Gone Away", is_active=False)])
    page = signed_in(UserFactory()).get(session.get_absolute_url()).content
    assert b"Here Still" in page
    assert b"Gone Away" not in page
