"""What is left of what somebody typed, before it is looked for."""

import pytest

from ui.search import LONGEST_WORD, MOST_WORDS, variants, words_of


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
