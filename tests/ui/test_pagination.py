"""Pages by key over real rows."""

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest
from django.db.models import F
from django.db.models.functions import Lower

from community.models import User
from ui.pagination import count_up_to, paginate

pytestmark = pytest.mark.django_db


@pytest.fixture
def members():
    """Nine members; names come in pairs, four have been seen, two of them on the same day."""
    start = datetime(2026, 1, 1, 12, 0, 0, 123456, tzinfo=UTC)
    people = [
        User(
            email=f"m{number}@doorbraak.example",
            handle=f"m{number}",
            name=f"Name {number // 2}",
            activated_at=start + timedelta(microseconds=number // 2) if number < 4 else None,
        )
        for number in range(9)
    ]
    return User.objects.bulk_create(people)


def all_pages(queryset, size=2):
    seen, after = [], ""
    for _page in range(20):
        page = paginate(queryset, after, size=size)
        assert page.is_first is (after == "")
        seen += page.rows
        after = page.next_cursor
        if not after:
            return seen
    raise AssertionError("the pages go round in circles")


@pytest.mark.parametrize(
    "ordering",
    [
        ["pk"],
        ["-pk"],
        ["name", "pk"],
        ["-name", "-pk"],
        ["activated_at", "pk"],
        ["-activated_at", "name", "-pk"],
        [F("activated_at").desc(nulls_last=True), "pk"],
        [F("activated_at").asc(nulls_first=True), "pk"],
        ["lower_name", "pk"],
        ["primary_hub__name", "pk"],
    ],
    ids=str,
)
def test_pages_show_every_row_once_and_in_order(members, ordering):
    queryset = User.objects.annotate(lower_name=Lower("name")).order_by(*ordering)
    assert all_pages(queryset) == list(queryset)


def test_a_page_costs_one_query(members, django_assert_num_queries):
    with django_assert_num_queries(1):
        page = paginate(User.objects.order_by("name", "pk"), size=3)
    with django_assert_num_queries(1):
        paginate(User.objects.order_by("name", "pk"), page.next_cursor, size=3)


def test_a_row_that_comes_in_between_moves_nothing(members):
    queryset = User.objects.order_by("name", "pk")
    first = paginate(queryset, size=4)
    User.objects.create(email="new@doorbraak.example", handle="new", name="Aaa")
    assert paginate(queryset, first.next_cursor, size=10).rows == members[4:]


def cursor(*values):
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode()


@pytest.mark.parametrize(
    "after",
    [
        "junk",
        "é",
        "A" * 5_000,
        "=" * 10,
        cursor(),
        cursor(["v", 1]),
        cursor(["v", "a\0"], ["v", 1]),
        cursor(["v", "\ud800"], ["v", 1]),
        cursor(["x", "a"], ["v", 1]),
        cursor(["v", "a"], ["v", "b"]),
        cursor(["v", "a"], ["t", "never"]),
        cursor(["v", "a"], ["n", "NaN"]),
        cursor(["v", {"a": 1}], ["v", 1]),
        cursor("v", "v"),
        cursor(["v", "a"], ["v", 10**30]),
        cursor(["v", "a"], ["v", float("inf")]),
        cursor(["v", "a"], ["v", None]),
        *(cursor([kind, value], ["v", 1]) for kind in "tndu" for value in (10**40, 1.5, True, [1], "")),
        cursor(["v", "a"], ["n", "1E+999999"]),
        cursor(["n", "1E-999999"], ["v", 1]),
        base64.urlsafe_b64encode(b"[" * 1_400).decode(),
    ],
    ids=lambda after: after[:24],
)
def test_a_made_up_cursor_shows_a_page_and_no_error(members, after):
    assert len(paginate(User.objects.order_by("name", "pk"), after, size=3).rows) <= 3


@pytest.mark.parametrize(
    "moment", ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "2020-01-01T00:00:00", "1E+999999"]
)
@pytest.mark.parametrize("kind", ["t", "n"])
@pytest.mark.parametrize("field", ["activated_at", "joined_on", "is_active"])
def test_a_made_up_moment_or_number_shows_a_page_and_no_error(members, field, kind, moment):
    queryset = User.objects.order_by(field, "pk")
    assert len(paginate(queryset, cursor([kind, moment], ["v", 1]), size=3).rows) <= 3


def test_an_ordering_without_pk_is_refused(members):
    with pytest.raises(ValueError, match="must end in pk"):
        paginate(User.objects.order_by("name"))


def test_counting_stops_where_nobody_reads_on(members, django_assert_num_queries):
    with django_assert_num_queries(2):
        some, more = count_up_to(User.objects.order_by("name"), 9), count_up_to(User.objects.all(), 8)
    assert (str(some), some.is_more) == ("9", False)
    assert (str(more), more.is_more) == ("more than 8", True)
