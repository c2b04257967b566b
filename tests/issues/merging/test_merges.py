"""From a proposal to one page and back: who is told, who objects, what the old address shows. Spec 02, Merge."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from activity.conversation.actions import write_comment
from activity.following.actions import choose_level
from activity.following.models import FollowLevel
from activity.models import Activity, Audience, Subject, Todo
from activity.notices.fanout import tell_due
from activity.notices.models import Notification
from community.models import User
from issues.bottlenecks.actions import cast_vote, correct_bottleneck, take_back_vote
from issues.bottlenecks.selectors import rising
from issues.merging.actions import (
    answer_objection,
    drop_merge,
    generalise,
    merge_due,
    object_to,
    propose_merge,
    unmerge,
    withdraw_objection,
)
from issues.models import Bottleneck, BottleneckTally, Merge, Objection, TouchedHub, Vote
from tests.factories import BottleneckFactory, HubFactory, UserFactory, facilitator, member_of
from tests.trees import parse
from ui.errors import RuleBroken

pytestmark = pytest.mark.django_db

START = datetime(2026, 6, 4, 10, tzinfo=UTC)
SAID: dict[str, Any] = {"reason": "Het is **hetzelfde**.", "language": "nl"}


def reading(member: User | None = None) -> Client:
    client = Client()
    client.force_login(member or UserFactory())
    return client


def text_of(response: Any) -> str:
    return " ".join(parse(response.text).text().split())


def pair(**fields: Any) -> tuple[Bottleneck, Bottleneck]:
    """One that is to be merged, and the one that remains."""
    other = BottleneckFactory(title="Wachten op brondata", **fields)
    return other, BottleneckFactory(title="Data is onbereikbaar")


def merged(other: Bottleneck, main: Bottleneck, by: User | None = None) -> Merge:
    """Merge at once what nobody objects to."""
    merge = propose_merge(other=other, main=main, by=by or facilitator(), **SAID)
    Merge.objects.filter(pk=merge.pk).update(objections_until=timezone.now())
    assert merge_due(now=timezone.now() + timedelta(seconds=1)) == 1
    for row in (other, main):
        row.refresh_from_db()
    merge.refresh_from_db()
    return merge


class TestProposing:
    """A facilitator or who filed it says which one remains, and why; all whom it concerns hear of it once."""

    def test_from_the_page_to_a_merge_that_everybody_heard_of_once(self) -> None:
        with time_machine.travel(START - timedelta(days=1)):
            other, main = pair()
        filer, both, one, muted = UserFactory.create_batch(4)
        Bottleneck.objects.filter(pk=main.pk).update(author=filer)
        for voter, rows in ((both, (other, main)), (one, (main,)), (muted, (other,))):
            for row in rows:
                cast_vote(bottleneck=row, by=voter)
        choose_level(subject=other.subject, by=muted, level=FollowLevel.SILENT)
        judge = facilitator(name="Sanne Kuipers")
        client = reading(judge)
        assert f'href="/bottlenecks/{other.pk}/merge/"' in client.get(other.get_absolute_url()).text
        assert "/merge/" not in reading(one).get(other.get_absolute_url()).text
        with time_machine.travel(START, tick=False) as clock:
            sent = {"number": f"#{main.pk}", "tie": "merged", **SAID}
            for _twice in range(2):  # a double click
                answer = client.post(f"/bottlenecks/{other.pk}/merge/", sent)
            merge = Merge.objects.get()
            assert answer.headers["Location"] == f"/merges/{merge.pk}/"
            tell_due()
            told = Notification.objects.filter(entry__verb="merge_proposed")
            assert sorted(told.values_list("member", flat=True)) == sorted([other.author_id, filer.pk, both.pk, one.pk])
            page = reading(one).get(f"/merges/{merge.pk}/")
            assert "Sanne Kuipers, 4 June 2026" in text_of(page)
            assert "<p>Het is <strong>hetzelfde</strong>.</p>" in page.text
            assert "can object until 11 June 2026" in text_of(page)
            assert "Somebody proposed to merge this into" in text_of(reading().get(other.get_absolute_url()))
            clock.move_to(START + timedelta(days=7, seconds=-1))
            assert merge_due(now=timezone.now()) == 0
            clock.move_to(START + timedelta(days=7))
            assert merge_due(now=timezone.now()) == 1
            assert merge_due(now=timezone.now()) == 0
        main.refresh_from_db()
        assert (main.member_count, main.parts) == (3, [other.pk])
        assert [entry.verb for entry in Activity.objects.filter(data__has_key="merge").order_by("pk")] == [
            "merge_proposed",
            "merge_proposed_here",
            "was_merged",
            "merged_here",
        ]

    def test_who_filed_it_may_propose_and_one_who_did_so_confidentially_is_not_named(self) -> None:
        filer = UserFactory(name="Petra Geheim")
        other, main = pair(author=filer, attribution="confidential")
        client = reading(filer)
        client.post(f"/bottlenecks/{other.pk}/merge/", {"number": main.pk, "tie": "merged", **SAID})
        merge = Merge.objects.get()
        drop_merge(merge=merge, by=filer, **SAID)
        part = generalise(other=other, main=main, by=facilitator(), **SAID)
        unmerge(merge=part, by=filer, **SAID)
        for address in (
            f"/merges/{merge.pk}/",
            f"/merges/{part.pk}/",
            other.get_absolute_url(),
            main.get_absolute_url(),
        ):
            page = reading().get(address)
            assert page.status_code == 200
            assert "Petra Geheim" not in page.text
        assert not Activity.objects.filter(actor=filer).exists()

    def test_another_member_neither_sees_the_form_nor_proposes(self) -> None:
        other, main = pair()
        refused = reading().get(f"/bottlenecks/{other.pk}/merge/")
        assert refused.status_code == 403
        with pytest.raises(RuleBroken, match="Facilitators and who filed it"):
            propose_merge(other=other, main=main, by=UserFactory(is_superuser=True), **SAID)

    @pytest.mark.parametrize(
        ("state", "why"),
        [
            ({"closed_at": START}, "One of the two has ended"),
            ({"hidden_at": START}, "One of the two is hidden"),
            ({"audience": Audience.REPRESENTATIVES}, "Not everyone who reads the one reads the other"),
        ],
    )
    @pytest.mark.parametrize("side", ["other", "main"])
    def test_what_cannot_be_merged_is_refused_and_dropped_when_it_becomes_so(
        self, side: str, state: dict[str, Any], why: str
    ) -> None:
        rows = dict(zip(("other", "main"), pair(), strict=True))
        judge = facilitator()
        merge = propose_merge(**rows, by=judge, **SAID)
        Subject.objects.filter(pk=rows[side].subject_id).update(**state)
        assert merge_due(now=timezone.now() + timedelta(days=8)) == 0
        merge.refresh_from_db()
        assert (merge.state, merge.end_reason) == ("dropped", "")
        assert "could not be merged any more" in text_of(reading(judge).get(f"/merges/{merge.pk}/"))
        with pytest.raises(RuleBroken, match=why):
            propose_merge(**rows, by=judge, **SAID)
        assert not Bottleneck.objects.exclude(main=None).exists()

    def test_what_is_typed_wrongly_stays_and_says_so(self) -> None:
        other, _main = pair()
        client = reading(facilitator())
        for typed, said in (
            ("twaalf", "Fill in a number, for example 12."),
            ("99999", "There is no bottleneck with that number."),
            (str(other.pk), "That is this one."),
        ):
            page = client.post(f"/bottlenecks/{other.pk}/merge/", {"number": typed, "tie": "merged", **SAID})
            assert page.status_code == 422
            assert said in text_of(page)
            assert f'value="{typed}"' in page.text
            assert "Het is **hetzelfde**." in page.text


class TestObjecting:
    """An objection blocks until it is answered; nobody reads whose it is."""

    def test_it_blocks_until_somebody_answers_and_then_the_merge_goes_on(self) -> None:
        with time_machine.travel(START - timedelta(days=1)):
            other, main = pair()
        supporter, judge = UserFactory(name="Otto Stil"), facilitator()
        cast_vote(bottleneck=other, by=supporter)
        with time_machine.travel(START, tick=False) as clock:
            merge = propose_merge(other=other, main=main, by=judge, **SAID)
            client = reading(supporter)
            for _twice in range(2):
                client.post(f"/merges/{merge.pk}/object/", {"text": "Bij ons is het anders.", "language": "nl"})
            objection = Objection.objects.get()
            page = reading(judge).get(f"/merges/{merge.pk}/")
            assert "Bij ons is het anders." in page.text
            assert "Otto Stil" not in page.text
            assert not Activity.objects.filter(verb="merge_objected").exclude(actor=None).exists()
            home = text_of(reading(facilitator()).get("/"))
            assert "Somebody objects to a merge" in home
            clock.move_to(START + timedelta(days=8))
            assert merge_due(now=timezone.now()) == 0
            answer = {"text": "Dat staat nu in de tekst.", "language": "nl"}
            with pytest.raises(RuleBroken, match="Facilitators and who proposed it"):
                answer_objection(objection=objection, by=UserFactory(), **answer)
            reading(judge).post(f"/merges/{merge.pk}/objections/{objection.pk}/answer/", answer)
            assert "Dat staat nu in de tekst." in client.get(f"/merges/{merge.pk}/").text
            assert not Todo.objects.open().exists()
            tell_due()
            told = Notification.objects.filter(entry__verb="merge_objection_answered")
            assert list(told.values_list("member", flat=True)) == [supporter.pk]
            assert merge_due(now=timezone.now()) == 1

    def test_one_who_neither_filed_nor_supports_it_does_not_object_nor_anybody_afterwards(self) -> None:
        other, main = pair()
        voter = UserFactory()
        cast_vote(bottleneck=main, by=voter)
        with time_machine.travel(START, tick=False) as clock:
            merge = propose_merge(other=other, main=main, by=facilitator(), **SAID)
            said = {"text": "x", "language": "nl"}
            page = reading().post(f"/merges/{merge.pk}/object/", said)
            assert (page.status_code, "Who filed or supports one of the two can object." in text_of(page)) == (
                422,
                True,
            )
            clock.move_to(START + timedelta(days=7))
            with pytest.raises(RuleBroken, match="the days for it are over"):
                object_to(merge=merge, by=voter, **said)
        assert not Objection.objects.exists()

    def test_it_can_be_withdrawn_by_who_made_it_only(self) -> None:
        other, main = pair()
        voter = UserFactory()
        cast_vote(bottleneck=main, by=voter)
        merge = propose_merge(other=other, main=main, by=facilitator(), **SAID)
        objection = object_to(merge=merge, by=voter, text="x", language="nl")
        with pytest.raises(RuleBroken, match="Your objection stands already"):
            object_to(merge=merge, by=voter, text="y", language="nl")
        with pytest.raises(RuleBroken, match="Only who objected"):
            withdraw_objection(objection=objection, by=facilitator())
        reading(voter).post(f"/merges/{merge.pk}/objections/{objection.pk}/withdraw/")
        assert not withdraw_objection(objection=objection, by=voter)
        assert not Todo.objects.open().exists()
        assert merge_due(now=timezone.now() + timedelta(days=8)) == 1

    def test_a_proposal_is_dropped_with_a_reason_that_stays_to_be_read(self) -> None:
        other, main = pair()
        judge = facilitator(name="Sanne Kuipers")
        merge = propose_merge(other=other, main=main, by=judge, **SAID)
        client = reading(judge)
        empty = client.post(f"/merges/{merge.pk}/drop/", {"text": " ", "language": "nl"})
        assert empty.status_code == 422
        client.post(f"/merges/{merge.pk}/drop/", {"text": "Toch niet hetzelfde.", "language": "nl"})
        page = reading().get(f"/merges/{merge.pk}/")
        assert "Toch niet hetzelfde." in page.text
        assert "dropped" in text_of(reading().get(other.get_absolute_url()))
        assert "Sanne Kuipers dropped the proposal" in text_of(reading().get(other.get_absolute_url()))
        assert propose_merge(other=other, main=main, by=judge, **SAID).pk != merge.pk

    def test_the_database_keeps_one_merge_at_a_time(self) -> None:
        other, main = pair()
        merge = propose_merge(other=other, main=main, by=facilitator(), **SAID)
        with pytest.raises(IntegrityError, match="one_merge_at_a_time"), transaction.atomic():
            Merge.objects.create(other=other, main=main, reason="x", objections_until=merge.objections_until)


class TestMerged:
    """One page remains; the old address, the old title and the old button lead to it."""

    def test_the_old_address_shows_the_main_one_with_a_banner_and_leads_to_what_was_said(self) -> None:
        other, main = pair()
        write_comment(subject=other.subject, by=UserFactory(), text="Al drie maanden wachten.", language="nl")
        merged(other, main)
        client = reading()
        page = client.get(other.get_absolute_url(), follow=True)
        assert page.redirect_chain == [(f"{main.subject.url}?from={other.pk}", 302)]
        assert f"Number {other.pk}, “Wachten op brondata”, was merged into this one." in text_of(page)
        assert f'href="/bottlenecks/{other.pk}/merged/"' in page.text
        assert "was merged into this one" not in client.get(main.get_absolute_url()).text
        assert "was merged into this one" not in client.get(f"{main.get_absolute_url()}?from={main.pk}").text
        old = client.get(f"/bottlenecks/{other.pk}/merged/")
        assert "Al drie maanden wachten." in old.text
        assert "comment_creation_key" not in old.text
        with pytest.raises(RuleBroken, match="Say it there"):
            write_comment(subject=other.subject, by=UserFactory(), text="x", language="nl")
        assert client.get(f"/bottlenecks/{main.pk}/merged/").headers["Location"] == main.subject.url

    def test_lists_show_the_main_one_only_and_search_still_finds_the_old_title(self) -> None:
        hub = HubFactory()
        other, main = pair(hubs=[hub])
        client = reading(member_of(hub))
        assert BottleneckTally.objects.get(hub=hub).number == 1
        merge = merged(other, main)
        board = client.get("/bottlenecks/")
        assert "Data is onbereikbaar" in board.text
        assert "Wachten op brondata" not in board.text
        page = client.get(hub.get_absolute_url()).text
        assert "Wachten op brondata" not in page
        assert "Data is onbereikbaar" in page
        assert BottleneckTally.objects.get(hub=hub).number == 1
        found = client.get("/bottlenecks/?q=brondata")
        assert f"Number {other.pk}, “Wachten op brondata”, was merged into: Data is onbereikbaar" in text_of(found)
        by_number = text_of(client.get(f"/bottlenecks/?q=%23{other.pk}"))
        assert "Data is onbereikbaar" in by_number
        typed = client.post("/bottlenecks/similar/", {"title": "Wachten op brondata", "situation": ""})
        assert "merged into “Data is onbereikbaar”" in text_of(typed)
        unmerge(merge=merge, by=facilitator(), **SAID)
        assert "Data is onbereikbaar" not in client.get(hub.get_absolute_url()).text
        assert BottleneckTally.objects.get(hub=hub).number == 1
        assert "was merged into" not in text_of(client.get("/bottlenecks/?q=brondata"))

    def test_an_old_button_votes_for_the_main_one(self) -> None:
        other, main = pair()
        merged(other, main)
        member = UserFactory()
        client = reading(member)
        answer = client.post(f"/bottlenecks/{other.pk}/vote/")
        assert answer.headers["Location"] == f"{main.subject.url}#vote-box"
        assert Vote.objects.get().bottleneck == main
        assert "You are the first." in client.get(main.subject.url).text
        swapped = client.post(f"/bottlenecks/{other.pk}/unvote/", headers={"HX-Request": "true"})
        assert swapped.headers["HX-Redirect"] == f"{main.subject.url}#vote-box"
        assert not Vote.objects.exists()

    def test_what_was_typed_while_filing_goes_along_to_the_main_one(self) -> None:
        other, main = pair()
        merged(other, main)
        client = reading()
        typed = {"title": "Wachten op brondata", "situation": "Al sinds mei.", "from": "filing"}
        answer = client.post(f"/bottlenecks/{other.pk}/vote/", typed)
        assert answer.headers["Location"] == main.get_absolute_url()
        page = client.get(main.get_absolute_url())
        assert "You are the first." in page.text
        assert "Al sinds mei." in page.text
        again = client.post("/bottlenecks/similar/", typed)
        assert "Yours too" in text_of(again)
        assert f"/bottlenecks/{other.pk}/vote/" not in again.text

    def test_recount_finds_and_repairs_what_is_kept_beside_a_link(self) -> None:
        other, main = pair()
        cast_vote(bottleneck=other, by=UserFactory())
        merged(other, main)
        Bottleneck.objects.filter(pk=main.pk).update(parts=[], member_count=9)
        Subject.objects.filter(pk=other.subject_id).update(merged_into=None)
        said = StringIO()
        with pytest.raises(CommandError, match=r"2 differ.*1 differ"):
            call_command("recount", stdout=said)
        assert f"bottleneck {main.pk}: parts [] should be [{other.pk}]" in said.getvalue()
        call_command("recount", fix=True, stdout=StringIO())
        main.refresh_from_db()
        assert (main.parts, main.member_count) == ([other.pk], 1)
        call_command("recount", stdout=StringIO())

    def test_recount_proves_the_hubs_that_come_with_what_was_merged(self) -> None:
        hub, stray = HubFactory(), HubFactory()
        other, main = BottleneckFactory(hubs=[hub]), BottleneckFactory()
        merged(other, main)
        assert [it.hub for it in TouchedHub.objects.filter(bottleneck=main)] == [hub]
        TouchedHub.objects.filter(bottleneck=main).delete()
        TouchedHub.objects.create(bottleneck=main, hub=stray, is_from_filer=False)
        said = StringIO()
        with pytest.raises(CommandError):
            call_command("recount", stdout=said)
        assert f"bottleneck {main.pk}: 2 of the hubs" in said.getvalue()
        call_command("recount", fix=True, stdout=StringIO())
        assert [it.hub for it in TouchedHub.objects.filter(bottleneck=main)] == [hub]
        call_command("recount", stdout=StringIO())

    def test_who_voted_for_both_counts_once_with_the_largest_estimate_and_takes_back_both(self) -> None:
        other, main = pair()
        hub = HubFactory()
        member = member_of(hub)
        with time_machine.travel(START, tick=False) as clock:
            cast_vote(bottleneck=other, by=member, hours=Decimal(3), evidence="Bij de belasting.")
            clock.shift(timedelta(days=1))
            cast_vote(bottleneck=main, by=member, hours=Decimal(8))
        merged(other, main)
        assert (main.member_count, main.hours, main.estimate_count) == (1, Decimal(8), 1)
        client = reading(member)
        page = text_of(client.get(main.subject.url))
        assert "Yours too" in page
        assert "You estimated 8 hours a month." in page
        assert "Bij de belasting." in text_of(client.get(f"/bottlenecks/{main.pk}/support/"))
        assert "Yours too" not in text_of(reading().get("/bottlenecks/"))
        result = take_back_vote(bottleneck=main, by=member)
        assert (result.bottleneck.member_count, Vote.objects.count()) == (0, 0)

    def test_a_voter_of_the_merged_one_sees_the_main_one_as_theirs_everywhere(self) -> None:
        other, main = pair()
        member = UserFactory()
        cast_vote(bottleneck=other, by=member)
        merged(other, main)
        client = reading(member)
        assert f'action="/bottlenecks/{main.pk}/unvote/"' in client.get("/bottlenecks/").text
        assert "Data is onbereikbaar" not in client.get("/bottlenecks/?show=unsupported").text
        assert "Data is onbereikbaar" in reading().get("/bottlenecks/?show=unsupported").text
        assert [row.pk for row in Bottleneck.objects.rising(START)] == [main.pk]
        assert rising.seen_by(member) == []

    def test_followers_of_both_hear_of_the_main_one_but_for_who_muted_one(self) -> None:
        other, main = pair()
        of_other, of_main, muted, later = UserFactory.create_batch(4)
        choose_level(subject=other.subject, by=of_other, level=FollowLevel.FOLLOW)
        choose_level(subject=main.subject, by=of_main, level=FollowLevel.FOLLOW)
        for member in (muted, later):
            choose_level(subject=other.subject, by=member, level=FollowLevel.SILENT)
        choose_level(subject=main.subject, by=muted, level=FollowLevel.EVERYTHING)
        merge = merged(other, main)
        assert "Nothing" in text_of(reading(muted).get(main.subject.url))
        choose_level(subject=main.subject, by=later, level=FollowLevel.FOLLOW)  # what one says last is meant
        tell_due()
        told = Notification.objects.filter(entry__verb="merged_here").values_list("member", flat=True)
        assert {of_other.pk, of_main.pk} <= set(told)
        assert muted.pk not in told
        assert not Notification.objects.filter(subject=other.subject, entry__verb="was_merged").exists()
        listed = text_of(reading(of_other).get("/me/follows/"))
        assert "Data is onbereikbaar" in listed
        assert "Wachten op brondata" not in listed
        Notification.objects.all().delete()
        write_comment(subject=main.subject, by=UserFactory(), text="Nieuws", language="nl")
        tell_due()
        assert set(Notification.objects.values_list("member", flat=True)) == {of_other.pk, of_main.pk, later.pk}
        unmerge(merge=merge, by=facilitator(), **SAID)
        tell_due()
        Notification.objects.all().delete()
        write_comment(subject=main.subject, by=UserFactory(), text="Nieuws", language="nl")
        tell_due()
        heard = set(Notification.objects.values_list("member", flat=True))
        assert heard == {of_main.pk, muted.pk, later.pk}

    def test_it_is_generic_by_the_merge_and_no_longer_after_the_unmerge(self, settings: Any) -> None:
        settings.GENERIC_MIN_VOTES, settings.GENERIC_MIN_HUBS = 4, 2
        other, main = pair()
        for row in (other, main):
            hub = HubFactory()
            for _two in range(2):
                cast_vote(bottleneck=row, by=member_of(hub))
        merge = merged(other, main)
        assert main.generic_at is not None
        assert "This became generic" in text_of(reading().get(main.subject.url))
        unmerge(merge=merge, by=facilitator(), **SAID)
        main.refresh_from_db()
        assert not Bottleneck.objects.generic().filter(pk=main.pk).exists()
        assert "no longer generic" in text_of(reading().get(main.subject.url))
        merged(other, main)
        hub = HubFactory()
        for _two in range(2):
            cast_vote(bottleneck=other, by=member_of(hub))  # by an old button: they are votes for the main one
        unmerge(merge=Merge.objects.standing().get(), by=facilitator(), **SAID)
        main.refresh_from_db()
        assert main.generic_at is not None  # its own votes reach it since

    def test_what_is_merged_keeps_its_text_and_only_facilitators_undo(self) -> None:
        filer = UserFactory()
        other, main = pair(author=filer)
        merge = merged(other, main, by=filer)
        with pytest.raises(RuleBroken, match="was merged into another"):
            correct_bottleneck(bottleneck=other, by=filer, version=1, title="x", situation="y")
        with pytest.raises(RuleBroken, match="Only facilitators undo"):
            unmerge(merge=merge, by=filer, **SAID)
        judge = facilitator()
        answer = reading(judge).post(f"/merges/{merge.pk}/undo/", {"text": "Toch anders.", "language": "nl"})
        assert answer.headers["Location"] == f"/merges/{merge.pk}/"
        assert not unmerge(merge=merge, by=judge, **SAID)
        page = text_of(reading().get(other.get_absolute_url()))
        assert "took this out of “Data is onbereikbaar” again" in page

    def test_supporters_of_the_main_one_are_named_but_no_confidential_filer(self) -> None:
        filer, shown = (
            UserFactory(name="Petra Geheim", shows_support=True),
            UserFactory(name="Iris", shows_support=True),
        )
        other, main = pair(author=filer, attribution="confidential")
        for member in (filer, shown):
            cast_vote(bottleneck=other, by=member)
        merged(other, main)
        page = reading().get(f"/bottlenecks/{main.pk}/support/").text
        assert "Iris" in page
        assert "Petra Geheim" not in page

    def test_who_may_not_read_both_reads_no_merge(self) -> None:
        other, main = pair()
        merge = propose_merge(other=other, main=main, by=facilitator(), **SAID)
        Subject.objects.filter(pk=other.subject_id).update(audience=Audience.REPRESENTATIVES)
        assert reading().get(f"/merges/{merge.pk}/").status_code == 404
        assert "Wachten op brondata" not in reading().get(main.get_absolute_url()).text
        assert reading(facilitator()).get(f"/merges/{merge.pk}/").status_code == 200

    def test_pages_cost_the_same_however_many_were_merged(self, django_assert_max_num_queries: Any) -> None:
        main, judge = BottleneckFactory(), facilitator()
        client = reading(judge)
        for _some in range(6):
            other = BottleneckFactory()
            cast_vote(bottleneck=other, by=UserFactory())
            merge = merged(other, main, by=judge)
        client.get(main.subject.url)
        with django_assert_max_num_queries(16):
            client.get(f"{main.subject.url}?from={other.pk}")
        with django_assert_max_num_queries(16):
            client.get(f"/bottlenecks/{other.pk}/merged/")
        with django_assert_max_num_queries(8):
            client.get("/bottlenecks/?q=onbereikbaar")
        with django_assert_max_num_queries(12):
            client.get(f"/merges/{merge.pk}/")
        with django_assert_max_num_queries(12):
            client.get(f"/bottlenecks/{main.pk}/merge/")


class TestGeneral:
    """A general one counts its parts, which keep their page, their votes and their own end."""

    def test_parts_stay_open_and_count_for_the_general_one(self) -> None:
        hub = HubFactory(name="Energie")
        part, general = BottleneckFactory(title="Bij ons geen data", hubs=[hub]), BottleneckFactory(title="Data")
        both, one = UserFactory.create_batch(2)
        judge = facilitator()
        for row in (part, general):
            cast_vote(bottleneck=row, by=both)
        client = reading(judge)
        client.post(f"/bottlenecks/{part.pk}/merge/", {"number": general.pk, "tie": "child", **SAID})
        assert reading(one).post(f"/bottlenecks/{part.pk}/vote/").status_code == 302
        general.refresh_from_db()
        part.refresh_from_db()
        assert (general.member_count, part.member_count) == (2, 2)
        page = text_of(reading().get(general.get_absolute_url()))
        assert "Its parts" in page
        assert "Bij ons geen data 2 members" in page
        assert "open Energie" in page
        assert "This is a part of: Data" in text_of(reading().get(part.get_absolute_url()))
        board = reading().get("/bottlenecks/").text
        assert "Bij ons geen data" in board
        Subject.objects.filter(pk=part.subject_id).update(closed_at=timezone.now())
        assert "closed Energie" in text_of(reading().get(general.get_absolute_url()))
        assert reading().post(f"/bottlenecks/{general.pk}/vote/").status_code == 302
        general.refresh_from_db()
        assert (general.member_count, general.subject.closed_at) == (3, None)
        merge = Merge.objects.get()
        unmerge(merge=merge, by=judge, **SAID)
        general.refresh_from_db()
        assert (general.member_count, general.parts) == (2, [])

    def test_who_filed_the_part_makes_it_one_and_takes_it_out_again(self) -> None:
        filer = UserFactory()
        part, general = BottleneckFactory(author=filer), BottleneckFactory()
        merge = generalise(other=part, main=general, by=filer, **SAID)
        assert generalise(other=part, main=general, by=filer, **SAID) == merge
        with pytest.raises(RuleBroken, match="Only facilitators"):
            unmerge(merge=merge, by=UserFactory(), **SAID)
        assert unmerge(merge=merge, by=filer, **SAID)
        with pytest.raises(RuleBroken):
            generalise(other=general, main=part, by=filer, **SAID)
