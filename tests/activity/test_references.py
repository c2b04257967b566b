"""What members write about things refers to other things by number, as comments do. Issue 10, Markdown grows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from activity.models import Subject
from activity.references import links_in
from tests.factories import BottleneckFactory, HubFactory, SessionFactory, UserFactory
from tests.trees import parse

pytestmark = pytest.mark.django_db

WRITERS: dict[str, Callable[[str], Any]] = {
    "a bottleneck's situation": lambda text: BottleneckFactory(situation=text, language="nl"),
    "a bottleneck's impact": lambda text: BottleneckFactory(impact=text, language="nl"),
    "what somebody wishes": lambda text: BottleneckFactory(wish=text, language="nl"),
    "what somebody tried": lambda text: BottleneckFactory(tried=text, language="nl"),
    "a hub": lambda text: HubFactory(about=text, language="nl"),
    "a session": lambda text: SessionFactory(description=text, language="nl"),
}


@pytest.mark.parametrize("writer", WRITERS)
def test_a_number_leads_to_what_its_reader_may_see_and_all_else_stays_as_typed(writer: str) -> None:
    seen, hidden = BottleneckFactory(title="Geen <data>", language="en"), BottleneckFactory(title="Verborgen titel")
    Subject.objects.filter(pk=hidden.subject_id).update(hidden_at=timezone.now())
    text = f"Lijkt op #{seen.pk} en #{hidden.pk}, niet #99999 of `#{seen.pk}`. Vraag @{{1}}."
    row = WRITERS[writer](f"{text}\n\n- [x] klaar[^1]\n\n[^1]: Noot")
    client = Client()
    client.force_login(UserFactory(language="nl"))
    page = client.get(row.get_absolute_url(), follow=True).text
    [link] = [
        node
        for node in parse(page).all("a")
        if node.attributes.get("href") == seen.get_absolute_url() and node.text().startswith("#")
    ]
    assert link.text().split() == [f"#{seen.pk}", "Geen", "<data>"]
    assert f"#{hidden.pk}, niet #99999 of <code>#{seen.pk}</code>. Vraag @{{1}}." in page
    assert "Verborgen titel" not in page
    assert "Noot" in page


def test_a_text_without_numbers_costs_no_query(django_assert_num_queries) -> None:
    reader = UserFactory()
    with django_assert_num_queries(0):
        assert links_in(["Niets", "hier # of a#1 of &#39;"], reader) == {}
