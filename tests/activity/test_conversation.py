"""Comments: what people say about a subject, whom they name, and what stays of it. Spec 06, Comments."""

from __future__ import annotations

import re
import uuid
from typing import Any

import pytest
from django.test import Client
from django.utils.translation import override

from activity.conversation import actions
from activity.conversation.forms import CommentForm
from activity.conversation.limits import COMMENTS
from activity.conversation.models import Comment, CommentRevision, Mention, Thanks
from activity.conversation.selectors import FIRST_SHOWN, conversation
from activity.models import Activity, Audience, Subject
from activity.timelines import timeline
from community.accounts.actions import erase_member
from community.models import User
from community.people.actions import update_profile
from tests.factories import (
    BottleneckFactory,
    HubFactory,
    SessionFactory,
    UnitFactory,
    UserFactory,
    facilitator,
    member_of,
)
from tests.trees import parse
from ui.errors import RuleBroken, StaleForm
from ui.ratelimit import SEARCHES

pytestmark = pytest.mark.django_db


def said(text: str = "Bij ons ook", *, by: User | None = None, about: Subject | None = None) -> Comment:
    subject = about or BottleneckFactory().subject
    return actions.write_comment(subject=subject, by=by or UserFactory(), text=text, language="nl")


def reading(member: User | None = None) -> Client:
    client = Client()
    client.force_login(member or UserFactory())
    return client


def text_of(response: Any) -> str:
    """What is read on a page, in one line."""
    return " ".join(parse(response.content.decode()).text().split())


def page_of(comment: Comment, reader: User | None = None) -> str:
    return reading(reader).get(comment.subject.url).text


