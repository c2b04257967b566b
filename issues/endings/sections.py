"""How a bottleneck ended, on its page; whether one notices that, at home too. Spec 02, Life."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from activity.pages import SubjectSection, subject_sections
from issues.bottlenecks.models import Attribution, Bottleneck
from issues.registries import ReplyPart, reply_parts
from ui.languages import fill, in_language
from ui.sections import ShownTodo, TodoSource, home_todos
from ui.templatetags.ui import plain_date

from . import selectors
from .forms import NoticeForm, TextForm
from .models import Ending
from .permissions import may_reopen, ways_open_to

if TYPE_CHECKING:
    from django.http import HttpRequest

    from activity.models import Subject
    from community.models import User
    from issues.replies.models import AnonymousFiling


def of_bottleneck(request: HttpRequest, subject: Subject) -> Mapping[str, Any] | None:
    """How it ended, whether I notice that, and whether I may open it again."""
    member, bottleneck = request.user, subject.bottleneck
    if not member.is_authenticated or subject.closed_at is None:
        return None
    ending = selectors.ending_of(bottleneck, member)
    if ending is None or ending.undone_at is not None:
        return None
    asks = ending.is_asking(timezone.now()) and ending.__dict__["ran_into"]
    return {
        "bottleneck": bottleneck,
        "ending": ending,
        "who": _who(ending, bottleneck, member),
        "form": NoticeForm(initial={"answer": ending.__dict__["my_answer"]}) if asks else None,
        "has_answered": bool(ending.__dict__["my_answer"]),
        "may_reopen": may_reopen(member, ending),
    }


def to_end(request: HttpRequest, subject: Subject) -> Mapping[str, Any] | None:
    """The way to say how it ended, for who may."""
    member, bottleneck = request.user, subject.bottleneck
    if not member.is_authenticated or not bottleneck.takes_votes or not ways_open_to(member, bottleneck):
        return None
    return {"bottleneck": bottleneck}


def _who(ending: Ending, bottleneck: Bottleneck, reader: User) -> str:
    """Who ended it, by name where ``reader`` may know that: a hub before its representative."""
    if ending.hub is not None and ending.hub.subject.may_be_read_by(reader):
        return ending.hub.name
    is_secret = bottleneck.attribution == Attribution.CONFIDENTIAL and ending.by_id == bottleneck.author_id
    if ending.by is None or not ending.by.is_active or (is_secret and not reader.is_facilitator):
        return _("Somebody")
    name: str = ending.by.name
    return name


def by_code(filing: AnonymousFiling) -> Mapping[str, Any] | None:
    """The page of a reply code: withdraw what is open, or say whether one notices that it is solved. One query."""
    if filing.subject is None or filing.subject.merged_into_id is not None:
        return None
    if filing.subject.closed_at is None:
        return {"form": TextForm(initial={"language": get_language()}), "is_open": True}
    ending = Ending.objects.asking().filter(bottleneck__subject=filing.subject).first()
    if ending is None or not ending.is_asking(timezone.now()):
        return None
    return {"form": NoticeForm(), "ending": ending, "is_open": False}


def asked(request: HttpRequest) -> Iterator[ShownTodo]:
    """Home: what I voted for or filed and is said to be solved."""
    if not request.user.is_authenticated or not selectors.number_asked.seen_by(request.user):
        return
    for ending in selectors.waiting_for(request.user):
        yield ShownTodo(
            icon="circle-help",
            title=fill(
                _("Is this solved for you: %(bottleneck)s?"),
                bottleneck=in_language(ending.bottleneck.title, ending.bottleneck.language),
            ),
            text=_("You can say so until %(day)s.") % {"day": plain_date(ending.asks_until)},
            url=f"{ending.bottleneck.subject.url}#ending",
            action=_("Answer"),
        )


def register() -> None:
    """Add them; called once, when the app is ready."""
    subject_sections.register(
        SubjectSection(
            key="ending",
            kinds=[Bottleneck.SUBJECT_KIND],
            order=15,
            lead=True,
            template="issues/ending.html",
            load=of_bottleneck,
        )
    )
    subject_sections.register(
        SubjectSection(
            key="to-end",
            kinds=[Bottleneck.SUBJECT_KIND],
            order=90,
            aside=True,
            template="issues/to_end.html",
            load=to_end,
        )
    )
    reply_parts.register(ReplyPart(key="ending", order=30, template="issues/reply_ending.html", load=by_code))
    home_todos.register(TodoSource(key="solved", load=asked, order=15))
