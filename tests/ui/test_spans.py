"""The days from one to another, as a timeline writes them."""

from datetime import date

import pytest
import time_machine
from django.utils.html import strip_tags
from django.utils.translation import override

from ui.templatetags.ui import span


@time_machine.travel("2026-11-26 09:00 +0100", tick=False)
@pytest.mark.parametrize(
    ("first", "last", "dutch", "english"),
    [
        (date(2026, 11, 25), date(2026, 11, 25), "25 november", "25 November"),
        (date(2026, 11, 19), date(2026, 11, 25), "van 19 t/m 25 november", "from 19 to 25 November"),
        (date(2026, 8, 9), date(2026, 11, 25), "van 9 augustus t/m 25 november", "from 9 August to 25 November"),
        (date(2018, 6, 1), date(2018, 6, 7), "van 1 t/m 7 juni 2018", "from 1 to 7 June 2018"),
        (
            date(2025, 12, 31),
            date(2026, 1, 1),
            "van 31 december 2025 t/m 1 januari 2026",
            "from 31 December 2025 to 1 January 2026",
        ),
        (None, date(2026, 11, 25), "t/m 25 november", "up to 25 November"),
    ],
)
def test_days_are_said_once_and_as_short_as_they_can_be(first, last, dutch, english):
    with override("nl"):
        assert strip_tags(span(first, last)) == dutch
    with override("en"):
        assert strip_tags(span(first, last)) == english


def test_each_day_is_marked_for_machines():
    assert '<time datetime="2018-06-01">' in span(date(2018, 6, 1), date(2018, 6, 7))
