"""What a row of the board shows, worked out once in Python: template logic for thirty rows would cost too much.

A row is drawn once for as long as it says the same: all members see the same rows, and only the vote button says
whether they voted. Spec 09: a page costs its template.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext, ngettext

from community.hubs.selectors import number_of_hubs
from issues.clock import STEP_WITHIN, ZONE
from ui.markdown import excerpt
from ui.shared import Reader, drawn
from ui.templatetags.ui import day_beside, reach
from ui.workdays import due_after

from .lifeline import latest, stream
from .models import EXCERPT_LENGTH, steps_in
from .selectors import SupportPart

if TYPE_CHECKING:
    from .answers import Said
    from .models import Bottleneck, Row


#: Where the hidden field of a form goes: it is another one on every page, and all else of a row is the same.
CSRF_HERE = "<!--csrf-->"
#: What indents the template; thirty rows of it are a tenth of the page.
_BEFORE_LINES = re.compile(r"^ +", re.MULTILINE)


class RowSays(NamedTuple):
    """All that a row says, before it is put into words."""

    number: str
    url: str
    title: str
    language: str
    beginning: str
    theme: str
    theme_language: str
    theme_url: str
    members: int
    hub_count: int
    hubs_in_all: int
    hours: str  # a month, as it is kept
    filed_on: date
    generic_on: date | None
    closed_on: date | None
    owes_since: date | None  # the day, in Amsterdam, since which a next step is owed
    today: date
    heading: str
    state: str
    taken: str  # the steps between generic and the end, in time: "taken_up:2026-11-03 delivered:2026-12-01"
    voted: bool
    vote_url: str  # of the one act that is possible: to vote, or to take the vote back
    has_focus: bool
    said: str = ""  # of what was just done with it, the words that stand out
    said_further: str = ""
    needs_hub: bool = False


@drawn
def _row(row: RowSays) -> SafeString:
    steps = (step.split(":") for step in row.taken.split())
    taken = [(key, date.fromisoformat(day)) for key, day in steps]
    days = row.filed_on, row.generic_on, row.closed_on, row.today
    words = {
        "members": plain_number(row.members),
        "excerpt": excerpt(row.beginning, EXCERPT_LENGTH),
        "is_generic": row.generic_on is not None,
        "reach": reach(row.hub_count, row.hubs_in_all, from_hubs_of(row.hub_count, row.hubs_in_all)),
        "hubs": from_hubs(row.hub_count),
        "hours": hours_a_month(Decimal(row.hours)),
        "stream": stream(*days, taken=taken, state=row.state),
        "life": latest(*days, taken=taken[-1] if taken else None, state=row.state),
        "due": _due(row.owes_since, row.today) if row.owes_since else "",
    }
    html = render_to_string("issues/_row.html", {"row": row, "csrf": mark_safe(CSRF_HERE), **words})  # noqa: S308
    return mark_safe(_BEFORE_LINES.sub("", html))  # noqa: S308 - of what a template drew


def _due(owes_since: date, today: date) -> str:
    """By when a next step is owed, in words."""
    day = _due_since(owes_since)
    text = gettext("next step was due on %(day)s") if day < today else gettext("next step by %(day)s")
    return text % {"day": day_beside(day, today)}


@lru_cache(maxsize=1_000)
def _due_since(generic_on: date) -> date:
    return due_after(STEP_WITHIN, generic_on).day


def support_part(part: SupportPart) -> SafeString:
    """Draw where a part of the support comes from, and what it counts."""
    return _support_part(part.name, part.hubs, part.votes, str(part.weight), part.hubless)


@drawn
def _support_part(name: str, hubs: int, votes: int, weight: str, hubless: bool) -> SafeString:
    part = SupportPart(name, hubs, votes, Decimal(weight), hubless)
    return render_to_string("issues/_support_part.html", {"part": part})


def plain_number(number: Decimal | int) -> str:
    """A figure in the reader's language, without needless decimals: 96, 96.5 (Dutch 96,5), 1,204."""
    whole = number == number.to_integral_value() if isinstance(number, Decimal) else True
    return number_format(number, decimal_pos=0 if whole else 1, use_l10n=True, force_grouping=True)


