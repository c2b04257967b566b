"""What a mail looks like on its way: headers, parts, languages, and what cannot slip into it."""

from __future__ import annotations

import email.policy
import re
from datetime import UTC, datetime
from email.generator import BytesGenerator
from email.message import EmailMessage
from io import BytesIO

import pytest
from django.core import mail as django_mail
from django.test import Client

from activity import outbox
from activity.actions import create_subject, queue_emails
from activity.mailing import OutboxMessage, Rendered
from activity.mailkinds import CalendarPart, MailContent
from activity.models import Email
from activity.sealing import seal
from events.models import Session
from tests.activity.conftest import Kinds, queued
from tests.activity.sink import Sink
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db

INVITE = b"BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nSUMMARY:Caf\xc3\xa9\r\nEND:VCALENDAR\r\n"


@pytest.fixture
def sent(sink: Sink, kinds: Kinds, by_day):
    """Queue one mail, send it, return it as it arrived."""

    def send(kind: str = "asked_for", **fields: object) -> EmailMessage:
        if "address" not in fields:
            fields.setdefault("member", UserFactory())
        queue_emails([queued("a", kind=kind, **fields)])
        outbox.send_due()
        (message,) = sink.messages
        return message

    return send


def _html(message: EmailMessage) -> str:
    body = message.get_body(("html",))
    assert body is not None
    return str(body.get_content())


def _text(message: EmailMessage) -> str:
    body = message.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


@pytest.mark.parametrize("kind", ["asked_for", "news"])
def test_every_mail_but_account_mail_can_be_stopped_with_one_click(sent, kind: str) -> None:
    message = sent(kind)
    url = str(message["List-Unsubscribe"]).strip("<>")
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["List-Id"] == f"Doorbraak <{kind.replace('_', '-')}.doorbraak.example>"
    assert url in _html(message)
    assert url in _text(message)
    assert url.startswith("http://localhost:8000/mail/unsubscribe/")
    answer = Client(enforce_csrf_checks=True).post(url.removeprefix("http://localhost:8000"))
    assert answer.status_code == 200
    queue_emails([queued("b", kind=kind, member=Email.objects.get().member)])
    outbox.send_due()
    assert Email.objects.get(dedupe_key="b").state == "cancelled"


def test_account_mail_has_no_list_headers(sent) -> None:
    message = sent("account")
    assert [name for name in message if name.startswith("List-")] == []
    assert "unsubscribe" not in _html(message)


@pytest.mark.parametrize("kind", ["account", "asked_for", "news"])
def test_every_mail_says_why_and_that_a_machine_wrote_it(sent, kind: str) -> None:
    message = sent(kind)
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Date"].datetime == datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
    assert message["From"] == "Doorbraak <noreply@doorbraak.example>"
    for part in (_html(message), _text(message)):
        assert "You get this because of a test." in part


def test_text_and_html_say_the_same_and_nothing_is_tracked(sent) -> None:
    message = sent(context={"title": "Café & “data”"})
    assert message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    assert message["Subject"] == "Café & “data”"
    assert "Café & “data”: https://doorbraak.example/x/" in _text(message)
    html = _html(message)
    assert "Café &amp; “data”" in html
    assert "<img" not in html
    assert "src=" not in html


def test_styles_stand_in_the_elements_and_what_depends_on_the_screen_in_a_sheet(sent) -> None:
    html = _html(sent())
    assert re.search(r'<h1 class="ink" style="[^"]*font-family: Georgia', html)
    sheet = html[html.index("<style>") : html.index("</style>")]
    assert "prefers-color-scheme: dark" in sheet
    assert "max-width: 480px" in sheet
    assert '<meta name="color-scheme" content="light dark">' in html


def test_every_line_is_short_enough_for_every_server(sink: Sink, sent) -> None:
    sent(context={"title": "ë" * 5_000})
    assert max(len(line) for line in sink.raw[0].split(b"\r\n")) <= 998
    assert b"\n" not in sink.raw[0].replace(b"\r\n", b"")


def test_a_long_subject_is_encoded_in_words_that_every_program_reads(sink: Sink, sent) -> None:
    title = "Kernvertegenwoordigersbijeenkomst: één café per kern, over knelpunten en doorbraken " * 2
    assert sent(context={"title": title})["Subject"] == title.strip()
    head = sink.raw[0].partition(b"\r\n\r\n")[0]
    words = re.findall(rb"=\?utf-8\?\S+", head)
    assert len(words) > 1
    assert all(len(word) <= 75 for word in words)


