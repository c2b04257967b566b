"""Notifications: who is told of what, by which channel, and what becomes of it. Spec 06, Notifications."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from activity import outbox
from activity.conversation.actions import change_comment, delete_comment, write_comment
from activity.conversation.models import Comment
from activity.following.actions import choose_level
from activity.following.models import FollowLevel, HearingSettings
from activity.mailkinds import MailClass, mail_kinds
from activity.models import Activity, Audience, Email, EmailState, FanOut, MailChoice, Subject
from activity.moderation.actions import hide, restore
from activity.notices import fanout
from activity.notices.actions import mark_read, save_choices
from activity.notices.fanout import forget_old_notices, tell_due, tell_next
from activity.notices.kinds import Channel, notice_kinds
from activity.notices.models import NoticeChoice, Notification
from activity.notices.selectors import count_unread, notices
from activity.verbs import verbs
from community.accounts.actions import erase_member
from community.hubs.actions import join_hub
from community.models import User
from events.actions import answer_rsvp, cancel_session, publish_session
from issues.bottlenecks.actions import file_bottleneck
from tests.activity.sink import Sink
from tests.factories import (
    BottleneckFactory,
    HubFactory,
    SessionFactory,
    UserFactory,
    facilitator,
    member_of,
    representative_of,
)
from tests.trees import parse

pytestmark = pytest.mark.django_db

SILENT, STATUS, FOLLOW, EVERYTHING = FollowLevel
#: A Wednesday, 10:00 in Amsterdam.
BY_DAY = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def by_day() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(BY_DAY, tick=False) as traveller:
        yield traveller


def said(about: Subject, text: str = "Bij ons ook", *, by: User | None = None) -> Comment:
    """A comment of which everybody was told."""
    comment = write_comment(subject=about, by=by or UserFactory(), text=text, language="nl")
    tell_due()
    return comment


def following(subject: Subject, level: FollowLevel, **fields: Any) -> User:
    member: User = UserFactory(**fields)
    choose_level(subject=subject, by=member, level=level)
    return member


def told(member: User) -> list[str]:
    """The kinds of what a member was told, the oldest first."""
    return list(Notification.objects.filter(member=member).order_by("pk").values_list("kind", flat=True))


def reading(member: User) -> Client:
    client = Client()
    client.force_login(member)
    return client


def text_of(page: Any) -> str:
    return " ".join(parse(page.text).text().split())


class TestWhoIsTold:
    """By level, by hub, by name."""

    def test_a_comment_is_told_to_who_follows_and_not_to_who_wants_only_the_status(self) -> None:
        subject = BottleneckFactory().subject
        by_level = {level: following(subject, level) for level in FollowLevel}
        author = following(subject, EVERYTHING)
        said(subject, by=author)
        assert {level: told(member) for level, member in by_level.items()} == {
            SILENT: [],
            STATUS: [],
            FOLLOW: ["comments"],
            EVERYTHING: ["everything"],
        }
        assert told(author) == []  # nobody hears of what they did themselves

    def test_who_is_named_is_told_whatever_they_chose_and_once(self) -> None:
        subject = BottleneckFactory().subject
        silent, loud = following(subject, SILENT, handle="anna"), following(subject, EVERYTHING, handle="bram")
        comment = said(subject, "@anna en @bram, @anna")
        assert [told(member) for member in (silent, loud)] == [["mention"], ["mention"]]
        later = UserFactory(handle="carla")
        change_comment(comment=comment, by=comment.author, version=1, text="@anna en @carla", language="nl")
        tell_due()
        assert [told(member) for member in (silent, later)] == [["mention"], ["mention"]]

    def test_who_may_not_read_it_is_told_nothing_and_neither_when_named(self) -> None:
        hub = HubFactory()
        subject = BottleneckFactory(hubs=[hub]).subject
        inside, outside = member_of(hub, handle="anna"), following(subject, EVERYTHING, handle="bram")
        choose_level(subject=subject, by=inside, level=FOLLOW)
        Subject.objects.filter(pk=subject.pk).update(audience=Audience.HUBS)
        said(subject, "@anna @bram", by=member_of(hub))
        assert told(inside) == ["mention"]
        assert told(outside) == []

    def test_who_follows_a_hub_hears_of_its_things_as_they_chose(self) -> None:
        hub = HubFactory()
        subject = BottleneckFactory(hubs=[hub]).subject
        of_hub = following(hub.subject, FOLLOW)
        not_of_this = following(hub.subject, FOLLOW)
        choose_level(subject=subject, by=not_of_this, level=SILENT)
        said(subject)
        assert told(of_hub) == ["comments"]
        assert told(not_of_this) == []

    def test_members_of_a_hub_hear_of_what_begins_there(self) -> None:
        hub = HubFactory()
        member, silent = UserFactory(), UserFactory()
        join_hub(hub=hub, by=member)
        choose_level(subject=hub.subject, by=silent, level=SILENT)
        join_hub(hub=hub, by=silent)
        file_bottleneck(by=UserFactory(), title="Rekenkracht", situation="x", hubs=[hub])
        session = SessionFactory(hub=hub, state="draft")
        publish_session(session=session, by=representative_of(hub))
        tell_due()
        assert told(member) == ["in_hubs", "new_sessions"]
        assert told(silent) == []

    def test_who_has_a_place_hears_that_a_session_is_cancelled_without_following_it(self) -> None:
        hub = HubFactory()
        session, member, other = SessionFactory(hub=hub), UserFactory(), UserFactory()
        answer_rsvp(session=session, by=member, answer="going")
        cancel_session(session=session, by=representative_of(hub), reason="Storm")
        tell_due()
        assert told(member) == ["my_sessions"]
        assert told(other) == []

    def test_what_a_draft_went_through_and_what_is_watching_people_nobody_is_told(self) -> None:
        hub = HubFactory()
        follower = following(hub.subject, EVERYTHING)
        draft = SessionFactory(hub=hub, state="draft")
        answer_rsvp(session=SessionFactory(hub=hub), by=UserFactory(), answer="going")
        file_bottleneck(by=UserFactory(), title="Rekenkracht", situation="x", hubs=[hub])  # with a vote
        tell_due()
        assert told(follower) == ["everything"]
        assert not Notification.objects.filter(subject=draft.subject).exists()

    def test_who_does_not_take_part_is_told_nothing(self) -> None:
        subject = BottleneckFactory().subject
        gone, not_yet = following(subject, EVERYTHING), following(subject, EVERYTHING)
        User.objects.filter(pk=gone.pk).update(is_active=False)
        User.objects.filter(pk=not_yet.pk).update(activated_at=None)
        said(subject)
        assert not Notification.objects.exists()


class TestTelling:
    """The work behind the act."""

    def test_an_act_leaves_one_row_and_whoever_works_tells_it_once(self) -> None:
        subject = BottleneckFactory().subject
        member = following(subject, FOLLOW)
        write_comment(subject=subject, by=UserFactory(), text="x", language="nl")
        assert FanOut.objects.count() == 1
        assert not Notification.objects.exists()
        assert tell_next()
        assert not tell_next()
        assert told(member) == ["comments"]
        assert not FanOut.objects.exists()

    def test_a_fault_in_one_holds_up_no_other_and_is_tried_again(self, monkeypatch, by_day) -> None:
        subject, other = BottleneckFactory().subject, BottleneckFactory().subject
        member = following(other, FOLLOW)
        write_comment(subject=subject, by=UserFactory(), text="x", language="nl")
        broken = FanOut.objects.get()
        insert = fanout._insert_sql

        def refuse(entry: Activity, *rest: Any) -> None:
            if entry.pk == broken.entry_id:
                raise ValueError("x")
            insert(entry, *rest)

        monkeypatch.setattr(fanout, "_insert_sql", refuse)
        write_comment(subject=other, by=UserFactory(), text="x", language="nl")
        tell_due()
        assert told(member) == ["comments"]
        broken.refresh_from_db()
        assert (broken.attempts, broken.last_error) == (1, "ValueError")
        monkeypatch.undo()
        by_day.shift(timedelta(minutes=5))
        tell_due()
        assert not FanOut.objects.exists()

    def test_the_statements_of_one_to_many_are_those_of_one_to_few(self, django_assert_num_queries) -> None:
        counts = []
        for number in (2, 40):
            subject = BottleneckFactory().subject
            for _follower in range(number):
                following(subject, EVERYTHING)
            write_comment(subject=subject, by=UserFactory(), text="x", language="nl")
            with CaptureQueriesContext(connection) as captured:
                tell_next()
            counts.append(len(captured))
            assert Notification.objects.filter(subject=subject).count() == number
        assert counts[0] == counts[1]


class TestChannels:
    """What one chose."""

    def test_by_default_a_mention_is_mailed_and_a_comment_is_not(self) -> None:
        subject = BottleneckFactory().subject
        following(subject, FOLLOW)
        named = UserFactory(handle="anna")
        said(subject, "@anna")
        assert [mail.member for mail in Email.objects.filter(kind="notices")] == [named]

    def test_a_box_that_is_ticked_brings_it_and_one_that_is_not_stops_it(self) -> None:
        subject = BottleneckFactory().subject
        member = following(subject, FOLLOW)
        save_choices(by=member, hearing={}, channels={"comments": {Channel.MAIL, Channel.DIGEST}})
        said(subject)
        row = Notification.objects.get(member=member)
        assert (row.in_portal, row.by_mail, row.in_digest) == (False, True, True)
        save_choices(by=member, hearing={}, channels={"comments": set()})
        said(subject, "Nog een")
        assert Notification.objects.filter(member=member).count() == 1

    def test_only_the_digest_stops_news_and_nothing_that_was_asked_for(self, sink: Sink) -> None:
        subject = BottleneckFactory().subject
        member = UserFactory(handle="anna")
        save_choices(by=member, hearing={"only_digest": True}, channels={})
        said(subject, "@anna")
        session = SessionFactory()
        answer_rsvp(session=session, by=member, answer="going")
        outbox.send_due()
        assert set(Email.objects.filter(member=member).values_list("kind", "state")) == {("session_placed", "sent")}

    def test_the_link_in_the_mail_stops_these_mails_until_a_box_is_ticked_again(self) -> None:
        subject = BottleneckFactory().subject
        member = UserFactory(handle="anna")
        MailChoice.objects.create(member=member, kind="notices", is_wanted=False)
        said(subject, "@anna")
        assert not Notification.objects.get(member=member).by_mail
        page = parse(reading(member).get("/me/notifications/").text)
        boxes = {
            it.attributes["name"]: "checked" in it.attributes for it in page.all("input") if "name" in it.attributes
        }
        assert not boxes["mention-mail"]
        save_choices(by=member, hearing={}, channels={"mention": {Channel.PORTAL, Channel.MAIL}})
        said(subject, "@anna weer")
        assert Notification.objects.filter(member=member).latest("pk").by_mail

    def test_a_box_of_mails_of_their_own_turns_these_on_and_off(self) -> None:
        member = UserFactory()
        save_choices(by=member, hearing={}, channels={"reminders": set()})
        kinds = {"session_reminder_1", "session_reminder_7"}
        assert dict(MailChoice.objects.values_list("kind", "is_wanted")) == dict.fromkeys(kinds, False)
        save_choices(by=member, hearing={}, channels={"reminders": {Channel.MAIL}})
        assert dict(MailChoice.objects.values_list("kind", "is_wanted")) == dict.fromkeys(kinds, True)


class TestThePageOfChoices:
    """``/me/notifications/``."""

    def sent(self, client: Client, **changes: Any) -> dict[str, Any]:
        page = parse(client.get("/me/notifications/").text)
        form = next(it for it in page.all("form") if "only-digest" in it.attributes.get("class", ""))
        data: dict[str, Any] = {}
        for it in form.all("input"):
            name, kind = it.attributes.get("name", ""), it.attributes.get("type")
            if name and (kind not in {"checkbox", "radio"} or "checked" in it.attributes):
                data[name] = it.attributes.get("value", "on")
        for it in form.all("select"):
            chosen = [option for option in it.all("option") if "selected" in option.attributes]
            data[it.attributes["name"]] = chosen[0].attributes["value"]
        data.update(changes)
        return {name: value for name, value in data.items() if value is not None and "-account" not in name}

    def test_saving_it_unchanged_changes_nothing_that_one_hears(self) -> None:
        member = UserFactory()
        client = reading(member)
        before = client.get("/me/notifications/").text
        assert client.post("/me/notifications/", self.sent(client)).status_code == 302
        assert not NoticeChoice.objects.exists()
        assert not MailChoice.objects.exists()
        strip = re.compile(r'csrfmiddlewaretoken" value="[^"]+"|<div[^>]*class="note.*?</div>\s*</div>', re.DOTALL)
        after = client.get("/me/notifications/")
        after = client.get("/me/notifications/")
        assert strip.sub("", after.text) == strip.sub("", before)

    def test_what_is_chosen_is_kept(self) -> None:
        member = UserFactory()
        client = reading(member)
        changes = {"comments-mail": "on", "mention-mail": None, "reminders-mail": None, "quiet_from": "22:00"}
        changes |= {"only_digest": None, "quiet_weekends": None, "level": "2", "digest_period": "daily"}
        assert client.post("/me/notifications/", self.sent(client, **changes)).status_code == 302
        kept = HearingSettings.objects.get(member=member)
        assert (kept.quiet_from.hour, kept.quiet_weekends, kept.level, kept.digest_period) == (22, False, 2, "daily")
        assert NoticeChoice.objects.get(kind="comments").mail is True
        assert NoticeChoice.objects.get(kind="mention").mail is False
        assert set(MailChoice.objects.values_list("kind", "is_wanted")) == {
            ("session_reminder_1", False),
            ("session_reminder_7", False),
        }

    def test_quiet_hours_without_length_are_told_beside_the_box_and_what_was_typed_stays(self) -> None:
        client = reading(UserFactory())
        answer = client.post("/me/notifications/", self.sent(client, quiet_from="09:00", quiet_until="09:00"))
        assert answer.status_code == 422
        assert "Choose another hour than the one it begins at." in answer.text
        assert '<option value="09:00" selected>' in answer.text
        assert not HearingSettings.objects.exists()

    def test_it_costs_the_same_whatever_one_chose(self, django_assert_num_queries) -> None:
        member = UserFactory()
        client = reading(member)
        save_choices(by=member, hearing={}, channels={kind.key: set(kind.offers) for kind in notice_kinds})
        with django_assert_num_queries(5):
            client.get("/me/notifications/")

    def test_a_digest_that_was_stopped_from_a_mail_shows_as_never_and_comes_again_when_chosen(self) -> None:
        member = UserFactory()
        MailChoice.objects.create(member=member, kind="digest", is_wanted=False)
        client = reading(member)
        assert self.sent(client)["digest_period"] == "never"
        client.post("/me/notifications/", self.sent(client, digest_period="weekly"))
        assert not MailChoice.objects.exists()
        assert self.sent(client)["digest_period"] == "weekly"


class TestMails:
    """One mail of what happens to one subject within a quarter of an hour."""

    def read(self, sink: Sink) -> list[Any]:
        return [message_from_bytes(raw, policy=policy.default) for raw in sink.raw]

    def test_several_events_are_one_mail_and_those_after_it_another(self, sink: Sink, by_day) -> None:
        subject = BottleneckFactory(title="Rekenkracht").subject
        following(subject, EVERYTHING, language="nl")
        said(subject, "Een", by=UserFactory(name="Anna Berg"))
        by_day.shift(timedelta(minutes=10))
        said(subject, "Twee", by=UserFactory(name="Bram Smit"))
        outbox.send_due()
        assert sink.raw == []
        by_day.shift(timedelta(minutes=5))
        outbox.send_due()
        (mail,) = self.read(sink)
        assert mail["Subject"] == "Reactie van Bram Smit en 1 ander: Rekenkracht" or "Rekenkracht" in mail["Subject"]
        text = mail.get_body(("plain",)).get_content()
        assert "Een" in text
        assert "Twee" in text
        said(subject, "Drie")
        by_day.shift(timedelta(minutes=20))
        outbox.send_due()
        second = self.read(sink)[1]
        assert "Twee" not in second.get_body(("plain",)).get_content()
        assert second["References"] == mail["References"]  # mail programs show them as one thread
        assert second["Message-ID"] != mail["Message-ID"]

    def test_what_was_read_deleted_or_hidden_meanwhile_is_not_mailed(self, sink: Sink, by_day) -> None:
        subjects = [BottleneckFactory().subject for _each in range(4)]
        member = UserFactory(handle="anna")
        comments = [said(subject, "@anna") for subject in subjects]
        mark_read(by=member, subject=subjects[0].pk)
        delete_comment(comment=comments[1], by=comments[1].author)
        Subject.objects.filter(pk=subjects[2].pk).update(hidden_at=timezone.now())
        by_day.shift(timedelta(minutes=20))
        outbox.send_due()
        assert dict(Email.objects.filter(kind="notices").values_list("subject", "state")) == {
            subjects[0].pk: EmailState.CANCELLED,
            subjects[1].pk: EmailState.CANCELLED,
            subjects[2].pk: EmailState.CANCELLED,
            subjects[3].pk: EmailState.SENT,
        }

    def test_the_link_leads_to_the_comment_and_marks_it_as_read(self, sink: Sink, by_day) -> None:
        subject = BottleneckFactory().subject
        member = UserFactory(handle="anna")
        comment = said(subject, "@anna")
        by_day.shift(timedelta(minutes=20))
        outbox.send_due()
        text = self.read(sink)[0].get_body(("plain",)).get_content()
        path = re.search(r"(/notifications/\d+/)", text)[1]
        client = reading(member)
        answer = client.get(path, follow=True)
        assert answer.redirect_chain[-1][0] == f"{subject.url}#c{comment.pk}"
        assert count_unread(member) == 0
        other = reading(UserFactory())
        assert other.get(path).status_code == 404

    def test_quiet_hours_are_those_that_one_chose(self, sink: Sink, by_day) -> None:
        subject = BottleneckFactory().subject
        for handle, hearing in {
            "anna": {},
            "bram": {"quiet_from": "22:00", "quiet_until": "06:00"},
            "carla": {"quiet_from": "09:00", "quiet_until": "17:00"},
        }.items():
            save_choices(by=UserFactory(handle=handle), hearing=hearing, channels={})
        by_day.move_to(datetime(2026, 11, 25, 19, 30, tzinfo=UTC))  # half past eight in the evening
        said(subject, "@anna @bram @carla")
        by_day.shift(timedelta(minutes=20))
        outbox.send_due()
        assert set(Email.objects.filter(state="sent").values_list("member__handle", flat=True)) == {"bram", "carla"}

    def test_the_sixth_of_a_day_is_in_the_digest_instead(self, sink: Sink, by_day) -> None:
        member = UserFactory(handle="anna")
        for _each in range(6):
            said(BottleneckFactory().subject, "@anna")
        by_day.shift(timedelta(minutes=20))
        outbox.send_due()
        states = list(Email.objects.filter(kind="notices").order_by("pk").values_list("state", flat=True))
        assert states == ["sent"] * 5 + ["cancelled"]
        assert Notification.objects.filter(member=member).order_by("pk").last().in_digest

    def test_without_a_digest_it_waits_for_the_next_weekday(self, sink: Sink, by_day) -> None:
        member = UserFactory(handle="anna")
        save_choices(by=member, hearing={"digest_period": "never"}, channels={})
        for _each in range(6):
            said(BottleneckFactory().subject, "@anna")
        by_day.shift(timedelta(minutes=20))
        outbox.send_due()
        assert Email.objects.filter(kind="notices", state="waiting").count() == 1


class TestInThePortal:
    """Bell and list."""

    def test_the_bell_counts_subjects_and_the_list_groups_by_them(self, django_assert_num_queries) -> None:
        subject = BottleneckFactory(title="Rekenkracht").subject
        member = following(subject, FOLLOW, handle="anna", language="en")
        said(subject, by=UserFactory(name="Bram Smit"))
        said(subject, by=UserFactory(name="Carla Bos"))
        said(subject, "@anna", by=UserFactory(name="Dirk Vos"))
        client = reading(member)
        page = client.get("/notifications/")
        assert "Notifications, 1 new" in text_of(page)
        assert "Dirk Vos names you in a comment" in text_of(page)
        assert "Carla Bos and 1 other wrote a comment" in text_of(page)
        for number in range(30):
            said(BottleneckFactory().subject, f"@anna {number}")
        with django_assert_num_queries(2):
            client.get("/notifications/")

    def test_marking_one_or_all_as_read(self) -> None:
        first, second = BottleneckFactory().subject, BottleneckFactory().subject
        member = UserFactory(handle="anna")
        said(first, "@anna")
        said(second, "@anna")
        client = reading(member)
        client.post("/notifications/read/", {"subject": str(first.pk)})
        assert [group.subject for group in notices(member) if not group.is_read] == [second]
        box = client.post("/notifications/read/", headers={"hx-request": "true"}).text
        assert "Nothing new." in box
        assert 'id="bell"' in box
        assert count_unread(member) == 0

    def test_visiting_a_page_marks_nothing(self) -> None:
        subject = BottleneckFactory().subject
        member = UserFactory(handle="anna")
        said(subject, "@anna")
        reading(member).get(subject.url)
        assert count_unread(member) == 1

    def test_what_one_may_no_longer_see_is_neither_listed_nor_counted(self) -> None:
        subject = BottleneckFactory(title="Rekenkracht").subject
        member = UserFactory(handle="anna")
        comment = said(subject, "@anna")
        assert count_unread(member) == 1
        Subject.objects.filter(pk=subject.pk).update(hidden_at=timezone.now())
        page = reading(member).get("/notifications/")
        assert "Rekenkracht" not in page.text
        assert "1 new" not in text_of(page)
        assert Notification.objects.shown_to(facilitator()).count() == 0
        Subject.objects.filter(pk=subject.pk).update(hidden_at=None)
        delete_comment(comment=comment, by=comment.author)
        assert count_unread(member) == 0

    @pytest.mark.parametrize("audience", [Audience.HUBS, Audience.REPRESENTATIVES, Audience.NAMED])
    def test_the_bell_counts_what_is_for_few_for_those_few_only(self, audience: Audience) -> None:
        hub = HubFactory()
        subject = BottleneckFactory(hubs=[hub]).subject
        members = {
            "speaks": representative_of(hub, handle="anna"),
            "belongs": member_of(hub, handle="bram"),
            "elsewhere": UserFactory(handle="carla"),
            "named": UserFactory(handle="dirk"),
        }
        said(subject, "@anna @bram @carla @dirk")
        subject.readers.add(members["named"])
        Subject.objects.filter(pk=subject.pk).update(audience=audience)
        may = {
            Audience.HUBS: {"speaks", "belongs"},
            Audience.REPRESENTATIVES: {"speaks"},
            Audience.NAMED: {"named"},
        }[audience]
        loaded = {who: User.objects.for_request().get(pk=member.pk) for who, member in members.items()}
        assert {who for who, member in loaded.items() if member.new_notices} == may
        assert {who for who, member in members.items() if count_unread(member)} == may

    def test_a_comment_that_is_hidden_is_told_no_more_and_shown_again_it_is(self, sink: Sink, by_day) -> None:
        subject = BottleneckFactory(title="Rekenkracht").subject
        member = UserFactory(handle="anna")
        comment = said(subject, "@anna")
        case = hide(subject=subject, comment=comment, by=facilitator(), reason="hurts", text="x")
        assert count_unread(member) == 0
        assert "Rekenkracht" not in reading(member).get("/notifications/").text
        by_day.shift(timedelta(minutes=20))
        outbox.send_due()
        assert Email.objects.get(kind="notices").state == EmailState.CANCELLED
        restore(case=case, by=facilitator(), text="x")
        assert count_unread(member) == 1

    def test_the_bell_says_that_nothing_changed(self) -> None:
        member = UserFactory(handle="anna")
        client = reading(member)
        headers = {"hx-request": "true"}
        first = client.get("/notifications/bell/", headers=headers)
        again = client.get("/notifications/bell/", headers={**headers, "if-none-match": first.headers["ETag"]})
        assert (first.status_code, again.status_code) == (200, 304)
        said(BottleneckFactory().subject, "@anna")
        changed = client.get("/notifications/bell/", headers={**headers, "if-none-match": first.headers["ETag"]})
        assert "1 new" in text_of(changed)
        seconds = int(re.search(r'hx-trigger="every (\d+)s"', changed.text)[1])
        assert seconds >= 60
        assert Client().get("/notifications/bell/", headers=headers).status_code == 204


def test_what_was_told_three_months_ago_is_taken_out(by_day) -> None:
    member = UserFactory(handle="anna")
    said(BottleneckFactory().subject, "@anna")
    by_day.shift(timedelta(days=60))
    said(BottleneckFactory().subject, "@anna")
    by_day.shift(timedelta(days=31))
    assert forget_old_notices(now=timezone.now()) == 1
    assert Notification.objects.filter(member=member).count() == 1


class TestRegistries:
    """Everything that can be heard has its place."""

    def test_every_verb_that_is_heard_has_its_kind_and_every_kind_of_mail_its_box(self) -> None:
        for verb in verbs:
            assert verb.notice in notice_kinds
            assert verb.concerns is None or verb.concerns[1] in notice_kinds
        boxed = {mail for kind in notice_kinds for mail in kind.mails}
        account = {kind.key for kind in mail_kinds if kind.mail_class is MailClass.ACCOUNT}
        bundled = {"notices", "digest", "digest_still"}
        assert boxed | account | bundled == {kind.key for kind in mail_kinds}

    def test_a_kind_is_on_only_where_it_is_offered(self) -> None:
        for kind in notice_kinds:
            assert set(kind.default) <= set(kind.offers) or not kind.offers
            assert len(kind.key) <= 40


def test_nothing_is_left_of_an_erased_member_and_what_they_said_is_of_a_former_one() -> None:
    subject = BottleneckFactory().subject
    author, reader = UserFactory(name="Anna Berg", handle="anna"), following(subject, FOLLOW, language="en")
    said(subject, "@anna", by=UserFactory())
    said(subject, by=author)
    save_choices(by=author, hearing={}, channels={"mention": set()})
    erase_member(member=author)
    assert not Notification.objects.filter(member=author.pk).exists()
    assert not NoticeChoice.objects.exists()
    text = text_of(reading(reader).get("/notifications/"))
    assert "Anna" not in text
    assert "former member" in text.lower()
