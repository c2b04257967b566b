"""Ages are said as people say them, and exactly in the title."""

from datetime import date

import pytest
from django.utils import translation

from ui.ages import Age


@pytest.mark.parametrize(
    ("earlier", "english", "dutch"),
    [
        (date(2026, 11, 26), "0 days", "0 dagen"),
        (date(2026, 11, 25), "1 day", "1 dag"),
        (date(2026, 9, 27), "60 days", "60 dagen"),
        (date(2026, 9, 26), "2 months", "2 maanden"),
        (date(2026, 8, 31), "over 2 months", "ruim 2 maanden"),
        (date(2025, 11, 26), "12 months", "12 maanden"),
        (date(2024, 12, 1), "over 23 months", "ruim 23 maanden"),
        (date(2024, 11, 26), "2 years", "2 jaar"),
        (date(2018, 6, 14), "over 8 years", "ruim 8 jaar"),
        (date(2027, 1, 1), "0 days", "0 dagen"),  # nothing is younger than today
    ],
)
def test_an_age_is_in_days_to_sixty_and_then_in_months_and_years(earlier, english, dutch):
    age = Age(earlier, date(2026, 11, 26))
    with translation.override("en"):
        assert str(age) == english
    with translation.override("nl"):
        assert str(age) == dutch


def test_what_is_rounded_says_the_days_in_its_title():
    with translation.override("nl"):
        assert Age(date(2018, 6, 14), date(2026, 11, 26)).marked() == '<span title="3087 dagen">ruim 8 jaar</span>'
        assert Age(date(2026, 11, 20), date(2026, 11, 26)).marked() == "6 dagen"


@pytest.mark.parametrize("day", range(1, 29))
def test_ages_never_grow_backwards(day):
    later = date(2026, 11, 26)
    months = [Age(date(2026 - back // 12, 12 - back % 12, day), later)._months()[0] for back in range(2, 40)]
    assert months == sorted(months)
