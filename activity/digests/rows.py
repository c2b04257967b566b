"""The lines of a digest as a mail shows them: each drawn once for all who get it in one language. Spec 06, Digests."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import ngettext

from ui.languages import in_language
from ui.shared import drawn

from .sections import DigestSection, LineSays
from .selectors import ShownSection


def as_html(sections: Iterable[ShownSection]) -> SafeString:
    """All sections as rows of the mail's table, in the language of whoever reads now."""
    pieces: list[str] = []
    for shown in sections:
        pieces += _boxes(shown) if shown.section.box else _list(shown)
        if shown.more:
            pieces.append(format_html('<tr><td class="row"><span>{}</span></td></tr>', _more(shown)))
    return mark_safe("\n".join(pieces))  # noqa: S308 - pieces of templates, which escape what they are given


def _list(shown: ShownSection) -> list[str]:
    return [_heading(str(shown.section.heading)), *(_row(line.says) for line in shown.lines)]


def _boxes(shown: ShownSection) -> list[str]:
    section: DigestSection = shown.section
    return [_box(*line.says, str(section.heading), str(section.box)) for line in shown.lines]


def as_text(sections: Sequence[ShownSection]) -> str:
    """All sections as plain text, in the language of whoever reads now."""
    return "\n\n\n".join(_section_as_text(shown) for shown in sections)


def _section_as_text(shown: ShownSection) -> str:
    lines = [_row_as_text(line.says) for line in shown.lines]
    return "\n\n".join([str(shown.section.heading).upper(), *lines, *([_more(shown)] if shown.more else [])])


def _row_as_text(says: LineSays) -> str:
    return "\n".join(filter(None, [says.title, says.text, f"{settings.BASE_URL}{says.url}"]))


def _more(shown: ShownSection) -> str:
    return ngettext("And {count} more.", "And {count} more.", shown.more).format(count=shown.more)


@drawn
def _heading(title: str) -> SafeString:
    return render_to_string("email/_section.html", {"title": title})


@drawn
def _row(says: LineSays) -> SafeString:
    return render_to_string("activity/email/_digest_row.html", {"says": says, "base_url": settings.BASE_URL})


@drawn
def _box(title: str, language: str, url: str, text: str, heading: str, link: str) -> SafeString:
    what = format_html("{}: {}", heading, in_language(title, language))
    context = {"title": what, "text": text, "url": f"{settings.BASE_URL}{url}", "label": link}
    return render_to_string("email/_box.html", context)
