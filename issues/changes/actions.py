"""Every write to changes that are put to the supporters. Spec 02, Filing."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from activity.actions import record, update_subject
from activity.models import Subject
from issues import verbs
from issues.bottlenecks.actions import lock_bottleneck, published_as
from issues.bottlenecks.models import TEXTS, Attribution, Bottleneck, Vote
from ui.errors import RuleBroken, StaleForm

from .models import TextChange
from .permissions import may_change

if TYPE_CHECKING:
    from community.models import User
    from issues.replies.models import AnonymousFiling

#: So long supporters have to read one change before the next.
BETWEEN = timedelta(days=1)
ONLY_FILER = gettext_lazy("Only who filed this can change what it says.")


@transaction.atomic
def change_text(
    *, bottleneck: Bottleneck, by: User, version: int, why: str, now: datetime | None = None, **texts: str
) -> Bottleneck:
    """Change what a bottleneck says and put that to its supporters, who read word by word what is different.

    ``texts`` are those of ``TEXTS``, ``why`` is Markdown in the language of the text,
    ``version`` the one the form was opened with. Votes stay; the vote of ``by`` is confirmed with it. A repeat gives
    the bottleneck as it is. Raises StaleForm when somebody saved in between; RuleBroken for who may not, without a
    reason or a difference, within a day of the last change, and once it has ended or was merged.
    """
    locked, subject = lock_bottleneck(bottleneck, by)
    if not subject.may_be_read_by(by) or not may_change(by, locked):
        raise RuleBroken(str(ONLY_FILER))
    return _change(locked, subject, by=by, version=version, why=why, texts=texts, at=now or timezone.now())


@transaction.atomic
def change_text_by_code(
    *, filing: AnonymousFiling, version: int, why: str, now: datetime | None = None, **texts: str
) -> Bottleneck:
    """Change what one filed anonymously, as who holds its code; see ``change_text``."""
    locked, subject = lock_bottleneck(published_as(filing))
    return _change(locked, subject, by=None, version=version, why=why, texts=texts, at=now or timezone.now())


@transaction.atomic
def confirm_support(*, bottleneck: Bottleneck, by: User, now: datetime | None = None) -> bool:
    """Say that one's vote holds for the text as it stands now; returns whether that was new.

    Raises RuleBroken where ``by`` has no vote, and once it has ended or was merged.
    """
    locked, subject = lock_bottleneck(bottleneck, by)
    if not subject.may_be_read_by(by) or not locked.takes_votes:
        raise RuleBroken(_("This has ended or was merged, so votes stay as they are."))
    votes = Vote.objects.filter(bottleneck__in=locked.whole, voter_key=by.voter_key)
    if not votes.exists():
        raise RuleBroken(_("You do not support this any more."))
    if locked.changed_at is None or not _confirm(locked, by, now or timezone.now()):
        return False
    record(subject, verbs.SUPPORT_CONFIRMED)
    return True


def subjects_changed_by(member: User) -> set[int]:
    """The subjects of the bottlenecks whose text ``member`` changed by name."""
    return set(TextChange.objects.filter(by=member).values_list("bottleneck__subject", flat=True))


def _change(
    locked: Bottleneck,
    subject: Subject,
    *,
    by: User | None,
    version: int,
    why: str,
    texts: dict[str, str],
    at: datetime,
) -> Bottleneck:
    """Write the change of a locked bottleneck; ``by`` is None for who holds the reply code."""
    if not locked.takes_votes:
        raise RuleBroken(_("This has ended or was merged, so its text stays as it is."))
    before = {name: getattr(locked, name) for name in TEXTS}
    after = {**before, **texts}
    changed = [name for name in TEXTS if before[name] != after[name]]
    last = TextChange.objects.filter(bottleneck=locked).order_by("-made_at", "-pk").first()
    if not changed:
        if last is not None and last.why == why.strip():  # sent twice
            return locked
        raise RuleBroken(_("The text is the same as it was."))
    if locked.version != version:
        raise StaleForm(_("Somebody else saved this in the meantime."))
    if last is not None and at < last.made_at + BETWEEN:
        raise RuleBroken(_("The text was changed less than a day ago. Let who supports it read that first."))
    if not (why := why.strip()):
        raise RuleBroken(_("Say why: who supports this reads it."), field="why")
    is_by_filer = by is None or locked.author_id == by.pk
    shown = None if is_by_filer and locked.attribution != Attribution.NAMED else by
    TextChange.objects.create(
        bottleneck=locked,
        by=shown,
        is_by_filer=is_by_filer,
        before=before,
        after=after,
        why=why,
        language=locked.language,
        made_at=at,
    )
    for name in changed:
        setattr(locked, name, after[name])
    locked.version += 1
    locked.changed_at = at
    locked.save(update_fields=[*changed, "version", "changed_at"])
    update_subject(subject, title=locked.title, url=locked.get_absolute_url())
    if by is not None:
        _confirm(locked, by, at)
    if shown is None:
        record(subject, verbs.TEXT_CHANGED_UNNAMED, data={"fields": changed})
    else:
        record(subject, verbs.TEXT_CHANGED, by=shown, data={"fields": changed})
    return locked


def _confirm(locked: Bottleneck, by: User, at: datetime) -> int:
    """Confirm the votes of ``by`` in the set that are older than its last change; returns how many there were."""
    older = Q(cast_at__lt=locked.changed_at) & (Q(confirmed_at=None) | Q(confirmed_at__lt=locked.changed_at))
    votes = Vote.objects.filter(older, bottleneck__in=locked.whole, voter_key=by.voter_key)
    return votes.update(confirmed_at=at)
