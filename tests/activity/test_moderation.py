"""Reports, hiding, appeals and the log of the facilitators. Spec 06, Moderation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from activity import outbox
from activity.conversation import actions as talk
from activity.conversation.models import Comment
from activity.conversation.selectors import MOST_SHOWN, conversation
from activity.kinds import COMMUNITY, FORGOTTEN, subject_kinds
from activity.links import FEED, token_for
from activity.models import Activity, Audience, Email, EmailState, Subject, Todo
from activity.moderation import actions, emails
from activity.moderation.clock import due_on
from activity.moderation.limits import APPEALS, REPORTS
from activity.moderation.models import ANSWER, DECIDE, Case, CaseState, Reason, Report, Step, StepKind
from activity.timelines import timeline
from activity.todos import waiting_for
from community.accounts.actions import erase_member
from community.joining.actions import ask_to_join
from community.models import User
from community.organisation.actions import appoint_facilitator, end_facilitator
from issues.models import BottleneckTally
from tests.activity.test_conversation import reading, said, text_of
from tests.factories import (
    BottleneckFactory,
    HubFactory,
    SessionFactory,
    UserFactory,
    facilitator,
    member_of,
    representative_of,
)
from ui.errors import RuleBroken

pytestmark = pytest.mark.django_db

SECRET = "Zqgeheim"


def fresh(member: User) -> User:
    """As a request loads them: what they remembered of their roles is read anew."""
    loaded: User = User.objects.get(pk=member.pk)
    return loaded


def reported(comment: Comment, *, by: User | None = None, reason: str = "hurts", text: str = "") -> Case:
    by = by or UserFactory()
    return actions.report(subject=comment.subject, comment=comment, by=by, reason=reason, text=text).case


def hidden(comment: Comment, *, by: User | None = None, reason: str = "hurts", text: str = "Kan zachter") -> Case:
    by = by or facilitator()
    return actions.hide(subject=comment.subject, comment=comment, by=by, reason=reason, text=text)


def hide_subject(subject: Subject, *, by: User | None = None) -> Case:
    return actions.hide(subject=subject, by=by or facilitator(), reason="elsewhere", text="Dubbel")


def todos_of(member: User) -> list[str]:
    return [todo.title for todo in waiting_for(fresh(member))]


def subject_of_kind(kind: str) -> Subject:
    makers: dict[str, Callable[[], Any]] = {
        "hub": HubFactory, "bottleneck": lambda: BottleneckFactory(author=UserFactory()), "session": SessionFactory
    }  # fmt: skip
    subject: Subject = makers[kind]().subject
    return subject


KINDS = [kind.key for kind in subject_kinds if kind is not COMMUNITY]


class TestReporting:
    """What is wrong is said once, and nobody learns by whom."""

    @pytest.mark.parametrize("kind", KINDS)
    def test_every_kind_of_subject_is_reported_and_hidden_from_its_page(self, kind: str) -> None:
        assert subject_kinds[kind].makers is not FORGOTTEN.makers, "say whose it is: they hear why it is hidden"
        subject = subject_of_kind(kind)
        member, judge = UserFactory(), facilitator()
        assert f'href="/subjects/{subject.pk}/report/"' in reading(member).get(subject.url).text
        page = reading(judge).get(subject.url).text
        assert f'href="/subjects/{subject.pk}/hide/"' in page
        sent = {"reason": "elsewhere", "text": "Dubbel"}
        answer = reading(member).post(f"/subjects/{subject.pk}/report/", sent)
        assert answer.headers["Location"] == subject.url
        case = Case.objects.get(subject=subject)
        answer = reading(judge).post(f"/moderation/{case.pk}/decide/", {"do": "hide", **sent})
        assert answer.headers["Location"] == f"/moderation/{case.pk}/"
        assert reading(member).get(subject.url).status_code == 404
        assert f"/moderation/{case.pk}/" in reading(judge).get(subject.url).text

    def test_the_link_stands_with_every_comment_but_ones_own(self) -> None:
        comment = said()
        assert f'href="/comments/{comment.pk}/report/"' in reading().get(comment.subject.url).text
        own = reading(comment.author).get(comment.subject.url).text
        assert f"/comments/{comment.pk}/report/" not in own
        assert reading(comment.author).get(f"/comments/{comment.pk}/report/").status_code == 403
        with pytest.raises(RuleBroken):
            reported(comment, by=comment.author)

    def test_the_page_asks_for_one_of_five_and_for_words_where_it_is_something_else(self) -> None:
        comment, client = said("Zet zijn naam er maar bij"), reading()
        page = client.get(f"/comments/{comment.pk}/report/")
        assert "Zet zijn naam er maar bij" in page.text
        assert page.text.count('type="radio"') == len(Reason) == 5
        assert client.post(f"/comments/{comment.pk}/report/", {}).status_code == 422
        empty = client.post(f"/comments/{comment.pk}/report/", {"reason": "other", "text": " "})
        assert empty.status_code == 422
        assert "Say what is wrong." in text_of(empty)
        assert not Report.objects.exists()
        with pytest.raises(RuleBroken):
            reported(comment, reason="other")
        answer = client.post(f"/comments/{comment.pk}/report/", {"reason": "other", "text": "Plagiaat"})
        assert answer.status_code == 302
        assert Report.objects.get().text == "Plagiaat"

    def test_a_member_reports_a_thing_once(self) -> None:
        comment, member = said(), UserFactory()
        first = reported(comment, by=member)
        assert reported(comment, by=member, reason="other", text="x") == first
        assert Report.objects.count() == 1
        assert Activity.objects.filter(verb="comment_reported").count() == 1
        page = reading(member).get(f"/comments/{comment.pk}/report/", follow=True)
        assert "You reported this already." in text_of(page)

    def test_nobody_learns_who_reported(self) -> None:
        member = UserFactory(name="Klokke Luider", handle="klokke-luider")
        comment, judge = said(), facilitator()
        case = reported(comment, by=member, text="Dit kan niet")
        entry = Activity.objects.get(verb="comment_reported")
        assert entry.actor is None
        assert str(member.pk) not in map(str, entry.data.values())
        for path in (f"/moderation/{case.pk}/", "/moderation/", comment.subject.url, "/"):
            page = reading(judge).get(path).text
            assert "Klokke" not in page
            assert "klokke" not in page
        assert "Dit kan niet" in reading(judge).get(f"/moderation/{case.pk}/").text
        hidden(comment, by=judge)
        assert not any("report" in str(line.sentence) for line in timeline(comment.subject, judge))

    def test_what_one_may_not_read_one_cannot_report(self) -> None:
        hub = HubFactory()
        bottleneck = BottleneckFactory()
        Subject.objects.filter(pk=bottleneck.subject_id).update(audience=Audience.HUBS)
        bottleneck.subject.hubs.set([hub.subject])
        comment = said(by=member_of(hub), about=bottleneck.subject)
        outside = UserFactory()
        for path in (f"/comments/{comment.pk}/report/", f"/subjects/{comment.subject_id}/report/"):
            assert reading(outside).get(path).status_code == 404
            assert reading(outside).post(path, {"reason": "hurts"}).status_code == 404
        with pytest.raises(RuleBroken):
            reported(comment, by=outside)
        with pytest.raises(RuleBroken):
            actions.report(subject=Subject.objects.community(), by=outside, reason="hurts")

    def test_so_many_reports_and_appeals_an_hour(self) -> None:
        comment, member = said(), UserFactory()
        case = hidden(comment)
        for _time in range(20):
            REPORTS.hit(str(member.pk))
        assert reading(member).post(f"/comments/{said().pk}/report/", {"reason": "hurts"}).status_code == 429
        for _time in range(10):
            APPEALS.hit(str(comment.author_id))
        assert reading(comment.author).post(f"/moderation/{case.pk}/appeal/", {"text": "x"}).status_code == 429


class TestDeciding:
    """What waits for facilitators, and what they do with it."""

    def test_one_todo_for_a_thing_due_in_three_working_days(self) -> None:
        comment, judge = said(), facilitator()
        case = reported(comment)
        reported(comment, reason="person")
        todo = Todo.objects.get(kind=DECIDE)
        assert todo.is_for_facilitators
        assert todo.due_on == due_on(timezone.now())
        assert todos_of(judge) == ["A comment is reported"]
        assert todos_of(UserFactory()) == []
        home = text_of(reading(judge).get("/"))
        assert "Reported by 2 members" in home
        page = text_of(reading(judge).get(f"/moderation/{case.pk}/"))
        assert "Hurts somebody" in page
        assert "Is about somebody who cannot answer here" in page
        hidden(comment, by=judge)
        assert todos_of(judge) == []
        assert Todo.objects.get(kind=DECIDE).done_at is not None

    @pytest.mark.parametrize("does", ["hide", "stand"])
    def test_who_reported_hears_what_was_decided_and_of_nobody_else(self, sink: Any, by_day: None, does: str) -> None:
        member, judge = UserFactory(language="en"), facilitator(name="Sanne Kuipers")
        comment = said("Van Rossem", by=UserFactory(name="Noor Dekker"))
        case = reported(comment, by=member, text="Ik ken hem")
        if does == "hide":
            hidden(comment, by=judge)
        else:
            actions.let_stand(case=case, by=judge)
        outbox.send_due()
        mail = Email.objects.get(kind=emails.REPORTED)
        assert (mail.member, mail.state) == (member, EmailState.SENT)
        text = next(raw.decode() for raw in sink.raw if f"To: {member.email}".encode() in raw)
        assert ("is hidden" if does == "hide" else "stands") in text
        assert "Ik ken hem" in text
        assert not [name for name in ("Sanne", "Kuipers", "Noor", "Dekker", "Rossem") if name in text]

    def test_who_reported_hears_too_when_it_is_shown_again(self, sink: Any, by_day: None) -> None:
        member, judge, other = UserFactory(language="en"), facilitator(), facilitator(name="Sanne Kuipers")
        comment = said("Van Rossem", by=UserFactory(name="Noor Dekker"))
        case = reported(comment, by=member)
        hidden(comment, by=judge)
        outbox.send_due()
        actions.appeal(case=case, by=comment.author, text="Klopt niet")
        for _twice in range(2):
            actions.restore(case=case, by=other, text="Mag hier staan")
        outbox.send_due()
        mails = [raw.decode() for raw in sink.raw if f"To: {member.email}".encode() in raw]
        assert len(mails) == 2
        assert "The comment was hidden, and is shown again" in " ".join(mails[1].replace("=\r\n", "").split())
        assert not [name for name in ("Sanne", "Kuipers", "Noor", "Rossem", "Mag hier") if name in mails[1]]

    def test_let_stand_it_stays_and_may_be_reported_by_others_anew(self) -> None:
        comment, judge, member = said("Zo is het"), facilitator(), UserFactory()
        case = reported(comment, by=member)
        client = reading(judge)
        answer = client.post(f"/moderation/{case.pk}/decide/", {"do": "stand"})
        assert answer.status_code == 302
        case.refresh_from_db()
        assert case.state == CaseState.STANDS
        assert "Zo is het" in reading(member).get(comment.subject.url).text
        assert reading(comment.author).get(f"/moderation/{case.pk}/").status_code == 404
        assert reported(comment, by=member) == case
        assert reported(comment) != case
        actions.let_stand(case=case, by=judge)
        assert Activity.objects.filter(verb="comment_stood").count() == 1

    def test_hiding_asks_for_a_reason_and_words(self) -> None:
        comment, judge = said(), facilitator()
        case = reported(comment)
        for sent in ({}, {"do": "hide"}, {"do": "hide", "reason": "hurts"}, {"do": "hide", "text": "x"}):
            assert reading(judge).post(f"/moderation/{case.pk}/decide/", sent).status_code == 422
        assert reading(judge).post(f"/comments/{said().pk}/hide/", {"reason": "hurts"}).status_code == 422
        with pytest.raises(RuleBroken):
            hidden(comment, text=" ")
        comment.refresh_from_db()
        assert comment.hidden_at is None

    def test_a_facilitator_hides_without_a_report(self) -> None:
        comment, judge = said(), facilitator()
        assert f'href="/comments/{comment.pk}/hide/"' in reading(judge).get(comment.subject.url).text
        answer = reading(judge).post(f"/comments/{comment.pk}/hide/", {"reason": "hurts", "text": "Kan zachter"})
        case = Case.objects.get()
        assert answer.headers["Location"] == f"/moderation/{case.pk}/"
        assert hidden(comment) == case
        assert Step.objects.get().reason == "hurts"
        assert not Email.objects.filter(kind=emails.REPORTED).exists()
        assert reading(UserFactory()).get(f"/comments/{said().pk}/hide/").status_code == 403
        with pytest.raises(RuleBroken):
            hidden(said(), by=UserFactory())

    def test_nobody_decides_about_their_own(self) -> None:
        judge = facilitator()
        comment = said(by=judge)
        case = reported(comment)
        assert todos_of(judge) == []
        assert reading(judge).get(f"/moderation/{case.pk}/").status_code == 404
        assert reading(judge).get(f"/comments/{comment.pk}/hide/").status_code == 403
        for act in (hidden, lambda _c, by: actions.let_stand(case=case, by=by)):
            with pytest.raises(RuleBroken):
                act(comment, by=judge)
        bottleneck = BottleneckFactory(author=judge)
        assert f"/subjects/{bottleneck.subject_id}/hide/" not in reading(judge).get(bottleneck.get_absolute_url()).text
        about = actions.report(subject=bottleneck.subject, by=UserFactory(), reason="hurts").case
        assert todos_of(judge) == []
        assert len(todos_of(facilitator())) == 2
        hide_subject(bottleneck.subject)
        with pytest.raises(RuleBroken):
            actions.restore(case=about, by=judge, text="x")

    def test_what_is_deleted_is_not_hidden_and_who_reported_it_still_hears(self) -> None:
        comment, judge = said(), facilitator()
        case = reported(comment)
        talk.delete_comment(comment=comment, by=comment.author)
        with pytest.raises(RuleBroken):
            hidden(comment, by=judge)
        actions.let_stand(case=case, by=judge)
        mail = Email.objects.get(kind=emails.REPORTED)
        assert emails._loads(emails._is_judged)([mail])[mail.pk].context["is_gone"]


class TestWhoReadsWhatIsHidden:
    """Its author and facilitators; everybody else that there is one."""

    @pytest.fixture
    def comment(self) -> Comment:
        comment = said(f"{SECRET} een", by=UserFactory(handle="schrijver"))
        talk.change_comment(comment=comment, by=comment.author, version=1, text=f"{SECRET} twee", language="nl")
        hidden(comment, text="Haal de naam eruit")
        comment.refresh_from_db()
        return comment

    def test_members_read_that_there_is_one(self, comment: Comment) -> None:
        page = reading().get(comment.subject.url)
        assert SECRET not in page.text
        assert "A facilitator hid a comment here" in text_of(page)
        assert f'id="c{comment.pk}"' in page.text
        assert page.context["conversation"].total == 0

    def test_its_author_reads_it_and_why_changes_it_and_is_told_by_mail(self, comment: Comment) -> None:
        client = reading(comment.author)
        page = client.get(comment.subject.url)
        text = text_of(page)
        assert "Your comment is hidden." in text
        assert "hurts somebody" in text
        assert "Haal de naam eruit" in text
        assert SECRET in page.text
        assert page.context["conversation"].total == 1
        sent = {"text": "Zonder naam", "language": "nl", "version": "2"}
        assert client.post(f"/comments/{comment.pk}/edit/", sent).status_code == 302
        assert "Zonder naam" not in reading().get(comment.subject.url).text
        assert Email.objects.get(kind=emails.HIDDEN).member == comment.author
        case = Case.objects.get()
        own = reading(comment.author).get(f"/moderation/{case.pk}/")
        assert "Zonder naam" in own.text
        assert "Send the appeal" in own.text

    def test_facilitators_read_it_and_lead_to_what_was_decided(self, comment: Comment) -> None:
        page = reading(facilitator()).get(comment.subject.url)
        assert SECRET in page.text
        assert f'href="/moderation/{Case.objects.get().pk}/"' in page.text
        assert page.context["conversation"].total == 1

    def test_its_text_is_nowhere_to_be_read_by_anybody_else(self, comment: Comment) -> None:
        """Wherever a comment's text may stand: the thread and further back, a link, its history, an answer, feeds."""
        subject, author = comment.subject, UserFactory()
        later = Comment.objects.bulk_create(
            Comment(subject=subject, author=author, text="x", language="nl") for _n in range(MOST_SHOWN + 1)
        )
        member = UserFactory()
        client = reading(member)
        looks = [
            (subject.url, {}),
            (f"{subject.url}?before={later[5].pk}", {}),
            (f"{subject.url}?comment={comment.pk}", {}),
            (f"/subjects/{subject.pk}/comments/?before={later[0].pk}", {"HX-Request": "true"}),
            (f"/comments/{comment.pk}/", {}),
            (f"/comments/{comment.pk}/history/", {}),
            (f"/comments/{comment.pk}/edit/", {}),
            (f"/comments/{comment.pk}/report/", {}),
            (f"/comments/{comment.pk}/hide/", {}),
            (f"/subjects/{subject.pk}/comments/new/?to={comment.pk}", {}),
            (f"/moderation/{Case.objects.get().pk}/", {}),
            ("/", {}),
            (f"/feeds/{token_for(purpose=FEED, member=member)}/community.atom", {}),
            (f"/feeds/{token_for(purpose=FEED, member=member)}/subjects/{subject.pk}.atom", {}),
        ]
        for path, headers in looks:
            assert SECRET not in client.get(path, headers=headers, follow=True).text, path
        for act in ("thank", "unthank"):
            answer = client.post(f"/comments/{comment.pk}/{act}/", headers={"HX-Request": "true"})
            assert SECRET not in answer.text
        assert not comment.thanks.exists()
        assert client.get(f"/comments/{comment.pk}/history/").status_code == 404
        assert SECRET in reading(comment.author).get(f"/comments/{comment.pk}/history/").text

    def test_it_costs_the_same_with_hidden_ones(self, django_assert_num_queries: Any, comment: Comment) -> None:
        subject, member, author, judge = comment.subject, UserFactory(), comment.author, facilitator()
        for reader, reads in ((member, False), (author, True), (judge, True)):
            loaded = User.objects.for_request().get(pk=reader.pk)
            with django_assert_num_queries(1):
                found = conversation(subject, loaded)
            assert [it.is_readable for it in found.comments] == [reads]
            assert [SECRET in it.html for it in found.comments] == [reads]
            assert found.total == int(reads)

    def test_a_case_says_nothing_to_who_has_no_part_in_it(self, comment: Comment) -> None:
        case = Case.objects.get()
        for who in (UserFactory(), representative_of(HubFactory())):
            assert reading(who).get(f"/moderation/{case.pk}/").status_code == 404
        assert Client().get(f"/moderation/{case.pk}/").headers["Location"].startswith("/sign-in/")


