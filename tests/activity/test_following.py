"""Following: who hears how much of what, why, and what of it one chose. Spec 06, Following."""

from __future__ import annotations

import uuid

import pytest
from django.test import Client

from activity.following.actions import begin_follow, choose_level, end_follow
from activity.following.models import Follow, FollowLevel, HearingSettings
from activity.following.reasons import Reason
from activity.following.selectors import following
from activity.kinds import COMMUNITY, subject_kinds
from activity.models import Audience, Subject
from community.accounts.actions import erase_member
from community.hubs.actions import join_hub, leave_hub
from community.models import User
from issues.bottlenecks.actions import cast_vote, file_bottleneck, take_back_vote
from issues.follows import FILED, VOTED
from tests.factories import BottleneckFactory, HubFactory, SessionFactory, UserFactory, member_of
from tests.trees import parse
from ui.errors import RuleBroken

pytestmark = pytest.mark.django_db

SILENT, STATUS, FOLLOW, EVERYTHING = FollowLevel


def level(subject: Subject, member: User) -> FollowLevel | None:
    return following(subject, member).level


def reading(member: User | None = None) -> Client:
    client = Client()
    client.force_login(member or UserFactory())
    return client


class TestByItself:
    """Filing, voting and joining."""

    def test_who_files_votes_or_joins_hears_of_the_status(self) -> None:
        member, hub, bottleneck = UserFactory(), HubFactory(), BottleneckFactory()
        filed = file_bottleneck(by=member, title="Rekenkracht", situation="x")
        cast_vote(bottleneck=bottleneck, by=member)
        join_hub(hub=hub, by=member)
        assert [level(it.subject, member) for it in (filed, bottleneck, hub)] == [STATUS] * 3
        assert following(filed.subject, member).why == "You hear of this because you filed it."
        assert following(bottleneck.subject, member).why == "You hear of this because you voted for it."

    def test_it_ends_with_the_vote_or_the_membership_that_began_it(self) -> None:
        member, hub, bottleneck = UserFactory(), HubFactory(), BottleneckFactory()
        cast_vote(bottleneck=bottleneck, by=member)
        take_back_vote(bottleneck=bottleneck, by=member)
        join_hub(hub=hub, by=member)
        leave_hub(hub=hub, by=member)
        assert [level(it.subject, member) for it in (bottleneck, hub)] == [None, None]

    def test_who_filed_goes_on_hearing_when_the_vote_is_taken_back(self) -> None:
        member = UserFactory()
        filed = file_bottleneck(by=member, title="Rekenkracht", situation="x")
        take_back_vote(bottleneck=filed, by=member)
        assert level(filed.subject, member) == STATUS

    @pytest.mark.parametrize("chosen", FollowLevel)
    def test_a_choice_is_never_overruled(self, chosen: FollowLevel) -> None:
        member, bottleneck = UserFactory(), BottleneckFactory()
        choose_level(subject=bottleneck.subject, by=member, level=chosen)
        cast_vote(bottleneck=bottleneck, by=member)
        assert level(bottleneck.subject, member) == chosen
        take_back_vote(bottleneck=bottleneck, by=member)
        assert level(bottleneck.subject, member) == chosen
        assert following(bottleneck.subject, member).why == "You chose this."

    def test_a_reason_that_no_app_registered_is_refused(self) -> None:
        with pytest.raises(ValueError, match="no app registered"):
            begin_follow(BottleneckFactory().subject, UserFactory(), Reason(key=VOTED.key, words="x"))


