"""Changing what a page at the foot says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from activity.actions import record
from activity.locks import hold_member, lock_subject
from activity.models import Subject
from portal import verbs
from ui.errors import StaleForm

from .models import Page, first_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from community.models import User


@transaction.atomic
def update_page(*, key: str, by: User, version: int, texts: Mapping[str, str]) -> Page:
    """Let page ``key`` say ``texts``, by language; where one is what it said at first, nothing is kept of it.

    The same texts again change nothing. Raises StaleForm when the page was changed since ``version``. Spec 00, Two
    people at once.
    """
    community = Subject.objects.community()
    lock_subject(community.pk)
    Page.objects.bulk_create([Page(key=key)], ignore_conflicts=True)
    page = Page.objects.select_for_update(no_key=True).get(key=key)
    hold_member(by)
    if page.version != version:
        raise StaleForm(_("Somebody else changed this page meanwhile."))
    kept = {Page.COLUMNS[language]: _kept(key, language, text) for language, text in texts.items()}
    if all(getattr(page, column) == text for column, text in kept.items()):
        return page
    for column, text in kept.items():
        setattr(page, column, text)
    page.version += 1
    page.changed_on = timezone.localdate()
    page.save(update_fields=[*kept, "version", "changed_on"])
    record(community, verbs.PAGE_CHANGED, by=by)
    return page


def _kept(key: str, language: str, text: str) -> str:
    text = "\n".join(text.splitlines()).strip()
    return "" if text == first_text(key, language) else text
