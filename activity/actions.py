"""Every write to the ledger, to subjects and to the outbox."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime
from itertools import batched
from operator import attrgetter
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import F, QuerySet
from django.db.models.expressions import Combinable
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from ui import valkey
from ui.errors import RuleBroken
from ui.writing import on_commit_once

from . import links
from . import verbs as own_verbs
from .announcements import make_mails, receivers
from .digests.models import Digest, DigestState
from .failures import FAILED_MAIL, why_not_again
from .following.models import Follow, HearingSettings
from .hours import may_go_at
from .kinds import COMMUNITY, subject_kinds, subjects_of
from .locks import held, hold_member, hold_members, lock_subject
from .mailing import message_id_for
from .mailkinds import MailClass, mail_kinds
from .models import (
    ActingLink,
    Activity,
    ActorKind,
    Announcement,
    Audience,
    Email,
    EmailState,
    FanOut,
    MailChoice,
    Reader,
    Subject,
    SubjectLink,
    Todo,
    TodoQuerySet,
)
from .notices.models import NoticeChoice, Notification
from .tasks import send_outbox, tell_followers
from .ties import LinkKind, link_kinds
from .todos import todo_kinds
from .verbs import Verb, verbs

if TYPE_CHECKING:
    from community.models import User

BATCH = 2_000


def record(
    subject: Subject,
    verb: Verb,
    *,
    by: User | None = None,
    official: str = "",
    system: bool = False,
    other: Subject | None = None,
    data: dict[str, Any] | None = None,
    readers: str = Reader.SUBJECT,
    at: datetime | None = None,
) -> Activity:
    """Append one entry to the ledger, in the caller's transaction.

    ``by`` is the member who acts, ``official`` the function of somebody who acts and is no member, at most 100
    characters; a verb that is not signed takes neither. ``system=True`` says that the clock or the portal acted.
    ``other`` is a second subject. ``data`` holds ids, codes and figures, never names, addresses or free text.
    Spec 00, One subject, one ledger.

    Raises ValueError for an actor of an unsigned verb, for two actors, and for a verb that no app registered.
    """
    _require_transaction("record() belongs in the transaction of the write that it records")
    new = entry(subject, verb, by=by, official=official, system=system, other=other, data=data, readers=readers, at=at)
    new.save(force_insert=True)
    if verb.is_heard and readers == Reader.SUBJECT and subject.kind != COMMUNITY.key:
        FanOut(entry=new, not_before=new.at).save(force_insert=True)
        on_commit_once(_call_fan_out)
    return new


def _require_transaction(otherwise: str) -> None:
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError(otherwise)


def entry(
    subject: Subject,
    verb: Verb,
    *,
    by: User | None = None,
    official: str = "",
    system: bool = False,
    other: Subject | None = None,
    data: dict[str, Any] | None = None,
    readers: str = Reader.SUBJECT,
    at: datetime | None = None,
) -> Activity:
    """Return what ``record`` writes, not yet written: for who brings in a whole history at once."""
    if verbs.get(verb.key) is not verb:
        raise ValueError(f"no app registered the verb {verb.key!r}")
    if by and official:
        raise ValueError("an entry has one actor")
    if (by or official) and not verb.is_signed:
        raise ValueError(f"{verb.key!r} is recorded without its actor: naming them would be watching people")
    kind = ActorKind.SYSTEM if system else ActorKind.UNSIGNED
    return Activity(
        actor=by,
        actor_kind=ActorKind.MEMBER if by else ActorKind.OFFICIAL if official else kind,
        actor_label=official,
        verb=verb.key,
        is_news=verb.is_news,
        subject=subject,
        other=other,
        data={"v": 1, **(data or {})},
        readers=readers,
        at=at or timezone.now(),
    )


def create_subject(
    kind: str,
    *,
    title: str,
    language: str,
    audience: str = Audience.MEMBERS,
    hubs: Iterable[Subject] = (),
    is_announced: bool = True,
    creation_key: uuid.UUID | None = None,
    by: User | None = None,
    at: datetime | None = None,
) -> Subject:
    """Make the subject of a new thing; its owner sets the URL with ``update_subject`` once it has a number.

    Without ``is_announced`` it is a draft: in no list of subjects until its owner sets ``announced_at`` with
    ``update_subject``, and nothing that happened before shows to its readers.
    ``creation_key`` is the one-time key of ``by``'s form: a second POST with it raises ``IntegrityError`` here, and
    ``find_created`` gives what the first one made.

    Raises ValueError for a kind that no app registered.
    """
    if kind not in subject_kinds:
        raise ValueError(f"no app registered the kind of subject {kind!r}")
    at = at or timezone.now()
    subjects_of(kind).changed()
    subject = Subject.objects.create(
        kind=kind,
        title=title[:200],
        language=language,
        audience=audience,
        announced_at=at if is_announced else None,
        creation_key=own_key(kind, creation_key, by),
        created_at=at,
    )
    subject.hubs.set(hubs)
    return subject


def find_created(kind: str, creation_key: uuid.UUID | None, by: User | None) -> Subject | None:
    """The subject that an earlier POST of the same form by the same member made, if any; never somebody else's.

    Spec 00, Two people at once.
    """
    key = own_key(kind, creation_key, by)
    return None if key is None else Subject.objects.filter(creation_key=key).first()


def own_key(kind: str, creation_key: uuid.UUID | None, by: User | None) -> uuid.UUID | None:
    """What is kept of a form's one-time key: bound to who sent it, and telling nobody without the form who that was.

    ``kind`` is what the form makes. None for a form without a key, and for whoever is nobody.
    """
    if creation_key is None or by is None:
        return None
    mac = salted_hmac("doorbraak.activity.creation", f"{kind}:{creation_key}:{by.pk}", algorithm="sha256")
    return uuid.UUID(bytes=mac.digest()[:16])


def update_subject(subject: Subject, *, hubs: Iterable[Subject] | None = None, **fields: Any) -> Subject:
    """Keep a subject like its owner: any of ``title``, ``language``, ``url``, ``audience``, ``closed_at``, ``hubs``.

    ``announced_at`` publishes a draft. Say only what changes, and give the subject that ``lock_subject`` returned. What
    is made of subjects of its kind and their owners is made anew once this commits (``ui.shared``).
    """
    subjects_of(subject.kind).changed()
    if "title" in fields:
        fields["title"] = fields["title"][:200]
    for name, value in fields.items():
        setattr(subject, name, value)
    if fields:
        subject.save(update_fields=list(fields))
    if hubs is not None:
        subject.hubs.set(hubs)
    return subject


def link_subjects(from_subject: Subject, kind: LinkKind, to_subject: Subject, *, at: datetime | None = None) -> bool:
    """Tie ``from_subject`` to ``to_subject``; returns False where it was tied in that way already.

    Belongs in the transaction of the act that does it, which holds both (``lock_subjects``) and records it. Raises
    ValueError for a kind that no app registered.
    """
    if link_kinds.get(kind.key) is not kind:
        raise ValueError(f"no app registered the kind of link {kind.key!r}")
    defaults = {"created_at": at or timezone.now()}
    _link, is_new = SubjectLink.objects.get_or_create(
        from_subject=from_subject, to_subject=to_subject, kind=kind.key, defaults=defaults
    )
    return is_new


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
            complete = _completed(batch, now)
            # In one order, so that two transactions that queue the same mails wait for each other in turn.
            Email.objects.bulk_create(sorted(complete, key=attrgetter("dedupe_key")), ignore_conflicts=True)
            some_are_due = some_are_due or any(email.not_before <= now for email in complete)
        if some_are_due:
            on_commit_once(_call_sender)


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

    For reminders and the like, to very many at once. Each row has a ``member``, or is one; ``key`` and ``context`` are
    expressions over the row for ``dedupe_key`` and the JSON object ``context``. Everything else is as in
    ``queue_emails``. Spec 00, E-mail.
    """
    queued = make_mails(rows, kind=kind, key=key, context=context, subject=subject, urgent_until=urgent_until, now=now)
    if queued:
        on_commit_once(_call_sender)
    return queued


