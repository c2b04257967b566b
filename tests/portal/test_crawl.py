"""Every page in both languages: ages as people say them, our own words, and each text in its language."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.utils import timezone

from activity.models import Subject
from scripts.messages import WORDS, refused_words
from tests.portal import test_doors
from tests.walk import Walker, may_everything
from ui.ages import DAYS_UNTIL

pytestmark = pytest.mark.django_db

people, examples = test_doors.people, test_doors.examples

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr", "use"}
UNREAD = {"script", "style", "template", "textarea"}
DAYS = re.compile(r"(\d[\d.,]*)\s+(?:dagen|days)\b")


class Said(HTMLParser):
    """What a page says itself, in its own language: what people wrote in another stands under a ``lang``."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.language = ""
        self.above: list[tuple[str, bool]] = []
        self.texts: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Go down; under another language, or in what nobody reads, nothing counts."""
        language = dict(attrs).get("lang")
        if tag == "html":
            self.language = language or ""
        if tag not in VOID:
            counts = not self.above or self.above[-1][1]
            is_other = language is not None and tag != "html"
            self.above.append((tag, counts and tag not in UNREAD and not is_other))

    def handle_endtag(self, tag: str) -> None:
        """Go up to where ``tag`` began."""
        while self.above and self.above.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        """Keep what is said."""
        text = " ".join(data.split())
        if text and self.above and self.above[-1][1]:
            self.texts.append(text)


@pytest.fixture
def pages(people, examples, settings) -> Callable[[str], Iterator[tuple[str, str]]]:
    """Every page that a visitor or a member who may come in everywhere reads, in each language."""
    settings.VISITOR_RATE_LIMIT = settings.SEARCH_RATE_LIMIT = "100000/second"
    long_ago = timezone.now() - timedelta(days=3_000)
    Subject.objects.exclude(announced_at=None).update(created_at=long_ago, announced_at=long_ago)
    member = may_everything(people["member"])
    places = dict.fromkeys(
        door.path.format(**examples) for name, door in test_doors.doors() if door.method == "get" and name != "readyz"
    )

    def each(language: str) -> Iterator[tuple[str, str]]:
        member.language = language
        member.save(update_fields=["language"])
        for who in (Walker(member), Walker(None)):
            for place in places:
                response = who.get(place, headers={"Accept-Language": language})
                if "<html" in response.content.decode(errors="replace"):
                    yield place, response.text

    return each


@pytest.mark.parametrize("language", ["nl", "en"])
def test_every_page_says_ages_as_people_do_and_uses_our_words(pages, language):
    refused = refused_words(Path(WORDS).read_text("utf-8"))
    wrong, seen = set(), 0
    for place, page in pages(language):
        said = Said(page)
        assert said.language == language, place
        seen += 1
        for text in said.texts:
            wrong |= {f"{place}: {text}" for days in DAYS.findall(text) if int(re.sub(r"\D", "", days)) > DAYS_UNTIL}
            if language == "nl":
                wrong |= {f"{place}: {text} (write: {word.write})" for word in refused if word.is_in(text)}
    assert seen > 80
    assert not wrong, "\n".join(sorted(wrong))
