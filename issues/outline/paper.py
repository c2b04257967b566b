"""The outline on paper: what ``outline.typ`` is given. Spec 00, Paper; 02, Themes."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import get_language, gettext, ngettext, pgettext

from issues.bottlenecks.rows import plain_number
from ui.paper import Paper
from ui.paper.prose import prose
from ui.shared import drawn
from ui.templatetags.ui import full_date

if TYPE_CHECKING:
    from django.utils.safestring import SafeString

    from .models import ThemeVersion
    from .selectors import Chapter, Outline, Printed


def outline_paper(outline: Outline, version: ThemeVersion | None, day: date) -> Paper:
    """The outline as a paper in the language that is active; ``version`` is the one that it shows, if any."""
    return Paper(
        template="issues/outline/outline.typ",
        title=gettext("Our bottlenecks in outline"),
        language=(get_language() or "nl")[:2],
        day=day,
        data={
            "subtitle": " · ".join([capfirst(about(version)), gettext("figures of %(day)s") % {"day": full_date(day)}]),
            "introduction": introduction(outline),
            "columns": [str(it) for it in columns()],
            "chapters": [_chapter(it) for it in outline.chapters],
            "closing": closing(),
        },
    )


def columns() -> list[str]:
    """The heads of the tables."""
    return [
        gettext("No."),
        gettext("Bottleneck"),
        gettext("Members"),
        gettext("Hubs"),
        gettext("Hours"),
        gettext("State"),
        gettext("Since"),
    ]


def about(version: ThemeVersion | None) -> str:
    """Which list of themes it is: "version 3 of the themes, adopted on 3 November 2026"."""
    if version is None:
        return gettext("themes as they stand")
    words = gettext("version %(number)d of the themes, %(state)s")
    return words % {"number": version.number, "state": version.in_words}


def introduction(outline: Outline) -> str:
    """What stands in it, and what does not."""
    number = ngettext(
        "%(number)s open bottleneck keeps our members from doing their work well and is not theirs to remove.",
        "%(number)s open bottlenecks keep our members from doing their work well and are not theirs to remove.",
        outline.total,
    ) % {"number": plain_number(outline.total)}
    order = gettext("In each theme those with most support come first, %(most)d of them at most.")
    return f"{number} {order % {'most': outline.most}}"


def closing() -> str:
    """What the figures mean."""
    generic = gettext(
        "Members: how many support it. Hubs: from how many hubs. Hours: how many a month those who gave an estimate "
        "lose together. Generic: at least %(votes)d members of at least %(hubs)d hubs supported it."
    ) % {"votes": settings.GENERIC_MIN_VOTES, "hubs": settings.GENERIC_MIN_HUBS}
    return f"{generic} {gettext('Nobody is named.')}"


class RowSays(NamedTuple):
    """All that a row says, before it is put into words."""

    number: int
    url: str
    title: str
    language: str
    members: int
    hubs: int
    hours: str  # a month, as it is kept; "" where nobody estimated
    is_generic: bool
    since: date  # when it became so, or was filed

    @property
    def words(self) -> dict[str, str]:
        """What is printed, by column."""
        return {
            "number": str(self.number),
            "title": self.title,
            "language": self.language,
            "members": plain_number(self.members),
            "hubs": plain_number(self.hubs),
            "hours": plain_number(Decimal(self.hours)) if self.hours else "–",
            "state": pgettext("state of a bottleneck", "generic")
            if self.is_generic
            else pgettext("state of a bottleneck", "filed"),
            "since": full_date(self.since),
        }


def said_of(bottleneck: Printed) -> RowSays:
    """What the row of a bottleneck says."""
    return RowSays(
        number=bottleneck.pk,
        url=bottleneck.url,
        title=bottleneck.title,
        language=bottleneck.language,
        members=bottleneck.member_count,
        hubs=bottleneck.hub_count,
        hours=str(bottleneck.hours) if bottleneck.estimate_count else "",
        is_generic=bottleneck.generic_at is not None,
        since=timezone.localdate(bottleneck.generic_at or bottleneck.filed_at),
    )


@drawn
def row(says: RowSays) -> SafeString:
    """A row as it stands on the page."""
    return render_to_string("issues/_outline_row.html", {"url": says.url, **says.words})


def note_of(chapter: Chapter) -> str:
    """What is said below a chapter: what is not printed, or that there is nothing."""
    if chapter.is_gone:
        return gettext("This is no theme any more: what it ordered stands elsewhere.")
    if chapter.is_new:
        return gettext("This theme is new: it orders nothing yet.")
    if not chapter.total:
        return gettext("No open bottleneck stands under this theme.")
    if chapter.more:
        return ngettext("And %(number)s more.", "And %(number)s more.", chapter.more) % {
            "number": plain_number(chapter.more)
        }
    return ""


def _chapter(chapter: Chapter) -> dict[str, Any]:
    return {
        "numbered": chapter.number is not None,
        "name": chapter.name,
        "language": chapter.language or (get_language() or "nl")[:2],
        "explanation": prose(chapter.explanation),
        "rows": [said_of(it).words for it in chapter.bottlenecks],
        "note": note_of(chapter),
    }