class TestHidingSubjects:
    """A subject goes from sight with all that is counted of it, and comes back."""

    def test_boards_and_figures_follow(self, django_capture_on_commit_callbacks: Any) -> None:
        hub = HubFactory()
        author = member_of(hub)
        bottleneck = BottleneckFactory(title="Zqopmerkelijk", author=author, hubs=[hub])
        judge, member = facilitator(), UserFactory()

        def shown() -> tuple[bool | int, ...]:
            client = reading(member)
            return (
                *(
                    f'href="{bottleneck.get_absolute_url()}"' in client.get(path).text
                    for path in ("/bottlenecks/", "/bottlenecks/?q=Zqopmerkelijk", hub.get_absolute_url())
                ),
                BottleneckTally.objects.get(hub=hub).number,
                int("1 bottleneck" in text_of(client.get("/hubs/"))),
            )

        before = shown()
        assert before == (True, True, True, 1, 1)
        with django_capture_on_commit_callbacks(execute=True):
            case = hide_subject(bottleneck.subject, by=judge)
        assert shown() == (False, False, False, 0, 0)
        assert reading(member).get(bottleneck.get_absolute_url()).status_code == 404
        assert "Zqopmerkelijk" in reading(judge).get(bottleneck.get_absolute_url()).text
        with django_capture_on_commit_callbacks(execute=True):
            actions.restore(case=case, by=judge, text="Toch goed")
        assert shown() == before

    def test_its_maker_reads_what_and_why_and_appeals(self) -> None:
        author = UserFactory()
        bottleneck = BottleneckFactory(author=author, title="Wachten", situation="Drie weken op een account")
        case = hide_subject(bottleneck.subject)
        client = reading(author)
        assert client.get(bottleneck.get_absolute_url()).status_code == 404
        page = text_of(client.get(f"/moderation/{case.pk}/"))
        for words in ("Wachten", "Drie weken op een account", "Does not belong here", "Dubbel", "Send the appeal"):
            assert words in page
        mail = Email.objects.get(kind=emails.HIDDEN)
        assert (mail.member, mail.subject) == (author, None)
        answer = client.post(f"/moderation/{case.pk}/appeal/", {"text": "Het is niet dubbel"})
        assert answer.status_code == 302
        other = facilitator()
        assert todos_of(other) == ["An appeal against hiding"]
        actions.restore(case=case, by=other, text="Klopt")
        assert client.get(bottleneck.get_absolute_url()).status_code == 200

    def test_drafts_and_the_community_are_not_hidden(self) -> None:
        for subject in (SessionFactory(state="draft").subject, Subject.objects.community()):
            with pytest.raises(RuleBroken):
                hide_subject(subject)