class TestSaying:
    """Writing and reading."""

    def test_whoever_reads_a_subject_reads_what_is_said_about_it_in_its_language(self) -> None:
        anna = UserFactory(name="Anna Berg")
        comment = said("Bij ons **ook**", by=anna)
        page = page_of(comment)
        assert f'id="c{comment.pk}"' in page
        assert '<div class="prose" lang="nl"><p>Bij ons <strong>ook</strong></p>' in page
        assert f'<a href="/members/{anna.handle}/">Anna Berg</a>' in page
        assert "Anna Berg</strong> wrote a comment" in page

    def test_beside_the_name_stands_the_hub_if_its_reader_may_know_of_it(self) -> None:
        hub, secret = HubFactory(name="Kern Geo", language="nl"), HubFactory(name="Kern Stil")
        Subject.objects.filter(pk=secret.subject_id).update(audience=Audience.NAMED)
        subject = said(by=member_of(hub)).subject
        said("Nog een", by=member_of(secret), about=subject)
        anna = member_of(hub)
        said("Weg", by=anna, about=subject)
        erase_member(member=anna)
        page = reading().get(subject.url).text
        assert page.count('<span lang="nl">Kern Geo</span>') == 1
        assert "Kern Stil" not in page

    def test_it_is_posted_from_the_page_and_lands_on_the_comment(self) -> None:
        subject = BottleneckFactory().subject
        client = reading()
        box = parse(client.get(subject.url).text).by_id("write")
        assert {it.attributes["name"] for it in box.all("textarea")} == {"text"}
        key = box.by_id("comment_creation_key").attributes["value"]
        sent = {"creation_key": key, "text": "Hier ook", "language": "nl"}
        answer = client.post(f"/subjects/{subject.pk}/comments/new/", sent)
        comment = Comment.objects.get(text="Hier ook")
        assert answer.headers["Location"] == f"{subject.url}#c{comment.pk}"
        again = client.post(f"/subjects/{subject.pk}/comments/new/", sent)
        assert again.headers["Location"] == answer.headers["Location"]
        assert Comment.objects.count() == 1

    def test_a_key_is_its_members_own(self) -> None:
        subject, key = BottleneckFactory().subject, uuid.uuid4()
        for text in ("Een", "Twee"):
            actions.write_comment(subject=subject, by=UserFactory(), text=text, language="nl", creation_key=key)
        assert Comment.objects.count() == 2

    def test_nothing_said_is_told_beside_the_box_and_what_was_chosen_stays(self) -> None:
        subject = BottleneckFactory().subject
        answer = reading().post(
            f"/subjects/{subject.pk}/comments/new/",
            {"creation_key": str(uuid.uuid4()), "text": "  ", "language": "en"},
        )
        assert answer.status_code == 422
        assert "Write something first." in text_of(answer)
        assert '<option value="en" selected>' in answer.text

    def test_the_box_is_drawn_once_for_all_but_its_keys(self) -> None:
        subject, other = BottleneckFactory().subject, BottleneckFactory().subject
        boxes = [parse(reading().get(url).text).by_id("write") for url in (subject.url, subject.url, other.url)]
        keys = {box.by_id("comment_creation_key").attributes["value"] for box in boxes}
        assert len(keys) == len(boxes)
        for box in boxes:
            form = CommentForm()
            assert {it.attributes["id"] for it in (*box.all("textarea"), *box.all("select"))} == {
                field.id_for_label for field in form.visible_fields()
            }
            chosen = [it.attributes["value"] for it in box.all("option") if "selected" in it.attributes]
            assert chosen == ["en"]

    def test_the_ledger_tells_of_it_in_dutch(self) -> None:
        anna = UserFactory(name="Anna Berg")
        subject = said("Een", by=anna).subject
        told = lambda: str(timeline(subject, UserFactory())[0].sentence)  # noqa: E731
        with override("nl"):
            assert told() == "Reactie van <strong>Anna Berg</strong>"
            for n in range(2):
                said(f"Nog {n}", about=subject)
            said("Twee", by=anna, about=subject)
            assert told() == "Reactie van <strong>Anna Berg</strong> en 2 anderen"
            erase_member(member=anna)
            assert told().startswith("Reactie van een oud-lid en")

    def test_drafts_and_the_community_have_no_conversation(self) -> None:
        draft = SessionFactory(state="draft")
        host = UserFactory()
        draft.hosts.add(host)
        for subject in (draft.subject, Subject.objects.community()):
            with pytest.raises(RuleBroken):
                said(about=subject, by=host)
        assert 'id="conversation"' not in reading(host).get(draft.get_absolute_url()).text

    def test_visitors_neither_read_nor_write(self) -> None:
        session = SessionFactory(subject__audience=Audience.PUBLIC)
        comment = said("Tot dan", about=session.subject)
        page = Client().get(session.get_absolute_url())
        assert page.status_code == 200
        assert "Tot dan" not in page.text
        for path in (f"/comments/{comment.pk}/", f"/subjects/{session.subject.pk}/comments/new/"):
            assert Client().get(path).headers["Location"].startswith("/sign-in/")

    def test_a_member_may_say_so_much_an_hour(self) -> None:
        subject, member = BottleneckFactory().subject, UserFactory()
        for _time in range(60):
            COMMENTS.hit(str(member.pk))
        assert reading(member).post(f"/subjects/{subject.pk}/comments/new/", {"text": "x"}).status_code == 429