def from_hubs(number: int) -> str:
    """Where support came from: "support from 7 hubs"."""
    if not number:
        return gettext("no support from a hub yet")
    return ngettext("support from %(hubs)s hub", "support from %(hubs)s hubs", number) % {"hubs": number}


def from_hubs_of(number: int, total: int) -> str:
    """The same beside how many hubs there are: "support from 7 of the 12 hubs"."""
    label = ngettext("support from %(hubs)s of %(total)s hub", "support from %(hubs)s of the %(total)s hubs", total)
    return label % {"hubs": number, "total": total}


def hours_a_month(hours: Decimal) -> str:
    """Hours lost in words, "" for none: "2.5 hours a month"."""
    if not hours:
        return ""
    return ngettext("%(hours)s hour a month", "%(hours)s hours a month", int(-(-hours // 1))) % {
        "hours": plain_number(hours)
    }


def board_rows(
    rows: Iterable[Row],
    reader: Reader,
    *,
    heading: str = "h2",
    said: Mapping[int, Said | None] | None = None,
    are_more: bool = False,
) -> list[SafeString]:
    """Draw what ``BottleneckQuerySet.as_rows`` loaded for ``reader``; no query but for what all share.

    ``heading`` is the level of their titles, ``said`` what was just done, by number. Where they ``are_more`` of a list
    that is shown already, the first one gets the focus. The template tag ``board_rows`` puts them on a page.
    """
    today, hubs_in_all = timezone.localdate(), number_of_hubs.seen_by(reader)
    board = reverse("issues:bottleneck_list")
    return [
        _row(_says(row, board, today, hubs_in_all, heading, said.get(row.pk) if said else None, are_more and not nth))
        for nth, row in enumerate(rows)
    ]


def _says(
    row: Row, board: str, today: date, hubs_in_all: int, heading: str, said: Said | None, has_focus: bool
) -> RowSays:
    taken = steps_in(row.life) if row.life else []
    owes_step = row.stepped_at is None and row.closed_at is None and row.merged_into is None
    return RowSays(
        number=str(row.pk),
        url=row.url,
        title=row.title,
        language=row.language,
        beginning=row.beginning,
        theme=row.theme_name or "",
        theme_language=row.theme_language or "",
        theme_url=f"{board}?theme={row.theme_slug}" if row.theme_slug else "",
        members=row.member_count,
        hub_count=row.hub_count,
        hubs_in_all=max(hubs_in_all, row.hub_count),
        hours=str(row.hours),
        filed_on=timezone.localdate(row.filed_at),
        generic_on=timezone.localdate(row.generic_at) if row.generic_at else None,
        closed_on=timezone.localdate(row.closed_at) if row.closed_at else None,
        owes_since=timezone.localtime(row.generic_at, ZONE).date() if row.generic_at and owes_step else None,
        today=today,
        heading=heading,
        state=row.state,
        taken=" ".join(f"{key}:{timezone.localdate(moment)}" for key, moment in taken),
        voted=row.voted,
        vote_url=f"{board}{row.pk}/{'unvote' if row.voted else 'vote'}/",
        has_focus=has_focus,
        said=said.first if said else "",
        said_further=said.rest if said else "",
        needs_hub=bool(said and said.needs_hub),
    )


def members_and_hubs(bottleneck: Bottleneck) -> str:
    """The reach in one line: "31 members, support from 7 hubs"."""
    return gettext("%(members)s, %(hubs)s") % {
        "members": ngettext("%(members)s member", "%(members)s members", bottleneck.member_count)
        % {"members": plain_number(bottleneck.member_count)},
        "hubs": from_hubs(bottleneck.hub_count),
    }
