"""Every write to a consent round. Spec 06, Consent rounds."""

from __future__ import annotations

import hashlib
import uuid
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import CharField, Count, Exists, OuterRef, Value
from django.db.models.functions import Cast, Concat, JSONObject
from django.utils import timezone
from django.utils.translation import gettext as _

from activity.actions import own_key, queue_emails_of_rows, record
from activity.locks import hold_member, lock_subject
from activity.models import Email, Subject
from ui.errors import RuleBroken, StaleForm

from . import clock, verbs
from .emails import REMINDER, key_of
from .models import WORDS_LENGTH, Answer, Condition, ConsentRound, ConsentText, Position, Verdict
from .permissions import keeps, may_open, may_speak, takes_rounds
from .results import as_kept, checksum, result_of, turnout_of

if TYPE_CHECKING:
    from community.models import User

#: So many rounds about one subject are open at once.
MOST_OPEN = 5
#: So many versions of a text one round has.
MOST_VERSIONS = 20
SAME_AGAIN = timedelta(minutes=10)  # who asks the same again meanwhile went back in the browser


@transaction.atomic
def open_round(
    *,
    subject: Subject,
    by: User,
    question: str,
    text: str,
    language: str,
    closes_on: date,
    creation_key: uuid.UUID | None = None,
) -> ConsentRound:
    """Ask the audience of ``subject`` for consent to ``text``, which is frozen as version 1.

    ``text`` is Markdown, ``closes_on`` the last day to answer. ``creation_key`` is the one-time key of the form: a
    second call with it by the same member returns what the first one made, and so does one with the same question and
    text within minutes. Raises RuleBroken where ``by`` may not ask, nothing can be asked about the subject (a draft,
    hidden, closed, merged), the day is too near or too far, or enough is asked about it already.
    """
    locked = lock_subject(subject.pk)
    key = own_key(f"consent:{locked.pk}", creation_key, by)
    if key and (first := ConsentRound.objects.filter(creation_key=key).first()):
        return first
    _require(takes_rounds(locked) and locked.may_be_read_by(by), _("There can be no consent round about this now."))
    _require(may_open(by, locked), _("You cannot open a consent round about this."))
    _require_day(closes_on)
    hold_member(by)
    now = timezone.now()
    asked = ConsentRound.objects.open().filter(subject=locked)
    recent = asked.filter(opened_by=by, question=question, opened_at__gt=now - SAME_AGAIN, version=1)
    if again := recent.filter(texts__text=text).order_by("pk").first():
        return again
    _require(asked.count() < MOST_OPEN, _("There are enough open consent rounds about this already."))
    consent = ConsentRound.objects.create(
        subject=locked,
        opened_by=by,
        question=question,
        language=language,
        closes_on=closes_on,
        opened_at=now,
        creation_key=key,
    )
    ConsentText.objects.create(consent=consent, number=1, text=text, frozen_at=now)
    record(locked, verbs.CONSENT_OPENED, by=by, data={"round": consent.pk})
    return consent


@transaction.atomic
def put_version(*, consent: ConsentRound, by: User, version: int, text: str, closes_on: date) -> ConsentRound:
    """Put a new text; positions on earlier ones stay as given on those, and whoever took one is asked again.

    ``version`` is the one that the form was opened with, ``closes_on`` the last day, which leaves time for the new
    text. The same text again changes nothing. Raises StaleForm where there is a newer one, RuleBroken where the round
    is closed or not for ``by`` to keep, or the day is too near or too far.
    """
    fresh = _locked(consent)
    _require_kept(fresh, by)
    texts = ConsentText.objects.filter(consent=fresh)
    if texts.get(number=fresh.version).text == text:
        return fresh
    if fresh.version != version:
        raise StaleForm
    _require(version < MOST_VERSIONS, _("This text was changed often enough. Close the round and open another one."))
    _require_day(closes_on)
    hold_member(by)
    ConsentText.objects.create(consent=fresh, number=version + 1, text=text)
    fresh.version, fresh.closes_on = version + 1, closes_on
    fresh.save(update_fields=["version", "closes_on"])
    record(fresh.subject, verbs.CONSENT_TEXT_CHANGED, by=by, data={"round": fresh.pk, "version": fresh.version})
    return fresh


