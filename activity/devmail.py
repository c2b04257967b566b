"""Mail in the demo: kept as files instead of sent, and shown at /dev/mail/ with what still waits. Spec 06 and 07."""

from __future__ import annotations

import contextlib
import email.policy
import hashlib
import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage as ParsedMessage
from email.parser import BytesParser
from html.parser import HTMLParser
from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.utils import translation

from ui.addresses import ascii_domain, shown_address

from .mailing import OutboxMessage, render
from .mailkinds import MailKind, mail_kinds
from .models import Email, EmailState
from .outbox import load, prepare, wanted

#: How many mails the folder keeps; older ones are removed.
KEPT = 1_000
SHOWN = 50


class FolderBackend(BaseEmailBackend):
    """A mailer that writes each mail as one file into ``DEV_MAIL_DIR``; the same mail again replaces the first."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Write every message; a reader never sees half of one."""
        folder = Path(settings.DEV_MAIL_DIR)
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)  # mails hold links that act
        for message in email_messages:
            content = message.message().as_bytes()
            name = file_name(
                BytesParser(policy=email.policy.compat32).parsebytes(content, headersonly=True)["Message-ID"]
            )
            unfinished = folder / f".{name}.{os.getpid()}"
            unfinished.write_bytes(content)
            unfinished.replace(folder / f"{name}.eml")
        return len(email_messages)

    def close(self) -> None:
        """Remove what is more than the folder keeps."""
        for path in _newest_first()[KEPT:]:
            path.unlink(missing_ok=True)


def file_name(message_id: str) -> str:
    """Return a name, good for a file and a URL, that stands for this Message-ID."""
    local = message_id.strip("<>").partition("@")[0]
    return local if re.fullmatch(r"[0-9a-f]{40}", local) else hashlib.sha256(message_id.encode()).hexdigest()[:40]


def _newest_first() -> list[Path]:
    try:
        with os.scandir(settings.DEV_MAIL_DIR) as entries:
            found = [(entry.stat().st_mtime_ns, entry.path) for entry in entries if entry.name.endswith(".eml")]
    except FileNotFoundError:
        return []
    return [Path(path) for _written, path in sorted(found, reverse=True)]


@dataclass(frozen=True)
class KeptMail:
    """A mail as the list shows it."""

    name: str
    to: str
    subject: str
    at: datetime


def kept_mails(address: str = "") -> list[KeptMail]:
    """Return the newest mails, at most 50, to addresses that hold ``address``."""
    parser = BytesParser(policy=email.policy.default)
    mails: list[KeptMail] = []
    for path in _newest_first():
        try:
            with path.open("rb") as file:
                headers = parser.parse(file, headersonly=True)
            written = path.stat().st_mtime
        except FileNotFoundError:
            continue
        to = str(headers["To"])
        if address.lower() in f"{to} {shown_address(to)}".lower():
            at = datetime.fromtimestamp(written, tz=UTC)
            mails.append(KeptMail(name=path.stem, to=shown_address(to), subject=str(headers["Subject"]), at=at))
            if len(mails) == SHOWN:
                break
    return mails


def kept_message(name: str) -> ParsedMessage | None:
    """Return one mail of the folder."""
    try:
        content = (Path(settings.DEV_MAIL_DIR) / f"{name}.eml").read_bytes()
    except OSError:  # not there, or no name that a file can have
        return None
    return _parsed(content)


@dataclass(frozen=True)
class WaitingMail:
    """A mail of the outbox that has not gone out."""

    row: Email
    kind: MailKind | None


def waiting_mails(address: str = "") -> list[WaitingMail]:
    """Return what the outbox holds back for now, soonest first, at most 50. One query."""
    rows = Email.objects.filter(state__in=[EmailState.WAITING, EmailState.SENDING])
    local, at, domain = address.rpartition("@")
    with contextlib.suppress(UnicodeError):  # not a whole domain
        domain = domain if domain.isascii() else ascii_domain(domain)
    rows = rows.filter(address__icontains=f"{local}{at}{domain}").order_by("not_before", "pk")
    return [WaitingMail(row, mail_kinds.get(row.kind)) for row in rows[:SHOWN]]


