"""What ties subjects together, as either page reads it: in one query, and only what the reader may see."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, transaction
from django.utils import timezone, translation

from activity.actions import link_subjects
from activity.models import Audience, Subject, SubjectLink
from activity.ties import LINKS_SHOWN, LinkKind, TiedGroup, link_kinds, links_of
from community.models import User
from issues.ties import FILED_AT
from tests.factories import (
    BottleneckFactory,
    HubFactory,
    SessionFactory,
    UserFactory,
    facilitator,
    many_bottlenecks,
    member_of,
    tie,
)

ROOT = Path(__file__).resolve().parents[2]
BECAME = LinkKind(key="became", seen_from="Became", seen_to="Came from", icon="check", order=5)


def told(groups: list[TiedGroup]) -> dict[str, list[str]]:
    return {str(group.heading): [tied.title for tied in group.subjects] for group in groups}


def known_reader() -> User:
    reader: User = UserFactory()
    assert not reader.is_facilitator  # as a page asks first
    return reader


@pytest.mark.parametrize("kind", link_kinds, ids=lambda kind: kind.key)
def test_a_kind_of_link_has_words_for_both_sides_in_both_languages(kind: LinkKind) -> None:
    said = {}
    for language in ("en", "nl"):
        with translation.override(language):
            said[language] = {str(kind.seen_from), str(kind.seen_to)}
    assert len(said["en"]) == len(said["nl"]) == 2
    assert not said["en"] & said["nl"]
    assert len(kind.key) <= 40
    assert f'<symbol id="{kind.icon}"' in (ROOT / "static" / "icons" / "icons.svg").read_text()


@pytest.mark.django_db
class TestWriting:
    def test_tying_twice_is_tying_once(self) -> None:
        one, two = BottleneckFactory().subject, SessionFactory().subject
        assert [link_subjects(one, FILED_AT, two) for _time in range(2)] == [True, False]
        assert SubjectLink.objects.count() == 1

    def test_what_no_app_registered_is_refused(self) -> None:
        one, two = BottleneckFactory().subject, SessionFactory().subject
        for kind in (BECAME, LinkKind(key=FILED_AT.key, seen_from="a", seen_to="b", icon="check")):
            with pytest.raises(ValueError, match="no app registered the kind of link"):
                link_subjects(one, kind, two)

    def test_the_database_keeps_its_promises(self) -> None:
        one, two = BottleneckFactory().subject, SessionFactory().subject
        link_subjects(one, FILED_AT, two)
        with pytest.raises(IntegrityError, match="one_link_per_pair_and_kind"), transaction.atomic():
            SubjectLink.objects.create(from_subject=one, to_subject=two, kind=FILED_AT.key)
        with pytest.raises(IntegrityError, match="no_subject_is_linked_to_itself"), transaction.atomic():
            SubjectLink.objects.create(from_subject=one, to_subject=one, kind=FILED_AT.key)


@pytest.mark.django_db
class TestReading:
    def test_both_sides_say_it_in_their_own_words(self, django_assert_num_queries) -> None:
        bottleneck, session = BottleneckFactory(title="Data"), SessionFactory(title="Talk")
        link_subjects(bottleneck.subject, FILED_AT, session.subject)
        reader = known_reader()
        with django_assert_num_queries(1):
            assert told(links_of(bottleneck.subject, reader)) == {"Filed at": ["Talk"]}
        with django_assert_num_queries(1):
            (group,) = links_of(session.subject, reader)
        assert (group.heading, group.icon, group.others) == ("Filed here", FILED_AT.icon, 0)
        (tied,) = group.subjects
        assert (tied.title, tied.language, tied.url) == ("Data", "en", bottleneck.subject.url)
        assert tied.word == "bottleneck"

    def test_groups_stand_in_the_order_of_their_kinds_and_the_newest_first(self) -> None:
        middle = BottleneckFactory().subject
        before, after, session = BottleneckFactory(title="Before"), BottleneckFactory(title="After"), SessionFactory()
        newer = SessionFactory(title="Newer")
        with link_kinds.temporarily(BECAME):
            link_subjects(middle, FILED_AT, session.subject, at=timezone.now() - timedelta(days=1))
            link_subjects(middle, FILED_AT, newer.subject)
            link_subjects(before.subject, BECAME, middle)
            link_subjects(middle, BECAME, after.subject)
            assert list(told(links_of(middle, UserFactory())).items()) == [
                ("Became", ["After"]),
                ("Came from", ["Before"]),
                ("Filed at", ["Newer", session.title]),
            ]
        # Its app is gone: what it tied is kept, and no page falls over it.
        assert list(told(links_of(middle, UserFactory()))) == ["Filed at"]

    @pytest.mark.parametrize("rows", [10, 1_000])
    def test_it_costs_one_query_however_many_there_are(self, rows: int, django_assert_num_queries) -> None:
        session = SessionFactory()
        tie(FILED_AT, subject=session.subject, by=many_bottlenecks(rows, author=UserFactory()))
        secret = BottleneckFactory.create_batch(3, author=UserFactory(), subject__audience=Audience.NAMED)
        tie(FILED_AT, subject=session.subject, by=secret)
        reader = known_reader()
        with django_assert_num_queries(1):
            (group,) = links_of(session.subject, reader)
        assert len(group.subjects) == min(rows, LINKS_SHOWN)
        assert len(group.subjects) + group.others == rows

    def test_each_reader_finds_what_they_may_see_from_either_side(self) -> None:
        hub = HubFactory()
        now = timezone.now()
        states: dict[str, dict[str, Any]] = {
            "public": {"subject__audience": Audience.PUBLIC},
            "members": {},
            "hubs": {"subject__audience": Audience.HUBS},
            "named": {"subject__audience": Audience.NAMED},
            "hidden": {"subject__hidden_at": now},
            "draft": {"subject__announced_at": None},
        }
        middle = BottleneckFactory().subject
        ends = [BottleneckFactory(title=name, hubs=[hub], **fields) for name, fields in states.items()]
        tie(FILED_AT, subject=middle, to=ends, by=ends)
        for reader in (UserFactory(), member_of(hub), facilitator(), UserFactory(is_superuser=True), AnonymousUser()):
            sees = set(Subject.objects.visible_to(reader).values_list("title", flat=True)) & set(states)
            found = told(links_of(middle, reader))
            assert {"Filed at": sees, "Filed here": sees} == {key: set(titles) for key, titles in found.items()}
