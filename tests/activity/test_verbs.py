"""Verbs come from the apps: what each says, who signs, what is news, and that nothing below knows one by name."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from string import Formatter
from types import ModuleType
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import F
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import ngettext_lazy

from activity import feeds
from activity.actions import create_subject, entry, record
from activity.links import FEED, token_for
from activity.models import Activity, ActorKind, Subject
from activity.timelines import timeline
from activity.verbs import FORGOTTEN, Level, Verb, verbs
from community.models import User
from community.verbs import HUB_JOINED
from issues.models import Bottleneck
from issues.verbs import BOTTLENECK_FILED, VOTED
from tests.factories import UserFactory
from tests.plans import plan_of

ROOT = Path(__file__).resolve().parents[2]
LAYERS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"][0]["layers"]
FLOORS = [name for name in LAYERS if (ROOT / name).is_dir()]
marking = import_module("activity.migrations.0012_mark_what_was_news")


@pytest.fixture
def subject() -> Subject:
    return create_subject(Bottleneck.SUBJECT_KIND, title="Data", language="en", at=timezone.now() - timedelta(hours=2))


def said(subject: Subject) -> list[str]:
    """The lines of the subject's page."""
    return [str(line.sentence) for line in timeline(subject, UserFactory())]


def listed(client: Client) -> list[str]:
    """What a feed reader lists of everything."""
    url = reverse("activity:feed", args=[token_for(purpose=FEED, member=UserFactory())])
    atom = "{http://www.w3.org/2005/Atom}"
    return [str(title.text) for title in ET.fromstring(client.get(url).text).iterfind(f"{atom}entry/{atom}title")]


def verbs_of(app: str) -> list[Verb]:
    """What an app registers, as the constants of its ``verbs.py`` and of those of its rooms."""
    files = sorted((ROOT / app).rglob("verbs.py"))
    modules = [import_module(".".join(path.relative_to(ROOT).with_suffix("").parts)) for path in files]
    found = [it for module in modules for it in vars(module).values() if isinstance(it, Verb)]
    return [verb for verb in found if verb is not FORGOTTEN]


def recording() -> Iterator[tuple[str, object]]:
    """Where the code records something, and what it gives as verb; what its caller handed in is left out.

    A variable that is called ``verb`` counts for what is assigned to it.
    """
    for app in FLOORS:
        for path in sorted((ROOT / app).rglob("*.py")):
            code = path.read_text()
            if "migrations" in path.parts or not re.search(r"\b_?(record|entry)\(", code):
                continue
            module = import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
            for node in ast.walk(ast.parse(code)):
                if isinstance(node, ast.Call) and re.search(r"\b_?(record|entry)$", ast.unparse(node.func)):
                    given = node.args[1]
                elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "verb":
                    given = node.value
                else:
                    continue
                for one in [given.body, given.orelse] if isinstance(given, ast.IfExp) else [given]:
                    if ast.unparse(one) != "verb":
                        yield f"{path.relative_to(ROOT)}:{node.lineno}", constant(one, module)


def constant(given: ast.expr, module: ModuleType) -> object:
    """What ``verbs.VOTED`` means in this module; None for everything that is no constant of a module."""
    if isinstance(given, ast.Attribute) and isinstance(given.value, ast.Name):
        return getattr(getattr(module, given.value.id, None), given.attr, None)
    return None


def test_everything_that_is_recorded_is_a_registered_constant_and_every_one_of_them_is_recorded() -> None:
    found = list(recording())
    registered = list(verbs)
    assert [where for where, verb in found if verb not in registered] == []
    assert {verb.key for _where, verb in found} == {verb.key for verb in registered}
    assert {verb.key for app in FLOORS for verb in verbs_of(app)} == {verb.key for verb in registered}


def test_no_app_names_a_verb_of_an_app_above_it() -> None:
    named = {}
    for place, app in enumerate(FLOORS):
        above = [verb.key for upper in FLOORS[:place] for verb in verbs_of(upper)]
        words = re.compile(rf"\b({'|'.join(above)})\b", re.IGNORECASE)
        files = [path for path in (ROOT / app).rglob("*.py") if "migrations" not in path.parts]
        for path in [*files, *(ROOT / "templates" / app).rglob("*.*")] if above else []:
            for word in words.findall(path.read_text()):
                named[str(path.relative_to(ROOT))] = word
    assert named == {}


