"""What pages show of requests to join: to who asks, on the hub's page; to who decides, on home and on a page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, Exists, OuterRef, QuerySet
from django.db.models.functions import JSONObject
from django.utils import dateformat, timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from activity.models import Todo
from community.hubs.models import Hub, JoinPolicy, Membership
from community.joining import clock
from community.joining.forms import AcceptForm, AskForm, DeclineForm
from community.joining.models import TODO_KIND, JoinRequest, JoinRequestState, todos_of_request
from community.people.models import User
from community.people.selectors import current_facilitators
from community.topics.models import MemberTopic, TopicKind
from ui import statements
from ui.workdays import Due

#: So many other hubs are offered to who declines, and so many topics of who asks are shown.
MOST_HUBS, MOST_TOPICS = 5, 12
#: For so long a hub's page says what became of a request.
WELCOME_FOR = timedelta(days=7)
DECLINED_FOR = timedelta(days=90)


# --- Whoever decides -------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Person:
    """As much of a member as a link to them needs."""

    pk: int
    name: str
    handle: str

    def get_absolute_url(self) -> str:
        return User(handle=self.handle).get_absolute_url()


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as whoever decides about it reads it."""

    request: JoinRequest
    speakers: Sequence[Person]
    topics: Sequence[tuple[str, str]]  # the kind in words, and the topics
    home_hub: str
    hubs: Sequence[tuple[str, str]]  # address and name of hubs that may suit whoever asks
    days: int
    is_late: bool
    is_with_all: bool
    is_with_facilitators: bool
    facilitators_on: Due
    reader: User

    @property
    def others(self) -> Sequence[Person]:
        """Who speaks for the hub besides the reader."""
        return [person for person in self.speakers if person.pk != self.reader.pk]

    @property
    def others_in_words(self) -> str:
        return in_words([person.name for person in self.others], _("and"))


def as_asked(requests: QuerySet[JoinRequest], reader: User, now: datetime | None = None) -> dict[int, Asked]:
    """What ``requests`` are to ``reader``, who decides about them, by primary key; in one query."""
    now = now or timezone.now()
    topics = MemberTopic.objects.filter(member=OuterRef("member")).exclude(kind=TopicKind.CAN_DO)
    speakers = Membership.objects.current().representatives().counted().filter(hub=OuterRef("hub"))
    rows = requests.select_related("hub", "member__primary_hub__subject").annotate(
        topics=ArraySubquery(
            topics.order_by("topic__label_nl", "pk").values(
                found=JSONObject(kind="kind", nl="topic__label_nl", en="topic__label_en")
            )[:MOST_TOPICS]
        ),
        speakers=ArraySubquery(
            speakers.order_by("started_at", "pk").values(
                found=JSONObject(pk="member_id", name="member__name", handle="member__handle")
            )
        ),
        hubs=ArraySubquery(_that_may_suit().values(found=JSONObject(slug="slug", name="name"))[:MOST_HUBS]),
        is_with_facilitators=Exists(todos_of_request().open().filter(is_for_facilitators=True)),
        is_with_all=Exists(todos_of_request().open().filter(hub__isnull=False)),
    )
    return {row.pk: _as_asked(row, reader, now) for row in rows}


def _that_may_suit() -> QuerySet[Hub]:
    """Other hubs that work on what the member of a request knows or wants to learn, the best match first."""
    mine = Membership.objects.current().filter(hub=OuterRef("pk"), member=OuterRef(OuterRef("member")))
    hubs = Hub.objects.for_every_member().open().exclude(join_policy=JoinPolicy.INVITATION)
    suits = hubs.filter(hub_topics__topic__member_topics__member=OuterRef("member")).exclude(pk=OuterRef("hub"))
    return suits.filter(~Exists(mine)).annotate(n=Count("hub_topics__topic", distinct=True)).order_by("-n", "sort_name")


def _as_asked(row: Any, reader: User, now: datetime) -> Asked:
    dutch = (get_language() or "").startswith("nl")
    by_kind: dict[str, list[str]] = {}
    for topic in row.topics:
        by_kind.setdefault(topic["kind"], []).append(topic["nl"] if dutch else topic["en"])
    hub = row.member.primary_hub
    facilitators_on = clock.due(clock.FACILITATORS_AFTER, row.asked_at)
    return Asked(
        request=row,
        speakers=[Person(**found) for found in row.speakers],
        topics=[
            (words, ", ".join(by_kind[kind]))
            for kind, words in (
                (TopicKind.WANTS_TO_LEARN, _("wants to learn")),
                (TopicKind.ASK_ME, _("ask me about")),
            )
            if kind in by_kind
        ],
        home_hub=hub.name if hub is not None and hub.subject.is_shared else "",
        hubs=[(found["slug"], found["name"]) for found in row.hubs],
        days=clock.days_ago(row.asked_at, now),
        is_late=row.asked_at < clock.begun_before(clock.REMIND_AFTER, now),
        is_with_all=row.is_with_all,
        is_with_facilitators=row.is_with_facilitators,
        facilitators_on=facilitators_on,
        reader=reader,
    )


