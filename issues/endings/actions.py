"""Every write to how bottlenecks end, are confirmed, and are opened again. Spec 02, Life."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from activity.actions import announce, record, update_subject
from activity.models import Subject
from community.hubs import tallies
from issues import verbs
from issues.adoptions.actions import end_adoption, lock_adoption
from issues.adoptions.models import Adoption, Outcome
from issues.adoptions.permissions import ONLY_REPRESENTATIVES, may_end
from issues.bottlenecks.actions import lock_bottleneck, published_as
from issues.bottlenecks.models import Attribution, Bottleneck, BottleneckTally, Route, State, TouchedHub
from ui.errors import RuleBroken

from . import clock, emails
from .models import Ending, How, NoticeAnswer, Noticed
from .permissions import may_reopen, ran_into, ways_open_to

if TYPE_CHECKING:
    from community.models import User
    from issues.replies.models import AnonymousFiling

NOT_ASKED = gettext_lazy("This is not asked any more.")


@transaction.atomic
def end_bottleneck(
    *,
    bottleneck: Bottleneck,
    by: User,
    how: str,
    text: str,
    language: str,
    route: str = "",
    now: datetime | None = None,
) -> Ending:
    """End a bottleneck as ``how`` says, with the ``text`` that its supporters read, Markdown in ``language``.

    ``route`` is who solved it. What hubs work on ends with it, and voting too. A repeat by the same member in the same
    way gives the end that stands already. Raises RuleBroken where it has ended otherwise, for who may not end it so,
    and without a text or a route.
    """
    locked, subject = lock_bottleneck(bottleneck, by)
    standing = Ending.objects.standing().filter(bottleneck=locked).first()
    if standing is not None and (standing.by_id, standing.how) == (by.pk, how):
        return standing
    if subject.closed_at:
        raise RuleBroken(_("This has ended already."))
    if subject.merged_into_id is not None:
        raise RuleBroken(_("This was merged into another bottleneck, which can end."))
    if not subject.may_be_read_by(by) or How(how) not in ways_open_to(by, locked):
        raise RuleBroken(_("You cannot end this bottleneck so."))
    at = now or timezone.now()
    return _end(locked, subject, How(how), route=route, by=by, text=text, language=language, at=at)


@transaction.atomic
def deliver(*, adoption: Adoption, by: User, text: str, language: str, now: datetime | None = None) -> Ending:
    """Say that a hub has solved what it took up: the bottleneck ends by the members' own route.

    ``text`` is what its supporters read, Markdown in ``language``. A repeat gives the end that stands already. Raises
    RuleBroken for who neither speaks for the hub nor facilitates, where the hub has stopped, and without a text.
    """
    fresh, subject = lock_adoption(adoption, by)
    locked = fresh.bottleneck
    standing = Ending.objects.standing().filter(bottleneck=locked).first()
    if standing is not None and fresh.outcome == Outcome.DELIVERED:
        return standing
    if not fresh.is_running or not locked.takes_votes:
        raise RuleBroken(_("Your hub does not work on this any more."))
    if not may_end(by, fresh):
        raise RuleBroken(str(ONLY_REPRESENTATIVES))
    at = now or timezone.now()
    return _end(
        locked, subject, How.SOLVED, route=Route.OURSELVES, by=by, text=text, language=language, at=at, adoption=fresh
    )


@transaction.atomic
def reopen(*, ending: Ending, by: User, why: str, language: str) -> Ending:
    """Open a bottleneck again, with the reason that its supporters read; a repeat changes nothing.

    What hubs worked on until it ended goes on. Raises RuleBroken for who neither facilitates nor ended it, and without
    a reason.
    """
    locked, subject = lock_bottleneck(ending.bottleneck, by)
    fresh = Ending.objects.get(pk=ending.pk, bottleneck=locked)
    if fresh.undone_at is not None:
        return fresh
    if not subject.may_be_read_by(by) or not may_reopen(by, fresh):
        raise RuleBroken(_("Only facilitators, and whoever ended it, can open it again."))
    if not why.strip():
        raise RuleBroken(_("Say why: who supports this reads it."))
    fresh.undone_by, fresh.undone_why, fresh.undone_language = by, why.strip(), language
    _undo(locked, subject, fresh, at=timezone.now())
    record(subject, verbs.REOPENED, by=None if _is_kept_secret(locked, by) else by)
    return fresh


@transaction.atomic
def say_noticed(*, ending: Ending, by: User, answer: str, now: datetime | None = None) -> Ending:
    """Say whether ``by``, who voted for it or filed it, notices that it is solved, or say it otherwise.

    A repeat changes nothing. Enough who still run into it open it again (``clock.reopens``), and whoever said that it
    was solved hears of it. It is in the ledger that somebody answered, never who. Raises RuleBroken where nobody is
    asked (any more), or not ``by``.
    """
    at = now or timezone.now()
    locked, subject = lock_bottleneck(ending.bottleneck, by)
    if not subject.may_be_read_by(by):
        raise RuleBroken(str(NOT_ASKED))
    if not ran_into(by, locked):
        raise RuleBroken(_("This is asked of those who voted for it."))
    return _answer(locked, subject, ending, by.voter_key, answer, at)


@transaction.atomic
def withdraw_by_code(*, filing: AnonymousFiling, text: str, language: str, now: datetime | None = None) -> Ending:
    """Withdraw what was filed anonymously, as who holds its code; a repeat gives the end that stands already.

    ``text`` is what its supporters read, Markdown in ``language``. Raises RuleBroken where it has ended otherwise or
    was merged, and without a text. Spec 02, Filing.
    """
    locked, subject = lock_bottleneck(published_as(filing))
    standing = Ending.objects.standing().filter(bottleneck=locked).first()
    if standing is not None and standing.by_id is None and standing.how == How.LAPSED:
        return standing
    if not locked.takes_votes:
        raise RuleBroken(_("This has ended already."))
    at = now or timezone.now()
    return _end(locked, subject, How.LAPSED, route="", by=None, text=text, language=language, at=at)


@transaction.atomic
def say_noticed_by_code(*, filing: AnonymousFiling, answer: str, now: datetime | None = None) -> Ending:
    """Say whether one notices that what one filed anonymously is solved, as who holds its code; see ``say_noticed``.

    The answer is kept under a key that is made of the code's hash: whose it is, nothing says. Spec 02, Filing.
    """
    locked, subject = lock_bottleneck(published_as(filing))
    ending = Ending.objects.asking().filter(bottleneck=locked).first()
    if ending is None:
        raise RuleBroken(str(NOT_ASKED))
    key = uuid.uuid5(uuid.NAMESPACE_OID, filing.code_hash)
    return _answer(locked, subject, ending, key, answer, now or timezone.now())


def _answer(locked: Bottleneck, subject: Subject, ending: Ending, key: uuid.UUID, answer: str, at: datetime) -> Ending:
    """Keep an answer about a locked bottleneck; enough that still run into it open it again."""
    fresh = Ending.objects.get(pk=ending.pk, bottleneck=locked)
    if not fresh.is_asking(at):
        raise RuleBroken(str(NOT_ASKED))
    row, is_new = NoticeAnswer.objects.get_or_create(ending=fresh, voter_key=key, defaults={"answer": Noticed(answer)})
    if is_new:
        record(subject, verbs.NOTICE_ANSWERED)
    elif row.answer == answer:
        return fresh
    else:
        row.answer = Noticed(answer)
        row.save(update_fields=["answer"])
    counts = count_answers(fresh)
    if clock.reopens(counts):
        _settle(fresh, counts, at)
        _undo(locked, subject, fresh, at=at)
        record(subject, verbs.NOT_NOTICED, data={"ending": fresh.pk, **counts})
    return fresh


def ask_whether_solved(*, now: datetime) -> int:
    """Ask those who voted for it, or filed it, about what was marked solved 14 days ago; returns of how many.

    Each is asked once, however often this runs.
    """
    due = Ending.objects.to_ask_about(now - clock.ASKED_AFTER).values_list("pk", flat=True)
    return sum(_ask(pk, now) for pk in due.order_by("ended_at", "pk"))


def settle_answers(*, now: datetime) -> int:
    """Count what was said about those that were asked long enough ago; returns how many those were."""
    due = Ending.objects.asking().filter(asks_until__lte=now).values_list("pk", flat=True)
    return sum(_settle_due(pk, now) for pk in due.order_by("asks_until", "pk"))


def count_answers(ending: Ending) -> dict[str, int]:
    """How many gave each answer; one query."""
    rows = NoticeAnswer.objects.filter(ending=ending).order_by().values_list("answer").annotate(number=Count("pk"))
    return dict.fromkeys(Noticed.values, 0) | dict(rows)


def subjects_ended_by(member: User) -> set[int]:
    """The subjects of the bottlenecks that ``member`` ended or opened again."""
    rows = Ending.objects.filter(by=member) | Ending.objects.filter(undone_by=member)
    return set(rows.order_by().values_list("bottleneck__subject", flat=True))


# --- Parts -----------------------------------------------------------------------------------------------------------
def _end(
    locked: Bottleneck,
    subject: Subject,
    how: How,
    *,
    route: str,
    by: User | None,
    text: str,
    language: str,
    at: datetime,
    adoption: Adoption | None = None,
) -> Ending:
    """Write the end of a locked bottleneck, delivered by ``adoption`` if by one; who else works on it stops with it.

    ``by`` is None for who holds the reply code.
    """
    if not (text := text.strip()):
        raise RuleBroken(_("Say what came of it: who supports this reads it."))
    if how is How.SOLVED and route not in Route.values:
        raise RuleBroken(_("Say who solved it."))
    route = {How.SOLVED: route, How.DECLINED: Route.FORMAL.value, How.LAPSED: ""}[how]
    ending = Ending.objects.create(
        bottleneck=locked,
        how=how,
        route=route,
        by=by,
        hub=adoption.hub if adoption else None,
        text=text,
        language=language,
        ended_at=at,
    )
    locked.state, locked.route = State(how.value), route
    locked.save(update_fields=["state", "route"])
    update_subject(subject, closed_at=at)
    actor = None if _is_kept_secret(locked, by) else by
    data = {"ending": ending.pk}
    if adoption is not None:
        record(subject, verbs.HUB_DELIVERED, by=actor, other=adoption.hub.subject, data=data)
    elif how is How.SOLVED:
        record(subject, verbs.MARKED_SOLVED, by=actor, data=data)
    elif how is How.DECLINED:
        record(subject, verbs.BOTTLENECK_DECLINED, by=actor, data=data)
    else:
        record(subject, verbs.BOTTLENECK_WITHDRAWN, by=actor, data=data)
    if adoption is not None:
        end_adoption(adoption, Outcome.DELIVERED, at=at, words=text, language=language)
    for other in Adoption.objects.open().filter(bottleneck=locked):
        other.bottleneck = locked
        end_adoption(other, Outcome.ENDED, at=at)
    _count(locked)
    return ending


def _undo(locked: Bottleneck, subject: Subject, ending: Ending, *, at: datetime) -> None:
    """Open a locked bottleneck again; hubs that worked on it until it ended go on, and what they delivered did not."""
    NoticeAnswer.objects.filter(ending=ending).delete()
    ending.undone_at = at
    ending.save()
    locked.state, locked.route = State.OPEN, ""
    locked.save(update_fields=["state", "route"])
    update_subject(subject, closed_at=None)
    interrupted = Adoption.objects.filter(bottleneck=locked, outcome__in=[Outcome.ENDED, Outcome.DELIVERED])
    interrupted = interrupted.filter(ended_at=ending.ended_at, began_at__isnull=False)
    open_hubs = Adoption.objects.open().filter(bottleneck=locked).values("hub")
    interrupted.exclude(hub__in=open_hubs).update(ended_at=None, outcome="", words="")
    _count(locked)


def _settle(ending: Ending, counts: dict[str, int], at: datetime) -> None:
    ending.settled_at, ending.result = at, counts
    ending.save(update_fields=["settled_at", "result"])
    NoticeAnswer.objects.filter(ending=ending).delete()


@transaction.atomic
def _ask(pk: int, now: datetime) -> bool:
    """Ask about one end, unless that was done or undone meanwhile."""
    found = Ending.objects.select_related("bottleneck").defer("bottleneck__search").get(pk=pk)
    locked, subject = lock_bottleneck(found.bottleneck)
    ending = Ending.objects.to_ask_about(now - clock.ASKED_AFTER).filter(pk=pk, bottleneck=locked).first()
    if ending is None:
        return False
    ending.asked_at, ending.asks_until = now, now + clock.ANSWERED_WITHIN
    ending.save(update_fields=["asked_at", "asks_until"])
    update_subject(subject)  # what is made of bottlenecks is made anew: how many are asked about
    entry = record(subject, verbs.ASKED_WHETHER_SOLVED, system=True, data={"ending": ending.pk})
    announce(emails.asked(ending, entry))
    return True


@transaction.atomic
def _settle_due(pk: int, now: datetime) -> bool:
    """Count the answers about one end, unless that was done or undone meanwhile."""
    found = Ending.objects.select_related("bottleneck").defer("bottleneck__search").get(pk=pk)
    locked, subject = lock_bottleneck(found.bottleneck)
    ending = Ending.objects.asking().filter(pk=pk, bottleneck=locked, asks_until__lte=now).first()
    if ending is None:
        return False
    counts = count_answers(ending)
    _settle(ending, counts, now)
    if clock.confirms(counts):
        locked.state = State.CONFIRMED
        locked.save(update_fields=["state"])
        update_subject(subject)
        record(subject, verbs.CONFIRMED_SOLVED, system=True, data={"ending": pk, **counts})
    return True


def _is_kept_secret(bottleneck: Bottleneck, by: User | None) -> bool:
    """Whether naming ``by`` would tell who filed it confidentially."""
    return by is not None and bottleneck.attribution == Attribution.CONFIDENTIAL and bottleneck.author_id == by.pk


def _count(bottleneck: Bottleneck) -> None:
    """Hubs count what is open; last of all, as every act does."""
    hubs: Iterable[int] = TouchedHub.objects.filter(bottleneck=bottleneck).values_list("hub", flat=True)
    tallies.keep(BottleneckTally, hubs)