def announce(announcement: Announcement) -> None:
    """Have the receivers of ``announcement`` (unsaved) told by mail of its entry, in the transaction that wrote it.

    For what one act has to say to many: nothing here grows with them. The sender is called when the transaction
    commits and makes their mails, one for each receiver and entry, to whoever is one by then, takes part, and may see
    the subject; never before its ``not_before``. Everything else is as in ``queue_emails``. Spec 00, E-mail.

    Raises KeyError for a kind or receivers that no app registered, IntegrityError where this entry was announced by
    this kind before.
    """
    _require_transaction("announce() belongs in the transaction of the entry that it is about")
    mail_kinds[announcement.kind]
    receivers[announcement.receivers]
    announcement.save(force_insert=True)
    if announcement.not_before <= timezone.now():
        on_commit_once(_call_sender)


def _completed(batch: Iterable[Email], now: datetime) -> list[Email]:
    """Fill in what the mails of one batch leave open, with one query for their members; leave out who is gone."""
    rows = held({email.member_id for email in batch if email.member_id}, "pk", "email", "language", "time_zone")
    members = {row[0]: row for row in rows}
    complete = []
    for email in batch:
        kind = mail_kinds[email.kind]
        zone = timezone.get_default_timezone_name()
        if email.member_id is not None:
            if email.member_id not in members:
                continue
            _pk, address, email.language, zone = members[email.member_id]
            email.address = email.address or address
        email.goes_first = kind.mail_class is MailClass.ACCOUNT
        email.message_id = message_id_for(email.dedupe_key)
        email.not_before = may_go_at(email, kind, max(now, email.not_before), ZoneInfo(zone))
        complete.append(email)
    return complete


def _call_fan_out() -> None:
    """Where that cannot be done the clock does it, as with mails."""
    valkey.ask(tell_followers.delay, lambda: None)


def _call_sender() -> None:
    """Where that cannot be done the clock does it: the sender also runs every 30 seconds."""
    valkey.ask(send_outbox.delay, lambda: None)


