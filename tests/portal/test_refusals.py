"""Whoever may see but not do reads why and whom to ask, and finds the way back. Spec 00, Roles."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from activity.kinds import subject_kinds
from activity.models import Audience
from events.models import Session, SessionState
from issues.models import Attribution
from tests.factories import (
    BottleneckFactory,
    HubFactory,
    SessionFactory,
    UserFactory,
    facilitator,
    member_of,
    representative_of,
)
from tests.portal import test_doors

pytestmark = pytest.mark.django_db

people, examples = test_doors.people, test_doors.examples

UNSAID = "This is up to somebody else"


def signed_in(member) -> Client:
    client = Client()
    client.force_login(member)
    return client


@pytest.mark.parametrize("person", ["member", "elsewhere", "speaks", "facilitates"])
def test_every_refusal_says_why_and_whom_to_ask(person, people, examples, settings):
    settings.WRITE_RATE_LIMIT = "10000/second"
    client, seen = signed_in(people[person]), 0
    for name, door in test_doors.doors():
        if door.expected(person) != "403":
            continue
        methods = {"get", "post"} if "edit" in door.path or "new" in door.path else {door.method}
        for method in methods:
            response = getattr(client, method)(door.path.format(**examples), door.data, follow=True)
            assert response.status_code == 403, (name, method)
            text = response.text
            why = re.search(r'class="lede">(.*?)</p>', text, re.DOTALL)
            assert why is not None
            assert why[1].strip(), name
            assert UNSAID not in text, name
            asked = text.split("Whom to ask")[1].split("</section>")[0]
            assert re.search(r'href="/(members/[\w-]+|facilitators)/"', asked), name
            seen += 1
    assert seen >= 1


def test_every_kind_of_subject_says_whom_to_ask(people):
    hub, reader, host, author = HubFactory(), UserFactory(), UserFactory(), UserFactory()
    speaks = representative_of(hub)
    session = SessionFactory(hub=hub)
    session.hosts.set([host, speaks])
    subjects = {
        "hub": (hub.subject, [speaks]),
        "session": (session.subject, [host, speaks]),
        "bottleneck": (BottleneckFactory(author=author, hubs=[hub]).subject, [author]),
    }
    with_a_page = {kind.key for kind in subject_kinds if kind.page}
    assert set(subjects) == with_a_page, "say here whom to ask about the new kind"
    for key, (subject, expected) in subjects.items():
        asked = [keeper.member for keeper in subject_kinds[key].keepers(subject, reader)]
        assert sorted(member.pk for member in asked) == sorted(member.pk for member in expected), key


@pytest.mark.parametrize("attribution", [Attribution.CONFIDENTIAL, Attribution.ANONYMOUS])
def test_whom_to_ask_never_tells_who_filed_in_confidence(attribution):
    author, member = UserFactory(name="Zina Geheim"), UserFactory()
    signed = author if attribution == Attribution.CONFIDENTIAL else None
    bottleneck = BottleneckFactory(author=signed, attribution=attribution)
    response = signed_in(member).get(reverse("issues:bottleneck_correct", args=[bottleneck.pk]))
    assert response.status_code == 403
    assert "Zina" not in response.text
    assert reverse("community:facilitator_list") in response.text


def test_a_refused_page_of_a_session_names_who_runs_it_and_leads_back():
    hub = HubFactory()
    host, speaks, left = UserFactory(), representative_of(hub), UserFactory(is_active=False)
    session = SessionFactory(hub=hub)
    session.hosts.set([host, left])
    page = signed_in(member_of(hub)).get(reverse("events:session_change", args=[session.pk]))
    assert page.status_code == 403
    assert "Only facilitators, representatives of the hub and hosts can do this." in page.text
    asked = page.text.split("Whom to ask")[1]
    assert host.get_absolute_url() in asked
    assert speaks.get_absolute_url() in asked
    assert left.get_absolute_url() not in asked
    assert session.get_absolute_url() in asked


def test_a_session_of_nobodys_hub_leads_to_the_facilitators_and_nobody_is_sent_to_themselves():
    own = UserFactory()
    draft = SessionFactory(hub=None, state=SessionState.DRAFT, subject__audience=Audience.NAMED)
    draft.hosts.set([own])
    assert Session.objects.visible_to(own).filter(pk=draft.pk).exists()
    page = signed_in(own).post(reverse("events:session_answer", args=[draft.pk]), {"answer": "going"})
    assert page.status_code == 403
    assert "not published" in page.text
    asked = page.text.split("Whom to ask")[1]
    assert reverse("community:facilitator_list") in asked
    assert own.get_absolute_url() not in asked.split("</section>")[0]


def test_somebody_who_facilitates_is_told_too_what_nobody_may_do():
    draft = SessionFactory(hub=HubFactory(), state=SessionState.DRAFT)
    page = signed_in(facilitator()).post(reverse("events:session_answer", args=[draft.pk]), {"answer": "going"})
    assert page.status_code == 403
    assert "not published" in page.text