@pytest.mark.parametrize("verb", verbs, ids=lambda verb: verb.key)
def test_a_verb_says_what_happened_in_both_languages(verb: Verb) -> None:
    texts = {}
    for language in ("en", "nl"):
        with translation.override(language):
            counts = [str(verb.plural % {"count": n}) for n in (1, 2)] if verb.plural else []
            texts[language] = [str(verb.sentence), *counts]
        assert {name for _text, name, *_rest in Formatter().parse(texts[language][0]) if name} <= {"actor", "other"}
        assert not counts or (counts[0].startswith("1 ") and counts[1].startswith("2 ") and counts[0] != counts[1])
    assert all(english and english != dutch for english, dutch in zip(texts["en"], texts["nl"], strict=True))


@pytest.mark.parametrize("verb", verbs, ids=lambda verb: verb.key)
def test_a_verb_fits_what_its_flags_say(verb: Verb) -> None:
    sprite = (ROOT / "static" / "icons" / "icons.svg").read_text()
    assert f'<symbol id="{verb.icon}"' in sprite
    assert verb.css_class in {"", "is-water", "is-spark"}
    assert len(verb.key) <= 60
    assert verb.level != Level.SILENT  # whoever is silent hears of nothing
    assert not verb.is_news or (verb.level < Level.EVERYTHING and not verb.group)
    if not verb.is_signed:
        assert "{actor}" not in str(verb.sentence)
        assert bool(verb.plural) == bool(verb.group)  # nobody to name: what is folded is counted


def test_unsigned_is_exactly_what_would_amount_to_watching_people_and_what_the_clock_does() -> None:
    votes = {"voted", "vote_taken_back", "hours_estimated", "support_confirmed"}
    votes |= {"became_generic"}  # the last vote does it
    answers = {"session_rsvp_answered", "place_taken", "place_freed", "place_offered", "offer_expired"}
    waiting = {"waitlist_joined", "waitlist_left"}
    clock = {"join_passed_on", "join_lapsed", "asked_whether_solved", "confirmed_solved"}
    notices = {"notice_answered", "not_noticed"}  # the last answer opens it again
    thanks = {"comment_thanked", "comment_thanks_taken_back"}
    consent, reports = {"consent_spoken"}, {"comment_reported", "subject_reported"}
    objections = {"merge_objected", "merge_objection_withdrawn"}  # who objects may support it without showing that
    # Who did these is told where it was done, on the page of the other one; the clock merges.
    other_side = {"merge_proposed_here", "was_merged", "merged_here", "unmerged_here", "part_added", "generic_ended"}
    unnamed = {"bottleneck_filed_unnamed", "bottleneck_corrected_unnamed", "text_changed_unnamed"}  # or anonymous
    watched = unnamed | votes | notices | answers | waiting | thanks | consent | reports | objections
    assert {verb.key for verb in verbs if not verb.is_signed} == watched | clock | other_side


@pytest.mark.django_db
@pytest.mark.parametrize("verb", verbs, ids=lambda verb: verb.key)
def test_whoever_acts_is_kept_for_a_signed_verb_and_refused_for_any_other(subject: Subject, verb: Verb) -> None:
    actors: list[dict[str, Any]] = [{"by": UserFactory(name="Anna")}, {"official": "Director"}]
    if verb.is_signed:
        assert [record(subject, verb, **actor).actor_kind for actor in actors] == ["member", "official"]
        return
    for actor in actors:
        with pytest.raises(ValueError, match="watching people"):
            record(subject, verb, **actor)
    assert not Activity.objects.exists()
    assert record(subject, verb).actor_kind == ActorKind.UNSIGNED


@pytest.mark.django_db
def test_what_no_app_registered_cannot_be_recorded(subject: Subject) -> None:
    for verb in (Verb(key="thanked", sentence="{actor} said thanks"), Verb(key=VOTED.key, sentence="{actor} voted")):
        with pytest.raises(ValueError, match="no app registered"):
            record(subject, verb, by=UserFactory())
    assert not Activity.objects.exists()


@pytest.mark.django_db
def test_a_verb_of_a_new_app_needs_one_registration_and_nothing_else(client: Client, subject: Subject) -> None:
    thanked = Verb(key="thanked", sentence="{actor} said thanks", icon="star", is_news=True, level=Level.FOLLOW)
    plural = ngettext_lazy("%(count)d member clapped", "%(count)d members clapped", "count")
    clapped = Verb(key="clapped", sentence="A member clapped", plural=plural, group="claps", is_signed=False)
    with verbs.temporarily(thanked), verbs.temporarily(clapped):
        for _time in range(3):
            record(subject, clapped)
        record(subject, thanked, by=UserFactory(name="Anna"))
        assert said(subject) == ["<strong>Anna</strong> said thanks", "3 members clapped"]
        assert timeline(subject, UserFactory())[0].icon == "star"
        assert listed(client) == ["Data: Anna said thanks"]
    # Its app is gone; what happened stays, and no page falls over it.
    assert said(subject)[0] == "Something happened"
    assert listed(client) == ["Data: Something happened"]
    with translation.override("nl"):
        assert said(subject)[0] == "Er is iets gebeurd"


