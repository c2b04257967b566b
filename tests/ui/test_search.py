"""What is left of what somebody typed, before it is looked for."""

import random

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from community.models import User
from tests.factories import UserFactory
from ui.search import LONGEST_WORD, MOST_WORDS, folded, sought, variants, words_of


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
def test_what_is_looked_for_stands_in_the_statement_as_it_is():
    chance = random.Random(4)
    texts = [
        "",
        *HOSTILE,
        *("".join(chance.choices([*HOSTILE, "a", " "], k=chance.randint(2, 9))) for _n in range(300)),
    ]
    member = UserFactory(role_other="100%")
    for text in texts:
        rows = User.objects.filter(role_other="100%").annotate(text=sought(text))  # beside a parameter
        assert rows.values_list("pk", "text").get() == (member.pk, text)
        assert User.objects.annotate(text=sought(text)).values_list("text", flat=True).first() == text  # without any
    with CaptureQueriesContext(connection) as queries:
        assert not User.objects.filter(sort_name__contains=folded("O'Hara 50%")).exists()
    assert "sort_key('O''Hara 50%')" in queries[0]["sql"]
