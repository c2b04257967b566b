"""Days and hours are read as people write them, in both languages; a refusal shows how."""

import random
from datetime import date, time, timedelta

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.utils import dateformat
from django.utils.translation import override

from ui.forms import DayField, HourField
from ui.typed import read_day, read_hour
from ui.zones import zone_choices

TODAY = date(2026, 11, 26)


MAY_5 = (
    "5 mei 2027|5 mei|5-5|5/5|5.5|05-05|5-5-27|5-5-2027|2027-05-05|5e mei|5 Mei.|  5  MEI  2027 |5-mei-2027|"
    "woensdag 5 mei|5 May|May 5, 2027|May 5|May 5th|5th of May|Wed 5 May"
)


@pytest.mark.parametrize("typed", MAY_5.split("|"))
def test_a_day_is_read_as_people_write_it_and_is_the_next_one_to_come(typed):
    assert read_day(typed.replace("/", "-"), TODAY) == read_day(typed, TODAY) == date(2027, 5, 5)


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("26 november", TODAY),  # today is still to come
        ("25 november", date(2027, 11, 25)),
        ("1-12", date(2026, 12, 1)),
        ("29-2", date(2028, 2, 29)),
        ("1 mrt. 2020", date(2020, 3, 1)),
        ("10/12/2026", date(2026, 12, 10)),
    ],
)
def test_a_day_without_a_year_is_not_one_that_is_over(typed, day):
    assert read_day(typed, TODAY) == day


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("26 november", TODAY),
        ("27 november", date(2025, 11, 27)),
        ("1-12", date(2025, 12, 1)),
        ("29-2", date(2024, 2, 29)),
        ("5 mei 2027", date(2027, 5, 5)),
    ],
)
def test_where_it_is_over_a_day_without_a_year_is_the_last_one(typed, day):
    assert read_day(typed, TODAY, is_past=True) == day


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "mei",
        "5",
        "30-2",
        "31 april 2027",
        "5-13",
        "maandag 5 mei",
        "5 mei 27 uur",
        "0-0-0000",
        "5-5-20277",
        "mei 2027",
    ],
)
def test_what_is_no_day_is_none(typed):
    assert read_day(typed, TODAY) is None


@pytest.mark.parametrize("language", ["nl", "en"])
def test_every_day_is_read_back_however_the_portal_writes_it(language):
    chance = random.Random(9)
    with override(language):
        for _ in range(400):
            day = TODAY + timedelta(days=chance.randrange(-9_000, 9_000))
            for style in ("j F Y", "l j F Y", "D j M Y", "j N Y", "d-m-Y", "j-n-Y", "j/n/y", "Y-m-d", "F j, Y"):
                typed = dateformat.format(day, style)
                if style == "j/n/y" and day.year < 2000:
                    continue
                assert read_day(typed, TODAY) == day, typed
            if day >= TODAY and day < TODAY.replace(year=TODAY.year + 1):
                for style in ("j F", "j-n", "j/n", "j M", "F j"):
                    assert read_day(dateformat.format(day, style), TODAY) == day, style


@pytest.mark.parametrize("minute_of_day", range(0, 24 * 60, 7))
def test_every_time_is_read_back_however_it_is_written(minute_of_day):
    at = time(minute_of_day // 60, minute_of_day % 60)
    clock = f"{at.hour % 12 or 12}:{at.minute:02} {'pm' if at.hour >= 12 else 'am'}"
    ways = [f"{at:%H:%M}", f"{at:%H.%M}", f"{at.hour}.{at.minute:02}", f"{at.hour}.{at.minute:02} uur", f"{at:%H%M}"]
    ways += [
        f"{at.hour}{at.minute:02}",
        f"{at.hour}u{at.minute:02}",
        f"{at.hour}h{at.minute:02}",
        f"{at:%H:%M}:00",
        clock,
    ]
    if not at.minute:
        ways += [f"{at.hour}", f"{at.hour}u", f"{at.hour} uur", f"{at.hour} o'clock", f"{at.hour}h"]
    for typed in ways:
        assert read_hour(typed) == at, typed


@pytest.mark.parametrize(
    "typed", ["", "25", "9.5", "2400", "24:00", "12345", "9.60", "13 pm", "0 am", "uur", "half tien", "-9"]
)
def test_what_is_no_time_is_none(typed):
    assert read_hour(typed) is None


@time_machine.travel("2026-11-26 09:00 +0100", tick=False)
@pytest.mark.parametrize(
    ("language", "field", "refusal"),
    [
        ("nl", DayField(), "Schrijf een dag zo: 26 november 2026 of 26-11-2026."),
        ("en", DayField(), "Write a day as 26 November 2026 or 26-11-2026."),
        ("nl", HourField(), "Schrijf een tijd zo: 9.30 of 14.00."),
        ("en", HourField(), "Write a time as 9:30 or 14:00."),
    ],
)
def test_a_refusal_shows_how_to_write_it(language, field, refusal):
    with override(language):
        with pytest.raises(ValidationError) as refused:
            field.clean("straks")
        assert refused.value.messages == [refusal]


@time_machine.travel("2026-11-26 09:00 +0100", tick=False)
def test_the_fields_of_forms_read_them():
    assert DayField(years=(20, 10)).clean("5 mei") == date(2027, 5, 5)
    assert DayField(is_past=True).clean("5 mei") == date(2026, 5, 5)
    assert HourField().clean("930") == time(9, 30)
    assert DayField(required=False).clean(" ") is None


def test_zones_are_named_in_the_readers_language():
    with override("nl"):
        dutch = dict(zone_choices("Asia/Kathmandu"))
    assert dutch["Europe/Lisbon"] == "Lissabon"
    assert dutch["America/Lower_Princes"] == "Sint Maarten"
    assert dutch["Asia/Kathmandu"] == "Kathmandu"
    with override("en"):
        assert dict(zone_choices())["Europe/Lisbon"] == "Lisbon"
