"""What was typed is not lost to a stale page or a sign-in that expired, with and without a script. Issue 9."""

import re
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse

from community.models import User
from issues.models import Bottleneck
from tests.factories import HubFactory, member_of

pytestmark = pytest.mark.django_db

NEW = "/bottlenecks/new/"
NAME = "0a1b2c3d-typed"
HERE = "http://testserver"
AREA = re.compile(r'<textarea hidden name="([^"]+)">\n(.*?)</textarea>', re.DOTALL)


@pytest.fixture
def member() -> User:
    return member_of(HubFactory())


def filing(client: Client) -> dict[str, str]:
    """What a browser sends of a form filled in."""
    page = client.get(NEW).text
    hidden = re.findall(r'<input type="hidden" name="(csrfmiddlewaretoken|creation_key)" value="([^"]+)"', page)
    return {
        **dict(hidden),
        "title": "Regels <b>lang</b>",
        "situation": "Eerst.\r\nDan.",
        "language": "nl",
        "signing": "name",
    }


@pytest.fixture
def checked(member) -> Client:
    """A browser whose forms are checked to come from a page of ours."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(member)
    return client


def test_a_page_that_was_open_too_long_sends_again_what_was_typed(checked):
    sent = filing(checked)
    checked.cookies["csrftoken"] = "x" * 32  # as signing in elsewhere changes it
    answer = checked.post(NEW, sent, headers={"Origin": HERE})
    assert answer.status_code == 403
    assert not Bottleneck.objects.exists()
    again = {
        name: unescape(text).replace("\n", "\r\n").replace("\r\r", "\r") for name, text in AREA.findall(answer.text)
    }
    assert again == {name: text for name, text in sent.items() if name != "csrfmiddlewaretoken"}
    fresh = re.search(r'data-unkept>\s*<input type="hidden" name="csrfmiddlewaretoken" value="([^"]+)"', answer.text)
    assert fresh
    done = checked.post(NEW, {**again, "csrfmiddlewaretoken": fresh[1]}, headers={"Origin": HERE})
    assert done.status_code == 302, done.context["form"].errors
    assert Bottleneck.objects.get().title == "Regels <b>lang</b>"


@pytest.mark.parametrize("headers", [{}, {"Origin": "https://elsewhere.example"}, {"Origin": "null"}])
def test_a_form_of_another_site_is_never_offered_to_be_sent(checked, headers):
    answer = checked.post(NEW, {"title": "Evil plan", "csrfmiddlewaretoken": "x"}, headers=headers)
    assert answer.status_code == 403
    assert "Evil plan" not in answer.text
    assert "<textarea" not in answer.text


def test_a_password_is_not_written_into_a_page():
    answer = Client(enforce_csrf_checks=True).post(
        "/sign-in/",
        {"login": "a@doorbraak.example", "password": "geheim geheim"},
        headers={"Origin": HERE, "Referer": f"{HERE}/sign-in/?next=/hubs/"},
    )
    assert answer.status_code == 403
    assert "geheim" not in answer.text
    assert 'href="/sign-in/?next=/hubs/"' in answer.text


def test_the_server_says_that_a_form_arrived_and_only_then(client, member):
    client.force_login(member)
    sent = filing(client)
    refused = client.post(NEW, {**sent, "title": "", "typed": NAME})
    assert refused.status_code == 422
    assert "typed" not in refused.cookies
    done = client.post(NEW, {**sent, "typed": NAME})
    assert done.status_code == 302
    assert done.cookies["typed"].value == NAME
    assert int(done.cookies["typed"]["max-age"]) <= 60


@pytest.mark.parametrize(
    "name", ["", "short", "a b c d e f g h", "x;y=1;z=22222", "é" * 12, "a" * 65, "x\r\nSet-Cookie: a=b"]
)
def test_a_made_up_name_sets_no_cookie(client, member, name):
    client.force_login(member)
    assert "typed" not in client.post(reverse("language"), {"language": "nl", "typed": name}).cookies


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"title": "a", "situation": "b", "typed": NAME}, "what you typed comes back"),
        ({"title": "a", "situation": "b"}, "go back to what you typed"),
        ({"answer": "going"}, ""),
    ],
)
def test_who_was_signed_out_reads_at_signing_in_what_became_of_it(client, sent, said):
    answer = client.post(NEW, sent, headers={"Referer": f"{HERE}{NEW}"}, follow=True)
    assert answer.redirect_chain == [(f"/sign-in/?next={NEW}", 302)]
    assert "typed" not in client.cookies
    assert said in answer.text
    assert ("nothing was saved yet" in answer.text) is bool(said)
