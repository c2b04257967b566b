"""Tags and filters, the icons and colours that templates and style sheets may use."""

import re
from datetime import UTC, date, datetime, time
from pathlib import Path
from types import SimpleNamespace

import pytest
import time_machine
from django.conf import settings
from django.template import Context, Template
from django.utils import timezone
from django.utils.translation import override

from ui.templatetags import ui

STATIC = Path(settings.BASE_DIR) / "static"
TEMPLATES = Path(settings.BASE_DIR) / "templates"
LONGEST_LINE = 160


def draw(source: str, **context: object) -> str:
    return Template(source).render(Context(context))


@pytest.mark.parametrize(
    ("language", "source", "expected"),
    [
        ("en", "{{ at|long_date }}", "Thursday 10 December"),
        ("nl", "{{ at|long_date }}", "donderdag 10 december"),
        ("en", "{{ at|clock_time }}", "9:30"),
        ("en", "{{ at|time_span:until }}", "9:30 to 16:00"),
        ("en", "{{ at|moment }}", "Thursday 10 December, 9:30"),
        ("nl", "{{ at|plain_date }}", "10 december"),
        ("nl", "{{ at|full_date }}", "10 december 2026"),
        ("en", "{{ at|iso_day }}", "2026-12-10"),
        ("en", "{{ nothing|long_date }}{{ nothing|clock_time }}{{ nothing|moment }}{{ nothing|iso }}", ""),
        ("en", "{{ at|time_span:nothing }}", "9:30"),
    ],
)
def test_days_and_times_are_written_as_the_design_says(language, source, expected):
    at, until = datetime(2026, 12, 10, 8, 30, tzinfo=UTC), datetime(2026, 12, 10, 15, tzinfo=UTC)
    with time_machine.travel("2026-11-01"), override(language):
        assert draw(source, at=at, until=until, nothing=None) == expected


def test_another_year_is_named():
    with time_machine.travel("2026-11-01"), override("en"):
        assert ui.long_date(date(2018, 6, 14)) == "Thursday 14 June 2018"
        assert ui.plain_date(date(2018, 6, 14)) == "14 June 2018"


def test_a_moment_is_shown_in_the_readers_zone_and_a_plain_hour_as_it_is():
    at = datetime(2026, 12, 10, 23, 30, tzinfo=UTC)
    with timezone.override("Europe/Amsterdam"), override("en"):
        assert ui.clock_time(at) == "0:30"
        assert ui.full_date(at) == "11 December 2026"
        assert ui.clock_time(time(9, 5)) == "9:05"
        assert "<b>11</b>" in ui.day(at)


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Anna van den Berg", "AB"),
        ("Cher", "C"),
        ("", "·"),
        ("van de", "VD"),
        ("李小龙", "李"),
        ("(Jan) Peters", "P"),
        ("  zoë   de  groot ", "ZG"),
    ],
)
def test_initials_leave_out_the_small_words_of_a_name(name, letters):
    assert ui.initials(name) == letters


def test_a_face_escapes_what_it_shows():
    html = draw("{% face person 'small' %}", person=SimpleNamespace(pk=7, name="&x <y"))
    assert 'class="face face--small" data-hue="2"' in html
    assert "<y" not in html


@pytest.mark.parametrize(
    ("filled", "total", "on", "bars"),
    [(0, 3, 0, 3), (2, 3, 2, 3), (5, 3, 3, 3), (0, 0, 0, 0), (1, 200, 1, 24), (100, 200, 12, 24), (200, 200, 24, 24)],
)
def test_reach_is_a_bar_a_hub_and_a_sentence(filled, total, on, bars):
    html = draw("{% reach filled total label %}", filled=filled, total=total, label='<"2 of 3 hubs">')
    assert html.count("<i") == bars
    assert html.count('class="on"') == on
    assert 'role="img" aria-label="&lt;&quot;2 of 3 hubs&quot;&gt;"' in html


def test_every_icon_that_is_named_exists():
    symbols = set(re.findall(r'<symbol id="([^"]+)"', (STATIC / "icons" / "icons.svg").read_text()))
    named = {
        (path.name, name)
        for path in TEMPLATES.rglob("*.html")
        for name in re.findall(r'{% icon "([^"]+)"', path.read_text())
    }
    assert {(path, name) for path, name in named if name not in symbols} == set()


def test_colours_have_one_home():
    raw = re.compile(r"#[0-9a-f]{3,8}\b|\b(?:rgb|hsl|oklch|lab)a?\(", re.IGNORECASE)
    comment = re.compile(r"/\*.*?\*/", re.DOTALL)
    for path in (STATIC / "css").glob("*.css"):
        if path.name != "1-tokens.css":
            assert not raw.findall(comment.sub("", path.read_text())), path.name


def test_the_browsers_frame_has_the_colour_of_the_paper():
    paper = re.findall(r"--paper: light-dark\((#\w+), (#\w+)\)", (STATIC / "css/1-tokens.css").read_text())
    frame = (TEMPLATES / "skeleton.html").read_text()
    assert [tuple(re.findall(r'name="theme-color" content="(#\w+)"', frame))] == paper


def test_no_line_of_a_template_is_too_long_to_read():
    lines = [
        (path, number, line)
        for path in TEMPLATES.rglob("*.html")
        for number, line in enumerate(path.read_text().splitlines(), 1)
    ]
    assert [f"{path.relative_to(TEMPLATES)}:{number}" for path, number, line in lines if len(line) > LONGEST_LINE] == []


def test_no_template_has_inline_scripts_or_styles():
    inline = re.compile(
        r"<style|<script(?![^>]*\bsrc=)|\sstyle=|\son[a-z]+=|javascript:|hx-on|hx-vals=.js:", re.IGNORECASE
    )
    pages = [path for path in TEMPLATES.rglob("*.html") if not {"email", "emails", "mail"} & set(path.parts)]
    assert {path.name: found for path in pages if (found := inline.findall(path.read_text()))} == {}
