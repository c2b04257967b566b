"""Links that act: who can make one, when one works, and the one that stops a kind of mail."""

from __future__ import annotations

import base64
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from activity import actions
from activity.actions import create_subject
from activity.links import Act, LinkEnded, link_uses, resolve, token_for, tokens_for, until_renewed
from activity.models import ActingLink, LinkPurpose, MailChoice, Subject
from community.models import User
from events.models import Session
from tests.factories import SessionFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def member() -> User:
    return UserFactory()


@pytest.fixture
def subject() -> Subject:
    return create_subject(Session.SUBJECT_KIND, title="T", language="en")


class TestTokens:
    """What resolves, and what does not."""

    def test_a_token_leads_to_its_person_object_and_act(self, member: User, subject: Subject) -> None:
        token = token_for(purpose=LinkPurpose.WITHDRAW, member=member, subject=subject)
        link = resolve(token, LinkPurpose.WITHDRAW)
        assert link is not None
        assert (link.member, link.subject) == (member, subject)
        assert token == token_for(purpose=LinkPurpose.WITHDRAW, member=member, subject=subject)

    def test_the_database_holds_no_token(self, member: User) -> None:
        token = token_for(purpose=LinkPurpose.CALENDAR, member=member)
        row = str(ActingLink.objects.values().get())
        assert token.partition(".")[2] not in row

    def test_each_person_object_and_act_has_its_own(self, subject: Subject) -> None:
        one, two = UserFactory.create_batch(2)
        tokens = {
            token_for(purpose=LinkPurpose.CALENDAR, member=one),
            token_for(purpose=LinkPurpose.CALENDAR, member=two),
            token_for(purpose=LinkPurpose.FEED, member=one),
            token_for(purpose=LinkPurpose.FEED, member=one, subject=subject),
            token_for(purpose=LinkPurpose.UNSUBSCRIBE, member=one, kind="a"),
            token_for(purpose=LinkPurpose.UNSUBSCRIBE, member=one, kind="b"),
        }
        assert len(tokens) == 6
        signatures = {token.partition(".")[2] for token in tokens}
        assert len(signatures) == 6

    @pytest.mark.parametrize("purpose", [purpose for purpose in LinkPurpose if purpose != LinkPurpose.CALENDAR])
    def test_a_token_for_one_act_does_no_other(self, member: User, purpose: LinkPurpose) -> None:
        assert resolve(token_for(purpose=LinkPurpose.CALENDAR, member=member), purpose) is None

    def test_the_signature_of_one_link_does_not_fit_another(self, member: User) -> None:
        calendar = token_for(purpose=LinkPurpose.CALENDAR, member=member)
        feed = token_for(purpose=LinkPurpose.FEED, member=member)
        mixed = f"{feed.partition('.')[0]}.{calendar.partition('.')[2]}"
        assert resolve(mixed, LinkPurpose.FEED) is None

    def test_no_changed_character_goes_unnoticed(self, member: User) -> None:
        token = token_for(purpose=LinkPurpose.CALENDAR, member=member)
        for place, letter in enumerate(token):
            changed = token[:place] + ("A" if letter != "A" else "B") + token[place + 1 :]
            assert resolve(changed, LinkPurpose.CALENDAR) is None, place

    @pytest.mark.parametrize(
        "token", ["", ".", "x", "x.y", "é.é", "AAAA.AAAA", "A" * 22 + ".", "A" * 5000, "\x00.\x00"]
    )
    def test_nonsense_is_no_token(self, member: User, token: str) -> None:
        assert resolve(token, LinkPurpose.CALENDAR) is None

    def test_an_id_alone_is_not_enough(self, member: User) -> None:
        link_id = token_for(purpose=LinkPurpose.CALENDAR, member=member).partition(".")[0]
        for signature in ("", "A" * 43, base64.urlsafe_b64encode(b"\x00" * 32).decode()):
            assert resolve(f"{link_id}.{signature}", LinkPurpose.CALENDAR) is None

    def test_renewing_makes_the_earlier_one_void(self, member: User) -> None:
        old = token_for(purpose=LinkPurpose.CALENDAR, member=member)
        new = actions.renew_link(purpose=LinkPurpose.CALENDAR, by=member)
        assert resolve(old, LinkPurpose.CALENDAR) is None
        assert resolve(new, LinkPurpose.CALENDAR) is not None
        assert new == token_for(purpose=LinkPurpose.CALENDAR, member=member)

    def test_a_revoked_one_acts_no_more_until_it_is_renewed(self, member: User) -> None:
        old = token_for(purpose=LinkPurpose.CALENDAR, member=member)
        ActingLink.objects.update(revoked_at=timezone.now())
        assert resolve(old, LinkPurpose.CALENDAR) is None
        assert resolve(token_for(purpose=LinkPurpose.CALENDAR, member=member), LinkPurpose.CALENDAR) is None
        new = actions.renew_link(purpose=LinkPurpose.CALENDAR, by=member)
        assert resolve(new, LinkPurpose.CALENDAR) is not None
        assert resolve(old, LinkPurpose.CALENDAR) is None

    def test_it_works_until_it_expires(self, member: User, by_day) -> None:
        token = token_for(purpose=LinkPurpose.FEED, member=member)
        ActingLink.objects.update(expires_at=timezone.now() + timedelta(days=7))
        by_day.shift(timedelta(days=7) - timedelta(seconds=1))
        assert resolve(token, LinkPurpose.FEED) is not None
        by_day.shift(timedelta(seconds=1))
        with pytest.raises(LinkEnded):
            resolve(token, LinkPurpose.FEED)

    @pytest.mark.parametrize("purpose", list(LinkPurpose))
    def test_every_purpose_says_until_when_its_links_act(self, purpose: LinkPurpose, subject: Subject) -> None:
        assert link_uses[purpose].key == purpose
        assert len(link_uses) == len(LinkPurpose)
        ends = {use.key for use in link_uses if use.ends_at is not until_renewed}
        assert ends == {LinkPurpose.WITHDRAW}  # all others are for something one subscribed to

    def test_a_link_to_give_a_place_back_acts_until_the_end_of_its_session_also_when_that_moves(
        self, member: User, client, by_day
    ) -> None:
        session = SessionFactory(starts_at=timezone.now() + timedelta(days=1))
        token = token_for(purpose=LinkPurpose.WITHDRAW, member=member, subject=session.subject)
        url = f"/sessions/withdraw/{token}/"
        assert client.get(url).status_code == 200
        by_day.shift(timedelta(days=1, hours=1, minutes=59))
        assert client.get(url).status_code == 200
        by_day.shift(timedelta(minutes=1))
        assert [client.get(url).status_code, client.post(url).status_code] == [410, 410]
        Session.objects.update(ends_at=timezone.now() + timedelta(hours=1))
        assert client.get(url).status_code == 200

    def test_it_ends_with_the_account(self, member: User) -> None:
        token = token_for(purpose=LinkPurpose.CALENDAR, member=member)
        User.objects.filter(pk=member.pk).update(is_active=False)
        assert resolve(token, LinkPurpose.CALENDAR) is None

    def test_a_new_key_of_the_portal_leaves_the_links_in_sent_mails_working(self, member: User, settings) -> None:
        token = token_for(purpose=LinkPurpose.CALENDAR, member=member)
        settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
        settings.SECRET_KEY = "another" * 8
        assert resolve(token, LinkPurpose.CALENDAR) is not None
        settings.SECRET_KEY_FALLBACKS = []
        assert resolve(token, LinkPurpose.CALENDAR) is None

    @pytest.mark.parametrize("count", [1, 500])
    def test_many_tokens_cost_as_much_as_one(self, subject: Subject, django_assert_num_queries, count: int) -> None:
        members = UserFactory.create_batch(count)
        acts = [Act(LinkPurpose.WITHDRAW, member.pk, subject.pk) for member in members]
        acts += [Act(LinkPurpose.UNSUBSCRIBE, member.pk, None, "news") for member in members]
        with django_assert_num_queries(6):  # two of them begin and end a transaction
            first = tokens_for(acts)
        with django_assert_num_queries(1):
            assert tokens_for(acts) == first
        assert len(set(first.values())) == 2 * count


