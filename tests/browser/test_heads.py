"""The head of a page on a phone: its title beside its one act."""

import pytest

from tests.browser.conftest import Opener
from tests.browser.pages import FACILITATOR

PHONES = (320, 340, 360, 375, 390, 412, 430)  # px
#: The words of the title that do not stand on one line.
BROKEN = r"""
() => {
  const text = document.querySelector("h1").firstChild;
  return [...text.textContent.matchAll(/\S+/g)].filter(({ 0: word, index }) => {
    const range = document.createRange();
    range.setStart(text, index);
    range.setEnd(text, index + word.length);
    return new Set([...range.getClientRects()].map(({ top }) => top)).size > 1;
  }).map(([word]) => word);
}
"""


@pytest.mark.parametrize("path", ["/bottlenecks/", "/hubs/", "/sessions/"])
def test_the_words_of_a_title_stand_whole_beside_the_act_on_every_phone(open_as: Opener, path: str) -> None:
    page = open_as(FACILITATOR, path)
    assert page.locator(".page__head--act > .btn, .page__head--act > .actions").count() == 1
    page.evaluate("document.fonts.ready")
    broken = {}
    for width in PHONES:
        page.set_viewport_size({"width": width, "height": 800})
        broken[width] = page.evaluate(BROKEN)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert {width: words for width, words in broken.items() if words} == {}
