"""The life-line of a bottleneck: filed, generic, a route, solved. Spec 02, Board; the words are in the markup."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext, pgettext

from ui.templatetags.ui import full_date

if TYPE_CHECKING:
    from .models import Bottleneck


@dataclass(frozen=True, slots=True)
class Step:
    """One mark on the line: its ``word``, what is said of it, and its class ("" is done, "is-now", "is-next")."""

    word: str
    text: str
    state: str


def _days(earlier: date, later: date) -> str:
    days = max((later - earlier).days, 0)
    if days == 0:
        return gettext("on the same day")
    return ngettext("after %(days)s day", "after %(days)s days", days) % {"days": days}


def _local(moment: datetime) -> date:
    return timezone.localtime(moment).date()


def steps(bottleneck: Bottleneck) -> list[Step]:
    """The steps of a bottleneck's page, with the day it was filed and the days spent at each step since."""
    closed_at = bottleneck.subject.closed_at
    filed, generic = _local(bottleneck.filed_at), bottleneck.generic_at
    line = [Step(pgettext("life-line", "filed"), full_date(bottleneck.filed_at), "")]
    if generic:
        line.append(Step(pgettext("life-line", "generic"), _days(filed, _local(generic)), ""))
    if closed_at:
        line.append(
            Step(pgettext("life-line", "ended"), _days(_local(generic) if generic else filed, _local(closed_at)), "")
        )
        return line
    line[-1] = Step(line[-1].word, line[-1].text, "is-now")
    if not generic:
        line.append(Step(pgettext("life-line", "generic"), "", "is-next"))
    line.append(Step(pgettext("life-line", "a route"), gettext("formal or our own"), "is-next"))
    line.append(Step(pgettext("life-line", "solved"), "", "is-next"))
    return line


def stream(*, is_generic: bool, is_closed: bool) -> SafeString:
    """The life-line as marks in a row of a list."""
    words = [(pgettext("life-line", "filed"), ""), (pgettext("life-line", "generic"), "" if is_generic else "is-next")]
    if is_closed:
        words = [pair for pair in words if not pair[1]] + [(pgettext("life-line", "ended"), "")]
    else:
        words += [(pgettext("life-line", "a route"), "is-next"), (pgettext("life-line", "solved"), "is-next")]
    marks = format_html_join(
        "",
        '<li{}><i></i><span class="sr">{}</span></li>',
        (
            (
                format_html(' class="{}"', state) if state else "",
                gettext("%(step)s (not yet)") % {"step": word} if state else word,
            )
            for word, state in words
        ),
    )
    return format_html('<ol class="stream" aria-label="{}">{}</ol>', gettext("Life-line"), marks)


def latest(filed_on: date, generic_on: date | None, closed_on: date | None, today: date) -> str:
    """The last step in words: "filed 4 days ago", "generic for 12 days", "ended on 3 June 2026"."""
    if closed_on:
        return gettext("ended on %(day)s") % {"day": full_date(closed_on)}
    if generic_on:
        days = (today - generic_on).days
        if days < 1:
            return gettext("generic since today")
        return ngettext("generic for %(days)s day", "generic for %(days)s days", days) % {"days": days}
    days = (today - filed_on).days
    if days < 1:
        return gettext("filed today")
    return ngettext("filed %(days)s day ago", "filed %(days)s days ago", days) % {"days": days}