class TestLongConversations:
    """Twenty to begin with, fifty at a time."""

    def test_the_newest_are_there_and_the_others_come_when_asked_for(self) -> None:
        comments = [said(f"nummer {n}") for n in range(1)]
        subject, author = comments[0].subject, UserFactory()
        Comment.objects.bulk_create(
            Comment(subject=subject, author=author, text=f"nummer {n}", language="nl") for n in range(1, 121)
        )
        client = reading()
        first = client.get(subject.url)
        assert re.findall(r"<p>nummer (\d+)</p>", first.text) == [str(n) for n in range(101, 121)]
        assert "Conversation 121" in text_of(first)
        earlier = client.get(
            f"/subjects/{subject.pk}/comments/?before={first.context['conversation'].first}",
            headers={"HX-Request": "true"},
        )
        assert re.findall(r"<p>nummer (\d+)</p>", earlier.text) == [str(n) for n in range(51, 101)]
        plain = client.get(
            f"/subjects/{subject.pk}/comments/?before={first.context['conversation'].first}", follow=True
        )
        assert re.findall(r"<p>nummer (\d+)</p>", plain.text) == [str(n) for n in range(51, 101)]
        assert "To the newest comments" in text_of(plain)

    def test_from_one_far_back_one_reads_on(self) -> None:
        old = said("nummer 0")
        subject = old.subject
        Comment.objects.bulk_create(
            Comment(subject=subject, author=old.author, text=f"nummer {n}", language="nl") for n in range(1, 80)
        )
        client = reading()
        landed = client.get(f"{subject.url}?comment={old.pk}")
        assert re.findall(r"<p>nummer (\d+)</p>", landed.text) == [str(n) for n in range(20)]
        more = f"/subjects/{subject.pk}/comments/?comment={landed.context['conversation'].following}"
        assert more in landed.text
        later = client.get(more, headers={"HX-Request": "true"})
        assert re.findall(r"<p>nummer (\d+)</p>", later.text) == [str(n) for n in range(20, 70)]
        assert "Show later comments" in later.text
        assert "earlier-button" not in later.text
        last = f"/subjects/{subject.pk}/comments/?comment={later.context['conversation'].following}"
        end = client.get(last, headers={"HX-Request": "true"})
        assert re.findall(r"<p>nummer (\d+)</p>", end.text) == [str(n) for n in range(70, 80)]
        assert "Show later comments" not in end.text
        plain = client.get(last, follow=True)
        assert re.findall(r"<p>nummer (\d+)</p>", plain.text) == [str(n) for n in range(70, 80)]

    def test_a_link_lands_on_its_comment_wherever_that_stands(self) -> None:
        old = said("de eerste")
        subject = old.subject
        author = UserFactory()
        rows = Comment.objects.bulk_create(
            Comment(subject=subject, author=author, text="x", language="nl") for _n in range(FIRST_SHOWN)
        )
        client = reading()
        assert client.get(f"/comments/{rows[-1].pk}/").headers["Location"] == f"{subject.url}#c{rows[-1].pk}"
        leads_to = client.get(f"/comments/{old.pk}/").headers["Location"]
        assert leads_to == f"{subject.url}?comment={old.pk}#c{old.pk}"
        assert "de eerste" in client.get(leads_to).text

    def test_a_made_up_place_shows_the_newest(self, django_assert_max_num_queries) -> None:
        elsewhere, here = said("elders"), said("hier")
        later, client = said("later elders"), reading()
        for at in (elsewhere, later):
            for query in (f"comment={at.pk}", f"before={at.pk}"):
                page = client.get(f"{here.subject.url}?{query}")
                assert f'id="c{here.pk}"' in page.text, query
                assert "Nobody has said anything" not in page.text
                assert "To the newest comments" not in page.text
        for query in ("comment=99999999", "before=99999999", f"before={here.pk}"):
            with django_assert_max_num_queries(16):
                page = client.get(f"{here.subject.url}?{query}")
            assert f'id="c{here.pk}"' in page.text, query

    @pytest.mark.parametrize("number", [10, 200])
    def test_it_costs_the_same_however_long_it_is(self, number: int, django_assert_num_queries) -> None:
        first = said("@{1} #1")
        author = UserFactory()
        Comment.objects.bulk_create(
            Comment(subject=first.subject, author=author, text="x", language="nl") for _n in range(number)
        )
        reader = User.objects.for_request().get(pk=author.pk)
        with django_assert_num_queries(1):
            found = conversation(first.subject, reader)
        assert found.total == number + 1