class TestAppealing:
    """Once, to somebody else."""

    @pytest.fixture
    def hider(self) -> User:
        return facilitator(name="Sanne Kuipers")

    @pytest.fixture
    def case(self, hider: User) -> Case:
        return hidden(said("Van Rossem", by=UserFactory()), by=hider)

    def author(self, case: Case) -> User:
        assert case.comment is not None
        assert case.comment.author is not None
        return case.comment.author

    def test_another_facilitator_decides_and_all_concerned_hear(self, case: Case, hider: User) -> None:
        other = facilitator()
        actions.appeal(case=case, by=self.author(case), text="Het staat in het verslag")
        actions.appeal(case=case, by=self.author(case), text="Nog eens")
        assert Step.objects.filter(kind=StepKind.APPEALED).count() == 1
        todo = Todo.objects.get(kind=ANSWER)
        assert (todo.is_for_facilitators, todo.due_on) == (True, due_on(timezone.now()))
        assert todos_of(hider) == []
        assert todos_of(other) == ["An appeal against hiding"]
        assert "Your answer to the appeal" not in text_of(reading(hider).get(f"/moderation/{case.pk}/"))
        assert reading(hider).post(f"/moderation/{case.pk}/answer/", {"do": "keep", "text": "x"}).status_code == 403
        with pytest.raises(RuleBroken):
            actions.keep_hidden(case=case, by=hider, text="Nee")
        page = text_of(reading(other).get(f"/moderation/{case.pk}/"))
        assert "Het staat in het verslag" in page
        assert "Kan zachter" in page
        answer = reading(other).post(f"/moderation/{case.pk}/answer/", {"do": "restore", "text": "Mag hier staan"})
        assert answer.status_code == 302
        case.refresh_from_db()
        assert case.state == CaseState.RESTORED
        assert "Van Rossem" in reading().get(case.subject.url).text
        assert todos_of(other) == []
        told = dict(Email.objects.values_list("kind", "member"))
        assert told[emails.ANSWERED] == self.author(case).pk
        assert told[emails.TOLD] == hider.pk
        assert "Mag hier staan" in text_of(reading(self.author(case)).get(f"/moderation/{case.pk}/"))

    def test_a_no_keeps_it_hidden_and_a_facilitator_may_still_show_it(self, case: Case, hider: User) -> None:
        actions.appeal(case=case, by=self.author(case), text="Toch")
        other = facilitator()
        for _time in range(2):
            actions.keep_hidden(case=case, by=other, text="Nee")
        assert Activity.objects.filter(verb="hiding_kept").count() == 1
        assert "Van Rossem" not in reading().get(case.subject.url).text
        page = text_of(reading(self.author(case)).get(f"/moderation/{case.pk}/"))
        assert "Stays hidden" in page
        assert "Send the appeal" not in page
        with pytest.raises(RuleBroken):
            actions.keep_hidden(case=case, by=facilitator(), text="Ook nee")
        assert reading(hider).post(f"/moderation/{case.pk}/restore/", {"text": "Bij nader inzien"}).status_code == 302
        assert "Van Rossem" in reading().get(case.subject.url).text

    def test_restored_meanwhile_the_appeal_waits_no_more(self, case: Case, hider: User) -> None:
        other = facilitator()
        actions.appeal(case=case, by=self.author(case), text="Toch")
        for _time in range(2):
            actions.restore(case=case, by=hider, text="De naam is eruit")
        assert Activity.objects.filter(verb="comment_restored").count() == 1
        assert todos_of(other) == []
        with pytest.raises(RuleBroken):
            actions.keep_hidden(case=case, by=other, text="Nee")

    def test_only_its_author_appeals(self, case: Case) -> None:
        with pytest.raises(RuleBroken):
            actions.appeal(case=case, by=UserFactory(), text="Ik ook")
        assert reading(UserFactory()).post(f"/moderation/{case.pk}/appeal/", {"text": "x"}).status_code == 404
        assert reading(facilitator()).post(f"/moderation/{case.pk}/appeal/", {"text": "x"}).status_code == 403
        assert reading(self.author(case)).post(f"/moderation/{case.pk}/appeal/", {"text": " "}).status_code == 422

    @pytest.mark.parametrize("has_hub", [True, False])
    def test_without_another_facilitator_the_representatives_decide(self, has_hub: bool) -> None:
        hider, hub, elsewhere = facilitator(), HubFactory(), HubFactory()
        speaker, distant = representative_of(hub), representative_of(elsewhere)
        bottleneck = BottleneckFactory(author=UserFactory())
        bottleneck.subject.hubs.set([hub.subject] if has_hub else [])
        comment = said("Van Rossem", about=bottleneck.subject)
        case = hidden(comment, by=hider)
        author = self.author(case)
        assert "representatives of hubs decide" in text_of(reading(author).get(f"/moderation/{case.pk}/"))
        assert reading(speaker).get(f"/moderation/{case.pk}/").status_code == 404
        actions.appeal(case=case, by=author, text="Toch")
        asked = {speaker} if has_hub else {speaker, distant}
        for who in (speaker, distant):
            assert todos_of(who) == (["An appeal against hiding"] if who in asked else [])
            assert reading(who).get(f"/moderation/{case.pk}/").status_code == (200 if who in asked else 404)
        assert todos_of(hider) == []
        assert "Van Rossem" in reading(speaker).get(f"/moderation/{case.pk}/").text
        assert "Van Rossem" not in reading(speaker).get(case.subject.url).text
        answer = reading(speaker).post(f"/moderation/{case.pk}/answer/", {"do": "restore", "text": "Mag"})
        assert answer.status_code == 302
        assert todos_of(distant) == []
        assert "Van Rossem" in reading(distant).get(case.subject.url).text

    def test_where_the_other_facilitator_steps_down_the_representatives_find_it(self, case: Case) -> None:
        hub, other = HubFactory(), facilitator()
        speaker = representative_of(hub)
        case.subject.hubs.set([hub.subject])
        actions.appeal(case=case, by=self.author(case), text="Toch")
        assert todos_of(speaker) == []
        assert reading(speaker).get(f"/moderation/{case.pk}/").status_code == 404
        end_facilitator(member=other)
        assert todos_of(speaker) == ["An appeal against hiding"]
        actions.keep_hidden(case=case, by=fresh(speaker), text="Nee")
        assert todos_of(speaker) == []

    def test_what_the_only_facilitator_wrote_the_representatives_judge(self, hider: User) -> None:
        speaker = representative_of(HubFactory())
        comment = said("Van Rossem", by=hider)
        case = reported(comment)
        assert (todos_of(hider), todos_of(speaker)) == ([], ["A comment is reported"])
        actions.hide(subject=comment.subject, comment=comment, by=fresh(speaker), reason="person", text="Geen namen")
        assert reading(speaker).get(f"/moderation/{case.pk}/").status_code == 200
        assert "Van Rossem" not in reading(speaker).get(comment.subject.url).text

    def test_a_hidden_subject_is_judged_by_who_cannot_see_it(self) -> None:
        hider, hub = facilitator(), HubFactory()
        speaker = representative_of(hub)
        bottleneck = BottleneckFactory(author=UserFactory(), title="Wachten op een account")
        bottleneck.subject.hubs.set([hub.subject])
        case = hide_subject(bottleneck.subject, by=hider)
        actions.appeal(case=case, by=bottleneck.author, text="Toch")
        assert reading(speaker).get(bottleneck.get_absolute_url()).status_code == 404
        assert todos_of(speaker) == ["An appeal against hiding"]
        assert "Wachten op een account" in reading(speaker).get(f"/moderation/{case.pk}/").text
        actions.keep_hidden(case=case, by=speaker, text="Dubbel")
        assert reading(speaker).get(f"/moderation/{case.pk}/").status_code == 200