def decline_form(asked: Asked, data: Any = None) -> DeclineForm:
    """The form that says no to one of perhaps several requests on a page."""
    auto_id = f"decline-{asked.request.pk}-%s"
    return DeclineForm(
        data, join_request=asked.request, may_suit=asked.hubs, auto_id=auto_id, use_required_attribute=False
    )


def accept_form(pk: int, data: Any = None) -> AcceptForm:
    """The form that says yes to one of perhaps several requests on a page."""
    return AcceptForm(data, auto_id=f"accept-{pk}-%s")


@dataclass(frozen=True, slots=True)
class RequestRow:
    """A request with the forms that answer it; one that was refused stands there as it was sent."""

    asked: Asked
    accept: AcceptForm
    decline: DeclineForm


def request_row(asked: Asked, *, decline: DeclineForm | None = None, accept: AcceptForm | None = None) -> RequestRow:
    """What ``community/joining/_request.html`` shows."""
    return RequestRow(
        asked=asked, accept=accept or accept_form(asked.request.pk), decline=decline or decline_form(asked)
    )


# --- Whoever asks ----------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Step:
    """One line of how a request goes on: a day, what then, and whether that was, is or comes."""

    on: date
    text: str
    css_class: str = ""

    @property
    def day(self) -> str:
        return dateformat.format(self.on, "D j F")


@dataclass(frozen=True, slots=True)
class JoinBox:
    """What a hub's page says to somebody who may want to join it.

    ``kind``: "ask", "waiting", "welcome", "declined", "invitation", or "" for nothing.
    """

    kind: str = ""
    request: JoinRequest | None = None
    form: AskForm | None = None
    days: int = 0
    whom: str = ""  # links to people, as HTML
    also: str = ""
    since: date | None = None
    steps: Sequence[Step] = ()
    others_on: Due | None = None
    facilitators_on: Due | None = None
    decide_on: date | None = None
    stage: str = ""  # of a waiting request: with "one", "all" or the "facilitators"
    has_one_speaker: bool = False
    other_hub: Hub | None = None
    ask_again_on: date | None = None


def people_in_words(people: Iterable[Any], last: str) -> SafeString:
    """Links to ``people`` in a sentence: "Eva Vos, Jan Kok or Olivier Kuipers"."""
    links = [format_html('<a href="{}">{}</a>', person.get_absolute_url(), person.name) for person in people]
    if len(links) < 2:
        return format_html_join("", "{}", ((link,) for link in links))
    first = format_html_join(", ", "{}", ((link,) for link in links[:-1]))
    return format_html("{} {} {}", first, last, links[-1])


def in_words(names: Sequence[str], last: str) -> str:
    """Names in a sentence."""
    return f"{', '.join(names[:-1])} {last} {names[-1]}" if len(names) > 1 else "".join(names)


def join_box(
    hub: Hub, user: User, representatives: Sequence[Any], *, is_mine: bool, now: datetime | None = None
) -> JoinBox:
    """What the page of ``hub`` says to ``user`` about joining it; three queries at most.

    ``representatives`` carry ``since``.
    """
    now = now or timezone.now()
    last = statements.first(_last_request, hub.pk, user.pk)
    if last is not None:
        last.hub = hub
    speakers = sorted(representatives, key=lambda member: (member.since, member.pk))
    if last is not None and last.state == JoinRequestState.WAITING:
        return _waiting(last, speakers, now)
    if is_mine:
        is_new = last is not None and last.state == JoinRequestState.ACCEPTED and _is_recent(last, WELCOME_FOR, now)
        return JoinBox(kind="welcome", request=last) if is_new else JoinBox()
    if hub.state == Hub.State.CLOSED:
        lapsed = last is not None and last.state == JoinRequestState.LAPSED and _is_recent(last, DECLINED_FOR, now)
        return JoinBox(kind="lapsed", request=last) if lapsed else JoinBox()
    if last is not None and last.state == JoinRequestState.DECLINED and _is_recent(last, DECLINED_FOR, now):
        return _declined(last, user, now)
    if hub.join_policy == JoinPolicy.OPEN:
        return JoinBox()
    whom = people_in_words(speakers or current_facilitators(), _("or"))
    one = len(speakers) == 1
    if hub.join_policy == JoinPolicy.INVITATION:
        return JoinBox(kind="invitation", whom=whom, has_one_speaker=one, stage="" if speakers else "facilitators")
    words = last.words if last is not None and last.state == JoinRequestState.WITHDRAWN else ""
    stage = "" if speakers else "facilitators"
    return JoinBox(kind="ask", whom=whom, form=AskForm(initial={"words": words}), has_one_speaker=one, stage=stage)


def _last_request(hub: int, member: int) -> QuerySet[JoinRequest]:
    rows = JoinRequest.objects.filter(hub=hub, member=member).select_related("answered_by", "other_hub__subject")
    return rows.order_by("-pk")[:1]


