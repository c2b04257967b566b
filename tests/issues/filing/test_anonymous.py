"""Filing without a name: nothing gives the author away, and the reply code works. Spec 02, Filing."""

from __future__ import annotations

import re
import uuid
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.sessions.models import Session as StoredSession
from django.db import connection
from django.db.models import ForeignKey
from django.test import Client
from django.utils import timezone
from redis import Redis

from activity.following.models import Follow
from activity.links import FEED, token_for
from activity.models import Activity, Subject
from activity.notices.fanout import tell_due
from community.models import Hub, User
from issues.bottlenecks.actions import file_bottleneck, publish_anonymous
from issues.drafts.models import Draft
from issues.endings.actions import ask_whether_solved, end_bottleneck
from issues.models import AnonymousFiling, Bottleneck, Ending, FilingCount, NoticeAnswer, Question, Vote
from issues.replies import actions as replies
from issues.replies.limits import WRONG_CODES
from tests.factories import BottleneckFactory, HubFactory, UserFactory, facilitator, member_of
from tests.issues.anonymous import MORNING, NIGHT, STORY, TITLE, code_in, filed, published, sent
from tests.trees import parse
from ui.errors import RuleBroken

pytestmark = pytest.mark.django_db

NEW = "/bottlenecks/new/"


def reading(member: User | None = None, **headers: str) -> Client:
    client = Client(headers=headers)
    if member is not None:
        client.force_login(member)
    return client


def text_of(response: Any) -> str:
    return " ".join(parse(response.text).text().split())


