"""Every search box finds what people mean: the same hard words, typed into each. Spec 09, Search.

A page that reads ``q`` and is not in ``BOXES`` fails: whoever adds one says here how to make a row for it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from community.directory.selectors import MemberFilter, search_directory
from community.models import Topic
from events.models import Session
from issues.bottlenecks.board import Board
from issues.models import Bottleneck
from tests.addresses import queries
from tests.factories import (
    BottleneckFactory,
    HubFactory,
    MemberTopicFactory,
    RoomFactory,
    SessionFactory,
    TopicFactory,
    UserFactory,
    facilitator,
)
from tests.plans import WALKS, plan_of
from ui.search import Phrase, sought

pytestmark = pytest.mark.django_db

LONG_AGO = timezone.now() - timedelta(days=400)


def apart(text: str) -> str:
    """``text`` with letters and accents as characters of their own."""
    return unicodedata.normalize("NFD", text)


#: What a row says, and what somebody types who looks for it.
HARD_WORDS = [
    ("Café aan de haven", "cafe"),
    ("Cafe op de hoek", "café hoek"),
    ("Énergie op zee", "energie zee"),
    (apart("Énergie aan land"), "énergie land"),
    ("Énergie in huis", apart("énergie huis")),
    ("ÎLE EN MÉR", "île en mér"),
    ("Йога", apart("йога")),
    ("ｄａｔａｍｏｄｅｌ", "datamodel"),
    ("Lezing: meten", "meten lezing"),
    ("Anna van den Berg", "anna berg"),
    ("Bram van der Werf", "van der werf bram"),
    ("Clara Hout", "clara van den hout"),
    ("Daan in ’t Veld", "veld, daan in 't"),
    ("Wind-op-zee", "wind zee"),
    ("Straße", "strasse"),
    ("C++ voor allen", "c++"),
    ("Python", "phyton"),
    ("Tijdreeksen", "tijdreesken"),
    ("Modellen", "mdoellen"),
]
#: Not to be expected of running text: a word of which a part is typed, or a letter is missing.
PARTS = [
    ("Énergiebeheer", "beheer"),
    ("Waterkwaliteitsmodel", "kwaliteit model"),
    ("Sensoren ijken", "sensren ijken"),
]
RUNNING_TEXT = {"text", "English text", "what was tried", "description"}
#: Two things a row says, and words of both.
BOTH = ("Lezing: meten", "Utrecht", "utrecht lezing")


def knowing(text: str, **fields: Any) -> Any:
    topic = Topic.objects.filter(label_nl=text).first() or TopicFactory(label_nl=text)
    return MemberTopicFactory(topic=topic, member=UserFactory(**fields)).member


def past(**fields: Any) -> Session:
    session: Session = SessionFactory(starts_at=LONG_AGO, **fields)
    return session


def of_hub(text: str) -> Session:
    return past(hub=HubFactory(name=text))


#: By page, the ways in which its rows can say something; the first is their title or name.
BOXES: dict[str, dict[str, Callable[[str], Any]]] = {
    "/members/": {"name": lambda text: UserFactory(name=text), "topic": knowing},
    "/bottlenecks/": {
        "title": lambda text: BottleneckFactory(title=text, language="nl"),
        "text": lambda text: BottleneckFactory(situation=text, language="nl"),
        "English text": lambda text: BottleneckFactory(wish=text, language="en"),
        "what was tried": lambda text: BottleneckFactory(tried=text, language="nl"),
    },
    "/sessions/past/": {
        "title": lambda text: past(title=text),
        "description": lambda text: past(description=text),
        "hub": of_hub,
        "place": lambda text: past(room=RoomFactory(venue__name=text)),
        "town": lambda text: past(room=RoomFactory(venue__city=text)),
    },
}
IN_BOTH: dict[str, Callable[[str, str], Any]] = {
    "/members/": lambda one, other: knowing(other, name=one),
    "/bottlenecks/": lambda one, other: BottleneckFactory(title=one, situation=other, language="nl"),
    "/sessions/past/": lambda one, other: past(title=one, room=RoomFactory(venue__city=other)),
}
WAYS = [(path, way) for path, ways in BOXES.items() for way in ways]


def found(client: Any, path: str, words: str) -> list[int]:
    """The rows of the first page, by their primary keys."""
    answer = client.get(path, {"q": words}, headers={"HX-Request": "true"})
    return [row.pk for row in answer.context["page"].rows]


@pytest.fixture
def reader(client):
    member = facilitator(name="Zzz Zzz")
    client.force_login(member)
    return member


def test_every_search_box_is_tried_here(client, reader):
    assert {path for path, keys in queries(client).items() if "q" in keys} == set(BOXES) == set(IN_BOTH)
    fields = {}
    for template in Path(settings.BASE_DIR, "templates").rglob("*.html"):
        for box in re.findall(r"<input[^>]*type=\"search\"[^>]*>", template.read_text()):
            fields[template.name] = re.search(r"\bname=\"(\w+)\"", box)[1]  # type: ignore[index]
    assert fields.pop("dev_mail_list.html") == "to"  # an address: found by its letters as they are
    assert set(fields.values()) == {"q"}
    assert len(fields) == len(BOXES)


@pytest.mark.parametrize(("path", "way"), WAYS)
def test_hard_words_are_found(client, reader, path, way):
    say = BOXES[path][way]
    words = HARD_WORDS if way in RUNNING_TEXT else [*HARD_WORDS, *PARTS]
    rows = [(say(text), typed) for text, typed in words]
    other = say("Vergaderzaal zonder stopcontact")
    answers = {typed: found(client, path, typed) for _row, typed in rows}
    assert [typed for row, typed in rows if row.pk not in answers[typed]] == []
    assert [typed for typed, answer in answers.items() if other.pk in answer] == []


@pytest.mark.parametrize("path", BOXES)
def test_every_word_is_found_but_not_in_one_place(client, reader, path):
    one, other, typed = BOTH
    both = IN_BOTH[path](one, other)
    half = [IN_BOTH[path](one, "Zwolle"), IN_BOTH[path]("Iets anders", other)]
    assert found(client, path, typed) == [both.pk]
    assert not {row.pk for row in half} & set(found(client, path, typed))


@pytest.mark.parametrize("path", BOXES)
@pytest.mark.parametrize("htmx", [False, True])
def test_a_page_says_honestly_what_it_found(client, reader, path, htmx):
    title = next(iter(BOXES[path].values()))
    title("Python aan de Maas")
    headers = {"HX-Request": "true"} if htmx else {}

    def page(words: str) -> str:
        text = client.get(path, {"q": words}, headers=headers).content.decode()
        return " ".join(re.sub(r"<[^>]+>", " ", text).split())

    none = r"(?:Nobody fits|Nobody found for|Nothing holds|Nothing found for|No past session has)"
    assert len(re.findall(f"{none} “phyton”", page("phyton"))) == 1
    assert "Python aan de Maas" in page("phyton")
    assert not re.search(none, page("python"))
    assert len(re.findall(f"{none} “qwertyuiop”", page("qwertyuiop"))) == 1
    assert not re.search(r"\b0 (members|bottlenecks)", page("qwertyuiop"))
    title("Pyhton is een typefout")
    some = page("python")
    assert re.search(r"\b1 (member fits|bottleneck holds|holds|past session has) “python”", some)
    assert "Pyhton is een typefout" in some


@pytest.mark.parametrize("path", BOXES)
def test_signs_are_no_patterns(client, reader, path):
    next(iter(BOXES[path].values()))("Vergaderzaal")
    for words in ("%", "_", "'", "\\", "-", "!?", "*", "|", "(((", "[a", "a|b", "+", "#", "“", "or", "and not"):
        assert found(client, path, words) == [], words


def test_the_best_match_comes_first(client, reader):
    topic = TopicFactory(label_nl="Jansen", label_en="jansen")
    knows = MemberTopicFactory(topic=topic, kind="ask_me", member__name="Aad").member
    within = UserFactory(name="Aart Jansen")
    begins = UserFactory(name="Jansen, Aart")
    assert found(client, "/members/", "jansen") == [begins.pk, within.pk, knows.pk]
    swapped = UserFactory(name="Berg van den Anna")
    whole = UserFactory(name="Zus van den Berg Anna")
    assert found(client, "/members/", "van den berg anna") == [whole.pk, swapped.pk]


@pytest.mark.parametrize("rows", [10, 60])
@pytest.mark.parametrize("path", BOXES)
def test_a_search_costs_the_same_at_any_size(client, reader, django_assert_max_num_queries, path, rows):
    for number in range(rows):
        IN_BOTH[path](f"Lezing {number}", "Tijdreeksen")
    client.get(path)
    for words in ("lezing tijdreeksen", "lezing tijdreesken", "lezign tijdreksen", "nergens"):
        with django_assert_max_num_queries(8):
            client.get(path, {"q": words})


def test_searches_go_through_an_index():
    """Where a table is large: with scans forbidden the plan has the index of trigrams, exact or not."""
    member = UserFactory()

    def plan(rows: Any) -> str:
        return plan_of(rows.order_by().values("pk"), without=WALKS)

    for words in ("anna", "ja", "nobody called so"):
        exact, _topics = search_directory(member, MemberFilter(words=words))
        assert "member_name_trigrams" in plan(exact.rows)
    typed = Phrase("beheer"), *sought("beheer")
    for rows in (Bottleneck.objects.matching(*typed), Bottleneck.objects.resembling(*typed)):
        assert {"bottleneck_by_trigrams", "bottleneck_search"} <= set(re.findall(r"\w+", plan(rows)))
    assert "session_text_trigrams" in plan(Session.objects.matching(*sought("beheer")))
    assert "session_title_trigrams" in plan(Session.objects.matching(*sought("beheer"), roughly=True))


def test_who_quotes_or_leaves_out_means_it(reader):
    BottleneckFactory(title="Python", language="nl")
    board = Board({"q": '"phyton"', "sort": "", "show": "", "theme": "", "hub": ""}, reader)
    assert board.page("", size=50).rows == []
    assert str(board.count()) == "0"