@transaction.atomic
def send_again(*, mail: Email, by: User) -> bool:
    """Let a mail that failed for good be tried as if it were new; False, and no change, where it is no failed one.

    It goes to the address of today, at an hour that suits its receiver, and the sender judges once more whether it is
    wanted and still to the point. Facilitators read in the ledger who did it. Spec 06, Outbox.

    Raises RuleBroken where it cannot be written any more, or the account is gone.
    """
    subject = mail.subject or Subject.objects.community()
    lock_subject(subject.pk)
    # Before the mail: erasing holds the member first, and then empties their mails.
    if by.pk not in hold_members({by.pk, mail.member_id or by.pk}):
        raise RuleBroken(_("This account no longer exists."))
    fresh = Email.objects.select_for_update(no_key=True).get(pk=mail.pk)
    if fresh.state != EmailState.FAILED:
        return False
    if why_not := why_not_again(fresh):
        raise RuleBroken(why_not)
    fresh.state, fresh.not_before = EmailState.WAITING, timezone.now()
    fresh.attempts, fresh.first_tried_at, fresh.last_error = 0, None, ""
    fresh.save(update_fields=["state", "not_before", "attempts", "first_tried_at", "last_error"])
    FAILED_MAIL.changed()
    record(subject, own_verbs.MAIL_SENT_AGAIN, by=by, data={"mail": fresh.pk}, readers=Reader.FACILITATORS)
    on_commit_once(_call_sender)
    return True


def ask_for(todos: Iterable[Todo]) -> None:
    """Let these (unsaved) todos wait for their holders; one that waits for the same holder already is left as it is.

    The caller holds the locks of their subjects, and the members that they are of. Spec 00, What waits for whom.

    Raises KeyError for a kind that no app registered.
    """
    new = list(todos)
    for todo in new:
        todo_kinds[todo.kind]
    Todo.objects.bulk_create(new, ignore_conflicts=True)


def remind(todos: TodoQuerySet, *, at: datetime | None = None) -> int:
    """Keep that the holders of these were reminded; of those that were before, nothing changes."""
    return todos.open().filter(reminded_at=None).update(reminded_at=at or timezone.now())


def pass_on(todos: TodoQuerySet, *, to: Iterable[Todo] = (), at: datetime | None = None) -> int:
    """Let these wait no longer with their present holders but, as ``to`` says, with others; a repeat changes nothing.

    The rows stay: they tell whom it lay with before. The caller holds the locks of their subjects.
    """
    moved = todos.open().update(passed_on_at=at or timezone.now())
    ask_for(to)
    return moved


def finish(todos: TodoQuerySet, *, at: datetime | None = None) -> int:
    """These are done, whoever they waited for; a repeat changes nothing. The caller holds their subjects' locks."""
    return todos.open().update(done_at=at or timezone.now())


@transaction.atomic
def forget_member(member: User) -> None:
    """Part of erasing an account: empty what the outbox holds about ``member`` and take their links back.

    Mails that wait are cancelled; address, context and secret of all are emptied, also of mails to the same address
    that name no member. The keys stay, so nothing is mailed a second time. Spec 06, Outbox.

    Their own todos go. What must not be lost with them its app has passed on before, in its erasure hook.
    """
    theirs = Email.objects.to(member)
    theirs.filter(state__in=[EmailState.WAITING, EmailState.SENDING]).update(state=EmailState.CANCELLED)
    theirs.update(address="", context={}, secret=None, last_error="", member=None)
    ActingLink.objects.filter(member=member).delete()
    MailChoice.objects.filter(member=member).delete()
    HearingSettings.objects.filter(member=member).delete()
    Follow.objects.filter(member=member).delete()
    Notification.objects.filter(member=member).delete()
    NoticeChoice.objects.filter(member=member).delete()
    Digest.objects.filter(member=member).delete()
    DigestState.objects.filter(member=member).delete()
    Todo.objects.filter(member=member).delete()


@transaction.atomic
def choose_mail(*, kind: str, is_wanted: bool, by: User) -> None:
    """Turn one kind of mail on or off for ``by``; a repeat changes nothing.

    Raises RuleBroken for a kind that an account cannot do without (codes, security), KeyError for an unknown one.
    """
    if mail_kinds[kind].mail_class is MailClass.ACCOUNT:
        raise RuleBroken(_("This mail belongs to having an account and cannot be turned off."))
    hold_member(by)
    MailChoice.objects.update_or_create(member=by, kind=kind, defaults={"is_wanted": is_wanted})


@transaction.atomic
def renew_link(
    *,
    purpose: links.LinkPurpose,
    by: User,
    bearer: links.Bearer | None = None,
    subject: Subject | None = None,
    kind: str = "",
) -> str:
    """Make every earlier token of one of ``by``'s links void, a revoked one usable again, and return the new token.

    With a ``bearer`` it is their link that ``by`` renews. Raises RuleBroken when the account is gone.
    """
    hold_member(by)
    act = links.Act(purpose, bearer or by.pk, subject.pk if subject else None, kind)
    links.tokens_for([act])
    rows = ActingLink.objects.filter(**act.columns)
    rows.update(epoch=F("epoch") + 1, revoked_at=None)
    return links.derive(rows.get())