class TestWhatIsKept:
    """Nothing of the author, and no time but the day."""

    def test_the_form_leaves_nothing_typed_behind_but_what_is_sealed(
        self, author: User, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level("DEBUG", logger="django.request")
        client = reading(author)
        client.post("/bottlenecks/draft/", sent(attribution="named"))
        assert Draft.objects.filter(member=author).exists()
        session = client.session
        session["typed_bottleneck"] = {"bottleneck": 1, "evidence": STORY}
        session.save()
        valkey = Redis.from_url(settings.REDIS_URL)
        client.post("/bottlenecks/draft/", sent(), headers={"HX-Request": "true"})
        assert not Draft.objects.exists()
        client.post("/bottlenecks/similar/", sent())
        client.post(NEW, sent(title=""))  # something is wrong with it first
        answer = client.post(NEW, sent())
        code = code_in(answer)
        assert "no-store" in answer.headers["Cache-Control"]
        for trace in ("xanthippe", "Xanthippe", "Kwakzalverij", code, f"user={author.pk}"):
            assert trace not in caplog.text
        stores = [str(stored.get_decoded()) for stored in StoredSession.objects.all()]
        stores += [str(client.session.items()), str(client.cookies)]
        for key in valkey.keys("*"):
            stores.append(repr(key))
            dump = valkey.dump(key)
            stores.append(repr(dump))
        stores += [str(row) for model in apps.get_models() for row in model._default_manager.values()]
        assert len(stores) > 20
        for store in stores:
            for word in ("Kwakzalverij", TITLE, code, code.replace("-", "")):
                assert word not in store, store[:200]
        assert "typed_bottleneck" not in client.session
        assert not list(client.get("/").context.get("messages", []))

    def test_choosing_anonymous_and_joining_another_keeps_nothing_typed(self, author: User) -> None:
        client, other = reading(author), BottleneckFactory()
        client.post(f"/bottlenecks/{other.pk}/vote/", sent(**{"from": "filing"}))
        assert "typed_bottleneck" not in client.session
        assert other.votes.filter(member=author).exists()

    def test_the_night_publishes_it_with_the_day_and_nobody(self, author: User) -> None:
        bottleneck, _code = published(author, hours=Decimal(4), hubs=[author.primary_hub])
        midnight = datetime(2026, 6, 2, 22, tzinfo=UTC)  # in Amsterdam
        assert (bottleneck.author, bottleneck.filed_at, bottleneck.noted_hours) == (None, midnight, Decimal(4))
        assert bottleneck.subject.announced_at == bottleneck.subject.created_at == midnight
        assert bottleneck.subject.creation_key is None
        entry = Activity.objects.get(subject=bottleneck.subject)
        assert (entry.verb, entry.actor, entry.actor_kind, entry.at) == (
            "bottleneck_filed_unnamed",
            None,
            "unsigned",
            midnight,
        )
        assert list(bottleneck.hubs.all()) == [author.primary_hub]
        assert not Vote.objects.exists()
        assert not Follow.objects.filter(subject=bottleneck.subject).exists()
        assert not FilingCount.objects.exists()
        assert publish_anonymous(now=NIGHT) == 0

    def test_no_row_about_it_points_at_the_author(self, author: User) -> None:
        bottleneck, code = published(author)
        replies.ask_filer(subject=bottleneck.subject, by=facilitator(), text="Waar?", language="nl")
        replies.answer_question(question=Question.objects.get(), code=code, text="Overal", language="nl")
        tell_due()
        people, about, seen = get_user_model(), {Subject: bottleneck.subject_id, Bottleneck: bottleneck.pk}, 0
        for model in apps.get_models():
            keys = [it for it in model._meta.get_fields() if isinstance(it, ForeignKey)]
            for key in (it for it in keys if it.related_model in about):
                rows = model._default_manager.filter(**{key.name: about[key.related_model]})
                seen += rows.count()
                for row in rows:
                    owners = {it.attname: getattr(row, it.attname) for it in keys if it.related_model is people}
                    is_told = model._meta.model_name == "notification"  # of a hub, like all its members
                    assert is_told or author.pk not in owners.values(), row
        assert seen >= 4

    def test_every_role_reads_it_everywhere_without_finding_who(self, author: User) -> None:
        bottleneck, code = published(author)
        other, judge = UserFactory(), facilitator()
        administrator = User.objects.create_superuser("beheer@doorbraak.example", name="Beheerder")
        replies.ask_filer(subject=bottleneck.subject, by=judge, text="Waar precies?", language="nl")
        tell_due()
        pages = [
            *(
                "/",
                "/bottlenecks/",
                "/bottlenecks/?sort=new",
                "/bottlenecks/?q=durft",
                "/notifications/",
                "/me/follows/",
            ),
            *(bottleneck.subject.url, f"/bottlenecks/{bottleneck.pk}/", author.primary_hub.get_absolute_url()),
            *("/digest/daily/", "/moderation/", "/admin/issues/bottleneck/", "/bottlenecks/told/"),
            f"/admin/issues/bottleneck/{bottleneck.pk}/change/",
            f"/subjects/{bottleneck.subject_id}/report/",
        ]
        read = 0
        for reader in (None, other, judge, administrator):
            client = reading(reader)
            more = [f"/feeds/{token_for(purpose=FEED, member=reader)}/community.atom"] if reader else []
            for page in [*pages, *more]:
                answer = client.get(page, follow=True)
                if page == author.primary_hub.get_absolute_url():
                    assert reader is None or TITLE in answer.text
                    continue  # its members are listed there, with the author among them
                read += TITLE in answer.text
                for trace in ("Xanthippe", "xanthippe", f"/members/{author.handle}"):
                    assert trace not in answer.text, (reader, page)
        assert read > 12
        opened = text_of(reading().post("/reply/", {"code": code}))
        assert TITLE in opened
        assert "Waar precies?" in opened
        assert "Xanthippe" not in opened
        profile = reading(other).get(author.get_absolute_url())
        assert profile.status_code == 200
        assert TITLE not in profile.text

    def test_where_its_number_and_entry_stand_says_nothing_of_when_it_was_filed(
        self, author: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        class Reversed:
            def shuffle(self, rows: list[Any]) -> None:
                rows.sort(key=lambda row: getattr(row, "content", {}).get("title", ""), reverse=True)

        monkeypatch.setattr(replies, "_random", Reversed())
        with time_machine.travel(MORNING, tick=False) as clock:
            for number in range(3):
                file_bottleneck(by=UserFactory(), title=f"Met naam {number}", situation="x")
                filed(author, title=f"Zonder {number}")
                clock.shift(timedelta(hours=1))
        last = Bottleneck.objects.latest("pk").pk
        assert not Bottleneck.objects.filter(title__startswith="Zonder").exists()
        assert publish_anonymous(now=NIGHT) == 3
        without = Bottleneck.objects.filter(title__startswith="Zonder")
        assert min(without.values_list("pk", flat=True)) > last
        assert list(without.order_by("pk").values_list("title", flat=True)) == ["Zonder 2", "Zonder 1", "Zonder 0"]
        entries = Activity.objects.filter(verb="bottleneck_filed_unnamed").order_by("pk")
        assert [entry.subject.title for entry in entries] == ["Zonder 2", "Zonder 1", "Zonder 0"]

    def test_a_small_hub_is_left_out(self, author: User) -> None:
        small = HubFactory()
        for _each in range(4):
            member_of(small)
        bottleneck, _code = published(author, hubs=[small, author.primary_hub])
        assert list(bottleneck.hubs.all()) == [author.primary_hub]
        assert list(bottleneck.subject.hubs.all()) == [author.primary_hub.subject]  # type: ignore[union-attr]
        assert Hub.objects.filter(pk=small.pk).exists()


@pytest.mark.django_db(transaction=True)
def test_what_waits_was_all_written_by_one_transaction_in_random_order() -> None:
    for number in range(4):
        filed(UserFactory(), title=f"Zonder {number}")
    with connection.cursor() as cursor:
        for table in ("issues_anonymousfiling", "issues_filingcount"):
            cursor.execute(f"SELECT count(DISTINCT xmin::text), count(*) FROM {table}")
            assert cursor.fetchone() == (1, 4)
        cursor.execute("SELECT sealed, code_hash FROM issues_anonymousfiling")
        assert all(b"Zonder" not in bytes(sealed) for sealed, _hash in cursor.fetchall())


class TestOnceAndThree:
    """A form sent twice files once; three a day."""

    def test_the_same_form_again_shows_the_same_code(self, author: User) -> None:
        key, client = uuid.uuid4(), reading(author)
        first, second = (code_in(client.post(NEW, sent(key))) for _twice in range(2))
        assert first == second
        assert AnonymousFiling.objects.count() == 1

    def test_back_and_again_files_nothing_twice(self, author: User) -> None:
        client = reading(author)
        code_in(client.post(NEW, sent()))
        again = client.post(NEW, sent())  # the browser restored the text, the key is new
        assert again.status_code == 422
        assert "Nothing was filed twice" in text_of(again)
        assert AnonymousFiling.objects.count() == 1

    def test_with_a_name_after_all_would_tell_whose_it_is(self, author: User) -> None:
        key, client = uuid.uuid4(), reading(author)
        code_in(client.post(NEW, sent(key)))
        answer = client.post(NEW, sent(key, attribution="named"))
        assert answer.status_code == 422
        assert "You filed this anonymously already." in text_of(answer)
        assert not Bottleneck.objects.exists()

    def test_the_fourth_of_a_day_waits_for_tomorrow(self, author: User) -> None:
        with time_machine.travel(MORNING, tick=False) as clock:
            for number in range(3):
                filed(author, title=f"Zonder {number}")
            with pytest.raises(RuleBroken, match="3 anonymously a day"):
                filed(author, title="Zonder 3")
            filed(UserFactory(), title="Van een ander")
            clock.move_to(MORNING + timedelta(days=1))
            filed(author, title="Zonder 3")
        assert AnonymousFiling.objects.count() == 5

    def test_a_count_names_nobody(self, author: User) -> None:
        filed(author)
        count = FilingCount.objects.get()
        assert re.fullmatch("[0-9a-f]{64}", count.blinded_key)
        assert str(author.pk) != count.blinded_key


class TestTheReplyCode:
    """It opens what was filed, and a wrong one tells nothing."""

    def test_wrong_ones_are_answered_alike_and_are_limited(self, author: User) -> None:
        _bottleneck, code = published(author)
        client = reading()
        wrong = [code[:-1] + ("0" if code[-1] != "0" else "1"), "0000-0000-0000-0000", "x", "é" * 16]
        answers = {text_of(client.post("/reply/", {"code": each})) for each in wrong}
        assert len(answers) == 1
        assert "This code opens nothing." in answers.pop()
        assert TITLE in text_of(client.post("/reply/", {"code": f"  {code.lower().replace('-', ' ')} "}))
        for number in range(28):  # two of those above could be codes
            assert client.post("/reply/", {"code": f"{number:016}"}).status_code == 422
        assert client.post("/reply/", {"code": code}).status_code == 429
        WRONG_CODES.clear("127.0.0.1")

    def test_a_facilitator_asks_and_the_filer_answers(self, author: User, django_assert_max_num_queries: Any) -> None:
        bottleneck, code = published(author)
        judge, other = facilitator(name="Sanne Kuipers"), UserFactory()
        asking = reading(judge)
        assert "Ask something" in text_of(asking.get(bottleneck.subject.url))
        for _twice in range(2):
            answer = asking.post(f"/bottlenecks/{bottleneck.pk}/questions/", {"text": "**Waar**?", "language": "nl"})
            assert answer.headers["Location"] == f"{bottleneck.subject.url}#questions"
        question = Question.objects.get()
        assert "Waar" not in text_of(reading(other).get(bottleneck.subject.url))
        filer = reading()
        with django_assert_max_num_queries(8):
            opened = filer.post("/reply/", {"code": code})
        assert "<strong>Waar</strong>" in opened.text
        assert "Sanne Kuipers asked on" in text_of(opened)
        said = {"code": code, "question": question.pk, "text": "In de kelder", "language": "nl"}
        assert "Your answer is saved." in text_of(filer.post("/reply/answer/", said))
        question.refresh_from_db()
        assert question.answered_on is not None
        assert "Who filed something anonymously answered you" in text_of(asking.get("/"))
        assert "answered you" not in text_of(reading(other).get("/"))
        assert "In de kelder" in text_of(asking.get(bottleneck.subject.url))
        assert "In de kelder" not in text_of(reading(other).get(bottleneck.subject.url))
        asking.post(f"/bottlenecks/{bottleneck.pk}/questions/{question.pk}/read/")
        assert "answered you" not in text_of(asking.get("/"))
        late = filer.post("/reply/answer/", {**said, "text": "Toch op zolder"})
        assert "A facilitator has read your answer" in text_of(late)
        question.refresh_from_db()
        assert question.answer == "In de kelder"
        assert Activity.objects.filter(verb="filer_asked", readers="facilitators").count() == 1
        told = Activity.objects.filter(subject=bottleneck.subject).values_list("verb", flat=True)
        assert sorted(told) == ["bottleneck_filed_unnamed", "filer_asked"]  # nothing of the answer: it would tell when

    def test_only_facilitators_ask_and_only_what_has_a_filer(self, author: User) -> None:
        bottleneck, code = published(author)
        administrator = User.objects.create_superuser("beheer@doorbraak.example", name="Beheerder")
        for reader in (UserFactory(), administrator):
            posted = {"text": "Wie ben je?", "language": "nl"}
            assert reading(reader).post(f"/bottlenecks/{bottleneck.pk}/questions/", posted).status_code == 403
        other = BottleneckFactory()
        with pytest.raises(RuleBroken, match="reply code"):
            replies.ask_filer(subject=other.subject, by=facilitator(), text="x", language="nl")
        question = replies.ask_filer(subject=bottleneck.subject, by=facilitator(), text="x", language="nl")
        with pytest.raises(RuleBroken, match="opens nothing"):
            replies.answer_question(question=question, code="0" * 16, text="y", language="nl")
        empty = reading().post("/reply/answer/", {"code": code, "question": question.pk, "text": "", "language": "nl"})
        assert empty.status_code == 422
        assert "Write your answer." in text_of(empty)

    def test_until_the_night_it_is_corrected_or_thrown_away(self, author: User) -> None:
        with time_machine.travel(MORNING, tick=False):
            code, gone = filed(author), filed(author, title="Toch maar niet")
        client = reading()
        assert STORY in client.post("/reply/correct/", {"code": code}).text
        new = {"code": code, "save": "1", "title": "Beter", "situation": "Zo zit het", "language": "nl"}
        assert "Corrected." in text_of(client.post("/reply/correct/", new))
        assert client.post("/reply/correct/", {**new, "title": ""}).status_code == 422
        assert "Toch maar niet" in text_of(client.post("/reply/drop/", {"code": gone}))
        assert AnonymousFiling.objects.count() == 2
        assert "Thrown away." in text_of(client.post("/reply/drop/", {"code": gone, "sure": "1"}))
        publish_anonymous(now=NIGHT)
        bottleneck = Bottleneck.objects.get()
        assert (bottleneck.title, bottleneck.situation) == ("Beter", "Zo zit het")
        assert "Members can read this by now" in text_of(client.post("/reply/correct/", {**new, "title": "Te laat"}))
        assert "This code opens nothing." in text_of(client.post("/reply/", {"code": gone}))

    def test_the_page_of_the_code_says_it_once_with_a_picture(self, author: User) -> None:
        answer = reading(author).post(NEW, sent())
        assert "<svg" in answer.text
        assert "shown once" in text_of(answer)
        assert code_in(answer) not in reading(author).get(NEW).text

    def test_what_was_sealed_before_a_part_of_the_text_was_asked_for_is_published_without_it(
        self, author: User
    ) -> None:
        content: dict[str, Any] = {
            "title": TITLE,
            "situation": STORY,
            "impact": "",
            "wish": "",
            "theme": None,
            "hubs": [],
        }
        replies.keep_filing(
            content={**content, "hours": None, "language": "nl"}, key=uuid.uuid4(), by=author, now=MORNING
        )
        assert publish_anonymous(now=NIGHT) == 1
        assert Bottleneck.objects.get().tried == ""

    def test_what_was_sealed_with_a_key_that_is_gone_holds_up_nothing(self, author: User) -> None:
        AnonymousFiling.objects.create(code_hash="x", day=date(2026, 6, 1), sealed=b"of another key")
        bottleneck, _code = published(author)
        assert bottleneck.title == TITLE
        assert AnonymousFiling.objects.filter(subject=None).count() == 1


class TestWhatTheFilerDoesLater:
    """Withdrawing, and whether one notices that it is solved, go by reply code as well."""

    def test_who_holds_the_code_withdraws_it_and_nobody_is_named(self, author: User) -> None:
        bottleneck, code = published(author)
        visitor = Client()
        assert "Withdraw it" in visitor.post("/reply/", {"code": code}).text
        missing = visitor.post("/reply/withdraw/", {"code": code, "text": " ", "language": "nl"})
        assert missing.status_code == 422
        sent_twice = {"code": code, "text": "Het speelt niet meer.", "language": "nl"}
        for _twice in range(2):
            assert "Withdrawn." in visitor.post("/reply/withdraw/", sent_twice).text
        ending = Ending.objects.get(bottleneck=bottleneck)
        assert (ending.how, ending.by) == ("lapsed", None)
        assert not Activity.objects.filter(subject=bottleneck.subject, actor__isnull=False).exists()
        page = reading(UserFactory()).get(bottleneck.subject.url).text
        assert "Het speelt niet meer." in page
        assert "Xanthippe" not in page

    def test_who_holds_the_code_says_whether_it_is_solved(self, author: User) -> None:
        bottleneck, code = published(author)
        end_bottleneck(
            bottleneck=bottleneck, by=facilitator(), how="solved", route="itself", text="Klaar.", language="nl"
        )
        ask_whether_solved(now=timezone.now() + timedelta(days=15))
        visitor = Client()
        assert "Is this solved for you?" in visitor.post("/reply/", {"code": code}).text
        for answer in ("no", "no", "partly"):
            assert "Thank you" in visitor.post("/reply/noticed/", {"code": code, "answer": answer}).text
        kept = NoticeAnswer.objects.get()
        assert kept.answer == "partly"
        assert not User.objects.filter(voter_key=kept.voter_key).exists()

    @pytest.mark.parametrize("act", ["withdraw", "noticed"])
    def test_a_wrong_code_does_nothing(self, author: User, act: str) -> None:
        bottleneck, _code = published(author)
        answer = Client().post(
            f"/reply/{act}/", {"code": "AAAA-BBBB-CCCC-DDDD", "text": "x", "language": "nl", "answer": "no"}
        )
        assert answer.status_code == 422
        assert "This code opens nothing." in answer.text
        assert not Ending.objects.filter(bottleneck=bottleneck).exists()
