"""Links that act: who can make one, when one works, and the one that stops a kind of mail."""

from __future__ import annotations

import base64
import uuid
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, connection, transaction
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from activity import actions
from activity.actions import create_subject
from activity.links import (
    FEED,
    UNSUBSCRIBE,
    Act,
    Bearer,
    LinkEnded,
    LinkPurpose,
    acts_by_link,
    link_purposes,
    resolve,
    token_for,
    token_for_bearer,
    tokens_for,
    until_renewed,
)
from activity.models import ActingLink, HolderKind, MailChoice, Subject
from community.models import User
from events.links import CALENDAR, WITHDRAW
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
        token = token_for(purpose=WITHDRAW, member=member, subject=subject)
        link = resolve(token, WITHDRAW)
        assert link is not None
        assert (link.member, link.subject) == (member, subject)
        assert token == token_for(purpose=WITHDRAW, member=member, subject=subject)

    def test_the_database_holds_no_token(self, member: User) -> None:
        token = token_for(purpose=CALENDAR, member=member)
        row = str(ActingLink.objects.values().get())
        assert token.partition(".")[2] not in row

    def test_each_person_object_and_act_has_its_own(self, subject: Subject) -> None:
        one, two = UserFactory.create_batch(2)
        tokens = {
            token_for(purpose=CALENDAR, member=one),
            token_for(purpose=CALENDAR, member=two),
            token_for(purpose=FEED, member=one),
            token_for(purpose=FEED, member=one, subject=subject),
            token_for(purpose=UNSUBSCRIBE, member=one, kind="a"),
            token_for(purpose=UNSUBSCRIBE, member=one, kind="b"),
        }
        assert len(tokens) == 6
        signatures = {token.partition(".")[2] for token in tokens}
        assert len(signatures) == 6

    @pytest.mark.parametrize("purpose", [purpose for purpose in link_purposes if purpose is not CALENDAR])
    def test_a_token_for_one_act_does_no_other(self, member: User, purpose: LinkPurpose) -> None:
        assert resolve(token_for(purpose=CALENDAR, member=member), purpose) is None

    def test_the_signature_of_one_link_does_not_fit_another(self, member: User) -> None:
        calendar = token_for(purpose=CALENDAR, member=member)
        feed = token_for(purpose=FEED, member=member)
        mixed = f"{feed.partition('.')[0]}.{calendar.partition('.')[2]}"
        assert resolve(mixed, FEED) is None

    def test_no_changed_character_goes_unnoticed(self, member: User) -> None:
        token = token_for(purpose=CALENDAR, member=member)
        for place, letter in enumerate(token):
            changed = token[:place] + ("A" if letter != "A" else "B") + token[place + 1 :]
            assert resolve(changed, CALENDAR) is None, place

    @pytest.mark.parametrize(
        "token", ["", ".", "x", "x.y", "é.é", "AAAA.AAAA", "A" * 22 + ".", "A" * 5000, "\x00.\x00"]
    )
    def test_nonsense_is_no_token(self, member: User, token: str) -> None:
        assert resolve(token, CALENDAR) is None

    def test_an_id_alone_is_not_enough(self, member: User) -> None:
        link_id = token_for(purpose=CALENDAR, member=member).partition(".")[0]
        for signature in ("", "A" * 43, base64.urlsafe_b64encode(b"\x00" * 32).decode()):
            assert resolve(f"{link_id}.{signature}", CALENDAR) is None

    def test_renewing_makes_the_earlier_one_void(self, member: User) -> None:
        old = token_for(purpose=CALENDAR, member=member)
        new = actions.renew_link(purpose=CALENDAR, by=member)
        assert resolve(old, CALENDAR) is None
        assert resolve(new, CALENDAR) is not None
        assert new == token_for(purpose=CALENDAR, member=member)

    def test_a_revoked_one_acts_no_more_until_it_is_renewed(self, member: User) -> None:
        old = token_for(purpose=CALENDAR, member=member)
        ActingLink.objects.update(revoked_at=timezone.now())
        assert resolve(old, CALENDAR) is None
        assert resolve(token_for(purpose=CALENDAR, member=member), CALENDAR) is None
        new = actions.renew_link(purpose=CALENDAR, by=member)
        assert resolve(new, CALENDAR) is not None
        assert resolve(old, CALENDAR) is None

    def test_it_works_until_it_expires(self, member: User, by_day) -> None:
        token = token_for(purpose=FEED, member=member)
        ActingLink.objects.update(expires_at=timezone.now() + timedelta(days=7))
        by_day.shift(timedelta(days=7) - timedelta(seconds=1))
        assert resolve(token, FEED) is not None
        by_day.shift(timedelta(seconds=1))
        with pytest.raises(LinkEnded):
            resolve(token, FEED)

    def test_only_what_one_can_give_back_ends_by_itself(self) -> None:
        """And what is asked for some days; all others are for something one subscribed to."""
        ends = [purpose.key for purpose in link_purposes if purpose.ends_at is not until_renewed]
        assert sorted(ends) == ["notice", WITHDRAW.key]

    def test_a_link_to_give_a_place_back_acts_until_the_end_of_its_session_also_when_that_moves(
        self, member: User, client, by_day
    ) -> None:
        session = SessionFactory(starts_at=timezone.now() + timedelta(days=1))
        token = token_for(purpose=WITHDRAW, member=member, subject=session.subject)
        url = f"/sessions/withdraw/{token}/"
        assert client.get(url).status_code == 200
        by_day.shift(timedelta(days=1, hours=1, minutes=59))
        assert client.get(url).status_code == 200
        by_day.shift(timedelta(minutes=1))
        assert [client.get(url).status_code, client.post(url).status_code] == [410, 410]
        Session.objects.update(ends_at=timezone.now() + timedelta(hours=1))
        assert client.get(url).status_code == 200

    def test_it_ends_with_the_account(self, member: User) -> None:
        token = token_for(purpose=CALENDAR, member=member)
        User.objects.filter(pk=member.pk).update(is_active=False)
        assert resolve(token, CALENDAR) is None

    def test_a_new_key_of_the_portal_leaves_the_links_in_sent_mails_working(self, member: User, settings) -> None:
        token = token_for(purpose=CALENDAR, member=member)
        settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
        settings.SECRET_KEY = "another" * 8
        assert resolve(token, CALENDAR) is not None
        settings.SECRET_KEY_FALLBACKS = []
        assert resolve(token, CALENDAR) is None

    @pytest.mark.parametrize("count", [1, 500])
    def test_many_tokens_cost_as_much_as_one(self, subject: Subject, django_assert_num_queries, count: int) -> None:
        members = UserFactory.create_batch(count)
        acts = [Act(WITHDRAW, member.pk, subject.pk) for member in members]
        acts += [Act(UNSUBSCRIBE, member.pk, None, "news") for member in members]
        with django_assert_num_queries(6):  # two of them begin and end a transaction
            first = tokens_for(acts)
        with django_assert_num_queries(1):
            assert tokens_for(acts) == first
        assert len(set(first.values())) == 2 * count


