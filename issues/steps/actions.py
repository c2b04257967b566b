"""Every next step for a generic bottleneck. Spec 02, Generic."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from activity.actions import record
from activity.locks import lock_subjects
from issues import verbs
from issues.adoptions.actions import ask_hubs
from issues.bottlenecks.actions import lock_bottleneck
from ui.errors import RuleBroken

from .models import NextStep, StepKind

if TYPE_CHECKING:
    from community.models import Hub, User
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


@transaction.atomic
def propose_adoption(*, bottleneck: Bottleneck, by: User, hubs: Collection[Hub], text: str, language: str) -> NextStep:
    """Ask ``hubs`` to take a generic bottleneck up; it waits for who speaks for them, and who follows it hears of it.

    ``text`` is Markdown in ``language``: why these, and what helps. A repeat with the same words gives what the first
    one made. Raises RuleBroken for who does not facilitate, without hubs, and where no step is owed (any more).
    """
    lock_subjects([bottleneck.subject_id, *(hub.subject_id for hub in hubs)])
    locked, subject = lock_bottleneck(bottleneck, by)
    text = text.strip()
    said = NextStep.objects.filter(bottleneck=locked, kind=StepKind.PROPOSED, by=by, text=text).first()
    if said is not None:
        return said
    if not by.is_facilitator or not subject.may_be_read_by(by):
        raise RuleBroken(_("Only facilitators take the next step."))
    if not locked.owes_step:
        raise RuleBroken(str(NOTHING_OWED))
    if not text:
        raise RuleBroken(_("Say why: supporters read it."))
    locked.stepped_at = timezone.now()
    if not ask_hubs(locked, subject, hubs, at=locked.stepped_at):
        raise RuleBroken(_("Choose a hub that can take it up."), field="hubs")
    locked.save(update_fields=["stepped_at"])
    step = NextStep.objects.create(
        bottleneck=locked, kind=StepKind.PROPOSED, by=by, text=text, language=language, taken_at=locked.stepped_at
    )
    record(subject, verbs.ADOPTION_PROPOSED, by=by)
    return step
