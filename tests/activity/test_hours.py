"""When mail may go out."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from activity.hours import earliest
from activity.mailkinds import MailClass

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
FORMAT = "%a %Y-%m-%d %H:%M"


def _local(text: str, zone: ZoneInfo = AMSTERDAM) -> datetime:
    return datetime.strptime(text, FORMAT).replace(tzinfo=zone)


@pytest.mark.parametrize(
    ("now", "mail_class", "urgent_until", "goes_out"),
    [
        # Account mail at any hour.
        ("Sun 2026-11-22 03:00", MailClass.ACCOUNT, None, "Sun 2026-11-22 03:00"),
        # What was asked for: not at night, also at the weekend.
        ("Wed 2026-11-25 07:00", MailClass.ASKED_FOR, None, "Wed 2026-11-25 07:00"),
        ("Wed 2026-11-25 19:59", MailClass.ASKED_FOR, None, "Wed 2026-11-25 19:59"),
        ("Wed 2026-11-25 20:00", MailClass.ASKED_FOR, None, "Thu 2026-11-26 07:00"),
        ("Thu 2026-11-26 06:59", MailClass.ASKED_FOR, None, "Thu 2026-11-26 07:00"),
        ("Fri 2026-11-27 21:00", MailClass.ASKED_FOR, None, "Sat 2026-11-28 07:00"),
        # ... unless it starts or expires before 08:00.
        ("Wed 2026-11-25 22:00", MailClass.ASKED_FOR, "Thu 2026-11-26 07:59", "Wed 2026-11-25 22:00"),
        ("Wed 2026-11-25 22:00", MailClass.ASKED_FOR, "Thu 2026-11-26 08:00", "Thu 2026-11-26 07:00"),
        ("Wed 2026-11-25 22:00", MailClass.ASKED_FOR, "Wed 2026-11-25 22:30", "Wed 2026-11-25 22:00"),
        ("Wed 2026-11-25 22:00", MailClass.ASKED_FOR, "Wed 2026-11-25 21:30", "Thu 2026-11-26 07:00"),
        # News: neither at night nor at the weekend.
        ("Wed 2026-11-25 10:00", MailClass.NEWS, None, "Wed 2026-11-25 10:00"),
        ("Fri 2026-11-27 20:30", MailClass.NEWS, None, "Mon 2026-11-30 07:00"),
        ("Sat 2026-11-28 12:00", MailClass.NEWS, None, "Mon 2026-11-30 07:00"),
        ("Sun 2026-11-29 23:00", MailClass.NEWS, None, "Mon 2026-11-30 07:00"),
        # ... except about what happens that very day.
        ("Sat 2026-11-28 12:00", MailClass.NEWS, "Sat 2026-11-28 16:00", "Sat 2026-11-28 12:00"),
        ("Sat 2026-11-28 12:00", MailClass.NEWS, "Sun 2026-11-29 16:00", "Sun 2026-11-29 07:00"),
        ("Fri 2026-11-27 21:00", MailClass.NEWS, "Sat 2026-11-28 16:00", "Sat 2026-11-28 07:00"),
        # The clocks change on Sunday at 03:00 (forward) and 03:00 (back): the morning is 07:00 on the wall.
        ("Sat 2026-03-28 21:00", MailClass.ASKED_FOR, None, "Sun 2026-03-29 07:00"),
        ("Sun 2026-03-29 03:30", MailClass.ASKED_FOR, None, "Sun 2026-03-29 07:00"),
        ("Sat 2026-10-24 21:00", MailClass.ASKED_FOR, None, "Sun 2026-10-25 07:00"),
        ("Sun 2026-10-25 02:30", MailClass.ASKED_FOR, None, "Sun 2026-10-25 07:00"),
    ],
)
def test_the_class_of_a_mail_decides_its_hour(
    now: str, mail_class: MailClass, urgent_until: str | None, goes_out: str
) -> None:
    urgent = _local(urgent_until) if urgent_until else None
    assert earliest(_local(now), mail_class, urgent, AMSTERDAM).astimezone(AMSTERDAM).strftime(FORMAT) == goes_out


def test_the_night_is_that_of_the_receiver() -> None:
    new_york = ZoneInfo("America/New_York")
    now = _local("Wed 2026-11-25 12:00")  # 06:00 over there
    assert earliest(now, MailClass.ASKED_FOR, None, new_york) == _local("Wed 2026-11-25 07:00", new_york)
    assert earliest(now, MailClass.ASKED_FOR, None, AMSTERDAM) == now


def test_the_night_of_the_clock_change_is_an_hour_shorter_or_longer() -> None:
    for evening, hours in (("Sat 2026-03-28 20:00", 10), ("Sat 2026-10-24 20:00", 12), ("Sat 2026-11-28 20:00", 11)):
        start = _local(evening)
        wait = earliest(start, MailClass.ASKED_FOR, None, AMSTERDAM).timestamp() - start.timestamp()
        assert wait == hours * 3600
