"""What is read of moderation: a case as each may read it, and the log of the facilitators. Spec 06, Moderation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.expressions import BaseExpression
from django.db.models.functions import Coalesce, JSONObject
from django.urls import reverse
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString

from activity.conversation.hiding import HidingNote, hiding
from activity.conversation.selectors import ShownComment, one_comment
from activity.kinds import COMMUNITY
from activity.models import Activity, Reader, Subject
from activity.timelines import sentence, title_of
from activity.verbs import FORGOTTEN, verbs
from activity.visibility import may_read

from .clock import due_on
from .models import Case, CaseState, Reason, Report, Step, StepKind
from .permissions import (
    facilitators_for,
    is_appeal_open,
    makers_of,
    makers_of_cases,
    may_judge,
    may_restore,
    partial_in,
)
from .verbs import COMMENT_REPORTED, SUBJECT_REPORTED

if TYPE_CHECKING:
    from community.models import User

#: So many who may answer an appeal are named.
MOST_NAMED = 3


# --- What a conversation says of hidden comments ----------------------------------------------------------------------
def _known_of_hiding(comment: OuterRef) -> BaseExpression:
    """The hiding that holds, for ``conversation.hiding``."""
    steps = Step.objects.filter(kind=StepKind.HID, case__comment=comment, case__state=CaseState.HIDDEN)
    appealed = Step.objects.filter(kind=StepKind.APPEALED, case=OuterRef("case")).order_by().values("case")
    found = JSONObject(
        case="case",
        reason="reason",
        text="text",
        language="language",
        by="by__name",
        is_there="by__is_active",
        appeals=Coalesce(Subquery(appealed.annotate(number=Count("pk")).values("number")), 0),
    )
    return Subquery(steps.order_by("-pk").values(found=found)[:1])


def _note(known: Mapping[str, Any]) -> HidingNote:
    return HidingNote(
        reason=str(Reason(known["reason"]).label),
        text=known["text"],
        language=known["language"],
        by=known["by"] if known["is_there"] else "",
        url=reverse("activity:case_detail", args=[known["case"]]),
        may_appeal=not known["appeals"],
    )


def register() -> None:
    """Tell the room below what is known of hidden comments; called once, when the app is ready."""
    hiding.known_of = _known_of_hiding
    hiding.note = _note


# --- One case ---------------------------------------------------------------------------------------------------------
def with_number_of_reports(cases: QuerySet[Case]) -> QuerySet[Case]:
    """Cases with ``number_of_reports``."""
    reports = Report.objects.filter(case=OuterRef("pk")).order_by().values("case")
    number = Subquery(reports.annotate(number=Count("pk")).values("number"))
    return cases.annotate(number_of_reports=Coalesce(number, 0))


@dataclass(frozen=True, slots=True)
class ReportedAs:
    """What is said to be wrong, by how many, since when, and their words; never who they are."""

    key: str
    reason: str
    number: int
    first_at: datetime
    words: Sequence[Report]


@dataclass(frozen=True, kw_only=True)
class ShownCase:
    """A case as one reader may read it, and what they may do about it."""

    case: Case
    subject: Subject
    comment: ShownComment | None
    author: str
    excerpt: str
    reported: Sequence[ReportedAs]
    steps: Mapping[str, Step]
    is_mine: bool
    is_judge: bool
    may_restore: bool
    judges: Sequence[Any]

    @property
    def is_gone(self) -> bool:
        """Whether the comment was deleted meanwhile."""
        return self.comment is not None and self.comment.row.deleted_at is not None

    @property
    def is_open(self) -> bool:
        """Whether nobody decided about the reports yet."""
        return self.case.state == CaseState.OPEN

    @property
    def is_hidden(self) -> bool:
        """Whether the thing is hidden now."""
        return self.case.state == CaseState.HIDDEN

    @property
    def hid(self) -> Step | None:
        """The hiding."""
        return self.steps.get(StepKind.HID)

    @property
    def appealed(self) -> Step | None:
        """The appeal."""
        return self.steps.get(StepKind.APPEALED)

    @property
    def last(self) -> Step | None:
        """The last word: restored, or kept hidden."""
        return self.steps.get(StepKind.RESTORED) or self.steps.get(StepKind.KEPT)

    @property
    def is_appeal_open(self) -> bool:
        """Whether an appeal waits for an answer."""
        return is_appeal_open(self.case, self.steps.values())

    @property
    def may_decide(self) -> bool:
        """Whether the reader decides about the reports now."""
        return self.is_judge and self.is_open

    @property
    def may_answer(self) -> bool:
        """Whether the reader answers the appeal now."""
        return self.is_judge and self.is_appeal_open

    @property
    def may_appeal(self) -> bool:
        """Whether the reader may appeal now."""
        return self.is_mine and self.is_hidden and self.appealed is None and not self.is_gone

    @property
    def due_on(self) -> date | None:
        """By when what waits is decided."""
        begun_at = self.case.opened_at if self.is_open else self.appealed.at if self.appealed else None
        return due_on(begun_at) if begun_at is not None else None

    @property
    def thing_url(self) -> str:
        """Where the thing itself stands."""
        if self.comment is not None:
            return reverse("activity:comment_detail", args=[self.comment.pk])
        return self.subject.url


def find_case(pk: int, reader: User) -> ShownCase | None:
    """A case as ``reader`` may read it: whose the thing is once it was hidden, facilitators, and who judges or did.

    None for everybody else. A facilitator whose the thing is reads what its maker reads.
    """
    case = Case.objects.select_related("subject", "comment").filter(pk=pk).first()
    if case is None:
        return None
    steps = {step.kind: step for step in case.steps.select_related("by").order_by("pk")}
    makers = makers_of(case.subject, case.comment)
    is_mine = reader.pk in makers
    without = partial_in(case, steps.values()) | makers
    judges = not is_mine and may_judge(reader, case.subject, without)
    is_waiting = case.state == CaseState.OPEN or is_appeal_open(case, steps.values())
    did = any(step.by_id == reader.pk for step in steps.values())
    if is_mine:
        if StepKind.HID not in steps:
            return None
    elif not (reader.is_facilitator or did or (judges and is_waiting)):
        return None
    return ShownCase(
        case=case,
        subject=case.subject,
        comment=one_comment(case.comment, reader, judges=True) if case.comment is not None else None,
        author=""
        if case.comment
        else case.subject.registered_kind.author([case.subject], reader).get(case.subject_id, ""),
        excerpt="" if case.comment else case.subject.registered_kind.excerpt([case.subject]).get(case.subject_id, ""),
        reported=[] if is_mine else _reported(case),
        steps=steps,
        is_mine=is_mine,
        is_judge=judges,
        may_restore=case.state == CaseState.HIDDEN and may_restore(reader, makers),
        judges=_judges(case, steps, makers) if is_mine else [],
    )


def _judges(case: Case, steps: Mapping[str, Step], makers: set[int]) -> list[Any]:
    """Some of the facilitators who answer an appeal, or would; none where the representatives do."""
    hid = steps.get(StepKind.HID)
    return list(facilitators_for(makers | ({hid.by_id} if hid and hid.by_id else set()))[:MOST_NAMED])


def _reported(case: Case) -> list[ReportedAs]:
    """The reports by what is wrong, without who they are from: that is not even loaded."""
    by_reason: dict[str, list[Report]] = {}
    for report in case.reports.only("reason", "text", "language", "reported_at", "case").order_by("pk"):
        by_reason.setdefault(report.reason, []).append(report)
    return [
        ReportedAs(
            key=reason,
            reason=str(Reason(reason).label),
            number=len(rows),
            first_at=rows[0].reported_at,
            words=[row for row in rows if row.text],
        )
        for reason, rows in by_reason.items()
    ]


# --- The log ----------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class LogLine:
    """What happened, to what, and where there is more about it."""

    at: datetime
    sentence: SafeString
    reason: str
    subject: Subject | None
    case_url: str


def log_entries(reader: User, about: int = 0) -> QuerySet[Activity]:
    """What the log tells ``reader``, a facilitator: of everything, or of one subject; newest first.

    That is what only facilitators read, without what no timeline tells, and what is meant for the log.
    """
    untold = [verb.key for verb in verbs if not verb.is_told]
    logged = [verb.key for verb in verbs if verb.is_logged]
    told = (Q(readers=Reader.FACILITATORS) & ~Q(verb__in=untold)) | Q(verb__in=logged)
    rows = Activity.objects.filter(may_read(reader, "subject"), told)
    if about:
        rows = rows.filter(subject=about)
    return rows.select_related("subject", "actor", "other").order_by(F("at").desc(), "-pk")


def log_lines(entries: Sequence[Activity], reader: User) -> list[LogLine]:
    """Entries as lines; of several reports in one case the newest says how many there were by then.

    That something of their own was reported ``reader`` learns as little as whoever is no facilitator: once it is
    hidden. A query, and one for each kind of subject among what was reported or hidden.
    """
    lines: list[LogLine] = []
    untold = _own_and_never_hidden({entry.data.get("case", 0) for entry in entries} - {0}, reader)
    counted: set[int] = set()
    for entry in entries:
        case = entry.data.get("case", 0)
        is_report = entry.verb in {COMMENT_REPORTED.key, SUBJECT_REPORTED.key}
        if case in untold or (is_report and case in counted):
            continue
        if is_report:
            counted.add(case)
        lines.append(_line(entry, case))
    return lines


def _own_and_never_hidden(numbers: set[int], reader: User) -> set[int]:
    """Which of these cases are about something of ``reader``'s that was only reported."""
    states = [CaseState.OPEN, CaseState.STANDS]
    cases = Case.objects.select_related("subject", "comment").filter(pk__in=numbers, state__in=states)
    return {pk for pk, makers in makers_of_cases(list(cases)).items() if reader.pk in makers}


def _line(entry: Activity, case: int) -> LogLine:
    verb = verbs.get(entry.verb) or FORGOTTEN
    if verb.plural:
        said = conditional_escape(verb.plural % {"count": entry.data.get("number", 1)})
    else:
        name = entry.actor.name if entry.actor and entry.actor.is_active else None
        who = name or entry.actor_label
        said = sentence(verb, actor_kind=entry.actor_kind, name=who, other=title_of(entry.other))
    reason = entry.data.get("reason", "") if case else ""
    return LogLine(
        at=entry.at,
        sentence=said,
        reason=str(Reason(reason).label) if reason in Reason.values else "",
        subject=entry.subject if entry.subject.kind != COMMUNITY.key else None,
        case_url=reverse("activity:case_detail", args=[case]) if case else "",
    )
