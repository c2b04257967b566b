"""What members say about themselves. Spec 01, Member profile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from activity.locks import lock_account
from community.names import first_free, handle_base
from community.sources import TOPICS
from community.topics.models import MemberTopic, Topic
from ui.errors import RuleBroken, StaleForm
from ui.writing import hold

from .models import OldHandle, User

#: The lock of whoever chooses a handle: handles and old handles are two tables, and unique over both.
HANDLES = "community.handles"

PROFILE_FIELDS = frozenset(
    {
        "name",
        "handle",
        "role",
        "role_other",
        "unit",
        "city",
        "bio",
        "bio_language",
        "language",
        "time_zone",
        "shows_support",
    }
)


def free_handle(name: str) -> str:
    """Return a handle made from ``name`` that no member has or had; the unique constraint has the last word."""
    return first_free(handle_base(name), _taken_handles)


def _taken_handles(among: list[str]) -> set[str]:
    """Which of these handles, in lower case, somebody has or had."""
    key = Lower("handle")
    return {
        *User.objects.annotate(key=key).filter(key__in=among).values_list("key", flat=True),
        *OldHandle.objects.annotate(key=key).filter(key__in=among).values_list("key", flat=True),
    }


@transaction.atomic
def update_profile(
    *,
    member: User,
    by: User,
    version: int,
    fields: Mapping[str, Any],
    topics: Mapping[str, Sequence[Topic]] | None = None,
) -> User:
    """Save what ``member`` says about themselves.

    ``fields`` are columns of ``PROFILE_FIELDS``. ``topics`` maps kinds (``TopicKind``) to all topics of that kind; a
    topic that stays keeps the day it was confirmed. A new handle keeps the old one as an address that redirects, and
    that nobody else can take.

    Raises StaleForm when the profile was saved since ``version``, RuleBroken for somebody else's profile or a handle
    that is taken. Spec 01, Member profile; spec 00, Two people at once.
    """
    if by.pk != member.pk:
        raise RuleBroken(_("You can only change your own profile."))
    unknown = set(fields) - PROFILE_FIELDS
    if unknown:
        raise ValueError(f"not part of a profile: {sorted(unknown)}")
    if fields.get("handle", member.handle) != member.handle:
        hold(HANDLES)
    fresh = lock_account(member)
    if fresh.version != version:
        raise StaleForm(_("You saved your profile in another window in the meantime."))
    handle = fields.get("handle", fresh.handle)
    if handle != fresh.handle:
        _change_handle(fresh, handle)
    for name, value in fields.items():
        setattr(fresh, name, value)
    fresh.version += 1
    fresh.save(update_fields=[*fields, "version"])
    if topics is not None:
        _set_member_topics(fresh, topics)
    return fresh


def _set_member_topics(member: User, topics: Mapping[str, Sequence[Topic]]) -> None:
    """Make ``topics`` all that ``member`` says of the given kinds; what stays keeps its day."""
    TOPICS.changed()
    for kind, wanted in topics.items():
        ids = {topic.pk for topic in wanted}
        rows = MemberTopic.objects.filter(member=member, kind=kind)
        rows.exclude(topic__in=ids).delete()
        present = set(rows.values_list("topic_id", flat=True))
        MemberTopic.objects.bulk_create(
            [MemberTopic(member=member, topic=topic, kind=kind) for topic in wanted if topic.pk not in present],
            ignore_conflicts=True,
        )


def change_language(*, member: User, language: str) -> None:
    """Keep ``language`` as the member's choice: pages and mails follow it from now on. Raises RuleBroken if unknown."""
    if language not in dict(settings.LANGUAGES):
        raise RuleBroken(_("The portal does not speak that language."))
    User.objects.filter(pk=member.pk).update(language=language)
    member.language = language


def _change_handle(member: User, handle: str) -> None:
    """Give ``member`` another handle and keep the old one; one they had before comes back to them."""
    refusal = RuleBroken(_("This handle is taken. Choose another one."))
    if OldHandle.objects.filter(handle__iexact=handle).exclude(member=member).exists():
        raise refusal
    if User.objects.filter(handle__iexact=handle).exclude(pk=member.pk).exists():
        raise refusal
    OldHandle.objects.filter(member=member, handle__iexact=handle).delete()
    if handle.lower() != member.handle.lower():
        try:
            with transaction.atomic():
                OldHandle.objects.create(member=member, handle=member.handle)
        except IntegrityError as error:
            raise refusal from error
