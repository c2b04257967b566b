"""Every write to the ledger, to subjects and to the outbox."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from .models import Activity, ActorKind, Audience, Email, Reader, Subject, SubjectKind

if TYPE_CHECKING:
    from community.models import User

    from .verbs import Verb

BATCH = 2_000


def record(  # noqa: PLR0913
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


def create_subject(  # noqa: PLR0913
    kind: SubjectKind | str,
    *,
    title: str,
    language: str,
    audience: str = Audience.MEMBERS,
    hubs: Iterable[Subject] = (),
    creation_key: uuid.UUID | None = None,
    at: datetime | None = None,
) -> Subject:
    """Make the subject of a new thing; its owner sets the URL with ``update_subject`` once it has a number.

    ``creation_key`` is the one-time key of the form: a second POST with the same key raises ``IntegrityError`` here,
    and ``find_created`` gives what the first one made.
    """
    subject = Subject.objects.create(
        kind=kind,
        title=title[:200],
        language=language,
        audience=audience,
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

    A mail to a member needs no address or language: both are taken from the member now. Whether a member wants this
    kind, and whether it still makes sense, is asked again at sending. The mail's class and ``urgent_until`` of its kind
    decide how early it may go (``outbox.earliest``). The sender is called as soon as the transaction commits.
    """
    from .outbox import enqueue  # the outbox sends, and sending needs templates and links: load it when first used

    enqueue(emails)