class TestMentions:
    """Whom and what a comment names."""

    def test_a_mention_is_kept_as_a_reference_and_shown_with_the_present_name(self) -> None:
        anna = UserFactory(name="Anna Berg", handle="anna-berg")
        comment = said("Vraag het @Anna-Berg, of `@anna-berg`.")
        assert comment.text == f"Vraag het @{{{anna.pk}}}, of `@{{{anna.pk}}}`."
        update_profile(member=anna, by=anna, version=1, fields={"name": "Anna Bakker", "handle": "anna-bakker"})
        page = page_of(comment)
        assert '<a class="mention" href="/members/anna-bakker/">@Anna Bakker</a>' in page
        assert "<code>@Anna Bakker</code>" in page

    def test_what_names_nobody_stays_as_it_was_typed(self) -> None:
        comment = said("mail a@anna.nl of @niemand, en @{99999} ook")
        page = page_of(comment)
        assert not Mention.objects.exists()
        assert "@niemand" in page
        assert "@99999" in page

    def test_a_number_leads_to_what_its_reader_may_see(self) -> None:
        hub = HubFactory()
        open_one, closed_one = BottleneckFactory(title="Data <dicht>"), BottleneckFactory()
        Subject.objects.filter(pk=closed_one.subject_id).update(audience=Audience.HUBS)
        closed_one.subject.hubs.set([hub.subject])
        comment = said(f"Zie #{open_one.pk} en #{closed_one.pk}, niet #999999")
        link = (
            f'<a href="{closed_one.subject.url}">#{closed_one.pk}<span class="sr" lang="en"> {closed_one.title}</span>'
        )
        page = page_of(comment)
        assert (
            f'<a href="{open_one.subject.url}">#{open_one.pk}<span class="sr" lang="en"> Data &lt;dicht&gt;</span></a>'
            in page
        )
        assert link not in page
        assert link in page_of(comment, member_of(hub))
        assert "#999999</a>" not in page

    def test_whoever_is_erased_is_a_former_member_in_what_others_wrote(self) -> None:
        anna = UserFactory(name="Anna Berg", handle="anna-berg")
        comment = said("Dank @anna-berg")
        actions.change_comment(
            comment=comment, by=comment.author, version=1, text="Veel dank @anna-berg", language="nl"
        )
        own = said("Van mij", by=anna, about=comment.subject)
        actions.thank(comment=comment, by=anna)
        erase_member(member=anna)
        page = page_of(comment)
        assert "Veel dank a former member" in page
        assert "Van mij" in page
        assert "A former member" in text_of(reading().get(comment.subject.url))
        for kept in (
            *Comment.objects.values_list("text", flat=True),
            *CommentRevision.objects.values_list("text", flat=True),
        ):
            assert "anna" not in kept.lower()
        assert Comment.objects.get(pk=own.pk).author is None

    def test_the_form_shows_handles_as_one_types_them(self) -> None:
        UserFactory(handle="anna-berg")
        comment = said("Dank @anna-berg")
        assert "Dank @anna-berg</textarea>" in reading(comment.author).get(f"/comments/{comment.pk}/edit/").text

    def test_an_answer_begins_with_whom_it_is_for(self) -> None:
        comment = said(by=UserFactory(handle="anna-berg"))
        page = reading().get(f"/subjects/{comment.subject_id}/comments/new/?to={comment.pk}")
        assert "@anna-berg </textarea>" in page.text
        assert "Bij ons ook" in page.text


