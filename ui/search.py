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

from django.db.models import Func, Q, QuerySet, TextField, Value

from ui.pagination import PAGE_SIZE, Count, Page, count_kept, paginate_kept
from ui.statements import Sought

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


@dataclass(frozen=True, slots=True)
class Phrase(Sought):
    """A text that is looked for as it is."""

    text: str

    def statement_values(self) -> tuple[str]:
        return (self.text,)

    def statement_shape(self) -> tuple[()]:
        """It is the same statement for every phrase."""
        return ()

    def standing_in(self, values: tuple[Any, ...]) -> Phrase:
        return Phrase(*values)


@dataclass(frozen=True, slots=True)
class Word(Sought):
    """A word that is looked for, and what else may be meant by it, worked out before a statement is asked."""

    text: str
    either: str  # its variants, as a web search for any of them
    pattern: str  # and as a pattern
    is_short: bool

    @classmethod
    def of(cls, word: str) -> Word:
        """Work out what belongs to ``word``, which ``words_of`` gave."""
        others = variants(word)
        return cls(word, " or ".join(others), "|".join(map(re.escape, others)), len(word) < _SHORTEST_PART)

    def statement_values(self) -> tuple[str, str, str]:
        return self.text, self.either, self.pattern

    def statement_shape(self) -> bool:
        """Short ones are looked for in another way."""
        return self.is_short

    def standing_in(self, values: tuple[Any, ...]) -> Word:
        text, either, pattern = values
        return Word(text, either, pattern, self.is_short)


def sought(text: str) -> tuple[Word, ...]:
    """The words of ``text``, as every search asks for them: how many there are is part of which statement it is."""
    return tuple(map(Word.of, words_of(text)))


def folded(*parts: str) -> Func:
    """``parts`` side by side, as ``ui.fields.sort_key`` keeps them."""
    values = (Value(part, output_field=TextField()) for part in parts)
    return Func(*values, function="sort_key", arg_joiner=" || ", output_field=TextField())


def holds(field: str, word: Word) -> Q:
    """Rows whose folded ``field`` has ``word`` in it; one of less than three letters, where a word begins."""
    if not word.is_short:
        return Q(**{f"{field}__contains": folded(word.text)})
    begins = Q(**{f"{field}__startswith": folded(word.text)})
    for before in " -":
        begins |= Q(**{f"{field}__contains": folded(before, word.text)})
    return begins


def holds_variant(field: str, word: Word) -> Q:
    """Rows whose folded ``field`` has ``word`` in it, or one of its variants."""
    return holds(field, word) if word.is_short else Q(**{f"{field}__regex": folded(word.pattern)})


def resembles(field: str, word: Word) -> Q:
    """Rows whose folded ``field`` has a word in it that shares most of its trigrams with ``word``."""
    return Q(**{f"{field}__trigram_strict_word_similar": folded(word.text)})


def variants(word: str) -> list[str]:
    """``word``, and with one letter a place or two further on or back, which trigrams do not recognise: "phyton"."""
    found = {word: None}
    if _SHORTEST_MISTYPED <= len(word) <= _LONGEST_MISTYPED:
        for at, letter in enumerate(word):
            rest = word[:at] + word[at + 1 :]
            places = range(max(at - 2, 0), min(at + 3, len(word)))
            found |= dict.fromkeys(rest[:place] + letter + rest[place:] for place in places)
    return list(found)


def finds(field: str, word: Word, *, roughly: bool) -> Q:
    """Rows whose folded ``field`` holds ``word``, or ``roughly``: something that may be meant by it."""
    return holds_variant(field, word) | resembles(field, word) if roughly else holds(field, word)


@dataclass(frozen=True, slots=True)
class Asked[R]:
    """A function that builds a queryset, and its values: a statement that is kept (``ui.statements``)."""

    build: Callable[..., QuerySet[Any, R]]
    values: tuple[Any, ...]

    @property
    def rows(self) -> QuerySet[Any, R]:
        """All of it, built anew."""
        return self.build(*self.values)

    def page(self, after: str | None, *, size: int = PAGE_SIZE) -> Page[R]:
        """The rows that follow the cursor ``after``; the first ones without one."""
        return paginate_kept(self.build, *self.values, after=after, size=size)

    def count(self) -> Count:
        """How many there are, up to 1,000."""
        return count_kept(self.build, *self.values)


@dataclass(frozen=True, slots=True)
class Findings[R]:
    """What a search gives: what to read, how many hold the words as typed, and whether others may be among them."""

    asked: Asked[R]
    exact: Count
    is_rough: bool = False

    @property
    def rows(self) -> QuerySet[Any, R]:
        """All that is found."""
        return self.asked.rows

    def page(self, after: str | None, *, size: int = PAGE_SIZE) -> Page[R]:
        """The rows that follow the cursor ``after``; the first ones without one."""
        return self.asked.page(after, size=size)

    def count(self, page: Page[Any] | None = None) -> Count:
        """How many are found, up to 1,000; of what only looks like it the first ``page`` tells enough."""
        if not self.is_rough:
            return self.exact
        if page and page.is_first:
            return Count(len(page.rows), is_more=bool(page.next_cursor))
        return self.asked.count()


def search[R](exact: Asked[R], roughly: Asked[R]) -> Findings[R]:
    """Count ``exact``; where that is next to nothing, take what fits ``roughly`` instead (the exact ones included)."""
    count = exact.count()
    return Findings(exact, count) if count.number >= FEW else Findings(roughly, count, is_rough=True)
