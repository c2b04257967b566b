"""Every write to what hubs take up. Spec 02, Adoption."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from activity.actions import ask_for, finish, record
from activity.following.actions import begin_follow
from activity.locks import lock_subjects
from activity.models import Subject, Todo
from community.hubs.models import Hub
from issues import verbs
from issues.bottlenecks.actions import lock_bottleneck, mark_step
from issues.bottlenecks.models import Bottleneck
from issues.follows import ADOPTED
from ui.errors import RuleBroken

from .models import Adoption, Outcome
from .permissions import ONLY_REPRESENTATIVES, may_end, speaks_for
from .steps import TAKEN_UP
from .todos import PROPOSED

if TYPE_CHECKING:
    from community.models import User


@transaction.atomic
def adopt(*, bottleneck: Bottleneck, hub: Hub, by: User, plan: str, language: str) -> Adoption:
    """Take a bottleneck up for ``hub``; who follows it reads that once.

    ``plan`` is Markdown in ``language``: what the hub is going to do. A repeat gives the adoption that runs already.
    Raises RuleBroken for who does not speak for the hub, for a closed hub or bottleneck, and without a plan.
    """
    locked, subject = _lock(bottleneck, hub, by)
    adoption = Adoption.objects.open().filter(hub=hub, bottleneck=locked).first() or Adoption(bottleneck=locked)
    if adoption.began_at is not None:
        return adoption
    fresh = Hub.objects.select_related("subject").get(pk=hub.pk)
    _require_speaks_for(fresh, by)
    if not subject.may_be_read_by(by):
        raise RuleBroken(_("You cannot see this bottleneck any more."))
    if not locked.takes_votes:
        raise RuleBroken(_("This has ended or was merged, so nobody takes it up any more."))
    if fresh.state == Hub.State.CLOSED:
        raise RuleBroken(_("This hub is closed."))
    if not (plan := plan.strip()):
        raise RuleBroken(_("Say what your hub is going to do."))
    adoption.hub, adoption.by, adoption.plan, adoption.language = fresh, by, plan, language
    adoption.began_at = timezone.now()
    adoption.save()
    if TAKEN_UP.key not in locked.life:
        mark_step(locked, TAKEN_UP, adoption.began_at)
    finish(Todo.objects.about(PROPOSED, subject, str(adoption.pk)))
    begin_follow(subject, by, ADOPTED)
    record(subject, verbs.TAKEN_UP, by=by, other=fresh.subject)
    return adoption


@transaction.atomic
def stop_adoption(*, adoption: Adoption, by: User, words: str, language: str) -> Adoption:
    """Say that a hub no longer works on a bottleneck, and why: ``words`` in ``language``; a repeat changes nothing.

    Where no other hub works on it, it is open again to whoever takes it up. Raises RuleBroken for who neither speaks
    for the hub nor facilitates, and without words.
    """
    fresh, subject = lock_adoption(adoption, by)
    if fresh.ended_at is not None:
        return fresh
    if not may_end(by, fresh):
        raise RuleBroken(str(ONLY_REPRESENTATIVES))
    if not words.strip():
        raise RuleBroken(_("Say what came of it: who supports this reads it."))
    end_adoption(fresh, Outcome.STOPPED, at=timezone.now(), words=words, language=language)
    record(subject, verbs.ADOPTION_STOPPED, by=by, other=fresh.hub.subject)
    return fresh


@transaction.atomic
def decline_adoption(*, adoption: Adoption, by: User, words: str, language: str) -> Adoption:
    """Say that a bottleneck is not for this hub, which was asked, and why; a repeat changes nothing.

    Raises RuleBroken for who does not speak for the hub, where the hub has begun, and without a reason.
    """
    fresh, subject = lock_adoption(adoption, by)
    _require_speaks_for(fresh.hub, by)
    if fresh.began_at is not None:
        raise RuleBroken(_("Your hub has taken this up already."))
    if fresh.ended_at is not None:
        return fresh
    if not words.strip():
        raise RuleBroken(_("Say why: who supports this can read it."))
    end_adoption(fresh, Outcome.DECLINED, at=timezone.now(), words=words, language=language)
    record(subject, verbs.ADOPTION_DECLINED, by=by, other=fresh.hub.subject)
    return fresh


def ask_hubs(bottleneck: Bottleneck, subject: Subject, hubs: Iterable[Hub], *, at: datetime) -> int:
    """Part of asking ``hubs`` to take a locked bottleneck up: it waits for who speaks for them.

    Hubs that work on it, or were asked and did not answer, are left as they are. Returns how many were asked.
    """
    wanted = {hub.pk: hub for hub in hubs}
    for pk in Adoption.objects.open().filter(bottleneck=bottleneck, hub__in=wanted).values_list("hub", flat=True):
        del wanted[pk]
    new = [Adoption(bottleneck=bottleneck, hub=hub, asked_at=at) for _pk, hub in sorted(wanted.items())]
    Adoption.objects.bulk_create(new)
    ask_for(Todo(kind=PROPOSED, hub=it.hub.subject, subject=subject, key=str(it.pk)) for it in new)
    return len(new)


def end_adoption(adoption: Adoption, outcome: Outcome, *, at: datetime, words: str = "", language: str = "nl") -> None:
    """Part of ending a locked adoption: it waits for nobody any more.

    Its bottleneck stays on the line as taken up as long as a hub works on it, or has delivered.
    """
    adoption.ended_at, adoption.outcome = at, outcome
    adoption.words, adoption.words_language = words.strip(), language
    adoption.save(update_fields=["ended_at", "outcome", "words", "words_language"])
    finish(Todo.objects.about(PROPOSED, adoption.bottleneck.subject, str(adoption.pk)))
    if outcome is not Outcome.STOPPED:
        return
    first = Adoption.objects.running().filter(bottleneck=adoption.bottleneck).order_by("began_at").first()
    mark_step(adoption.bottleneck, TAKEN_UP, first.began_at if first else None)


def lock_adoption(adoption: Adoption, by: User) -> tuple[Adoption, Subject]:
    """The adoption as it is now with its bottleneck and hub, locked, and that bottleneck's subject."""
    locked, subject = _lock(adoption.bottleneck, adoption.hub, by)
    fresh = Adoption.objects.select_related("hub__subject").select_for_update(of=("self",), no_key=True)
    found = fresh.get(pk=adoption.pk)
    found.bottleneck = locked
    return found, subject


def subjects_adopted_by(member: User) -> set[int]:
    """The subjects of the bottlenecks that ``member`` took up for a hub, and of those hubs."""
    rows = Adoption.objects.filter(by=member).values_list("bottleneck__subject", "hub__subject")
    return {subject for row in rows for subject in row}


def _lock(bottleneck: Bottleneck, hub: Hub, by: User) -> tuple[Bottleneck, Subject]:
    """Lock a bottleneck and the hub whose representatives are asked: both subjects, then the row."""
    lock_subjects([bottleneck.subject_id, hub.subject_id])
    return lock_bottleneck(bottleneck, by)


def _require_speaks_for(hub: Hub, by: User) -> None:
    if not speaks_for(by, hub):
        raise RuleBroken(str(ONLY_REPRESENTATIVES))
