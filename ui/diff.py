"""What changed between two versions of a text, word by word, as HTML with ``<ins>`` and ``<del>``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

#: Of longer stretches whole lines are compared: what words cost grows with the square of their number.
MOST_WORDS = 1_000

_WORDS = re.compile(r"\s+|[^\s]+")


def word_diff(before: str, after: str) -> SafeString:
    """Return ``after`` as escaped HTML: what it adds to ``before`` in ``<ins>``, what it leaves out in ``<del>``.

    Line breaks stay as they are: show it with ``white-space: pre-line``.
    """
    return mark_safe("".join(_by_lines(before.splitlines(keepends=True), after.splitlines(keepends=True))))  # noqa: S308


def _by_lines(before: Sequence[str], after: Sequence[str]) -> Iterator[str]:
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, before, after).get_opcodes():
        old, new = "".join(before[i1:i2]), "".join(after[j1:j2])
        if tag == "equal":
            yield escape(new)
        else:
            yield from _by_words(_WORDS.findall(old), _WORDS.findall(new))


def _by_words(before: Sequence[str], after: Sequence[str]) -> Iterator[str]:
    if max(len(before), len(after)) > MOST_WORDS:
        yield _marked("del", before) + _marked("ins", after)
        return
    gone: list[str] = []
    new: list[str] = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, before, after).get_opcodes():
        same = after[j1:j2]
        if tag != "equal":
            gone += before[i1:i2]
            new += same
        elif gone and new and j2 < len(after) and same == [" "]:  # two words side by side are one change
            gone += same
            new += same
        else:
            yield _marked("del", gone) + _marked("ins", new) + escape("".join(same))
            gone, new = [], []
    yield _marked("del", gone) + _marked("ins", new)


def _marked(tag: str, words: Sequence[str]) -> str:
    return f"<{tag}>{escape(''.join(words))}</{tag}>" if words else ""
