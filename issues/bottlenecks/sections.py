"""What bottlenecks add to home, the landing page, hub pages and hub cards. Spec 00, Floors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from django.http import HttpRequest
from django.utils.functional import lazy
from django.utils.translation import gettext, ngettext

from community.models import Hub
from community.registries import CardFigure
from issues.replies.forms import QuestionForm
from issues.replies.selectors import number_unread, questions_about, unread_answers
from ui import statements
from ui.sections import ShownTodo

from . import selectors
from .models import Attribution, Bottleneck, BottleneckTally, Row
from .rows import board_rows

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from activity.models import Subject
    from community.models import User
    from issues.replies.models import AnonymousFiling
    from ui.http import MemberRequest

HUB_SHOWN = 5


def rising(request: HttpRequest) -> Mapping[str, Any] | None:
    """Home: what gained most support in 30 days and I have not voted for. Spec 07, Home.

    One query, and every five minutes one more for somebody: what rises is worked out for everybody.
    """
    member = cast("MemberRequest", request).user
    return {"rows": board_rows(selectors.rising.seen_by(member), member, heading="h3")}


def of_hub(request: HttpRequest, subject: Subject) -> Mapping[str, Any] | None:
    """A hub's page: the open bottlenecks that touch it, most supported first; one query."""
    if not request.user.is_authenticated:
        return None
    found = statements.rows(_touching, request.user, subject.hub.pk)
    rows = board_rows(found, request.user, heading="h3")
    return {"rows": rows[:HUB_SHOWN], "more": len(rows) > HUB_SHOWN, "hub": subject.hub}


def _touching(member: User, hub: int) -> QuerySet[Bottleneck, Row]:
    return Bottleneck.objects.for_board(member).touching(hub).as_rows(member)[: HUB_SHOWN + 1]


def questions(request: HttpRequest, subject: Subject) -> Mapping[str, Any] | None:
    """An anonymous bottleneck, to facilitators: what its filer was asked, and their answers; one query."""
    if subject.bottleneck.attribution != Attribution.ANONYMOUS:
        return None
    if not (request.user.is_authenticated and request.user.is_facilitator):
        return None
    form = QuestionForm(auto_id="id_question_%s")
    return {"questions": questions_about(subject.pk), "form": form, "bottleneck": subject.bottleneck}


def answers_waiting(request: HttpRequest) -> Iterator[ShownTodo]:
    """Home of a facilitator: that who filed something anonymously answered; one query.

    It is no row of its own: the place of one among others would tell when the answer came.
    """
    if not (request.user.is_authenticated and request.user.is_facilitator and number_unread.seen_by(request.user)):
        return
    urls = unread_answers(request.user)
    if not urls:
        return
    yield ShownTodo(
        icon="message-circle",
        title=ngettext(
            "Who filed something anonymously answered you",
            "%(number)d anonymous bottlenecks have answers for you",
            len(urls),
        )
        % {"number": len(urls)},
        text=gettext("Only facilitators and the filer can read it."),
        url=f"{urls[0]}#questions",
        action=gettext("Read the answer"),
    )


def while_it_waits(filing: AnonymousFiling) -> Mapping[str, Any] | None:
    """The page of a reply code: its text can still be put right, or thrown away, until it is published."""
    return {"content": filing.content} if filing.is_waiting else None


def on_cards(hubs: Sequence[Hub], member: User) -> Mapping[int, CardFigure]:
    """Hub cards: how many open bottlenecks that all members see touch each, as it is kept; one query for all."""
    rows = statements.rows(_tallies, [hub.pk for hub in hubs])
    return {pk: CardFigure(icon="droplet", text=_bottlenecks(number)) for pk, number in rows}


def _tallies(hubs: list[int]) -> QuerySet[BottleneckTally, tuple[int, int]]:
    return BottleneckTally.objects.filter(hub__any=hubs, number__gt=0).values_list("hub", "number")


def _in_words(number: int) -> str:
    return ngettext("%(number)s bottleneck", "%(number)s bottlenecks", number) % {"number": number}


_bottlenecks = lazy(_in_words, str)


def on_the_table_label(number: int) -> str:
    """Landing page: the word under the number of open bottlenecks."""
    return ngettext("bottleneck on the table", "bottlenecks on the table", number)
