"""The sender: claims due mails, judges them once more, renders and sends them over one connection. Spec 06, Outbox.

A batch is judged and loaded as a whole, in a fixed number of statements; each mail has one of its own, its mark. What
was judged holds for a second: whatever has not gone out by then is judged again.

What makes a killed sender harmless: its claims stand in the rows, and they hold only as long as its database session
does, through an advisory lock that PostgreSQL gives back when the process is gone. Every mail is marked on its own as
soon as the server took it, so at most the one in flight is sent a second time, with the same Message-ID.
"""

from __future__ import annotations

import contextlib
import logging
import secrets
import smtplib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from time import monotonic
from types import TracebackType
from typing import Self

from django.core.mail import mailers
from django.core.mail.backends.base import BaseEmailBackend
from django.db import DatabaseError, InterfaceError, OperationalError, connection, transaction
from django.db.models import OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone, translation

from .announcements import expand_next
from .failures import CANNOT_BE_RENDERED, FAILED_MAIL, UNUSABLE_ADDRESS
from .following.models import HearingSettings
from .hours import NIGHT, Quiet, may_go_at, next_morning, wait_after
from .links import UNSUBSCRIBE, Act, tokens_for
from .mailing import OutboxMessage, receiver_zone, render
from .mailkinds import MailClass, MailContent, mail_kinds
from .models import Email, EmailState, MailChoice
from .visibility import may_read

logger = logging.getLogger(__name__)

BATCH = 100
#: A claim whose holder still lives is taken over after this long without a sign of it.
CLAIM_HOLDS = timedelta(minutes=10)
#: A holder says this often, in seconds, that it is at work, and judges anew what it has not sent yet.
SIGN_OF_LIFE = 1.0
#: One run ends after so many seconds, so that other background work gets its turn; the next continues.
RUN = 25.0
GIVE_UP_AFTER = timedelta(hours=48)
NEWS_A_DAY = 5
ADDRESS_KEPT = timedelta(days=90)
_TOO_LARGE = 552  # a refusal of MAIL FROM that is about the mail, not about the server (RFC 1870)
_CLOSING = 421

#: Account mail goes first, then what has waited longest.
IN_ORDER = ("-goes_first", "not_before", "pk")


class Refused(Exception):  # noqa: N818 - it is an answer
    """The server will never take this mail."""


class NotNow(Exception):  # noqa: N818 - it is an answer
    """The server does not take this mail now."""


class Unreachable(Exception):  # noqa: N818 - it is a state
    """The server takes nothing now: no connection, or it does not know us."""


def send_due(*, run: float = RUN) -> bool:
    """Send all mail that is due, for about ``run`` seconds at most; True when some is left for the next run.

    Before each batch the mails of one announcement are made, if one is due: so neither keeps the other waiting for
    long. Any number of senders may work at once and each may be killed at any moment.
    """
    holder = secrets.randbits(63)
    stop_at = monotonic() + run
    with _alive(holder), _Line() as line:
        _take_over_claims()
        while True:
            expanded = expand_next()
            mails = _claim(holder)
            if not mails and not expanded:
                return False
            try:
                _send_batch(mails, holder, line)
            except Unreachable as error:
                logger.warning("The mail server takes nothing now: %s", error)
                return False
            if monotonic() > stop_at:
                return True


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
    with transaction.atomic():
        due = Email.objects.filter(state=EmailState.WAITING, not_before__lte=now).order_by(*IN_ORDER)
        pks = list(due.select_for_update(skip_locked=True).values_list("pk", flat=True)[:BATCH])
        if not pks:
            return []
        rows = Email.objects.filter(pk__in=pks)
        rows.update(state=EmailState.SENDING, claimed_by=holder, claimed_at=now)
    return _mine(rows, holder)