@transaction.atomic
def speak(
    *, consent: ConsentRound, by: User, version: int, answer: str, words: str = "", language: str = "nl"
) -> Position:
    """Take a position on the text, or another one than before; a repeat changes nothing.

    ``version`` is the one that was read, ``words`` the condition or the objection, at most ``WORDS_LENGTH`` characters.
    It is in the ledger that somebody spoke, never who. Raises StaleForm where there is a newer version, RuleBroken
    where the round is over, the subject is not for ``by`` to read (any more), or words are missing.
    """
    fresh = _locked(consent)
    _require(takes_rounds(fresh.subject) and may_speak(by, fresh), _("You cannot speak here now."))
    _require(fresh.closed_at is None and clock.today() <= fresh.closes_on, _("This consent round is closed."))
    if fresh.version != version:
        raise StaleForm
    chosen, words = Answer(answer), " ".join(words.split())
    if not chosen.needs_words:
        words = ""
    elif not words or len(words) > WORDS_LENGTH:
        raise RuleBroken(_("Say it in words, in at most %(most)d characters.") % {"most": WORDS_LENGTH})
    hold_member(by)
    before = Position.objects.of(by, fresh)
    condition = _condition(fresh, words, language) if chosen is Answer.SUPPORT_IF else None
    values = {
        "answer": chosen,
        "condition": condition,
        "objection": words if chosen is Answer.OBJECT else "",
        "language": language,
        "version": version,
    }
    position, _new = Position.objects.update_or_create(consent=fresh, member=by, defaults=values)
    if before is None:
        record(fresh.subject, verbs.CONSENT_SPOKEN, data={"round": fresh.pk})
    elif before.condition and before.condition != condition:
        _drop_if_nobodys(before.condition)
    return position


@transaction.atomic
def answer_condition(
    *,
    condition: Condition,
    by: User,
    verdict: str,
    version: int | None = None,
    reason: str = "",
    language: str = "nl",
) -> Condition:
    """Say what becomes of a condition: met by ``version`` of the text, not met, or declined for a ``reason``.

    It can be said otherwise until the round closes; a repeat changes nothing. Raises RuleBroken where the round is
    closed or not for ``by`` to keep, nobody names the condition any more, or version or reason are missing.
    """
    consent = _locked(condition.consent)
    _require_kept(consent, by)
    fresh = Condition.objects.filter(pk=condition.pk).annotate(now=Count("positions")).first()
    if fresh is None:
        raise RuleBroken(_("Nobody names this condition any more."))
    chosen, reason = Verdict(verdict), " ".join(reason.split())[:WORDS_LENGTH]
    _require(chosen is not Verdict.OPEN, _("Say what becomes of this condition."))
    met_by = version if chosen is Verdict.MET else None
    if chosen is Verdict.MET:
        _require(version is not None and 1 <= version <= consent.version, _("Say which version fulfils it."))
    _require(chosen is not Verdict.DECLINED or bool(reason), _("Say why."))
    if (fresh.verdict, fresh.version, fresh.reason) == (chosen, met_by, reason):
        return fresh
    hold_member(by)
    fresh.verdict, fresh.version, fresh.reason, fresh.reason_language = chosen, met_by, reason, language
    fresh.answered_at, fresh.named_by = timezone.now(), max(fresh.named_by, fresh.now)
    fresh.save(update_fields=["verdict", "version", "reason", "reason_language", "answered_at", "named_by"])
    data = {"round": consent.pk, "condition": fresh.pk, "verdict": chosen.value}
    record(consent.subject, verbs.CONSENT_CONDITION_ANSWERED, by=by, data=data)
    return fresh


@transaction.atomic
def close_round(*, consent: ConsentRound, by: User) -> ConsentRound:
    """Close a round before its last day is over and freeze its result; a closed one stays as it is.

    Raises RuleBroken where it is not for ``by`` to keep, or a condition has no answer yet.
    """
    fresh = _locked(consent)
    _require(keeps(by, fresh), _not_yours())
    if fresh.closed_at is not None:
        return fresh
    unanswered = Condition.objects.filter(consent=fresh, verdict=Verdict.OPEN).exists()
    _require(not unanswered, _("Answer all conditions first: who named one counts on it."))
    hold_member(by)
    _close(fresh, timezone.now(), by)
    return fresh


def close_due_rounds(*, now: datetime) -> int:
    """Close the rounds whose last day is over; returns how many. A second run finds none. Spec 06, Consent rounds."""
    over = ConsentRound.objects.open().filter(closes_on__lt=clock.day_of(now))
    return sum(_close_if_over(consent, now) for consent in over.order_by("pk"))


@transaction.atomic
def _close_if_over(consent: ConsentRound, now: datetime) -> bool:
    fresh = _locked(consent)
    if fresh.closed_at is not None or fresh.closes_on >= clock.day_of(now):
        return False
    _close(fresh, now, None)
    return True


def remind_of_rounds(*, now: datetime) -> int:
    """Queue the reminder of those who have not spoken, once a round; returns how many. A second run adds none.

    It is due some working days before the last day (``clock.REMIND_BEFORE``) and goes out late after a standstill, but
    not when the round is over.
    """
    today = clock.day_of(now)
    rows = ConsentRound.objects.open().filter(reminded_at=None, closes_on__gte=today).select_related("subject")
    due = [row for row in rows.order_by("closes_on", "pk") if clock.reminder_day(row.closes_on) <= today]
    return sum(_remind_of(consent, now) for consent in due if takes_rounds(consent.subject))


