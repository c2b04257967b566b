"""The sender: claims due mails, judges each once more, renders and sends them over one connection. Spec 06, Outbox.

What makes a killed sender harmless: its claims stand in the rows, and they hold only as long as its database session
does, through an advisory lock that PostgreSQL gives back when the process is gone. Every mail is marked on its own as
soon as the server took it, so at most the one in flight is sent a second time, with the same Message-ID.
"""

from __future__ import annotations

import contextlib
import logging
import random
import secrets
import smtplib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from time import monotonic
from types import TracebackType
from typing import Self

from django.core.mail import mailers
from django.core.mail.backends.base import BaseEmailBackend
from django.db import DatabaseError, InterfaceError, OperationalError, connection, transaction
from django.db.models import Q
from django.utils import timezone

from .hours import may_go_at, next_morning
from .links import Act, tokens_for
from .mailing import OutboxMessage, message_id_for, receiver_zone, render
from .mailkinds import MailClass, mail_kinds
from .models import Email, EmailState, LinkPurpose, MailChoice

logger = logging.getLogger(__name__)

BATCH = 100
#: A claim whose holder still lives is taken over after this long without a sign of it.
CLAIM_HOLDS = timedelta(minutes=10)
#: A holder says this often, in seconds, that it is at work, and learns which of its mails were cancelled meanwhile.
SIGN_OF_LIFE = 1.0
#: One run ends after so many seconds, so that other background work gets its turn; the next continues.
RUN = 25.0
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=4)
GIVE_UP_AFTER = timedelta(hours=48)
NEWS_A_DAY = 5
ADDRESS_KEPT = timedelta(days=90)
_TOO_LARGE = 552  # a refusal of MAIL FROM that is about the mail, not about the server (RFC 1870)
_CLOSING = 421

_jitter = random.SystemRandom()


class Refused(Exception):  # noqa: N818 - it is an answer
    """The server will never take this mail."""


class NotNow(Exception):  # noqa: N818 - it is an answer
    """The server does not take this mail now."""


class Unreachable(Exception):  # noqa: N818 - it is a state
    """The server takes nothing now: no connection, or it does not know us."""


def send_due(*, run: float = RUN) -> bool:
    """Send all mail that is due, for about ``run`` seconds at most; True when some is left for the next run.

    Any number of senders may work at once and each may be killed at any moment.
    """
    holder = secrets.randbits(63)
    stop_at = monotonic() + run
    with _alive(holder), _Line() as line:
        _take_over_claims()
        while mails := _claim(holder):
            try:
                _send_batch(mails, holder, line)
            except Unreachable as error:
                logger.warning("The mail server takes nothing now: %s", error)
                return False
            if monotonic() > stop_at:
                return True
    return False


# --- Claims -----------------------------------------------------------------------------------------------------------
@contextlib.contextmanager
def _alive(holder: int) -> Iterator[None]:
    """Hold the lock that says that claims of ``holder`` stand; it goes when this process does."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [holder])
    try:
        yield
    finally:
        with contextlib.suppress(DatabaseError), connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [holder])


def _take_over_claims() -> None:
    """Let mails wait again whose sender is gone, or has given no sign of life for too long."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE activity_email SET state = 'waiting', claimed_by = NULL, claimed_at = NULL
            WHERE state = 'sending' AND (claimed_at < %s OR NOT EXISTS (
                SELECT FROM pg_locks AS held
                WHERE held.locktype = 'advisory' AND held.objsubid = 1
                  AND held.database = (SELECT oid FROM pg_database WHERE datname = current_database())
                  AND (held.classid::bigint << 32 | held.objid::bigint) = activity_email.claimed_by
            ))
            """,
            [timezone.now() - CLAIM_HOLDS],
        )


def _claim(holder: int) -> list[Email]:
    """Take the next mails that are due: account mail first, then those that have waited longest."""
    now = timezone.now()
    order = ("-goes_first", "not_before", "pk")
    with transaction.atomic():
        due = Email.objects.filter(state=EmailState.WAITING, not_before__lte=now).order_by(*order)
        pks = list(due.select_for_update(skip_locked=True).values_list("pk", flat=True)[:BATCH])
        if not pks:
            return []
        rows = Email.objects.filter(pk__in=pks)
        rows.update(state=EmailState.SENDING, claimed_by=holder, claimed_at=now)
    mine = rows.filter(state=EmailState.SENDING, claimed_by=holder)  # some may have been cancelled since
    return list(mine.select_related("member", "subject").order_by(*order))


def _still_claimed(holder: int) -> set[int]:
    """Give a sign of life; return which mails are still ours to send."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE activity_email SET claimed_at = %s WHERE claimed_by = %s AND state = 'sending' RETURNING id",
            [timezone.now(), holder],
        )
        return {row[0] for row in cursor.fetchall()}


