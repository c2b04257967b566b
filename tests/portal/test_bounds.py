"""What is far too much, at every address and in every field: refused in words, and never the database's work.

The addresses come from the resolver (``test_doors``), the fields from the forms on their pages, the parameters from
what the code asks for: whoever adds one has it tested here.
"""

from __future__ import annotations

import ast
import base64
import contextlib
import itertools
import json
import re
import uuid
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django import forms
from django.apps import apps
from django.conf import settings as configured
from django.contrib import admin
from django.db import models, transaction
from django.test import Client
from django.urls import Resolver404, resolve
from django.utils.module_loading import import_string
from django.utils.translation import override

from community.models import MemberTopic, Topic, User
from events.models import Session
from tests.factories import HubFactory, MemberTopicFactory, UserFactory, representative_of
from tests.portal import test_doors
from tests.walk import Walker, Work, filled, forms_on, may_everything, names_asked
from ui.forms import PlainTextMixin, is_one_line
from ui.http import LONGEST_LINE

pytestmark = pytest.mark.django_db

people, examples = test_doors.people, test_doors.examples

OURS = ("portal", "events", "issues", "community", "activity", "ui")
#: Twenty thousand words and as many topics.
HUGE = ", ".join(f"w{number}" for number in range(20_000))
LONG = "too long " * 4_000  # no field takes more than 20,000 characters
MOST_STATEMENTS = 90
MOST_CHARACTERS = 120_000  # of all statements of one request with their parameters; HUGE has more


def is_too_much(response: Any) -> bool:
    """Whether the answer is an error of ours, or cost the database more than any page may."""
    work: Work = response.work
    return bool(response.status_code >= 500) or work.statements > MOST_STATEMENTS or work.characters > MOST_CHARACTERS


@pytest.fixture(autouse=True)
def _no_limits(settings) -> None:
    settings.WRITE_RATE_LIMIT = "100000/second"


@pytest.fixture
def places(people, examples) -> list[str]:
    """Every address of the portal that this person may come to, each once."""
    Session.objects.filter(pk=examples["session"]).update(taken_count=1)  # by the one whom the doors show
    return list(dict.fromkeys(door.path.format(**examples) for _name, door in test_doors.doors()))


@pytest.fixture
def walker(people) -> Walker:
    return Walker(may_everything(people["member"]))


type Forms = list[tuple[Walker, str, list[forms.BaseForm]]]


@pytest.fixture
def forms_at(walker, places) -> Forms:
    """Every address where a member or a visitor finds forms, and the forms.

    Pages that take nothing lead on to an address of their own with what is typed there, which is among these as well.
    """
    answers = [(who, place, who.get(place)) for who in (walker, Walker(None)) for place in places]
    found = [(who, place, forms_on(response)) for who, place, response in answers]
    return [it for it in found if it[2] and it[0].post(it[1], {}).status_code != 405]


# --- Forms ------------------------------------------------------------------------------------------------------------
@cache
def form_classes() -> list[type[forms.BaseForm]]:
    """Every class of form that is ours: in our modules, in allauth's settings, in the admin."""
    found: set[type[forms.BaseForm]] = set()
    waiting = [forms.BaseForm]
    while waiting:
        subclasses = waiting.pop().__subclasses__()
        waiting += subclasses
        found.update(kind for kind in subclasses if kind.__module__.split(".")[0] in OURS)
    found.update(import_string(path) for path in configured.ACCOUNT_FORMS.values())
    return sorted(found, key=lambda kind: f"{kind.__module__}.{kind.__name__}")


def test_every_form_bounds_and_tidies_what_is_typed(rf):
    import issues.bottlenecks.forms  # noqa: F401 - known to have been loaded

    used = [kind for kind in form_classes() if not kind.__subclasses__()]
    assert [kind for kind in used if not issubclass(kind, PlainTextMixin)] == []
    request = rf.get("/")
    request.user = User(is_superuser=True, is_staff=True, is_active=True)
    for model, model_admin in admin.site._registry.items():
        if model_admin.has_change_permission(request) or model_admin.has_add_permission(request):
            assert issubclass(model_admin.get_form(request), PlainTextMixin), model
            for inline in model_admin.get_inline_instances(request):
                assert issubclass(inline.get_formset(request).form, PlainTextMixin), inline


def typed_fields(found: list[forms.BaseForm]) -> list[tuple[forms.BaseForm, str]]:
    """The fields one types into: texts, numbers, days, handles."""
    return [
        (form, name)
        for form in found
        for name, field in form.fields.items()
        if isinstance(field.widget, forms.widgets.Input | forms.Textarea)
        and not isinstance(field.widget, forms.CheckboxInput | forms.FileInput)
    ]


