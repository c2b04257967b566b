"""Mails to very many: one statement makes them all, for a reminder or of an announcement. Spec 00, E-mail.

An act that has something to tell to many writes one ``Announcement`` beside its entry of the ledger, and whoever acts
waits for nothing else: the sender makes the mails. It is harmless to kill, and to do twice or by two at once: an
announcement is taken, expanded and removed in one transaction, others pass over it meanwhile, and the key of each mail
is made of the entry and who gets it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.auth import get_user_model
from django.db import connection, transaction
from django.db.models import (
    Case,
    CharField,
    DateTimeField,
    Exists,
    F,
    JSONField,
    OuterRef,
    QuerySet,
    Value,
    When,
)
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Concat, JSONObject
from django.utils import timezone

from ui.registry import Registry

from .hours import NIGHT, Quiet, earliest, wait_after
from .mailkinds import MailClass, mail_kinds
from .models import Announcement, Email, EmailState, Subject
from .visibility import may_read

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Receivers:
    """Who gets the mails of an announcement. The app registers it that keeps who belongs, holds a place or waits.

    ``key`` is what the database keeps until the mails are made. ``rows`` returns, as it is at that moment, a row with a
    ``member`` for each of them, neither distinct nor cut off; whoever comes twice gets one mail. ``context`` names what
    else of a row goes into the context of its mail, beside what all have in common: ``{"rsvp": "pk"}``. Nobody hears of
    what they did themselves, unless ``tells_actor``: their calendar must follow as well.
    """

    key: str
    rows: Callable[[Announcement], QuerySet[Any]]
    context: Mapping[str, str] = field(default_factory=dict)
    tells_actor: bool = False
    order: int = 100


receivers: Registry[Receivers] = Registry("receivers of announcements")


def expand_next() -> bool:
    """Make the mails of the announcement that has been due longest; returns whether there was one.

    Any number of workers may do so at once, and each may be killed at any moment: then it is as if it had not begun. A
    fault in one holds up no other: it is tried again, ever later, like a mail.
    """
    now = timezone.now()
    with transaction.atomic():
        due = Announcement.objects.filter(not_before__lte=now).select_related("entry__subject")
        announcement = due.select_for_update(of=("self",), skip_locked=True).first()
        if announcement is None:
            return False
        try:
            with transaction.atomic():
                _expand(announcement, now)
        except Exception as error:
            logger.exception("Announcement %s of kind %s cannot be expanded", announcement.pk, announcement.kind)
            announcement.not_before = now + wait_after(announcement.attempts)
            announcement.attempts += 1
            announcement.last_error = type(error).__name__
            announcement.save(update_fields=["not_before", "attempts", "last_error"])
        else:
            announcement.delete()
    return True


def _expand(announcement: Announcement, now: datetime) -> int:
    to, kind, entry = receivers[announcement.receivers], mail_kinds[announcement.kind], announcement.entry
    rows = to.rows(announcement)
    if entry.actor_id is not None and not to.tells_actor:
        rows = rows.exclude(member=entry.actor_id)
    common = {name: Value(value, JSONField()) for name, value in announcement.context.items()}
    own = {name: F(column) for name, column in to.context.items()}
    shown = Email(kind=kind.key, subject=entry.subject, context=announcement.context)
    return make_mails(
        rows,
        kind=kind.key,
        # No other key begins like this: those of mails to one begin with their kind.
        key=Concat(Value(f"announced:{entry.pk}:{kind.key}:"), Cast("member", CharField())),
        context=JSONObject(**common, **own),
        subject=entry.subject,
        urgent_until=kind.urgent_until(shown),
        now=now,
    )


#: What of a member decides when news may come.
_CLOCKS = (
    "time_zone",
    "hearing_settings__quiet_from",
    "hearing_settings__quiet_until",
    "hearing_settings__quiet_weekends",
)


def _quiet(starts: time | None, ends: time | None, weekends: bool | None) -> Quiet:
    return NIGHT if starts is None or ends is None else Quiet(starts, ends, bool(weekends))


def make_mails(
    rows: QuerySet[Any],
    *,
    kind: str,
    key: Combinable,
    context: Combinable,
    subject: Subject | None = None,
    urgent_until: datetime | None = None,
    now: datetime | None = None,
    wait: timedelta = timedelta(),
) -> int:
    """Put one mail of ``kind`` per row of ``rows`` into the outbox, in one statement; returns how many were new.

    Each row has a ``member``, or is one; ``key`` and ``context`` are expressions over the row for ``dedupe_key`` and
    the JSON object ``context``. Left out is who does not take part, or may not see the subject. The sender asks that
    again, and whether they want this kind. None goes out before ``wait`` has passed.
    """
    now = now or timezone.now()
    mail_class = mail_kinds[kind].mail_class
    to = "" if rows.model is get_user_model() else "member__"
    rows = rows.filter(**{f"{to}is_active": True, f"{to}activated_at__isnull": False})

    def may_go_from(zone: str, quiet: Quiet = NIGHT) -> Value:
        return Value(earliest(now + wait, mail_class, urgent_until, ZoneInfo(zone), quiet), DateTimeField())

    clocks = [f"{to}{column}" for column in _CLOCKS]
    whens = [
        When(**dict(zip(clocks, row, strict=True)), then=may_go_from(row[0], _quiet(*row[1:])))
        for row in rows.order_by().values_list(*clocks).distinct()
    ]
    if not whens:
        return 0
    if subject is not None and not subject.is_shared:
        reader = OuterRef(OuterRef(f"{to}pk"))  # of the row, seen from within the statement about the subject
        rows = rows.filter(Exists(Subject.objects.filter(may_read(reader), pk=subject.pk)))
    # Somebody may move to another zone before the next statement; the sender asks once more whether it is night there.
    may_go = Case(*whens, default=may_go_from(timezone.get_default_timezone_name()))
    # In the order of the keys, so that two transactions that queue the same mails wait for each other in turn.
    chosen = rows.annotate(mail_key=key, mail_context=context, mail_from=may_go).order_by("mail_key")
    columns = (f"{to}pk", f"{to}email", f"{to}language", "mail_context", "mail_key", "mail_from")
    select, parameters = chosen.values_list(*columns).query.sql_with_params()
    members = get_user_model()._meta.db_table  # held, so that whoever is erased meanwhile drops out of the list
    insert = f"""
        INSERT INTO {Email._meta.db_table} (
            member_id, address, language, context, dedupe_key, not_before,
            subject_id, kind, goes_first, state, attempts, last_error, message_id, created_at
        )
        SELECT chosen.*, %s, %s, %s, %s, 0, '', '', %s FROM ({select} FOR KEY SHARE OF {members}) AS chosen
        ON CONFLICT DO NOTHING
    """  # noqa: S608 - Django wrote the inner statement, its values are parameters
    fixed = [subject.pk if subject else None, kind, mail_class is MailClass.ACCOUNT, EmailState.WAITING, now]
    with connection.cursor() as cursor:
        cursor.execute(insert, [*fixed, *parameters])
        made: int = cursor.rowcount
    return made
