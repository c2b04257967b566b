"""Every write to what is filed anonymously, and the questions about it. Spec 02, Filing.

One lock by name stands before all that waits: each that comes is written with all others, in random order, so that
neither the place of a row nor its transaction says which came when.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime
from random import SystemRandom
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from activity.actions import record
from activity.locks import hold_member, lock_subject
from activity.models import Reader
from activity.sealing import seal
from issues import verbs
from ui.errors import RuleBroken
from ui.writing import hold

from .codes import blinded, code_of, hashes
from .models import AnonymousFiling, FilingCount, Question
from .selectors import ANSWERS

if TYPE_CHECKING:
    from activity.models import Subject
    from community.models import User

ZONE = ZoneInfo("Europe/Amsterdam")  # the day of filing is a day here
MOST_A_DAY = 3
_LOCK = "anonymous filings"
_random = SystemRandom()


@transaction.atomic
def keep_filing(*, content: Mapping[str, Any], key: uuid.UUID, by: User, now: datetime | None = None) -> str:
    """Seal ``content`` (anything JSON knows) until the night, and return its reply code; nothing of ``by`` is kept.

    ``key`` is the one-time key of the form: sent twice, it has one code and waits once. Raises RuleBroken after three
    on one day, and for the same words again, whose code was shown before.
    """
    code, day = code_of(key), _day(now)
    hold(_LOCK)
    kept = hashes(code)
    if AnonymousFiling.objects.filter(code_hash__in=kept).exists():
        return code
    waiting = list(AnonymousFiling.objects.filter(subject=None))
    if any(filing.content == content for filing in waiting):
        raise RuleBroken(
            _("Exactly this was filed anonymously today already. Nothing was filed twice: use the code of the first.")
        )
    _count(by, day)
    new = AnonymousFiling(code_hash=kept[0], day=day, sealed=seal(dict(content)))
    _write_anew([*waiting, new])
    return code


@transaction.atomic
def change_filing(*, code: str, content: Mapping[str, Any]) -> None:
    """Put ``content`` in the place of what waits under ``code``: nobody has voted for it yet.

    Raises RuleBroken once it is published, and for a code that is none.
    """
    filing, waiting = _waiting(code)
    if filing.content == content:
        return
    filing.sealed = seal(dict(content))
    _write_anew(waiting)


@transaction.atomic
def drop_filing(*, code: str) -> None:
    """Throw away what waits under ``code``: it is never published. Raises RuleBroken once it is, or for no code."""
    filing, waiting = _waiting(code)
    _write_anew([other for other in waiting if other is not filing], gone=filing)


def take_due(now: datetime) -> list[AnonymousFiling]:
    """What was filed before today, in random order, for whoever publishes it in this transaction.

    Yesterday's counts go with it.
    """
    day = _day(now)
    hold(_LOCK)
    FilingCount.objects.exclude(day=day).delete()
    due = list(AnonymousFiling.objects.filter(subject=None, day__lt=day))
    _random.shuffle(due)
    return due


def mark_published(filing: AnonymousFiling, subject: Subject) -> None:
    """Keep what a filing became; its sealed words go. In the transaction of ``take_due``."""
    filing.sealed, filing.subject = None, subject
    filing.save(update_fields=["sealed", "subject"])


def _waiting(code: str) -> tuple[AnonymousFiling, list[AnonymousFiling]]:
    """What waits under ``code``, and all that waits, locked."""
    hold(_LOCK)
    kept, waiting = hashes(code), list(AnonymousFiling.objects.filter(subject=None))
    filing = next((it for it in waiting if it.code_hash in kept), None)
    if filing is None:
        raise RuleBroken(_("Members can read this by now, so it is not changed any more."))
    return filing, waiting


def _write_anew(filings: Iterable[AnonymousFiling], *, gone: AnonymousFiling | None = None) -> None:
    """Write all that waits in one statement and in random order, whichever of it is new or changed."""
    rows = list(filings)
    AnonymousFiling.objects.filter(pk__in=[filing.pk for filing in [*rows, *([gone] if gone else [])]]).delete()
    _random.shuffle(rows)
    AnonymousFiling.objects.bulk_create(rows)


def _count(by: User, day: Any) -> None:
    """Count one more of ``by`` on ``day``; all counts are written anew, for the same reason as what waits."""
    who, counts = blinded(by.pk, day), list(FilingCount.objects.filter(day=day))
    mine = next((count for count in counts if count.blinded_key == who), None)
    if mine is None:
        counts.append(FilingCount(blinded_key=who, day=day, number=1))
    elif mine.number >= MOST_A_DAY:
        most = ngettext(
            "You can file %(number)d anonymously a day. Tomorrow you can file more.",
            "You can file %(number)d anonymously a day. Tomorrow you can file more.",
            MOST_A_DAY,
        )
        raise RuleBroken(most % {"number": MOST_A_DAY})
    else:
        mine.number += 1
    FilingCount.objects.filter(day=day).delete()
    _random.shuffle(counts)
    FilingCount.objects.bulk_create(counts)


def _day(now: datetime | None) -> Any:
    return timezone.localtime(now or timezone.now(), ZONE).date()


# --- Questions -------------------------------------------------------------------------------------------------------
@transaction.atomic
def ask_filer(*, subject: Subject, by: User, text: str, language: str) -> Question:
    """Ask who filed ``subject`` anonymously something; they read it by reply code.

    ``text`` is Markdown in ``language``. The same words again give the first question. Raises RuleBroken for who does
    not facilitate, and where nobody holds a code.
    """
    subject = lock_subject(subject.pk)
    hold_member(by)
    if not by.is_facilitator or not subject.may_be_read_by(by):
        raise RuleBroken(_("Only facilitators ask the filer something."))
    if not AnonymousFiling.objects.filter(subject=subject).exists():
        raise RuleBroken(_("Nobody has a reply code for this."))
    text = text.strip()
    asked = Question.objects.filter(subject=subject, text=text).first()
    if asked is not None:
        return asked
    question = Question.objects.create(subject=subject, asked_by=by, text=text, language=language)
    record(subject, verbs.FILER_ASKED, by=by, data={"question": question.pk}, readers=Reader.FACILITATORS)
    return question


@transaction.atomic
def answer_question(
    *, question: Question, code: str, text: str, language: str, now: datetime | None = None
) -> Question:
    """Answer ``question`` as who holds ``code``; until a facilitator has read it, another answer takes its place.

    Nothing is recorded: the place of an entry in the ledger would tell the time. Raises RuleBroken where the code is
    not that of its bottleneck, and once the answer was read.
    """
    lock_subject(question.subject_id)
    fresh = Question.objects.select_for_update(no_key=True).get(pk=question.pk)
    if not AnonymousFiling.objects.filter(subject=fresh.subject_id, code_hash__in=hashes(code)).exists():
        raise RuleBroken(_("This code opens nothing."))
    text = text.strip()
    if fresh.answer == text:
        return fresh
    if fresh.was_taken_in:
        raise RuleBroken(_("A facilitator has read your answer, so it stays as it is."))
    fresh.answer, fresh.answer_language, fresh.answered_on = text, language, _day(now)
    fresh.save(update_fields=["answer", "answer_language", "answered_on"])
    ANSWERS.changed()
    return fresh


@transaction.atomic
def mark_answer_read(*, question: Question, by: User) -> bool:
    """Say that a facilitator read the answer, so that it waits for nobody any more; False where nothing changes.

    Raises RuleBroken for who does not facilitate.
    """
    subject = lock_subject(question.subject_id)
    hold_member(by)
    if not by.is_facilitator or not subject.may_be_read_by(by):
        raise RuleBroken(_("Only facilitators ask the filer something."))
    ANSWERS.changed()
    return bool(
        Question.objects.filter(pk=question.pk, answered_on__isnull=False, was_taken_in=False).update(was_taken_in=True)
    )
