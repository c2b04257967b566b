"""Typing errors are forgiven by comparing with the words of titles, and find what comparing with titles would."""

from __future__ import annotations

import random
import re

import psycopg
import pytest
from django.db import connection

from issues.bottlenecks.titles import TitlePart, forget_unused_parts, resembles_title
from issues.models import Bottleneck
from issues.tasks import forget_title_parts
from tests.factories import BottleneckFactory, UserFactory, many_bottlenecks
from ui.search import folded

pytestmark = pytest.mark.django_db

WORDS = re.findall(
    r"\S+",
    "data model toegang beheer databeheer metadata standaard standaarden licentie licenties productie omgeving "
    "werkplek sensor sensoren netwerk rapport rapportage kennis overdracht privacy toets aanbesteding opleiding "
    "werving contract contracten rekentijd café Énergie open bron opslag C++ 2018 IT",
)


def parts() -> set[str]:
    return set(TitlePart.objects.values_list("part", flat=True))


def mistyped(word: str, chance: random.Random) -> str:
    """``word`` with one to three letters left out, doubled, swapped or wrong."""
    letters = list(word)
    for _time in range(chance.randint(1, 3)):
        at = chance.randrange(len(letters))
        match chance.randrange(4):
            case 0 if len(letters) > 2:
                del letters[at]
            case 1:
                letters.insert(at, letters[at])
            case 2:
                letters[at] = chance.choice("aeinrst")
            case _:
                letters[at - 1 : at + 1] = reversed(letters[at - 1 : at + 1])
    return "".join(letters)


def trigrams(words: list[str]) -> set[str]:
    return {f"  {word} "[at : at + 3] for word in words for at in range(len(word) + 1)}


def is_like(title: str, typed: str, longest: int) -> bool:
    """Whether some of the words of ``title``, up to ``longest`` beside each other, are like ``typed``."""
    words, sought = re.findall(r"[^\W_]+", title), trigrams(re.findall(r"[^\W_]+", typed))
    stretches = [words[at : at + n] for n in range(1, longest + 1) for at in range(len(words))]
    return any(2 * len(sought & found) >= len(sought | found) for found in map(trigrams, stretches))


@pytest.mark.parametrize("seed", range(2))
def test_a_mistyped_word_finds_what_comparing_every_title_would(seed: int):
    chance = random.Random(seed)
    separators = (" ", " ", " ", "-", ", ", "/", "_", " (")
    for row in many_bottlenecks(150, author=UserFactory()):
        title = "".join(chance.choice(WORDS) + chance.choice(separators) for _word in range(chance.randint(1, 6)))
        Bottleneck.objects.filter(pk=row.pk).update(title=title)
    found = longer = 0
    for _search in range(80):
        typed = mistyped("".join(chance.choices(WORDS, k=chance.choice([1, 1, 2]))), chance)
        by_words = set(Bottleneck.objects.filter(resembles_title(typed)).values_list("sort_title", flat=True))
        every = Bottleneck.objects.annotate(typed=folded(typed)).values_list("sort_title", "typed")
        assert by_words == {title for title, word in every if is_like(title, word, longest=2)}, typed
        like = Bottleneck.objects.filter(sort_title__trigram_strict_word_similar=folded(typed))
        titles = set(like.values_list("sort_title", flat=True))
        assert by_words <= titles
        found += len(by_words)
        longer += len(titles - by_words)
    assert found > 200
    assert longer < found / 50  # only three words or more together are like it: of no use to anybody


@pytest.mark.parametrize(
    ("title", "typed"),
    [
        ("Data beheer per afdeling", "databeheer"),  # in one word what stands there in two
        ("Data-beheer per afdeling", "databeheeer"),
        ("Databeheer per afdeling", "databheer"),
        ("Énergiebeheer", "energibeheer"),
    ],
)
def test_what_is_written_apart_is_found_together(title: str, typed: str):
    row = BottleneckFactory(title=title)
    BottleneckFactory(title="Vergaderzaal zonder stopcontact")
    assert list(Bottleneck.objects.filter(resembles_title(typed))) == [row]


def test_every_way_to_write_a_title_adds_its_parts_once():
    assert parts() == set()
    row = BottleneckFactory(title="Data beheer")
    assert parts() == {"data", "beheer", "data beheer"}
    many_bottlenecks(3, author=row.author or UserFactory())
    Bottleneck.objects.filter(pk=row.pk).update(title="Data, délen!")
    assert {"delen", "data delen", "data beheer"} <= parts()
    BottleneckFactory(title="Delen")
    assert TitlePart.objects.filter(part="delen").count() == 1
    Bottleneck.objects.update(member_count=3)  # what is no title is not looked at
    assert TitlePart.objects.count() == len(parts())


def test_at_night_what_no_title_has_any_more_is_forgotten():
    row = BottleneckFactory(title="Jansen houdt alles tegen")
    Bottleneck.objects.filter(pk=row.pk).update(title="Alles houdt elkaar tegen")
    assert "jansen houdt" in parts()
    forget_title_parts()
    forget_title_parts()
    assert parts() == {"alles", "houdt", "elkaar", "tegen", "alles houdt", "houdt elkaar", "elkaar tegen"}


@pytest.mark.django_db(transaction=True)
def test_forgetting_does_not_keep_anybody_waiting_who_waits_for_an_import():
    BottleneckFactory(title="Jansen")
    Bottleneck.objects.update(title="Iemand")
    with psycopg.connect(**connection.get_connection_params() | {"cursor_factory": psycopg.Cursor}) as importing:
        importing.execute("INSERT INTO issues_titlepart (part) VALUES ('heel lang')")
        assert not forget_unused_parts()
        assert "jansen" in parts()
    assert forget_unused_parts()
    assert parts() == {"iemand"}
