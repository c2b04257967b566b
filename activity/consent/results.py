"""How many spoke, and the result that a round leaves behind. Spec 06, Consent rounds.

Nothing here tells what somebody said: positions are counted once a round is closed and from five on, per hub only who
spoke is counted, and a hub stands by itself only where at least five of it did.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Count, Exists, F, FilteredRelation, OuterRef, Q, QuerySet

from activity.models import Subject
from activity.visibility import belonging, may_read

from . import clock
from .models import Answer, Condition, ConsentRound, Position

#: Fewer than so many are never counted apart.
FEWEST = 5


@dataclass(frozen=True, slots=True)
class Part:
    """How many of a part of the audience spoke; ``hub`` is a hub's subject, None for all others together."""

    hub: int | None
    spoke: int
    audience: int


@dataclass(frozen=True, slots=True)
class Turnout:
    """How many of the audience spoke; by hub as far as that gives nobody away, the largest first.

    ``others`` are the members of ``other_hubs`` hubs and those without one. ``spoke`` is None below ``FEWEST``.
    """

    spoke: int | None
    audience: int
    hubs: tuple[Part, ...] = ()
    others: Part | None = None
    other_hubs: int = 0

    @property
    def parts(self) -> tuple[Part, ...]:
        """All lines of the table."""
        return (*self.hubs, self.others) if self.others else self.hubs


def turnout_of(consent: ConsentRound) -> Turnout:
    """Who of the audience spoke until now, in one statement; whoever spoke and left the audience counts as well."""
    return gathered(Part(*row) for row in _by_hub(consent))


def _by_hub(consent: ConsentRound) -> QuerySet[Any, Any]:
    audience = Q(is_active=True, activated_at__isnull=False)
    if not consent.subject.is_shared:
        reader = OuterRef(OuterRef("pk"))  # of the row, seen from within the statement about the subject
        audience &= Q(Exists(Subject.objects.filter(may_read(reader), pk=consent.subject_id)))
    said = FilteredRelation("consent_positions", condition=Q(consent_positions__consent=consent.pk))
    rows = get_user_model().objects.annotate(said=said).filter(audience | Q(said__isnull=False)).order_by()
    counted = rows.values(part=F(belonging.main_hub)).annotate(spoke=Count("said"), audience=Count("pk"))
    found: QuerySet[Any, Any] = counted.values_list("part", "spoke", "audience")
    return found


def gathered(parts: Iterable[Part]) -> Turnout:
    """Put together what must not stand by itself: fewer than ``FEWEST`` answers, or what could be reckoned from all.

    What is left over is as good as told by the total. So where that is fewer than ``FEWEST`` and not nobody, the
    smallest of the hubs joins them.
    """
    every = sorted(parts, key=lambda part: (-part.spoke, -part.audience, part.hub or 0))
    shown = [part for part in every if part.hub is not None and part.spoke >= FEWEST]
    rest = [part for part in every if part not in shown]
    while shown and 0 < sum(part.spoke for part in rest) < FEWEST:
        rest.insert(0, shown.pop())
    spoke, audience = sum(part.spoke for part in every), sum(part.audience for part in every)
    others = Part(None, sum(part.spoke for part in rest), sum(part.audience for part in rest)) if rest else None
    return Turnout(
        spoke=spoke if spoke >= FEWEST else None,
        audience=audience,
        hubs=tuple(shown),
        others=others if shown else None,
        other_hubs=sum(part.hub is not None for part in rest),
    )


def named(conditions: QuerySet[Condition]) -> QuerySet[Condition]:
    """Conditions that stand, with ``number``: how many name them, or did when they were answered; most first."""
    rows = conditions.annotate(now=Count("positions")).filter(Q(now__gt=0) | Q(answered_at__isnull=False))
    return rows.order_by("-now", "pk")


def told(number: int) -> int | None:
    """``number`` as far as it may be told."""
    return number if number >= FEWEST else None


def result_of(consent: ConsentRound, text: str, closed_on: date) -> dict[str, Any]:
    """What a round leaves behind: nothing in it, nor in what order it stands, tells who said what."""
    turnout = turnout_of(consent)
    counts = Counter(dict(_counts(consent)))
    conditions = sorted(named(consent.conditions.all()), key=lambda it: (it.text, it.language))
    objections = consent.positions.filter(answer=Answer.OBJECT).values_list("objection", "language")
    return {
        "v": 1,
        "question": consent.question,
        "language": consent.language,
        "version": consent.version,
        "text": text,
        "opened_on": clock.day_of(consent.opened_at).isoformat(),
        "closed_on": closed_on.isoformat(),
        # Of what is hidden nobody knows who would have read it.
        "turnout": as_kept(turnout) if consent.subject.hidden_at is None else None,
        "positions": {answer: counts[answer] for answer in Answer.values} if turnout.spoke is not None else None,
        "conditions": [_condition(it) for it in conditions],
        "objections": [{"text": words, "language": language} for words, language in sorted(objections)],
    }


def as_kept(turnout: Turnout) -> dict[str, Any]:
    """A turnout in plain values."""
    return {**asdict(turnout), "hubs": [asdict(part) for part in turnout.hubs]}


def _counts(consent: ConsentRound) -> Iterable[tuple[str, int]]:
    rows = Position.objects.filter(consent=consent).order_by().values("answer").annotate(number=Count("pk"))
    return rows.values_list("answer", "number")


def _condition(condition: Any) -> dict[str, Any]:
    return {
        "text": condition.text,
        "language": condition.language,
        "named_by": told(max(condition.now, condition.named_by)),
        "verdict": condition.verdict,
        "version": condition.version,
        "reason": condition.reason,
        "reason_language": condition.reason_language,
    }


def canonical(result: Mapping[str, Any]) -> bytes:
    """The one form of a result, of which the checksum is made."""
    return json.dumps(result, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def checksum(result: Mapping[str, Any]) -> str:
    """The SHA-256 of a result in its one form."""
    return hashlib.sha256(canonical(result)).hexdigest()


def turnout_in(kept: Mapping[str, Any] | None) -> Turnout | None:
    """The turnout as a round keeps it, or its result."""
    if kept is None:
        return None
    hubs = tuple(Part(**part) for part in kept["hubs"])
    return Turnout(**{**kept, "hubs": hubs, "others": Part(**kept["others"]) if kept["others"] else None})
