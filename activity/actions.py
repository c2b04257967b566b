"""Every write to the ledger, to subjects and to the outbox."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime
from itertools import batched
from operator import attrgetter
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.contrib.auth import get_user_model
from django.db import connection, transaction
from django.db.models import Case, DateTimeField, F, Q, QuerySet, Value, When
from django.db.models.expressions import Combinable
from django.utils import timezone
from django.utils.translation import gettext as _

from ui import valkey
from ui.errors import RuleBroken

from . import links
from .hours import earliest, may_go_at
from .mailing import message_id_for
from .mailkinds import MailClass, mail_kinds
from .models import (
    ActingLink,
    Activity,
    ActorKind,
    Audience,
    Email,
    EmailState,
    LinkPurpose,
    MailChoice,
    Reader,
    Subject,
    SubjectKind,
)
from .tasks import send_outbox

if TYPE_CHECKING:
    from community.models import User

    from .verbs import Verb

BATCH = 2_000


def record(
    subject: Subject,
    verb: Verb,
    *,
    by: User | None = None,
    system: bool = False,
    other: Subject | None = None,
    data: dict[str, Any] | None = None,
    readers: str = Reader.SUBJECT,
    at: datetime | None = None,
) -> Activity:
    """Append one entry to the ledger, in the caller's transaction.

    ``by`` is the member who acts; leave it out where recording it would amount to watching people (votes, ballots,
    RSVPs, reading). ``system=True`` says that the clock or the portal acted. ``other`` is a second subject. ``data``
    holds ids, codes and figures, never names, addresses or free text. Spec 00, One subject, one ledger.
    """
    if not transaction.get_connection().in_atomic_block:
        msg = "record() belongs in the transaction of the write that it records"
        raise transaction.TransactionManagementError(msg)
    kind = ActorKind.MEMBER if by else ActorKind.SYSTEM if system else ActorKind.UNSIGNED
    return Activity.objects.create(
        actor=by,
        actor_kind=kind,
        verb=verb.value,
        subject=subject,
        other=other,
        data={"v": 1, **(data or {})},
        readers=readers,
        at=at or timezone.now(),
    )


def create_subject(
    kind: SubjectKind | str,
    *,
    title: str,
    language: str,
    audience: str = Audience.MEMBERS,
    hubs: Iterable[Subject] = (),
    is_draft: bool = False,
    creation_key: uuid.UUID | None = None,
    at: datetime | None = None,
) -> Subject:
    """Make the subject of a new thing; its owner sets the URL with ``update_subject`` once it has a number.

    With ``is_draft`` nobody finds it by ``visible_to`` until its owner clears the mark with ``update_subject``.
    ``creation_key`` is the one-time key of the form: a second POST with the same key raises ``IntegrityError`` here,
    and ``find_created`` gives what the first one made.
    """
    subject = Subject.objects.create(
        kind=kind,
        title=title[:200],
        language=language,
        audience=audience,
        is_draft=is_draft,
        creation_key=creation_key,
        created_at=at or timezone.now(),
    )
    subject.hubs.set(hubs)
    return subject


def find_created(kind: SubjectKind | str, creation_key: uuid.UUID | None) -> Subject | None:
    """The subject that an earlier POST of the same form made, if any. Spec 00, Two people at once."""
    if creation_key is None:
        return None
    return Subject.objects.filter(kind=kind, creation_key=creation_key).first()


def update_subject(subject: Subject, *, hubs: Iterable[Subject] | None = None, **fields: Any) -> Subject:
    """Keep a subject like its owner: any of ``title``, ``language``, ``url``, ``audience``, ``closed_at``, ``hubs``."""
    if "title" in fields:
        fields["title"] = fields["title"][:200]
    for name, value in fields.items():
        setattr(subject, name, value)
    if fields:
        subject.save(update_fields=list(fields))
    if hubs is not None:
        subject.hubs.set(hubs)
    return subject


def queue_emails(emails: Iterable[Email]) -> None:
    """Put mails into the outbox; one whose ``dedupe_key`` is there already is left out. Spec 06, Outbox.

    A mail to a member takes address and language from the member; an address that is given stays. Whether the member
    wants this kind, and whether it still makes sense, is asked again at sending. The class of its kind and
    ``urgent_until`` decide how early it may go (``hours.py``), never before a ``not_before`` that is given.
    ``emails`` may be a generator of any length. The sender is called once, when the transaction commits.

    Raises KeyError for a kind that is not registered.
    """
    now = timezone.now()
    some_are_due = False
    with transaction.atomic():
        for batch in batched(emails, BATCH, strict=False):
            _complete(batch, now)
            # In one order, so that two transactions that queue the same mails wait for each other in turn.
            Email.objects.bulk_create(sorted(batch, key=attrgetter("dedupe_key")), ignore_conflicts=True)
            some_are_due = some_are_due or any(email.not_before <= now for email in batch)
        if some_are_due:
            _call_sender_on_commit()


@transaction.atomic
def queue_emails_of_rows(
    rows: QuerySet[Any],
    *,
    kind: str,
    key: Combinable,
    context: Combinable,
    subject: Subject | None = None,
    urgent_until: datetime | None = None,
    now: datetime | None = None,
) -> int:
    """Put one mail of ``kind`` per row of ``rows`` into the outbox, in one statement; returns how many were new.

    For reminders and the like, to very many at once. Each row has a ``member``; ``key`` and ``context`` are expressions
    over the row for ``dedupe_key`` and the JSON object ``context``. Everything else is as in ``queue_emails``.
    Spec 00, E-mail.
    """
    now = now or timezone.now()
    mail_class = mail_kinds[kind].mail_class
    zones = rows.order_by().values_list("member__time_zone", flat=True).distinct()
    whens = [
        When(
            member__time_zone=zone, then=Value(earliest(now, mail_class, urgent_until, ZoneInfo(zone)), DateTimeField())
        )
        for zone in zones
    ]
    if not whens:
        return 0
    # In the order of the keys, so that two transactions that queue the same mails wait for each other in turn.
    chosen = rows.annotate(mail_key=key, mail_context=context, mail_from=Case(*whens)).order_by("mail_key")
    columns = ("member_id", "member__email", "member__language", "mail_context", "mail_key", "mail_from")
    select, parameters = chosen.values_list(*columns).query.sql_with_params()
    insert = f"""
        INSERT INTO {Email._meta.db_table} (
            member_id, address, language, context, dedupe_key, not_before,
            subject_id, kind, goes_first, state, attempts, last_error, message_id, created_at
        )
        SELECT chosen.*, %s, %s, %s, %s, 0, '', '', %s FROM ({select}) AS chosen
        ON CONFLICT DO NOTHING
    """  # noqa: S608 - Django wrote the inner statement, its values are parameters
    fixed = [subject.pk if subject else None, kind, mail_class is MailClass.ACCOUNT, EmailState.WAITING, now]
    with connection.cursor() as cursor:
        cursor.execute(insert, [*fixed, *parameters])
        queued: int = cursor.rowcount
    if queued:
        _call_sender_on_commit()
    return queued


def _complete(batch: Iterable[Email], now: datetime) -> None:
    """Fill in what the mails of one batch leave open, with one query for their members."""
    wanted = {email.member_id for email in batch}
    rows = get_user_model().objects.filter(pk__in=wanted - {None})
    members = {row[0]: row for row in rows.values_list("pk", "email", "language", "time_zone")}
    for email in batch:
        kind = mail_kinds[email.kind]
        zone = timezone.get_default_timezone_name()
        if email.member_id is not None:
            _pk, address, email.language, zone = members[email.member_id]
            email.address = email.address or address
        email.goes_first = kind.mail_class is MailClass.ACCOUNT
        email.message_id = message_id_for(email.dedupe_key)
        email.not_before = may_go_at(email, kind, max(now, email.not_before), ZoneInfo(zone))


def _call_sender_on_commit() -> None:
    """Have the sender called when this transaction commits, however often mails are queued in it.

    Where that cannot be done the clock does it: the sender also runs every 30 seconds.
    """
    connection = transaction.get_connection()
    if all(callback is not _call_sender for _savepoints, callback, _robust in connection.run_on_commit):
        transaction.on_commit(_call_sender, robust=True)


def _call_sender() -> None:
    valkey.ask(send_outbox.delay, lambda: None)


@transaction.atomic
def forget_member(member: User) -> None:
    """Part of erasing an account: empty what the outbox holds about ``member`` and take their links back.

    Mails that wait are cancelled; address, context and secret of all are emptied, also of mails to the same address
    that name no member. The keys stay, so nothing is mailed a second time. Spec 06, Outbox.
    """
    theirs = Email.objects.filter(Q(member=member) | Q(address=member.email))
    theirs.filter(state__in=[EmailState.WAITING, EmailState.SENDING]).update(state=EmailState.CANCELLED)
    theirs.update(address="", context={}, secret=None, last_error="", member=None)
    ActingLink.objects.filter(member=member).delete()
    MailChoice.objects.filter(member=member).delete()


@transaction.atomic
def choose_mail(*, kind: str, is_wanted: bool, by: User) -> None:
    """Turn one kind of mail on or off for ``by``; a repeat changes nothing.

    Raises RuleBroken for a kind that an account cannot do without (codes, security), KeyError for an unknown one.
    """
    if mail_kinds[kind].mail_class is MailClass.ACCOUNT:
        raise RuleBroken(_("This mail belongs to having an account and cannot be turned off."))
    MailChoice.objects.update_or_create(member=by, kind=kind, defaults={"is_wanted": is_wanted})


def renew_link(*, purpose: LinkPurpose | str, by: User, subject: Subject | None = None, kind: str = "") -> str:
    """Make every earlier token of one of ``by``'s links void, a revoked one usable again, and return the new token."""
    links.token_for(purpose=purpose, member=by, subject=subject, kind=kind)
    rows = ActingLink.objects.filter(purpose=purpose, member=by, subject=subject, kind=kind)
    rows.update(epoch=F("epoch") + 1, revoked_at=None)
    return links.derive(rows.get())


def revoke_link(*, purpose: LinkPurpose | str, by: User, subject: Subject | None = None, kind: str = "") -> bool:
    """End one of ``by``'s links until it is renewed; False when there was none to end."""
    rows = ActingLink.objects.filter(purpose=purpose, member=by, subject=subject, kind=kind, revoked_at=None)
    return bool(rows.update(epoch=F("epoch") + 1, revoked_at=timezone.now()))