def _settle(mail: Email, **changes: object) -> None:
    """Write what became of ``mail``, unless it was cancelled or taken over meanwhile."""
    mine = Email.objects.filter(pk=mail.pk, state=EmailState.SENDING, claimed_by=mail.claimed_by)
    mine.update(claimed_by=None, claimed_at=None, **changes)


# --- One batch --------------------------------------------------------------------------------------------------------
def _send_batch(mails: Sequence[Email], holder: int, line: _Line) -> None:
    """Send the claimed ``mails``. Raises Unreachable after putting back what is left."""
    prepare(mails)
    unwanted = _unwanted(mails)
    news = _NewsToday(mails, holder)
    ours, checked = {mail.pk for mail in mails}, monotonic()
    for place, mail in enumerate(mails):
        if monotonic() - checked > SIGN_OF_LIFE:
            ours, checked = _still_claimed(holder), monotonic()
        if mail.pk not in ours:
            continue
        if not _may_go(mail, unwanted):
            _cancel(mail)
        elif (later := _later(mail, news)) is not None:
            _settle(mail, state=EmailState.WAITING, not_before=later)
        else:
            try:
                if _send(mail, line):
                    news.count(mail)
            except Unreachable as error:
                for left in mails[place:]:
                    _try_later(left, str(error))
                raise


def prepare(mails: Iterable[Email]) -> None:
    """Take address and language of today, and make all links that these mails carry at once."""
    acts: dict[int, list[Act]] = {}
    for mail in mails:
        kind = mail_kinds.get(mail.kind)
        if mail.member is None or kind is None or kind.mail_class is MailClass.ACCOUNT:
            continue
        mail.address, mail.language = mail.member.email, mail.member.language
        acts[mail.pk] = [Act(LinkPurpose.UNSUBSCRIBE, mail.member.pk, None, mail.kind)]
        acts[mail.pk] += [Act(purpose, mail.member.pk, mail.subject_id) for purpose in kind.acts]
    tokens = tokens_for(act for some in acts.values() for act in some)
    for mail in mails:
        mail.tokens = {str(act.purpose): tokens[act] for act in acts.get(mail.pk, []) if act in tokens}


def _unwanted(mails: Iterable[Email]) -> set[tuple[int, str]]:
    """Which members turned which kinds off."""
    rows = MailChoice.objects.filter(member__in={mail.member_id for mail in mails} - {None}, is_wanted=False)
    return set(rows.values_list("member_id", "kind"))


def _may_go(mail: Email, unwanted: set[tuple[int, str]]) -> bool:
    """Whether its receiver is there, wants it, and may see what it is about."""
    kind = mail_kinds.get(mail.kind)
    if not mail.address:
        return False
    if mail.member is None or kind is None or kind.mail_class is MailClass.ACCOUNT:
        return True
    if not mail.member.is_active or mail.member.activated_at is None or (mail.member.pk, mail.kind) in unwanted:
        return False
    return mail.subject is None or mail.subject.may_be_read_by(mail.member)


def _later(mail: Email, news: _NewsToday) -> datetime | None:
    """When ``mail`` may go if not now: the night fell while it waited, or there was enough news for one day."""
    kind = mail_kinds.get(mail.kind)
    if kind is None:
        return None
    now = timezone.now()
    zone = receiver_zone(mail)
    start = next_morning(now, zone) if news.is_enough(mail) else now
    moment = may_go_at(mail, kind, start, zone)
    return moment if moment > now else None


class _NewsToday:
    """How much news each member of a batch got on their present day."""

    def __init__(self, mails: Iterable[Email], holder: int) -> None:
        self.kinds = {kind.key for kind in mail_kinds if kind.mail_class is MailClass.NEWS}
        self.counts: Counter[int] = Counter()
        receivers = {mail.member.pk: mail for mail in mails if mail.member is not None and mail.kind in self.kinds}
        if not receivers:
            return
        # What another sender has in hand counts as sent: so two senders cannot pass the limit together.
        now = timezone.now()
        recent = Q(state=EmailState.SENT, sent_at__gte=now - timedelta(hours=36))
        in_hand = Q(state=EmailState.SENDING) & ~Q(claimed_by=holder)
        rows = Email.objects.filter(recent | in_hand, member__in=receivers.keys(), kind__in=self.kinds)
        for member, sent_at in rows.values_list("member_id", "sent_at"):
            zone = receiver_zone(receivers[member])
            if sent_at is None or sent_at.astimezone(zone).date() == now.astimezone(zone).date():
                self.counts[member] += 1

    def is_enough(self, mail: Email) -> bool:
        return mail.kind in self.kinds and mail.member_id is not None and self.counts[mail.member_id] >= NEWS_A_DAY

    def count(self, mail: Email) -> None:
        if mail.kind in self.kinds and mail.member_id is not None:
            self.counts[mail.member_id] += 1


