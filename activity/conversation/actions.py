"""Every write to a conversation. Spec 06, Comments."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from activity.actions import own_key, record
from activity.following.actions import follow_comments
from activity.kinds import COMMUNITY
from activity.locks import hold_members, lock_subject
from activity.models import Subject
from ui.errors import RuleBroken, StaleForm

from . import verbs
from .mentions import ReadText, mentioned_in, read
from .models import Comment, CommentRevision, Mention, Reference, Thanks
from .permissions import is_author, may_be_thanked

if TYPE_CHECKING:
    from community.models import User

SAME_AGAIN = timedelta(minutes=10)  # who says the same again meanwhile went back in the browser


@transaction.atomic
def write_comment(
    *,
    subject: Subject,
    by: User,
    text: str,
    language: str,
    follow: bool = False,
    creation_key: uuid.UUID | None = None,
) -> Comment:
    """Say something about ``subject``; whoever may read it reads that.

    ``text`` is Markdown with ``@handle`` and ``#12`` as people type them. ``creation_key`` is the one-time key of the
    form: a second call with it by the same member returns what the first one made, and so does one with the same text
    within minutes, for who goes back in the browser has a new key. With ``follow`` they hear of new comments from then
    on, unless they chose otherwise before. Raises RuleBroken where ``by`` may not or no longer
    read the subject, and where it has no conversation: the community itself, and drafts.
    """
    locked = lock_subject(subject.pk)
    _require_conversation(locked, by)
    if locked.merged_into_id is not None:
        raise RuleBroken(_("This was merged into another. Say it there."))
    key = own_key(f"comment:{locked.pk}", creation_key, by)
    if key and (first := Comment.objects.filter(creation_key=key).first()):
        return first
    said = _held(by, read(text))
    recent = Comment.objects.filter(subject=locked, author=by, written_at__gt=timezone.now() - SAME_AGAIN)
    if again := recent.filter(text=said.text, language=language).order_by("pk").first():
        return again
    comment = Comment.objects.create(subject=locked, author=by, text=said.text, language=language, creation_key=key)
    _refer(comment, said)
    record(locked, verbs.COMMENTED, by=by, data={"comment": comment.pk})
    if follow:
        follow_comments(locked, by)
    return comment


@transaction.atomic
def change_comment(*, comment: Comment, by: User, version: int, text: str, language: str) -> Comment:
    """Let the author put a comment in other words; what it said before stays to be read.

    ``version`` is the one that the author's form was opened with. A repeat changes nothing. Raises StaleForm where it
    was changed since, RuleBroken where it is not theirs, is deleted, or its subject may no longer be read.
    """
    fresh = _locked(comment, by)
    _require(is_author(by, fresh))
    if fresh.version != version:
        raise StaleForm
    said = _held(by, read(text), also=mentioned_in(fresh.text))
    if (said.text, language) == (fresh.text, fresh.language):
        return fresh
    CommentRevision.objects.create(
        comment=fresh, text=fresh.text, language=fresh.language, written_at=fresh.edited_at or fresh.written_at
    )
    fresh.text, fresh.language, fresh.edited_at, fresh.version = said.text, language, timezone.now(), version + 1
    fresh.save(update_fields=["text", "language", "edited_at", "version"])
    fresh.mentions.all().delete()
    fresh.references.all().delete()
    _refer(fresh, said)
    record(fresh.subject, verbs.COMMENT_CHANGED, by=by, data={"comment": fresh.pk})
    return fresh


@transaction.atomic
def delete_comment(*, comment: Comment, by: User) -> None:
    """Let the author empty a comment: a placeholder stays, its text and what it said before go. A repeat does nothing.

    Raises RuleBroken where it is not theirs, or its subject may no longer be read.
    """
    fresh = _locked(comment, by)
    if fresh.author_id == by.pk and fresh.deleted_at is not None:
        return
    _require(is_author(by, fresh))
    _held(by, read(""), also=mentioned_in(fresh.text))
    for rows in (fresh.revisions, fresh.mentions, fresh.references, fresh.thanks):
        rows.all().delete()
    fresh.text, fresh.deleted_at, fresh.version = "", timezone.now(), fresh.version + 1
    fresh.save(update_fields=["text", "deleted_at", "version"])
    record(fresh.subject, verbs.COMMENT_DELETED, by=by, data={"comment": fresh.pk})


@transaction.atomic
def thank(*, comment: Comment, by: User) -> None:
    """Thank for a comment of somebody else; a repeat changes nothing.

    Raises RuleBroken for one's own, for one that is deleted, and where the subject may no longer be read.
    """
    fresh = _locked(comment, by)
    _require(may_be_thanked(by, fresh))
    _held(by, read(""))
    if Thanks.objects.get_or_create(comment=fresh, member=by)[1]:
        record(fresh.subject, verbs.THANKED, data={"comment": fresh.pk})


@transaction.atomic
def take_thanks_back(*, comment: Comment, by: User) -> None:
    """Take one's thanks back; a repeat changes nothing. Raises RuleBroken where the subject may no longer be read."""
    fresh = _locked(comment, by)
    if fresh.thanks.filter(member=by).delete()[0]:
        record(fresh.subject, verbs.THANKS_TAKEN_BACK, data={"comment": fresh.pk})


def subjects_spoken_about(member: User) -> set[int]:
    """The subjects in whose conversations ``member`` takes part or is named: they are locked to erase the member."""
    said, named, thanked = (
        Comment.objects.filter(author=member).values_list("subject"),
        Mention.objects.filter(member=member).values_list("comment__subject"),
        Thanks.objects.filter(member=member).values_list("comment__subject"),
    )
    return {pk for (pk,) in said.order_by().union(named.order_by(), thanked.order_by()).order_by()}


# --- What they have in common -----------------------------------------------------------------------------------------
def _locked(comment: Comment, by: User) -> Comment:
    """The fresh comment with its locked subject, which ``by`` may still read."""
    subject = lock_subject(comment.subject_id)
    _require_conversation(subject, by)
    fresh = Comment.objects.get(pk=comment.pk)
    fresh.subject = subject
    return fresh


def _require_conversation(subject: Subject, by: User) -> None:
    """Raise RuleBroken unless there is a conversation about ``subject`` that ``by`` may join."""
    if subject.kind == COMMUNITY.key or not subject.may_be_read_by(by):
        raise RuleBroken(_("This is no longer there for you to talk about."))
    _require(by.has_perm("activity.write_comment"))


def _require(allowed: bool) -> None:
    if not allowed:
        raise RuleBroken(_("You cannot do this with this comment."))


def _held(by: User, said: ReadText, *, also: Iterable[int] = ()) -> ReadText:
    """Keep everybody named from being erased meanwhile, and leave out who is gone.

    Raises RuleBroken when the account of ``by`` is.
    """
    there = hold_members({by.pk, *said.members, *also})
    if by.pk not in there:
        raise RuleBroken(_("This account no longer exists."))
    return replace(said, members=said.members & there)


def _refer(comment: Comment, said: ReadText) -> None:
    Mention.objects.bulk_create(Mention(comment=comment, member_id=pk) for pk in sorted(said.members))
    Reference.objects.bulk_create(
        Reference(comment=comment, subject_id=pk, text=text) for text, pk in said.subjects.items()
    )
