"""Where people's Markdown leaves the browser (calendars, feeds, text mails) it is plain text. Issue 7, line 12.

Which fields hold Markdown is read off the templates of pages; which addresses and mails there are, off the code.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.template import Context, Template
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from activity.links import FEED, token_for
from activity.models import Audience, Subject
from events import actions
from events.links import CALENDAR
from tests.factories import BottleneckFactory, HubFactory, SessionFactory, ThemeFactory, UserFactory

pytestmark = pytest.mark.django_db

TEMPLATES = Path(settings.BASE_DIR) / "templates"
MARKDOWN_FIELDS = {
    field
    for path in TEMPLATES.rglob("*.html")
    for field in re.findall(r"\w+\.(\w+)\|markdown(?:_referring)?\b", path.read_text(encoding="utf-8"))
}
PROGRAMME = """Come **all**, see [the map](https://a.example/map).

| Time | What |
| --- | --- |
| 10.00 | Walk-in |

- bring a `laptop`
"""
MARKS = ("**", "| --- |", "](", "`")


def endings(patterns=None, before: str = "") -> Iterator[tuple[str, str]]:
    """Name and route of every address that a calendar or a feed reader fetches."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(pattern, URLResolver):
            name = f"{before}{pattern.namespace}:" if pattern.namespace else before
            yield from endings(pattern.url_patterns, name)
        elif isinstance(pattern, URLPattern) and str(pattern.pattern).endswith((".ics", ".atom")):
            yield f"{before}{pattern.name}", str(pattern.pattern)


@pytest.fixture
def member():
    """Somebody with a place in a public session; whatever can hold Markdown in the database holds some."""
    member = UserFactory()
    session = SessionFactory(title="Winter day", hub=HubFactory())
    actions.answer_rsvp(session=session, by=member, answer="going")
    actions.cancel_session(session=actions_on(SessionFactory(), member), by=member, reason="Storm")
    Subject.objects.filter(pk=session.subject_id).update(audience=Audience.PUBLIC)
    BottleneckFactory(theme=ThemeFactory(), hubs=[session.hub])
    for model in apps.get_models():
        fields = {field.name for field in model._meta.concrete_fields} & MARKDOWN_FIELDS
        if fields:
            assert model._default_manager.update(**dict.fromkeys(fields, PROGRAMME)), model
    return member


def actions_on(session, member):
    """The session, with a place for ``member``."""
    actions.answer_rsvp(session=session, by=member, answer="going")
    return session


def test_fields_and_addresses_are_found():
    assert {"description", "situation", "about", "bio"} <= MARKDOWN_FIELDS
    assert {"events:calendar_feed", "activity:feed"} <= {name for name, _route in endings()}


def test_no_calendar_and_no_feed_shows_marks(member):
    client = Client()
    client.force_login(member)
    fetched = []
    for name, route in endings():
        for subject in Subject.objects.all():
            purpose = CALENDAR if route.endswith(".ics") else FEED
            known = {
                "token": token_for(purpose=purpose, member=member),
                "pk": subject.pk,
                "number": getattr(getattr(subject, "session", None), "pk", 0),
            }
            arguments = {key: known[key] for key in re.findall(r"<\w+:(\w+)>", route)}
            response = client.get(reverse(name, kwargs=arguments))
            if response.status_code == 200:
                text = response.content.decode().replace("\r\n ", "")
                fetched.append((name, text))
    assert {name for name, _text in fetched} == {name for name, _route in endings()}
    for name, text in fetched:
        for mark in MARKS:
            assert mark not in text, name
    calendars = [text for name, text in fetched if "DESCRIPTION" in text]
    assert calendars
    for text in calendars:
        assert r"the map (https://a.example/map).\n\nTime · What\n10.00 · Walk-in\n\n- bring a laptop\n\nhttp" in text


def test_a_text_mail_shows_markdown_through_the_filter_only():
    for path in TEMPLATES.rglob("*.txt"):
        for tag in re.findall(r"\{[{%].*?[%}]\}", path.read_text(encoding="utf-8")):
            for field, how in re.findall(rf"\.({'|'.join(MARKDOWN_FIELDS)})\b(\|\w+)?", tag):
                assert how in {"|plain_text", "|excerpt"}, f"{path.name}: {field} is Markdown"
    shown = Template("{{ text|plain_text }}").render(Context({"text": PROGRAMME}, autoescape=False))
    assert "Time · What\n10.00 · Walk-in" in shown
    assert not [mark for mark in MARKS if mark in shown]