def waiting_message(pk: int) -> ParsedMessage | None:
    """Render a waiting mail as it would go out now; None when there is none, or it would be cancelled.

    Raises what its kind raises.
    """
    rows = Email.objects.filter(pk=pk, state__in=[EmailState.WAITING, EmailState.SENDING])
    mail = rows.select_related("member", "subject").first()
    if mail is None:
        return None
    prepare([mail])
    contents, faults = load([mail] if wanted([mail]) else [])
    for fault in faults.values():
        raise fault
    if mail.pk not in contents:
        return None
    rendered = render(mail, contents[mail.pk])
    return _parsed(OutboxMessage(rendered, to=mail.address).message().as_bytes())


def sample_message(kind: MailKind, language: str) -> ParsedMessage | None:
    """Render a sample of ``kind`` in ``language``; None when this community holds nothing it could be about.

    Whatever that writes is rolled back, so the links in it lead nowhere. Raises what the kind raises, and LookupError
    for a kind without a sample or a sample that its own kind finds pointless.
    """
    if kind.sample is None:
        raise LookupError(f"no app provides a sample of {kind.key!r}")
    with transaction.atomic():
        try:
            return _sample_message(kind, kind.sample, language)
        finally:
            transaction.set_rollback(True)


def _sample_message(kind: MailKind, sample: Callable[[], Email | None], language: str) -> ParsedMessage | None:
    with translation.override(None):
        mail = sample()
    if mail is None:
        return None
    prepare([mail])
    mail.language = language
    contents, faults = load([mail])
    for fault in faults.values():
        raise fault
    if mail.pk not in contents:
        raise LookupError(f"the sample of {kind.key!r} is pointless to its own kind")
    return _parsed(OutboxMessage(render(mail, contents[mail.pk]), to=mail.address).message().as_bytes())


def _parsed(content: bytes) -> ParsedMessage:
    message = BytesParser(policy=email.policy.default).parsebytes(content)
    assert isinstance(message, ParsedMessage)  # noqa: S101 - the default policy makes these
    return message


@dataclass(frozen=True)
class MailLink:
    """A link in a mail: its words and where it leads."""

    words: str
    url: str


@dataclass(frozen=True)
class MailParts:
    """A mail taken apart for its page."""

    subject: str
    to: str
    headers: list[tuple[str, str]]
    html: str
    text: str
    calendar: str
    links: list[MailLink]


def take_apart(message: ParsedMessage) -> MailParts:
    """Return what the page of one mail shows."""
    html = message.get_body(("html",))
    text = message.get_body(("plain",))
    calendar = next((part for part in message.walk() if part.get_content_type() == "text/calendar"), None)
    html_text = html.get_content() if html else ""
    return MailParts(
        subject=str(message["Subject"]),
        to=str(message["To"]),
        headers=[(name, str(value)) for name, value in message.items()],
        html=html_text,
        text=text.get_content() if text else "",
        calendar=calendar.get_content() if calendar else "",
        links=_links(html_text),
    )


def _links(html: str) -> list[MailLink]:
    """The links of a mail: its frame on the page is sealed off, so they stand below it as well."""
    finder = _LinkFinder()
    finder.feed(html)
    return finder.links


class _LinkFinder(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.links: list[MailLink] = []
        self._url = ""
        self._words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            url = dict(attrs).get("href") or ""
            self._url, self._words = url if url.startswith(("http://", "https://")) else "", []

    def handle_data(self, data: str) -> None:
        self._words.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "a" and self._url:
            self.links.append(MailLink(" ".join("".join(self._words).split()) or self._url, self._url))
            self._url = ""
