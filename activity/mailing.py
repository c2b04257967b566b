"""From a row of the outbox to a message: rendering, headers, MIME. Spec 06, Outbox."""

from __future__ import annotations

import email.policy
import email.utils
import secrets
from binascii import b2a_qp
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.header import Header
from email.mime.base import MIMEBase
from email.mime.multipart import MIMEMultipart
from email.mime.nonmultipart import MIMENonMultipart
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from css_inline import CSSInliner
from django.conf import settings
from django.core.mail import EmailMessage
from django.template import Context, Template
from django.template.loader import get_template
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.crypto import salted_hmac

from ui.addresses import ascii_domain

from .links import UNSUBSCRIBE
from .mailkinds import CalendarPart, MailClass, MailContent, MailKind, mail_kinds
from .models import Email

if TYPE_CHECKING:
    from email.message import Message

#: Stands between the subject and the body of a rendered text template; no text that people write holds it.
END_OF_SUBJECT = "\x1e"
LONGEST_SUBJECT = 180
#: RFC 5322, 2.1.1, less the name of the header.
LONGEST_LINE = 950


@dataclass
class Rendered:
    """A mail in the receiver's language, before it becomes MIME."""

    subject: str
    text: str
    html: str
    calendar: CalendarPart | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


def sender_domain() -> str:
    """Return the domain that mails are sent from."""
    return _domain_of(settings.DEFAULT_FROM_EMAIL)


@cache
def _domain_of(sender: str) -> str:
    address: str = email.utils.parseaddr(sender)[1]
    return _ascii(address).rpartition("@")[2] or "localhost"


def message_id_for(dedupe_key: str) -> str:
    """Return the Message-ID of the mail with this key: always the same, and telling nothing about the key."""
    code = salted_hmac("doorbraak.activity.message-id", dedupe_key, algorithm="sha256").hexdigest()[:40]
    return f"<{code}@{sender_domain()}>"


def receiver_zone(mail: Email) -> ZoneInfo:
    """Return the time zone of who gets ``mail``."""
    return ZoneInfo(mail.member.time_zone if mail.member else timezone.get_default_timezone_name())


def render(mail: Email, content: MailContent) -> Rendered:
    """Render ``mail`` in the language and on the clocks of who gets it.

    Raises KeyError for an unknown kind, and whatever its templates, or what is lazy in ``content``, raise.
    """
    kind = mail_kinds[mail.kind]
    unsubscribe_url = _unsubscribe_url(mail, kind)
    context: dict[str, Any] = {
        "email": mail,
        "member": mail.member,
        "first_name": mail.member.get_short_name() if mail.member else "",
        "base_url": settings.BASE_URL,
        "site": urlsplit(settings.BASE_URL).netloc,
        "language": mail.language,
        "kind": kind,
        "reason": kind.reason,
        "unsubscribe_url": unsubscribe_url,
        "end_of_subject": END_OF_SUBJECT,
        **content.context,
    }
    with translation.override(mail.language), timezone.override(receiver_zone(mail)):
        subject, _mark, text = (
            _template(f"{kind.template}.txt").render(Context(context, autoescape=False)).partition(END_OF_SUBJECT)
        )
        subject = " ".join(subject.split())[:LONGEST_SUBJECT]
        html = _template(f"{kind.template}.html").render(Context({**context, "mail_subject": subject}))
        calendar = content.calendar() if content.calendar else None
    return Rendered(
        subject=subject,
        text=text.strip() + "\n",
        html=_inliner().inline(html),
        calendar=calendar,
        headers=_headers(mail, kind, unsubscribe_url, content.thread),
    )


def _template(name: str) -> Template:
    """The engine's own template: mails have no request, and plain text no escaping."""
    template: Template = get_template(name).template  # type: ignore[attr-defined]
    return template


@cache
def _inliner() -> CSSInliner:
    """Moves the style sheet of a mail into its elements; what depends on the screen (dark, narrow) stays a sheet."""
    return CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)


def _unsubscribe_url(mail: Email, kind: MailKind) -> str:
    if kind.mail_class is MailClass.ACCOUNT or UNSUBSCRIBE.key not in mail.tokens:
        return ""
    return settings.BASE_URL + reverse("activity:unsubscribe", args=[mail.tokens[UNSUBSCRIBE.key]])


def _headers(mail: Email, kind: MailKind, unsubscribe_url: str, thread: str) -> dict[str, str]:
    headers = {
        "Message-ID": mail.message_id or message_id_for(mail.dedupe_key),
        "Date": email.utils.format_datetime(timezone.localtime()),
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "OOF, AutoReply",
        "Content-Language": mail.language,
    }
    if kind.mail_class is not MailClass.ACCOUNT:
        headers["List-Id"] = f"Doorbraak <{kind.key.replace('_', '-')}.{sender_domain()}>"
    if thread:  # its first mail is one that nobody sends, so that all others stand below the same
        headers["References"] = headers["In-Reply-To"] = message_id_for(f"thread:{thread}")
    if unsubscribe_url:
        headers["List-Unsubscribe"] = f"<{unsubscribe_url}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return headers


class _ReadyHeaders(email.policy.Compat32):
    """Writes headers as they are: they hold ASCII only, and links stay on one line, which some programs need."""

    def fold_binary(self, name: str, value: str) -> bytes:
        return f"{name}: {value}{self.linesep}".replace("\n ", f"{self.linesep} ").encode("ascii")


