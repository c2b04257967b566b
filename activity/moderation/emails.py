"""The mails of moderation: to whose a hidden thing is, to who reported it, and to who hid it. Spec 06, Moderation.

All are *asked for*: about what the member made, reported or decided. Who reported is named in none of them, and no mail
to who reported names anybody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef
from django.db.models.functions import JSONObject
from django.urls import reverse
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _

from activity.mailkinds import MailClass, MailContent, MailKind, mail_kinds
from activity.models import Email
from activity.visibility import belonging

from .models import Case, CaseState, Reason, Report, Step, StepKind

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

HIDDEN, REPORTED, ANSWERED, TOLD = (
    "moderation_hidden",
    "moderation_reported",
    "moderation_answered",
    "moderation_told",
)


# --- Making them ------------------------------------------------------------------------------------------------------
def hidden(case: Case, makers: Iterable[int]) -> list[Email]:
    """Yours is hidden, why, and what you can do."""
    return [_email(HIDDEN, case, pk) for pk in sorted(makers)]


def reported(case: Case, reporters: Iterable[int], step: Step | None = None) -> list[Email]:
    """What you reported is judged, or with a ``step`` was judged otherwise since."""
    return [_email(REPORTED, case, pk, step) for pk in sorted(reporters)]


def answered(case: Case, step: Step, makers: Iterable[int]) -> list[Email]:
    """Yours is shown again, or stays hidden."""
    return [_email(ANSWERED, case, pk, step) for pk in sorted(makers)]


def told(case: Case, step: Step, hiders: Iterable[int]) -> list[Email]:
    """What you hid is shown again by somebody else, or stays hidden."""
    return [_email(TOLD, case, pk, step) for pk in sorted(hiders)]


def _email(kind: str, case: Case, to: int, step: Step | None = None) -> Email:
    """A mail about a comment is about its subject too, which its reader must see; one about the subject itself is not.

    While that is hidden those concerned do not see it, and hear of it all the same.
    """
    context = {"case": case.pk, **({"step": step.pk} if step is not None else {})}
    return Email(
        member_id=to,
        subject_id=case.subject_id if case.comment_id else None,
        kind=kind,
        context=context,
        dedupe_key=":".join([kind, *map(str, context.values()), str(to)]),
    )


# --- Showing them, or not ---------------------------------------------------------------------------------------------
#: Of whoever did something: the name, and whether they take part.
_BY = {"by": "by__name", "is_there": "by__is_active"}

type Fits = Callable[[Any, Email], bool]


def _loads(fits: Fits) -> Callable[[Sequence[Email]], Mapping[int, MailContent]]:
    """Have ``fits`` say of cases as they are now whether a mail still makes sense; one query for a batch."""

    def load_many(mails: Sequence[Email]) -> dict[int, MailContent]:
        steps = Step.objects.filter(case=OuterRef("pk")).order_by("pk")
        reports = Report.objects.filter(case=OuterRef("pk"), member__in={mail.member_id for mail in mails})
        step = JSONObject(pk="pk", kind="kind", reason="reason", text="text", language="language", **_BY)
        report = JSONObject(member="member", reason="reason", text="text", language="language")
        rows = Case.objects.select_related("subject", "comment").annotate(
            done=ArraySubquery(steps.values(found=step)), theirs=ArraySubquery(reports.values(found=report))
        )
        cases: Mapping[int, Any] = rows.in_bulk({mail.context["case"] for mail in mails})
        return {
            mail.pk: _content(cases[number], mail)
            for mail in mails
            if (number := mail.context["case"]) in cases and fits(cases[number], mail)
        }

    return load_many


def _is_hidden(case: Any, _mail: Email) -> bool:
    return case.state == CaseState.HIDDEN and not _is_gone(case)


def _is_judged(case: Any, mail: Email) -> bool:
    """That it is shown again the later mail says, also to whom the first has not reached yet."""
    is_told_later = case.state == CaseState.RESTORED and "step" not in mail.context
    return case.state != CaseState.OPEN and not is_told_later and _own_report(case, mail) is not None


def _is_latest(case: Any, mail: Email) -> bool:
    """Nobody decided anything else since."""
    return bool(case.done) and case.done[-1]["pk"] == mail.context["step"]


def _is_gone(case: Any) -> bool:
    return case.comment is not None and case.comment.deleted_at is not None


def _own_report(case: Any, mail: Email) -> dict[str, Any] | None:
    return next((it for it in case.theirs if it["member"] == mail.member_id), None)


def _label(reason: str) -> str:
    return str(Reason(reason).label)


_why = lazy(_label, str)


def _content(case: Any, mail: Email) -> MailContent:
    steps = {step["kind"]: step for step in case.done}
    report = _own_report(case, mail)
    hid = steps.get(StepKind.HID)
    where = reverse("activity:comment_detail", args=[case.comment_id]) if case.comment_id else case.subject.url
    return MailContent(
        context={
            "is_comment": case.comment_id is not None,
            "title": case.subject.title,
            "hid": hid,
            "why": _why(hid["reason"]) if hid else "",
            "last": steps.get(StepKind.RESTORED) or steps.get(StepKind.KEPT),
            "has_appealed": StepKind.APPEALED in steps,
            "is_hidden": case.state == CaseState.HIDDEN,
            "is_restored": case.state == CaseState.RESTORED,
            "is_gone": _is_gone(case),
            "report": report,
            "reported": _why(report["reason"]) if report else "",
            "case_url": settings.BASE_URL + reverse("activity:case_detail", args=[case.pk]),
            "thing_url": settings.BASE_URL + where,
        }
    )


def _sample(kind: str) -> Email | None:
    """A mail about the comment that was reported last, as if it had been hidden, and its author had appealed."""
    reports = Report.objects.filter(case__state=CaseState.OPEN, case__subject__is_shared=True, member__isnull=False)
    report = reports.exclude(case__comment__author=None).select_related("case__comment").order_by("pk").last()
    facilitator = get_user_model().objects.filter(belonging.facilitates(OuterRef("pk"))).order_by("pk").first()
    if report is None or report.case.comment is None or facilitator is None:
        return None
    case, author = report.case, report.case.comment.author_id
    case.state = CaseState.HIDDEN
    case.save(update_fields=["state"])
    hid = Step.objects.create(
        case=case, kind=StepKind.HID, by=facilitator, reason=report.reason, text="…", language="nl"
    )
    if kind in {HIDDEN, REPORTED}:
        to = author if kind == HIDDEN else report.member_id
        return _to(_email(kind, case, to or 0))
    Step.objects.create(case=case, kind=StepKind.APPEALED, by_id=author, text="…", language="nl")
    kept = Step.objects.create(case=case, kind=StepKind.KEPT, by=facilitator, text="…", language="nl")
    return _to(_email(kind, case, (author if kind == ANSWERED else hid.by_id) or 0, kept))


def _to(mail: Email) -> Email:
    """With its address, as the outbox would give it one."""
    assert mail.member is not None  # noqa: S101 - it was just made for one
    mail.address = mail.member.email
    return mail


def register() -> None:
    """Make the kinds known to the outbox and to the settings of members."""
    mine = _("You get this mail because it is about something of yours.")
    kinds: tuple[tuple[str, _StrOrPromise, _StrOrPromise, Fits], ...] = (
        (HIDDEN, _("Something of yours is hidden"), mine, _is_hidden),
        (
            REPORTED,
            _("What you reported is judged"),
            _("You get this mail because you reported something."),
            _is_judged,
        ),
        (ANSWERED, _("Something of yours is shown again, or stays hidden"), mine, _is_latest),
        (
            TOLD,
            _("Somebody else decided about what you hid"),
            _("You get this mail because you hid something."),
            _is_latest,
        ),
    )
    for key, label, reason, fits in kinds:
        mail_kinds.register(
            MailKind(
                key=key,
                mail_class=MailClass.ASKED_FOR,
                template=f"activity/email/{key}",
                label=label,
                reason=reason,
                load_many=_loads(fits),
                sample=partial(_sample, key),
            )
        )
