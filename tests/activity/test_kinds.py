"""Kinds of subject come from the apps: what each is called, who made one, how its text begins, what ``#12`` means."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client
from django.urls import resolve
from django.utils import translation

from activity.actions import create_subject
from activity.kinds import COMMUNITY, FORGOTTEN, SubjectKind, resolve_references, subject_kinds
from activity.models import Subject
from community.hubs.actions import found_hub
from community.models import User
from community.subjects import HUB
from events.subjects import SESSION
from issues.bottlenecks.actions import file_bottleneck
from issues.models import Attribution
from issues.subjects import BOTTLENECK
from tests.factories import BottleneckFactory, HubFactory, SessionFactory, UserFactory, facilitator

ROOT = Path(__file__).resolve().parents[2]
KINDS = list(subject_kinds)


def test_each_app_registers_its_own_in_one_file() -> None:
    files = [path for path in ROOT.glob("*/subjects.py") if (ROOT / path.parent.name / "apps.py").is_file()]
    modules = [import_module(f"{path.parent.name}.subjects") for path in files]
    found = [kind for module in modules for kind in vars(module).values() if isinstance(kind, SubjectKind)]
    assert {kind.key for kind in found} | {COMMUNITY.key} == {kind.key for kind in subject_kinds}


@pytest.mark.parametrize("kind", [*KINDS, FORGOTTEN], ids=lambda kind: kind.key)
def test_a_kind_has_words_in_both_languages(kind: SubjectKind) -> None:
    said = {}
    for language in ("en", "nl"):
        with translation.override(language):
            said[language] = str(kind.word), str(kind.feed_hint)
    assert said["en"][0]
    assert said["en"][1] != said["nl"][1]
    assert len(kind.key) <= 20


def test_names_of_people_are_left_to_people_and_no_prefix_is_taken_twice() -> None:
    prefixes = [kind.resolver.prefix for kind in KINDS if kind.resolver]
    assert "@" not in prefixes
    assert len(prefixes) == len(set(prefixes))
    assert all(len(prefix) == 1 for prefix in prefixes)


@pytest.mark.django_db
class TestWriting:
    """Every write of a subject asks the registry."""

    def test_a_kind_that_no_app_registered_is_refused(self) -> None:
        with pytest.raises(ValueError, match="no app registered the kind of subject 'idea'"):
            create_subject("idea", title="T", language="en")
        assert not Subject.objects.filter(kind="idea").exists()

    def test_what_is_there_of_a_kind_whose_app_is_gone_still_has_a_word(self) -> None:
        with subject_kinds.temporarily(SubjectKind(key="idea", word="idea", feed_hint="x")):
            subject = create_subject("idea", title="T", language="en")
            assert subject.registered_kind.word == "idea"
        assert subject.registered_kind is FORGOTTEN


@pytest.mark.django_db
class TestPages:
    """The address that an owner keeps leads to the page of its kind."""

    def test_an_address_is_of_the_page_of_its_kind(self) -> None:
        filed = file_bottleneck(by=UserFactory(), title="T", situation="x")
        subjects = [found_hub(name="Kern").subject, filed.subject, SessionFactory().subject]
        for subject in subjects:
            assert resolve(subject.url).view_name == subject.registered_kind.page
        assert {subject.kind for subject in subjects} == {kind.key for kind in KINDS if kind.page}

    def test_the_page_of_feeds_says_what_each_tells(self, client: Client) -> None:
        member = UserFactory()
        client.force_login(member)
        for thing in (HubFactory(), BottleneckFactory(), SessionFactory()):
            page = client.get(f"/me/feeds/?about={thing.subject.pk}").text
            assert str(thing.subject.registered_kind.feed_hint) in page
            assert str(COMMUNITY.feed_hint) in page


def known_reader() -> User:
    """A member of whom a page has asked already whether they facilitate."""
    reader: User = UserFactory()
    assert not reader.is_facilitator
    return reader


@pytest.mark.django_db
class TestAuthors:
    """Who made it, as far as the reader may know."""

    def test_each_filer_as_this_reader_may_know_them_in_one_query(self, django_assert_num_queries) -> None:
        anna = UserFactory(name="Anna")
        told = {
            BottleneckFactory(author=anna): "Anna",
            BottleneckFactory(author=anna, attribution=Attribution.CONFIDENTIAL): "somebody, confidentially",
            BottleneckFactory(author=None, attribution=Attribution.ANONYMOUS): "somebody, anonymously",
            BottleneckFactory(author=None, attribution=Attribution.IMPORTED, origin="2018"): "the list “2018”",
            BottleneckFactory(author=None): "a former member",
        }
        subjects = [bottleneck.subject for bottleneck in told]
        reader = known_reader()
        with django_assert_num_queries(1):
            found = BOTTLENECK.author(subjects, reader)
        assert found == {bottleneck.subject.pk: words for bottleneck, words in told.items()}
        confidential = subjects[1].pk
        for reader in (anna, facilitator()):
            assert BOTTLENECK.author(subjects, reader)[confidential] == "Anna, confidentially"

    def test_the_hosts_of_sessions_by_name_and_to_visitors_nobody(self, django_assert_num_queries) -> None:
        one, two, without = SessionFactory(), SessionFactory(), SessionFactory()
        one.hosts.set([UserFactory(name="Bram"), UserFactory(name="Anna"), UserFactory(name="Gone", is_active=False)])
        two.hosts.set([UserFactory(name="Cees")])
        subjects = [row.subject for row in (one, two, without)]
        reader = known_reader()
        with django_assert_num_queries(1):
            found = SESSION.author(subjects, reader)
        assert found == {one.subject.pk: "Anna, Bram", two.subject.pk: "Cees"}
        assert SESSION.author(subjects, AnonymousUser()) == {}

    def test_nobody_is_the_author_of_a_hub_or_of_the_community(self) -> None:
        reader = UserFactory()
        assert HUB.author([HubFactory().subject], reader) == {}
        assert COMMUNITY.author([Subject.objects.community()], reader) == {}


@pytest.mark.django_db
class TestExcerpts:
    """How the text of each begins, without Markdown and in one query."""

    def test_of_bottlenecks_hubs_and_sessions(self, django_assert_num_queries) -> None:
        things = {
            BOTTLENECK: [(BottleneckFactory(situation="**Months** of waiting"), "Months of waiting")],
            HUB: [
                (HubFactory(tagline="We count", about="*Long*"), "We count"),
                (HubFactory(about="*Long*"), "Long"),
                (HubFactory(), None),
            ],
            SESSION: [(SessionFactory(description="# Data\n\nand more"), "Data and more"), (SessionFactory(), None)],
            COMMUNITY: [],
        }
        assert set(things) == set(KINDS)
        for kind, rows in things.items():
            subjects = [thing.subject for thing, _text in rows]
            with django_assert_num_queries(1 if rows else 0):
                found = kind.excerpt(subjects)
            assert found == {thing.subject.pk: text for thing, text in rows if text}

    def test_it_is_short(self) -> None:
        subject = BottleneckFactory(situation="word " * 1_000).subject
        assert len(BOTTLENECK.excerpt([subject])[subject.pk]) <= 200


@pytest.mark.django_db
class TestReferences:
    """``#12`` is a bottleneck, whoever reads; many cost one query."""

    def test_many_at_once(self, django_assert_num_queries) -> None:
        one, two = BottleneckFactory(), BottleneckFactory()
        texts = [f"#{one.pk}", f"#{two.pk}", "#0", "#x", "#", "#" + "9" * 30, "@anna", "", "12", "#²"]
        with django_assert_num_queries(1):
            found = resolve_references(texts)
        assert found == {f"#{one.pk}": one.subject.pk, f"#{two.pk}": two.subject.pk}

    def test_what_may_not_be_read_is_left_to_who_shows_it(self) -> None:
        hidden = BottleneckFactory(subject__audience="named")
        assert resolve_references([f"#{hidden.pk}"]) == {f"#{hidden.pk}": hidden.subject.pk}

    def test_without_references_nothing_is_asked(self, django_assert_num_queries) -> None:
        with django_assert_num_queries(0):
            assert resolve_references([]) == {}
