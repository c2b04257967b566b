"""What is left of what somebody typed, before it is looked for."""

import random
from typing import Any

import pytest
from django.db.models import QuerySet, TextField, Value

from community.models import User
from tests.factories import UserFactory
from ui import statements
from ui.search import LONGEST_WORD, MOST_WORDS, Phrase, Word, holds, variants, words_of


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("Anna van den Berg", ["anna", "berg"]),
        ("  BERG,   Anna van den ", ["berg", "anna"]),
        ("van den", ["van", "den"]),  # nothing else to go by
        ("data data Data", ["data"]),
        ("“wind-op-zee”!", ["wind", "zee"]),
        ("e\u0301nergie", ["énergie"]),
        ("C++ & .NET", ["c++", "net"]),
        ("d'Artagnan", ["d'artagnan"]),
        ("श्रीमती देवी", ["श्रीमती", "देवी"]),  # vowels that are marks stay where they are
        ("a\0b", ["b"]),
        ("-- !? *", []),
        ("", []),
    ],
)
def test_words_are_taken_out_of_what_is_typed(typed, words):
    assert words_of(typed) == words


def test_a_long_text_becomes_a_short_search():
    words = words_of(" ".join(f"{number}{'x' * 500}" for number in range(10_000)))
    assert len(words) == MOST_WORDS
    assert max(map(len, words)) == LONGEST_WORD


def test_a_letter_may_stand_a_place_or_two_away():
    assert "python" in variants("phyton")
    assert "metadata" in variants("metdaata")
    assert variants("sql") == ["sql"]
    assert variants("x" * 50) == ["x" * 50]


HOSTILE = [
    "'",
    "''",
    "\\",
    "\\'",
    "\\\\'; --",
    "%",
    "%%",
    "%s",
    "%(name)s",
    "%%s",
    '"',
    "$1",
    ":x",
    "E'",
    "$$",
    "?",
    "{}",
    "é",
    "😀",
]


@pytest.mark.django_db
def test_what_is_looked_for_is_taken_as_it_is():
    chance = random.Random(4)
    texts = [
        "",
        *HOSTILE,
        *("".join(chance.choices([*HOSTILE, "a", " "], k=chance.randint(2, 9))) for _n in range(300)),
    ]
    member = UserFactory(role_other="100%", name="Wim 100% O'Hara_\\")

    def with_text(phrase: Phrase) -> QuerySet[User, Any]:
        text = Value(phrase.text, output_field=TextField())
        rows: QuerySet[Any, Any] = User.objects.filter(role_other="100%").annotate(text=text).values_list("pk", "text")
        return rows

    def called(word: Word) -> QuerySet[User]:
        found: QuerySet[User] = User.objects.filter(holds("sort_name", word))
        return found

    for text in texts:
        assert statements.rows(with_text, Phrase(text)) == [(member.pk, text)]
    for text in ("100%", "O'Hara_\\"):
        assert statements.rows(called, Word.of(text)) == [member]
    for text in ("1%0", "100_", "Hara%", "Hara\\", "%", "_", "\\"):  # signs are no patterns
        assert statements.rows(called, Word.of(text)) == []
