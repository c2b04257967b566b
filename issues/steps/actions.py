"""Every next step for a generic bottleneck. Spec 02, Generic."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from activity.actions import record
from issues import verbs
from issues.bottlenecks.actions import lock_bottleneck
from ui.errors import RuleBroken

from .models import NextStep, StepKind

if TYPE_CHECKING:
    from community.models import User
    from issues.bottlenecks.models import Bottleneck

NOTHING_OWED = gettext_lazy("No next step is owed here: somebody took it already, or this has ended.")


@transaction.atomic
def say_why_not(*, bottleneck: Bottleneck, by: User, text: str, language: str) -> NextStep:
    """Say why a generic bottleneck is not taken up now; who follows it reads that once.

    ``text`` is Markdown in ``language``. A repeat with the same words gives what the first one made. Raises RuleBroken
    for who does not facilitate, and where no step is owed (any more).
    """
    locked, subject = lock_bottleneck(bottleneck, by)
    text = text.strip()
    said = NextStep.objects.filter(bottleneck=locked, kind=StepKind.WHY_NOT, by=by, text=text).first()
    if said is not None:
        return said
    if not by.is_facilitator or not subject.may_be_read_by(by):
        raise RuleBroken(_("Only facilitators take the next step."))
    if not locked.owes_step:
        raise RuleBroken(str(NOTHING_OWED))
    if not text:
        raise RuleBroken(_("Say why: supporters read it."))
    locked.stepped_at = timezone.now()
    locked.save(update_fields=["stepped_at"])
    step = NextStep.objects.create(
        bottleneck=locked, kind=StepKind.WHY_NOT, by=by, text=text, language=language, taken_at=locked.stepped_at
    )
    record(subject, verbs.WHY_NOT_SAID, by=by)
    return step
