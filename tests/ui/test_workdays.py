"""Working days, by the dates of the story of 2018 to 2020 (spec 08) and by the calendar of the Netherlands."""

from datetime import date, timedelta

import pytest
import time_machine
from django.utils import translation

from ui.workdays import MOST_DAYS, due_after, is_workday, workday_before, workdays_between

WORDS = [
    ("en", date(2019, 5, 20), 20, "20 working days from 20 May 2019, Ascension Day and Whit Monday skipped"),
    (
        "nl",
        date(2019, 5, 20),
        20,
        "20 werkdagen vanaf 20 mei 2019, Hemelvaartsdag en Tweede pinksterdag overgeslagen",
    ),
    ("en", date(2018, 7, 2), 1, "1 working day from 2 July 2018"),
    ("nl", date(2018, 7, 2), 1, "1 werkdag vanaf 2 juli 2018"),
]


@pytest.mark.parametrize(
    ("start", "days", "day"),
    [
        (date(2018, 7, 2), 5, date(2018, 7, 9)),  # receipt
        (date(2018, 7, 2), 20, date(2018, 7, 30)),  # first answer
        (date(2018, 12, 3), 10, date(2018, 12, 17)),  # a hand-over that nobody accepts
        (date(2019, 5, 20), 20, date(2019, 6, 19)),  # Ascension Day and Whit Monday lie between
        (date(2019, 6, 28), 10, date(2019, 7, 12)),  # silent
        (date(2019, 6, 28), 30, date(2019, 8, 9)),  # long silent
        (date(2026, 11, 21), 1, date(2026, 11, 23)),  # from a Saturday
        (date(2024, 12, 24), 1, date(2024, 12, 27)),  # Christmas, two days
        (date(2025, 5, 2), 1, date(2025, 5, 6)),  # Liberation Day, a holiday every five years
        (date(2024, 5, 3), 1, date(2024, 5, 6)),  # and none in between; 5 May 2024 was a Sunday
    ],
)
def test_a_clock_ends_on_the_day_that_people_at_work_would_count(start, days, day):
    assert due_after(days, start).day == day
    assert workdays_between(start, day) == days


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (date(2018, 6, 28), date(2026, 11, 28)),
        (date(2019, 12, 31), date(2020, 1, 1)),
        (date(2024, 2, 28), date(2024, 3, 1)),
    ],
)
def test_years_are_counted_like_the_days_they_are_made_of(start, end, settings):
    settings.CLOSED_PERIODS = [(date(2020, 12, 24), date(2021, 1, 3))]
    days = [start + timedelta(days=n) for n in range(1, (end - start).days + 1)]
    assert workdays_between(start, end) == sum(map(is_workday, days))
    assert workdays_between(end, start) == 0


def test_due_soon_is_five_working_days_before():
    assert workday_before(5, date(2019, 6, 28)) == date(2019, 6, 21)
    assert workday_before(1, date(2019, 4, 23)) == date(2019, 4, 18)  # over Easter, from Good Friday to Monday


@pytest.mark.parametrize(("language", "start", "days", "words"), WORDS)
def test_a_due_day_says_how_it_came_about(language, start, days, words):
    with translation.override(language):
        assert str(due_after(days, start)) == words


def test_no_clock_runs_while_the_organisation_is_closed(settings):
    settings.CLOSED_PERIODS = [(date(2026, 12, 24), date(2027, 1, 3))]
    due = due_after(2, date(2026, 12, 23))
    assert due.day == date(2027, 1, 5)
    assert not is_workday(date(2026, 12, 31))
    with translation.override("en"), time_machine.travel("2026-12-23T12:00:00Z"):
        words = str(due)
    assert words == "2 working days from 23 December, 24 December to 3 January 2027 (closed) skipped"


@pytest.mark.parametrize("days", [0, -1, MOST_DAYS + 1])
def test_a_clock_that_never_runs_or_never_ends_is_refused(days):
    with pytest.raises(ValueError, match="working days"):
        due_after(days, date(2026, 1, 5))
    with pytest.raises(ValueError, match="working days"):
        workday_before(days, date(2026, 1, 5))


def test_nothing_lies_between_a_day_and_an_earlier_one():
    assert workdays_between(date(2026, 1, 5), date(2026, 1, 5)) == 0
    assert workdays_between(date(2026, 1, 5), date(2026, 1, 1)) == 0
