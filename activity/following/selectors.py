"""How much a member hears of a subject, and why. Spec 06, Following."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Case, Exists, IntegerField, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce, JSONObject
from django.utils.translation import gettext as _

from activity.models import Subject
from activity.visibility import may_read
from ui import statements
from ui.lookups import is_among

from .models import Follow, FollowLevel, HearingSettings
from .reasons import reasons

if TYPE_CHECKING:
    from community.models import User

#: So many followers are counted; beyond them there are "more than".
MOST_COUNTED = 1_000


class _CountOfRows(Subquery):
    """How many rows a subquery has, cut off where it is."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) AS counted)"
    output_field = IntegerField()


@dataclass(frozen=True, slots=True)
class Following:
    """How much somebody hears of a subject, and why, in words."""

    subject: Subject
    level: FollowLevel | None  # None: they do not follow it
    why: str
    followers: int = 0
    is_chosen: bool = False

    @property
    def offers_comments(self) -> bool:
        """Whether who joins in may want to hear of new comments: they do not yet, and did not choose otherwise."""
        return not self.is_chosen and (self.level or FollowLevel.SILENT) < FollowLevel.FOLLOW

    @property
    def is_followed(self) -> bool:
        """Whether they hear anything."""
        return bool(self.level)

    @property
    def has_more_followers(self) -> bool:
        """Whether there are more than are counted."""
        return self.followers > MOST_COUNTED

    @property
    def word(self) -> str:
        """What the button says."""
        if self.level == FollowLevel.FOLLOW:
            return _("You follow this")
        return _("Follow") if self.level is None else str(self.level.label)


def following(subject: Subject, member: User) -> Following:
    """How much ``member`` hears of ``subject``: what they chose for it, else for one of its hubs, else by default.

    One query. The caller has made sure that they may read it.
    """
    found: Any = statements.first(_standing, subject.pk, member)
    level, why = effective(found)
    is_chosen = (found.own or {}).get("level") is not None
    return Following(subject, level, why, found.followers, is_chosen)


def effective(found: Any) -> tuple[FollowLevel | None, str]:
    """The level that holds, and why, from a row with ``own``, ``of_hub`` and ``by_default``. Spec 06, Following."""
    own = found.own or {}
    if own.get("level") is not None:
        return FollowLevel(own["level"]), _("You chose this.")
    if found.of_hub:
        words = _("You chose this for {hub}.").format(hub=found.of_hub["title"])
        return FollowLevel(found.of_hub["level"]), words
    if own:
        began = reasons.get(own["reason"])
        return FollowLevel(found.by_default), str(began.words) if began else ""
    return None, ""


def _standing(subject: int, member: User) -> QuerySet[Subject]:
    # Who follows several of a set counts once; what nothing was merged into is counted as far as it takes.
    twice = Follow.objects.filter(_in_set(OuterRef(OuterRef(OuterRef("pk")))), member=OuterRef("member"))
    counted_there = twice.filter(Q(subject=OuterRef(OuterRef("pk"))) | Q(pk__lt=OuterRef("pk")))
    every = Follow.objects.filter(_in_set(OuterRef(OuterRef("pk")))).exclude(level=FollowLevel.SILENT)
    every = every.filter(Q(subject=OuterRef("pk")) | ~Exists(counted_there))
    return with_standing(Subject.objects.filter(pk=subject), member).annotate(
        followers=_CountOfRows(every.order_by().values("pk")[: MOST_COUNTED + 1])
    )[:1]


def _in_set(subject: OuterRef) -> Q:
    """Follows of ``subject`` and of what was merged into it: their keys are found first, so that the index serves."""
    return is_among("subject", Subject.objects.filter(Q(pk=subject) | Q(merged_into=subject)).values("pk"))


def with_standing(subjects: QuerySet[Subject], member: User) -> QuerySet[Subject]:
    """Subjects with what ``effective`` asks of them for ``member``: what they chose for it, or for what it took in.

    Of several the most that they chose, but where they chose to hear nothing of one of them, that. Spec 02, Merge.
    """
    mine = Follow.objects.filter(member=member)
    first = Value(int(FollowLevel.EVERYTHING) + 1)
    chosen = Coalesce("level", Value(-1), output_field=IntegerField())
    wins = Case(When(level=FollowLevel.SILENT, then=first), default=chosen, output_field=IntegerField())
    of_set = mine.filter(_in_set(OuterRef(OuterRef("pk")))).order_by(wins.desc(), "pk")
    own = of_set.values(found=JSONObject(level="level", reason="reason"))
    hubs = Subject.hubs.through.objects.filter(from_subject=OuterRef(OuterRef("pk"))).values("to_subject")
    of_hub = (
        mine.chosen()
        .filter(may_read(member, "subject"), subject__in=hubs)
        .exclude(subject=OuterRef("pk"))
        .order_by("-level", "subject__title")
        .values(found=JSONObject(level="level", title="subject__title"))
    )
    default = HearingSettings.objects.filter(member=member).values("level")
    return subjects.annotate(
        own=Subquery(own[:1]),
        of_hub=Subquery(of_hub[:1]),
        by_default=Coalesce(Subquery(default[:1]), Value(int(FollowLevel.STATUS))),
    )


def followed_by(member: User) -> QuerySet[Subject]:
    """What ``member`` follows or chose not to hear of, and may see: the latest first, with what ``effective`` asks.

    Of what was merged what is shown in its place.
    """
    mine = Follow.objects.filter(member=member)
    shown = mine.values(shown=Coalesce("subject__merged_into", "subject"))
    latest = mine.filter(_in_set(OuterRef(OuterRef("pk")))).order_by("-created_at").values("created_at")
    subjects = Subject.objects.visible_to(member).filter(pk__in=shown)
    rows = with_standing(subjects, member).annotate(followed_at=Subquery(latest[:1]))
    return rows.order_by("-followed_at", "-pk")