def _is_recent(request: JoinRequest, span: timedelta, now: datetime) -> bool:
    return request.ended_at is not None and request.ended_at > now - span


def _declined(request: JoinRequest, user: User, now: datetime) -> JoinBox:
    again_at = (request.ended_at or now) + clock.AGAIN_AFTER
    other = request.other_hub
    if other is not None:
        shown = Hub.objects.for_list(user).filter(pk=other.pk, is_mine=False).open()  # type: ignore[misc] # annotated
        other = shown.first()
    is_again = again_at <= now and request.hub.join_policy == JoinPolicy.REQUEST
    return JoinBox(
        kind="declined",
        request=request,
        other_hub=other,
        ask_again_on=None if is_again else clock.day_of(again_at),
        form=AskForm(initial={"words": request.words}) if is_again else None,
    )


def _waiting(request: JoinRequest, speakers: Sequence[Any], now: datetime) -> JoinBox:
    """With whom it lies, since when, who was reminded, and what comes next and when."""
    rows = Todo.objects.about(TODO_KIND, request.hub.subject_id, request.key).select_related("member").order_by("pk")
    todos = list(rows)
    open_todos = [todo for todo in todos if todo.passed_on_at is None and todo.done_at is None]
    personal = next((todo for todo in open_todos if todo.member is not None), None)
    of_hub = next((todo for todo in open_todos if todo.hub_id is not None), None)
    of_facilitators = next((todo for todo in open_todos if todo.is_for_facilitators), None)
    holder = personal.member if personal is not None else None
    stage = "facilitators" if of_facilitators else "all" if of_hub else "one"
    others = [member for member in speakers if holder is None or member.pk != holder.pk]
    others_on = clock.due(clock.OTHERS_AFTER, request.asked_at)
    facilitators_on = clock.due(clock.FACILITATORS_AFTER, request.asked_at)
    steps = [*_taken(request, todos, speakers), *_coming(request, personal, others, stage, now)]
    whom: Iterable[Any] = current_facilitators() if of_facilitators else speakers if of_hub else filter(None, [holder])
    now_with = of_facilitators or of_hub or personal
    return JoinBox(
        kind="waiting",
        request=request,
        days=clock.days_ago(request.asked_at, now),
        stage=stage,
        whom=people_in_words(whom, _("and")),
        also=people_in_words(speakers if of_facilitators else others, _("or") if of_facilitators else _("and")),
        since=clock.day_of(now_with.created_at) if now_with else None,
        steps=steps,
        others_on=others_on if others and stage == "one" and others_on.day > clock.day_of(now) else None,
        facilitators_on=facilitators_on,
        decide_on=of_facilitators.due_on if of_facilitators else None,
        has_one_speaker=len(speakers) == 1,
    )


def _taken(request: JoinRequest, todos: Sequence[Todo], speakers: Sequence[Any]) -> list[Step]:
    """What happened so far, in order."""
    found: list[tuple[datetime, int, str]] = []
    first: int | None = None
    for number, todo in enumerate(todos):
        if todo.member is not None:
            name = todo.member.get_short_name()
            text = _("asked %(name)s") if first is None else _("passed on to %(name)s")
            first = first or todo.member.pk
            found.append((todo.created_at, number, text % {"name": name}))
            if todo.reminded_at is not None:
                found.append((todo.reminded_at, number, _("%(name)s reminded") % {"name": name}))
        elif todo.hub_id is not None:
            others = [member.get_short_name() for member in speakers if member.pk != first]
            found.append((todo.created_at, number, _also_with(others)))
        else:
            found.append((todo.created_at, number, _("to the facilitators")))
    found.sort()
    last = len(found) - 1
    return [
        Step(clock.day_of(at), text, "is-now" if place == last else "is-done")
        for place, (at, _number, text) in enumerate(found)
    ]


def _coming(
    request: JoinRequest, personal: Todo | None, others: Sequence[Any], stage: str, now: datetime
) -> list[Step]:
    """What comes if nobody answers."""
    today = clock.day_of(now)
    steps = []
    if personal is not None and personal.member is not None and personal.reminded_at is None:
        on = clock.due(clock.REMIND_AFTER, personal.created_at).day
        steps.append(Step(on, _("%(name)s is reminded") % {"name": personal.member.get_short_name()}))
    if stage == "one" and others:
        on = clock.due(clock.OTHERS_AFTER, request.asked_at).day
        steps.append(Step(on, _also_with([member.get_short_name() for member in others])))
    if stage != "facilitators":
        on = clock.due(clock.FACILITATORS_AFTER, request.asked_at).day
        steps.append(Step(on, _("to the facilitators")))
    return sorted((step for step in steps if step.on > today), key=lambda step: step.on)


def _also_with(names: Sequence[str]) -> str:
    if 0 < len(names) < 3:
        return _("also with %(names)s") % {"names": in_words(names, _("and"))}
    return _("also with the other representatives")
