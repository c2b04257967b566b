"""A change of meaning is put to the supporters, who read it word by word. Spec 02, Filing."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from activity.models import Activity
from activity.notices.fanout import tell_due
from activity.notices.models import Notification
from community.accounts.actions import erase_member
from community.models import User
from issues.bottlenecks.actions import cast_vote, take_back_vote
from issues.changes.actions import change_text, change_text_by_code, confirm_support
from issues.endings.actions import end_bottleneck
from issues.models import Attribution, Bottleneck, TextChange, Vote
from issues.replies.selectors import filing_by
from tests.factories import BottleneckFactory, UserFactory, facilitator
from tests.issues.anonymous import published
from tests.races import run_together
from tests.trees import parse
from ui.errors import RuleBroken, StaleForm
from ui.kept import kept_figures

pytestmark = pytest.mark.django_db

OLD = {"title": "Geen rekencluster", "situation": "In het weekend staat het uit.", "impact": "", "wish": ""}
NEW = {**OLD, "situation": "In het weekend en 's nachts staat het uit."}
WHY = "Het is **erger** geworden."


def reading(member: User) -> Client:
    client = Client()
    client.force_login(member)
    return client


def text_of(response: Any) -> str:
    return " ".join(parse(response.text).text().split())


def supported(votes: int = 3, **fields: Any) -> tuple[Bottleneck, list[User]]:
    """A bottleneck of an hour ago, supported by its author and others."""
    bottleneck = BottleneckFactory(**{"author": UserFactory(), **OLD, **fields})
    Bottleneck.objects.filter(pk=bottleneck.pk).update(filed_at=timezone.now() - timedelta(hours=1))
    voters = UserFactory.create_batch(votes)
    for voter in [*([bottleneck.author] if bottleneck.author else []), *voters]:
        cast_vote(bottleneck=bottleneck, by=voter)
    return Bottleneck.objects.get(pk=bottleneck.pk), voters


def test_a_change_from_before_a_part_of_the_text_was_asked_for_shows_what_it_changed() -> None:
    bottleneck, [voter] = supported(1)
    TextChange.objects.create(bottleneck=bottleneck, by=bottleneck.author, before=OLD, after=NEW, why=WHY)
    said = text_of(reading(voter).get(f"/bottlenecks/{bottleneck.pk}/changes/"))
    assert "'s nachts" in said
    assert "What did you try already?" not in said


def changed(bottleneck: Bottleneck, by: User | None = None, **fields: Any) -> Bottleneck:
    told = {"version": bottleneck.version, "why": WHY, **NEW, **fields}
    return change_text(bottleneck=bottleneck, by=by or bottleneck.author, **told)


class TestTheChange:
    """Whoever filed it changes it; who supports it reads that and decides."""

    def test_the_form_leads_from_the_page_to_what_supporters_read(self) -> None:
        bottleneck, voters = supported()
        client = reading(bottleneck.author)
        url = bottleneck.subject.url
        assert f"/bottlenecks/{bottleneck.pk}/change/" in client.get(url).text
        sent = {**NEW, "version": "1", "why": WHY}
        answer = client.post(f"/bottlenecks/{bottleneck.pk}/change/", sent, follow=True)
        assert "Changed. Who supports this hears of it once." in text_of(answer)
        page = reading(voters[0]).get(url)
        assert "<ins>en &#x27;s nachts " in page.text
        words = text_of(page)
        assert "The text has changed" in words
        assert "Het is erger geworden." in words
        assert "Support for the text as it stands now: 1 of 4 members." in words  # whoever changed it does

    def test_each_supporter_is_told_once_and_the_one_who_changed_it_not(self) -> None:
        bottleneck, voters = supported()
        tell_due()
        Notification.objects.all().delete()
        changed(bottleneck)
        tell_due()
        told = Notification.objects.values_list("member", flat=True)
        assert sorted(told) == sorted(voter.pk for voter in voters)
        assert "changed the text and puts that to who supports it" in text_of(reading(voters[0]).get("/notifications/"))

    def test_support_since_counts_who_confirms_who_votes_and_not_who_leaves(self) -> None:
        bottleneck, voters = supported()
        changed(bottleneck)
        client, url = reading(voters[0]), bottleneck.subject.url
        assert "Still mine too" in client.get(url).text
        confirmed = client.post(f"/bottlenecks/{bottleneck.pk}/confirm/", follow=True)
        assert "Your vote holds for the text as it stands now." in text_of(confirmed)
        assert "Still mine too" not in client.get(url).text
        assert "Support for the text as it stands now: 2 of 4 members." in text_of(client.get(url))
        take_back_vote(bottleneck=bottleneck, by=voters[1])
        cast_vote(bottleneck=bottleneck, by=UserFactory())
        assert "Support for the text as it stands now: 3 of 4 members." in text_of(client.get(url))
        assert not [wrong for figures in kept_figures for wrong in figures.differences()]

    def test_a_second_change_asks_anew_and_both_are_told_word_by_word(self) -> None:
        bottleneck, voters = supported()
        first = changed(bottleneck)
        confirm_support(bottleneck=bottleneck, by=voters[0])
        with pytest.raises(RuleBroken, match="less than a day ago"):
            changed(first, title="Te weinig rekenkracht")
        later = timezone.now() + timedelta(days=2)
        changed(first, title="Te weinig rekenkracht", why="Ook overdag.", now=later)
        page = reading(voters[0]).get(first.subject.url, follow=True)
        assert "Support for the text as it stands now: 1 of 4 members." in text_of(page)
        every = text_of(reading(voters[1]).get(f"/bottlenecks/{bottleneck.pk}/changes/"))
        assert every.index("Ook overdag.") < every.index("Het is erger geworden.")

    def test_the_title_is_new_everywhere(self) -> None:
        bottleneck, voters = supported()
        changed(bottleneck, title="Rekencluster te vaak uit")
        client = reading(voters[0])
        assert "Rekencluster te vaak uit" in client.get("/bottlenecks/").text
        assert "Rekencluster te vaak uit" in client.get("/bottlenecks/?q=rekencluster").text
        fresh = Bottleneck.objects.select_related("subject").get(pk=bottleneck.pk)
        assert fresh.subject.url == fresh.get_absolute_url()

    def test_what_did_not_change_costs_the_page_no_statement(self, django_assert_max_num_queries: Any) -> None:
        bottleneck, voters = supported()
        client = reading(voters[0])
        client.get(bottleneck.subject.url)
        changed(bottleneck)
        client.get(bottleneck.subject.url)
        with django_assert_max_num_queries(16):
            client.get(bottleneck.subject.url)


class TestRefusals:
    """What cannot be, is said beside what was typed."""

    def test_without_a_difference_or_a_reason_nothing_is_written(self) -> None:
        bottleneck, _voters = supported()
        path, client = f"/bottlenecks/{bottleneck.pk}/change/", reading(bottleneck.author)
        same = client.post(path, {**OLD, "version": "1", "why": WHY})
        assert same.status_code == 422
        assert "The text is the same as it was." in same.text
        silent = client.post(path, {**NEW, "version": "1", "why": "  "})
        assert silent.status_code == 422
        assert "Say why: who supports this reads it." in silent.text
        assert NEW["situation"].split("'")[0] in silent.text
        assert not TextChange.objects.exists()

    def test_two_tabs_show_both_texts(self) -> None:
        bottleneck, _voters = supported()
        path, client = f"/bottlenecks/{bottleneck.pk}/change/", reading(bottleneck.author)
        changed(bottleneck, wish="Altijd aan")
        stale = client.post(path, {**NEW, "wish": "Nooit uit", "version": "1", "why": WHY})
        assert stale.status_code == 422
        assert "Altijd aan" in stale.text
        assert "Nooit uit" in stale.text
        with pytest.raises(StaleForm):
            changed(bottleneck, wish="Nooit uit")

    def test_sent_twice_is_one(self) -> None:
        bottleneck, _voters = supported()
        sent = {**NEW, "version": "1", "why": WHY}
        client = reading(bottleneck.author)
        codes = [client.post(f"/bottlenecks/{bottleneck.pk}/change/", sent).status_code for _twice in range(2)]
        assert codes[0] == 302
        assert TextChange.objects.count() == 1
        assert changed(Bottleneck.objects.get(pk=bottleneck.pk)).version == 2

    @pytest.mark.django_db(transaction=True)
    def test_two_at_once_are_one(self) -> None:
        bottleneck, _voters = supported(1)
        found = run_together(
            partial(changed, bottleneck, wish="Altijd aan"), partial(changed, bottleneck, wish="Nooit uit")
        )
        assert sorted(isinstance(it, RuleBroken) for it in found) == [False, True]
        assert TextChange.objects.count() == 1

    def test_only_who_filed_it_or_facilitators_for_a_list(self) -> None:
        bottleneck, voters = supported()
        for other in (voters[0], facilitator()):
            assert reading(other).get(f"/bottlenecks/{bottleneck.pk}/change/").status_code == 403
            with pytest.raises(RuleBroken):
                changed(bottleneck, other)
        listed, _voters = supported(author=None, attribution=Attribution.IMPORTED)
        judge = facilitator()
        assert "Change the text" in reading(judge).get(listed.subject.url).text
        changed(listed, judge)
        assert judge.name in text_of(reading(voters[0]).get(listed.subject.url))

    def test_what_has_ended_keeps_its_text_and_its_votes(self) -> None:
        bottleneck, voters = supported()
        changed(bottleneck)
        end_bottleneck(
            bottleneck=bottleneck, by=bottleneck.author, how="lapsed", route="", text="Klaar.", language="nl"
        )
        assert "Change the text" not in reading(bottleneck.author).get(bottleneck.subject.url).text
        with pytest.raises(RuleBroken):
            changed(Bottleneck.objects.get(pk=bottleneck.pk), title="Anders", now=timezone.now() + timedelta(days=3))
        with pytest.raises(RuleBroken):
            confirm_support(bottleneck=bottleneck, by=voters[0])

    def test_who_does_not_support_it_confirms_nothing(self) -> None:
        bottleneck, voters = supported()
        changed(bottleneck)
        answer = reading(UserFactory()).post(f"/bottlenecks/{bottleneck.pk}/confirm/", follow=True)
        assert "You do not support this any more." in text_of(answer)
        assert confirm_support(bottleneck=bottleneck, by=voters[0])
        assert not confirm_support(bottleneck=bottleneck, by=voters[0])
        assert Activity.objects.filter(verb="support_confirmed").count() == 1


class TestNames:
    """The change tells no more of who filed it than the page does."""

    def test_a_confidential_filer_stays_so(self) -> None:
        bottleneck, voters = supported(author=UserFactory(name="Xanthippe"), attribution=Attribution.CONFIDENTIAL)
        changed(bottleneck)
        assert TextChange.objects.get().by is None
        assert not Activity.objects.filter(verb__startswith="text_changed", actor__isnull=False).exists()
        assert "Xanthippe" not in reading(voters[0]).get(bottleneck.subject.url).text
        assert "Xanthippe" in reading(facilitator()).get(bottleneck.subject.url).text

    def test_who_filed_anonymously_changes_it_by_code(self, author: User) -> None:
        bottleneck, code = published(author)
        voter = UserFactory()
        cast_vote(bottleneck=bottleneck, by=voter)
        visitor = Client()
        assert "Put it to who supports it" in visitor.post("/reply/", {"code": code}).text
        sent = {"code": code, "title": "Nee zeggen mag", "situation": "Anders.", "version": "1"}
        missing = visitor.post("/reply/change/", {**sent, "why": ""})
        assert missing.status_code == 422
        assert "Nee zeggen mag" in missing.text
        assert "Changed." in visitor.post("/reply/change/", {**sent, "why": "Scherper."}).text
        page = text_of(reading(voter).get(f"/bottlenecks/{bottleneck.pk}-x/", follow=True))
        assert "somebody, anonymously" in page
        assert "Support for the text as it stands now: 0 of 1 member." in page
        assert not Activity.objects.filter(subject=bottleneck.subject, actor__isnull=False).exists()
        wrong = visitor.post("/reply/change/", {**sent, "code": "AAAA-BBBB-CCCC-DDDD", "why": "x"})
        assert (wrong.status_code, "This code opens nothing." in wrong.text) == (422, True)
        filing = filing_by(code)
        assert filing is not None
        with pytest.raises(RuleBroken):
            change_text_by_code(filing=filing, version=2, why="Weer", title="Nog eens")

    def test_what_a_member_changed_stays_without_them(self) -> None:
        bottleneck, voters = supported()
        confirm_support(bottleneck=changed(bottleneck), by=voters[0])
        name = bottleneck.author.name
        erase_member(member=bottleneck.author)
        words = text_of(reading(voters[1]).get(bottleneck.subject.url))
        assert "The text has changed" in words
        assert name not in words
        assert Vote.objects.filter(bottleneck=bottleneck).count() == 4