class TestChanging:
    """In other words, and taken back."""

    def test_what_it_said_before_stays_to_be_read(self) -> None:
        comment = said("Vier modellen")
        client = reading(comment.author)
        answer = client.post(
            f"/comments/{comment.pk}/edit/", {"text": "Zes modellen", "language": "nl", "version": "1"}
        )
        assert answer.headers["Location"] == f"{comment.subject.url}#c{comment.pk}"
        assert "Zes modellen" in page_of(comment)
        history = text_of(reading().get(f"/comments/{comment.pk}/history/"))
        assert "Zes modellen" in history
        assert "Vier modellen" in history

    def test_two_windows_lose_neither_text(self) -> None:
        comment = said("Een")
        actions.change_comment(comment=comment, by=comment.author, version=1, text="Twee", language="nl")
        with pytest.raises(StaleForm):
            actions.change_comment(comment=comment, by=comment.author, version=1, text="Drie", language="nl")
        sent = {"text": "Drie", "language": "nl", "version": "1"}
        answer = reading(comment.author).post(f"/comments/{comment.pk}/edit/", sent)
        assert answer.status_code == 422
        assert "Drie" in answer.text
        assert "Twee" in answer.text

    def test_nobody_else_changes_or_deletes_it(self) -> None:
        comment = said("Van mij")
        other = UserFactory()
        sent = {"text": "Van jou", "language": "nl", "version": "1"}
        assert reading(other).post(f"/comments/{comment.pk}/edit/", sent).status_code == 403
        with pytest.raises(RuleBroken):
            actions.change_comment(comment=comment, by=other, version=1, text="Van jou", language="nl")
        with pytest.raises(RuleBroken):
            actions.delete_comment(comment=comment, by=other)
        assert Comment.objects.get().text == "Van mij"

    def test_deleted_it_leaves_a_placeholder_and_nothing_of_its_text(self) -> None:
        anna = UserFactory(name="Anna Berg")
        comment = said("Geheim van @" + UserFactory(handle="bert").handle, by=anna)
        actions.change_comment(comment=comment, by=anna, version=1, text="Nog geheimer", language="nl")
        actions.thank(comment=comment, by=UserFactory())
        for _time in range(2):
            reading(anna).post(f"/comments/{comment.pk}/delete/")
        page = page_of(comment)
        assert "eheim" not in page
        assert "Anna Berg deleted this comment" in text_of(reading().get(comment.subject.url))
        assert not CommentRevision.objects.exists()
        assert not Thanks.objects.exists()
        assert reading().get(f"/comments/{comment.pk}/history/").status_code == 404
        assert Activity.objects.filter(verb="comment_deleted").count() == 1


class TestThanks:
    """A word that costs one tap."""

    def test_it_counts_once_and_can_be_taken_back(self) -> None:
        comment, member = said(), UserFactory()
        client = reading(member)
        for verb, number in (("thank", 1), ("thank", 1), ("unthank", 0), ("unthank", 0), ("thank", 1)):
            answer = client.post(f"/comments/{comment.pk}/{verb}/")
            assert answer.headers["Location"] == f"{comment.subject.url}#c{comment.pk}"
            assert comment.thanks.count() == number
        part = client.post(f"/comments/{comment.pk}/unthank/", headers={"HX-Request": "true"})
        assert 'aria-pressed="false"' in part.text
        assert f'action="/comments/{comment.pk}/thank/"' in part.text

    def test_nobody_thanks_themself_and_its_author_reads_how_many_do(self) -> None:
        comment = said()
        with pytest.raises(RuleBroken):
            actions.thank(comment=comment, by=comment.author)
        actions.thank(comment=comment, by=UserFactory())
        assert "1 member says thanks" in text_of(reading(comment.author).get(comment.subject.url))

    def test_it_names_nobody_in_the_ledger_and_no_timeline_tells_it(self) -> None:
        comment = said()
        actions.thank(comment=comment, by=UserFactory())
        assert Activity.objects.get(verb="comment_thanked").actor is None
        told = [str(line.sentence) for line in timeline(comment.subject, UserFactory())]
        assert not any("thank" in sentence for sentence in told)


class TestWhoSees:
    """What one may not read, one neither reads about nor answers."""

    def test_what_is_for_a_hub_is_said_among_its_members(self) -> None:
        hub = HubFactory()
        bottleneck = BottleneckFactory()
        Subject.objects.filter(pk=bottleneck.subject_id).update(audience=Audience.HUBS)
        bottleneck.subject.hubs.set([hub.subject])
        inside, outside = member_of(hub), UserFactory()
        comment = said("Onder ons", by=inside, about=bottleneck.subject)
        for path in (
            f"/comments/{comment.pk}/",
            f"/comments/{comment.pk}/history/",
            f"/subjects/{bottleneck.subject_id}/comments/",
            f"/subjects/{bottleneck.subject_id}/comments/new/",
        ):
            assert reading(outside).get(path).status_code == 404, path
            assert reading(inside).get(path).status_code in {200, 302}, path
        for act in (actions.thank, actions.take_thanks_back):
            with pytest.raises(RuleBroken):
                act(comment=comment, by=outside)
        with pytest.raises(RuleBroken):
            said(by=outside, about=bottleneck.subject)


