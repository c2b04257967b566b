"""Reads that span several tables: the list of members, and what their pages show."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import islice
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import (
    BooleanField,
    Case,
    Exists,
    ExpressionWrapper,
    F,
    IntegerField,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    TextField,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce, JSONObject, TruncDate
from django.db.models.lookups import Exact, LessThanOrEqual
from django.utils import timezone

from community.hubs.models import Hub, Membership
from community.hubs.selectors import memberships_seen_by
from community.people.models import Role, User
from community.topics.fields import TOPIC_TEXT
from community.topics.models import MemberTopic, Topic, TopicKind, label_in_language
from ui import statements
from ui.search import Asked, Findings, Phrase, Word, finds, folded, search, sought
from ui.statements import Sought

_BY_SEVERAL = 50  # the rank of who has the words here and there, or only something like them
TOPIC_AGE = timedelta(days=14 * 30)  # "not confirmed for 14 months" ranks lower and shows its age. Spec 01


TOPICS_IN_ROW = 3
SUGGESTED, SHORTEST_SOUGHT = 6, 2

_ROW_FIELDS = ("name", "handle", "role", "role_other", "city", "activated_at", "sort_name")  # and no long texts


@dataclass(frozen=True, slots=True)
class MemberFilter:
    """Whom a reader looks for in the directory."""

    words: str = ""
    hub: str = ""
    role: str = ""

    @property
    def known_role(self) -> str:
        """The role that is asked for; a made-up one counts as not said."""
        return self.role if self.role in Role.values else ""

    @property
    def is_active(self) -> bool:
        """Whether anything narrows the list."""
        return bool(self.words or self.hub or self.role)


def directory(user: User, hub: str, role: str) -> QuerySet[User]:
    """Members whom ``user`` may see, of the hub with this address and of this role if they are asked for, by name."""
    members: QuerySet[User] = User.objects.visible_to(user).only(*_ROW_FIELDS)
    if hub:
        in_hub = memberships_seen_by(user).filter(member=OuterRef("pk"), hub__slug=hub)
        members = members.filter(Exists(in_hub))
    if role:
        members = members.filter(role=role)
    return members.order_by("sort_name", "pk")


class HubName(NamedTuple):
    """As much of a hub as a row of the directory needs."""

    language: str
    name: str


def hubs_by_member(user: User, members: Iterable[User]) -> dict[int, list[HubName]]:
    """The hubs of each of ``members`` that ``user`` may know of, the first joined first, in one query."""
    found: dict[int, list[HubName]] = defaultdict(list)
    for member, language, name in statements.rows(_hubs_by_member, user, [member.pk for member in members]):
        found[member].append(HubName(language, name))
    return found


def _hubs_by_member(user: User, members: list[int]) -> QuerySet[Membership, tuple[int, str, str]]:
    rows = memberships_seen_by(user).filter(member__any=members).order_by("started_at", "pk")
    return rows.values_list("member", "hub__language", "hub__name")


@dataclass(frozen=True, slots=True)
class _Known(Sought):
    """A word, and the topics that fit it: as it was typed, or roughly."""

    word: Word
    topics: tuple[int, ...]

    def statement_values(self) -> tuple[Any, ...]:
        return *self.word.statement_values(), list(self.topics)

    def statement_shape(self) -> tuple[bool, bool]:
        """Without topics it is only looked for in names."""
        return self.word.statement_shape(), bool(self.topics)

    def standing_in(self, values: tuple[Any, ...]) -> _Known:
        *texts, topics = values
        return _Known(self.word.standing_in(tuple(texts)), tuple(topics) if self.topics else ())


def search_directory(user: User, wanted: MemberFilter) -> tuple[Findings[User], set[int]]:
    """Who of ``directory`` has every word in their name or topics, the best match first; and the ids of those topics.

    First by name, then by topics: "ask me", "can do", "learn"; one that was not confirmed for 14 months ranks lower.
    Spec 01, Member profile.
    """
    words = sought(wanted.words)
    exact, alike = _topics_with(words)

    def asked(topics: Sequence[set[int]], *, roughly: bool) -> Asked[User]:
        whole = sorted(set.intersection(*topics)) if topics else []
        known = [_Known(word, tuple(sorted(fits))) for word, fits in zip(words, topics, strict=True)]
        phrase, stale = Phrase(" ".join(wanted.words.split())), timezone.localdate() - TOPIC_AGE
        return Asked(_fitting, (roughly, user, wanted.hub, wanted.known_role, phrase, whole, stale, *known))

    found = search(asked(exact, roughly=False), asked(alike, roughly=True))
    return found, set().union(*(alike if found.is_rough else exact))


def _fitting(
    roughly: bool, reader: User, hub: str, role: str, phrase: Phrase, whole: list[int], stale: date, *known: _Known
) -> QuerySet[User]:
    """Those of ``directory`` whose name, or one of whose topics, has each of the ``known`` words.

    First who fits at all, then how well: a large community would wait for seconds the other way round. The few topics
    are read beforehand: as a subquery they would be looked up for everybody who knows one of them. ``whole`` are the
    topics that fit every word; one that was confirmed before ``stale`` ranks lower.
    """
    members = directory(reader, hub, role)
    if not known:
        return members.none()
    by_name = Q()
    for it in known:
        named = finds("sort_name", it.word, roughly=roughly)
        by_name &= named
        if it.topics:
            able = MemberTopic.objects.filter(topic__any=list(it.topics)).order_by().values("member")
            members = members.filter(pk__in=User.objects.filter(named).order_by().values("pk").union(able, all=True))
        else:
            members = members.filter(named)
    typed = folded(phrase.text)
    theirs = MemberTopic.objects.filter(topic__any=whole, member=OuterRef("pk")).order_by()
    best = Subquery(theirs.values("member").annotate(best=Min(_topic_rank(stale))).values("best"))
    members = members.annotate(
        rank=Case(
            When(sort_name__startswith=typed, then=0),
            When(sort_name__contains=typed, then=1),
            When(by_name, then=2),
            default=Coalesce(best, _BY_SEVERAL) if whole else _BY_SEVERAL,
            output_field=IntegerField(),
        )
    )
    return members.order_by("rank", "sort_name", "pk")


def suggested_members(user: User, words: str, *, hub: str = "", but: Collection[str] = ()) -> list[User]:
    """The few who best fit ``words`` as ``search_directory`` finds them and take part, without these handles.

    With ``hub``, the address of one, its members only.
    """
    words = words.strip()
    if len(words) < SHORTEST_SOUGHT:
        return []
    found, _topics = search_directory(user, MemberFilter(words=words, hub=hub))
    fit = (member for member in found.page(None).rows if member.activated_at and member.handle not in but)
    best = [member.pk for member in islice(fit, SUGGESTED)]
    people = {member.pk: member for member in User.objects.active().filter(pk__in=best).for_choice()}
    return [people[pk] for pk in best if pk in people]


def _topics_with(words: Sequence[Word]) -> tuple[list[set[int]], list[set[int]]]:
    """For each word the topics that hold it, and those that hold something like it, in one query.

    Dutch and English labels and aliases count.
    """
    exact: list[set[int]] = [set() for _word in words]
    alike: list[set[int]] = [set() for _word in words]
    for pk, *fits in statements.rows(_topics_that_fit, *words) if words else ():
        for found, is_fit in zip((*exact, *alike), fits, strict=True):
            if is_fit:
                found.add(pk)
    return exact, alike


def _topics_that_fit(*words: Word) -> QuerySet[Topic, Any]:
    conditions = [finds("text", word, roughly=roughly) for roughly in (False, True) for word in words]
    flags = {f"fits_{n}": ExpressionWrapper(fits, BooleanField()) for n, fits in enumerate(conditions)}
    return Topic.objects.order_by().alias(text=TOPIC_TEXT).annotate(**flags).values_list("pk", *flags)


def _topic_rank(stale: date) -> Case:
    """From 3 (ask me, confirmed lately) to 8 (wants to learn, confirmed before ``stale``)."""
    whens = []
    for place, kind in enumerate((TopicKind.ASK_ME, TopicKind.CAN_DO, TopicKind.WANTS_TO_LEARN)):
        whens += [
            When(kind=kind, confirmed_on__gte=stale, then=3 + place * 2),
            When(kind=kind, then=4 + place * 2),
        ]
    return Case(*whens, default=98, output_field=IntegerField())


@dataclass(frozen=True, slots=True)
class Found:
    """Somebody on the directory's list, their hubs, and why they fit the words; without a reason, their topics."""

    member: User
    hubs: Sequence[HubName]
    why: Reasons | None
    topics: Sequence[KnownTopic] = ()