def _still_mine(holder: int) -> list[Email]:
    """Give a sign of life; return what is still ours to send, as it is now: some may have been cancelled since."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE activity_email SET claimed_at = %s WHERE claimed_by = %s AND state = 'sending'",
            [timezone.now(), holder],
        )
    return _mine(Email.objects.all(), holder)


def _mine(rows: QuerySet[Email], holder: int) -> list[Email]:
    mine = rows.filter(state=EmailState.SENDING, claimed_by=holder)
    return list(mine.select_related("member__hearing_settings", "subject").order_by(*IN_ORDER))


def _settle(mail: Email, **changes: object) -> None:
    """Write what became of ``mail``, unless it was cancelled or taken over meanwhile."""
    mine = Email.objects.filter(pk=mail.pk, state=EmailState.SENDING, claimed_by=mail.claimed_by)
    mine.update(claimed_by=None, claimed_at=None, **changes)
    if changes.get("state") == EmailState.FAILED:
        FAILED_MAIL.changed()


# --- One batch --------------------------------------------------------------------------------------------------------
def _send_batch(mails: Sequence[Email], holder: int, line: _Line) -> None:
    """Send the claimed ``mails``. Raises Unreachable after putting back what is left."""
    while mails:
        mails = _still_mine(holder) if _send_while_fresh(mails, holder, line) else []


def _send_while_fresh(mails: Sequence[Email], holder: int, line: _Line) -> bool:
    """Judge ``mails`` and send them as long as that holds, one at least; True when some are left."""
    prepare(mails)
    news = _NewsToday(mails, holder)
    contents = _judged(mails, news)
    judged = monotonic()
    ready = [mail for mail in mails if mail.pk in contents]
    for place, mail in enumerate(ready, start=1):
        message = _message(mail, contents[mail.pk], news)
        try:
            if message is not None and _send(mail, message, line):
                news.count(mail)
        except Unreachable as error:
            for left in ready[place - 1 :]:
                _try_later(left, str(error))
            raise
        if place < len(ready) and monotonic() - judged > SIGN_OF_LIFE:
            return True
    return False


def _judged(mails: Sequence[Email], news: _NewsToday) -> dict[int, MailContent]:
    """Cancel what has become pointless, put off what goes out later; return what the others show."""
    welcome = wanted(mails)
    due: list[Email] = []
    for mail in mails:
        if mail.pk not in welcome:
            _cancel(mail)
            continue
        with _stopping_only(mail):
            if not _put_off(mail, news):
                due.append(mail)
    contents, faults = load(due)
    for mail in due:
        if mail.pk in faults:
            _put_back(mail, faults[mail.pk])
        elif mail.pk not in contents:
            _cancel(mail)
    return contents


def prepare(mails: Iterable[Email]) -> None:
    """Take address and language of today, and make all links that these mails carry at once."""
    acts: dict[int, list[Act]] = {}
    for mail in mails:
        kind = mail_kinds.get(mail.kind)
        if mail.member is None or kind is None or kind.mail_class is MailClass.ACCOUNT:
            continue
        mail.address, mail.language = mail.member.email, mail.member.language
        acts[mail.pk] = [Act(UNSUBSCRIBE, mail.member.pk, None, mail.kind)]
        acts[mail.pk] += [Act(purpose, mail.member.pk, mail.subject_id) for purpose in kind.acts]
    tokens = tokens_for(act for some in acts.values() for act in some)
    for mail in mails:
        mail.tokens = {act.purpose.key: tokens[act] for act in acts.get(mail.pk, []) if act in tokens}


def wanted(mails: Sequence[Email]) -> set[int]:
    """Which of ``mails`` have a receiver who is there, wants this kind, and may see what it is about.

    Two statements at most: what every member may see is asked of nobody, all other pairs of member and subject at once.
    """
    rows = MailChoice.objects.filter(member__in={mail.member_id for mail in mails} - {None}, is_wanted=False)
    unwanted = set(rows.values_list("member_id", "kind"))
    welcome: set[int] = set()
    restricted: set[int] = set()
    for mail in mails:
        kind, member = mail_kinds.get(mail.kind), mail.member
        if not mail.address:
            continue
        if member is None or kind is None or kind.mail_class is MailClass.ACCOUNT:
            welcome.add(mail.pk)
        elif kind.mail_class is MailClass.NEWS and hears_only_digest(mail):
            continue
        elif member.is_active and member.activated_at is not None and (member.pk, mail.kind) not in unwanted:
            is_for_all = mail.subject is None or mail.subject.is_shared
            (welcome if is_for_all else restricted).add(mail.pk)
    if restricted:
        pairs = Email.objects.filter(may_read(OuterRef("member"), "subject"), pk__in=restricted)
        welcome.update(pairs.values_list("pk", flat=True))
    return welcome


def hears_only_digest(mail: Email) -> bool:
    """Whether who gets ``mail`` wants no news but the digest."""
    hearing = _hearing(mail)
    return hearing is not None and hearing.only_digest


def quiet_of(mail: Email) -> Quiet:
    """When who gets ``mail`` wants no news."""
    hearing = _hearing(mail)
    return NIGHT if hearing is None else Quiet(hearing.quiet_from, hearing.quiet_until, hearing.quiet_weekends)


def _hearing(mail: Email) -> HearingSettings | None:
    return getattr(mail.member, "hearing_settings", None)


def load(mails: Iterable[Email]) -> tuple[dict[int, MailContent], dict[int, Exception]]:
    """Ask each kind once for all its ``mails``: what they show, and what went wrong with which, by primary key.

    A mail that is in neither has become pointless.
    """
    by_kind: defaultdict[str, list[Email]] = defaultdict(list)
    for mail in mails:
        by_kind[mail.kind].append(mail)
    contents: dict[int, MailContent] = {}
    faults: dict[int, Exception] = {}
    with translation.override(None):  # not by chance in the language of whoever called
        for theirs in by_kind.values():
            _load_kind(theirs, contents, faults)
    return contents, faults


def _load_kind(mails: Sequence[Email], contents: dict[int, MailContent], faults: dict[int, Exception]) -> None:
    """Ask the kind of ``mails`` for all of them, and for each alone if that goes wrong."""
    try:
        found = mail_kinds[mails[0].kind].load_many(mails)
        contents.update({mail.pk: found[mail.pk] for mail in mails if mail.pk in found})
    except Exception as error:
        _let_end_the_run(error)
        logger.exception("Mails %s of kind %s cannot be loaded", [mail.pk for mail in mails], mails[0].kind)
        if len(mails) == 1:
            faults[mails[0].pk] = error
            return
        for mail in mails:
            _load_kind([mail], contents, faults)


def _put_off(mail: Email, news: _NewsToday) -> bool:
    """Whether ``mail`` does not go out now: the night fell while it waited, or there was enough news for one day."""
    kind = mail_kinds.get(mail.kind)
    if kind is None:
        return False
    now = timezone.now()
    zone = receiver_zone(mail)
    is_enough = news.is_enough(mail)
    if is_enough and kind.is_told_later(mail):
        _cancel(mail)
        return True
    start = next_morning(now, zone) if is_enough else now
    moment = may_go_at(mail, kind, start, zone, quiet_of(mail))
    if moment <= now:
        return False
    _settle(mail, state=EmailState.WAITING, not_before=moment)
    return True


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
@contextlib.contextmanager
def _stopping_only(mail: Email) -> Iterator[None]:
    """A fault in a kind or a template stops this mail only, and may be mended meanwhile."""
    try:
        yield
    except Exception as error:
        _let_end_the_run(error)
        logger.exception("Mail %s of kind %s cannot be rendered", mail.pk, mail.kind)
        _put_back(mail, error)


def _let_end_the_run(error: Exception) -> None:
    """Raise ``error`` if the database is gone, and with it our claims; a statement of a kind may fail like any code."""
    if isinstance(error, (OperationalError, InterfaceError)) and not connection.is_usable():
        raise error


def _put_back(mail: Email, error: Exception) -> None:
    _try_later(mail, f"{CANNOT_BE_RENDERED}: {type(error).__name__}")


def _message(mail: Email, content: MailContent, news: _NewsToday) -> OutboxMessage | None:
    """Render ``mail``; None when it cannot be, or enough news went to its receiver meanwhile."""
    with _stopping_only(mail):
        if not _put_off(mail, news):
            return OutboxMessage(render(mail, content), to=mail.address)
    return None


def _send(mail: Email, message: OutboxMessage, line: _Line) -> bool:
    """Send ``mail`` and mark what came of it; True when the server took it. Raises Unreachable."""
    try:
        line.send(message)
    except NotNow as error:
        _try_later(mail, str(error))
    except Refused as error:
        logger.warning("Mail %s of kind %s was refused for good", mail.pk, mail.kind)
        _settle(
            mail,
            state=EmailState.FAILED,
            secret=None,
            attempts=mail.attempts + 1,
            first_tried_at=mail.first_tried_at or timezone.now(),
            last_error=str(error)[:500],
        )
    else:
        _mark_sent(mail, message.rendered.headers["Message-ID"])
        return True
    return False


def _mark_sent(mail: Email, message_id: str) -> None:
    """As ``_settle`` does, in a statement that is written here: it is the one of every mail there is."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE activity_email
            SET state = 'sent', sent_at = %s, secret = NULL, attempts = %s, last_error = '', address = %s,
                language = %s, message_id = %s, claimed_by = NULL, claimed_at = NULL
            WHERE id = %s AND state = 'sending' AND claimed_by = %s
            """,
            [timezone.now(), mail.attempts + 1, mail.address, mail.language, message_id, mail.pk, mail.claimed_by],
        )


def _cancel(mail: Email) -> None:
    _settle(mail, state=EmailState.CANCELLED, secret=None)


def _try_later(mail: Email, error: str) -> None:
    """Put ``mail`` back for a while that doubles each time; give up 48 hours after the first attempt."""
    now = timezone.now()
    first = mail.first_tried_at or now
    wait = wait_after(mail.attempts)
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
            raise Refused(f"{UNUSABLE_ADDRESS}: {error}") from error
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
    """Empty address, context and error of mails done with 90 days ago; keys stay. Returns of how many. Spec 06.

    A mail that failed is done with when it was tried last, which *send again* may have put off.
    """
    done = Email.objects.filter(state__in=[EmailState.SENT, EmailState.FAILED, EmailState.CANCELLED])
    done_with = Coalesce("sent_at", "first_tried_at", "created_at")
    old = done.exclude(address="").alias(done_with=done_with).filter(done_with__lt=now - ADDRESS_KEPT)
    return old.update(address="", context={}, secret=None, last_error="")