def suggested(reader: Client, subject: Subject, words: str) -> list[str]:
    """The handles that are suggested, in order."""
    part = reader.get(f"/subjects/{subject.pk}/people/", {"q": words})
    assert part.status_code == 200
    return [option.attributes["data-handle"] for option in parse(part.text).all("li")]


class TestSuggestions:
    """Who may be meant by what stands behind an @."""

    def test_they_are_found_by_name_and_by_handle_and_those_that_begin_so_come_first(self) -> None:
        subject, me = BottleneckFactory().subject, UserFactory(name="Anja Zelf")
        UserFactory(name="René Anders", handle="rene")
        UserFactory(name="Anna van den Berg", handle="a-berg")
        UserFactory(name="Bea Bos", handle="anouk-b")
        UserFactory(name="Andere Weg", handle="weg", is_active=False)
        UserFactory(name="Andere Later", handle="later", activated_at=None)
        client = reading(me)
        assert suggested(client, subject, "an") == ["a-berg", "anouk-b", "rene"]
        assert suggested(client, subject, "RÉNÉ") == ["rene"]
        assert suggested(client, subject, "Anouk-B") == ["anouk-b"]
        assert suggested(client, subject, "anna-berg") == ["a-berg"]
        for nothing in ("a", "", "%%", "__", "zzzz", "an\0n\0"):
            assert len(suggested(client, subject, nothing)) <= 1, nothing

    def test_a_page_of_it_says_who_and_how_many(self) -> None:
        UserFactory(name="Anna Berg", handle="a-berg", unit=UnitFactory(name="Directie Oost"))
        part = reading().get(f"/subjects/{BottleneckFactory().subject_id}/people/?q=ann").text
        assert 'data-said="1 member fits"' in part
        assert "Directie Oost, @a-berg" in part

    def test_only_who_may_read_it_is_suggested(self) -> None:
        hub, other = HubFactory(), HubFactory()
        bottleneck = BottleneckFactory()
        inside, writer = member_of(hub, name="Anna Binnen"), member_of(hub, name="Wim Binnen")
        member_of(other, name="Anna Buiten")
        boss = facilitator(name="Anna Facilitator")
        named = UserFactory(name="Anna Genoemd")
        client = reading(writer)
        Subject.objects.filter(pk=bottleneck.subject_id).update(audience=Audience.HUBS)
        bottleneck.subject.hubs.set([hub.subject])
        assert suggested(client, bottleneck.subject, "anna") == [inside.handle, boss.handle]
        Subject.objects.filter(pk=bottleneck.subject_id).update(audience=Audience.NAMED)
        bottleneck.subject.readers.set([named, writer])
        assert suggested(client, bottleneck.subject, "anna") == [named.handle]
        assert reading(inside).get(f"/subjects/{bottleneck.subject_id}/people/?q=anna").status_code == 404
        Subject.objects.filter(pk=bottleneck.subject_id).update(
            audience=Audience.MEMBERS, hidden_at=bottleneck.filed_at
        )
        assert suggested(reading(boss), bottleneck.subject, "binnen") == []

    @pytest.mark.parametrize("number", [10, 500])
    def test_it_costs_three_statements_and_shows_six_however_many_fit(
        self, number: int, django_assert_num_queries
    ) -> None:
        UserFactory.create_batch(number, name="Anna Berg")
        subject, client = BottleneckFactory().subject, reading()
        suggested(client, subject, "anna")
        with django_assert_num_queries(3):  # member, subject, members
            assert len(suggested(client, subject, "anna")) == 6

    def test_they_are_searches_and_counted_as_such(self) -> None:
        subject, member = BottleneckFactory().subject, UserFactory()
        client = reading(member)
        while not SEARCHES.hit(str(member.pk)):
            pass
        assert client.get(f"/subjects/{subject.pk}/people/?q=anna").status_code == 429


