"""Preparing digests: whose is due, whether there is something new, and the mails. Spec 06, Digests.

It goes by chunks, each in one transaction: what is due is taken, marked and put into the outbox together. So a run may
be killed at any moment, and two may run at once: each member has one digest for each time it was due. Whether there is
something new for a member is all that is asked here; what it is the sender reads, for a batch of mails at once
(``digests.emails``), with what its member may see by then.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import reduce
from operator import or_
from time import monotonic
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import CharField, Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast, Coalesce, Concat, JSONObject, TruncDate
from django.utils import timezone

from activity.announcements import make_mails
from activity.following.models import DigestPeriod
from activity.notices.selectors import DIGEST

from .clock import next_due
from .models import Digest, DigestState
from .sections import digest_sections

CHUNK = 2_000
#: Seconds after which a run leaves what is left to the next one.
RUN = 120.0
#: What is so new may still be in a transaction that commits in a moment: it is for the next digest.
SETTLED = timedelta(minutes=5)
#: Who did not come for so long is asked once whether they still want it, and gets none until they come again.
GONE_AFTER = timedelta(days=60)
#: What the first digest of a member tells of at most.
FIRST_LOOKS_BACK = timedelta(days=7)
STILL = "digest_still"

#: What decides when a digest is due, as it is kept and as it is chosen.
_KEPT = ("period", "weekday", "hour", "zone")
_CHOSEN = {
    "now_period": Coalesce("member__hearing_settings__digest_period", Value(DigestPeriod.WEEKLY.value)),
    "now_weekday": Coalesce("member__hearing_settings__digest_weekday", Value(1)),
    "now_hour": Coalesce("member__hearing_settings__digest_hour", Value(8)),
    "now_zone": F("member__time_zone"),
}

type Terms = tuple[str, int, int, str]


def prepare_due(*, now: datetime | None = None, run: float = RUN) -> bool:
    """Prepare the digests that are due, for about ``run`` seconds; True when some are left for the next run.

    Their mails lie in the outbox then; the sender is for the caller to call.
    """
    now = now or timezone.now()
    stop_at = monotonic() + run
    _begin(now)
    _reckon_anew(now)
    while prepare_chunk(now=now):
        if monotonic() > stop_at:
            return True
    return False


def prepare_chunk(*, now: datetime) -> int:
    """Prepare some of the digests that are due, in one transaction; returns how many members that was."""
    with transaction.atomic():
        due = DigestState.objects.filter(next_at__lte=now).order_by("next_at", "pk")
        states = list(due.select_for_update(skip_locked=True, of=("self",))[:CHUNK])
        if not states:
            return 0
        gone, here = _split(states, now)
        if gone:
            _ask_whether_still(gone, now)
        if here:
            _prepare(here, now)
    return len(states)


def _split(states: Sequence[DigestState], now: datetime) -> tuple[list[DigestState], list[DigestState]]:
    """Those who did not come for long, and all others who take part."""
    members = get_user_model().objects.filter(pk__in=[state.member_id for state in states], is_active=True)
    seen = dict(members.exclude(activated_at=None).values_list("pk", Coalesce("seen_on", TruncDate("activated_at"))))
    long_ago = (now - GONE_AFTER).date()
    gone = [state for state in states if state.member_id in seen and seen[state.member_id] < long_ago]
    here = [state for state in states if state.member_id in seen and seen[state.member_id] >= long_ago]
    # Who does not take part now is asked again when they do.
    DigestState.objects.filter(pk__in=[state.pk for state in states if state.member_id not in seen]).delete()
    return gone, here


def _prepare(states: Sequence[DigestState], now: datetime) -> None:
    """Mark what is due as prepared, put a mail into the outbox where there is something new, and move on."""
    news = {row.member_id: row.has_news for row in _with_news([state.pk for state in states], now)}
    Digest.objects.bulk_create(
        (
            Digest(
                member_id=state.member_id,
                period=state.period,
                due_at=state.next_at or now,
                since=state.cursor_at,
                until=now - SETTLED,
                has_news=news[state.member_id],
            )
            for state in states
            if state.member_id in news
        ),
        ignore_conflicts=True,
        batch_size=CHUNK,
    )
    make_mails(
        Digest.objects.filter(member__in=news, until=now - SETTLED, has_news=True),
        kind=DIGEST,
        key=Concat(Value(f"{DIGEST}:"), Cast("member", CharField()), Value(":"), Cast("due_at", CharField())),
        context=JSONObject(digest="pk"),
        now=now,
    )
    for (terms, last), some in _by_terms(states).items():
        rows = DigestState.objects.filter(pk__in=[state.pk for state in some])
        rows.update(cursor_at=now - SETTLED, last_due_at=last, next_at=_next(now, terms, last))


def _with_news(states: Sequence[int], now: datetime) -> QuerySet[Any]:
    """Whether there is something new for each: some section that has a row since its cursor."""
    within = {"happened_at__gt": OuterRef("cursor_at"), "happened_at__lte": now - SETTLED}
    some = [Exists(section.rows(OuterRef("member"), True, now).filter(**within)) for section in digest_sections]
    return DigestState.objects.filter(pk__in=states).annotate(has_news=reduce(or_, some))


def _by_terms(states: Iterable[DigestState]) -> Mapping[tuple[Terms, datetime | None], list[DigestState]]:
    """States by what decides when their next one is due: few groups, however many members."""
    groups: defaultdict[tuple[Terms, datetime | None], list[DigestState]] = defaultdict(list)
    for state in states:
        terms = (state.period, state.weekday, state.hour, state.zone)
        groups[terms, state.next_at].append(state)
    return groups


def _next(now: datetime, terms: Terms, last: datetime | None) -> datetime | None:
    period, weekday, hour, zone = terms
    return next_due(now, DigestPeriod(period), weekday, hour, ZoneInfo(zone), last=last)


def _ask_whether_still(states: Sequence[DigestState], now: datetime) -> None:
    """Ask once whether they still want it; they get none until they come again."""
    rows = DigestState.objects.filter(pk__in=[state.pk for state in states])
    rows.update(next_at=None, asked_at=now)
    make_mails(
        rows,
        kind=STILL,
        key=Concat(Value(f"{STILL}:"), Cast("member", CharField()), Value(":"), Cast("asked_at", CharField())),
        context=JSONObject(),
        now=now,
    )


# --- Who has digests, and when they are due ---------------------------------------------------------------------------
def _begin(now: datetime) -> None:
    """Begin for who takes part by now: a state for each, of whom ``_reckon_anew`` finds out when their first is due."""
    members = get_user_model().objects.filter(is_active=True, activated_at__isnull=False, digest_state=None)
    while new := list(members.order_by("pk").values_list("pk", "activated_at")[:CHUNK]):
        DigestState.objects.bulk_create(
            (
                DigestState(
                    member_id=pk,
                    cursor_at=max(activated_at, now - FIRST_LOOKS_BACK),
                    period=DigestPeriod.NEVER,
                    weekday=0,
                    hour=0,
                    zone="",
                )
                for pk, activated_at in new
            ),
            ignore_conflicts=True,
        )


def _reckon_anew(now: datetime) -> None:
    """Find out when the next one is due for who chose otherwise, moved to other clocks, or came again."""
    came_again = Q(asked_at__isnull=False, member__seen_on__gt=TruncDate("asked_at"))
    differs = reduce(or_, (~Q(**{f"now_{name}": F(name)}) for name in _KEPT))
    rows = DigestState.objects.annotate(**_CHOSEN).filter(differs | came_again).order_by("pk")
    while some := list(rows.values_list("pk", "last_due_at", *_CHOSEN)[:CHUNK]):
        groups: defaultdict[tuple[datetime | None, Terms], list[int]] = defaultdict(list)
        for pk, last, *terms in some:
            groups[last, tuple(terms)].append(pk)
        for (last, terms), pks in groups.items():
            period, weekday, hour, zone = terms
            DigestState.objects.filter(pk__in=pks).update(
                period=period, weekday=weekday, hour=hour, zone=zone, asked_at=None, next_at=_next(now, terms, last)
            )