def form_like(form: forms.BaseForm, response: Any) -> forms.BaseForm:
    """The form of this kind on the answer."""
    (same,) = [other for other in forms_on(response) if type(other) is type(form)]
    return same


def refuses_what_is_too_long_before_it_looks_at_it(forms_at: Forms) -> None:
    met: set[str] = set()
    for walker, place, found in forms_at:
        typed = typed_fields(found)
        if not typed:
            continue
        sent = filled(found) | {form[name].html_name: LONG for form, name in typed}  # all at once, in one body
        response = walker.post(place, sent)
        assert response.status_code == 422, place
        for form, name in typed:
            same = form_like(form, response)
            assert name in same.errors, (place, name)
            if not isinstance(form.fields[name].widget, forms.PasswordInput):
                assert same[name].value(), f"{name} lost what was typed"
        assert not is_too_much(response), (place, response.work)
        met.update(type(form).__name__ for form in found)
    assert {"ProfileForm", "HubForm", "FilingForm", "EditSessionForm", "PlaceForm", "SignUpForm", "SignInForm"} <= met


@pytest.mark.slow
def test_no_parameter_that_the_code_reads_makes_work_without_end(walker, places, forms_at):
    """Every name that a view asks for in a body, with 20,000 words in it, and 400 times."""
    typed = {place: filled(found) for _walker, place, found in forms_at}
    wrong = []
    for place in places:
        with names_asked() as asked:
            walker.post(place, typed.get(place, {}))
        for name in sorted(asked - {"csrfmiddlewaretoken"}):
            many = [str(number) for number in range(400)]
            for value in (HUGE, many):
                response = walker.post(place, {**typed.get(place, {}), name: value})
                if is_too_much(response):
                    wrong.append((place, name, response.status_code, response.work))
    assert wrong == []


NASTY = [
    " ".join(f"w{number}" for number in range(250)),
    '-a or "b (c & d) | !e:* <-> ' * 60,
    "9" * 1_500,
    "a\0b",
    "9999-12-31",
    "0001-01-01T00:00:00Z",
]


def test_no_parameter_of_an_address_makes_work_without_end(walker, places):
    wrong, all_asked = [], set()
    for place in places:
        with names_asked() as asked:
            walker.get(place)
        all_asked |= asked
        for value in NASTY if asked else ():
            response = walker.get(place, dict.fromkeys(asked, value))
            if is_too_much(response):
                wrong.append((place, value[:20], response.status_code, response.work))
    assert wrong == []
    assert {"q", "after", "hub", "city", "like", "about"} <= all_asked


# --- Dates ------------------------------------------------------------------------------------------------------------
YEARS = ["0001-01-01", "1899-12-31", "9999-12-31"]


def refuses_a_day_out_of_range_at_its_field_with_the_range(forms_at: Forms) -> None:
    met: set[str] = set()
    for walker, place, found in forms_at:
        for form in found:
            for name, field in form.fields.items():
                if not isinstance(field, forms.DateField | forms.DateTimeField | forms.TimeField):
                    continue
                met.add(name)
                has_years = not isinstance(field, forms.TimeField)
                for typed, language in itertools.product(YEARS if has_years else ["99:99"], ["en", "nl"]):
                    User.objects.update(language=language)
                    response = walker.post(place, {**filled(found), form[name].html_name: typed})
                    assert response.status_code == 422, (place, name, typed)
                    (error,) = form_like(form, response).errors[name]
                    if has_years:
                        assert len(re.findall(r"\b\d{4}\b", error)) == 2, error
                        assert error.startswith("Choose" if language == "en" else "Kies"), error
    assert {"founded_on", "day", "last_day", "deadline", "starts", "ends"} <= met


MOMENTS = [
    ["t", "0001-01-01T00:00:00+00:00"],
    ["t", "9999-12-31T23:59:59.999999+00:00"],
    ["d", "0001-01-01"],
    ["v", 10**1_000],
    ["v", 1e308],
    ["v", "1899"],
    ["n", "1E+90"],
    None,
]


def test_no_cursor_breaks_a_list(walker, places):
    met = 0
    for place in places:
        with names_asked() as asked:
            walker.get(place)
        if "after" not in asked:
            continue
        met += 1
        for length in (2, 3):  # as many keys as the lists here are ordered by
            for shift in range(len(MOMENTS)):
                values = [MOMENTS[(shift + at) % len(MOMENTS)] for at in range(length)]
                cursor = base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")
                assert walker.get(place, {"after": cursor}).status_code == 200, (place, values)
    assert met >= 8


# --- One line ---------------------------------------------------------------------------------------------------------
def one_line_columns() -> list[tuple[type[models.Model], str]]:
    """Every column that holds one line: a text of limited length that is no long text."""
    return [
        (model, field.name)
        for model in apps.get_models()
        if model.__module__.split(".")[0] in OURS
        for field in model._meta.get_fields()
        if isinstance(field, models.CharField) and not field.choices
    ]


