"""What people write keeps the language they wrote it in, on a page in another one too (WCAG 3.1.2).

Screen readers then change voice. Names of people, hubs and places are names in every language; titles, reasons and
whatever else is a sentence are marked: with ``lang`` on the element that holds nothing else, else with ``in_language``.
An attribute cannot hold another language: say it in text for screen readers (``class="sr"``) instead of ``aria-label``.
"""

from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language


def in_language(text: str, code: str) -> SafeString:
    """Mark ``text`` as written in ``code`` ("nl"), for inside a sentence; plain where the page speaks it already."""
    if not code or code == (get_language() or "")[: len(code)]:
        return conditional_escape(text)
    return format_html('<span lang="{}">{}</span>', code, text)


def fill(sentence: str, **parts: str | int) -> SafeString:
    """Fill the places of a translated sentence as HTML; numbers stay numbers, text that is not HTML is escaped."""
    escaped = {name: part if isinstance(part, int) else conditional_escape(part) for name, part in parts.items()}
    return mark_safe(str(conditional_escape(sentence)) % escaped)  # noqa: S308 - all of it is escaped