class TestPrecedence:
    """The subject, then its hubs, then what one always wants."""

    def test_the_hub_comes_before_the_default_and_the_subject_before_the_hub(self) -> None:
        member, hub = UserFactory(), HubFactory(name="Kern Geo")
        subject = BottleneckFactory(hubs=[hub]).subject
        assert level(subject, member) is None
        begin_follow(subject, member, VOTED)
        HearingSettings.objects.create(member=member, level=FOLLOW)
        assert level(subject, member) == FOLLOW
        choose_level(subject=hub.subject, by=member, level=EVERYTHING)
        assert level(subject, member) == EVERYTHING
        assert following(subject, member).why == "You chose this for Kern Geo."
        choose_level(subject=subject, by=member, level=SILENT)
        assert level(subject, member) == SILENT

    def test_of_several_hubs_the_one_of_which_one_wants_most_decides(self) -> None:
        member, quiet, loud = UserFactory(), HubFactory(), HubFactory()
        subject = BottleneckFactory(hubs=[quiet, loud]).subject
        choose_level(subject=quiet.subject, by=member, level=SILENT)
        assert level(subject, member) == SILENT
        choose_level(subject=loud.subject, by=member, level=STATUS)
        assert level(subject, member) == STATUS

    def test_what_one_chose_for_a_hub_says_nothing_of_other_hubs(self) -> None:
        member, hub = UserFactory(), HubFactory()
        choose_level(subject=hub.subject, by=member, level=EVERYTHING)
        assert level(BottleneckFactory(hubs=[HubFactory()]).subject, member) is None

    def test_a_hub_that_one_may_no_longer_see_is_not_named(self) -> None:
        member, hub = UserFactory(), HubFactory()
        subject = BottleneckFactory(hubs=[hub]).subject
        choose_level(subject=hub.subject, by=member, level=EVERYTHING)
        Subject.objects.filter(pk=hub.subject_id).update(audience=Audience.NAMED)
        assert following(subject, member).why == ""


class TestTheButton:
    """On every page, with and without JavaScript."""

    def test_every_kind_of_subject_has_it_on_its_page(self) -> None:
        member = UserFactory()
        things = {"hub": HubFactory(), "bottleneck": BottleneckFactory(), "session": SessionFactory()}
        assert things.keys() == {kind.key for kind in subject_kinds} - {COMMUNITY.key}
        for thing in things.values():
            page = reading(member).get(thing.subject.url)
            assert f'action="/subjects/{thing.subject.pk}/follow/"' in page.text

    def test_a_plain_form_leads_back_and_htmx_gets_the_button_anew(self) -> None:
        member, subject = UserFactory(), BottleneckFactory().subject
        client = reading(member)
        path = f"/subjects/{subject.pk}/follow/"
        answer = client.post(path, {"level": "2"})
        assert answer.headers["Location"] == subject.url
        assert level(subject, member) == FOLLOW
        box = client.post(path, {"level": "3"}, headers={"hx-request": "true"}).text
        assert level(subject, member) == EVERYTHING
        assert "<html" not in box
        button = parse(box).all("button")[0].text()
        assert "Everything" in button
        chosen = [it for it in parse(box).all("button") if it.attributes.get("aria-current")]
        assert [it.attributes["value"] for it in chosen] == ["3"]

    def test_a_level_that_is_none_is_refused_in_words(self) -> None:
        subject = BottleneckFactory().subject
        answer = reading().post(f"/subjects/{subject.pk}/follow/", {"level": "7"})
        assert answer.status_code == 422
        assert "Select a valid choice" in answer.text
        assert not Follow.objects.filter(subject=subject, level=7).exists()

    def test_what_one_may_not_read_one_cannot_follow(self) -> None:
        hub = HubFactory()
        subject = BottleneckFactory(hubs=[hub], subject__audience=Audience.HUBS).subject
        with pytest.raises(RuleBroken):
            choose_level(subject=subject, by=UserFactory(), level=FOLLOW)
        choose_level(subject=subject, by=member_of(hub), level=FOLLOW)

    def test_a_vote_by_htmx_says_at_once_that_one_follows_it(self) -> None:
        bottleneck = BottleneckFactory()
        client = reading()
        headers = {"hx-request": "true", "hx-target": "vote-box"}
        page = parse(client.post(f"/bottlenecks/{bottleneck.pk}/vote/", headers=headers).text)
        box = next(node for node in page.walk() if node.attributes.get("id") == "follow-box")
        assert box.attributes["hx-swap-oob"] == "true"
        assert "Status only" in box.text()

    def test_it_says_how_many_follow_it_who_want_to_hear(self) -> None:
        subject = BottleneckFactory().subject
        for chosen in (SILENT, STATUS, EVERYTHING):
            choose_level(subject=subject, by=UserFactory(), level=chosen)
        begin_follow(subject, UserFactory(), FILED)
        assert following(subject, UserFactory()).followers == 3
        assert "3 members follow this" in " ".join(parse(reading().get(subject.url).text).text().split())


