"""Every page in both languages: ages as people say them, our own words, and each text in its language."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from django.utils.html import strip_tags

from activity.models import Subject
from issues.models import Bottleneck
from scripts.messages import WORDS, refused_words
from tests.portal import test_doors
from tests.tongues import Said, names_out_of_texts, stray
from tests.walk import Walker, may_everything
from ui.ages import DAYS_UNTIL

pytestmark = pytest.mark.django_db

people, examples = test_doors.people, test_doors.examples

CRUMBS = re.compile(r'<ol class="crumbs">(.*?)</ol>', re.DOTALL)
DAYS = re.compile(r"(\d[\d.,]*)\s+(?:dagen|days)\b")


@pytest.fixture
def pages(people, examples, settings) -> Callable[[str], Iterator[tuple[str, str]]]:
    """Every page that a visitor or a member who may come in everywhere reads, in each language."""
    settings.VISITOR_RATE_LIMIT = settings.SEARCH_RATE_LIMIT = "100000/second"
    long_ago = timezone.now() - timedelta(days=3_000)
    Subject.objects.exclude(announced_at=None).update(created_at=long_ago, announced_at=long_ago)
    Bottleneck.objects.update(filed_at=long_ago, generic_at=long_ago)
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
def test_every_page_speaks_its_language_says_ages_as_people_do_and_uses_our_words(pages, language):
    refused = refused_words(Path(WORDS).read_text("utf-8"))
    without_names = names_out_of_texts()
    wrong, seen = set(), 0
    for place, page in pages(language):
        said = Said(page)
        assert said.language == language, place
        seen += 1
        for crumbs in CRUMBS.findall(page):
            parts = [(strip_tags(f"<li{part}").strip(), "<a " in part) for part in crumbs.split("<li")[1:]]
            wrong |= {f"{place}: {name} (in the path)" for name, _is in parts if not re.match(r"[A-Z0-9]", name)}
            wrong |= {f"{place}: {name} (no link in the path)" for name, is_link in parts[:-1] if not is_link}
        for text in said.texts:
            wrong |= {f"{place}: {text}" for days in DAYS.findall(text) if int(re.sub(r"\D", "", days)) > DAYS_UNTIL}
            if language == "nl":
                wrong |= {f"{place}: {text} (write: {word.write})" for word in refused if word.is_in(text)}
        for text in said.texts + said.titles:
            wrong |= {f"{place}: {text} (not {language}: {word})" for word in stray(without_names(text), language)}
    assert seen > 80
    assert not wrong, "\n".join(sorted(wrong))


@pytest.mark.parametrize(
    ("text", "language", "found"),
    [
        ("Select a valid choice.", "nl", {"select"}),
        ("Choose een hub", "nl", {"choose"}),
        ("Vul een datum in", "en", {"een", "vul"}),
        ("Save", "nl", {"save"}),
        ("Opslaan", "en", {"opslaan"}),
        ("Jan de Vries speaks for it", "en", set()),
        ("Kern Utrecht is closed until May.", "en", set()),
        ("Kern Utrecht is gesloten until May.", "nl", {"until"}),
    ],
)
def test_the_language_of_a_text_is_told_by_its_words(text, language, found):
    assert stray(text, language) >= found
    assert bool(stray(text, language)) == bool(found)


def test_what_a_page_says_to_screens_and_scripts_is_read_too():
    fields = (
        '<input placeholder="Zoek" value="Ann"><input type="submit" value="Ga"><i data-why="Geen net." data-x="y"></i>'
    )
    page = Said(f'<html lang="nl"><title>Start</title>{fields}<p lang="en">All of it</p><code>the</code></html>')
    assert page.texts == ["Start", "Zoek", "Ga", "Geen net."]