@dataclass(slots=True)
class Reasons:
    """Why somebody is found: the topics that match, by kind, and when they were confirmed last."""

    topics: list[tuple[str, Topic]] = field(default_factory=list)
    confirmed_on: date | None = None
    is_own: bool = True  # they said so themselves; else a list that was imported did

    @property
    def is_old(self) -> bool:
        """Whether nothing of it was confirmed for 14 months."""
        return self.confirmed_on is not None and self.confirmed_on < timezone.localdate() - TOPIC_AGE


def reasons(members: Iterable[User], topics: Collection[int]) -> dict[int, Reasons]:
    """Why each of ``members`` is found by one of ``topics``, in one query."""
    found: dict[int, Reasons] = defaultdict(Reasons)
    for row in statements.rows(_known_by, [member.pk for member in members], sorted(topics)):
        reason = found[row.member_id]
        reason.topics.append((row.kind, row.topic))
        if reason.confirmed_on is None or row.confirmed_on > reason.confirmed_on:
            reason.confirmed_on, reason.is_own = row.confirmed_on, row.is_own
    return found


@dataclass(frozen=True, slots=True)
class KnownTopic:
    """As much of a topic as a row of the directory needs."""

    kind: str
    label_nl: str
    label_en: str

    def __str__(self) -> str:
        return label_in_language(self.label_nl, self.label_en)


