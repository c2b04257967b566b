"""What people type into a search box, prepared in one way for every list. Spec 09, Search.

Both sides are folded by the database's ``sort_key()``: no accents, no case, one way of composing letters. A list keeps
its folded texts in a column or in an index of trigrams, and every word has to be found somewhere among them, in any
order. Where next to nothing holds the words as they were typed, texts are taken that hold something like them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Func, Q, QuerySet, TextField, Value
from django.db.models.sql.compiler import SQLCompiler
from psycopg import sql

from ui.pagination import Count, Page, count_up_to

FEW = 3  # fewer rows than this hold the words, and typing errors are allowed for
MOST_WORDS = 12
LONGEST_WORD = 60
_SHORTEST_PART = 3  # letters; trigrams find nothing shorter
_SHORTEST_MISTYPED, _LONGEST_MISTYPED = 4, 16  # letters; of shorter words too many others are made

_BETWEEN = re.compile(r"[\s\0,;:/|()\[\]{}<>\"“”„«»‹›!?…·•\-‐‑–—]+")
_AROUND = ".'’‘`´&*=~^%@_\\"

# Words that say nothing about what is looked for, above all the infixes of Dutch names: "Anna van den Berg" is found by
# "anna berg", and "Anna Berg" by "anna van den berg".
_LITTLE = frozenset({
    *("van", "von", "de", "den", "der", "des", "het", "t", "s", "d", "ten", "ter", "te", "tot", "op", "in", "aan"),
    *("bij", "uit", "over", "onder", "voor", "met", "om", "en", "een", "la", "le", "les", "du", "di", "da", "el", "al"),
    *("the", "a", "an", "of", "and", "for", "to", "on", "at"),
})  # fmt: skip


def words_of(text: str) -> list[str]:
    """The words to look for, each once and at most twelve; little ones only where there are no others."""
    tidy = unicodedata.normalize("NFKC", text).casefold()
    parts = (part.strip(_AROUND)[:LONGEST_WORD] for part in _BETWEEN.split(tidy))
    words = dict.fromkeys(part for part in parts if part)
    return list(dict.fromkeys(word for word in words if word not in _LITTLE) or words)[:MOST_WORDS]


class _Sought(Value):
    """A text that stands in its statement, quoted, and not beside it as a parameter."""

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, tuple[Any, ...]]:
        """Quote as psycopg does; a per cent sign is doubled, for parameters are put in by such signs."""
        return sql.Literal(self.value).as_string(None).replace("%", "%%"), ()


def sought(text: str) -> Value:
    """``text`` as what a statement looks for: every list and every search takes it from here.

    How PostgreSQL had best look depends on the very words: a frequent one is found by reading on until there are
    enough, a rare one through an index. A statement with parameters it plans once for a connection and then keeps, for
    words it does not know. One that holds the words is another statement for other words, and planned for them.
    """
    return _Sought(text, output_field=TextField())


def folded(text: str) -> Func:
    """``text`` as ``ui.fields.sort_key`` keeps it."""
    return Func(sought(text), function="sort_key", output_field=TextField())


def holds(field: str, *words: str) -> Q:
    """Rows whose folded ``field`` has one of ``words`` in it; of less than three letters, where a word begins."""
    if len(words) > 1:
        return Q(**{f"{field}__regex": folded("|".join(re.escape(word) for word in words))})
    word = words[0]
    if len(word) >= _SHORTEST_PART:
        return Q(**{f"{field}__contains": folded(word)})
    begins = Q(**{f"{field}__startswith": folded(word)})
    for before in " -":
        begins |= Q(**{f"{field}__contains": folded(before + word)})
    return begins


def resembles(field: str, word: str) -> Q:
    """Rows whose folded ``field`` has a word in it that shares most of its trigrams with ``word``."""
    return Q(**{f"{field}__trigram_strict_word_similar": folded(word)})


def variants(word: str) -> list[str]:
    """``word``, and with one letter a place or two further on or back, which trigrams do not recognise: "phyton"."""
    found = {word: None}
    if _SHORTEST_MISTYPED <= len(word) <= _LONGEST_MISTYPED:
        for at, letter in enumerate(word):
            rest = word[:at] + word[at + 1 :]
            places = range(max(at - 2, 0), min(at + 3, len(word)))
            found |= dict.fromkeys(rest[:place] + letter + rest[place:] for place in places)
    return list(found)


def finds(field: str, word: str, *, roughly: bool) -> Q:
    """Rows whose folded ``field`` holds ``word``, or ``roughly``: something that may be meant by it."""
    return holds(field, *variants(word)) | resembles(field, word) if roughly else holds(field, word)


@dataclass(frozen=True, slots=True)
class Findings[Rows: QuerySet[Any]]:
    """What a search gives: ``rows``, how many of them hold the words as typed, and whether others may be among them."""

    rows: Rows
    exact: Count
    is_rough: bool = False

    def count(self, page: Page[Any] | None = None) -> Count:
        """How many ``rows`` there are, up to 1,000; of what only looks like it the first ``page`` tells enough."""
        if not self.is_rough:
            return self.exact
        if page and page.is_first:
            return Count(len(page.rows), is_more=bool(page.next_cursor))
        return count_up_to(self.rows)


def search[Rows: QuerySet[Any]](exact: Rows, roughly: Callable[[], Rows]) -> Findings[Rows]:
    """Count ``exact``; where that is next to nothing, take what fits ``roughly`` instead (the exact ones included)."""
    count = count_up_to(exact)
    return Findings(exact, count) if count.number >= FEW else Findings(roughly(), count, is_rough=True)
