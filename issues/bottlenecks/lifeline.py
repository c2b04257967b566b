"""The life-line of a bottleneck: filed, generic, taken up, solved. Spec 02, Board; the words are in the markup."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, pgettext

from ui.ages import Age
from ui.templatetags.ui import full_date

if TYPE_CHECKING:
    from .models import Bottleneck


@dataclass(frozen=True, slots=True)
class Step:
    """One mark on the line: its ``word``, what is said of it, and its class ("" is done, "is-now", "is-next")."""

    word: str
    text: str
    state: str


def _with_age(sentence: str, age: Age) -> SafeString:
    """``sentence`` with its ``%(age)s``, which says the exact one in its title where it is rounded."""
    return format_html(str(conditional_escape(sentence)).replace("%(age)s", "{}"), age.marked())


def _later(earlier: date, later: date) -> str:
    if later <= earlier:
        return gettext("on the same day")
    return _with_age(gettext("%(age)s later"), Age(earlier, later))


def _local(moment: datetime) -> date:
    return timezone.localtime(moment).date()


def steps(bottleneck: Bottleneck) -> list[Step]:
    """The steps of a bottleneck's page, with the day it was filed and how long each step since took."""
    closed_at = bottleneck.subject.closed_at
    filed, generic = _local(bottleneck.filed_at), bottleneck.generic_at
    line = [Step(pgettext("life-line", "filed"), gettext("on %(day)s") % {"day": full_date(bottleneck.filed_at)}, "")]
    if generic:
        line.append(Step(pgettext("life-line", "generic"), _later(filed, _local(generic)), ""))
    if closed_at:
        line.append(
            Step(pgettext("life-line", "ended"), _later(_local(generic) if generic else filed, _local(closed_at)), "")
        )
        return line
    line[-1] = Step(line[-1].word, line[-1].text, "is-now")
    if not generic:
        line.append(Step(pgettext("life-line", "generic"), "", "is-next"))
    line.append(Step(pgettext("life-line", "taken up"), "", "is-next"))
    line.append(Step(pgettext("life-line", "solved"), "", "is-next"))
    return line


def stream(*, is_generic: bool, is_closed: bool) -> SafeString:
    """The life-line as marks in a row of a list."""
    words = [(pgettext("life-line", "filed"), ""), (pgettext("life-line", "generic"), "" if is_generic else "is-next")]
    if is_closed:
        words = [pair for pair in words if not pair[1]] + [(pgettext("life-line", "ended"), "")]
    else:
        words += [(pgettext("life-line", "taken up"), "is-next"), (pgettext("life-line", "solved"), "is-next")]
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
    """The last step in words: "filed 4 days ago", "generic for over 8 years", "ended on 3 June 2026"."""
    if closed_on:
        return gettext("ended on %(day)s") % {"day": full_date(closed_on)}
    if generic_on:
        if generic_on >= today:
            return gettext("generic since today")
        return _with_age(gettext("generic for %(age)s"), Age(generic_on, today))
    if filed_on >= today:
        return gettext("filed today")
    return _with_age(gettext("filed %(age)s ago"), Age(filed_on, today))
