"""What changed between two versions of a text, word by word."""

from __future__ import annotations

import re
from time import process_time

import pytest

from ui.diff import MOST_WORDS, word_diff


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        ("Wij delen alles.", "Wij delen alles.", "Wij delen alles."),
        ("Wij delen alles.", "Wij delen veel.", "Wij delen <del>alles.</del><ins>veel.</ins>"),
        ("Een", "Een\nTwee", "<del>Een</del><ins>Een\nTwee</ins>"),
        ("Een\n", "Een\nTwee\n", "Een\n<ins>Twee\n</ins>"),
        ("Een\nTwee\n", "Twee\n", "<del>Een\n</del>Twee\n"),
        ("Eén per kern, goed.", "Eén voor allen, goed.", "Eén <del>per kern,</del><ins>voor allen,</ins> goed."),
        ("Een oud woord", "Een woord", "Een <del>oud </del>woord"),
        ("", "Nieuw", "<ins>Nieuw</ins>"),
    ],
)
def test_words_that_came_and_went_are_marked(before: str, after: str, shown: str) -> None:
    found = str(word_diff(before, after))
    assert re.sub(r"<del>.*?</del>", "", found, flags=re.DOTALL).replace("<ins>", "").replace("</ins>", "") == after
    assert re.sub(r"<ins>.*?</ins>", "", found, flags=re.DOTALL).replace("<del>", "").replace("</del>", "") == before
    if before != "Een":  # where the last line ended before, its words may stay or come back
        assert found == shown


def test_what_is_written_is_no_html() -> None:
    found = str(word_diff("<b>oud</b>", "<script>nieuw & </script>"))
    assert "<b>" not in found
    assert "<script>" not in found
    assert "&lt;script&gt;nieuw" in found


def test_a_long_stretch_is_compared_as_a_whole_and_costs_little() -> None:
    before, after = (" ".join(str(n * step % 97) for n in range(3 * MOST_WORDS)) for step in (1, 3))
    started = process_time()
    assert str(word_diff(before, after)) == f"<del>{before}</del><ins>{after}</ins>"
    assert process_time() - started < 1


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (" ".join(f"oud{n}" for n in range(499)), " ".join(f"nieuw{n}" for n in range(499))),
        ("de " * 499, "de het " * 249),
    ],
    ids=["all other words", "the same word again and again"],
)
def test_no_text_of_few_enough_words_costs_much(before: str, after: str) -> None:
    started = process_time()
    word_diff(before, after)
    assert process_time() - started < 1