class TestPurposes:
    """What links do is said by the apps whose acts they are."""

    @pytest.mark.parametrize("purpose", link_purposes, ids=lambda purpose: purpose.key)
    def test_a_purpose_says_what_it_does_in_both_languages(self, purpose: LinkPurpose) -> None:
        said = []
        for language in ("en", "nl"):
            with translation.override(language):
                said.append(str(purpose.does))
        assert len(set(said)) == 2
        assert len(purpose.key) <= 20
        assert set(purpose.holders) <= set(HolderKind.values)

    @pytest.mark.parametrize(
        ("purpose", "epoch", "signature"),
        [
            (CALENDAR, 1, "pxVmhclqNCQhsRK0fvg_oa6de8GJJgx86qj_ejPoG78"),
            (FEED, 3, "zdUU64aC0emfgzmbkJmAWBmacd0j5hX0_16Njd-XmtQ"),
            (UNSUBSCRIBE, 1, "RdH1f0T5Cq_7DtRfiroyiLXk_hWIAz24TAlu2p8ee3w"),
            (WITHDRAW, 2, "rHo68lkllA_MBq3UxHMryhjcM3Iixnt73ezwBGcW5vQ"),
        ],
        ids=["calendar", "feed", "unsubscribe", "withdraw"],
    )
    def test_addresses_that_people_have_go_on_working(
        self, member: User, settings, purpose: LinkPurpose, epoch: int, signature: str
    ) -> None:
        """As they were made when these were all the purposes there were, and only members held links."""
        settings.SECRET_KEY = "only-for-tests-" + "x" * 50
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO activity_actinglink (public_id, purpose, member_id, kind, epoch)"
                " VALUES (%s, %s, %s, '', %s)",
                [uuid.UUID(int=2018), purpose.key, member.pk, epoch],
            )
        link = resolve(f"AAAAAAAAAAAAAAAAAAAH4g.{signature}", purpose)
        assert link is not None
        assert link.holding_member == member
        assert token_for(purpose=purpose, member=member) == f"AAAAAAAAAAAAAAAAAAAH4g.{signature}"