@pytest.mark.django_db
class TestOfficials:
    """Who acts without being a member is told by their function."""

    def test_the_function_stands_where_a_name_would(self, client: Client, subject: Subject) -> None:
        record(subject, BOTTLENECK_FILED, official="Director of <IT>")
        assert said(subject) == ["<strong>Director of &lt;IT&gt;</strong> filed this bottleneck"]
        assert listed(client) == ["Data: Director of <IT> filed this bottleneck"]

    def test_each_of_several_counts_once(self, subject: Subject) -> None:
        for who in ("Director", "Programme manager", "Director"):
            record(subject, HUB_JOINED, official=who)
        record(subject, HUB_JOINED, by=UserFactory(name="Anna"))
        assert said(subject) == ["<strong>Anna</strong> and 2 others joined"]

    def test_there_is_one_actor_and_only_an_official_has_a_label(self, subject: Subject) -> None:
        with pytest.raises(ValueError, match="one actor"):
            record(subject, HUB_JOINED, by=UserFactory(), official="Director")
        for kind in set(ActorKind.values) - {"official"}:
            with pytest.raises(IntegrityError, match="only_an_official_has_a_label"), transaction.atomic():
                Activity.objects.create(subject=subject, verb="hub_joined", actor_kind=kind, actor_label="Director")


@pytest.mark.django_db
class TestNews:
    """What is news is known from the moment of writing."""

    def test_an_entry_is_news_as_its_verb_was_when_it_was_written(self, subject: Subject) -> None:
        for verb in verbs:
            assert record(subject, verb).is_news is verb.is_news

    def test_feeds_walk_along_the_index_of_news(self, subject: Subject) -> None:
        reader: User = UserFactory()
        began = timezone.now() - timedelta(hours=1)
        Activity.objects.bulk_create(
            entry(subject, BOTTLENECK_FILED if n % 100 == 0 else VOTED, at=began + timedelta(seconds=n))
            for n in range(2_000)
        )
        rows = Activity.objects.for_feed_of(reader, Subject.objects.community())[: feeds.LENGTH]
        assert "using activity_is_news" in plan_of(rows, without=("seqscan", "bitmapscan", "sort"))
        assert len(rows) == 20


def as_the_version_before_wrote(subject: Subject, *keys: str) -> None:
    with connection.cursor() as cursor:
        for key in keys:
            cursor.execute(
                "INSERT INTO activity_activity (actor_kind, verb, subject_id, data, readers, at)"
                " VALUES ('unsigned', %s, %s, '{}', 'subject', now())",
                [key, subject.pk],
            )


def is_news() -> list[tuple[str, bool]]:
    return list(Activity.objects.order_by("pk").values_list("verb", F("is_news")))


@pytest.mark.django_db
class TestWhatWasWrittenBefore:
    """Entries of the version before this one, which knew news by a list of verbs."""

    #: Those that it knew: what became news later it never wrote.
    KNOWN = tuple(
        verb
        for verb in verbs
        if not verb.is_news or verb.key in import_module("activity.migrations.0004_index_of_news").NEWS
    )

    def test_what_it_writes_while_both_serve_is_news_all_the_same(self, subject: Subject) -> None:
        as_the_version_before_wrote(subject, *(verb.key for verb in self.KNOWN))
        assert is_news() == [(verb.key, verb.is_news) for verb in self.KNOWN]

    def test_what_was_news_is_marked_and_the_ledger_refuses_changes_again(self, subject: Subject) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("ALTER TABLE activity_activity DISABLE TRIGGER activity_news_in_step")
            as_the_version_before_wrote(subject, *(verb.key for verb in self.KNOWN))
            assert not Activity.objects.filter(is_news=True).exists()
            cursor.execute(marking.FORWARDS)
        assert is_news() == [(verb.key, verb.is_news) for verb in self.KNOWN]
        for change in ("DELETE FROM activity_activity", "UPDATE activity_activity SET is_news = true"):
            with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(change)
