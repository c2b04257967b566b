"""Every write to ideas."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.db import transaction

from activity.actions import ask_for, create_subject, link_subjects, queue_emails, record, update_subject
from activity.locks import hold_member, lock_subject, lock_subjects
from activity.models import Subject, Todo

from . import emails, verbs
from .models import Idea
from .ties import GREW_FROM

if TYPE_CHECKING:
    from community.models import User


@transaction.atomic
def note_idea(*, by: User, title: str, text: str, after: Iterable[Subject] = (), **about: Any) -> Idea:
    """Note an idea that grew from other subjects."""
    sources = list(after)
    lock_subjects(source.pk for source in sources)
    subject = create_subject(Idea.SUBJECT_KIND, title=title, language="en", **about)
    hold_member(by)
    idea = Idea.objects.create(subject=subject, text=text, author=by)
    update_subject(subject, url=idea.get_absolute_url())
    for source in sources:
        link_subjects(subject, GREW_FROM, source)
    record(subject, verbs.IDEA_NOTED, by=by)
    return idea


@transaction.atomic
def thank_for_idea(*, idea: Idea, by: User) -> None:
    """Say thanks: its author reads so, and may answer."""
    subject = lock_subject(idea.subject_id)
    hold_member(by)
    record(subject, verbs.THANKED, by=by)
    if idea.author is not None:
        ask_for([Todo(kind="idea_answer", subject=subject, member=idea.author)])
        queue_emails([emails.thanked(idea, by)])