DOSSIER = LinkPurpose(key="dossier", does="read one dossier", holders=(HolderKind.OFFICIAL, HolderKind.OUTSIDER))


@pytest.fixture
def dossier() -> Iterator[LinkPurpose]:
    """A purpose for people without an account."""
    with link_purposes.temporarily(DOSSIER):
        yield DOSSIER


class TestBearers:
    """Whoever has no account holds a link all the same."""

    def test_each_has_their_own_about_each_thing(self, dossier: LinkPurpose, subject: Subject) -> None:
        bearers = [Bearer(kind, key) for kind in (HolderKind.OFFICIAL, HolderKind.OUTSIDER) for key in ("7", "8")]
        tokens = {token_for_bearer(purpose=dossier, bearer=bearer, subject=subject) for bearer in bearers}
        tokens |= {token_for_bearer(purpose=dossier, bearer=bearer) for bearer in bearers}
        assert len(tokens) == 8
        assert token_for_bearer(purpose=dossier, bearer=bearers[0], subject=subject) in tokens
        assert ActingLink.objects.count() == 8

    def test_it_leads_to_its_bearer_and_no_member(self, dossier: LinkPurpose, subject: Subject) -> None:
        token = token_for_bearer(purpose=dossier, bearer=Bearer(HolderKind.OFFICIAL, "7"), subject=subject)
        link = resolve(token, dossier)
        assert link is not None
        assert (link.holder_kind, link.holder_key, link.member, link.subject) == ("official", "7", None, subject)
        with pytest.raises(LookupError):
            _nobody = link.holding_member

    def test_a_link_is_for_those_its_purpose_is_for(self, dossier: LinkPurpose, member: User) -> None:
        with pytest.raises(ValueError, match="is no link for"):
            token_for(purpose=dossier, member=member)
        for purpose in (CALENDAR, FEED, UNSUBSCRIBE, WITHDRAW):
            with pytest.raises(ValueError, match="is no link for"):
                token_for_bearer(purpose=purpose, bearer=Bearer(HolderKind.OFFICIAL, "7"))
        with pytest.raises(ValueError, match="is no link for"):
            token_for_bearer(purpose=dossier, bearer=Bearer(HolderKind.INVITEE, "7"))
        assert not ActingLink.objects.exists()

    def test_a_purpose_that_is_no_longer_for_them_opens_nothing(self, dossier: LinkPurpose) -> None:
        token = token_for_bearer(purpose=dossier, bearer=Bearer(HolderKind.OUTSIDER, "7"))
        narrower = LinkPurpose(key=dossier.key, does="read one dossier", holders=(HolderKind.OFFICIAL,))
        assert resolve(token, narrower) is None

    def test_renewing_and_revoking_work_as_for_members(self, dossier: LinkPurpose, member: User) -> None:
        bearer = Bearer(HolderKind.OFFICIAL, "7")
        other = token_for_bearer(purpose=dossier, bearer=Bearer(HolderKind.OFFICIAL, "8"))
        old = token_for_bearer(purpose=dossier, bearer=bearer)
        new = actions.renew_link(purpose=dossier, by=member, bearer=bearer)
        assert [resolve(token, dossier) is not None for token in (old, new, other)] == [False, True, True]
        ActingLink.objects.filter(holder_key="7").update(revoked_at=timezone.now())
        assert [resolve(token, dossier) is not None for token in (new, other)] == [False, True]

    def test_the_account_of_whoever_renewed_it_may_go(self, dossier: LinkPurpose, member: User) -> None:
        new = actions.renew_link(purpose=dossier, by=member, bearer=Bearer(HolderKind.OFFICIAL, "7"))
        actions.forget_member(member)
        assert resolve(new, dossier) is not None

    def test_links_of_members_and_others_are_made_together(
        self, dossier: LinkPurpose, django_assert_num_queries
    ) -> None:
        acts = [Act(FEED, member.pk) for member in UserFactory.create_batch(3)]
        acts += [Act(dossier, Bearer(HolderKind.OFFICIAL, str(key))) for key in range(3)]
        first = tokens_for(acts)
        assert len(set(first.values())) == 6
        with django_assert_num_queries(1):
            assert tokens_for(acts) == first

    def test_that_it_has_ended_is_said_in_the_language_of_the_browser(self, dossier: LinkPurpose, rf) -> None:
        token = token_for_bearer(purpose=dossier, bearer=Bearer(HolderKind.OFFICIAL, "7"))
        ActingLink.objects.update(expires_at=timezone.now())

        @acts_by_link
        def page(_request: HttpRequest) -> HttpResponse:
            resolve(token, dossier)
            raise AssertionError

        request = rf.get("/")
        request.user = AnonymousUser()
        for language, words in (("en", "This link no longer works"), ("nl", "Deze link werkt niet meer")):
            with translation.override(language):
                response = page(request)
            assert response.status_code == 410
            assert words in response.text

    @pytest.mark.parametrize(
        "holder",
        [
            {"holder_kind": "official"},
            {"holder_kind": "member"},
            {"holder_kind": "member", "holder_key": "7"},
            {"holder_kind": "neighbour", "holder_key": "7"},
            {"holder_kind": "official", "holder_key": "7", "member": True},
            {"holder_kind": "official", "member": True},
            {"holder_kind": "member", "holder_key": "7", "member": True},
        ],
    )
    def test_either_a_member_or_somebody_else_holds_it(self, member: User, holder: dict[str, object]) -> None:
        columns = {**holder, "member": member if holder.get("member") else None}
        with pytest.raises(IntegrityError, match=r"holds_a_link|known_holder"), transaction.atomic():
            ActingLink.objects.create(purpose="dossier", **columns)


@pytest.mark.usefixtures("kinds")
class TestUnsubscribe:
    """RFC 8058, and the page for people."""

    @pytest.fixture
    def url(self, member: User) -> str:
        return reverse("activity:unsubscribe", args=[self._token(member, "news")])

    def _token(self, member: User, kind: str) -> str:
        return token_for(purpose=UNSUBSCRIBE, member=member, kind=kind)

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
        calendar = token_for(purpose=CALENDAR, member=member)
        assert client.post(reverse("activity:unsubscribe", args=[calendar])).status_code == 404

    def test_the_address_of_the_page_stays_private(self, client: Client, url: str) -> None:
        response = client.get(url)
        assert response["Referrer-Policy"] == "same-origin"
        assert response["X-Robots-Tag"] == "noindex, nofollow"
        assert "no-store" in response["Cache-Control"]
        assert "sessionid" not in response.cookies

    def test_guessing_is_slowed_down_and_a_link_that_works_always_does(self, client: Client, url: str) -> None:
        answers = [client.get("/mail/unsubscribe/a.b/").status_code for _time in range(122)]
        assert answers == [404] * 120 + [429] * 2
        assert client.get(url).status_code == 200
        assert Client().get("/password/new/1-x/").status_code == 429  # it is a link in a mail as well