class TestErasing:
    """The fact stays, the person goes."""

    def test_reports_and_appeals_stay_without_who_and_what_they_wrote(self) -> None:
        member = UserFactory(name="Anna Berg")
        comment = said(by=member)
        case = hidden(comment)
        actions.appeal(case=case, by=member, text="Ik heet Anna")
        other = reported(said(), by=member, text="Anna vindt van niet")
        erase_member(member=member)
        report = Report.objects.get(case=other)
        assert (report.member, report.text, report.reason) == (None, "", "hurts")
        step = Step.objects.get(kind=StepKind.APPEALED)
        assert (step.by, step.text) == (None, "")
        judge = facilitator()
        assert "reported by 1 member" in text_of(reading(judge).get(f"/moderation/{other.pk}/"))
        assert reading(judge).get(f"/moderation/{case.pk}/").status_code == 200
        actions.keep_hidden(case=case, by=judge, text="Nee")

    def test_what_a_facilitator_decided_stays_without_their_name(self) -> None:
        hider = facilitator(name="Sanne Kuipers")
        comment = said()
        case = hidden(comment, by=hider, text="Kan zachter")
        facilitator()
        erase_member(member=hider)
        page = reading(comment.author).get(f"/moderation/{case.pk}/")
        assert "Kan zachter" in page.text
        assert "Sanne" not in page.text
        assert "A facilitator hid this" in text_of(reading(comment.author).get(comment.subject.url))