def first_topics(members: Iterable[int]) -> dict[int, list[KnownTopic]]:
    """A few topics of each of ``members``: what one may ask them about, then what they can do. One query for all."""
    found = statements.rows(_first_topics, list(members))
    return {member: [KnownTopic(**topic) for topic in topics] for member, topics in found}


def _first_topics(members: list[int]) -> QuerySet[User, Any]:
    known = (
        MemberTopic.objects.filter(member=OuterRef("pk"), kind__in=[TopicKind.ASK_ME, TopicKind.CAN_DO])
        .order_by("kind", "topic__label_nl", "pk")  # "ask_me" comes before "can_do"
        .values(topic_row=JSONObject(kind="kind", label_nl="topic__label_nl", label_en="topic__label_en"))
    )
    rows: QuerySet[Any] = User.objects.filter(pk__any=members).order_by()
    found: QuerySet[User, Any] = rows.annotate(known=ArraySubquery(known[:TOPICS_IN_ROW])).values_list("pk", "known")
    return found


def _known_by(members: list[int], topics: list[int]) -> QuerySet[Any]:
    rows: QuerySet[Any] = MemberTopic.objects.filter(topic__any=topics, member__any=members).select_related("topic")
    known: QuerySet[Any] = rows.annotate(is_own=_said_by_themselves()).order_by("kind", "topic__label_nl", "pk")
    return known


def topics_by_kind(member: User) -> dict[str, list[MemberTopic]]:
    """What ``member`` says they know and want to learn, by kind, in one query."""
    found: dict[str, list[MemberTopic]] = {kind: [] for kind in TopicKind.values}
    for row in statements.rows(_topics_of, member.pk):
        found[row.kind].append(row)
    return found


def is_open_to_questions(member: User, topics: Mapping[str, Sequence[MemberTopic]]) -> bool:
    """Whether members may have the e-mail address of ``member``: who says "ask me about" something offers it.

    Everybody else's stays with them, and visitors see nobody at all. Spec 01, Member profile and Privacy.
    """
    return bool(topics[TopicKind.ASK_ME] and member.activated_at and member.is_active)


def _topics_of(member: int) -> QuerySet[MemberTopic]:
    rows = MemberTopic.objects.filter(member=member).select_related("topic").annotate(is_own=_said_by_themselves())
    return rows.order_by("topic__label_nl", "pk")


def _said_by_themselves() -> ExpressionWrapper[Any]:
    """Whether it was a member who said what they know: what a list says comes before they take part."""
    never_imported = Exact(Cast("member__imported", TextField()), Value("{}"))
    since = TruncDate("member__activated_at", tzinfo=ZoneInfo(settings.TIME_ZONE))
    return ExpressionWrapper(Q(never_imported) | Q(LessThanOrEqual(since, F("confirmed_on"))), BooleanField())


def member_at(reader: User, handle: str) -> QuerySet[User]:
    """The member who has or had this handle, in small letters, if ``reader`` may see them."""
    members: QuerySet[User] = User.objects.visible_to(reader).select_related("unit", "primary_hub").by_handle(handle)
    return members[:1]


def memberships_of(reader: User, member: int) -> QuerySet[Membership]:
    """Where a member belongs, as far as ``reader`` may know, the first joined first."""
    return memberships_seen_by(reader).filter(member=member).select_related("hub").order_by("started_at", "pk")


def with_unit(pk: int) -> QuerySet[User]:
    """A member as the form of their profile changes them."""
    members: QuerySet[User] = User.objects.filter(pk=pk).select_related("unit")
    return members


def hubs_of(member: User) -> QuerySet[Hub]:
    """The hubs that ``member`` belongs to, by name."""
    mine = memberships_seen_by(member).filter(member=member).values("hub")
    return Hub.objects.filter(pk__in=mine).order_by("sort_name", "pk")