def keeps_one_line_where_one_line_is_typed(forms_at: Forms) -> None:
    kept = set()
    for walker, place, found in forms_at:
        lines = [
            (form, name)
            for form in found
            for name, field in form.fields.items()
            if is_one_line(field.widget) and isinstance(field, forms.CharField)
        ]
        if not lines:
            continue
        sent = filled(found)
        sent["creation_key"] = str(uuid.uuid4())
        for form, name in lines:
            sent[form[name].html_name] = f"{name}\r\n \u2028b\x0b\u2029\x85c"
        response = walker.post(place, sent, keep=True)
        if response.status_code == 422:  # an address or a handle, for one: what is refused there is left as it was
            answered = forms_on(response)
            refused = {form[name].html_name for form in answered for name in form.errors if name in form.fields}
            sent |= dict.fromkeys(refused, "") | {name: text for name, text in filled(found).items() if name in refused}
            response = walker.post(place, sent, keep=True)
        assert response.status_code in {200, 302, 422}, place
        for form in forms_on(response):
            for name, value in getattr(form, "cleaned_data", {}).items():
                if isinstance(value, str) and is_one_line(form.fields[name].widget):
                    assert value == " ".join(value.split()), (place, name)
    for model, column in one_line_columns():
        for value in model.objects.values_list(column, flat=True):
            assert len(str(value).splitlines()) <= 1, (model, column)
            if " b c" in str(value):
                kept.add(f"{model.__name__}.{column}")
    assert {"Session.title", "Session.cancel_reason", "Venue.city", "Venue.name", "Hub.city", "User.city"} <= kept
    assert {"Bottleneck.title", "Hub.tagline", "Room.name"} <= kept


# --- Pages of forms ---------------------------------------------------------------------------------------------------
def shows_around_it_what_is_stored_and_not_what_was_typed(forms_at: Forms) -> None:
    """Its title, heading, way back and links; the form itself keeps what was typed."""
    met: set[str] = set()
    for walker, place, found in forms_at:
        edited = [form for form in found if getattr(getattr(form, "instance", None), "pk", None)]
        if not edited:
            continue
        sent = filled(found)
        for form, name in typed_fields(edited):
            if isinstance(form.fields[name], forms.CharField):
                sent[form[name].html_name] = "typed-and-not-saved"
        for version in ("x", "999"):
            response = walker.post(place, {**sent, "version": version})
            assert response.status_code == 422, place
            around = re.sub(r'<form class="form".*?</form>', "", response.text, flags=re.DOTALL)
            assert around != response.text
            assert "typed-and-not-saved" in response.text
            assert "typed-and-not-saved" not in around, place
        met.update(type(form).__name__ for form in edited)
    assert {"ProfileForm", "HubForm", "EditSessionForm", "CorrectionForm"} <= met


@pytest.mark.slow
def test_every_form_bears_whatever_is_typed(forms_at, subtests):
    """Finding all forms takes longer than any of these."""
    for check in (
        refuses_what_is_too_long_before_it_looks_at_it,
        refuses_a_day_out_of_range_at_its_field_with_the_range,
        shows_around_it_what_is_stored_and_not_what_was_typed,
        keeps_one_line_where_one_line_is_typed,
    ):
        with subtests.test(check.__name__), transaction.atomic():
            check(forms_at)
            transaction.set_rollback(True)


# --- Topics -----------------------------------------------------------------------------------------------------------
def topics_typed(number: int) -> str:
    return ",".join(f"s{n}" for n in range(number))


@pytest.mark.parametrize("number", [31, 200, 60_000])
def test_a_profile_with_too_many_topics_is_refused_beside_the_field_and_stays_savable(number):
    walker = Walker(UserFactory(name="Anna"))
    sent = filled(forms_on(walker.get("/me/profile/")))
    refused = walker.post("/me/profile/", {**sent, "new_ask_me": topics_typed(number)}, keep=True)
    assert refused.status_code == 422
    (form,) = forms_on(refused)
    assert list(form.errors) == ["new_ask_me"]
    assert Topic.objects.count() == 0
    saved = walker.post("/me/profile/", {**sent, "new_ask_me": topics_typed(30)}, keep=True)
    assert saved.status_code == 302
    assert MemberTopic.objects.count() == 30


def test_topics_count_together_with_those_one_has_already():
    member = UserFactory()
    MemberTopicFactory.create_batch(29, member=member, kind="ask_me")
    walker = Walker(member)
    sent = filled(forms_on(walker.get("/me/profile/")))
    assert walker.post("/me/profile/", {**sent, "new_ask_me": "one, two"}).status_code == 422
    assert walker.post("/me/profile/", {**sent, "new_ask_me": "one"}).status_code == 302
    unticked = {**sent, "keep_ask_me": sent["keep_ask_me"][1:], "new_ask_me": "one, two"}
    assert walker.post("/me/profile/", unticked).status_code == 302


