"""What forms answer to nothing and to nonsense: in the reader's language, in our words, library sentences included.

The forms are found by asking every address (``test_doors``), so whoever adds one has its refusals read here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django import forms
from django.utils.translation import override

from events.models import Session
from scripts.messages import WORDS, refused_words
from tests.portal import test_doors
from tests.tongues import Said, names_out_of_texts, stray
from tests.walk import Walker, filled, forms_on, may_everything

pytestmark = pytest.mark.django_db

people, examples = test_doors.people, test_doors.examples

#: What somebody may type into a field of each kind that it cannot take; for a field of text too much of it.
LONG = "te lang " * 2_000
#: What is said back to who typed it.
TYPED = re.compile(r"(te lang ?){2,}…?|<b>!")
WRONG: list[tuple[type[forms.Field], str]] = [
    (forms.DateField, "straks"),
    (forms.TimeField, "straks"),
    (forms.EmailField, "zz zz"),
    (forms.DecimalField, "veel"),
    (forms.IntegerField, "veel"),
    (forms.UUIDField, "x"),
    (forms.ModelMultipleChoiceField, "99999999"),
    (forms.ModelChoiceField, "99999999"),
    (forms.MultipleChoiceField, "zzz"),
    (forms.ChoiceField, "zzz"),
]
SHORT = {"password": "kort", "password1": "kort", "password2": "anders", "oldpassword": "fout"}
#: Stiff, or not as we write: what is said to a person says what to do.
STIFF = re.compile(
    r"\b(selecteer|voer|zorg (ervoor|dat)|geldige?|opgegeven|en/of|dient|gelieve|keuze|incorrect|correct|invoer)\b",
    re.IGNORECASE,
)


def nonsense(form: forms.BaseForm) -> dict[str, Any]:
    """Something that no field of the form can take, as far as its kind has such a thing."""
    sent: dict[str, Any] = {}
    for name, field in form.fields.items():
        kinds = (text for kind, text in WRONG if isinstance(field, kind))
        sent[form.add_prefix(name)] = SHORT.get(name) or next(kinds, LONG)
    return sent


def almost(form: forms.BaseForm) -> dict[str, Any]:
    """What is right in kind and too much, too little or not so: numbers out of range, the same day twice."""
    sent: dict[str, Any] = {}
    for name, field in form.fields.items():
        if isinstance(field, forms.DecimalField | forms.IntegerField):
            sent[form.add_prefix(name)] = "-1"
        elif isinstance(field, forms.DateField):
            sent[form.add_prefix(name)] = "1-1-1900"
        elif isinstance(field, forms.EmailField):
            sent[form.add_prefix(name)] = "iemand@elders.example"
        elif isinstance(field, forms.CharField) and name != "login":
            sent[form.add_prefix(name)] = "wachtwoord1" if "password" in name else "<b>!"
    return sent


def refusals(walker: Walker, path: str, language: str) -> Iterator[str]:
    """Every sentence with which the forms at ``path`` refuse what they are sent, and all that the page then says."""
    spoken = {"headers": {"Accept-Language": language}}
    for form in forms_on(walker.get(path, **spoken)):
        whole = filled([form])
        for sent in ({}, {**whole, **nonsense(form)}, {**whole, **almost(form)}):
            answer = walker.post(path, sent, **spoken)
            if errors := [shown.errors.get_json_data() for shown in forms_on(answer) if shown.errors]:
                yield from (error["message"] for each in errors for found in each.values() for error in found)
                page = Said(answer.text)
                yield from page.texts + page.titles


@pytest.fixture
def asked(people, examples, settings) -> Callable[[str], Iterator[tuple[Walker, str]]]:
    """Every address, each for a visitor and for a member who may come in everywhere and reads that language."""
    settings.WRITE_RATE_LIMIT = settings.VISITOR_RATE_LIMIT = "100000/second"
    Session.objects.filter(pk=examples["session"]).update(taken_count=1)
    member = may_everything(people["member"])
    places = dict.fromkeys(door.path.format(**examples) for _name, door in test_doors.doors() if door.visitor != "404")

    def each(language: str) -> Iterator[tuple[Walker, str]]:
        member.language = language
        member.save(update_fields=["language"])
        walkers = Walker(member), Walker(None)
        return ((who, place) for place in places for who in walkers)

    return each


@pytest.mark.slow
@pytest.mark.parametrize("language", ["nl", "en"])
def test_every_refusal_of_a_form_is_in_the_language_of_the_page_and_in_our_words(asked, language):
    said: dict[str, str] = {}
    with override(language):
        for who, place in asked(language):
            for text in refusals(who, place, language):
                said.setdefault(TYPED.sub("", str(text)), place)
    assert len(said) > 20, said
    without_names = names_out_of_texts()
    refused = refused_words(Path(WORDS).read_text("utf-8")) if language == "nl" else []
    wrong = [
        f"{place}: {text}"
        for text, place in said.items()
        if stray(without_names(text), language)
        or (language == "nl" and STIFF.search(text))
        or any(word.is_in(text) for word in refused)
    ]
    assert not wrong, "\n".join(wrong)
