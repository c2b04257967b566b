"""What a row of the board shows, worked out once in Python: template logic for thirty rows would cost too much.

Words are translated once a page, drops, life-lines and whole bodies are drawn once for each state: all members see the
same rows, only the vote button is their own. Spec 09: a page costs its template.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext

from community.hubs.selectors import number_of_hubs
from ui.markdown import excerpt
from ui.shared import Reader, drawn
from ui.templatetags.ui import reach

from .lifeline import latest, stream
from .models import EXCERPT_LENGTH

if TYPE_CHECKING:
    from .models import Bottleneck


class RowBody(NamedTuple):
    """What a row says to everybody, all of it text: its HTML is drawn once for as long as it says the same."""

    url: str
    title: str
    language: str
    excerpt: str
    theme: str
    theme_language: str
    theme_url: str
    is_generic: bool
    reach: SafeString
    hubs: str
    hours: str
    support: str
    stream: SafeString
    life: str
    heading: str


@dataclass(frozen=True, slots=True)
class BoardRow:
    """One row: its body as HTML, and the vote button of one member."""

    number: str
    title: str
    body: SafeString
    voted: str  # "true" or "false", as aria-pressed wants it
    vote_url: str
    language: str
    vote_word: str
    members: str


@drawn
def _html(body: RowBody) -> SafeString:
    return render_to_string("issues/_row_body.html", {"row": body})


def plain_number(number: Decimal | int) -> str:
    """A figure in the reader's language, without needless decimals: 96, 96.5 (Dutch 96,5), 1,204."""
    whole = number == number.to_integral_value() if isinstance(number, Decimal) else True
    return number_format(number, decimal_pos=0 if whole else 1, use_l10n=True, force_grouping=True)


@drawn
def _drops(reached: int, total: int) -> SafeString:
    """A drop for each hub, those that are reached full."""
    label = ngettext("%(reached)s of %(total)s hub", "%(reached)s of %(total)s hubs", total)
    return reach(reached, total, label % {"reached": reached, "total": total})


@drawn
def _hubs(reached: int) -> str:
    return ngettext("%(hubs)s hub", "%(hubs)s hubs", reached) % {"hubs": reached}


@drawn
def _hours(kept: str) -> str:
    """The hours a month in words, empty for none."""
    hours = Decimal(kept)
    if not hours:
        return ""
    return ngettext("%(hours)s hour a month", "%(hours)s hours a month", int(-(-hours // 1))) % {
        "hours": plain_number(hours)
    }


def board_rows(bottlenecks: Iterable[Bottleneck], reader: Reader, *, heading: str = "h2") -> list[BoardRow]:
    """Turn what ``BottleneckQuerySet.as_rows`` loaded for ``reader`` into rows; no query but for what all share.

    ``heading`` is the level of their titles.
    """
    today, hubs_in_all = timezone.localdate(), number_of_hubs.seen_by(reader)
    board = reverse("issues:bottleneck_list")
    mine, yours = gettext("mine too"), gettext("yours too")
    support = gettext("support %(support)s")
    rows = []
    for bottleneck in bottlenecks:
        number, voted, theme = str(bottleneck.pk), bool(getattr(bottleneck, "voted", False)), bottleneck.theme
        members, word = plain_number(bottleneck.member_count), yours if voted else mine
        body = RowBody(
            url=bottleneck.subject.url,
            title=bottleneck.title,
            language=bottleneck.language,
            excerpt=excerpt(bottleneck.beginning, EXCERPT_LENGTH),  # type: ignore[attr-defined]  # annotated by as_rows
            theme=theme.name if theme else "",
            theme_language=theme.language if theme else "",
            theme_url=f"{board}?theme={theme.slug}" if theme else "",
            is_generic=bottleneck.generic_at is not None,
            reach=_drops(bottleneck.hub_count, max(hubs_in_all, bottleneck.hub_count)),
            hubs=_hubs(bottleneck.hub_count),
            hours=_hours(str(bottleneck.hours)),
            support=support % {"support": plain_number(bottleneck.support.quantize(Decimal("0.1")))},
            stream=stream(bottleneck),
            life=latest(bottleneck, today),
            heading=heading,
        )
        rows.append(
            BoardRow(
                number=number,
                title=bottleneck.title,
                body=_html(body),
                voted="true" if voted else "false",
                vote_url=f"{board}{number}/{'unvote' if voted else 'vote'}/",
                language=bottleneck.language,
                vote_word=word,
                members=members,
            )
        )
    return rows


def members_and_hubs(bottleneck: Bottleneck) -> str:
    """The reach in one line: "31 members, 7 hubs"."""
    return gettext("%(members)s, %(hubs)s") % {
        "members": ngettext("%(members)s member", "%(members)s members", bottleneck.member_count)
        % {"members": plain_number(bottleneck.member_count)},
        "hubs": ngettext("%(hubs)s hub", "%(hubs)s hubs", bottleneck.hub_count) % {"hubs": bottleneck.hub_count},
    }