class TestWhoJoinsIn:
    """Commenting offers a box to tick."""

    def post(self, client: Client, subject: Subject, **data: str) -> None:
        key = str(uuid.uuid4())
        sent = {"creation_key": key, "text": "Hier ook", "language": "nl", **data}
        assert client.post(f"/subjects/{subject.pk}/comments/new/", sent).status_code == 302

    def test_with_the_box_ticked_one_hears_of_new_comments_and_without_it_nothing_changes(self) -> None:
        subject = BottleneckFactory().subject
        ticks, does_not = UserFactory(), UserFactory()
        self.post(reading(ticks), subject, follow="on")
        self.post(reading(does_not), subject)
        assert (level(subject, ticks), level(subject, does_not)) == (FOLLOW, None)

    @pytest.mark.parametrize("chosen", [SILENT, STATUS, EVERYTHING])
    def test_it_is_not_offered_to_who_chose_and_overrules_nobody(self, chosen: FollowLevel) -> None:
        subject, member = BottleneckFactory().subject, UserFactory()
        client = reading(member)
        assert 'name="follow"' in client.get(subject.url).text
        assert 'name="follow"' in client.get(f"/subjects/{subject.pk}/comments/new/").text
        choose_level(subject=subject, by=member, level=chosen)
        assert 'name="follow"' not in client.get(subject.url).text
        assert 'name="follow"' not in client.get(f"/subjects/{subject.pk}/comments/new/").text
        self.post(client, subject, follow="on")  # from a page that was opened before
        assert level(subject, member) == chosen

    def test_who_hears_of_the_status_only_is_offered_more(self) -> None:
        bottleneck, member = BottleneckFactory(), UserFactory()
        cast_vote(bottleneck=bottleneck, by=member)
        self.post(reading(member), bottleneck.subject, follow="on")
        assert level(bottleneck.subject, member) == FOLLOW
        take_back_vote(bottleneck=bottleneck, by=member)
        assert level(bottleneck.subject, member) == FOLLOW  # they asked for it


class TestThePage:
    """Everything one follows."""

    def test_it_lists_what_one_follows_with_the_reason(self, django_assert_num_queries) -> None:
        member, bottleneck = UserFactory(), BottleneckFactory(title="Rekenkracht")
        choose_level(subject=bottleneck.subject, by=member, level=SILENT)
        cast_vote(bottleneck=BottleneckFactory(title="Toegang"), by=member)
        client = reading(member)
        text = " ".join(parse(client.get("/me/follows/").text).text().split())
        assert "Rekenkracht Bottleneck. You chose this. Nothing" in text
        assert "Toegang Bottleneck. You hear of this because you voted for it. Status only" in text
        for _more in range(60):
            choose_level(subject=BottleneckFactory().subject, by=member, level=FOLLOW)
        with django_assert_num_queries(2):
            page = client.get("/me/follows/")
        assert page.text.count("/follow/") == 50
        rest = client.get("/me/follows/" + page.text.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0])
        assert rest.text.count("/follow/") == 12

    def test_who_follows_nothing_reads_how_to(self) -> None:
        assert "You follow nothing yet." in reading().get("/me/follows/").text


def test_nothing_of_it_is_left_of_an_erased_member() -> None:
    member, subject = UserFactory(), BottleneckFactory().subject
    choose_level(subject=subject, by=member, level=FOLLOW)
    HearingSettings.objects.create(member=member)
    erase_member(member=member)
    assert not Follow.objects.exists()
    assert not HearingSettings.objects.exists()


def test_an_old_follow_stays_when_it_did_not_begin_for_that_reason() -> None:
    member, subject = UserFactory(), BottleneckFactory().subject
    begin_follow(subject, member, FILED)
    end_follow(subject, member, VOTED)
    assert level(subject, member) == STATUS
