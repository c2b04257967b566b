"""The life-line of a bottleneck: filed, generic, taken up, solved. Spec 02, Board; the words are in the markup."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, pgettext

from issues.registries import life_steps
from ui.ages import Age
from ui.templatetags.ui import full_date

from .models import State

if TYPE_CHECKING:
    from community.models import User

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


def end_in_words(state: str) -> str:
    """The last mark on the line of a bottleneck that has ended."""
    return {
        State.SOLVED: pgettext("life-line", "said to be solved"),
        State.CONFIRMED: pgettext("life-line", "solved"),
        State.DECLINED: pgettext("life-line", "declined"),
        State.LAPSED: pgettext("life-line", "withdrawn"),
    }.get(State(state), pgettext("life-line", "ended"))


def steps(bottleneck: Bottleneck, reader: User) -> list[Step]:
    """The steps of a bottleneck's page, with the day it was filed and how long each step since took.

    One query for each step of ``issues.registries.life_steps`` that was taken.
    """
    closed_at = bottleneck.subject.closed_at
    filed = _local(bottleneck.filed_at)
    line = [Step(pgettext("life-line", "filed"), gettext("on %(day)s") % {"day": full_date(bottleneck.filed_at)}, "")]
    taken: list[tuple[date, str, str]] = []
    if bottleneck.generic_at:
        taken.append((_local(bottleneck.generic_at), pgettext("life-line", "generic"), ""))
    for key, moment in bottleneck.steps_taken:
        if step := life_steps.get(key):
            taken.append((_local(moment), str(step.word), step.about(bottleneck, reader)))
    if closed_at:
        taken.append((_local(closed_at), end_in_words(bottleneck.state), ""))
    before = filed
    for day, word, about in sorted(taken, key=lambda step: step[0]):
        ago = _later(before, day)
        line.append(Step(word, format_html("{}, {}", about, ago) if about else ago, ""))
        before = day
    if closed_at:
        return line
    line[-1] = Step(line[-1].word, line[-1].text, "is-now")
    if not bottleneck.generic_at:
        line.append(Step(pgettext("life-line", "generic"), "", "is-next"))
    if not bottleneck.life:
        line.append(Step(pgettext("life-line", "taken up"), "", "is-next"))
    line.append(Step(pgettext("life-line", "solved"), "", "is-next"))
    return line


def stream(
    filed_on: date,
    generic_on: date | None,
    closed_on: date | None,
    today: date,
    *,
    taken: Sequence[tuple[str, date]] = (),
    state: str = State.OPEN,
) -> SafeString:
    """The life-line as marks in a row of a list: each step with the time spent at it, and what is to come.

    ``taken`` are the keys of the steps between generic and the end, with their days.
    """
    reached = [(pgettext("life-line", "filed"), filed_on)]
    reached += [(pgettext("life-line", "generic"), generic_on)] if generic_on else []
    reached += [(str(step.word), day) for key, day in taken if (step := life_steps.get(key))]
    reached += [(end_in_words(state), closed_on)] if closed_on else []
    reached.sort(key=lambda step: step[1])
    left_on = [day for _word, day in reached[1:]] + [today]
    words = [(_with_time(word, Age(day, left)), "") for (word, day), left in zip(reached, left_on, strict=True)]
    if closed_on:
        words[-1] = (reached[-1][0], "")
    else:
        words += [] if generic_on else [(pgettext("life-line", "generic"), "is-next")]
        words += [] if taken else [(pgettext("life-line", "taken up"), "is-next")]
        words += [(pgettext("life-line", "solved"), "is-next")]
    marks = format_html_join(
        "",
        '<li{} title="{}"><i></i><span class="sr">{}</span></li>',
        (
            (
                format_html(' class="{}"', css_class) if css_class else "",
                *[gettext("%(step)s (not yet)") % {"step": word} if css_class else word] * 2,
            )
            for word, css_class in words
        ),
    )
    return format_html('<ol class="stream" aria-label="{}">{}</ol>', gettext("Life-line"), marks)


def _with_time(word: str, spent: Age) -> str:
    """A step, and how long it lasted or lasts by now: "generic, 12 days"."""
    return gettext("%(step)s, %(age)s") % {"step": word, "age": spent} if spent.days else word


def latest(
    filed_on: date,
    generic_on: date | None,
    closed_on: date | None,
    today: date,
    *,
    taken: tuple[str, date] | None = None,
    state: str = State.OPEN,
) -> str:
    """The last step in words: "filed 4 days ago", "generic for over 8 years", "solved on 3 June 2026".

    ``taken`` is the step between generic and the end that was taken last, and its day.
    """
    if closed_on:
        return gettext("%(ended)s on %(day)s") % {"ended": end_in_words(state), "day": full_date(closed_on)}
    if taken and (step := life_steps.get(taken[0])):
        if taken[1] >= today:
            return gettext("%(step)s today") % {"step": step.word}
        return _with_age(gettext("%(step)s %(age)s ago").replace("%(step)s", str(step.word)), Age(taken[1], today))
    if generic_on:
        if generic_on >= today:
            return gettext("generic since today")
        return _with_age(gettext("generic for %(age)s"), Age(generic_on, today))
    if filed_on >= today:
        return gettext("filed today")
    return _with_age(gettext("filed %(age)s ago"), Age(filed_on, today))