class TestPreview:
    """What is typed, as it would be read."""

    def test_it_shows_the_text_and_keeps_nothing(self) -> None:
        anna, subject = UserFactory(name="Anna Berg", handle="anna-berg"), BottleneckFactory().subject
        client = reading()
        sent = {"text": f"**Vet** @anna-berg #{subject.bottleneck.pk} <b>", "language": "en", "preview": "1"}
        part = client.post(f"/subjects/{subject.pk}/comments/preview/", sent, headers={"HX-Request": "true"})
        assert part.status_code == 200
        assert '<div class="preview prose" role="region" aria-labelledby="preview-heading" lang="en">' in part.text
        assert "<strong>Vet</strong>" in part.text
        assert f'<a class="mention" href="/members/{anna.handle}/">@Anna Berg</a>' in part.text
        assert f'<a href="{subject.url}">#{subject.bottleneck.pk}<span' in part.text
        assert "&lt;b&gt;" in part.text
        assert not Comment.objects.exists()
        assert not Activity.objects.filter(verb="commented").exists()

    def test_without_a_script_the_page_shows_it_beside_what_was_typed(self) -> None:
        subject, client = BottleneckFactory().subject, reading()
        key = str(uuid.uuid4())
        sent = {"creation_key": key, "text": "Bij **ons**", "language": "en", "preview": "1"}
        page = client.post(f"/subjects/{subject.pk}/comments/new/", sent)
        assert page.status_code == 200
        assert "<p>Bij <strong>ons</strong></p>" in page.text
        assert "Bij **ons**</textarea>" in page.text
        assert '<option value="en" selected>' in page.text
        assert key in page.text
        assert not Comment.objects.exists()
        assert client.post(f"/subjects/{subject.pk}/comments/preview/", sent).headers["Location"].endswith("#write")

    def test_one_of_a_change_changes_nothing(self) -> None:
        comment = said("Vier")
        sent = {"text": "**Zes**", "language": "nl", "version": "1", "preview": "1"}
        page = reading(comment.author).post(f"/comments/{comment.pk}/edit/", sent)
        assert "<strong>Zes</strong>" in page.text
        assert "**Zes**</textarea>" in page.text
        comment.refresh_from_db()
        assert (comment.text, comment.version) == ("Vier", 1)

    def test_it_tells_nobody_what_they_may_not_see(self) -> None:
        subject, secret = BottleneckFactory().subject, BottleneckFactory(title="Geheim plan")
        Subject.objects.filter(pk=secret.subject_id).update(audience=Audience.NAMED)
        sent = {"text": f"Zie #{secret.pk}", "language": "nl"}
        path = f"/subjects/{subject.pk}/comments/preview/"
        part = reading().post(path, {**sent, "preview": "1"}, headers={"HX-Request": "true"})
        assert f"Zie #{secret.pk}</p>" in part.text
        assert "Geheim plan" not in part.text
        assert reading().post(f"/subjects/{secret.subject_id}/comments/preview/", sent).status_code == 404

    def test_without_words_it_says_so(self) -> None:
        path = f"/subjects/{BottleneckFactory().subject_id}/comments/preview/"
        part = reading().post(path, {"text": " ", "language": "nl", "preview": "1"}, headers={"HX-Request": "true"})
        assert "Write something first." in part.text

    def test_it_does_not_count_as_a_comment(self) -> None:
        subject, member = BottleneckFactory().subject, UserFactory()
        while not COMMENTS.hit(str(member.pk)):
            pass
        sent = {"creation_key": str(uuid.uuid4()), "text": "x", "language": "nl"}
        path, client = f"/subjects/{subject.pk}/comments/new/", reading(member)
        assert client.post(path, sent).status_code == 429
        assert client.post(path, {**sent, "preview": "1"}).status_code == 200