class TestLog:
    """What facilitators did, for facilitators."""

    def test_only_facilitators_read_it_and_find_it_in_their_menu(self) -> None:
        assert reading(UserFactory()).get("/moderation/").status_code == 404
        assert reading(representative_of(HubFactory())).get("/moderation/").status_code == 404
        assert Client().get("/moderation/").headers["Location"].startswith("/sign-in/")
        assert 'href="/moderation/"' in reading(facilitator()).get("/").text
        assert 'href="/moderation/"' not in reading(UserFactory()).get("/").text

    def test_it_tells_moderation_and_roles_and_counts_reports(self) -> None:
        judge = facilitator(name="Sanne Kuipers")
        comment = said(by=UserFactory(name="Noor Dekker"))
        reported(comment)
        reported(comment, reason="person")
        case = hidden(comment, by=judge, reason="person")
        actions.appeal(case=case, by=comment.author, text="Toch")
        other = facilitator(name="Youssef Haddad")
        actions.restore(case=case, by=other, text="Mag")
        appoint_facilitator(member=UserFactory(), by=judge)
        text = text_of(reading(judge).get("/moderation/"))
        for sentence in (
            "2 members reported a comment",
            "Sanne Kuipers hid a comment: is about somebody who cannot answer here.",
            "Noor Dekker appealed",
            "Youssef Haddad showed the comment again",
            "A facilitator was appointed",
            comment.subject.title,
        ):
            assert sentence in text
        assert "1 member reported" not in text
        assert "A facilitator was appointed" not in text_of(
            reading(judge).get(f"/moderation/?subject={comment.subject_id}")
        )
        assert "Noor Dekker appealed" in text_of(reading(judge).get(f"/moderation/?subject={comment.subject_id}"))

    def test_it_tells_nothing_that_is_for_a_few(self) -> None:
        """Who asked to join, thanks and votes are in the ledger, and in no log."""
        judge, hub = facilitator(), HubFactory(join_policy="request")
        ask_to_join(hub=hub, by=UserFactory(name="Anna Berg"), words="x")
        comment = said()
        talk.thank(comment=comment, by=UserFactory())
        text = text_of(reading(judge).get("/moderation/"))
        assert Activity.objects.filter(verb__in=["join_asked", "comment_thanked"]).count() == 2
        for words in ("Anna", "asked to join", "thank", "wrote a comment"):
            assert words not in text

    def test_a_facilitator_does_not_learn_there_that_something_of_theirs_was_reported(self) -> None:
        judge, other = facilitator(), facilitator()
        comment, bottleneck = said(by=judge), BottleneckFactory(author=judge)
        case = reported(comment)
        actions.report(subject=bottleneck.subject, by=UserFactory(), reason="hurts")
        assert "reported" not in text_of(reading(judge).get("/moderation/"))
        assert "1 member reported a comment" in text_of(reading(other).get("/moderation/"))
        hidden(comment, by=other)
        assert f"/moderation/{case.pk}/" in reading(judge).get("/moderation/").text

    def test_it_goes_on_page_after_page_in_as_many_queries(self, django_assert_max_num_queries: Any) -> None:
        judge = facilitator()
        comment = said()
        case = hidden(comment, by=judge)
        entry = Activity.objects.get(verb="comment_hidden")
        for _number in range(60):
            entry.pk = None
            entry.save(force_insert=True)
        client = reading(judge)
        with django_assert_max_num_queries(8):
            first = client.get("/moderation/")
        assert first.text.count(f'href="/moderation/{case.pk}/"') == 50
        second = client.get(f"/moderation/?after={first.context['page'].next_cursor}")
        assert second.text.count(f'href="/moderation/{case.pk}/"') == 11

    def test_what_only_named_persons_see_is_in_nobody_elses_log(self) -> None:
        comment = said()
        hidden(comment)
        Subject.objects.filter(pk=comment.subject_id).update(audience=Audience.NAMED)
        assert "hid a comment" not in text_of(reading(facilitator()).get("/moderation/"))


def test_the_page_of_a_case_costs_few_queries(django_assert_max_num_queries: Any) -> None:
    comment, judge = said(), facilitator()
    case = reported(comment)
    for _number in range(12):
        reported(comment)
    client = reading(judge)
    with django_assert_max_num_queries(12):
        assert client.get(f"/moderation/{case.pk}/").status_code == 200
    hidden(comment, by=judge)
    client = reading(comment.author)
    with django_assert_max_num_queries(12):
        assert client.get(f"/moderation/{case.pk}/").status_code == 200


def test_a_facilitator_who_stepped_down_judges_no_more() -> None:
    judge = facilitator()
    facilitator()
    case = reported(said())
    end_facilitator(member=judge)
    with pytest.raises(RuleBroken):
        actions.let_stand(case=case, by=fresh(judge))
    assert reading(judge).get(f"/moderation/{case.pk}/").status_code == 404