@pytest.mark.usefixtures("kinds")
class TestUnsubscribe:
    """RFC 8058, and the page for people."""

    @pytest.fixture
    def url(self, member: User) -> str:
        return reverse("activity:unsubscribe", args=[self._token(member, "news")])

    def _token(self, member: User, kind: str) -> str:
        return token_for(purpose=LinkPurpose.UNSUBSCRIBE, member=member, kind=kind)

    def test_looking_changes_nothing(self, client: Client, url: str) -> None:
        for _time in range(2):
            response = client.get(url)
            assert response.status_code == 200
            assert "Kind news" in response.text
        client.head(url)
        assert not MailChoice.objects.exists()

    def test_a_bare_post_without_cookies_stops_exactly_that_kind(self, member: User, url: str) -> None:
        mail_program = Client(enforce_csrf_checks=True)
        response = mail_program.post(
            url, "List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded"
        )
        assert response.status_code == 200
        assert list(MailChoice.objects.values_list("member", "kind", "is_wanted")) == [(member.pk, "news", False)]
        mail_program.post(url)
        assert MailChoice.objects.count() == 1

    def test_it_can_be_turned_on_again_on_the_same_page(self, client: Client, member: User, url: str) -> None:
        assert 'name="turn" value="on"' in client.post(url, {"turn": "off"}).text
        assert 'name="turn" value="off"' in client.post(url, {"turn": "on"}).text
        assert MailChoice.objects.get().is_wanted is True

    def test_the_page_tells_nothing_about_the_member(self, client: Client, member: User, url: str) -> None:
        text = client.get(url).text + client.post(url).text
        assert member.name not in text
        assert member.email not in text

    def test_the_page_speaks_the_language_of_its_member(self, client: Client, url: str, member: User) -> None:
        User.objects.filter(pk=member.pk).update(language="nl")
        assert '<html lang="nl"' in client.get(url, headers={"accept-language": "en"}).text

    def test_account_mail_has_no_such_page(self, client: Client, member: User) -> None:
        url = reverse("activity:unsubscribe", args=[self._token(member, "account")])
        assert client.get(url).status_code == 404
        assert client.post(url).status_code == 404
        assert not MailChoice.objects.exists()

    def test_another_link_of_the_member_does_not_open_it(self, client: Client, member: User) -> None:
        calendar = token_for(purpose=LinkPurpose.CALENDAR, member=member)
        assert client.post(reverse("activity:unsubscribe", args=[calendar])).status_code == 404

    def test_the_address_of_the_page_stays_private(self, client: Client, url: str) -> None:
        response = client.get(url)
        assert response["Referrer-Policy"] == "no-referrer"
        assert response["X-Robots-Tag"] == "noindex, nofollow"
        assert "no-store" in response["Cache-Control"]
        assert "sessionid" not in response.cookies

    def test_guessing_is_slowed_down_and_a_link_that_works_always_does(self, client: Client, url: str) -> None:
        answers = [client.get("/mail/unsubscribe/a.b/").status_code for _time in range(122)]
        assert answers == [404] * 120 + [429] * 2
        assert client.get(url).status_code == 200
        assert Client().get("/password/new/1-x/").status_code == 429  # it is a link in a mail as well
