"""Forms as people meet them: their labels and errors, a second click, and somebody else at the same text."""

import re
import uuid
from datetime import UTC, date, datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import override

from community.models import User
from ui.forms import (
    DayField,
    HintedRadioSelect,
    HourField,
    NameField,
    OneTimeKeyMixin,
    PlainDecimalField,
    VersionedFormMixin,
    local_moment,
)
from ui.validators import validate_display_name

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


class Filing(OneTimeKeyMixin, forms.Form):
    title = forms.CharField(help_text="In one sentence")
    hours = PlainDecimalField(suffix="hours", required=False, min_value=Decimal("0.5"), max_value=80)
    how = forms.ChoiceField(
        choices=[("name", "By name"), ("anon", "Anonymous")],
        widget=HintedRadioSelect(hints={"name": "People can ask you."}),
    )
    agreed = forms.BooleanField(label="I agree")


def valid(**changes):
    return {"creation_key": str(uuid.uuid4()), "title": "a", "how": "name", "agreed": "on", **changes}


@pytest.mark.parametrize(
    ("typed", "number"),
    [("0,5", "0.5"), ("0.5", "0.5"), (" 4 ", "4"), ("12,25", "12.25"), ("1 2", "12"), ("", None)],
)
@pytest.mark.parametrize("language", ["nl", "en"])
def test_a_decimal_takes_comma_and_point_in_both_languages(typed, number, language):
    with override(language):
        form = Filing(valid(hours=typed))
        assert form.is_valid(), form.errors
    assert form.cleaned_data["hours"] == (None if number is None else Decimal(number))


@pytest.mark.parametrize("typed", ["veel", "1.000,5", "1,2,3", "0,4", "81", "NaN", "1e999", "½"])
def test_a_decimal_that_is_none_gets_a_message_and_stays_as_typed(typed):
    form = Filing(valid(hours=typed))
    assert "hours" in form.errors
    assert f'value="{typed}"' in str(form)


def test_every_control_has_its_label_its_help_and_its_error():
    html = str(Filing({}))
    for control in re.findall(r'<input (?![^>]*type="hidden")[^>]* id="([^"]+)"', html):
        assert f'for="{control}"' in html
    assert 'aria-describedby="id_title_helptext id_title_error"' in html
    for described in re.findall(r'aria-describedby="([^"]+)"', html):
        for target in described.split():
            assert f'id="{target}"' in html
    assert '<fieldset class="field"' in html
    assert "(may be empty)" in html
    assert "People can ask you." in html


def test_the_summary_counts_the_errors_and_links_to_each_control():
    html = str(Filing({"creation_key": str(uuid.uuid4()), "hours": "veel"}))
    assert "4 things to put right" in html
    for link in re.findall(r'<a href="#([^"]+)"', html):
        assert f'id="{link}"' in html


def test_each_opened_form_has_its_own_one_time_key():
    keys = {key for _opening in range(2) for key in re.findall(r'name="creation_key" value="([^"]+)"', str(Filing()))}
    assert len(keys) == 2
    assert isinstance((form := Filing(valid())).is_valid() and form.cleaned_data["creation_key"], uuid.UUID)


class Profile(VersionedFormMixin, forms.ModelForm[User]):
    class Meta:
        model = User
        fields = ["name", "city", "language"]


@pytest.fixture
def member(db):
    return User.objects.create(email="a@doorbraak.example", handle="a", name="Anna", city="Delft", language="nl")


def test_a_form_that_is_up_to_date_is_valid(member):
    form = Profile({"name": "Anna B", "city": "Delft", "language": "nl", "version": "1"}, instance=member)
    assert form.is_valid()
    assert not form.differences


def test_a_stale_form_shows_both_texts_and_can_then_be_saved(member):
    User.objects.filter(pk=member.pk).update(city="Utrecht", version=2)
    posted = {"name": "Anna", "city": "Arnhem", "language": "en", "version": "1"}
    form = Profile(posted, instance=User.objects.get(pk=member.pk))
    assert not form.is_valid()
    assert [(d.field.name, d.yours, d.current) for d in form.differences] == [
        ("city", "Arnhem", "Utrecht"),
        ("language", "English", "Dutch"),
    ]
    html = str(form)
    assert 'value="Arnhem"' in html
    assert "Utrecht" in html
    assert 'name="version" value="2"' in html
    assert posted["version"] == "1"
    again = Profile({**posted, "version": "2"}, instance=User.objects.get(pk=member.pk))
    assert again.is_valid()


def test_a_form_that_goes_stale_while_it_is_saved_shows_both_texts_too(member):
    form = Profile({"name": "Anna", "city": "Arnhem", "language": "nl", "version": "1"}, instance=member)
    assert form.is_valid()
    User.objects.filter(pk=member.pk).update(city="Utrecht", version=2)
    form.mark_stale(User.objects.get(pk=member.pk))
    assert not form.is_valid()
    assert [(d.yours, d.current) for d in form.differences] == [("Arnhem", "Utrecht")]
    assert 'name="version" value="2"' in str(form)


@pytest.mark.parametrize("version", ["", "x", "-1", "99999999999999999999"])
def test_a_made_up_version_is_refused(member, version):
    form = Profile({"name": "Anna", "city": "Arnhem", "language": "nl", "version": version}, instance=member)
    assert not form.is_valid()


@pytest.mark.parametrize("typed", ["2026-12-10", "10-12-2026", "10/12/2026"])
def test_a_day_can_be_picked_or_typed(typed):
    assert DayField().clean(typed) == date(2026, 12, 10)


@pytest.mark.parametrize("typed", ["9:30", "09:30", "9.30"])
def test_an_hour_can_be_picked_or_typed(typed):
    assert HourField().clean(typed) == time(9, 30)


def test_wall_clock_times_are_read_in_their_zone_and_the_skipped_hour_is_refused():
    assert local_moment(date(2026, 7, 1), time(9, 30), AMSTERDAM) == datetime(2026, 7, 1, 7, 30, tzinfo=UTC)
    assert local_moment(date(2026, 10, 25), time(2, 30), AMSTERDAM) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    with pytest.raises(ValidationError):
        local_moment(date(2026, 3, 29), time(2, 30), AMSTERDAM)


@pytest.mark.parametrize("name", ["Anna van den Berg", "Zoë O’Brien", "李小龙", "Kern Water & Bodem", "Jan-Kees 2"])
def test_ordinary_names_pass(name):
    validate_display_name(name)


PERSIAN, SINHALA = "علی\u200cرضا", "ශ්\u200dරීමතී"


@pytest.mark.parametrize("name", [PERSIAN, SINHALA, f"{PERSIAN} {SINHALA}"])
def test_joiners_between_letters_pass(name):
    assert NameField().clean(name) == name


@pytest.mark.parametrize(
    "name", ["\u200cAnna", "Anna\u200d", "An\u200c\u200cna", "Anna \u200dBerg", "Anna\u200c Berg", "4\u200c2"]
)
def test_joiners_anywhere_else_are_refused_with_their_place(name):
    with pytest.raises(ValidationError, match=r"one cannot see \(U\+200[CD]\)"):
        NameField().clean(name)


def test_names_are_kept_composed():
    assert NameField().clean("Zoe\u0308 de Vre\u0301") == "Zoë de Vré"


@pytest.mark.parametrize("name", ["<b>", "a>b", "a\nb", "a\u202eb", "a\u200bb", "a\u2066b", "a\x00b", "a\u200fb", "…"])
def test_names_that_could_fool_a_reader_are_refused(name):
    with pytest.raises(ValidationError):
        validate_display_name(name)