def test_an_invitation_travels_as_part_and_as_file(kinds: Kinds, sent) -> None:
    kinds.content = lambda _mail: MailContent({"title": "T"}, lambda: CalendarPart("REQUEST", INVITE))
    message = sent()
    assert message.get_content_type() == "multipart/mixed"
    alternative, attached = message.iter_parts()
    calendar = list(alternative.iter_parts())[2]
    assert calendar.get_content_type() == "text/calendar"
    assert calendar.get_param("method") == "REQUEST"
    assert attached.get_filename() == "invite.ics"
    for part in (calendar, attached):
        content = part.get_payload(decode=True)
        assert content.replace(b"\r\n", b"\n") == INVITE.replace(b"\r\n", b"\n")


@pytest.mark.parametrize("language", ["en", "nl"])
def test_a_mail_speaks_the_language_and_the_time_of_its_reader(kinds: Kinds, sent, language: str) -> None:
    moment = datetime(2026, 12, 10, 8, 30, tzinfo=UTC)
    kinds.content = lambda _mail: MailContent({"title": "T", "moment": moment})
    message = sent(member=UserFactory(language=language, time_zone="Europe/London"))
    assert message["Content-Language"] == language
    assert f'<html lang="{language}"' in _html(message)
    assert ("donderdag 10 december" if language == "nl" else "Thursday 10 December") in message["Subject"]
    assert re.search(r"8[:.]30", message["Subject"])


def test_names_and_titles_cannot_add_headers_or_markup(sent) -> None:
    title = "Hello\r\nBcc: everyone@doorbraak.example\r\n\r\n<script>alert(1)</script>\x1e"
    message = sent(member=UserFactory(name="Eve\r\nBcc: a@example.org <b>"), context={"title": title})
    assert message["Bcc"] is None
    assert "\n" not in message["Subject"]
    assert message["Subject"].startswith("Hello Bcc: everyone@doorbraak.example")
    assert "<script>" not in _html(message)
    assert len(message.get_all("To")) == 1


def test_a_secret_is_read_at_sending_and_gone_afterwards(kinds: Kinds, sent) -> None:
    kinds.content = lambda mail: MailContent({"title": mail.opened()["code"]})
    assert sent("account", secret=seal({"code": "482 913"}))["Subject"] == "482 913"
    row = Email.objects.get()
    assert row.secret is None
    assert row.opened() == {}


def test_links_that_act_are_made_for_the_mails_own_subject(kinds: Kinds, sent) -> None:
    subject = create_subject(Session.SUBJECT_KIND, title="T", language="en")
    kinds.content = lambda mail: MailContent({"title": " ".join(sorted(mail.tokens))})
    assert sent(subject=subject)["Subject"] == "unsubscribe withdraw"


def test_whoever_has_no_account_gets_no_unsubscribe_link(sent) -> None:
    message = sent("asked_for", address="official@example.org", language="nl")
    assert message["List-Unsubscribe"] is None
    assert message["To"] == "official@example.org"


def test_any_mailer_of_django_takes_the_messages(kinds: Kinds, by_day) -> None:
    queue_emails([queued("a", member=UserFactory(), context={"title": "Hello"})])
    outbox.send_due()
    (message,) = django_mail.outbox
    assert message.subject == "Hello"
    assert isinstance(message, OutboxMessage)
    assert message.alternatives[0][1] == "text/html"
    assert message.to == [Email.objects.get().address]


def test_what_goes_over_the_wire_is_what_python_itself_would_write() -> None:
    """With line ends, umlauts, long lines, lines of dots and a calendar."""
    text = "Hé daar,\n\n.\n..stip\nFrom mij\n" + "lang " * 300 + "\n"
    for calendar in (None, CalendarPart("REQUEST", b"BEGIN:VCALENDAR\r\nSUMMARY:\xc3\xa9\r\nEND:VCALENDAR\r\n")):
        rendered = Rendered(subject="Één ding", text=text, html=f"<p>{text}</p>", calendar=calendar)
        for policy in (email.policy.SMTP, email.policy.default):
            message = OutboxMessage(rendered, to="jan@doorbraak.example").message(policy=policy)
            own = BytesIO()
            BytesGenerator(own, mangle_from_=False).flatten(message)
            assert message.as_bytes() == own.getvalue()