@transaction.atomic
def _remind_of(consent: ConsentRound, now: datetime) -> int:
    """No lock is held meanwhile: a hundred thousand mails may be made, and others speak. The last statement judges."""
    spoken = Position.objects.filter(consent=consent, member=OuterRef("pk"))
    queued = queue_emails_of_rows(
        get_user_model().objects.exclude(Exists(spoken)),
        kind=REMINDER,
        key=Concat(Value(key_of(consent)), Cast("pk", CharField())),
        context=JSONObject(round=Value(consent.pk)),
        subject=consent.subject,
        now=now,
    )
    if not ConsentRound.objects.open().filter(pk=consent.pk, reminded_at=None).update(reminded_at=now):
        transaction.set_rollback(True)  # closed meanwhile, or another worker has done it
        return 0
    return queued


def count_turnouts() -> int:
    """Keep with every open round how many of its audience spoke; returns of how many rounds. Nobody waits for it."""
    rounds = ConsentRound.objects.open()
    return sum(
        rounds.filter(pk=consent.pk).update(turnout=as_kept(turnout_of(consent)))
        for consent in rounds.select_related("subject").order_by("pk")
    )


@transaction.atomic
def forget_speaker(member: User) -> None:
    """Part of erasing an account: what ``member`` says in open rounds goes, and conditions that nobody else names."""
    theirs = Position.objects.filter(member=member)
    conditions = list(Condition.objects.filter(positions__in=theirs).distinct())
    theirs.delete()
    for condition in conditions:
        _drop_if_nobodys(condition)


def subjects_of_rounds_with(member: User) -> set[int]:
    """The subjects of the rounds that ``member`` opened or speaks in: they are locked to erase the member."""
    opened = ConsentRound.objects.filter(opened_by=member).values_list("subject")
    spoken = Position.objects.filter(member=member).values_list("consent__subject")
    return {pk for (pk,) in opened.order_by().union(spoken.order_by()).order_by()}


# --- What they have in common -----------------------------------------------------------------------------------------
def _locked(consent: ConsentRound) -> ConsentRound:
    """The fresh round with its locked subject."""
    subject = lock_subject(consent.subject_id)
    fresh = ConsentRound.objects.get(pk=consent.pk)
    fresh.subject = subject
    return fresh


def _require(allowed: bool, otherwise: str) -> None:
    if not allowed:
        raise RuleBroken(otherwise)


def _not_yours() -> str:
    return _("This consent round is kept by who opened it and by facilitators.")


def _require_kept(consent: ConsentRound, by: User) -> None:
    _require(keeps(by, consent), _not_yours())
    _require(takes_rounds(consent.subject), _("Nothing of this can be changed now."))
    _require(consent.closed_at is None and clock.today() <= consent.closes_on, _("This consent round is closed."))


def _require_day(closes_on: date) -> None:
    today = clock.today()
    if not clock.first_day(today) <= closes_on <= clock.last_day(today):
        raise RuleBroken(
            _("Leave at least %(shortest)d and at most %(longest)d working days to answer.")
            % {"shortest": clock.SHORTEST, "longest": clock.LONGEST}
        )


def _condition(consent: ConsentRound, words: str, language: str) -> Condition:
    """The condition that says the same, whatever its case and full stop, or a new one."""
    same = f"{language}:{words.casefold().rstrip('.!… ')}"
    defaults = {"text": words, "language": language}
    key = hashlib.sha256(same.encode()).hexdigest()
    return Condition.objects.get_or_create(consent=consent, key=key, defaults=defaults)[0]


def _drop_if_nobodys(condition: Condition) -> None:
    """What was answered stays: it is part of how the text came about."""
    left = Condition.objects.filter(pk=condition.pk, verdict=Verdict.OPEN)
    left.exclude(Exists(Position.objects.filter(condition=OuterRef("pk")))).delete()


def _close(consent: ConsentRound, now: datetime, by: User | None) -> None:
    """Freeze what came of it, and let nothing tell any more who spoke or was reminded."""
    text = ConsentText.objects.get(consent=consent, number=consent.version).text
    consent.result = result_of(consent, text, min(clock.day_of(now), consent.closes_on))
    consent.checksum, consent.closed_at = checksum(consent.result), now
    consent.positions.all().delete()
    consent.save(update_fields=["result", "checksum", "closed_at"])
    Email.objects.filter(dedupe_key__startswith=key_of(consent)).delete()
    record(consent.subject, verbs.CONSENT_CLOSED, by=by, system=by is None, data={"round": consent.pk})
