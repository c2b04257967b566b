"""Feeds: who reads what in them, what feed readers rely on, and the page that gives the addresses."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from activity import actions, feeds
from activity.links import FEED, LinkPurpose, link_purposes, resolve, token_for
from activity.models import ActingLink, Activity, Audience, Reader, Subject
from activity.verbs import Verb, verbs
from community.models import Hub, User
from community.verbs import FACILITATOR_APPOINTED, HUB_FOUNDED
from events.verbs import SESSION_CANCELLED, SESSION_MOVED, SESSION_PUBLISHED
from issues.verbs import BECAME_GENERIC, BOTTLENECK_FILED
from tests.factories import (
    BottleneckFactory,
    HubFactory,
    SessionFactory,
    UserFactory,
    facilitator,
    member_of,
    representative_of,
)

pytestmark = pytest.mark.django_db

ATOM = "{http://www.w3.org/2005/Atom}"
BEGAN = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def address_for(member: User, about: Subject | None = None) -> str:
    """The path of a feed for ``member``."""
    token = token_for(purpose=FEED, member=member)
    return reverse("activity:subject_feed", args=[token, about.pk]) if about else reverse("activity:feed", args=[token])


def happens(subject: Subject, verb: Verb, *, by: User | None = None, **fields: Any) -> Activity:
    """Something happens to ``subject``."""
    return actions.record(subject, verb, by=by, **fields)


def parsed(text: str) -> ET.Element:
    return ET.fromstring(text)


def titles(client: Client, url: str) -> list[str]:
    """What a feed reader lists."""
    response = client.get(url)
    assert response.status_code == 200
    return [str(title.text) for title in parsed(response.text).iterfind(f"{ATOM}entry/{ATOM}title")]


@pytest.fixture
def member() -> User:
    return UserFactory()


class TestDocument:
    """What a feed reader relies on."""

    def test_it_is_an_atom_feed_with_all_that_atom_asks_for(self, client: Client, member: User) -> None:
        author = UserFactory(name="Anna van den Berg")
        bottleneck = BottleneckFactory(title="Data <nergens> & nooit", author=author, subject__created_at=BEGAN)
        entry = happens(bottleneck.subject, BOTTLENECK_FILED, by=author, at=BEGAN)
        url = address_for(member)
        response = client.get(url)
        assert response["Content-Type"] == "application/atom+xml; charset=utf-8"
        root = parsed(response.text)
        assert root.tag == f"{ATOM}feed"
        assert root.findtext(f"{ATOM}title") == "Doorbraak: what happens in the community"
        assert root.findtext(f"{ATOM}updated") == "2026-03-02T09:00:00+00:00"
        assert root.findtext(f"{ATOM}author/{ATOM}name") == "Doorbraak"
        links = {link.get("rel"): link.get("href") for link in root.iterfind(f"{ATOM}link")}
        assert links == {"alternate": "http://localhost:8000/", "self": f"http://localhost:8000{url}"}
        [item] = root.iterfind(f"{ATOM}entry")
        assert item.findtext(f"{ATOM}title") == "Data <nergens> & nooit: Anna van den Berg filed this bottleneck"
        assert item.findtext(f"{ATOM}summary") == "<p><strong>Anna van den Berg</strong> filed this bottleneck.</p>"
        assert item.findtext(f"{ATOM}id") == f"tag:localhost,2026-03-02:activity/{entry.pk}"
        assert item.findtext(f"{ATOM}updated") == "2026-03-02T09:00:00+00:00"
        link = item.find(f"{ATOM}link")
        assert link is not None
        assert link.get("href") == f"http://localhost:8000{bottleneck.get_absolute_url()}"
        category = item.find(f"{ATOM}category")
        assert category is not None
        assert category.get("term") == "bottleneck"

    def test_names_of_entries_outlast_titles_and_addresses(self, client: Client, member: User) -> None:
        bottleneck = BottleneckFactory()
        happens(bottleneck.subject, BECAME_GENERIC, system=True)
        url = address_for(member)
        before = parsed(client.get(url).text)
        actions.update_subject(bottleneck.subject, title="Anders", url="/elsewhere/")
        actions.renew_link(purpose=FEED, by=member)
        after = parsed(client.get(address_for(member)).text)
        for path in (f"{ATOM}id", f"{ATOM}entry/{ATOM}id"):
            assert before.findtext(path) == after.findtext(path)
        assert after.findtext(f"{ATOM}entry/{ATOM}title") == "Anders: This became generic"

    def test_two_members_feeds_never_share_a_name(self, client: Client, member: User) -> None:
        names = {
            parsed(client.get(address_for(reader, about)).text).findtext(f"{ATOM}id")
            for reader in (member, UserFactory())
            for about in (None, BottleneckFactory().subject)
        }
        assert len(names) == 4

    def test_it_speaks_the_language_of_its_member(self, client: Client) -> None:
        dutch = UserFactory(language="nl")
        happens(Subject.objects.community(), FACILITATOR_APPOINTED, by=dutch)
        root = parsed(client.get(address_for(dutch), headers={"accept-language": "en"}).text)
        assert root.get("{http://www.w3.org/XML/1998/namespace}lang") == "nl"

    def test_a_title_that_xml_cannot_hold_breaks_nobodys_feed(self, client: Client, member: User) -> None:
        author = UserFactory(name="A\x0bB")
        bottleneck = BottleneckFactory(title="Data \x01weg\uffff", author=author)
        happens(bottleneck.subject, BOTTLENECK_FILED, by=author)
        assert titles(client, address_for(member)) == ["Data weg: AB filed this bottleneck"]
        assert parsed(client.get(address_for(member, bottleneck.subject)).text).findtext(f"{ATOM}title") == (
            "Doorbraak: Data weg"
        )

    def test_its_address_stays_private(self, client: Client, member: User) -> None:
        response = client.get(address_for(member))
        assert response["Referrer-Policy"] == "same-origin"
        assert "noindex" in response["X-Robots-Tag"]
        assert "private" in response["Cache-Control"]
        assert not response.cookies

    def test_nothing_but_reading_is_possible(self, client: Client, member: User) -> None:
        assert client.post(address_for(member)).status_code == 405
        assert client.head(address_for(member)).status_code == 200


class TestFreshness:
    """A feed reader asks often; what it has already is not sent again."""

    @pytest.mark.parametrize("entries", [0, 2])
    def test_what_a_reader_has_is_not_sent_again(self, client: Client, member: User, entries: int) -> None:
        subject = BottleneckFactory().subject
        for _time in range(entries):
            happens(subject, BECAME_GENERIC, system=True)
        url = address_for(member)
        first = client.get(url)
        for headers in ({"if-none-match": first["ETag"]}, {"if-modified-since": first["Last-Modified"]}):
            again = client.get(url, headers=headers)
            assert (again.status_code, again.content) == (304, b"")
            assert again["ETag"] == first["ETag"]
            assert again["Referrer-Policy"] == "same-origin"

    def test_something_new_is_sent(self, client: Client, member: User) -> None:
        subject = BottleneckFactory(subject__created_at=BEGAN).subject
        happens(subject, BOTTLENECK_FILED, at=BEGAN)
        url = address_for(member)
        first = client.get(url)
        assert first["Last-Modified"] == "Mon, 02 Mar 2026 09:00:00 GMT"
        happens(subject, BECAME_GENERIC, at=BEGAN + timedelta(hours=1))
        for headers in ({"if-none-match": first["ETag"]}, {"if-modified-since": first["Last-Modified"]}):
            assert client.get(url, headers=headers).status_code == 200

    def test_what_was_hidden_since_is_gone_at_the_next_visit(self, client: Client, member: User) -> None:
        subject = BottleneckFactory().subject
        happens(subject, BOTTLENECK_FILED)
        url = address_for(member)
        etag = client.get(url)["ETag"]
        Subject.objects.filter(pk=subject.pk).update(hidden_at=timezone.now())
        response = client.get(url, headers={"if-none-match": etag})
        assert response.status_code == 200
        assert subject.title not in response.text


class TestAddress:
    """Whoever has the address reads as that member, and nobody else does."""

    @pytest.mark.parametrize("purpose", [purpose for purpose in link_purposes if purpose is not FEED])
    def test_a_link_made_for_something_else_opens_no_feed(
        self, client: Client, member: User, purpose: LinkPurpose
    ) -> None:
        subject = BottleneckFactory().subject
        token = token_for(purpose=purpose, member=member)
        assert client.get(reverse("activity:feed", args=[token])).status_code == 404
        assert client.get(reverse("activity:subject_feed", args=[token, subject.pk])).status_code == 404

    def test_a_link_about_one_subject_opens_no_other(self, client: Client, member: User) -> None:
        token = token_for(purpose=FEED, member=member, subject=BottleneckFactory().subject)
        assert client.get(reverse("activity:feed", args=[token])).status_code == 404

    def test_renewing_voids_every_earlier_address(self, client: Client, member: User) -> None:
        subject = BottleneckFactory().subject
        old = [address_for(member), address_for(member, subject)]
        actions.renew_link(purpose=FEED, by=member)
        assert [client.get(url).status_code for url in old] == [404, 404]
        assert client.get(address_for(member)).status_code == 200
        assert client.get(address_for(member, subject)).status_code == 200

    def test_a_changed_an_expired_and_a_revoked_address_are_not_there(self, client: Client, member: User) -> None:
        url = address_for(member)
        assert client.get(url.replace("/community", "A/community")).status_code == 404
        ActingLink.objects.update(expires_at=timezone.now())
        assert client.get(url).status_code == 410
        other = UserFactory()
        url = address_for(other)
        ActingLink.objects.filter(member=other).update(revoked_at=timezone.now())
        assert client.get(url).status_code == 404

    def test_the_feed_of_a_former_member_is_not_there(self, client: Client, member: User) -> None:
        url = address_for(member)
        User.objects.filter(pk=member.pk).update(is_active=False)
        assert client.get(url).status_code == 404


def _hide(subject: Subject, _reader: User) -> None:
    subject.hidden_at = timezone.now()


def _for_hubs(subject: Subject, _reader: User) -> None:
    subject.audience = Audience.HUBS


def _named(subject: Subject, _reader: User) -> None:
    subject.audience = Audience.NAMED


def _named_me(subject: Subject, reader: User) -> None:
    subject.audience = Audience.NAMED
    subject.readers.add(reader)


class TestVisibility:
    """Nobody reads more in a feed than on the pages, and nothing hidden leaves the portal."""

    @pytest.mark.parametrize(
        ("change", "readers"),
        [
            (None, {"member", "own hub", "representative", "facilitator", "superuser"}),
            (_for_hubs, {"own hub", "representative", "facilitator"}),
            (_named_me, {"member", "own hub", "representative", "facilitator", "superuser"}),
            (_named, set()),
            (_hide, set()),
        ],
        ids=["members", "hubs", "named", "others named", "hidden"],
    )
    def test_a_feed_shows_what_its_reader_may_see(
        self, client: Client, change: Callable[[Subject, User], None] | None, readers: set[str]
    ) -> None:
        hub = HubFactory()
        people = {
            "member": UserFactory(),
            "own hub": member_of(hub),
            "representative": representative_of(hub),
            "facilitator": facilitator(),
            "superuser": UserFactory(is_superuser=True, is_staff=True),
        }
        subject = BottleneckFactory(title="Seen or not", hubs=[hub]).subject
        happens(subject, BOTTLENECK_FILED)
        read_at: dict[str, set[str]] = {"community": set(), "subject": set(), "hub": set()}
        for name, reader in people.items():
            if change:
                change(subject, reader)
                subject.save()
            for place, about in (("community", None), ("subject", subject), ("hub", hub.subject)):
                response = client.get(address_for(reader, about))
                assert response.status_code == 200 or place == "subject"
                if "Seen or not" in response.text:
                    read_at[place].add(name)
        assert read_at == {"community": readers, "subject": readers, "hub": readers}

    def test_the_audit_log_is_in_nobodys_feed(self, client: Client) -> None:
        happens(BottleneckFactory().subject, BECAME_GENERIC, readers=Reader.FACILITATORS)
        assert titles(client, address_for(facilitator())) == []

    def test_a_draft_and_what_it_went_through_stay_with_its_organisers(self, client: Client) -> None:
        draft = SessionFactory(state="draft", title="Nog geheim")
        cancelled_draft = SessionFactory(
            state="cancelled",
            published_at=None,
            cancelled_at=timezone.now(),
            cancel_reason="x",
            title="Ging nooit door",
        )
        published = SessionFactory(title="Communitydag")
        for session in (draft, cancelled_draft):
            happens(session.subject, SESSION_MOVED)
        happens(cancelled_draft.subject, SESSION_CANCELLED)
        happens(published.subject, SESSION_MOVED, at=published.published_at - timedelta(days=1))
        happens(published.subject, SESSION_PUBLISHED, at=published.published_at)
        happens(published.subject, SESSION_MOVED, at=published.published_at + timedelta(days=1))
        for reader in (UserFactory(), facilitator()):
            assert titles(client, address_for(reader)) == [
                "Communitydag: Somebody moved this session",
                "Communitydag: Somebody published this session",
            ]
            assert client.get(address_for(reader, draft.subject)).status_code == 404
            assert client.get(address_for(reader, cancelled_draft.subject)).status_code == 404

    def test_votes_places_and_who_joins_are_no_news(self, client: Client, member: User) -> None:
        subject = BottleneckFactory().subject
        for verb in verbs:
            if not verb.is_news:
                happens(subject, verb)
        assert titles(client, address_for(member)) == []

    def test_a_former_member_has_no_name(self, client: Client, member: User) -> None:
        gone = UserFactory(name="Weg Gegaan", is_active=False)
        subject = BottleneckFactory(title="T").subject
        happens(subject, BOTTLENECK_FILED, by=gone)
        text = client.get(address_for(member)).text
        assert "Weg Gegaan" not in text
        assert "A former member filed this bottleneck" in text

    def test_a_hubs_feed_holds_what_belongs_to_the_hub(self, client: Client, member: User) -> None:
        hub, other = HubFactory(name="Kern Oost", subject__created_at=BEGAN), HubFactory()
        happens(hub.subject, HUB_FOUNDED, at=BEGAN)
        ours = BottleneckFactory(title="Ours", hubs=[hub], subject__created_at=BEGAN)
        happens(ours.subject, BECAME_GENERIC, at=BEGAN + timedelta(days=1))
        session = SessionFactory(title="Together", hub=hub)
        happens(session.subject, SESSION_PUBLISHED, by=member)
        happens(other.subject, HUB_FOUNDED)
        happens(BottleneckFactory(hubs=[other]).subject, BECAME_GENERIC)
        assert titles(client, address_for(member, hub.subject)) == [
            f"Together: {member.name} published this session",
            "Ours: This became generic",
            "Kern Oost: The hub was founded",
        ]
        assert titles(client, address_for(member, session.subject)) == [
            f"Together: {member.name} published this session"
        ]

    def test_what_does_not_exist_has_no_feed(self, client: Client, member: User) -> None:
        token = token_for(purpose=FEED, member=member)
        for pk in (0, 10**30):
            assert client.get(reverse("activity:subject_feed", args=[token, pk])).status_code == 404


@pytest.mark.parametrize("entries", [10, 1_000])
@pytest.mark.parametrize("place", ["community", "hub"])
@pytest.mark.parametrize(("role", "queries"), [("member", 4), ("facilitator", 4)])
def test_a_feed_costs_the_same_at_any_size(
    client: Client, django_assert_num_queries: Any, entries: int, place: str, role: str, queries: int
) -> None:
    hub: Hub = HubFactory()
    reader = facilitator() if role == "facilitator" else member_of(hub)
    people = UserFactory.create_batch(3)
    subjects = [bottleneck.subject for bottleneck in BottleneckFactory.create_batch(10, hubs=[hub])]
    Activity.objects.bulk_create(
        actions.entry(subjects[number % 10], BOTTLENECK_FILED, by=people[number % 3], other=hub.subject)
        for number in range(entries)
    )
    url = address_for(reader, hub.subject if place == "hub" else None)
    Subject.objects.community()
    with django_assert_num_queries(queries):  # link with member, whether a facilitator, subject, entries
        response = client.get(url)
    assert len(list(parsed(response.text).iterfind(f"{ATOM}entry"))) == min(entries, feeds.LENGTH)


class TestPageOfAddresses:
    """Where a member finds the addresses, and makes new ones."""

    URL = "/me/feeds/"

    def test_a_visitor_signs_in_first(self, client: Client) -> None:
        response = client.get(self.URL)
        assert response.status_code == 302
        assert "/sign-in/" in response["Location"]

    def test_it_gives_working_addresses_for_the_community_and_ones_own_hubs(self, client: Client) -> None:
        hub, other, left = HubFactory(name="Kern Oost"), HubFactory(name="Kern West"), HubFactory(name="Kern Oud")
        reader = member_of(hub)
        reader.memberships.create(hub=left, started_at=BEGAN, ended_at=BEGAN + timedelta(days=1))
        client.force_login(reader)
        response = client.get(self.URL)
        rows = [(subject.kind, subject.title) for subject, _address in response.context["rows"]]
        assert rows == [("community", "Doorbraak"), ("hub", "Kern Oost")]
        for _subject, address in response.context["rows"]:
            assert f'value="{address}"' in response.text
            assert Client().get(address.removeprefix("http://localhost:8000")).status_code == 200
        assert other.name not in response.text
        assert "no-store" in response["Cache-Control"]

    def test_it_puts_first_what_one_came_for(self, client: Client, member: User) -> None:
        hub = HubFactory()
        session = SessionFactory()
        client.force_login(member)
        for page in (hub.get_absolute_url(), session.get_absolute_url()):
            subject = hub.subject if page.startswith("/hubs/") else session.subject
            happens(subject, SESSION_PUBLISHED)
            link = f"{self.URL}?about={subject.pk}"
            assert f'href="{link}"' in client.get(page).text
            assert next(row for row, _address in client.get(link).context["rows"]) == subject

    @pytest.mark.parametrize("about", ["0", "x", "²", "9" * 5000, "-1", "1 OR 1=1"])
    def test_there_is_no_page_about_what_does_not_exist(self, client: Client, member: User, about: str) -> None:
        client.force_login(member)
        assert client.get(self.URL, {"about": about}).status_code == 404

    def test_there_is_no_page_about_what_one_may_not_see(self, client: Client, member: User) -> None:
        subject = BottleneckFactory().subject
        actions.update_subject(subject, audience=Audience.HUBS)
        client.force_login(member)
        assert client.get(self.URL, {"about": subject.pk}).status_code == 404
        draft = SessionFactory(state="draft").subject
        assert client.get(self.URL, {"about": draft.pk}).status_code == 404

    def test_its_button_makes_new_addresses_and_comes_back(self, client: Client, member: User) -> None:
        subject = BottleneckFactory().subject
        client.force_login(member)
        old = token_for(purpose=FEED, member=member)
        url = f"{self.URL}?about={subject.pk}"
        response = client.post(url, follow=True)
        assert response.redirect_chain == [(url, 302)]
        assert "The old ones no longer work." in response.text
        assert old not in response.text
        assert resolve(old, FEED) is None
        assert token_for(purpose=FEED, member=member) in response.text

    def test_looking_makes_no_new_addresses(self, client: Client, member: User) -> None:
        client.force_login(member)
        first, second = (client.get(self.URL).context["rows"][0][1] for _time in range(2))
        assert first == second

    @pytest.mark.parametrize("hubs", [1, 30])
    def test_it_costs_the_same_for_many_hubs(
        self, client: Client, member: User, django_assert_num_queries: Any, hubs: int
    ) -> None:
        for hub in HubFactory.create_batch(hubs):
            member.memberships.create(hub=hub)
        client.force_login(member)
        client.get(self.URL)
        with django_assert_num_queries(4):  # session with member, link, community, hubs
            response = client.get(self.URL)
        assert len(response.context["rows"]) == hubs + 1
