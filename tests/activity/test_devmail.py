"""Mail in the demo: files instead of sending, and the pages that show them."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.urls import NoReverseMatch, reverse

from activity import devmail, outbox
from activity.actions import create_subject, queue_emails
from activity.mailkinds import CalendarPart, MailContent
from activity.models import Audience, Email, EmailState, Subject
from events.models import Session
from tests.activity.conftest import BY_DAY, Kinds, queued
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(tmp_path: Path, settings) -> Path:
    settings.DEV_MAIL_DIR = tmp_path / "mail"
    settings.MAILERS = {"default": {"BACKEND": "activity.devmail.FolderBackend"}}
    return tmp_path / "mail"


def _send(key: str = "a", **fields: object) -> Email:
    queue_emails([queued(key, **{"member": UserFactory(), **fields})])
    outbox.send_due()
    return Email.objects.get(dedupe_key=key)


def test_without_the_demo_there_is_no_such_page(client: Client) -> None:
    with pytest.raises(NoReverseMatch):
        reverse("activity:dev_mail_list")
    assert client.get("/dev/mail/").status_code == 404


class TestFolder:
    """Files."""

    def test_a_mail_is_one_file_named_after_its_message_id(self, folder: Path, kinds: Kinds, by_day) -> None:
        mail = _send()
        assert mail.state == EmailState.SENT
        assert [path.name for path in folder.iterdir()] == [f"{mail.message_id.strip('<>').partition('@')[0]}.eml"]
        assert folder.stat().st_mode & 0o077 == 0  # a mail holds links that act, for whoever reads it

    def test_the_same_mail_again_replaces_the_first(self, folder: Path, kinds: Kinds, by_day) -> None:
        mail = _send()
        Email.objects.filter(pk=mail.pk).update(state=EmailState.WAITING)
        outbox.send_due()
        assert len(list(folder.iterdir())) == 1

    def test_a_foreign_message_id_cannot_leave_the_folder(self) -> None:
        for name in ("<../../etc/passwd@x>", "<.@x>", "</@x>", ""):
            assert devmail.file_name(name).isalnum()

    def test_only_the_newest_stay(self, folder: Path, kinds: Kinds, by_day, monkeypatch) -> None:
        monkeypatch.setattr(devmail, "KEPT", 3)
        folder.mkdir()
        for number in range(5):
            path = folder / f"{number}.eml"
            path.write_text("To: a@example.org\n\n")
            os.utime(path, (number, number))
        _send()
        assert {"3.eml", "4.eml"} < {path.name for path in folder.iterdir()}
        assert len(list(folder.iterdir())) == 3


@pytest.mark.urls("tests.activity.demo_urls")
class TestPages:
    """What a visitor of the demo sees."""

    def test_mails_are_listed_newest_first_and_by_address(
        self, client: Client, folder: Path, kinds: Kinds, by_day
    ) -> None:
        first = _send("a", context={"title": "The first"})
        second = _send("b", context={"title": "The second"})
        for place, mail in enumerate((first, second)):
            path = folder / f"{devmail.file_name(mail.message_id)}.eml"
            os.utime(path, (place + 1_000, place + 1_000))
        text = client.get("/dev/mail/").text
        assert text.index("The second") < text.index("The first")
        text = client.get("/dev/mail/", {"to": first.address.upper()}).text
        assert "The first" in text
        assert "The second" not in text
        assert "No mail to" in client.get("/dev/mail/", {"to": "nobody@"}).text

    def test_an_empty_list_says_what_would_be_here(self, client: Client, folder: Path) -> None:
        assert "No mail has gone out yet" in client.get("/dev/mail/").text

    def test_what_waits_is_shown_with_its_hour_and_as_it_would_go_out(
        self, client: Client, folder: Path, kinds: Kinds, by_day
    ) -> None:
        by_day.move_to(BY_DAY.replace(hour=20))  # 21:00 in Amsterdam
        mail = _send(context={"title": "Good morning"})
        assert mail.state == EmailState.WAITING
        text = client.get("/dev/mail/").text
        assert "Kind asked_for" in text
        assert "goes out Thursday 26 November, 7:00" in text
        page = client.get(reverse("activity:dev_mail_waiting", args=[mail.pk]))
        assert "Good morning" in page.text
        frame = client.get(reverse("activity:dev_mail_waiting_frame", args=[mail.pk]))
        assert "Good morning" in frame.text
        mail.refresh_from_db()
        assert mail.state == EmailState.WAITING

    def test_what_would_be_cancelled_has_no_preview(self, client: Client, folder: Path, kinds: Kinds, by_day) -> None:
        subject = create_subject(Session.SUBJECT_KIND, title="T", language="en")
        queue_emails([queued("a", member=UserFactory(), subject=subject, not_before=BY_DAY + timedelta(hours=1))])
        address = reverse("activity:dev_mail_waiting", args=[Email.objects.get().pk])
        assert client.get(address).status_code == 200
        Subject.objects.update(audience=Audience.HUBS)
        assert client.get(address).status_code == 404
        Subject.objects.update(audience=Audience.MEMBERS)
        kinds.content = lambda _mail: None
        assert client.get(address).status_code == 404

    def test_the_list_costs_the_same_at_any_size(
        self, client: Client, folder: Path, kinds: Kinds, by_day, django_assert_num_queries
    ) -> None:
        member = UserFactory()
        for count in (10, 1_000):
            later = BY_DAY.replace(hour=11)
            queue_emails(queued(f"{count}:{n}", member=member, not_before=later) for n in range(count))
            with django_assert_num_queries(1):
                client.get("/dev/mail/")

    @pytest.mark.parametrize(
        ("show", "expected"),
        [
            ("html", "<iframe"),
            ("text", "News: <a href="),
            ("headers", "Auto-Submitted"),
            ("calendar", "BEGIN:VCALENDAR"),
            ("nonsense", "<iframe"),
        ],
    )
    def test_one_mail_has_its_parts(
        self, client: Client, folder: Path, kinds: Kinds, by_day, show: str, expected: str
    ) -> None:
        kinds.content = lambda _mail: MailContent(
            {"title": "News", "url": "https://doorbraak.example/x/"},
            lambda: CalendarPart("REQUEST", b"BEGIN:VCALENDAR\r\n"),
        )
        name = devmail.file_name(_send().message_id)
        response = client.get(reverse("activity:dev_mail_detail", args=[name]), {"show": show})
        assert response.status_code == 200
        assert expected in response.text

    def test_the_links_of_a_mail_stand_on_its_page(self, client: Client, folder: Path, kinds: Kinds, by_day) -> None:
        name = devmail.file_name(_send().message_id)
        text = client.get(reverse("activity:dev_mail_detail", args=[name])).text
        assert '<a href="https://doorbraak.example/x/">Open</a>' in text
        assert "/mail/unsubscribe/" in text

    def test_the_raw_mail_is_sealed_off(self, client: Client, folder: Path, kinds: Kinds, by_day) -> None:
        name = devmail.file_name(_send().message_id)
        response = client.get(reverse("activity:dev_mail_frame", args=[name]))
        policy = "sandbox; default-src 'none'; img-src 'self'; style-src 'unsafe-inline'"
        assert response["Content-Security-Policy"] == policy
        assert response["X-Frame-Options"] == "SAMEORIGIN"

    @pytest.mark.parametrize("path", ["/dev/mail/none/", "/dev/mail/none/frame/", "/dev/mail/waiting/1/"])
    def test_what_is_not_there_is_not_found(self, client: Client, folder: Path, path: str) -> None:
        assert client.get(path).status_code == 404