def test_a_profile_that_has_far_too_many_topics_from_before_can_be_saved_and_made_smaller():
    member = UserFactory()
    MemberTopicFactory.create_batch(700, member=member, kind="ask_me")
    walker = Walker(member)
    sent = filled(forms_on(walker.get("/me/profile/")))
    assert walker.post("/me/profile/", sent, keep=True).status_code == 302
    assert MemberTopic.objects.count() == 700
    sent = filled(forms_on(walker.get("/me/profile/")))
    assert walker.post("/me/profile/", {**sent, "keep_ask_me": []}, keep=True).status_code == 302
    assert MemberTopic.objects.count() == 600


def test_a_hub_with_too_many_topics_is_refused_beside_the_field():
    hub = HubFactory()
    walker = Walker(representative_of(hub))
    place = f"/hubs/{hub.slug}/edit/"
    sent = filled(forms_on(walker.get(place)))
    for typed in (topics_typed(31), topics_typed(60_000)):
        refused = walker.post(place, {**sent, "topic_labels": typed}, keep=True)
        assert refused.status_code == 422
        assert list(forms_on(refused)[0].errors) == ["topic_labels"]
    assert walker.post(place, {**sent, "topic_labels": topics_typed(30)}, keep=True).status_code == 302
    assert hub.topics.count() == 30


# --- Requests ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("language", ["en", "nl"])
def test_a_body_or_address_beyond_measure_is_answered_with_a_page_of_ours(client, language):
    headers = {"Accept-Language": language}
    answers = [
        (client.post("/sign-in/", "a" * 1_000_001, content_type="text/plain", headers=headers), 413),
        (client.post("/sign-in/", {"file": open(__file__, "rb")}, headers=headers), 422),  # noqa: PTH123, SIM115
        (client.post("/sign-in/", {f"f{number}": "" for number in range(501)}, headers=headers), 413),
        (client.get("/hubs/?" + "a&" * 501, headers=headers), 413),
        (client.get("/hubs/", {"city": "a" * LONGEST_LINE}, headers=headers), 414),
        (client.get("/" + "a" * (LONGEST_LINE + 1), headers=headers), 414),
    ]
    with override(language):
        for answer, status in answers:
            assert answer.status_code == status
            assert "</html>" in answer.text
            if status != 422:
                assert ("Nothing was changed" in answer.text) == (language == "en")


HEADERS = [
    *("X-Forwarded-For", "Referer", "HX-Current-URL", "HX-Target", "If-None-Match", "If-Modified-Since"),
    *("Accept-Language", "Accept-Encoding", "Cookie", "User-Agent", "Origin", "X-CSRFToken"),
]


@pytest.mark.parametrize("name", HEADERS)
def test_no_header_breaks_a_page_and_one_beyond_measure_is_refused(name, settings):
    settings.TRUSTED_PROXIES = 1
    hub = HubFactory()
    client = Client(headers={"HX-Request": "true"}, raise_request_exception=False)
    client.force_login(representative_of(hub))
    cookies = client.cookies.output(header="", sep=";").strip()
    for value in ["http://[", "a, " * 2_000, "//" * 2_000, "\x00\xff", "Mon, 01 Jan 0001 00:00:00 GMT", "=;" * 2_000]:
        sent = f"{cookies}; {value}" if name == "Cookie" else value
        for path in ("/members/", "/sessions/calendar.ics", f"/hubs/{hub.slug}/join/"):
            ask = client.post if path.endswith("/join/") else client.get
            assert ask(path, headers={name: sent}).status_code < 500, (path, value[:20])
    assert client.get("/members/", headers={name: "a" * (LONGEST_LINE + 1)}).status_code == 431


def test_what_is_typed_to_find_similar_ones_is_read_up_to_a_point():
    answer = Walker(UserFactory()).post("/bottlenecks/similar/", {"title": HUGE, "situation": HUGE})
    assert answer.status_code == 200
    assert answer.work.characters < 20_000


# --- Addresses in the code --------------------------------------------------------------------------------------------
def test_no_module_knows_an_address_by_heart():
    """Addresses are reversed: one that changes in ``urls.py`` changes everywhere.

    But for two programs that ask other processes and load no addresses.
    """
    found = []
    for app in OURS:
        for path in sorted((Path(configured.BASE_DIR) / app).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text())):
                if path.name in {"supervisor.py", "probe.py"} or not isinstance(node, ast.Constant):
                    continue
                if isinstance(node.value, str) and len(node.value) > 1:
                    with contextlib.suppress(Resolver404):
                        resolve(node.value)
                        found.append(f"{path}:{node.lineno}: {node.value}")
    assert found == []
