"""The last change of a bottleneck on its page, and by reply code the way to make one. Spec 02, Filing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from django.utils import timezone
from django.utils.translation import gettext as _

from activity.pages import SubjectSection, subject_sections
from issues.bottlenecks.models import TEXTS, Bottleneck
from issues.bottlenecks.permissions import is_author
from issues.bottlenecks.selectors import author_words
from issues.registries import ReplyPart, reply_parts
from ui.diff import word_diff
from ui.shared import drawn

from . import selectors
from .forms import ChangeForm
from .models import TextChange
from .permissions import may_change

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.utils.safestring import SafeString

    from activity.models import Subject
    from community.models import User
    from issues.replies.models import AnonymousFiling


class Differing(NamedTuple):
    """A part of the text under its name, with what was added and left out."""

    label: str
    words: SafeString


def of_bottleneck(request: HttpRequest, subject: Subject) -> Mapping[str, Any] | None:
    """What was changed last and how much support stands behind it since; asked only where something was."""
    bottleneck, reader = subject.bottleneck, request.user
    if bottleneck.changed_at is None or not reader.is_authenticated:
        return None
    change = selectors.last_change(bottleneck, reader)
    if change is None:
        return None
    return {
        "bottleneck": bottleneck,
        "change": change,
        "who": who(change, bottleneck, reader),
        "differing": differing(change),
        "asks": change.__dict__["is_asked"] and bottleneck.takes_votes,
    }


def to_change(request: HttpRequest, subject: Subject) -> Mapping[str, Any] | None:
    """The way to change what it says, once corrections are over."""
    bottleneck, member = subject.bottleneck, request.user
    if not member.is_authenticated or not bottleneck.takes_votes or not may_change(member, bottleneck):
        return None
    if is_author(member, bottleneck) and timezone.now() <= bottleneck.correctable_until:
        return None
    return {"bottleneck": bottleneck}


def by_code(filing: AnonymousFiling) -> Mapping[str, Any] | None:
    """The page of a reply code: change what one filed. One query."""
    if filing.subject_id is None:
        return None
    bottleneck = Bottleneck.objects.select_related("subject").defer("search").get(subject=filing.subject_id)
    return {"form": ChangeForm(instance=bottleneck, auto_id="id_change_%s")} if bottleneck.takes_votes else None


def who(change: TextChange, bottleneck: Bottleneck, reader: User) -> str:
    """Who changed it, as ``reader`` may know."""
    if change.is_by_filer:
        return author_words(bottleneck, reader)
    if change.by is None or not change.by.is_active:
        return _("a former member")
    name: str = change.by.name
    return name


def differing(change: TextChange) -> list[Differing]:
    """The parts of the text that a change changed, word by word."""
    texts = [(name, change.before.get(name, ""), change.after.get(name, "")) for name in TEXTS]
    labels = ChangeForm.base_fields
    return [
        Differing(str(labels[name].label), _words(before, after)) for name, before, after in texts if before != after
    ]


@drawn
def _words(before: str, after: str) -> SafeString:
    return word_diff(before, after)


def register() -> None:
    """Add them; called once, when the app is ready."""
    subject_sections.register(
        SubjectSection(
            key="change",
            kinds=[Bottleneck.SUBJECT_KIND],
            order=10,
            lead=True,
            template="issues/change.html",
            load=of_bottleneck,
        )
    )
    subject_sections.register(
        SubjectSection(
            key="to-change",
            kinds=[Bottleneck.SUBJECT_KIND],
            order=85,
            aside=True,
            template="issues/to_change.html",
            load=to_change,
        )
    )
    reply_parts.register(ReplyPart(key="change", order=20, template="issues/reply_change.html", load=by_code))