# --- One mail ---------------------------------------------------------------------------------------------------------
def _send(mail: Email, line: _Line) -> bool:
    """Render and send ``mail`` and mark what came of it; True when the server took it. Raises Unreachable."""
    try:
        rendered = render(mail)
        message = None if rendered is None else OutboxMessage(rendered, to=mail.address)
    except (OperationalError, InterfaceError):
        raise  # the database is gone, and with it our claims
    except Exception as error:  # a fault in a kind or a template must stop this mail only, and be mended meanwhile
        logger.exception("Mail %s of kind %s cannot be rendered", mail.pk, mail.kind)
        _try_later(mail, f"cannot be rendered: {type(error).__name__}")
        return False
    if message is None:
        _cancel(mail)
        return False
    try:
        line.send(message)
    except NotNow as error:
        _try_later(mail, str(error))
    except Refused as error:
        logger.warning("Mail %s of kind %s was refused for good", mail.pk, mail.kind)
        _settle(mail, state=EmailState.FAILED, secret=None, attempts=mail.attempts + 1, last_error=str(error)[:500])
    else:
        _settle(
            mail,
            state=EmailState.SENT,
            sent_at=timezone.now(),
            secret=None,
            attempts=mail.attempts + 1,
            last_error="",
            address=mail.address,
            language=mail.language,
            message_id=mail.message_id or message_id_for(mail.dedupe_key),
        )
        return True
    return False


def _cancel(mail: Email) -> None:
    _settle(mail, state=EmailState.CANCELLED, secret=None)


def _try_later(mail: Email, error: str) -> None:
    """Put ``mail`` back for a while that doubles each time; give up 48 hours after the first attempt."""
    now = timezone.now()
    first = mail.first_tried_at or now
    wait = min(FIRST_WAIT * 2 ** min(mail.attempts, 12), LONGEST_WAIT) * _jitter.uniform(0.75, 1.25)
    changes: dict[str, object] = {"attempts": mail.attempts + 1, "first_tried_at": first, "last_error": error[:500]}
    if now + wait > first + GIVE_UP_AFTER:
        _settle(mail, state=EmailState.FAILED, secret=None, **changes)
    else:
        _settle(mail, state=EmailState.WAITING, not_before=now + wait, **changes)


class _Line:
    """The one connection of a run to the mail server, opened when the first mail is ready."""

    def __init__(self) -> None:
        self._backend: BaseEmailBackend = mailers.default

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._close()

    def _close(self) -> None:
        with contextlib.suppress(OSError):
            self._backend.close()

    def send(self, message: OutboxMessage) -> None:
        """Hand ``message`` to the server. Raises Refused, NotNow or Unreachable."""
        try:
            self._backend.open()
        except OSError as error:  # also what smtplib raises: no greeting, no TLS, wrong password
            self._close()
            raise Unreachable(_words(error)) from error
        try:
            self._backend.send_messages([message])
        except ValueError as error:
            raise Refused(f"not a usable address or header: {error}") from error
        except smtplib.SMTPRecipientsRefused as error:
            code, text = next(iter(error.recipients.values()))
            raise self._judged(code, text) from error
        except smtplib.SMTPSenderRefused as error:
            if error.smtp_code == _TOO_LARGE:
                raise self._judged(error.smtp_code, error.smtp_error) from error
            self._close()
            raise Unreachable(_words(error)) from error
        except smtplib.SMTPDataError as error:
            raise self._judged(error.smtp_code, error.smtp_error) from error
        except smtplib.SMTPNotSupportedError as error:
            raise Refused(_words(error)) from error
        except OSError as error:  # cut off: whether this mail arrived nobody knows; the next opens a new connection
            self._close()
            raise NotNow(_words(error)) from error

    def _judged(self, code: int, text: bytes | str) -> Refused | NotNow:
        words = text.decode(errors="replace") if isinstance(text, bytes) else text
        if code == _CLOSING:
            self._close()
        return Refused(f"{code} {words}") if code >= 500 else NotNow(f"{code} {words}")


def _words(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        text = error.smtp_error
        return f"{error.smtp_code} {text.decode(errors='replace') if isinstance(text, bytes) else text}"
    return f"{type(error).__name__}: {error}"


# --- Upkeep -----------------------------------------------------------------------------------------------------------
def empty_old_addresses(*, now: datetime) -> int:
    """Empty address, context and error of mails done with 90 days ago; keys stay. Returns of how many. Spec 06."""
    done = Email.objects.filter(state__in=[EmailState.SENT, EmailState.FAILED, EmailState.CANCELLED])
    old = done.exclude(address="").filter(
        Q(sent_at__lt=now - ADDRESS_KEPT) | Q(sent_at=None, created_at__lt=now - ADDRESS_KEPT)
    )
    return old.update(address="", context={}, secret=None, last_error="")