class _Parts(MIMEMultipart):
    """A message of parts that are ASCII already. Python's own writer looks at every line of them once more."""

    def as_bytes(self, unixfrom: bool = False, policy: email.policy.Policy | None = None) -> bytes:
        """What goes over the wire; written by ``policy`` if one is given, as any message is."""
        if unixfrom or policy is not None:
            return super().as_bytes(unixfrom, policy)
        return _written(self, self.policy)


def _written(part: Message, policy: email.policy.Policy) -> bytes:
    line_end = policy.linesep.encode()
    head = b"".join(policy.fold_binary(name, value) for name, value in part.raw_items()) + line_end
    content: Any = part.get_payload()
    if isinstance(content, str):
        return head + content.replace("\n", policy.linesep).encode("ascii")
    boundary = b"--" + part.get_boundary("").encode("ascii")
    each = [boundary + line_end + _written(inner, policy) + line_end for inner in content]
    return b"".join([head, *each, boundary, b"--", line_end])


class OutboxMessage(EmailMessage):
    """A rendered mail as Django's mailers take it.

    The message is put together from parts encoded in C and headers that need no folding: Django's own way costs several
    times as much, and a digest for everyone is a hundred thousand of these (measured by tests/load/mail.py).
    """

    def __init__(self, rendered: Rendered, *, to: str) -> None:
        super().__init__(
            subject=rendered.subject,
            body=rendered.text,
            from_email=_sender(settings.DEFAULT_FROM_EMAIL),
            to=[to],
            headers=dict(rendered.headers),
        )
        self.rendered = rendered

    def recipients(self) -> list[str]:
        """Whom the server is told: Django's mailer would write the domain by IDNA 2003, which may be somebody else's.

        Raises ValueError for a domain that cannot exist.
        """
        return [_ascii(address) for address in self.to]

    @property
    def alternatives(self) -> list[tuple[str, str]]:
        """The HTML part, where Django's own multipart messages have it."""
        return [(self.rendered.html, "text/html")]

    def message(self, *, policy: email.policy.Policy = email.policy.default) -> Message:  # type: ignore[override]
        """Build the MIME message with the line ends of ``policy``. Raises ValueError for a line break in a header."""
        ready = _ReadyHeaders(linesep=policy.linesep)
        # "=_" never stands in quoted-printable text, so no part can hold what separates the parts (RFC 2045, 6.7).
        boundary = f"=_{secrets.token_hex(16)}"
        alternative = _Parts("alternative", boundary, policy=ready)
        alternative.attach(_text_part(self.rendered.text, "plain"))
        alternative.attach(_text_part(self.rendered.html, "html"))
        message: MIMEBase = alternative
        if self.rendered.calendar is not None:
            alternative.attach(_calendar_part(self.rendered.calendar))
            message = _Parts("mixed", f"{boundary}_mixed", policy=ready)
            message.attach(alternative)
            message.attach(_calendar_file(self.rendered.calendar))
        message["From"] = self.from_email
        message["To"] = _address(self.to[0])
        message["Subject"] = _encoded(" ".join(self.rendered.subject.split()))
        for name, value in self.rendered.headers.items():
            message[name] = value
        if any(not _fits(value) for name, value in message.items() if name != "Subject"):
            raise ValueError("a header of a mail holds a line break, or too much")
        return message


def _text_part(text: str, subtype: str, parameters: Mapping[str, str] | None = None) -> MIMENonMultipart:
    part = MIMENonMultipart("text", subtype, policy=None, charset="utf-8", **(parameters or {}))
    part["Content-Transfer-Encoding"] = "quoted-printable"
    part.set_payload(b2a_qp(text.encode(), istext=True).decode("ascii"))
    return part


def _calendar_part(calendar: CalendarPart) -> MIMENonMultipart:
    """The invitation as mail clients act on it (RFC 6047)."""
    return _text_part(_unix(calendar), "calendar", {"method": calendar.method})


def _calendar_file(calendar: CalendarPart) -> MIMENonMultipart:
    """The same once more for clients that only know attachments."""
    part = _text_part(_unix(calendar), "calendar", {"name": "invite.ics"})
    part["Content-Disposition"] = 'attachment; filename="invite.ics"'
    return part


def _unix(calendar: CalendarPart) -> str:
    return calendar.content.decode().replace("\r\n", "\n")


def _fits(value: str) -> bool:
    return len(value) <= LONGEST_LINE and "\n" not in value and "\r" not in value


def _encoded(value: str) -> str:
    """Return ASCII: encoded words of at most 75 characters, one a line (RFC 2047)."""
    return value if value.isascii() else Header(value, "utf-8", header_name="Subject", maxlinelen=75).encode()


def _address(value: str) -> str:
    """Return an address with its domain in A-labels. Raises ValueError for a domain that cannot exist."""
    name, address = email.utils.parseaddr(value)
    return email.utils.formataddr((name, _ascii(address)))


@cache
def _sender(value: str) -> str:
    """The address that mails are sent from, of which there is one."""
    return _address(value)


def _ascii(address: str) -> str:
    local, _at, domain = address.rpartition("@")
    return address if domain.isascii() else f"{local}@{ascii_domain(domain)}"
